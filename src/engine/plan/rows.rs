//! Where stored rows of synapses lie, and the tiles they are sorted by.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::ops::Range;

use super::by_delay::DelayRows;
use super::candidate::Candidate;
use crate::network::{Network, Population, Projection};
use crate::neuron::BLOCK;

/// The stored synapses of a contiguous range of senders: all rows of a sender lie in one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynapseShard {
    /// Slots of the senders.
    pub slots: Range<u32>,
    /// 32-bit words.
    pub words: u64,
}

/// The heads of stored senders begin at multiples of this many words.
pub const ROW_UNIT: u32 = 8;

/// A tile: neurons of one population that one workgroup delivers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Its population.
    pub population: u32,
    /// Its number within the population.
    pub number: u32,
}

/// All tiles of a network, population by population.
pub(super) fn tiles(network: &Network, candidate: &Candidate) -> Vec<Tile> {
    let count = |p: &Population| p.size.div_ceil(tile_slots(candidate));
    network.populations.iter().flat_map(|p| (0..count(p)).map(|number| Tile { population: p.id, number })).collect()
}

/// Slots of a tile: whole blocks.
pub(crate) fn tile_slots(candidate: &Candidate) -> u32 {
    candidate.tile_blocks.max(1) * BLOCK as u32
}

/// Tiles of the target population of a projection; 0 if rows are not sorted by tile.
pub(crate) fn tiles_of(network: &Network, p: &Projection, candidate: &Candidate) -> u32 {
    let target = &network.populations[p.target];
    if candidate.strategy.pulls() { target.size.div_ceil(tile_slots(candidate)) } else { 0 }
}

/// Where the rows of stored synapses lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowLayout {
    /// The shards.
    pub shards: Vec<SynapseShard>,
    /// Head of every slot's rows in its shard, in units of [`ROW_UNIT`] words.
    pub heads: Vec<u32>,
    /// First word of each row in its shard, per projection.
    pub starts: Vec<Vec<u32>>,
}

/// Places the rows sender by sender, heads at multiples of [`ROW_UNIT`] words, and starts a new shard where a sender's rows would
/// not fit. `None` if one sender's rows pass a shard.
pub(super) fn lay_out_rows(
    network: &Network,
    shard_words: u64,
    candidate: &Candidate,
    delay_rows: Option<&DelayRows>,
) -> Option<RowLayout> {
    let unit = u64::from(ROW_UNIT);
    let starts = network.kept_projections().iter().map(|p| Vec::with_capacity(p.source_size as usize)).collect();
    let mut layout = RowLayout { shards: vec![SynapseShard { slots: 0..0, words: 0 }], heads: Vec::new(), starts };
    if !network.projections.is_empty() {
        layout.heads = vec![0; network.trial_slots() as usize];
    }
    for population in network.trial_populations() {
        let first = population.out_first as usize;
        let outgoing = network.outgoing(population);
        let tiles: Vec<u64> = outgoing.iter().map(|p| u64::from(tiles_of(network, p, candidate))).collect();
        if outgoing.is_empty() {
            continue;
        }
        for i in 0..population.size {
            let head =
                delay_rows.map_or(outgoing.len() as u64, |rows| u64::from(rows.outgoing[population.id as usize].delay_span)) + 1;
            let own: u64 = head + outgoing.iter().zip(&tiles).map(|(p, tiles)| tiles + u64::from(p.row_length(i))).sum::<u64>();
            let own = own.next_multiple_of(unit);
            if own > shard_words {
                return None;
            }
            let slot = population.first_slot + i;
            let last = layout.shards.last_mut()?;
            if last.words + own > shard_words {
                last.slots.end = slot;
                layout.shards.push(SynapseShard { slots: slot..slot, words: 0 });
            }
            let shard = layout.shards.last_mut()?;
            layout.heads[slot as usize] = u32::try_from(shard.words / unit).ok()?;
            let mut at = shard.words + head;
            for ((p, tiles), starts) in outgoing.iter().zip(&tiles).zip(&mut layout.starts[first..]) {
                starts.push(u32::try_from(at).ok()?);
                at += tiles + u64::from(p.row_length(i));
            }
            shard.words += own;
        }
    }
    layout.shards.last_mut()?.slots.end = network.trial_slots();
    Some(layout)
}
