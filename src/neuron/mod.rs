//! Neuron models: parameters, the constants derived from them, and the CPU step of each; the WGSL step of a model stands
//! in `shaders/neuron/` under the same name.

pub mod fixed_point;
pub mod lif_psc_delta;
pub mod lif_psc_exp;

use fixed_point::{REFRACTORY, q32};
use pulp::Simd;

/// Neurons of one block: the unit of layout, of noise generation and of parameter look-up. A population starts on a block.
pub const BLOCK: usize = 256;

/// The neuron models. All of them are in the exact class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Leaky integrate-and-fire with delta synapses (NEST `iaf_psc_delta`).
    LifPscDelta,
    /// Leaky integrate-and-fire with exponential synaptic currents (NEST `iaf_psc_exp`).
    LifPscExp,
}

impl Model {
    /// Every model.
    pub const ALL: [Model; 2] = [Model::LifPscDelta, Model::LifPscExp];

    /// Its name in scenarios and shader files.
    pub fn name(self) -> &'static str {
        match self {
            Model::LifPscDelta => "lif_psc_delta",
            Model::LifPscExp => "lif_psc_exp",
        }
    }

    /// State variables besides the membrane potential.
    pub fn synaptic_variables(self, channels: u32) -> u32 {
        match self {
            Model::LifPscDelta => 0,
            Model::LifPscExp => channels,
        }
    }

    /// Unit of a synaptic weight, as it stands in scenario keys.
    pub fn weight_unit(self) -> &'static str {
        match self {
            Model::LifPscDelta => "mv",
            Model::LifPscExp => "pa",
        }
    }
}

/// Parameters of a leaky integrate-and-fire population, named as in NEST.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Membrane time constant, ms.
    pub tau_m_ms: f64,
    /// Membrane capacitance, pF.
    pub c_m_pf: f64,
    /// Resting potential, mV.
    pub e_l_mv: f64,
    /// Threshold, mV.
    pub v_th_mv: f64,
    /// Reset potential, mV.
    pub v_reset_mv: f64,
    /// Absolute refractory time, ms.
    pub t_ref_ms: f64,
    /// Time constant of excitatory synaptic currents, ms (unused by delta synapses).
    pub tau_syn_ex_ms: f64,
    /// Time constant of inhibitory synaptic currents, ms (unused by delta synapses).
    pub tau_syn_in_ms: f64,
    /// Constant input current, pA.
    pub i_e_pa: f64,
}

impl Parameters {
    /// The potential the membrane relaxes to without synaptic input, mV: the origin of the fixed-point potential, so that a
    /// constant current costs nothing in the step and adds no rounding.
    pub fn origin_mv(&self) -> f64 {
        self.e_l_mv + self.i_e_pa * self.tau_m_ms / self.c_m_pf
    }
}

/// What the fixed-point scales must allow for: bounds on synaptic input per step, in the weight's unit (mV or pA).
#[derive(Debug, Clone, Copy, Default)]
pub struct InputBound {
    /// Largest sum of |recurrent weights| that can arrive in one step.
    pub recurrent: f64,
    /// Largest sum of |external weights| that can arrive in one step.
    pub external: f64,
    /// Shortest number of steps between two spikes of any sender.
    pub sender_interval_steps: u32,
    /// Largest initial deviation from the origin, mV.
    pub initial_mv: f64,
}

/// Constants of a population's step in fixed point. Units: potentials in 2^-`v_bits` mV from the origin, synaptic input and
/// currents in 2^-`w_bits` mV or pA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Constants {
    /// Threshold, potential units.
    pub threshold: i32,
    /// Reset, potential units.
    pub reset: i32,
    /// Steps a neuron is held at reset after a spike.
    pub refractory_steps: u32,
    /// 1 - exp(-dt / tau_m), Q32.
    pub leak: u32,
    /// 1 - exp(-dt / tau_syn) per channel, Q32.
    pub syn_leak: [u32; 2],
    /// Potential gained in one step per unit of current, per channel, Q32.
    pub syn_gain: [u32; 2],
    /// Left shift that turns synaptic input units into potential units (delta synapses).
    pub input_shift: u32,
    /// Binary digits after the point of a potential in mV.
    pub v_bits: u32,
    /// Binary digits after the point of a weight in mV or pA.
    pub w_bits: i32,
}

impl Constants {
    /// Derives the constants of a population, choosing the finest scales at which overflow cannot happen.
    ///
    /// # Errors
    /// A sentence that names the quantity for which no scale exists.
    pub fn derive(model: Model, p: &Parameters, dt_ms: f64, bound: &InputBound) -> Result<Self, String> {
        let origin = p.origin_mv();
        let largest_mv =
            [p.v_th_mv - origin, p.v_reset_mv - origin, bound.initial_mv].iter().fold(1e-3, |a: f64, x| a.max(x.abs()));
        // 16-fold headroom between the landmarks of the model and the point where the potential saturates.
        let mut v_bits = libm::floor(libm::log2(f64::from(fixed_point::REFRACTORY) / (16.0 * largest_mv))) as i32;
        v_bits = v_bits.min(24);
        let refractory_steps = libm::round(p.t_ref_ms / dt_ms) as u32;
        let leak = q32(-libm::expm1(-dt_ms / p.tau_m_ms));
        let per_step = bound.recurrent + bound.external;
        let (mut syn_leak, mut syn_gain) = ([0; 2], [0; 2]);
        let w_bits;
        let mut input_shift = 0;
        match model {
            Model::LifPscDelta => {
                w_bits = v_bits.min(scale_bits(per_step, f64::from(fixed_point::REFRACTORY)));
                if w_bits + 4 < 0 || v_bits < 0 {
                    return Err(no_scale("the synaptic input of one step", per_step, "mV"));
                }
                input_shift = (v_bits - w_bits) as u32;
            }
            Model::LifPscExp => {
                let taus = [p.tau_syn_ex_ms, p.tau_syn_in_ms];
                let mut current = 0f64;
                let mut gain = 0f64;
                for tau in taus {
                    let kept = libm::exp(-dt_ms / tau);
                    let interval = libm::pow(kept, f64::from(bound.sender_interval_steps.max(1)));
                    current = current.max(bound.recurrent / (1.0 - interval) + bound.external / (1.0 - kept));
                    gain = gain.max(propagator_mv_per_pa(p, tau, dt_ms));
                }
                // The gain must stay below 1 in the chosen units; give up potential digits before the currents' range.
                let finest = scale_bits(current, 2.1e9);
                while gain * libm::exp2(f64::from(v_bits - finest)) >= 1.0 {
                    v_bits -= 1;
                }
                if v_bits < 8 {
                    return Err(no_scale("the synaptic current", current, "pA"));
                }
                w_bits = finest.min(v_bits);
                for (channel, tau) in taus.into_iter().enumerate() {
                    syn_leak[channel] = q32(-libm::expm1(-dt_ms / tau));
                    syn_gain[channel] = q32(propagator_mv_per_pa(p, tau, dt_ms) * libm::exp2(f64::from(v_bits - w_bits)));
                }
            }
        }
        let unit = libm::exp2(f64::from(v_bits));
        Ok(Self {
            threshold: libm::round((p.v_th_mv - origin) * unit) as i32,
            reset: libm::round((p.v_reset_mv - origin) * unit) as i32,
            refractory_steps,
            leak,
            syn_leak,
            syn_gain,
            input_shift,
            v_bits: v_bits as u32,
            w_bits,
        })
    }

    /// A weight in mV or pA in input units.
    pub fn weight(&self, weight: f64) -> i32 {
        libm::round(weight * libm::exp2(f64::from(self.w_bits))) as i32
    }

    /// A potential in mV, relative to the origin, in potential units.
    pub fn potential(&self, mv: f64) -> i32 {
        libm::round(mv * libm::exp2(f64::from(self.v_bits))) as i32
    }

    /// A potential state word in mV relative to the origin; a refractory neuron is at reset.
    pub fn potential_mv(&self, word: i32) -> f64 {
        let units = if word > fixed_point::REFRACTORY { self.reset } else { word };
        f64::from(units) / libm::exp2(f64::from(self.v_bits))
    }
}

/// Exact propagator from an exponential current to the potential over one step, mV per pA (Rotter & Diesmann 1999,
/// doi:10.1007/s004220050570); the limit for equal time constants is taken where they differ by less than 1e-9.
pub fn propagator_mv_per_pa(p: &Parameters, tau_syn_ms: f64, dt_ms: f64) -> f64 {
    let (tm, ts) = (p.tau_m_ms, tau_syn_ms);
    if libm::fabs(tm - ts) < 1e-9 * tm {
        dt_ms / p.c_m_pf * libm::exp(-dt_ms / tm)
    } else {
        let difference = libm::exp(-dt_ms / tm) * libm::expm1(dt_ms / tm - dt_ms / ts);
        difference * ts * tm / (p.c_m_pf * (ts - tm))
    }
}

/// Most binary digits after the point with which `largest` still stays below `limit` units.
fn scale_bits(largest: f64, limit: f64) -> i32 {
    libm::floor(libm::log2(limit / largest.max(1e-6))) as i32
}

fn no_scale(what: &str, largest: f64, unit: &str) -> String {
    format!(
        "{what} can reach {largest:.3e} {unit}, which no 32-bit scale can hold with useful resolution; lower the weights or the in-degrees"
    )
}

/// Vectors of neurons that are stepped together: as many as the words of one call of the generator.
pub const VECTORS: usize = 4;
/// One value for each of their neurons. Words are signed or unsigned as it suits the operation.
pub type Wide<S> = [<S as Simd>::u32s; VECTORS];

/// The state of some neurons while they are stepped.
#[derive(Clone, Copy)]
pub struct WideState<S: Simd> {
    /// Membrane potential or refractory code.
    pub v: Wide<S>,
    /// Synaptic currents of both channels; the second is used where excitation and inhibition decay differently.
    pub syn: [Wide<S>; 2],
}

impl<S: Simd> std::fmt::Debug for WideState<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WideState").finish_non_exhaustive()
    }
}

/// A mask that is false everywhere.
#[inline(always)]
pub(crate) fn nowhere<S: Simd>(simd: S) -> S::m32s {
    simd.equal_u32s(simd.splat_u32s(0), simd.splat_u32s(1))
}

/// Where one signed word is greater than another.
#[inline(always)]
fn greater<S: Simd>(simd: S, a: S::u32s, b: S::u32s) -> S::m32s {
    simd.greater_than_i32s(simd.transmute_i32s_u32s(a), simd.transmute_i32s_u32s(b))
}

/// Signed words held within limits.
#[inline(always)]
fn clamp<S: Simd>(simd: S, x: S::u32s, low: i32, high: i32) -> S::u32s {
    let (low, high) = (simd.splat_u32s(low as u32), simd.splat_u32s(high as u32));
    let x = simd.select_u32s(greater(simd, x, high), high, x);
    simd.select_u32s(greater(simd, low, x), low, x)
}

/// Leak, saturation, refractoriness and threshold, common to the leaky integrate-and-fire models: where a neuron spiked. Twin:
/// `shaders/shared/integrate.wgsl`.
#[inline(always)]
fn integrate<S: Simd>(simd: S, c: &Constants, old: &mut S::u32s, increment: S::u32s) -> S::m32s {
    let after_spike = if c.refractory_steps > 0 { REFRACTORY + c.refractory_steps as i32 } else { c.reset };
    let leak = fixed_point::scale_wide(simd, *old, simd.splat_u32s(c.leak));
    let integrated = simd.add_u32s(simd.sub_u32s(*old, leak), increment);
    let floor = simd.splat_u32s(-REFRACTORY as u32);
    let integrated = simd.select_u32s(greater(simd, floor, integrated), floor, integrated);
    let refractory = greater(simd, *old, simd.splat_u32s(REFRACTORY as u32));
    let released = simd.equal_u32s(*old, simd.splat_u32s((REFRACTORY + 1) as u32));
    let held = simd.select_u32s(released, simd.splat_u32s(c.reset as u32), simd.sub_u32s(*old, simd.splat_u32s(1)));
    let below = greater(simd, simd.splat_u32s(c.threshold as u32), integrated);
    let spike = simd.not_m32s(simd.or_m32s(refractory, below));
    let free = simd.select_u32s(below, integrated, simd.splat_u32s(after_spike as u32));
    *old = simd.select_u32s(refractory, held, free);
    spike
}
