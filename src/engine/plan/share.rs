//! The part of a network that an engine owns, where several share it.

#![allow(clippy::cast_possible_truncation, reason = "slots of a block are few")]

use std::ops::Range;

use rayon::prelude::*;

use super::Options;
use crate::network::Network;
use crate::neuron::BLOCK;

/// Whether spikes travel while the next batch is advanced, unless a caller says so: there are twice as many exchanges then, which is only worth it
/// where they take long without the processors (docs/ranks.md).
const OVERLAPS: bool = false;

/// Synapses that are evaluated at most before the first step, to find who is heard: seconds of a processor.
const MOST_EVALUATED: u64 = 1_000_000_000;

/// Some blocks of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The blocks, in rising order.
    pub blocks: Vec<Range<u32>>,
    /// Part of the synapses that end there.
    pub synapses: f64,
}

impl Share {
    /// All of them.
    pub(super) fn whole(network: &Network) -> Self {
        let whole = 0..network.slots() / BLOCK as u32;
        Self { blocks: [whole].into(), synapses: 1.0 }
    }

    /// Blocks that follow each other, if it is of such.
    pub(super) fn run(&self) -> Option<Range<u32>> {
        match &self.blocks[..] {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// Whether it has a slot.
    pub fn owns(&self, slot: u32) -> bool {
        let block = slot / BLOCK as u32;
        self.blocks.iter().any(|blocks| blocks.contains(&block))
    }

    /// Which slots of a network have targets within it, plastic synapses apart: every row is evaluated up to the first. Where that may take long, all
    /// are said to.
    pub fn heard(&self, network: &Network) -> Vec<bool> {
        if network.static_synapses() > MOST_EVALUATED {
            return vec![true; network.slots() as usize];
        }
        let has_target = |slot: u32| {
            let sender = network.population_of_slot(slot);
            let source = slot - sender.first_slot;
            network.outgoing(sender).iter().filter(|p| source < p.source_size).any(|p| {
                let (row, first) = (p.row(source), network.populations[p.target].first_slot);
                (0..p.row_length(source)).any(|k| self.owns(first + row.synapse(k).target))
            })
        };
        (0..network.slots()).into_par_iter().map(has_target).collect()
    }
}

/// When those who share a network tell each other their spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Steps from one exchange to the next.
    pub steps: u32,
    /// Whether the spikes of a batch travel while the next one is advanced: none of them arrives before it is over.
    pub overlaps: bool,
}

impl Rhythm {
    /// The same on all ranks for the same network and options.
    pub fn of(network: &Network, options: &Options) -> Self {
        let most = network.max_batch();
        let overlaps = most >= 2 && options.overlap.unwrap_or(OVERLAPS);
        let within = if overlaps { most / 2 } else { most };
        Self { steps: options.batch.unwrap_or(u32::MAX).clamp(1, within), overlaps }
    }
}
