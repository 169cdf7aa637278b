//! The measurement of one workload: which engine runs it, how often, and with what meter.

mod host;
mod measure;
mod tune;
mod verify;

pub use host::{EngineChoice, Host};
pub use measure::{Measurement, Metering, Progress, Protocol, Silent, WindowMeasurement, measure};
pub use tune::{Trial, TuningCache, tune};
pub use verify::{Difference, Verification, first_difference, verify};
