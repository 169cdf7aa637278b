//! Energy: meters found at run time, windows of measurement, and the statistics of joules.
//!
//! A meter answers either with a counter of joules or with watts; a [`Window`] turns its readings into the energy of a
//! stretch of work. Provenance travels with every figure.

mod clock;
pub mod fake;
mod meter;
mod meters;
mod stats;
mod window;

pub use clock::{Clock, SystemClock};
pub use meter::{Meter, MeterError, MeterInfo, Provenance, Reading, Scope};
pub use meters::{Assumed, Rapl};
pub use stats::{Estimate, estimate, median};
pub use window::{Window, WindowEnergy, idle_power_w};

use std::path::Path;

/// A place where a meter may be, and what was found there.
#[derive(Debug)]
pub struct Candidate {
    /// Kind of meter, for listing.
    pub kind: &'static str,
    /// The meter, or why there is none and what to do.
    pub meter: Result<Box<dyn Meter>, String>,
}

/// Looks for every kind of meter this machine may have. `pci_bus_id` picks the GPU of an adapter.
pub fn find_meters(pci_bus_id: Option<&str>) -> Vec<Candidate> {
    let boxed = |r: Result<Rapl, String>| r.map(|m| Box::new(m) as Box<dyn Meter>);
    vec![
        Candidate { kind: "NVIDIA GPU (NVML)", meter: meters::Nvidia::open(pci_bus_id).map(|m| Box::new(m) as Box<dyn Meter>) },
        Candidate { kind: "CPU package (RAPL)", meter: boxed(Rapl::open(Path::new("/sys/class/powercap"))) },
    ]
}

/// The meter for work done where `scope` says: a CPU workload is never charged to a GPU's meter, nor the other way round. Without
/// one, the reason and the way to get one.
pub fn meter_for(scope: Scope, pci_bus_id: Option<&str>) -> Result<Box<dyn Meter>, String> {
    let mut reasons = Vec::new();
    for candidate in find_meters(pci_bus_id) {
        match candidate.meter {
            Ok(meter) if meter.info().scope == scope => return Ok(meter),
            Ok(_) => {}
            Err(reason) => reasons.push((candidate.kind, reason)),
        }
    }
    let wanted = match scope {
        Scope::Gpu => "NVIDIA",
        Scope::CpuPackage => "CPU",
    };
    Err(reasons
        .into_iter()
        .find(|(kind, _)| kind.starts_with(wanted))
        .map_or_else(|| "no meter for this device".to_owned(), |(_, reason)| reason))
}
