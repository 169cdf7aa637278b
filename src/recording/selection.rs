//! What to record, as the command line says it.

use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;
use crate::network::Network;

/// Neurons whose spikes, or whose potentials, are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Spikes of some populations, by their numbers.
    Spikes(Vec<usize>),
    /// Potentials of some neurons of a population.
    Potentials {
        /// The population.
        population: usize,
        /// Its neurons, in rising order, each once.
        neurons: Vec<u32>,
    },
}

impl Selection {
    /// Reads `spikes`, `spikes:POPULATION[,POPULATION...]` or `v:POPULATION:NEURONS`, where neurons are numbers from 0 and ranges of
    /// them such as `0-9,20`.
    ///
    /// # Errors
    /// [`Error::Input`] that says what is allowed.
    pub fn parse(text: &str, network: &Network) -> Result<Self> {
        let refuse = |why: String| Error::Asked(message!(Term::Record, format!(" {text}: {why}")));
        let find = |name: &str| {
            network.populations.iter().position(|p| p.name == name).ok_or_else(|| {
                let names: Vec<&str> = network.populations.iter().map(|p| p.name.as_str()).collect();
                refuse(format!("there is no population \"{name}\"; there are {}", names.join(", ")))
            })
        };
        if text == "spikes" {
            return Ok(Selection::Spikes((0..network.populations.len()).collect()));
        }
        if let Some(names) = text.strip_prefix("spikes:") {
            return Ok(Selection::Spikes(names.split(',').map(|n| find(n.trim())).collect::<Result<_>>()?));
        }
        let Some((name, list)) = text.strip_prefix("v:").and_then(|rest| rest.rsplit_once(':')) else {
            return Err(refuse("say spikes, spikes:POPULATION,POPULATION or v:POPULATION:0-9,20".into()));
        };
        let population = find(name)?;
        let p = &network.populations[population];
        if p.model.is_source() {
            return Err(refuse(format!("population \"{name}\" is one of spike sources, which have no potential")));
        }
        let mut neurons = Vec::new();
        for part in list.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (Ok(from), Ok(to)) = (from.trim().parse::<u32>(), to.trim().parse::<u32>()) else {
                return Err(refuse(format!("\"{part}\" is no neuron and no range of neurons; write 3 or 0-9")));
            };
            if from > to || to >= p.size {
                return Err(refuse(format!("\"{part}\": population \"{name}\" has neurons 0 to {}", p.size - 1)));
            }
            neurons.extend(from..=to);
        }
        neurons.sort_unstable();
        neurons.dedup();
        Ok(Selection::Potentials { population, neurons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_are_read_and_refused() {
        let network = Network::build(&crate::scenario::load("brunel").expect("built in")).expect("a network");
        let parse = |text| Selection::parse(text, &network);
        assert_eq!(parse("spikes").expect("all"), Selection::Spikes(vec![0, 1]));
        assert_eq!(parse("spikes:I").expect("one"), Selection::Spikes(vec![1]));
        assert_eq!(parse("v:E:2-4,3,0").expect("some"), Selection::Potentials { population: 0, neurons: vec![0, 2, 3, 4] });
        for bad in ["v", "v:E", "v:E:", "v:E:x", "v:E:9-3", "v:I:2500", "v:X:0", "spikes:X", "current:E:0", ""] {
            let e = parse(bad).expect_err(bad);
            assert!(e.to_string().starts_with(&format!("record {bad}: ")), "{e}");
        }
    }
}
