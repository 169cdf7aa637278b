//! Fixed-point scales of a population: how many binary digits after the point its potentials and its input have, so that whatever may
//! arrive fits 32 bits and the smallest weight is still told well enough.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

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
pub(super) const ROUNDING_UNITS: f64 = 16.0;
/// Part of its own peak, and mV, by which the response to a single arrival may be off: whichever is larger.
pub(super) const TOLERANCE: (f64, f64) = (0.01, 1e-4);

impl Scales {
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
