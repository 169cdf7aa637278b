//! Scenarios: what to simulate, as validated values with units. A scenario knows nothing of hardware or of how it is run.
//!
//! ```
//! use spikewatt::scenario::{Scale, load};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let scenario = load("microcircuit:dc")?.scaled(Scale::Factor(0.1))?;
//! assert_eq!((scenario.populations.len(), scenario.neurons()), (8, 7718));
//! # Ok(())
//! # }
//! ```

mod catalog;
mod data_file;
mod edge_list;
mod embedded;
mod hash;
mod ids;
mod parse;
mod plasticity;
mod population;
mod positions;
mod reader;
mod scale;
mod stimulus;
mod time;
mod user_model;
mod variant;

pub use crate::math::Distribution;
pub use catalog::{Data, Entry, catalog, load, load_with};
pub use edge_list::{Edge, EdgeList};
pub use ids::NeuronIds;
pub use parse::parse;
pub use positions::Positions;
pub use scale::Scale;
pub use stimulus::{Effect, NeuronSet, SilenceSpec, StimulusSpec, Train};

use std::sync::Arc;

use crate::neuron::{Model, Role};

/// A validated scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Name, with the variant after a colon where one was chosen.
    pub name: String,
    /// Version of its content; results of different versions do not compare.
    pub version: u32,
    /// One line that says what it is.
    pub title: String,
    /// Where it comes from.
    pub citation: String,
    /// Hash of the text it was read from, and of the variant (16 hexadecimal digits).
    pub hash: String,
    /// Factor on the neuron numbers that has been applied (1 for the scenario as written).
    pub scale: f64,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Biological time that is simulated but not counted, ms.
    pub transient_ms: f64,
    /// Biological time that is counted, ms.
    pub bio_ms: f64,
    /// The same two for the quick profile.
    pub quick: Quick,
    /// Seed of every random quantity.
    pub seed: u64,
    /// How the background reaches the neurons, for the report.
    pub drive: DriveKind,
    /// The sheet the neurons stand on, if they have places.
    pub sheet: Option<Sheet>,
    /// Groups of alike neurons.
    pub populations: Vec<PopulationSpec>,
    /// The synapses between them.
    pub projections: Vec<ProjectionSpec>,
    /// Stimuli of some neurons.
    pub stimuli: Vec<StimulusSpec>,
    /// Neurons whose spikes reach nobody.
    pub silenced: Vec<SilenceSpec>,
}

/// Times of the quick profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quick {
    /// Uncounted biological time, ms.
    pub transient_ms: f64,
    /// Counted biological time, ms.
    pub bio_ms: f64,
}

/// How the background reaches the neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriveKind {
    /// Independent Poisson spike trains.
    Poisson,
    /// Constant currents only.
    Dc,
    /// No external drive.
    None,
}

impl DriveKind {
    /// Word for reports.
    pub fn word(self) -> &'static str {
        match self {
            DriveKind::Poisson => "Poisson",
            DriveKind::Dc => "DC",
            DriveKind::None => "none",
        }
    }

    /// The same as people say it.
    pub fn words(self) -> &'static str {
        match self {
            DriveKind::Poisson => "Poisson drive",
            DriveKind::Dc => "DC drive",
            DriveKind::None => "no background drive",
        }
    }
}

/// A population.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationSpec {
    /// Name, unique in the scenario.
    pub name: String,
    /// Neurons, at least 1.
    pub size: u32,
    /// Neuron model.
    pub model: Model,
    /// Its parameters, in the order of [`crate::neuron::About::parameters`]: one value for all neurons, or a distribution from which each has its own.
    pub parameters: Vec<Distribution>,
    /// Which parameter's random number each parameter is drawn with: its own, unless a scenario says otherwise.
    pub drawn_with: Vec<usize>,
    /// Initial membrane potential, mV.
    pub v_init_mv: Distribution,
    /// Initial values of other state variables, by their place among the model's.
    pub initial: Vec<(usize, Distribution)>,
    /// Current that changes in steps: from when on, ms, and how large, in the unit of `i_e`; in rising order.
    pub current: Vec<(f64, f64)>,
    /// When its neurons fire, ms, in rising order (`spike_times` only).
    pub spike_times_ms: Vec<f64>,
    /// Gaussian white noise as a current.
    pub noise: Option<NoiseDrive>,
    /// External Poisson drive.
    pub poisson: Option<PoissonDrive>,
    /// Names of its neurons in data, if it has a list of them.
    pub ids: Option<Arc<NeuronIds>>,
    /// Where its neurons stand, if the scenario tells.
    pub positions: Option<Positions>,
}

impl PopulationSpec {
    /// Values of the parameters of a typical neuron: the middle of every distribution.
    pub fn typical(&self) -> Vec<f64> {
        self.parameters.iter().map(Distribution::middle).collect()
    }

    /// A parameter of a typical neuron, if the model has it.
    pub fn parameter(&self, key: &str) -> Option<f64> {
        self.model.values(&self.typical()).find(key)
    }

    /// The values of the parameter that has a role, if the model has one.
    pub fn with(&self, role: Role) -> Option<&Distribution> {
        self.model.position(role).map(|at| &self.parameters[at])
    }

    /// Whether neurons differ in any parameter.
    pub fn is_varied(&self) -> bool {
        self.parameters.iter().any(|d| !matches!(d, Distribution::Constant(_)))
    }
}

/// A current that is drawn anew, for each neuron, from a normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseDrive {
    /// Its mean, in the unit of `i_e`.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// How long a value lasts, ms.
    pub interval_ms: f64,
}

/// Independent Poisson spike trains, one per neuron, summed over all its external synapses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonDrive {
    /// Total rate of arrivals per neuron, Hz.
    pub rate_hz: f64,
    /// Weight of an arrival, in the unit of the model (mV or pA).
    pub weight: f64,
}

/// A projection.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionSpec {
    /// Index of the sending population.
    pub source: usize,
    /// Index of the receiving population.
    pub target: usize,
    /// Connectivity rule.
    pub rule: Rule,
    /// Weight, in the unit of the target's model (mV, pA or nS); a factor on those of an edge list that has weights.
    pub weight: Distribution,
    /// Delay, ms; nothing to an edge list that has delays.
    pub delay_ms: Distribution,
    /// The synapses themselves, for the rule [`Rule::EdgeList`].
    pub edges: Option<Arc<EdgeList>>,
    /// How its weights change, if they do.
    pub plasticity: Option<PlasticitySpec>,
}

/// How the weights of a projection change; see [`crate::network::plasticity`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlasticitySpec {
    /// Spike-timing dependent plasticity.
    Stdp(StdpSpec),
    /// Short-term plasticity of Tsodyks and Markram.
    ShortTerm {
        /// Utilisation of a first spike, above 0 and at most 1.
        u: f64,
        /// Time constant of recovery, ms.
        tau_rec_ms: f64,
        /// Time constant of facilitation, ms; 0 for none.
        tau_fac_ms: f64,
    },
}

/// Parameters of pair-based spike-timing dependent plasticity, named as in NEST.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StdpSpec {
    /// Whether only the nearest spike of the other side counts, or all before.
    pub nearest: bool,
    /// Step of a potentiation, part of the largest weight.
    pub lambda: f64,
    /// Depression over potentiation.
    pub alpha: f64,
    /// Whether potentiation shrinks with what is left to the largest weight (exponent 1) or not (0).
    pub mu_plus: bool,
    /// Whether depression shrinks with the weight.
    pub mu_minus: bool,
    /// Time constant of the senders' traces, ms.
    pub tau_plus_ms: f64,
    /// Time constant of the targets' traces, ms.
    pub tau_minus_ms: f64,
    /// The largest weight, in the unit of the target's model.
    pub w_max: f64,
}

/// Connectivity rules. Unless a rule says otherwise, a pair may be connected several times and a neuron to itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// This many synapses in all, both ends drawn with replacement.
    FixedTotalNumber(u64),
    /// Every target has this many synapses.
    FixedIndegree {
        /// Synapses of each target.
        indegree: u32,
        /// Whether their senders are drawn with replacement, so that a pair may be connected several times.
        multapses: bool,
    },
    /// Every pair is connected once with this probability.
    PairwiseBernoulli {
        /// Probability of a pair.
        probability: f64,
        /// Whether a neuron may connect to itself.
        autapses: bool,
    },
    /// Neuron i to neuron i.
    OneToOne,
    /// Every sender has this many synapses: to targets that are all alike, or by distance on a sheet.
    FixedOutdegree {
        /// Synapses of each sender.
        outdegree: u32,
        /// Whether their targets are drawn with replacement.
        multapses: bool,
        /// How their number falls with distance.
        profile: Option<DistanceKernel>,
    },
    /// Every neuron to every neuron.
    AllToAll {
        /// Whether a neuron may connect to itself.
        autapses: bool,
    },
    /// Neurons differ in how many they reach and in how often they are reached.
    LognormalDegrees(DegreeLaws),
    /// The synapses of [`ProjectionSpec::edges`].
    EdgeList,
}

impl Rule {
    /// Name in scenario files.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::FixedTotalNumber(_) => "fixed_total_number",
            Rule::FixedIndegree { .. } => "fixed_indegree",
            Rule::PairwiseBernoulli { .. } => "pairwise_bernoulli",
            Rule::FixedOutdegree { .. } => "fixed_outdegree",
            Rule::OneToOne => "one_to_one",
            Rule::AllToAll { .. } => "all_to_all",
            Rule::LognormalDegrees(_) => "lognormal_degrees",
            Rule::EdgeList => "edge_list",
        }
    }
}

/// How degrees are distributed, and how many synapses stay near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DegreeLaws {
    /// Mean number of synapses of a sender.
    pub outdegree: f64,
    /// Standard deviation of the logarithm of the number of synapses of a sender.
    pub sigma_out: f64,
    /// Standard deviation of the logarithm of how often a target is reached.
    pub sigma_in: f64,
    /// Modules: equal parts of either population, in the order of their neurons.
    pub modules: u32,
    /// Part of the synapses whose target is drawn from the sender's module; that of others is drawn from all.
    pub within: f64,
}

/// A square sheet whose opposite edges meet; the neurons of every population stand on a square lattice that covers it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sheet {
    /// Its side, mm.
    pub side_mm: f64,
}

/// How the number of synapses falls with the distance between two neurons, cut at half the sheet's side or before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DistanceKernel {
    /// Its shape.
    pub kind: KernelShape,
    /// Its length: standard deviation along each axis, or length of the exponential decay, mm.
    pub length_mm: f64,
    /// Distance beyond which there are no synapses, mm, if before half the sheet's side.
    pub cut_mm: Option<f64>,
    /// Conduction velocity, mm/ms, if delays grow with distance.
    pub velocity_mm_per_ms: Option<f64>,
}

impl DistanceKernel {
    /// The longest distance on a sheet, mm.
    pub fn farthest_mm(&self, sheet: Sheet) -> f64 {
        self.cut_mm.unwrap_or(f64::INFINITY).min(sheet.side_mm / 2.0)
    }
}

/// Shapes of a profile: the density of targets at distance r from a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelShape {
    /// exp(-r^2 / (2 length^2)).
    Gaussian,
    /// exp(-r / length).
    Exponential,
}
