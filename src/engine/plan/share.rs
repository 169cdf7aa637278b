//! The part of a network that an engine owns, where several share it.

#![allow(clippy::cast_possible_truncation, reason = "slots of a block are few")]

use std::ops::Range;

use crate::network::Network;
use crate::neuron::BLOCK;

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
