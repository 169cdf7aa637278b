//! The ways to run a network on an adapter that a plan chooses from.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use super::by_delay::DelayRows;
use super::candidate::{Candidate, Estimate, RATE_HZ};
use super::cost::estimate;
use super::limits::{AdapterLimits, LOOP_ROUNDS, push_workgroup};
use super::rows::{tile_slots, tiles_of};
use super::{Delivery, Options, Strategy, Walk, batch};
use crate::network::{Network, Projection};
use crate::neuron::BLOCK;

/// Bytes per stored synapse a sorted layout may take, its parts' ends included.
const MOST_BYTES_PER_SYNAPSE: f64 = 4.5;
/// Most tiles of a population: the counters of a sorted build must fit workgroup memory (`MAX_TILES` in `build_sorted.wgsl`).
const MAX_TILES: u32 = 2048;
/// Longest delay of a delivery of what is due: spikes of so many steps stay in the list.
const LONGEST_DELAY: u32 = 2048;
/// Longest row a sorted build takes, which one workgroup must evaluate.
const LONGEST_SORTED_ROW: u32 = 1 << 20;

/// All candidates within an adapter's limits and a caller's options, cheapest first by the cost model.
pub(super) fn candidates(network: &Network, options: &Options, limits: &AdapterLimits) -> Vec<(Candidate, Estimate)> {
    let mut found: Vec<Candidate> = Vec::new();
    let longest = batch(network, options);
    let within = |size: u32| size.clamp(1, limits.workgroup_size);
    let update_sizes: Vec<u32> = match (options.workgroup_size, limits.quirks.runs_on_processor) {
        (Some(size), _) => vec![within(size)],
        (None, true) => vec![64],
        (None, false) => [64, 128, 256].into_iter().filter(|s| *s <= limits.workgroup_size).collect(),
    };
    let integers: &[bool] = if limits.wide_integers { &[false, true] } else { &[false] };
    for &workgroup_size in &update_sizes {
        for &wide_integers in integers {
            for strategy in Strategy::ALL {
                if !suits(network, strategy) {
                    continue;
                }
                if !can_share(options, strategy) {
                    continue;
                }
                if options.delivery.is_some_and(|wanted| strategy.delivery() != wanted) && network.static_synapses() > 0 {
                    continue;
                }
                let base = Candidate {
                    strategy,
                    walk: Walk::Serial,
                    batch: longest,
                    workgroup_size,
                    delivery_workgroup_size: options
                        .workgroup_size
                        .map_or_else(|| push_workgroup(network, strategy.delivery(), limits), within),
                    tile_blocks: 0,
                    wide_integers,
                    rests: false,
                };
                match strategy {
                    // Without synapses nothing is delivered, and one way stands for all.
                    Strategy::StoredPush | Strategy::ProceduralPush if can_rest(network, options, strategy) => {
                        found.extend([false, true].map(|rests| Candidate { rests, ..base }));
                    }
                    Strategy::StoredPush => found.push(base),
                    _ if network.static_synapses() == 0 => {}
                    Strategy::ProceduralPush => found.push(base),
                    Strategy::ProceduralByDelay if !procedural_by_delay(network) => {}
                    // Short batches keep the input near, and within one binding.
                    Strategy::ProceduralByDelay => {
                        let mut batches = vec![longest, 4, 2, 1];
                        batches.retain(|b| *b <= longest);
                        batches.dedup();
                        found.extend(batches.into_iter().map(|batch| Candidate { batch, ..base }));
                    }
                    _ if base.is_barred(limits) => {}
                    Strategy::StoredByDelay if DelayRows::new(network, longest).is_err() => {}
                    Strategy::StoredByDelay if limits.quirks.runs_on_processor => {
                        found.push(Candidate { delivery_workgroup_size: 8, ..base });
                    }
                    Strategy::StoredByDelay => {
                        found.extend([64, 128, 256, 32].map(|size| Candidate { delivery_workgroup_size: size, ..base }));
                    }
                    Strategy::StoredOwn if !delivers_own(network, limits, longest) => {}
                    Strategy::StoredOwn => {
                        let sizes: &[u32] = if limits.quirks.runs_on_processor { &[64] } else { &[64, 128, 256] };
                        let sizes = sizes.iter().map(|size| within(options.workgroup_size.unwrap_or(*size)));
                        for workgroup_size in sizes.filter(|_| base.workgroup_size == update_sizes[0]) {
                            found.push(Candidate { workgroup_size, ..base });
                        }
                    }
                    Strategy::StoredPull | Strategy::StoredStep => pulls(network, limits, &base, &mut found),
                }
            }
        }
    }
    let mut ranked: Vec<(Candidate, Estimate)> =
        found.into_iter().map(|candidate| (candidate, estimate(network, &candidate, limits, assumed_rate_hz(network)))).collect();
    ranked.sort_by(|a, b| a.1.total_us().total_cmp(&b.1.total_us()));
    ranked
}

/// Whether a strategy can run a network at all: edge lists must be stored, and what plastic projections send goes to ring buffers, after
/// the update.
pub(super) fn suits(network: &Network, strategy: Strategy) -> bool {
    let pushes = matches!(strategy, Strategy::StoredPush | Strategy::ProceduralPush);
    // A block's own spikes fit its workgroup's memory if neurons fire once in a batch; and all neurons step in the same dispatch.
    if strategy == Strategy::StoredOwn && (network.most_spikes_of_one(network.max_batch()) > 1 || network.kernels().len() > 1) {
        return false;
    }
    // Trials share the synapses of a sender by its slot.
    (pushes || network.plastic.is_empty() && network.trial_count() == 1)
        && (strategy.delivery() == Delivery::Stored || !network.has_lists())
}

/// Whether an engine can run so where it owns a part of the network: what ends at neurons of others is passed over by pushes only.
pub(super) fn can_share(options: &Options, strategy: Strategy) -> bool {
    options.share.is_none() || matches!(strategy, Strategy::StoredPush | Strategy::ProceduralPush)
}

/// Whether neurons at rest can be left alone: some neurons may rest, and what reaches them is pushed.
pub(super) fn can_rest(network: &Network, options: &Options, strategy: Strategy) -> bool {
    let pushes = matches!(strategy, Strategy::StoredPush | Strategy::ProceduralPush);
    pushes
        && network.static_synapses() > 0
        && !options.steps_all
        && network.populations.iter().any(crate::network::Population::may_rest)
}

/// Mean firing rate assumed of a network nobody has run yet, Hz: neurons that start at rest are taken to fire ten times less often than others.
fn assumed_rate_hz(network: &Network) -> f64 {
    RATE_HZ * (1.0 - 0.9 * network.part_that_starts_at_rest())
}

/// Whether workgroups can deliver what their own neurons send: rows sorted by delay hold all of it.
fn delivers_own(network: &Network, limits: &AdapterLimits, batch: u32) -> bool {
    let longest: u64 = network
        .populations
        .iter()
        .map(|p| network.outgoing(p).iter().map(|p| u64::from(p.longest_row())).sum())
        .max()
        .unwrap_or(0);
    // All neurons of a block may fire.
    let rounds = BLOCK as u64 * (2 + longest / 4 / 64);
    let cut = limits.quirks.cuts_loops && rounds > u64::from(2 * LOOP_ROUNDS);
    !cut && DelayRows::of(network, Strategy::StoredOwn, batch).is_ok()
}

/// Whether the synapses that are due can be found without evaluating the others.
fn procedural_by_delay(network: &Network) -> bool {
    network.max_delay <= LONGEST_DELAY && network.projections.iter().all(Projection::is_by_delay)
}

/// Pulling candidates: tiles from a block upwards, as long as the parts' ends do not take too much memory.
fn pulls(network: &Network, limits: &AdapterLimits, base: &Candidate, found: &mut Vec<Candidate>) {
    let sortable = network.projections.iter().all(|p| p.word_layout().is_some() && p.longest_row() <= LONGEST_SORTED_ROW);
    if !sortable {
        return;
    }
    let tile_threads = |tile_blocks: u32| tile_blocks * (crate::neuron::BLOCK as u32 / 4);
    let mut sized = Vec::new();
    for tile_blocks in [1, 2, 4, 8, 16, 32, 64] {
        let base = Candidate { tile_blocks, ..*base };
        if limits.quirks.runs_on_processor {
            // One vector register per workgroup needs no sharing.
            sized.push(Candidate { workgroup_size: size_of_step(&base, 8), delivery_workgroup_size: 8, ..base });
        } else if base.workgroup_size <= tile_threads(tile_blocks) && tile_threads(tile_blocks) <= 4 * base.workgroup_size {
            let balanced = Candidate { walk: Walk::Balanced, delivery_workgroup_size: base.workgroup_size, ..base };
            sized.push(balanced);
            if limits.subgroup_size.is_some_and(|size| base.workgroup_size.is_multiple_of(size)) {
                sized.push(Candidate { walk: Walk::Subgroups, ..balanced });
            }
        }
    }
    for candidate in sized {
        let tiles = |p: &Projection| tiles_of(network, p, &candidate);
        let ends: u64 = network.projections.iter().map(|p| u64::from(p.source_size) * u64::from(tiles(p)) * 4).sum();
        let most_tiles = network.projections.iter().map(tiles).max().unwrap_or(0);
        let bytes = (ends + network.synapses() * 4) as f64 / network.synapses() as f64;
        // Small networks are cut into the same tiles by several sizes: one of them will do.
        let known = found.iter().any(|other: &Candidate| {
            let same = Candidate { tile_blocks: candidate.tile_blocks, ..*other } == candidate;
            same && network
                .populations
                .iter()
                .all(|p| p.size.div_ceil(tile_slots(other)) == p.size.div_ceil(tile_slots(&candidate)))
        });
        if bytes <= MOST_BYTES_PER_SYNAPSE && most_tiles <= MAX_TILES && !known {
            found.push(candidate);
        }
    }
}

/// A step has one workgroup size for both of its halves.
fn size_of_step(base: &Candidate, delivery: u32) -> u32 {
    if base.strategy == Strategy::StoredStep { delivery } else { base.workgroup_size }
}

impl Candidate {
    /// Whether synapses are stored.
    pub fn delivery(&self) -> Delivery {
        self.strategy.delivery()
    }
}
