//! Verification: the same workload on two engines, spike by spike.

use crate::engine::{Counts, Engine, Spike, advance_quietly};
use crate::error::Result;

/// How far the numbers of spikes of two engines may be apart in the tolerant class, part of the larger one.
pub(super) const TOLERANCE: f64 = 0.1;

/// The first spike that only one of two runs has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The spike.
    pub spike: Spike,
    /// Whether the first run has it (else the second).
    pub in_first: bool,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Counts of both runs.
    pub counts: [Counts; 2],
    /// First difference in step, population and neuron.
    pub difference: Option<Difference>,
}

impl Verification {
    /// Whether both runs gave the same spikes, the same events and the same checksum.
    pub fn agrees(&self) -> bool {
        self.difference.is_none() && self.counts[0] == self.counts[1]
    }

    /// Whether both runs gave as many spikes as two engines should in the tolerant class, where single spikes may differ and grow apart.
    pub fn is_alike(&self) -> bool {
        let [a, b] = [&self.counts[0], &self.counts[1]].map(|c| c.total_spikes() as f64);
        (a - b).abs() <= f64::max(TOLERANCE * f64::max(a, b), 10.0)
    }
}

/// The first spike, in order of step, population and neuron, that only one of two sorted lists has.
pub fn first_difference(first: &[Spike], second: &[Spike]) -> Option<Difference> {
    let at = first.iter().zip(second).position(|(a, b)| a != b).unwrap_or(first.len().min(second.len()));
    match (first.get(at), second.get(at)) {
        (None, None) => None,
        (Some(a), Some(b)) => {
            Some(if a < b { Difference { spike: *a, in_first: true } } else { Difference { spike: *b, in_first: false } })
        }
        (Some(a), None) => Some(Difference { spike: *a, in_first: true }),
        (None, Some(b)) => Some(Difference { spike: *b, in_first: false }),
    }
}

/// Advances two recording engines by some steps and compares them.
///
/// # Errors
/// The engines'.
pub fn verify(first: &mut dyn Engine, second: &mut dyn Engine, steps: u64) -> Result<Verification> {
    advance_quietly(first, steps)?;
    advance_quietly(second, steps)?;
    let difference = first_difference(&first.take_spikes()?, &second.take_spikes()?);
    Ok(Verification { counts: [first.counts()?, second.counts()?], difference })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spikes(list: &[(u32, u32)]) -> Vec<Spike> {
        list.iter().map(|&(step, neuron)| Spike { step, population: 0, neuron }).collect()
    }

    #[test]
    fn the_first_difference_is_the_earliest_spike_only_one_side_has() {
        let a = spikes(&[(1, 5), (2, 1), (9, 9)]);
        assert_eq!(first_difference(&a, &a), None);
        assert_eq!(first_difference(&a, &a[..2]), Some(Difference { spike: a[2], in_first: true }));
        let b = spikes(&[(1, 5), (1, 7), (2, 1), (9, 9)]);
        assert_eq!(first_difference(&a, &b), Some(Difference { spike: b[1], in_first: false }));
        let c = spikes(&[(1, 5), (3, 1)]);
        assert_eq!(first_difference(&a, &c), Some(Difference { spike: a[1], in_first: true }));
    }
}
