//! The pieces in which stored synapses are built: few enough synapses each for any driver's patience.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::ops::Range;

use crate::network::{Network, Population, Projection};

/// Synapses built per submission: well under any driver's watchdog even on slow adapters.
const BUILD_SYNAPSES: u32 = 1 << 24;

/// Rows that are built at once: those of one projection, or all of some senders of one population where rows are sorted by delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The projection, or the population.
    pub of: u32,
    /// The first row, by the sender's number in its population; by its slot where rows are sorted by delay.
    pub first_row: u32,
    /// Rows.
    pub rows: u32,
    /// Which of its sender's outgoing projections the projection is.
    pub out_index: u32,
}

/// The pieces of a shard of senders.
pub(crate) fn pieces(network: &Network, slots: &Range<u32>, by_delay: bool) -> Vec<Piece> {
    if by_delay { sender_pieces(network, slots) } else { row_pieces(network, slots) }
}

/// The neurons of a population within some slots.
fn within(population: &Population, slots: &Range<u32>) -> Range<u32> {
    let at = |slot: u32| slot.saturating_sub(population.first_slot).min(population.size);
    at(slots.start)..at(slots.end)
}

fn row_pieces(network: &Network, slots: &Range<u32>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, p) in network.kept_projections().iter().enumerate() {
        let source = &network.populations[p.source];
        let senders = within(source, slots);
        let at_once = (BUILD_SYNAPSES / p.longest_row().max(1)).max(1);
        for first_row in senders.clone().step_by(at_once as usize) {
            let (of, rows) = (i as u32, at_once.min(senders.end - first_row));
            pieces.push(Piece { of, first_row, rows, out_index: of - source.out_first });
        }
    }
    pieces
}

fn sender_pieces(network: &Network, slots: &Range<u32>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for population in network.trial_populations().iter().filter(|p| p.out_count > 0) {
        let senders = within(population, slots);
        let longest: u64 = network.outgoing(population).iter().map(Projection::longest_row).map(u64::from).sum();
        let at_once = (u64::from(BUILD_SYNAPSES) / longest.max(1)).max(1) as u32;
        for first in senders.clone().step_by(at_once as usize) {
            let rows = at_once.min(senders.end - first);
            pieces.push(Piece { of: population.id, first_row: population.first_slot + first, rows, out_index: 0 });
        }
    }
    pieces
}
