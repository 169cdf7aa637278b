//! What both leaky integrate-and-fire models with current-based synapses share: parameters, and the fixed-point constants derived from
//! them.

use super::fixed_point::{REFRACTORY, q32};
use super::{Model, Values};

/// Parameters of one leaky integrate-and-fire neuron, named as in NEST.
#[derive(Debug, Clone, PartialEq)]
pub struct LifParameters {
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

impl LifParameters {
    /// From a neuron's values.
    pub fn of(values: Values<'_>) -> Self {
        let get = |key| values.get(key);
        Self {
            tau_m_ms: get("tau_m_ms"),
            c_m_pf: get("c_m_pf"),
            e_l_mv: get("e_l_mv"),
            v_th_mv: get("v_th_mv"),
            v_reset_mv: get("v_reset_mv"),
            t_ref_ms: get("t_ref_ms"),
            tau_syn_ex_ms: values.find("tau_syn_ex_ms").unwrap_or(1.0),
            tau_syn_in_ms: values.find("tau_syn_in_ms").unwrap_or(1.0),
            i_e_pa: get("i_e_pa"),
        }
    }

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

/// Fixed-point scales of a population: potentials in 2^-`v_bits` mV from an origin, synaptic input and currents in 2^-`w_bits` of their
/// unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Scales {
    /// Potential that is 0, mV.
    pub origin_mv: f64,
    /// Binary digits after the point of a potential in mV.
    pub v_bits: u32,
    /// Binary digits after the point of a weight.
    pub w_bits: i32,
}

impl Scales {
    /// The finest scales at which overflow cannot happen, for all neurons of a population. `neurons` gives their parameters, as often as it
    /// is called.
    ///
    /// # Errors
    /// A sentence that names the quantity for which no scale exists.
    pub fn choose<I: Iterator<Item = LifParameters>>(
        model: Model,
        neurons: impl Fn() -> I,
        origin_mv: f64,
        dt_ms: f64,
        bound: &InputBound,
    ) -> Result<Self, String> {
        let largest_mv = neurons()
            .flat_map(|p| [p.v_th_mv - origin_mv, p.v_reset_mv - origin_mv, p.origin_mv() - origin_mv])
            .fold(bound.initial_mv.abs().max(1e-3), |a: f64, x| a.max(x.abs()));
        // 16-fold headroom between the landmarks of the model and the point where the potential saturates.
        let mut v_bits = libm::floor(libm::log2(f64::from(REFRACTORY) / (16.0 * largest_mv))) as i32;
        v_bits = v_bits.min(24);
        let per_step = bound.recurrent + bound.external;
        let w_bits = match model {
            Model::LifPscExp => {
                let mut current = 0f64;
                let mut gain = 0f64;
                for p in neurons() {
                    for tau in [p.tau_syn_ex_ms, p.tau_syn_in_ms] {
                        let kept = libm::exp(-dt_ms / tau);
                        let interval = libm::pow(kept, f64::from(bound.sender_interval_steps.max(1)));
                        current = current.max(bound.recurrent / (1.0 - interval) + bound.external / (1.0 - kept));
                        gain = gain.max(propagator_mv_per_pa(&p, tau, dt_ms));
                    }
                }
                // The gain must stay below 1 in the chosen units; give up potential digits before the currents' range.
                let finest = scale_bits(current, 2.1e9);
                while gain * libm::exp2(f64::from(v_bits - finest)) >= 1.0 {
                    v_bits -= 1;
                }
                if v_bits < 8 {
                    return Err(no_scale("the synaptic current", current, "pA"));
                }
                finest.min(v_bits)
            }
            _ => {
                let w_bits = v_bits.min(scale_bits(per_step, f64::from(REFRACTORY)));
                if w_bits + 4 < 0 || v_bits < 0 {
                    return Err(no_scale("the synaptic input of one step", per_step, "mV"));
                }
                w_bits
            }
        };
        Ok(Self { origin_mv, v_bits: v_bits as u32, w_bits })
    }

    /// A weight in mV, pA or nS in input units.
    pub fn weight(&self, weight: f64) -> i32 {
        libm::round(weight * libm::exp2(f64::from(self.w_bits))) as i32
    }

    /// A potential in mV in potential units.
    pub fn potential(&self, mv: f64) -> i32 {
        libm::round((mv - self.origin_mv) * libm::exp2(f64::from(self.v_bits))) as i32
    }

    /// A potential state word in mV.
    pub fn potential_mv(&self, word: i32) -> f64 {
        self.origin_mv + f64::from(word) / libm::exp2(f64::from(self.v_bits))
    }
}

/// Constants of a neuron's step in fixed point.
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
}

impl Constants {
    /// Derives the constants of a neuron.
    pub fn new(model: Model, p: &LifParameters, dt_ms: f64, scales: &Scales) -> Self {
        let finer = scales.v_bits as i32 - scales.w_bits;
        let (mut syn_leak, mut syn_gain) = ([0; 2], [0; 2]);
        let mut input_shift = 0;
        if model == Model::LifPscExp {
            for (channel, tau) in [p.tau_syn_ex_ms, p.tau_syn_in_ms].into_iter().enumerate() {
                syn_leak[channel] = q32(-libm::expm1(-dt_ms / tau));
                syn_gain[channel] = q32(propagator_mv_per_pa(p, tau, dt_ms) * libm::exp2(f64::from(finer)));
            }
        } else {
            input_shift = finer as u32;
        }
        Self {
            threshold: scales.potential(p.v_th_mv),
            reset: scales.potential(p.v_reset_mv),
            refractory_steps: libm::round(p.t_ref_ms / dt_ms) as u32,
            leak: q32(-libm::expm1(-dt_ms / p.tau_m_ms)),
            syn_leak,
            syn_gain,
            input_shift,
        }
    }
}

/// Exact propagator from an exponential current to the potential over one step, mV per pA (Rotter & Diesmann 1999,
/// doi:10.1007/s004220050570); the limit for equal time constants is taken where they differ by less than 1e-9.
pub fn propagator_mv_per_pa(p: &LifParameters, tau_syn_ms: f64, dt_ms: f64) -> f64 {
    let (tm, ts) = (p.tau_m_ms, tau_syn_ms);
    if libm::fabs(tm - ts) < 1e-9 * tm {
        dt_ms / p.c_m_pf * libm::exp(-dt_ms / tm)
    } else {
        let difference = libm::exp(-dt_ms / tm) * libm::expm1(dt_ms / tm - dt_ms / ts);
        difference * ts * tm / (p.c_m_pf * (ts - tm))
    }
}

/// Most binary digits after the point with which `largest` still stays below `limit` units.
pub(super) fn scale_bits(largest: f64, limit: f64) -> i32 {
    libm::floor(libm::log2(limit / largest.max(1e-6))) as i32
}

pub(super) fn no_scale(what: &str, largest: f64, unit: &str) -> String {
    format!(
        "{what} can reach {largest:.3e} {unit}, which no 32-bit scale can hold with useful resolution; lower the weights or the in-degrees"
    )
}
