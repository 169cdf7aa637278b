//! Spikes, their packed form, and the checksum.

use glam::UVec4;

use crate::network::Population;
use crate::network::random::{Purpose, key, threefry};

/// One spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Spike {
    /// Step in which the neuron crossed threshold.
    pub step: u32,
    /// Population.
    pub population: u32,
    /// Index of the neuron in its population.
    pub neuron: u32,
}

/// A spike list entry: the slot in the low 28 bits, the step within the batch in the high 4.
pub fn spike_entry(slot: u32, offset: u32) -> u32 {
    slot | (offset << 28)
}

/// What one spike adds to the checksum: the first two words of Threefry on (neuron, step), keyed by population.
pub fn checksum_term(population: &Population, neuron: u32, step: u32) -> [u32; 2] {
    let words = threefry(key(0, Purpose::Checksum, population.origin()), UVec4::new(neuron, step, 0, 0));
    [words.x, words.y]
}

/// Adds a term to a checksum.
pub(super) fn add_term(checksum: [u32; 2], term: [u32; 2]) -> [u32; 2] {
    [checksum[0].wrapping_add(term[0]), checksum[1].wrapping_add(term[1])]
}

/// The checksum as one number.
pub(super) fn checksum_value(parts: [u32; 2]) -> u64 {
    u64::from(parts[0]) << 32 | u64::from(parts[1])
}

/// The sum of two checksums as numbers.
pub(super) fn add_values(a: u64, b: u64) -> u64 {
    let low = u64::from(u32::MAX);
    let (high, low) = (((a >> 32) + (b >> 32)) & low, ((a & low) + (b & low)) & low);
    high << 32 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_add_alike_in_halves_and_as_numbers() {
        for (a, b) in [([1, 2], [3, 4]), ([u32::MAX, 7], [1, u32::MAX]), ([u32::MAX; 2], [u32::MAX; 2])] {
            assert_eq!(add_values(checksum_value(a), checksum_value(b)), checksum_value(add_term(a, b)));
        }
    }
}
