//! What became of each workload, and the figures of those that ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Admission, Class, Comparison, DriveKind, Energy, PassTime, PlanSummary, Quantity, Realisation, Spreads};

/// What became of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was measured as often as the profile asks for.
    Complete,
    /// It went wrong.
    Failed,
    /// It was not tried, or not to its end.
    Skipped,
}

/// A workload that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Scenario, with its variant.
    pub scenario: String,
    /// What became of it.
    pub ending: Ending,
    /// Why it is not complete; null if it is.
    pub reason: Option<String>,
}

/// A measured workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Scenario, with its variant.
    pub scenario: String,
    /// Version of the scenario.
    pub scenario_version: u32,
    /// Hash of its text.
    pub scenario_hash: String,
    /// Factor on the neuron numbers.
    pub scale: f64,
    /// `exact`: the checksum is the same on every engine.
    pub class: Class,
    /// Background input.
    pub drive: DriveKind,
    /// What must be read with the figures; empty for a GPU.
    pub stamp: String,
    /// How it was run.
    pub plan: PlanSummary,
    /// Where the time went, pass by pass, if that was asked for and the device can tell.
    pub passes: Vec<PassTime>,
    /// Seed.
    pub seed: u64,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Uncounted biological time, ms.
    pub transient_ms: f64,
    /// Counted biological time, ms.
    pub bio_ms: f64,
    /// Wall time to build network and engine, s.
    pub build_s: f64,
    /// Most memory of the machine that the program has held by the end of the workload, bytes; null if the system does not tell.
    pub peak_host_bytes: Option<u64>,
    /// Memory of the adapter that the workload took, bytes; null for the CPU engine.
    pub device_bytes: Option<u64>,
    /// Wall time of every repetition, s.
    pub wall_s: Vec<f64>,
    /// Realtime factor: wall / biological time, median of the repetitions.
    pub realtime_factor: f64,
    /// Neuron updates per repetition.
    pub updates: u64,
    /// Spikes per repetition.
    pub spikes: u64,
    /// Spikes sent over recurrent synapses per repetition.
    pub synaptic_events: u64,
    /// External Poisson arrivals per repetition.
    pub external_events: u64,
    /// Rates per population.
    pub populations: Vec<PopulationRate>,
    /// What went on over the counted time; null where a repetition takes over 5 s, and in results of before version 5.
    pub activity: Option<ActivityOverTime>,
    /// Order-independent checksum of all spikes of a repetition, 16 hexadecimal digits.
    pub spike_checksum: String,
    /// What every trial fired, if there were several at once, or one that is not the first; neurons, spikes and times are those of all.
    pub trials: Vec<Trial>,
    /// This seed and further ones, each measured by itself; empty if there was one only.
    pub realisations: Vec<Realisation>,
    /// What they differ in; null without several.
    pub spreads: Option<Spreads>,
    /// Whether it may stand beside what is published of it; null if that was not asked for, or there is no recipe.
    pub admission: Option<Admission>,
    /// Energy by the meter the verdict rests on.
    pub energy: Energy,
    /// Energy by the other meters.
    pub other_meters: Vec<Energy>,
    /// Comparison with the brain; null without energy.
    pub brain: Option<Comparison>,
}

impl Workload {
    /// Gross joules of the event that counts for it: of its synapses, or spikes, or updates; and the event's name.
    pub fn gross_j_per_event(&self) -> (&Quantity, &'static str) {
        match () {
            () if self.synaptic_events > 0 => (&self.energy.gross_j_per_synaptic_event, "synaptic event"),
            () if self.spikes > 0 => (&self.energy.gross_j_per_spike, "spike"),
            () => (&self.energy.gross_j_per_update, "update"),
        }
    }

    /// Wall time of a repetition, s: the median.
    pub fn median_wall_s(&self) -> f64 {
        self.realtime_factor * self.bio_ms * 1e-3
    }
}

/// A realisation of what is drawn while a network runs, over the same synapses as others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Its number, from 0 on.
    pub number: u32,
    /// Spikes of its neurons per repetition.
    pub spikes: u64,
    /// Checksum of all its spikes, as if it had run alone: 16 hexadecimal digits.
    pub spike_checksum: String,
}

/// What went on over the counted time of a workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityOverTime {
    /// Length of a bin of biological time, ms; the last one may be shorter.
    pub bin_ms: f64,
    /// Every population.
    pub populations: Vec<PopulationOverTime>,
    /// How many neurons are active in windows of rising length; empty where there was no room to count them.
    pub active: Vec<ActiveShare>,
    /// Spikes of some neurons; null where the engine could not list its spikes, or over 20 million neurons.
    pub raster: Option<Raster>,
}

/// How many neurons are active in windows of one length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveShare {
    /// Length of the windows of biological time, ms.
    pub window_ms: f64,
    /// Share of the neurons that fire at least once in a window, mean over windows; spike sources do not count.
    pub mean_share: f64,
    /// The same in the window with the most.
    pub most_share: f64,
}

/// Spikes of some neurons, from the begin of the counted time on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Raster {
    /// Until when they are listed, ms.
    pub until_ms: f64,
    /// Which neurons, row by row.
    pub neurons: Vec<RasterRow>,
    /// Time of every spike, ms.
    pub times_ms: Vec<f64>,
    /// Row of every spike.
    pub rows: Vec<u32>,
}

/// A neuron of a raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RasterRow {
    /// Its population, counted from 0 in the order of the workload's.
    pub population: u32,
    /// Its number there.
    pub neuron: u32,
}

/// Rates of a population over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopulationOverTime {
    /// Name.
    pub name: String,
    /// Mean rate in every bin, Hz.
    pub rate_hz: Vec<f64>,
    /// How many of its neurons are active in windows of rising length; empty for spike sources, where there was no room to count them, and in
    /// results of before version 8.
    pub active: Vec<ActiveShare>,
}

/// Rate of a population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopulationRate {
    /// Name.
    pub name: String,
    /// Neurons.
    pub neurons: u32,
    /// Spikes.
    pub spikes: u64,
    /// Mean rate, Hz.
    pub rate_hz: f64,
}
