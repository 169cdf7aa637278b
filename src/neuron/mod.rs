//! Neuron models. A model is a file (its parameters with their roles, rules, scales, constants and step) and a shader of the same name in
//! `shaders/neuron/` (the same step for adapters); everybody else knows it as a [`NeuronModel`]. A user's model comes through the same
//! door ([`user`]).
//!
//! The two leaky integrate-and-fire models with current-based synapses are also stepped in vectors ([`vector`]), where all neurons of a
//! population are alike and nothing but spikes drives them. Everything else is stepped neuron by neuron ([`form`]).
//!
//! ```
//! use spikewatt::neuron::{Class, Model, Role};
//!
//! let model = Model::of("lif_psc_alpha").expect("built in");
//! assert_eq!((model.class(), model.weight_unit().name()), (Class::Exact, "pA"));
//! let at = model.position(Role::Refractory).expect("it has a refractory time");
//! assert_eq!(model.parameters()[at].key, "t_ref_ms");
//! ```

#[doc(hidden)]
pub mod adex_cond_exp;
#[cfg(feature = "gpu")]
mod effort;
#[doc(hidden)]
pub mod fault;
#[doc(hidden)]
pub mod fixed_point;
#[doc(hidden)]
pub mod form;
#[doc(hidden)]
pub mod hh_cond_exp_traub;
#[doc(hidden)]
pub mod izhikevich;
#[doc(hidden)]
pub mod lif;
#[doc(hidden)]
pub mod lif_cond_exp;
#[doc(hidden)]
pub mod lif_psc_alpha;
#[doc(hidden)]
pub mod lif_psc_delta;
#[doc(hidden)]
pub mod lif_psc_exp;
mod model;
mod parameters;
#[doc(hidden)]
pub mod poisson_source;
#[doc(hidden)]
pub mod regular_source;
#[cfg(target_arch = "x86_64")]
mod rest;
mod scales;
mod signed_product;
#[doc(hidden)]
pub mod spike_times;
#[doc(hidden)]
pub mod user;
#[doc(hidden)]
pub mod vector;

use std::ops::Deref;
use std::sync::Arc;

use pulp::Simd;

pub use fault::Fault;
pub use lif::{Constants, LifParameters, Switches, propagator_mv_per_pa};
pub use model::{About, Class, NeuronModel, Source, VectorForm, WeightUnit};
pub use parameters::{Broken, Parameter, ParameterRange, PopulationValues, Role, Values, Visit};
pub use scales::{InputBound, Scales};

/// Neurons of one block: the unit of layout, of noise generation and of parameter look-up. A population starts on a block.
pub const BLOCK: usize = 256;

/// Something done with the step of a model, whichever it is.
pub trait Visitor {
    /// Does it.
    fn visit<M: form::Scalar>(self);
}

/// Makes an enum of the built-in models: a line for each.
macro_rules! models {
    ($($(#[$doc:meta])* $file:ident :: $name:ident,)*) => {
        /// A neuron model, told from others.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Model {
            $($(#[$doc])* $name,)*
            /// A model of the user.
            User(Arc<user::UserModel>),
        }

        impl Model {
            /// Every built-in model.
            pub const ALL: &[Model] = &[$(Model::$name),*];

            /// Compiles something for the model's step; `false` if it has none in Rust.
            #[inline(always)]
            pub fn visit<V: Visitor>(&self, visitor: V) -> bool {
                match self {
                    $(Model::$name => visitor.visit::<$file::$name>(),)*
                    Model::User(_) => return false,
                }
                true
            }
        }

        impl Deref for Model {
            type Target = dyn NeuronModel;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Model::$name => &$file::$name,)*
                    Model::User(model) => &**model,
                }
            }
        }
    };
}

models! {
    /// Leaky integrate-and-fire with delta synapses (NEST `iaf_psc_delta`).
    lif_psc_delta::LifPscDelta,
    /// Leaky integrate-and-fire with exponential synaptic currents (NEST `iaf_psc_exp`).
    lif_psc_exp::LifPscExp,
    /// Leaky integrate-and-fire with alpha-shaped synaptic currents (NEST `iaf_psc_alpha`).
    lif_psc_alpha::LifPscAlpha,
    /// Leaky integrate-and-fire with exponential synaptic conductances (NEST `iaf_cond_exp`).
    lif_cond_exp::LifCondExp,
    /// Izhikevich's quadratic model with delta synapses (NEST `izhikevich`).
    izhikevich::Izhikevich,
    /// Adaptive exponential integrate-and-fire with exponential synaptic conductances (NEST `aeif_cond_exp`).
    adex_cond_exp::AdexCondExp,
    /// Hodgkin-Huxley in the form of Traub and Miles with exponential synaptic conductances (NEST `hh_cond_exp_traub`).
    hh_cond_exp_traub::HhCondExpTraub,
    /// Source of independent Poisson spike trains.
    poisson_source::PoissonSource,
    /// Source of regular spike trains.
    regular_source::RegularSource,
    /// Source of spikes at given times.
    spike_times::SpikeTimes,
}

impl Model {
    /// The built-in model of a name.
    pub fn of(name: &str) -> Option<Model> {
        Self::ALL.iter().find(|model| model.name() == name).cloned()
    }

    /// The user's model, if it is one.
    pub fn user(&self) -> Option<&user::UserModel> {
        match self {
            Model::User(model) => Some(model),
            _ => None,
        }
    }
}

/// Advances neurons in vector registers by one step. `CURRENTS` are the synaptic currents they keep: none where arrivals move the potential,
/// 2 where excitation and inhibition decay differently, else 1; `SWITCHED` tells that a spike may do something to them; `input` is what arrives in the step per channel, `rounding` is the step's offset.
/// Tells where they spiked.
#[inline(always)]
pub fn step_wide<S: Simd, const CURRENTS: usize, const SWITCHED: bool>(
    simd: S,
    c: &Constants,
    rounding: &fixed_point::WideRounding<S>,
    watch: &mut vector::Watch<S>,
    state: &mut vector::WideState<S>,
    input: &[vector::Wide<S>; 2],
) -> [S::m32s; vector::VECTORS] {
    match CURRENTS {
        0 => lif_psc_delta::step(simd, c, rounding, watch, &mut state.v, &input[0]),
        _ => lif_psc_exp::step::<S, CURRENTS, SWITCHED>(simd, c, rounding, watch, state, input),
    }
}

impl serde::Serialize for Model {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
