//! Plastic projections: synapses whose weights change with the spikes they see, as integers that every engine treats alike.
//!
//! **Spike-timing dependent plasticity** (pairs, exponential traces; Morrison, Aertsen & Diesmann 2007, doi:10.1162/neco.2007.19.6.1437;
//! NEST's `stdp_synapse` and `stdp_nn_symm_synapse`). A weight w is a part of its maximum. A sender's spike reaches the synapse at once, a
//! target's a delay later; within a step, first potentiation by targets that arrive, then depression by senders that fire, then both leave
//! their traces:
//! w += lambda (1 - w)^mu_plus x, w -= alpha lambda w^mu_minus y, with x and y the traces of sender and target, which rise by 1 (all to
//! all) or to 1 (nearest neighbour) and decay with tau_plus and tau_minus. w stays between 0 and 1.
//!
//! **Short-term plasticity** (Tsodyks & Markram; Tsodyks, Uziel & Markram 2000, doi:10.1523/JNEUROSCI.20-01-j0003.2000; NEST's
//! `tsodyks2_synapse`). At a spike a time h after the one before: x = 1 + (x - x u - 1) exp(-h / tau_rec), u = U + u (1 - U)
//! exp(-h / tau_fac), and w u x is sent; x = 1 and u = U at the first one. All synapses of a sender share x and u, because they share its
//! spikes.
//!
//! Weights, x and u count 2^-30; traces as fine as the fastest firing allows. Twin: `shaders/plastic/rule.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use super::Projection;
use crate::neuron::fixed_point::{self, Factor, NEAREST};
use crate::scenario::{PlasticitySpec, StdpSpec};

/// One, as weights, efficacies and utilisations count it.
pub const ONE: i32 = 1 << 30;
/// Step of a last spike that never was.
pub const NEVER: u32 = u32::MAX;

/// What is left of a trace after 1, 2, 4, ... steps, in units of 2^-31.
pub type Decay = [i32; 32];

/// A projection with its rule. Its connectivity is that of a static one.
#[derive(Debug, Clone)]
pub struct PlasticProjection {
    /// Connectivity. Weights are initial ones: parts of the largest weight (STDP), or input units (short-term).
    pub projection: Projection,
    /// How weights change.
    pub rule: Plasticity,
}

/// How the weights of a projection change.
#[derive(Debug, Clone)]
pub enum Plasticity {
    /// By pairs of spikes.
    Stdp(Stdp),
    /// With the sender's rate, and back.
    ShortTerm(ShortTerm),
}

/// Constants of spike-timing dependent plasticity.
#[derive(Debug, Clone, PartialEq)]
pub struct Stdp {
    /// Whether only the nearest spike counts.
    pub nearest: bool,
    /// The largest weight, input units, and in the unit of the weights.
    pub w_max: i32,
    /// The same in the unit of the weights.
    pub w_max_unit: f64,
    /// Digits after the point of a trace.
    pub trace_bits: u32,
    /// A trace to the change of a weight, 2^-30: potentiation.
    pub plus: Factor,
    /// The trace beyond which a weight reaches its maximum in any case.
    pub plus_limit: i32,
    /// The same for depression.
    pub minus: Factor,
    /// The trace beyond which a weight vanishes in any case.
    pub minus_limit: i32,
    /// Whether potentiation shrinks with what is left to the maximum.
    pub mu_plus: bool,
    /// Whether depression shrinks with the weight.
    pub mu_minus: bool,
    /// Decay of senders' traces.
    pub decay_plus: Decay,
    /// Decay of targets' traces.
    pub decay_minus: Decay,
}

/// Constants of short-term plasticity.
#[derive(Debug, Clone, PartialEq)]
pub struct ShortTerm {
    /// Utilisation of a first spike.
    pub u: i32,
    /// Recovery from depression.
    pub recovery: Decay,
    /// Decay of facilitation; all 0 without facilitation.
    pub facilitation: Decay,
}

/// A product rounded to nearest: whatever changes here does so at spikes, and decays by powers of two, so that nothing can get stuck.
#[inline]
fn multiply(x: i32, mantissa: i32, shift: u32) -> i32 {
    fixed_point::multiply(x, mantissa, shift, NEAREST)
}

fn decay_table(tau_ms: f64, dt_ms: f64) -> Decay {
    std::array::from_fn(|bit| {
        let left = if tau_ms > 0.0 { libm::exp(-libm::exp2(bit as f64) * dt_ms / tau_ms) } else { 0.0 };
        libm::round(left * 2147483648.0).min(2147483647.0) as i32
    })
}

/// A value after some steps of decay.
#[inline]
pub fn decayed(mut x: i32, steps: u32, decay: &Decay) -> i32 {
    let mut left = steps;
    let mut bit = 0;
    while left != 0 && x != 0 {
        if left & 1 != 0 {
            x = multiply(x, decay[bit], 31);
        }
        left >>= 1;
        bit += 1;
    }
    x
}

/// What is remembered of a neuron's spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpikeMemory {
    /// Trace (STDP), or resources x (short-term).
    pub x: i32,
    /// Utilisation u (short-term).
    pub u: i32,
    /// Step of the last spike, or [`NEVER`].
    pub last: u32,
}

impl SpikeMemory {
    /// Of a neuron that has not fired.
    pub const NONE: SpikeMemory = SpikeMemory { x: 0, u: 0, last: NEVER };
}

impl Stdp {
    /// The constants of a rule between populations whose neurons fire at least so many steps apart; `weight` gives a weight in input
    /// units.
    pub(super) fn new(spec: &StdpSpec, dt_ms: f64, interval_steps: u32, weight: impl Fn(f64) -> i32) -> Self {
        // The highest a trace gets.
        let highest = |tau_ms: f64| match spec.nearest {
            true => 1.0,
            false => -1.0 / libm::expm1(-f64::from(interval_steps) * dt_ms / tau_ms),
        };
        let top = f64::max(highest(spec.tau_plus_ms), highest(spec.tau_minus_ms));
        let trace_bits = libm::floor(libm::log2(f64::from(ONE) / top)).clamp(1.0, 30.0) as u32;
        let unit = libm::exp2(f64::from(trace_bits));
        let change = |rate: f64| Factor::of(rate * libm::exp2(30.0 - f64::from(trace_bits)));
        let limit = |rate: f64| libm::floor((unit / rate.max(1e-300)).min(2147483647.0)) as i32;
        let (plus, minus) = (spec.lambda, spec.alpha * spec.lambda);
        Self {
            nearest: spec.nearest,
            w_max: weight(spec.w_max),
            w_max_unit: spec.w_max,
            trace_bits,
            plus: change(plus),
            plus_limit: limit(plus),
            minus: change(minus),
            minus_limit: limit(minus),
            mu_plus: spec.mu_plus,
            mu_minus: spec.mu_minus,
            decay_plus: decay_table(spec.tau_plus_ms, dt_ms),
            decay_minus: decay_table(spec.tau_minus_ms, dt_ms),
        }
    }

    /// A neuron's trace as a spike that reaches the synapse in a step sees it.
    #[inline]
    pub fn trace(&self, memory: SpikeMemory, step: u32, decay: &Decay) -> i32 {
        if memory.last == NEVER { 0 } else { decayed(memory.x, step - memory.last, decay) }
    }

    /// A weight after a target's spike, for the sender's trace.
    #[inline]
    pub fn potentiated(&self, w: i32, trace: i32) -> i32 {
        let change = multiply(trace.min(self.plus_limit), self.plus.mantissa, self.plus.shift);
        let change = if self.mu_plus { multiply(change, ONE - w, 30) } else { change };
        w + change.min(ONE - w)
    }

    /// A weight after a sender's spike, for the target's trace.
    #[inline]
    pub fn depressed(&self, w: i32, trace: i32) -> i32 {
        let change = multiply(trace.min(self.minus_limit), self.minus.mantissa, self.minus.shift);
        let change = if self.mu_minus { multiply(change, w, 30) } else { change };
        (w - change).max(0)
    }

    /// What a synapse sends, input units.
    #[inline]
    pub fn sent(&self, w: i32) -> i32 {
        multiply(w, self.w_max, 30)
    }

    /// What is remembered after a spike that reaches the synapse in a step.
    #[inline]
    pub fn remember(&self, memory: SpikeMemory, step: u32, decay: &Decay) -> SpikeMemory {
        let before = if self.nearest { 0 } else { self.trace(memory, step, decay) };
        SpikeMemory { x: before.saturating_add(1 << self.trace_bits), u: 0, last: step }
    }
}

impl ShortTerm {
    pub(super) fn new(u: f64, tau_rec_ms: f64, tau_fac_ms: f64, dt_ms: f64) -> Self {
        Self {
            u: libm::round(u * f64::from(ONE)) as i32,
            recovery: decay_table(tau_rec_ms, dt_ms),
            facilitation: decay_table(tau_fac_ms, dt_ms),
        }
    }

    /// Resources and utilisation at a spike.
    #[inline]
    pub fn at_spike(&self, memory: SpikeMemory, step: u32) -> SpikeMemory {
        if memory.last == NEVER {
            return SpikeMemory { x: ONE, u: self.u, last: step };
        }
        let elapsed = step - memory.last;
        let SpikeMemory { x, u, .. } = memory;
        let used = x - multiply(x, u, 30) - ONE;
        let kept = multiply(u, ONE - self.u, 30);
        SpikeMemory {
            x: ONE + multiply(used, decayed(ONE, elapsed, &self.recovery), 30),
            u: self.u + multiply(kept, decayed(ONE, elapsed, &self.facilitation), 30),
            last: step,
        }
    }

    /// What a synapse of a weight sends at a spike, input units.
    #[inline]
    pub fn sent(weight: i32, memory: SpikeMemory) -> i32 {
        multiply(weight, multiply(memory.x, memory.u, 30), 30)
    }
}

impl PlasticProjection {
    /// A projection with the rule its scenario gives. `levels` are its weights, if they are drawn; `interval_steps` is the shortest between
    /// two spikes of any neuron.
    pub(super) fn new(
        mut projection: Projection,
        spec: &PlasticitySpec,
        levels: Option<Vec<f64>>,
        dt_ms: f64,
        interval_steps: u32,
        weight: impl Fn(f64) -> i32,
    ) -> Self {
        let rule = match spec {
            PlasticitySpec::Stdp(spec) => {
                let stdp = Stdp::new(spec, dt_ms, interval_steps, weight);
                // Those of an edge list are parts of the largest already.
                if let Some(levels) = levels {
                    let part = |w: &f64| libm::round((w / spec.w_max).clamp(0.0, 1.0) * f64::from(ONE)) as i32;
                    projection.weights = levels.iter().map(part).collect();
                }
                Plasticity::Stdp(stdp)
            }
            PlasticitySpec::ShortTerm { u, tau_rec_ms, tau_fac_ms } => {
                Plasticity::ShortTerm(ShortTerm::new(*u, *tau_rec_ms, *tau_fac_ms, dt_ms))
            }
        };
        Self { projection, rule }
    }

    /// Whether targets' spikes change its weights.
    pub fn stdp(&self) -> Option<&Stdp> {
        match &self.rule {
            Plasticity::Stdp(stdp) => Some(stdp),
            Plasticity::ShortTerm(_) => None,
        }
    }

    /// Its delay, where it is one for all (STDP).
    pub fn delay(&self) -> u32 {
        self.projection.delay_range().0
    }

    /// Memory it takes, bytes: synapse and weight, and what finds it from its target.
    pub fn bytes(&self) -> u64 {
        self.projection.synapses() * if self.stdp().is_some() { 16 } else { 8 }
            + 12 * u64::from(self.projection.source_size)
            + 16 * u64::from(self.projection.target_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> StdpSpec {
        StdpSpec {
            nearest: false,
            lambda: 0.01,
            alpha: 1.05,
            mu_plus: false,
            mu_minus: true,
            tau_plus_ms: 20.0,
            tau_minus_ms: 30.0,
            w_max: 50.0,
        }
    }

    #[test]
    fn decay_by_powers_of_two_is_the_exponential() {
        let decay = decay_table(20.0, 0.1);
        for steps in [0u32, 1, 2, 3, 7, 100, 1023, 4000, 20_000, 1 << 30] {
            let exact = f64::from(ONE) * (-f64::from(steps) * 0.1 / 20.0).exp();
            assert!((f64::from(decayed(ONE, steps, &decay)) - exact).abs() < 12.0, "{steps}");
        }
    }

    /// The highest trace there can be fits, and weights stay within their bounds whatever comes.
    #[test]
    fn traces_and_weights_stay_within_their_bounds() {
        for (lambda, interval) in [(0.01, 1), (1.0, 1), (1e-6, 20), (30.0, 1)] {
            let stdp = Stdp::new(&StdpSpec { lambda, ..spec() }, 0.1, interval, |w| (w * 16384.0) as i32);
            let mut memory = SpikeMemory::NONE;
            for k in 0..20_000 {
                memory = stdp.remember(memory, k * interval, &stdp.decay_plus);
                assert!(memory.x > 0 && memory.x < 1 << 30 | 1 << 29, "{lambda}: {}", memory.x);
            }
            let mut w = ONE / 2;
            for k in 0..100 {
                w = if k % 3 == 0 { stdp.depressed(w, memory.x) } else { stdp.potentiated(w, memory.x) };
                assert!((0..=ONE).contains(&w));
            }
        }
    }

    /// Regular firing settles where x = 1 - (1 - x (1 - u)) e: x = (1 - e) / (1 - (1 - u) e).
    #[test]
    fn depression_settles_at_its_closed_form() {
        let rule = ShortTerm::new(0.5, 800.0, 0.0, 0.1);
        let mut memory = SpikeMemory::NONE;
        for k in 0..400 {
            memory = rule.at_spike(memory, k * 500);
        }
        let e = (-50.0f64 / 800.0).exp();
        let expected = (1.0 - e) / (1.0 - 0.5 * e);
        assert!((f64::from(memory.x) / f64::from(ONE) - expected).abs() < 1e-7);
        assert_eq!(memory.u, ONE / 2);
        assert_eq!(ShortTerm::sent(1 << 20, SpikeMemory { x: ONE, u: ONE / 4, last: 0 }), 1 << 18);
    }
}
