//! Rows of the CPU engine whose synapses stand in groups of the same delay.

#![allow(clippy::cast_possible_truncation, reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs)")]

use std::ops::Range;

use super::by_delay::{bits, outgoing};
use crate::network::Network;

/// Synapses a group must have in the mean: shorter ones cost more than ring buffers that are far away.
const LONG_ENOUGH: f64 = 8.0;
/// Longest delay that the head of a group holds.
const MAX_DELAY: u32 = 0xFFFF;

/// How such rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRows {
    /// Bits of a target's place among the inputs of its part, channel by channel; the rest of a word is its weight among the sender's.
    pub place_bits: u32,
    /// The weights of all populations of a trial.
    pub weights: Vec<i32>,
    /// Where the weights of each of them begin.
    pub first_weight_of: Vec<u32>,
    /// For each of them, where those of each projection begin, from there.
    pub first_weight: Vec<Vec<u32>>,
    /// Synapses of a group in the mean.
    pub mean_group: u32,
    /// Groups and rows, about.
    groups: u64,
    rows: u64,
}

impl DueRows {
    /// How to write a network's rows for parts of a trial; `None` if a synapse needs more than 32 bits, or if `asked` does not ask for it and
    /// groups would be too short.
    pub(super) fn of(network: &Network, parts: &[Range<u32>], asked: bool) -> Option<Self> {
        let longest = parts.iter().map(|part| part.end - part.start).max()?;
        let place_bits = bits(longest * network.channels);
        let populations = &network.populations[..network.populations.len() / network.trial_count().max(1) as usize];
        let (mut weights, mut first_weight_of, mut first_weight) = (Vec::new(), Vec::new(), Vec::new());
        let (mut groups, mut rows, mut levels) = (0.0, 0u64, 0);
        for p in populations {
            let own = outgoing(network, p);
            let synapses: u64 = network.outgoing(p).iter().map(crate::network::Projection::synapses).sum();
            let each = synapses as f64 / f64::from(p.size.max(1)) / parts.len() as f64;
            groups += f64::from(p.size) * parts.len() as f64 * each.min(f64::from(own.delay_span));
            rows += u64::from(p.size) * parts.len() as u64;
            levels = levels.max(own.weights.len() as u32);
            first_weight_of.push(weights.len() as u32);
            weights.extend(own.weights);
            first_weight.push(own.first_weight);
        }
        let mean = network.kept_projections().iter().map(crate::network::Projection::synapses).sum::<u64>() as f64
            / f64::max(groups, 1.0);
        let fits = place_bits + bits(levels) <= 32 && network.max_delay <= MAX_DELAY;
        (fits && (asked || mean >= LONG_ENOUGH)).then_some(Self {
            place_bits,
            weights,
            first_weight_of,
            first_weight,
            mean_group: mean as u32,
            groups: groups as u64,
            rows,
        })
    }
    /// The bits of a word that tell a place.
    pub fn place_mask(&self) -> u32 {
        u32::MAX.checked_shr(32 - self.place_bits).unwrap_or(0)
    }

    /// Bytes beside the synapses: a head for each group, an end for each row, and where it begins, with its first head.
    pub(super) fn extra_bytes(&self) -> u64 {
        4 * self.groups + 12 * self.rows
    }
}
