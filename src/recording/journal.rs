//! What a run has recorded so far, packed: a few bytes a row, so that a checkpoint can hold it all.

use serde::{Deserialize, Serialize};

use crate::engine::Spike;

/// A sample of a potential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Step at whose end it was taken.
    pub step: u32,
    /// Population.
    pub population: u32,
    /// Index of the neuron in its population.
    pub neuron: u32,
    /// Potential, mV.
    pub v_mv: f64,
}

/// Rows that a run has recorded, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    spikes: Packed,
    potentials: Packed,
}

/// Rows, one behind the other, each with the steps since the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Packed {
    last_step: u32,
    bytes: Vec<u8>,
}

impl Packed {
    /// Adds a row.
    fn push(&mut self, step: u32, row: impl Serialize) {
        let more = step.wrapping_sub(self.last_step);
        self.last_step = step;
        // A vector takes whatever is put into it.
        if let Ok(bytes) = postcard::to_extend(&(more, row), std::mem::take(&mut self.bytes)) {
            self.bytes = bytes;
        }
    }

    /// The rows; they end where bytes are no row.
    fn rows<'a, T: Deserialize<'a>>(&'a self) -> impl Iterator<Item = (u32, T)> {
        let (mut rest, mut step) = (&self.bytes[..], 0u32);
        std::iter::from_fn(move || {
            let ((more, row), behind) = postcard::take_from_bytes::<(u32, T)>(rest).ok()?;
            rest = behind;
            step = step.wrapping_add(more);
            Some((step, row))
        })
    }
}

impl Journal {
    /// Adds a spike.
    pub fn spike(&mut self, s: &Spike) {
        self.spikes.push(s.step, (s.population, s.neuron));
    }

    /// Adds a sample.
    pub fn sample(&mut self, s: &Sample) {
        self.potentials.push(s.step, (s.population, s.neuron, s.v_mv));
    }

    /// The spikes.
    pub fn spikes(&self) -> impl Iterator<Item = Spike> {
        self.spikes.rows().map(|(step, (population, neuron))| Spike { step, population, neuron })
    }

    /// The samples.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        self.potentials.rows().map(|(step, (population, neuron, v_mv))| Sample { step, population, neuron, v_mv })
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        self.spikes.bytes.len() + self.potentials.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_take_few_bytes() {
        let mut journal = Journal::default();
        let spikes: Vec<Spike> =
            (0..10_000).map(|i| Spike { step: 7 + i / 3, population: i % 5, neuron: i * 77 % 9999 }).collect();
        let last = Spike { step: u32::MAX, population: 4095, neuron: (1 << 28) - 1 };
        let samples: Vec<Sample> =
            (0..300).map(|i| Sample { step: 10 * i, population: 0, neuron: i % 3, v_mv: -65.0 + f64::from(i) / 7.0 }).collect();
        spikes.iter().chain([&last]).for_each(|s| journal.spike(s));
        assert!(journal.bytes() < 4 * 10_000 + 20, "{} bytes", journal.bytes());
        samples.iter().for_each(|s| journal.sample(s));
        assert!(journal.spikes().eq(spikes.iter().copied().chain([last])));
        assert!(journal.samples().eq(samples.iter().copied()));
    }
}
