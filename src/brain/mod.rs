//! The brain's side of the comparison: reference constants with their sources, and the arithmetic on them.

use serde::{Deserialize, Serialize};

const TEXT: &str = include_str!("../../assets/brain.toml");

/// A reference quantity with the bounds the literature supports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brain {
    /// Power, W.
    pub power_w: Reference,
    /// Neurons.
    pub neurons: Reference,
    /// Synapses per neuron.
    pub synapses_per_neuron: Reference,
    /// Mean firing rate over all neurons, Hz.
    pub mean_rate_hz: Reference,
    /// Power of an LED bulb, W.
    pub led_bulb_w: Reference,
    /// Power of an incandescent bulb, W.
    pub incandescent_bulb_w: Reference,
}

/// A derived quantity under low, default and high assumptions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Derived {
    /// Least the assumptions allow.
    pub low: f64,
    /// With the default of every assumption.
    pub default: f64,
    /// Most the assumptions allow.
    pub high: f64,
}

impl Brain {
    /// The embedded constants.
    ///
    /// # Panics
    /// Never: a test parses the embedded text.
    pub fn embedded() -> Self {
        toml::from_str(TEXT).expect("assets/brain.toml is valid")
    }

    /// Spikes of the whole brain per second: neurons x mean rate.
    pub fn spikes_per_s(&self) -> Derived {
        let (n, r) = (&self.neurons, &self.mean_rate_hz);
        Derived { low: n.low * r.low, default: n.value * r.value, high: n.high * r.high }
    }

    /// Energy per spike, J: power / spikes per second. Low means little power and many spikes.
    pub fn j_per_spike(&self) -> Derived {
        let (p, s) = (&self.power_w, self.spikes_per_s());
        Derived { low: p.low / s.high, default: p.value / s.default, high: p.high / s.low }
    }

    /// Energy per synaptic event, J: power / (spikes per second x synapses per neuron).
    pub fn j_per_synaptic_event(&self) -> Derived {
        let (e, k) = (self.j_per_spike(), &self.synapses_per_neuron);
        Derived { low: e.low / k.high, default: e.default / k.value, high: e.high / k.low }
    }
}

impl Derived {
    /// How many times this a machine's figure is. The low multiple comes from the high reference.
    pub fn multiples(&self, machine: f64) -> Derived {
        Derived { low: machine / self.high, default: machine / self.default, high: machine / self.low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_constants_are_ordered_and_sourced() {
        let b = Brain::embedded();
        for r in [&b.power_w, &b.neurons, &b.synapses_per_neuron, &b.mean_rate_hz, &b.led_bulb_w, &b.incandescent_bulb_w] {
            assert!(r.low <= r.value && r.value <= r.high && !r.source.is_empty());
        }
    }

    #[test]
    fn fifteen_watts_over_eighty_six_billion_neurons_at_one_hertz_is_a_sixth_of_a_nanojoule_per_spike() {
        let b = Brain::embedded();
        assert!((b.j_per_spike().default - 15.0 / 86.1e9).abs() < 1e-18);
        assert!((b.j_per_synaptic_event().default - 15.0 / 86.1e9 / 7000.0).abs() < 1e-22);
        let m = b.j_per_spike().multiples(1e-9);
        assert!(m.low < m.default && m.default < m.high);
        assert!((b.power_w.value * 5.0 - b.incandescent_bulb_w.value).abs() < 1e-12);
    }
}
