//! The measurement of one workload: which engine runs it, how often, and with what meter.

mod host;
mod instruments;
mod measure;
mod power_trace;
mod self_test;
mod tune;
mod verify;

pub use host::{EngineChoice, Host};
pub use instruments::{External, Instruments, MeterAccount, MeterChoice, Missing};
pub use measure::{Measurement, Progress, Silent, measure};
pub use power_trace::{Phase, write_trace};
pub use self_test::{SelfTest, self_test};
pub use tune::{Trial, TuningCache, tune};
pub use verify::{Difference, Verification, first_difference, verify};
