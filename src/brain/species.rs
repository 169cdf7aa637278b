//! Brains of several animals, and runs of their size that were published: `assets/brains.toml`.

use serde::{Deserialize, Serialize};

use super::Reference;
use crate::error::{Error, Result};

const TEXT: &str = include_str!("../../assets/brains.toml");

/// The brain of an animal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Species {
    /// Its name.
    pub name: String,
    /// Whose brain it is.
    pub title: String,
    /// Neurons.
    pub neurons: Reference,
    /// Synapses.
    pub synapses: Reference,
    /// Mean firing rate over all neurons, Hz.
    pub rate_hz: Reference,
    /// Power, W; nobody has measured that of small brains.
    pub power_w: Option<Reference>,
}

/// A run of brain's size that was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What was run.
    pub what: String,
    /// By whom, or with what.
    pub who: String,
    /// On what.
    pub machine: String,
    /// Wall time over biological time; null where it was not told.
    pub realtime_factor: Option<f64>,
    /// Where it was published.
    pub source: String,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brains {
    /// Mean electric power of a household, W.
    pub household_w: Reference,
    /// The brains.
    #[serde(rename = "brain")]
    pub brains: Vec<Species>,
    /// The published runs.
    #[serde(rename = "record")]
    pub records: Vec<Record>,
}

impl Brains {
    /// The embedded ones.
    ///
    /// # Panics
    /// Never: a test parses the embedded text.
    pub fn embedded() -> Self {
        toml::from_str(TEXT).expect("assets/brains.toml is valid")
    }

    /// The brain of a name.
    ///
    /// # Errors
    /// [`Error::Input`] with the names there are.
    pub fn of(&self, name: &str) -> Result<&Species> {
        self.brains.iter().find(|b| b.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.brains.iter().map(|b| b.name.as_str()).collect();
            Error::Input(format!("\"{name}\" is no brain known here; there are: {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::Brain;

    #[test]
    fn brains_are_ordered_sourced_and_agree_with_the_constants() {
        let all = Brains::embedded();
        for b in &all.brains {
            for r in [Some(&b.neurons), Some(&b.synapses), Some(&b.rate_hz), b.power_w.as_ref()].into_iter().flatten() {
                assert!(r.low > 0.0 && r.low <= r.value && r.value <= r.high && r.source.len() > 7, "{}: {r:?}", b.name);
            }
        }
        let (human, brain) = (all.of("human").expect("a brain"), Brain::embedded());
        let numbers = |r: &Reference| [r.low, r.value, r.high];
        assert_eq!(numbers(&human.neurons), numbers(&brain.neurons));
        assert_eq!(numbers(&human.synapses), numbers(&brain.synapses));
        assert_eq!(numbers(&human.rate_hz), numbers(&brain.mean_rate_hz));
        assert_eq!(human.power_w.as_ref().map(numbers), Some(numbers(&brain.power_w)));
        assert!(all.of("dog").expect_err("none").to_string().contains("human, macaque, cat, mouse"));
    }
}
