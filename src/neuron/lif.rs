//! What the leaky integrate-and-fire models with current-based synapses share: the membrane, its scales, and the fixed-point constants of
//! its step.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use super::fault::{Fault, SPIKE};
use super::fixed_point::{Factor, MAX_INCREMENT, REFRACTORY, ROOM, kept, multiply_held, q32, scale};
use super::form::{Input, whole_and_part, words};
use super::parameters::{PopulationValues, Values};
use super::scales::{InputBound, Landmarks, ROUNDING_UNITS, Scales, TOLERANCE, is_fine, scale_bits, too_coarse};
use crate::{bounds, grid};

/// Parameters of the models with synaptic currents, named as in NEST's `iaf_psc_exp` and `iaf_psc_alpha`, with some of a model's own.
macro_rules! current_parameters {
    ($($own:expr),*) => {
        [
            required("tau_m_ms", ParameterRange::Positive).role(Role::TimeConstant),
            required("c_m_pf", ParameterRange::Positive).role(Role::Capacitance),
            required("e_l_mv", ParameterRange::Any).role(Role::Rest),
            required("v_th_mv", ParameterRange::Any).role(Role::Threshold),
            required("v_reset_mv", ParameterRange::Any).role(Role::Reset),
            required("t_ref_ms", ParameterRange::NotNegative).role(Role::Refractory),
            required("tau_syn_ex_ms", ParameterRange::Positive).role(Role::ExcitatoryTime),
            required("tau_syn_in_ms", ParameterRange::Positive).role(Role::InhibitoryTime),
            optional("i_e_pa", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
            $($own),*
        ]
    };
}
pub(super) use current_parameters;

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
    /// What a spike does to synaptic currents (models that have such switches).
    pub switches: Switches,
}

/// What becomes of the synaptic currents of a neuron that has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// While it is refractory they stand still, and what arrives is lost; else they go on as always.
    pub frozen: bool,
    /// The spike takes them away, with what arrives in its step.
    pub reset: bool,
}

/// Bits of the word that tells switches to adapters.
const FROZEN: u32 = 1;
const RESETS: u32 = 2;

impl Switches {
    /// Whether any is on.
    pub fn any(self) -> bool {
        self != Self::default()
    }

    /// As a word: bit 0 for frozen currents, bit 1 for reset ones.
    pub fn word(self) -> u32 {
        (if self.frozen { FROZEN } else { 0 }) | (if self.reset { RESETS } else { 0 })
    }

    /// From such a word.
    pub(super) fn of(word: u32) -> Self {
        Self { frozen: word & FROZEN != 0, reset: word & RESETS != 0 }
    }
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
            switches: Switches {
                frozen: values.find("synapses_while_refractory").is_some_and(|word| word != 0.0),
                reset: values.find("reset_synapses").is_some_and(|flag| flag != 0.0),
            },
        }
    }

    /// The potential the membrane relaxes to without synaptic input, mV: the origin of the fixed-point potential, so that a
    /// constant current costs nothing in the step and adds no rounding.
    pub fn origin_mv(&self) -> f64 {
        self.e_l_mv + self.i_e_pa * self.tau_m_ms / self.c_m_pf
    }
}

/// Fewest digits after the point of a potential in mV: with these, [`ROUNDING_UNITS`] are well below what a response may
/// be off.
const COARSEST: i32 = 18;

fn landmarks_of(p: &LifParameters, origin_mv: f64) -> Landmarks {
    Landmarks {
        threshold: p.v_th_mv - origin_mv,
        reset: p.v_reset_mv - p.e_l_mv,
        // The origin is where a typical neuron comes to rest under its current, and everything else is told from there.
        current: (p.origin_mv() - origin_mv).abs().max((p.v_reset_mv - origin_mv).abs()),
        ..Landmarks::default()
    }
}

/// Digits after the point of the potentials of a population: at least `coarsest`, at most 24, with room for `room` times the farthest
/// landmark.
pub(super) fn potential_bits(
    population: PopulationValues<'_>,
    origin_mv: f64,
    bound: &InputBound,
    (room, coarsest): (f64, i32),
) -> Result<i32, String> {
    let mut landmarks = Landmarks { initial: bound.initial_mv.abs(), ..Landmarks::default() };
    population.each(|n| landmarks.see(&landmarks_of(&LifParameters::of(n), origin_mv)));
    landmarks.digits(REFRACTORY, room, coarsest, 24)
}

/// How a synaptic current acts on a neuron.
#[derive(Debug, Clone, Copy)]
pub(super) struct Response {
    /// Potential gained in one step per current at its begin, mV per pA.
    pub(super) gain: f64,
    /// Peak of the potential after an arrival of 1 pA, mV.
    pub(super) peak: f64,
    /// The largest current that can add up.
    pub(super) ever: f64,
}

/// Scales of a population whose neurons keep synaptic currents; `responses` tells how those of a neuron act.
///
/// # Errors
/// A sentence that names the quantity for which no scale exists.
pub(super) fn current_scales(
    population: PopulationValues<'_>,
    bound: &InputBound,
    responses: impl Fn(&LifParameters) -> [Response; 2],
) -> Result<Scales, String> {
    let origin_mv = LifParameters::of(population.typical).origin_mv();
    let v_bits = potential_bits(population, origin_mv, bound, (256.0, COARSEST))?;
    let (mut gain, mut largest_mv, mut weakest, mut ever) = (0f64, 0f64, f64::INFINITY, 0f64);
    population.each(|n| {
        for response in responses(&LifParameters::of(n)) {
            gain = gain.max(response.gain);
            largest_mv = largest_mv.max(response.peak);
            weakest = weakest.min(response.peak);
            ever = ever.max(response.ever);
        }
    });
    let per_step = bound.per_step();
    // For the worst that can ever be if that leaves weights comfortably fine; else for less, watched while it runs, but for no less than
    // may arrive in a step.
    let finest = scale_bits(per_step, ROOM).min(24);
    let mut w_bits = scale_bits(ever, ROOM).min(finest);
    while per_step > 0.0 && w_bits < finest && !is_fine(4.0 * largest_mv, 0.25 * bound.smallest, w_bits) {
        w_bits += 1;
    }
    // The gain must stay below a half in the chosen units, so that two currents and the potential cannot wrap.
    let most = w_bits - libm::floor(libm::log2(gain)) as i32 - 2;
    let v_bits = v_bits.min(most);
    let weakest_mv = weakest * bound.smallest;
    let coarse = ROUNDING_UNITS * libm::exp2(f64::from(-v_bits)) > TOLERANCE.1.max(TOLERANCE.0 * weakest_mv);
    if per_step > 0.0 && (coarse || v_bits < 0 || !is_fine(largest_mv, bound.smallest, w_bits)) {
        return Err(too_coarse(per_step, bound.smallest, "pA"));
    }
    Ok(Scales { origin_mv, v_bits: v_bits as u32, w_bits })
}

/// Constants of a neuron's step in fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Constants {
    /// Threshold, potential units; [`REFRACTORY`] if no potential reaches it.
    pub threshold: i32,
    /// Reset, potential units.
    pub reset: i32,
    /// Steps a neuron is held at reset after a spike.
    pub refractory_steps: u32,
    /// exp(-dt / tau_m), Q32.
    pub kept: u32,
    /// exp(-dt / tau_syn) per channel, Q32.
    pub syn_kept: [u32; 2],
    /// Potential gained in one step per unit of current, per channel, Q32.
    pub syn_gain: [u32; 2],
    /// Left shift that turns synaptic input units into potential units (delta synapses).
    pub input_shift: u32,
    /// What a spike does to synaptic currents.
    pub switches: Switches,
}

impl Constants {
    /// The constants of a neuron's membrane; what arrives is up to the model.
    pub(super) fn of(p: &LifParameters, dt_ms: f64, scales: &Scales) -> Self {
        Self {
            threshold: scales.threshold(p.v_th_mv, REFRACTORY),
            reset: scales.potential(p.v_reset_mv),
            refractory_steps: grid::steps_up(p.t_ref_ms, dt_ms).min(bounds::LONGEST_REFRACTORY.into()) as u32,
            kept: kept(dt_ms, p.tau_m_ms),
            ..Self::default()
        }
    }

    /// The same with synaptic currents that decay exponentially and reach the potential by their propagators.
    pub(super) fn with_currents(self, p: &LifParameters, dt_ms: f64, scales: &Scales) -> Self {
        let finer = libm::exp2(f64::from(scales.v_bits as i32 - scales.w_bits));
        let taus = [p.tau_syn_ex_ms, p.tau_syn_in_ms];
        Self {
            syn_kept: taus.map(|tau| kept(dt_ms, tau)),
            syn_gain: taus.map(|tau| q32(propagator_mv_per_pa(p, tau, dt_ms) * finer)),
            switches: p.switches,
            ..self
        }
    }

    /// The state word of a potential after a spike.
    pub fn after_spike(&self) -> i32 {
        if self.refractory_steps > 0 { REFRACTORY + self.refractory_steps as i32 } else { self.reset }
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

words! {
    /// Constants of a neuron that is stepped on its own.
    pub struct LifConstants {
        threshold: i32,
        reset: i32,
        after_spike: i32,
        kept: u32,
        syn_kept0: u32,
        syn_kept1: u32,
        syn_gain0: u32,
        syn_gain1: u32,
        input_shift: u32,
        /// What a neuron's own resting potential adds in a step where it is not the origin: whole units, and 2^-31 of one.
        drift: i32,
        drift_part: u32,
        /// Potential gained in one step per unit of current.
        current_gain: i32,
        current_shift: u32,
    }
}

/// Which of them is the reset potential.
pub(super) const RESET: usize = 1;

impl LifConstants {
    /// The same as words for each neuron, with currents from outside and a resting potential of its own.
    pub(super) fn of(c: &Constants, p: &LifParameters, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let unit = libm::exp2(f64::from(scales.v_bits));
        let reached = -libm::expm1(-dt_ms / p.tau_m_ms);
        let gain = Factor::of(p.tau_m_ms / p.c_m_pf * reached * libm::exp2(f64::from(scales.v_bits as i32 - current_bits)));
        let (drift, drift_part) = whole_and_part((p.origin_mv() - scales.origin_mv) * reached * unit);
        Self {
            threshold: c.threshold,
            reset: c.reset,
            after_spike: c.after_spike(),
            kept: c.kept,
            syn_kept0: c.syn_kept[0],
            syn_kept1: c.syn_kept[1],
            syn_gain0: c.syn_gain[0],
            syn_gain1: c.syn_gain[1],
            input_shift: c.input_shift,
            drift,
            drift_part,
            current_gain: gain.mantissa,
            current_shift: gain.shift,
        }
    }

    /// The rest of a model's step; `beyond` tells that more arrives than `increment` says, `outcome` what else has gone wrong.
    #[inline(always)]
    pub(super) fn integrate(&self, v: &mut i32, increment: i32, beyond: bool, input: Input<i32>, outcome: u32) -> u32 {
        let most = MAX_INCREMENT;
        let current = multiply_held(input.current, self.current_gain, self.current_shift, input.rounding).clamp(-most, most);
        let drift = self.drift + ((self.drift_part + input.rounding) >> 31) as i32;
        // No sum of two wraps.
        let drive = (current + drift).clamp(-most, most);
        let driven = (increment + drive).clamp(-most, most);
        let beyond = beyond || drive != current + drift || driven != increment + drive;
        let old = *v;
        if old > REFRACTORY {
            *v = if old == REFRACTORY + 1 { self.reset } else { old - 1 };
            return outcome;
        }
        let integrated = scale(old, self.kept, input.rounding) + driven;
        if integrated >= self.threshold {
            *v = self.after_spike;
            return outcome | SPIKE | Fault::Threshold.unless(self.threshold < REFRACTORY);
        }
        *v = integrated.max(-REFRACTORY);
        outcome | Fault::Potential.unless(integrated >= -REFRACTORY && !beyond)
    }
}
