//! The meters, one file each, and where they are looked for. None of them is needed to build or to run.

#[cfg(all(feature = "meters", target_os = "macos"))]
mod apple;
mod assumed;
#[cfg(feature = "meters")]
mod battery;
mod command;
mod csv_log;
mod gained;
mod hwmon;
#[cfg(feature = "meters")]
mod nvidia_facts;
#[cfg(feature = "meters")]
mod nvml;
mod pci;
mod rapl;

pub use assumed::Assumed;
pub use command::CommandMeter;
pub use csv_log::CsvLog;
pub use gained::Gained;
pub use hwmon::Hwmon;
pub use rapl::Rapl;

use std::path::Path;

use super::{Meter, Site};

#[cfg(feature = "meters")]
pub use nvml::Bystanders;
#[cfg(all(feature = "gpu", feature = "meters"))]
pub(crate) use nvml::free_bytes as nvidia_free_bytes;

/// A kind of meter: everything the rest of the house knows of it stands in its own file, as one of these.
#[derive(Debug, Clone, Copy)]
pub struct MeterKind {
    /// Word by which `--meter` finds it; the `kind` of its [`super::MeterInfo`].
    pub word: &'static str,
    /// Name, for listing.
    pub name: &'static str,
    /// Among those that see the work, the one with the lowest rank decides.
    pub rank: u32,
    /// Why it decides, in words.
    pub why: &'static str,
    /// Where its absence is worth a word if nothing else sees the work.
    pub missed_by: &'static [Site],
    /// How the machine is searched for it; `None` for what the user brings.
    pub find: Option<Find>,
}

/// Looks for a meter on this machine; a PCI bus id picks the GPU of an adapter.
pub type Find = fn(Option<&str>) -> Result<Box<dyn Meter>, String>;

/// Every kind there is.
pub const KINDS: &[MeterKind] = &[
    assumed::KIND,
    command::KIND,
    csv_log::KIND,
    #[cfg(feature = "meters")]
    nvml::KIND,
    hwmon::KIND,
    #[cfg(all(feature = "meters", target_os = "macos"))]
    apple::KIND,
    rapl::KIND,
    #[cfg(feature = "meters")]
    battery::KIND,
];

/// A place where a meter may be, and what was found there.
#[derive(Debug)]
pub struct FoundMeter {
    /// Kind of meter.
    pub kind: &'static MeterKind,
    /// The meter, or why there is none and what to do.
    pub meter: Result<Box<dyn Meter>, String>,
}

/// Looks for every kind of meter this machine may have.
pub fn find_meters(pci_bus_id: Option<&str>) -> Vec<FoundMeter> {
    KINDS.iter().filter_map(|kind| Some(FoundMeter { kind, meter: kind.find?(pci_bus_id) })).collect()
}

/// Why a file cannot be read, and what to do.
fn denied(e: &std::io::Error, path: &Path) -> String {
    match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            format!(
                "the kernel denies access to {0}; run as root, or allow it until the next reboot with: sudo chmod a+r {0}",
                path.display()
            )
        }
        _ => format!("{} cannot be read: {e}", path.display()),
    }
}

/// The whole number in a file of sysfs.
fn read_number(path: &Path) -> std::io::Result<u64> {
    let text = std::fs::read_to_string(path)?;
    text.trim()
        .parse()
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, format!("\"{}\" is no number", text.trim())))
}
