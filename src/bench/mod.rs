//! A benchmark: workloads that are measured one after the other, with which meters, and what is known of them in the end.

mod activity;
mod by_pass;
mod figures;
mod instruments;
mod machine;
mod measure;
mod power_trace;
mod self_test;
mod session;
mod verify;

pub use by_pass::{Parting, Stage, first_parting};
pub use instruments::{External, Instruments, MeterAccount, MeterChoice, Missing, site};
pub use machine::program;
pub use measure::{Measurement, Progress, Silent, Stretch, measure};
pub use power_trace::write_trace;
pub use self_test::{SelfTest, self_test};
pub use session::{Ended, Engines, Event, HostEngines, Job, Listener, Session};
pub use verify::{Difference, Verification, first_difference, verify};
