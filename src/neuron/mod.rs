//! Neuron models: parameters, the constants derived from them, and the CPU step of each; the WGSL step of a model stands
//! in `shaders/neuron/` under the same name.
//!
//! The two leaky integrate-and-fire models with current-based synapses are stepped in vectors ([`vector`]), where all neurons of a
//! population are alike and nothing but spikes drives them. Everything else is stepped neuron by neuron ([`scalar`]).

pub mod adex_cond_exp;
pub mod fault;
pub mod fixed_point;
pub mod hh_cond_exp_traub;
pub mod izhikevich;
pub mod lif;
pub mod lif_cond_exp;
pub mod lif_psc_delta;
pub mod lif_psc_exp;
mod parameters;
pub mod scalar;
pub mod sources;
pub mod user;
pub mod vector;

use crate::bounds;

pub use fault::Fault;
pub use lif::{Constants, InputBound, LifParameters, propagator_mv_per_pa};
pub use parameters::{Parameter, ParameterRange, Values};

/// Neurons of one block: the unit of layout, of noise generation and of parameter look-up. A population starts on a block.
pub const BLOCK: usize = 256;

/// The neuron models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// Leaky integrate-and-fire with delta synapses (NEST `iaf_psc_delta`).
    LifPscDelta,
    /// Leaky integrate-and-fire with exponential synaptic currents (NEST `iaf_psc_exp`).
    LifPscExp,
    /// Leaky integrate-and-fire with exponential synaptic conductances (NEST `iaf_cond_exp`).
    LifCondExp,
    /// Izhikevich's quadratic model with delta synapses (NEST `izhikevich`).
    Izhikevich,
    /// Adaptive exponential integrate-and-fire with exponential synaptic conductances (NEST `aeif_cond_exp`).
    AdexCondExp,
    /// Hodgkin-Huxley in the form of Traub and Miles with exponential synaptic conductances (NEST `hh_cond_exp_traub`).
    HhCondExpTraub,
    /// Source of independent Poisson spike trains.
    PoissonSource,
    /// Source of regular spike trains.
    RegularSource,
    /// Source of spikes at given times.
    SpikeTimes,
    /// A model of the user.
    User(&'static user::UserModel),
}

impl serde::Serialize for Model {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How far the results of a model agree between devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same spikes everywhere, bit for bit.
    Exact,
    /// The same statistics.
    Tolerant,
}

impl Model {
    /// Every built-in model.
    pub const ALL: [Model; 9] = [
        Model::LifPscDelta,
        Model::LifPscExp,
        Model::LifCondExp,
        Model::Izhikevich,
        Model::AdexCondExp,
        Model::HhCondExpTraub,
        Model::PoissonSource,
        Model::RegularSource,
        Model::SpikeTimes,
    ];

    /// Its name in scenarios and shader files.
    pub fn name(self) -> &'static str {
        match self {
            Model::LifPscDelta => "lif_psc_delta",
            Model::LifPscExp => "lif_psc_exp",
            Model::LifCondExp => "lif_cond_exp",
            Model::Izhikevich => "izhikevich",
            Model::AdexCondExp => "adex_cond_exp",
            Model::HhCondExpTraub => "hh_cond_exp_traub",
            Model::PoissonSource => "poisson_source",
            Model::RegularSource => "regular_source",
            Model::SpikeTimes => "spike_times",
            Model::User(model) => model.name,
        }
    }

    /// Whether it fires by itself and has no input.
    pub fn is_source(self) -> bool {
        matches!(self, Model::PoissonSource | Model::RegularSource | Model::SpikeTimes)
    }

    /// How far its results agree between devices.
    pub fn class(self) -> Class {
        match self {
            Model::AdexCondExp | Model::HhCondExpTraub | Model::User(_) => Class::Tolerant,
            _ => Class::Exact,
        }
    }

    /// Units within which a potential stays (exact class); see [`fixed_point`].
    pub fn range(self) -> i32 {
        match self {
            Model::LifCondExp => lif_cond_exp::LIMIT,
            Model::Izhikevich => izhikevich::LIMIT,
            _ => fixed_point::REFRACTORY,
        }
    }

    /// Longest refractory time that is counted, steps.
    pub fn longest_refractory(self) -> u32 {
        match self.class() {
            Class::Exact => bounds::LONGEST_REFRACTORY,
            Class::Tolerant => bounds::LONGEST_REFRACTORY_TOLERANT,
        }
    }

    /// What a synaptic weight is, as it stands behind `weight_` in scenario keys: a jump of the potential (`mv`), of a current (`pa`) or
    /// of a conductance (`ns`; its sign tells excitation from inhibition).
    pub fn weight_unit(self) -> &'static str {
        match self {
            Model::LifPscDelta | Model::Izhikevich | Model::PoissonSource | Model::RegularSource | Model::SpikeTimes => "mv",
            Model::LifPscExp => "pa",
            Model::LifCondExp | Model::AdexCondExp | Model::HhCondExpTraub => "ns",
            Model::User(model) => model.weight_unit,
        }
    }

    /// The same for people.
    pub fn weight_unit_name(self) -> &'static str {
        match self.weight_unit() {
            "mv" => "mV",
            "pa" => "pA",
            _ => "nS",
        }
    }

    /// Its parameters, in the order of their values.
    pub fn parameters(self) -> &'static [Parameter] {
        match self {
            Model::LifPscDelta => &lif_psc_delta::PARAMETERS,
            Model::LifPscExp => &lif_psc_exp::PARAMETERS,
            Model::LifCondExp => &lif_cond_exp::PARAMETERS,
            Model::Izhikevich => &izhikevich::PARAMETERS,
            Model::AdexCondExp => &adex_cond_exp::PARAMETERS,
            Model::HhCondExpTraub => &hh_cond_exp_traub::PARAMETERS,
            Model::PoissonSource => &sources::POISSON_PARAMETERS,
            Model::RegularSource => &sources::REGULAR_PARAMETERS,
            Model::SpikeTimes => &sources::TIMES_PARAMETERS,
            Model::User(model) => model.parameters,
        }
    }

    /// Whether excitation and inhibition must arrive apart, for one neuron's parameters.
    pub fn separates_inhibition(self, values: &[f64]) -> bool {
        match self {
            Model::LifPscDelta | Model::Izhikevich => false,
            Model::PoissonSource | Model::RegularSource | Model::SpikeTimes => false,
            Model::LifPscExp => {
                let values = Values { model: self, values };
                values.get("tau_syn_ex_ms") != values.get("tau_syn_in_ms")
            }
            Model::LifCondExp | Model::AdexCondExp | Model::HhCondExpTraub | Model::User(_) => true,
        }
    }
}
