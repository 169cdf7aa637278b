//! The meters, one file each, and where they are looked for. None of them is needed to build or to run.

#[cfg(target_os = "macos")]
mod apple;
mod assumed;
mod battery;
mod command;
mod csv_log;
mod hwmon;
mod nvml;
mod pci;
mod rapl;

pub use assumed::Assumed;
pub use command::CommandMeter;
pub use csv_log::CsvLog;
pub use hwmon::Hwmon;
pub use rapl::Rapl;

use std::path::Path;

use super::Meter;

/// A place where a meter may be, and what was found there.
#[derive(Debug)]
pub struct Candidate {
    /// Kind of meter, for listing.
    pub kind: &'static str,
    /// Word by which `--meter` finds it.
    pub word: &'static str,
    /// The meter, or why there is none and what to do.
    pub meter: Result<Box<dyn Meter>, String>,
}

/// Looks for every kind of meter this machine may have. `pci_bus_id` picks the GPU of an adapter.
pub fn find_meters(pci_bus_id: Option<&str>) -> Vec<Candidate> {
    fn candidate<M: Meter + 'static>(kind: &'static str, word: &'static str, found: Result<M, String>) -> Candidate {
        Candidate { kind, word, meter: found.map(|m| Box::new(m) as Box<dyn Meter>) }
    }
    #[allow(unused_mut, reason = "there is one more on a Mac")]
    let mut found = vec![
        candidate("NVIDIA GPU (NVML)", "nvml", nvml::Nvidia::open(pci_bus_id)),
        candidate("AMD or Intel GPU (hwmon)", "hwmon", Hwmon::open(Path::new("/sys"), pci_bus_id)),
        candidate("CPU package (RAPL)", "rapl", Rapl::open(Path::new("/sys/class/powercap"))),
        candidate("battery", "battery", battery::Batteries::open()),
    ];
    #[cfg(target_os = "macos")]
    found.push(candidate("Apple chip", "apple", apple::Apple::open()));
    found
}

/// Why a file cannot be read, and what to do.
fn denied(e: &std::io::Error, path: &Path) -> String {
    match e.kind() {
        std::io::ErrorKind::PermissionDenied => {
            format!("the kernel denies access to {0}; run as root, or allow it with: sudo chmod a+r {0}", path.display())
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
