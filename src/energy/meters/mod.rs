//! The meters, one file each.

mod assumed;
mod nvml;
mod rapl;

pub use assumed::Assumed;
pub(super) use nvml::Nvidia;
pub use rapl::Rapl;
