//! Published systems that ran the cortical microcircuit.

use serde::Deserialize;

use crate::result::DriveKind;

const TEXT: &str = include_str!("../../assets/systems.toml");

/// A published system.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Simulator and hardware.
    pub name: String,
    /// Year of publication.
    pub year: u32,
    /// Kind of hardware.
    pub kind: SystemKind,
    /// Wall time over biological time.
    pub realtime_factor: f64,
    /// Joules per synaptic event, J; none if it was not published.
    pub energy_per_synaptic_event_j: Option<f64>,
    /// How the background reaches the neurons.
    pub drive: SystemDrive,
    /// Whether the community's list has it, so that its scope is known to be the power outlet.
    #[serde(default = "yes")]
    pub listed: bool,
    /// Where it was published.
    pub source: String,
}

fn yes() -> bool {
    true
}

/// Kinds of hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemKind {
    /// Processors.
    Cpu,
    /// Graphics processors.
    Gpu,
    /// Programmable logic.
    Fpga,
    /// Machines built for spikes.
    Neuromorphic,
    /// Processors for learning.
    Ai,
}

impl SystemKind {
    /// Word for legends.
    pub fn word(self) -> &'static str {
        match self {
            SystemKind::Cpu => "processors",
            SystemKind::Gpu => "GPU",
            SystemKind::Fpga => "FPGA",
            SystemKind::Neuromorphic => "neuromorphic",
            SystemKind::Ai => "AI processor",
        }
    }
}

/// How the background reaches the neurons of a published run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SystemDrive {
    /// A constant current: the lighter work.
    DC,
    /// Random arrivals.
    Poisson,
    /// Not published.
    #[serde(rename = "unknown")]
    Unknown,
}

impl SystemDrive {
    /// Word for tables.
    pub fn word(self) -> &'static str {
        match self {
            SystemDrive::DC => "DC",
            SystemDrive::Poisson => "Poisson",
            SystemDrive::Unknown => "unknown",
        }
    }

    /// Whether a workload was driven alike.
    pub fn is(self, drive: DriveKind) -> bool {
        matches!((self, drive), (SystemDrive::DC, DriveKind::Dc) | (SystemDrive::Poisson, DriveKind::Poisson))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    system: Vec<System>,
}

/// All of them, as they stand in `assets/systems.toml`.
///
/// # Panics
/// Never: a test parses the embedded text.
pub fn systems() -> Vec<System> {
    toml::from_str::<File>(TEXT).expect("assets/systems.toml is valid").system
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_system_has_a_source_and_believable_figures() {
        let all = systems();
        assert!(all.len() >= 16);
        for s in &all {
            assert!(s.source.contains("doi:") || s.source.contains("poster"), "{}", s.name);
            assert!((2018..=2030).contains(&s.year) && (0.01..100.0).contains(&s.realtime_factor), "{}", s.name);
            assert!(s.energy_per_synaptic_event_j.is_none_or(|j| (1e-9..1e-4).contains(&j)), "{}", s.name);
        }
    }
}
