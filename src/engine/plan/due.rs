//! Rows of the CPU engine whose synapses stand in groups of the same delay.

#![allow(clippy::cast_possible_truncation, reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs)")]

use std::ops::Range;

use super::by_delay::{bits, outgoing};
use crate::network::Network;

/// Synapses a group must have in the mean: shorter ones cost more than ring buffers that are far away.
const LONG_ENOUGH: f64 = 8.0;
/// And groups of one weight: more of them, each with a longer head, must not cost more than half words gain.
const LONG_ENOUGH_FOR_ONE_WEIGHT: f64 = 64.0;
/// Longest delay that the head of a group holds.
const MAX_DELAY: u32 = 0xFFFF;

/// How such rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRows {
    /// Bits of a target's place among the inputs of its part, channel by channel; the rest of a word is its weight among the sender's.
    pub place_bits: u32,
    /// Whether the synapses of a group share their weight, and words of 16 bits hold their places.
    pub shares_weights: bool,
    /// The weights of all populations of a trial.
    pub weights: Vec<i32>,
    /// Where the weights of each of them begin.
    pub first_weight_of: Vec<u32>,
    /// For each of them, where those of each projection begin, from there.
    pub first_weight: Vec<Vec<u32>>,
    /// Synapses of a group in the mean.
    pub mean_group: u32,
    /// Bytes of all rows, about.
    pub(super) bytes: u64,
}

impl DueRows {
    /// How to write a network's rows for parts of a trial, at which `part` of the synapses end; `None` if a synapse needs more than 32 bits, or if `asked` does not ask for it and
    /// groups would be too short.
    pub(super) fn of(network: &Network, parts: &[Range<u32>], part: f64, asked: bool) -> Option<Self> {
        let longest = parts.iter().map(|part| part.end - part.start).max()?;
        let place_bits = bits(longest * network.channels);
        let populations = &network.populations[..network.populations.len() / network.trial_count().max(1) as usize];
        let (mut weights, mut first_weight_of, mut first_weight) = (Vec::new(), Vec::new(), Vec::new());
        let (mut groups, mut groups_of_one_weight, mut rows, mut levels) = (0.0, 0.0, 0.0, 0);
        for p in populations {
            let own = outgoing(network, p);
            let synapses: u64 = network.outgoing(p).iter().map(crate::network::Projection::synapses).sum();
            let own_rows = f64::from(p.size) * parts.len() as f64;
            let each = part * synapses as f64 / own_rows.max(1.0);
            groups += own_rows * each.min(f64::from(own.delay_span));
            groups_of_one_weight += own_rows * each.min(f64::from(own.delay_span) * own.weights.len() as f64);
            rows += own_rows;
            levels = levels.max(own.weights.len() as u32);
            first_weight_of.push(weights.len() as u32);
            weights.extend(own.weights);
            first_weight.push(own.first_weight);
        }
        let synapses = part * network.kept_projections().iter().map(crate::network::Projection::synapses).sum::<u64>() as f64;
        let fits = place_bits + bits(levels) <= 32 && network.max_delay <= MAX_DELAY;
        let shares_weights = place_bits <= u16::BITS
            && bits(levels) <= u16::BITS
            && synapses / f64::max(groups_of_one_weight, 1.0) >= LONG_ENOUGH_FOR_ONE_WEIGHT;
        // Where a row begins, its words, its heads and its end.
        let (groups, word, head) = if shares_weights { (groups_of_one_weight, 2.0, 3.0) } else { (groups, 4.0, 1.0) };
        let bytes = 8.0 * rows + word * (synapses + head * groups + rows);
        let mean = synapses / f64::max(groups, 1.0);
        (fits && (asked || mean >= LONG_ENOUGH)).then_some(Self {
            place_bits,
            shares_weights,
            weights,
            first_weight_of,
            first_weight,
            mean_group: mean as u32,
            bytes: bytes as u64,
        })
    }

    /// The bits of a word that tell a place.
    pub fn place_mask(&self) -> u32 {
        u32::MAX.checked_shr(32 - self.place_bits).unwrap_or(0)
    }
}
