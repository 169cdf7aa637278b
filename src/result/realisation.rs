//! A workload with several seeds, and whether it may stand beside what is published of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quantity;

/// A workload with a seed, measured by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Realisation {
    /// Seed.
    pub seed: u64,
    /// Order-independent checksum of all spikes of a repetition, 16 hexadecimal digits.
    pub spike_checksum: String,
    /// Spikes per repetition.
    pub spikes: u64,
    /// Spikes sent over recurrent synapses per repetition.
    pub synaptic_events: u64,
    /// Wall time of every repetition, s.
    pub wall_s: Vec<f64>,
    /// Realtime factor: wall / biological time, median of the repetitions.
    pub realtime_factor: f64,
    /// Gross energy per synaptic event, J, by the meter the verdict rests on.
    pub gross_j_per_synaptic_event: Quantity,
    /// The same of every window, J.
    pub by_window_j: Vec<f64>,
}

/// A quantity over realisations: what seeds make of it, and what measuring does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Mean over seeds.
    pub mean: f64,
    /// Least and most of any seed.
    pub range: [f64; 2],
    /// Standard deviation between seeds, what measuring adds taken off.
    pub between_seeds: f64,
    /// Standard deviation of single measurements of one seed (repetitions for times, windows for joules), over all seeds; null where no
    /// seed was measured twice.
    pub within_seed: Option<f64>,
}

/// What realisations differ in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spreads {
    /// Realtime factor.
    pub realtime_factor: Spread,
    /// Synaptic events per repetition, which measuring cannot change.
    pub synaptic_events: Spread,
    /// Gross energy per synaptic event, J; null without joules of every seed.
    pub gross_j_per_synaptic_event: Option<Spread>,
}

/// Whether a workload may stand beside what is published of it, by its community's recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// The recipe.
    pub recipe: String,
    /// Whether it may.
    pub admissible: bool,
    /// Everything that stands against it.
    pub why_not: Vec<String>,
    /// Statistics of a recorded run of the same plan beside a reference's; null if there was none.
    pub accuracy: Option<Agreement>,
}

/// Statistics of a recorded run beside a reference's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What the reference is.
    pub reference: String,
    /// Recorded biological time, ms.
    pub bio_ms: f64,
    /// Whether all statistics agree.
    pub agrees: bool,
    /// Every statistic of every population.
    pub statistics: Vec<StatisticAgreement>,
}

/// A statistic of a population's neurons, or pairs of neurons, beside a reference's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticAgreement {
    /// Population.
    pub population: String,
    /// What it is, with its unit.
    pub statistic: String,
    /// Mean.
    pub mean: f64,
    /// The reference's mean.
    pub reference_mean: f64,
    /// Kolmogorov-Smirnov distance of the distribution to the reference's.
    pub ks: f64,
    /// Mean distance of two seeds of the reference.
    pub ks_between_seeds: f64,
    /// Distance up to which they agree.
    pub ks_limit: f64,
    /// Whether they do.
    pub agrees: bool,
}
