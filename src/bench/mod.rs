//! A benchmark: workloads that are measured one after the other, with which meters, and what is known of them in the end.
//!
//! ```
//! use spikewatt::bench::{Event, Listener, Progress, Session};
//! use spikewatt::result::RunResult;
//!
//! /// Prints what goes on; a session is given engines, meters, jobs and a profile, and runs.
//! struct Teller;
//! impl Progress for Teller {
//!     fn stage(&mut self, text: &str, _: u64) {
//!         println!("{text}");
//!     }
//!     fn message(&mut self, _: &str) {}
//!     fn steps(&mut self, _: u64) {}
//! }
//! impl Listener for Teller {
//!     fn event(&mut self, event: Event<'_>) {
//!         println!("{event:?}");
//!     }
//! }
//! fn outcome(session: &Session<'_>) -> RunResult {
//!     session.run(&mut Teller).result
//! }
//! ```

#[cfg_attr(not(feature = "analysis"), path = "accuracy_none.rs")]
mod accuracy;
mod activity;
mod divergence;
mod done;
mod engines;
#[cfg(feature = "gpu")]
mod examiner;
mod figures;
mod host_meters;
mod instruments;
mod job;
mod machine;
mod measure;
mod power_trace;
mod realisations;
mod recipe;
mod self_test;
mod session;
mod solve;
mod verify;

pub use divergence::{Divergence, Stage, first_divergence};
pub use engines::{Engines, HostEngines};
#[cfg(feature = "gpu")]
pub use examiner::OnAdapter;
pub use host_meters::{HostMeters, Station};
pub use instruments::{External, Instruments, MeterAccount, MeterChoice, Missing, site};
pub use job::Job;
pub use machine::program;
pub use measure::{Measurement, Progress, Silent, Stretch, measure};
pub use power_trace::write_trace;
pub use recipe::Recipe;
pub use self_test::{SelfTest, self_test};
pub use session::{Ended, Event, Listener, Session};
pub use solve::solve;
pub use verify::{Difference, Verification, first_difference, verify};
