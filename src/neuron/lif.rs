//! What both leaky integrate-and-fire models with current-based synapses share: parameters, and the fixed-point constants derived from
//! them.

use super::fixed_point::{REFRACTORY, ROOM, kept, q32};
use super::{Model, Values};
use crate::{bounds, grid};

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

/// What the fixed-point scales must allow for: bounds on synaptic input per step, in the weight's unit (mV, pA or nS).
#[derive(Debug, Clone, Copy, Default)]
pub struct InputBound {
    /// Largest sum of |recurrent weights| that can arrive in one step.
    pub recurrent: f64,
    /// Largest sum of |external weights| that can arrive in one step.
    pub external: f64,
    /// Smallest |weight| of all but 0; 0 without input.
    pub smallest: f64,
    /// Shortest number of steps between two spikes of any sender.
    pub sender_interval_steps: u32,
    /// Largest synaptic current or conductance at the start.
    pub initial: f64,
    /// Largest initial deviation from the origin, mV.
    pub initial_mv: f64,
}

impl InputBound {
    /// Largest sum of |weights| that can arrive in one step, or be there at the start.
    pub fn per_step(&self) -> f64 {
        self.recurrent + self.external + self.initial
    }

    /// Largest current that can add up if everything fires as often as it can for ever, and decays with a time constant.
    pub fn for_ever(&self, dt_ms: f64, tau_ms: f64) -> f64 {
        let lost = |steps: u32| -libm::expm1(-f64::from(steps.max(1)) * dt_ms / tau_ms);
        self.recurrent / lost(self.sender_interval_steps) + self.external / lost(1) + self.initial
    }
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

/// Units by which roundings may move a potential or a current from its exact course, whatever its time constant (docs/numerics.md).
const ROUNDING_UNITS: f64 = 16.0;
/// Part of its own peak, and mV, by which the response to a single arrival may be off: whichever is larger.
const TOLERANCE: (f64, f64) = (0.01, 1e-4);

impl Scales {
    /// The scales of a population of leaky integrate-and-fire neurons. `neurons` gives their parameters, as often as it is called.
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
        let mut landmarks = Landmarks { initial: bound.initial_mv.abs(), ..Landmarks::default() };
        for p in neurons() {
            landmarks.see(&landmarks_of(&p, origin_mv));
        }
        let mut v_bits = match model {
            Model::LifPscDelta => landmarks.digits(REFRACTORY, 64.0, COARSEST_JUMPS, 24)?,
            _ => landmarks.digits(REFRACTORY, 256.0, COARSEST, 24)?,
        };
        let per_step = bound.per_step();
        let w_bits = match model {
            Model::LifPscExp => {
                let both = || neurons().flat_map(|p| [p.tau_syn_ex_ms, p.tau_syn_in_ms].map(|tau| (p.clone(), tau)));
                let gain = both().map(|(p, tau)| propagator_mv_per_pa(&p, tau, dt_ms)).fold(0.0, f64::max);
                let peaks = || both().map(|(p, tau)| peak(p.tau_m_ms, tau) / p.c_m_pf);
                let largest_mv = peaks().fold(0.0, f64::max);
                // For the worst that can ever be if that leaves weights comfortably fine; else for less, watched while it runs, but for
                // no less than may arrive in a step.
                let finest = scale_bits(per_step, ROOM).min(24);
                let ever = both().map(|(_, tau)| bound.for_ever(dt_ms, tau)).fold(0.0, f64::max);
                let mut w_bits = scale_bits(ever, ROOM).min(finest);
                while per_step > 0.0 && w_bits < finest && !is_fine(4.0 * largest_mv, 0.25 * bound.smallest, w_bits) {
                    w_bits += 1;
                }
                // The gain must stay below a half in the chosen units, so that two currents and the potential cannot wrap.
                let most = w_bits - libm::floor(libm::log2(gain)) as i32 - 2;
                v_bits = v_bits.min(most);
                let weakest_mv = peaks().fold(f64::INFINITY, f64::min) * bound.smallest;
                let coarse = ROUNDING_UNITS * libm::exp2(f64::from(-v_bits)) > TOLERANCE.1.max(TOLERANCE.0 * weakest_mv);
                if per_step > 0.0 && (coarse || v_bits < 0 || !is_fine(largest_mv, bound.smallest, w_bits)) {
                    return Err(too_coarse(per_step, bound.smallest, "pA"));
                }
                w_bits
            }
            _ => {
                let w_bits = v_bits.min(scale_bits(per_step, ROOM));
                // A jump is not rounded any more once it has arrived.
                let half_mv = 0.5 * libm::exp2(f64::from(-w_bits));
                if per_step > 0.0 && half_mv > TOLERANCE.1.max(TOLERANCE.0 * bound.smallest) {
                    return Err(too_coarse(per_step, bound.smallest, "mV"));
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

    /// A threshold in potential units: `out_of_reach` if no potential gets there.
    pub fn threshold(&self, mv: f64, out_of_reach: i32) -> i32 {
        self.potential(mv).min(out_of_reach)
    }

    /// A potential state word in mV.
    pub fn potential_mv(&self, word: i32) -> f64 {
        self.origin_mv + f64::from(word) / libm::exp2(f64::from(self.v_bits))
    }
}

/// Fewest digits after the point of a potential in mV: with these, [`ROUNDING_UNITS`] are well below what a response may
/// be off.
const COARSEST: i32 = 18;
/// The same where weights are jumps of the potential, and have its digits.
const COARSEST_JUMPS: i32 = 20;

/// Where the potentials of a population's neurons are bound to lie, mV from the origin.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Landmarks {
    pub(super) threshold: f64,
    pub(super) reset: f64,
    pub(super) current: f64,
    pub(super) initial: f64,
    pub(super) reversal: f64,
}

impl Landmarks {
    /// Adds those of a neuron.
    pub(super) fn see(&mut self, other: &Self) {
        self.threshold = self.threshold.max(other.threshold.abs());
        self.reset = self.reset.max(other.reset.abs());
        self.current = self.current.max(other.current.abs());
        self.initial = self.initial.max(other.initial.abs());
        self.reversal = self.reversal.max(other.reversal.abs());
    }

    /// Digits after the point of a potential that must stay within plus and minus `range` units: from `coarsest` to `finest`, with room for
    /// `room` times the farthest landmark where that leaves enough of them. A threshold out of this range is none,
    /// and leaves the whole range to potentials.
    ///
    /// # Errors
    /// A sentence that names the landmark that is out of range.
    pub(super) fn digits(&self, range: i32, room: f64, coarsest: i32, finest: i32) -> Result<i32, String> {
        let farthest_mv = f64::from(range) / libm::exp2(f64::from(coarsest));
        let named = [
            (self.reset, "the reset potential lies", "bring it nearer"),
            (self.current, "the constant current drives the potential", "lower `i_e_pa`"),
            (self.initial, "an initial potential lies", "bring it nearer"),
            (self.reversal, "a reversal potential lies", "bring it nearer"),
        ];
        for (mv, what, remedy) in named {
            if mv >= farthest_mv {
                return Err(format!(
                    "{what} {mv:.0} mV from rest, but potentials are exact only up to {farthest_mv:.0} mV from it; {remedy}"
                ));
            }
        }
        if self.threshold >= farthest_mv {
            return Ok(coarsest);
        }
        let largest = named.iter().fold(self.threshold, |a, x| a.max(x.0)).max(1e-3);
        Ok((libm::floor(libm::log2(f64::from(range) / (room * largest))) as i32).clamp(coarsest, finest))
    }
}

fn landmarks_of(p: &LifParameters, origin_mv: f64) -> Landmarks {
    Landmarks {
        threshold: p.v_th_mv - origin_mv,
        reset: p.v_reset_mv - p.e_l_mv,
        // The origin is where a typical neuron comes to rest under its current, and everything else is told from there.
        current: (p.origin_mv() - origin_mv).abs().max((p.v_reset_mv - origin_mv).abs()),
        ..Landmarks::default()
    }
}

/// Whether weights from `smallest` on are fine enough at `w_bits`: what roundings add is within the tolerance of the response to a single
/// arrival. `largest_mv` is the largest response to a weight of 1.
pub(super) fn is_fine(largest_mv: f64, smallest: f64, w_bits: i32) -> bool {
    let unit = libm::exp2(f64::from(-w_bits));
    ROUNDING_UNITS * unit <= TOLERANCE.0 * smallest || ROUNDING_UNITS * unit * largest_mv <= TOLERANCE.1
}

/// Largest potential that a current of 1 leads to in a membrane of capacitance 1 when it begins to decay exponentially, ms: the peak of
/// tau_m tau_s / (tau_s - tau_m) (exp(-t / tau_s) - exp(-t / tau_m)).
pub(super) fn peak(tau_m_ms: f64, tau_syn_ms: f64) -> f64 {
    let ratio = tau_syn_ms / tau_m_ms;
    if (ratio - 1.0).abs() < 1e-6 {
        return tau_m_ms * libm::exp(-1.0);
    }
    tau_syn_ms * libm::pow(ratio, -ratio / (ratio - 1.0)).max(0.0)
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
}

impl Constants {
    /// Derives the constants of a neuron.
    pub fn new(model: Model, p: &LifParameters, dt_ms: f64, scales: &Scales) -> Self {
        let finer = scales.v_bits as i32 - scales.w_bits;
        let (mut syn_kept, mut syn_gain) = ([0; 2], [0; 2]);
        let mut input_shift = 0;
        if model == Model::LifPscExp {
            for (channel, tau) in [p.tau_syn_ex_ms, p.tau_syn_in_ms].into_iter().enumerate() {
                syn_kept[channel] = kept(dt_ms, tau);
                syn_gain[channel] = q32(propagator_mv_per_pa(p, tau, dt_ms) * libm::exp2(f64::from(finer)));
            }
        } else {
            input_shift = finer as u32;
        }
        Self {
            threshold: scales.threshold(p.v_th_mv, REFRACTORY),
            reset: scales.potential(p.v_reset_mv),
            refractory_steps: grid::steps_up(p.t_ref_ms, dt_ms).min(bounds::LONGEST_REFRACTORY.into()) as u32,
            kept: kept(dt_ms, p.tau_m_ms),
            syn_kept,
            syn_gain,
            input_shift,
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

/// Most binary digits after the point with which `largest` still stays below `limit` units.
pub(super) fn scale_bits(largest: f64, limit: f64) -> i32 {
    libm::floor(libm::log2(limit / largest.max(1e-6))) as i32
}

/// The sentence for weights that no unit suits.
pub(super) fn too_coarse(per_step: f64, smallest: f64, unit: &str) -> String {
    format!(
        "weights from {smallest:.3e} {unit} up to a sum of {per_step:.3e} {unit} that may arrive in one step span more than 32-bit fixed point holds exactly; bring the weights nearer to each other, or lower the in-degrees"
    )
}
