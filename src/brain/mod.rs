//! The brain's side of the comparison: reference constants with their sources, and the arithmetic on them.
//!
//! Like is compared with like. What a device draws in all stands against the whole brain; what it draws beyond its idle power against the part
//! of the brain's power that signals cost. A board or a chip has neither body nor power supply, as a brain has not; a machine at the wall
//! stands against the body, of which the brain is a fifth. An event is an arrival of a spike at a synapse, whether or not it releases
//! transmitter.
//!
//! ```
//! use spikewatt::brain::{Brain, Counterpart};
//!
//! let brain = Brain::embedded();
//! // 15 W over 2e14 synaptic events a second.
//! let joules = brain.j_per_synaptic_event(Counterpart::Brain);
//! assert!((joules.default / 75e-15 - 1.0).abs() < 1e-9 && joules.low < joules.default);
//! ```

pub mod claims;
mod range;
mod species;

pub use range::Derived;
pub use species::{Brains, Record, Species};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../assets/brain.toml");

/// A reference quantity with the bounds the literature supports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Default.
    pub value: f64,
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Where it comes from.
    pub source: String,
}

/// The constants of `assets/brain.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Brain {
    /// Power, W.
    pub power_w: Reference,
    /// Neurons.
    pub neurons: Reference,
    /// Other cells.
    pub non_neuronal_cells: Reference,
    /// Synapses of the whole brain.
    pub synapses: Reference,
    /// Mean firing rate over all neurons, Hz.
    pub mean_rate_hz: Reference,
    /// Part of the power that signals cost.
    pub signalling_share: Reference,
    /// Part of the body's power.
    pub body_share: Reference,
    /// What a task adds, part of the power.
    pub thinking_extra: Reference,
    /// Time of people for a task of ARC, s.
    pub arc_seconds: Reference,
    /// Least energy to erase a bit, J.
    pub landauer_j_per_bit: Reference,
    /// Power of an LED bulb, W.
    pub led_bulb_w: Reference,
    /// Power of an incandescent bulb, W.
    pub incandescent_bulb_w: Reference,
}

/// What a machine's joules stand against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counterpart {
    /// The whole brain: all that a board or a chip draws.
    Brain,
    /// The body that carries it: all that a machine draws at the wall.
    Body,
    /// The part of the brain's power that signals cost: what work adds to a machine's idle power.
    Signalling,
}

impl Counterpart {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Counterpart::Brain => "brain",
            Counterpart::Body => "body",
            Counterpart::Signalling => "brain's signalling",
        }
    }
}

impl Brain {
    /// The embedded constants.
    ///
    /// # Panics
    /// Never: a test parses the embedded text.
    pub fn embedded() -> Self {
        toml::from_str(TEXT).expect("assets/brain.toml is valid")
    }

    /// Every constant with its name.
    pub fn all(&self) -> [(&'static str, &Reference); 12] {
        [
            ("power_w", &self.power_w),
            ("neurons", &self.neurons),
            ("non_neuronal_cells", &self.non_neuronal_cells),
            ("synapses", &self.synapses),
            ("mean_rate_hz", &self.mean_rate_hz),
            ("signalling_share", &self.signalling_share),
            ("body_share", &self.body_share),
            ("thinking_extra", &self.thinking_extra),
            ("arc_seconds", &self.arc_seconds),
            ("landauer_j_per_bit", &self.landauer_j_per_bit),
            ("led_bulb_w", &self.led_bulb_w),
            ("incandescent_bulb_w", &self.incandescent_bulb_w),
        ]
    }

    /// Spikes of the whole brain per second: neurons x mean rate.
    pub fn spikes_per_s(&self) -> Derived {
        Derived::of(&[&self.neurons, &self.mean_rate_hz], &[])
    }

    /// Arrivals at all synapses per second: synapses x mean rate. Exact only if neurons with many synapses fire like the others.
    pub fn synaptic_events_per_s(&self) -> Derived {
        Derived::of(&[&self.synapses, &self.mean_rate_hz], &[])
    }

    /// Synapses per neuron, over all neurons.
    pub fn synapses_per_neuron(&self) -> Derived {
        Derived::of(&[&self.synapses], &[&self.neurons])
    }

    /// Power of a counterpart, W.
    pub fn power(&self, of: Counterpart) -> Derived {
        let (above, below) = self.power_factors(of);
        Derived::of(&above, &below)
    }

    /// Energy per spike, J: power / (neurons x mean rate).
    pub fn j_per_spike(&self, of: Counterpart) -> Derived {
        let (above, mut below) = self.power_factors(of);
        below.extend([&self.neurons, &self.mean_rate_hz]);
        Derived::of(&above, &below)
    }

    /// Energy per synaptic event, J: power / (synapses x mean rate).
    pub fn j_per_synaptic_event(&self, of: Counterpart) -> Derived {
        let (above, mut below) = self.power_factors(of);
        below.extend([&self.synapses, &self.mean_rate_hz]);
        Derived::of(&above, &below)
    }

    /// A counterpart's power as a quotient of constants.
    fn power_factors(&self, of: Counterpart) -> (Vec<&Reference>, Vec<&Reference>) {
        match of {
            Counterpart::Brain => (vec![&self.power_w], Vec::new()),
            Counterpart::Body => (vec![&self.power_w], vec![&self.body_share]),
            Counterpart::Signalling => (vec![&self.power_w, &self.signalling_share], Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_constants_are_ordered_and_sourced() {
        for (name, r) in Brain::embedded().all() {
            assert!(r.low > 0.0 && r.low <= r.value && r.value <= r.high && r.source.len() > 10, "{name}");
        }
    }

    /// Every derived figure once more, by hand.
    #[test]
    fn derived_figures_are_what_their_formulas_say() {
        let b = Brain::embedded();
        let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} is not {b}");
        let check = |d: Derived, default: f64, extremes: [f64; 2]| {
            near(d.default, default);
            near(d.extreme_low, extremes[0]);
            near(d.extreme_high, extremes[1]);
            assert!(d.extreme_low < d.low && d.low < d.default && d.default < d.high && d.high < d.extreme_high, "{d:?}");
        };
        check(b.spikes_per_s(), 86.1e9, [78.0e8, 94.2e9 * 2.0]);
        check(b.synaptic_events_per_s(), 2e14, [1.5e13, 12e14]);
        check(b.synapses_per_neuron(), 2e14 / 86.1e9, [1.5e14 / 94.2e9, 6e14 / 78e9]);
        check(b.j_per_spike(Counterpart::Brain), 15.0 / 86.1e9, [12.0 / (94.2e9 * 2.0), 25.0 / 7.8e9]);
        check(b.j_per_synaptic_event(Counterpart::Brain), 15.0 / 2e14, [12.0 / 12e14, 25.0 / 1.5e13]);
        check(b.j_per_spike(Counterpart::Body), 75.0 / 86.1e9, [48.0 / (94.2e9 * 2.0), 25.0 / 0.14 / 7.8e9]);
        check(b.j_per_synaptic_event(Counterpart::Body), 75.0 / 2e14, [48.0 / 12e14, 25.0 / 0.14 / 1.5e13]);
        check(b.j_per_spike(Counterpart::Signalling), 10.5 / 86.1e9, [7.2 / (94.2e9 * 2.0), 20.0 / 7.8e9]);
        check(b.j_per_synaptic_event(Counterpart::Signalling), 10.5 / 2e14, [7.2 / 12e14, 20.0 / 1.5e13]);
        check(b.power(Counterpart::Body), 75.0, [48.0, 25.0 / 0.14]);
        check(b.power(Counterpart::Signalling), 10.5, [7.2, 20.0]);
        // A claim that is kept: a fifth of an incandescent bulb. Half of a brain's cells are neurons.
        near(b.power_w.value * 5.0, b.incandescent_bulb_w.value);
        assert!((b.neurons.value / (b.neurons.value + b.non_neuronal_cells.value) - 0.504).abs() < 1e-3);
        near(b.landauer_j_per_bit.value, (1.380649e-23 * 310.0 * std::f64::consts::LN_2 * 1e24).round() / 1e24);
    }

    #[test]
    fn multiples_turn_the_range_around() {
        let d = Brain::embedded().j_per_spike(Counterpart::Brain);
        let m = d.multiples(1e-9);
        assert!(m.extreme_low < m.low && m.low < m.default && m.default < m.high && m.high < m.extreme_high);
        assert!((m.high - 1e-9 / d.low).abs() < 1e-12 * m.high);
    }
}
