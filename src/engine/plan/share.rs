//! The part of a network that an engine owns, where several share it.

#![allow(clippy::cast_possible_truncation, reason = "slots of a block are few")]

use std::ops::Range;

use super::Options;
use crate::network::Network;
use crate::neuron::BLOCK;

/// Whether spikes travel while the next batch is advanced, unless a caller says so: there are twice as many exchanges then, which is only worth it
/// where they take long without the processors (docs/ranks.md).
const OVERLAPS: bool = false;

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
