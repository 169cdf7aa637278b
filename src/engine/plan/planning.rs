//! How a plan for an adapter comes about: shards, lists and grids for a candidate, its buffers, and whether they fit.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::ops::Range;

use super::buffer::{BufferKind, BufferPhase, RANGES, SPIKES_HEADER_WORDS};
use super::buffers::{buffers, memory};
use super::by_delay::DelayRows;
use super::candidate::{Candidate, Estimate, RATE_HZ};
use super::candidates::{can_rest, can_share, candidates, suits};
use super::cost::estimate;
use super::dispatches::{Dispatches, most_events};
use super::gpu::{GpuPlan, TEXTURE_ROW_WORDS, Textures};
use super::limits::{AdapterLimits, LOOP_ROUNDS};
use super::memory::{Whose, check_lists, choose_delivery, words_too_long};
use super::rows::{ROW_UNIT, RowLayout, SynapseShard, lay_out_rows, tiles, tiles_of};
use super::{Delivery, Memory, Options, Share, Strategy};
use crate::error::{Error, Remedy, Result, TooBig, human_bytes};
use crate::network::{self, Network, Projection};
use crate::neuron::BLOCK;

impl GpuPlan {
    /// Plans a network for an adapter's limits: the candidate the cost model ranks first, or the one that was asked for.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit in any form; the message says what would.
    pub fn new(network: &Network, options: &Options, limits: &AdapterLimits) -> Result<Self> {
        check_lists(network, options)?;
        let mut first_error = None;
        let ranked = candidates(network, options, &limits.under(options));
        for candidate in options.candidate.into_iter().chain(ranked.into_iter().map(|(candidate, _)| candidate)) {
            match Self::with(network, options, limits, candidate) {
                Ok(plan) => return Ok(plan),
                Err(e) => first_error = first_error.or(Some(e)),
            }
        }
        Err(first_error.unwrap_or_else(|| Error::Internal("no way to run the network was considered".into())))
    }

    /// Every way to run a network within an adapter's limits and a caller's options, cheapest first by the cost model.
    pub fn candidates(network: &Network, options: &Options, limits: &AdapterLimits) -> Vec<(Candidate, Estimate)> {
        candidates(network, options, &limits.under(options))
    }

    /// What the cost model expects of the plan on an adapter, with neurons that fire at a mean rate.
    pub fn estimate(&self, network: &Network, limits: &AdapterLimits, rate_hz: f64) -> Estimate {
        estimate(network, &self.candidate, limits, rate_hz)
    }

    /// Plans a network as a candidate says, or with procedural synapses if stored ones are impossible.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit.
    pub fn with(network: &Network, options: &Options, limits: &AdapterLimits, candidate: Candidate) -> Result<Self> {
        // A caller's bound on bindings cuts what can be cut; the rest must fit the adapter's own.
        let (own, limits) = (limits, &limits.under(options));
        let rests = !candidate.rests || can_rest(network, options, candidate.strategy);
        let suits = suits(network, candidate.strategy) && !candidate.is_barred(limits) && can_share(options, candidate.strategy);
        if !suits || !rests || candidate.batch > network.max_batch() {
            return Err(TooBig::new(format!("{} cannot be run by {candidate}", network.scenario.name)).into());
        }
        let mut plan = Self::laid_out(network, options, limits, candidate)?;
        plan.buffers = buffers(network, &plan, options.record, limits.uniform_bytes);
        let by_delay = plan.is_by_delay();
        plan.memory = memory(&plan.buffers, by_delay);
        plan.check_bindings(network, own)?;
        // While synapses are built, the copies that are kept later are not there yet.
        let sum = |phase| plan.buffers.iter().filter(|b| b.phase == phase).map(|b| b.bytes).sum::<u64>();
        let passing = sum(BufferPhase::Build).saturating_sub(sum(BufferPhase::Save));
        let available = options.memory_bytes.unwrap_or_else(|| limits.memory.free(options)).saturating_sub(passing);
        let stores = candidate.strategy.delivery() == Delivery::Stored;
        let impossible = (stores && plan.rows.heads.is_empty() && !network.projections.is_empty())
            .then(|| format!("the synapses of one neuron pass a binding of {}", human_bytes(limits.binding())));
        // Rows sorted by delay have words of their own.
        let too_long = if candidate.strategy.sorts_by_delay() { None } else { words_too_long(network) };
        let impossible = too_long.filter(|_| stores).or(impossible);
        let wanted = Options { delivery: options.delivery.or((!stores).then_some(Delivery::Procedural)), ..options.clone() };
        let (delivery, note) = choose_delivery(network, &wanted, &mut plan.memory, available, Whose::Adapter, impossible)?;
        if delivery == Delivery::Procedural && stores && network.static_synapses() > 0 {
            let procedural = Options { delivery: Some(Delivery::Procedural), candidate: None, ..options.clone() };
            return Ok(Self { note, ..Self::new(network, &procedural, own)? });
        }
        plan.check_shards(network, limits)?;
        Ok(Self { note, ..plan })
    }

    /// Whether synapses that do not fit can be evaluated anew for every spike instead.
    #[cfg(feature = "gpu")]
    pub(crate) fn can_do_without_synapses(&self, network: &Network, options: &Options) -> bool {
        self.delivery == Delivery::Stored && options.delivery.is_none() && network.static_synapses() > 0 && !network.has_lists()
    }

    /// The plan after this one, whose synapses turned out not to fit.
    #[cfg(feature = "gpu")]
    pub(crate) fn without_synapses(
        &self,
        network: &Network,
        options: &Options,
        limits: &AdapterLimits,
        why: &TooBig,
    ) -> Result<Self> {
        let procedural = Options { delivery: Some(Delivery::Procedural), candidate: None, ..options.clone() };
        let plan = Self::new(network, &procedural, limits)?;
        let note =
            format!("{} for {} of stored synapses, so synapses are procedural", why.what, human_bytes(self.memory.synapses));
        Ok(Self { note: Some(note), ..plan })
    }

    /// A plan but for its buffers.
    fn laid_out(network: &Network, options: &Options, limits: &AdapterLimits, candidate: Candidate) -> Result<Self> {
        let (batch, strategy) = (candidate.batch, candidate.strategy);
        let by_delay = strategy.waits();
        // Rows sorted by delay are delivered when their synapses are due: ring buffers hold one batch.
        let ring_steps = if by_delay { batch } else { network.max_delay + batch };
        let sorted_by_delay = strategy.sorts_by_delay();
        let delay_rows = sorted_by_delay.then(|| DelayRows::of(network, strategy, batch)).transpose()?;
        let binding = limits.binding();
        let has_synapses = network.synapses() > 0;
        let owned = owned(network, options)?;
        let (stride, neuron_shards) = neuron_shards(network, &owned, candidate, ring_steps, binding)?;
        // Without synapses, shards are advanced and counted one after the other.
        let listed_slots = if has_synapses { u64::from(network.slots()) } else { u64::from(stride) * BLOCK as u64 };
        // Spikes stay in the list until they have reached their synapses' targets, or come back to plastic ones.
        let history = if by_delay || !network.plastic.is_empty() { network.max_delay } else { 0 };
        let groups = if has_synapses { 1 } else { neuron_shards.len() as u64 };
        let (list_bytes, record_bytes) = match limits.quirks.runs_on_processor {
            true => (LIST_BYTES, RECORD_BYTES),
            false => (gpu_list_bytes(limits, options), gpu_list_bytes(limits, options)),
        };
        let longest = most_batches_of(limits);
        let bounds = (list_bytes, binding, longest / groups);
        let (list_entries, most_batches) = spike_list(network, listed_slots, batch, history, bounds);
        check_plastic(network, &neuron_shards, binding)?;
        let unit = if sorted_by_delay { TEXTURE_ROW_WORDS } else { u64::from(ROW_UNIT) };
        let shard_words = (binding / 4 / unit * unit).max(u64::from(ROW_UNIT));
        let mut rows = match strategy.delivery() {
            Delivery::Stored => lay_out_rows(network, shard_words, &candidate, delay_rows.as_ref()).unwrap_or_default(),
            Delivery::Procedural => RowLayout::default(),
        };
        let synapse_shards = match std::mem::take(&mut rows.shards) {
            shards if shards.is_empty() => vec![SynapseShard { slots: 0..network.trial_slots(), words: 0 }],
            shards => shards,
        };
        let textures = (strategy == Strategy::StoredByDelay && limits.quirks.large_textures && synapse_shards.len() > 1)
            .then(|| Textures::new(shard_words, synapse_shards.len()))
            .flatten();
        let tiles = if strategy.pulls() { tiles(network, &candidate) } else { Vec::new() };
        // Recording caps a submission so that even if every neuron fires as often as it can, nothing is lost.
        let per_batch = network.most_spikes(batch);
        let record_batches = (record_bytes.min(binding) / 8 / per_batch.max(1)).clamp(1, longest);
        let (record_entries, most_batches, segments) = match options.record {
            true => (per_batch * record_batches, most_batches.min(record_batches as u32), 1),
            false => (1, most_batches, (longest / groups / u64::from(most_batches)).max(1) as u32),
        };
        let most_events = options.most_dispatch_events.unwrap_or_else(|| most_events(limits, strategy.delivery()));
        let dispatches = Dispatches::new(network, &candidate, u64::from(stride) * BLOCK as u64, most_events);
        let others = if strategy == Strategy::StoredPush { 4 } else { 3 };
        // Each shard of neurons tells on its own who is awake.
        let most_windows = if candidate.rests { 1 } else { MAX_WINDOWS };
        let windows = limits.storage_buffers.saturating_sub(others).clamp(1, most_windows).min(neuron_shards.len() as u32);
        Ok(Self {
            delivery_grid: delivery_grid(network, limits, &candidate, tiles.len(), dispatches.after_burst),
            awake_groups: awake_groups(network, limits, &candidate, stride),
            candidate,
            dispatches,
            has_synapses,
            delivery: if strategy.delivery() == Delivery::Procedural {
                Delivery::Procedural
            } else {
                options.delivery.unwrap_or(Delivery::Stored)
            },
            note: None,
            ring_steps,
            stride: stride * BLOCK as u32,
            windows,
            tiles,
            list_entries,
            most_batches,
            census: census(network, limits, &candidate, most_batches),
            segments,
            record_entries,
            constant_weights: limits.quirks.fast_uniforms,
            reads_ahead: reads_ahead(network, &candidate, limits),
            groups_at_a_time: match limits.quirks.runs_on_processor {
                true => std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
                false => 1,
            },
            plastic_groups: plastic_groups(network, network.most_spikes(batch), limits),
            build_split: longest_row(network).div_ceil(64 * LOOP_ROUNDS).max(1),
            batches_per_submission: options.batches_per_submission,
            neuron_shards,
            synapse_shards,
            rows,
            delay_rows,
            textures,
            buffers: Vec::new(),
            memory: Memory::default(),
        })
    }

    /// Refuses what an adapter does not bind.
    fn check_bindings(&self, network: &Network, limits: &AdapterLimits) -> Result<()> {
        for buffer in &self.buffers {
            let most = match buffer.kind {
                BufferKind::Storage => limits.binding(),
                // A texture has bounds of its own, which the plan has kept.
                BufferKind::Texture => u64::MAX,
                BufferKind::Uniform | BufferKind::Copied => limits.buffer_bytes,
            };
            if buffer.bytes > most {
                let (what, bytes) = (buffer.name, human_bytes(buffer.bytes));
                let name = &network.scenario.name;
                if what == "edge lists" {
                    let what =
                        format!("the edge lists of {name} take {bytes}, but the adapter binds at most {}", human_bytes(most));
                    return Err(TooBig::new(what).bytes(buffer.bytes, most).or(Remedy::CpuEngine).into());
                }
                let what = format!(
                    "{} neurons need {} of {bytes}, but the adapter binds at most {}",
                    network.neurons(),
                    if what == "spikes" { "a spike list" } else { what },
                    human_bytes(most)
                );
                let part = most as f64 / buffer.bytes as f64;
                let fewer = match network.trial_count() {
                    1 => Remedy::Neurons((network.neurons() as f64 * part) as u64),
                    trials => Remedy::Trials((f64::from(trials) * part) as u64),
                };
                return Err(TooBig::new(what).bytes(buffer.bytes, most).or(Remedy::CpuEngine).or(fewer).into());
            }
        }
        Ok(())
    }

    /// Refuses more shards than the strategy can work with, and loops that an adapter would cut.
    fn check_shards(&self, network: &Network, limits: &AdapterLimits) -> Result<()> {
        let strategy = self.candidate.strategy;
        let refuse = |what: &str| Err(TooBig::new(what).into());
        if (self.is_own() || self.is_fused()) && self.dispatches.update_parts > 1 {
            return refuse("one dispatch would advance too many neurons");
        }
        if self.is_own() {
            if self.neuron_shards.len() > 1 || self.synapse_shards.len() > 1 {
                return refuse("delivering one's own spikes needs all neurons and all synapses in one shard each");
            }
            if self.dispatches.is_often_a_burst(network, &self.candidate) {
                return refuse("blocks would leave their spikes to the host too often");
            }
        }
        if self.is_by_delay() && self.neuron_shards.len() > 1 {
            return refuse("delivering by delay needs all neurons in one shard");
        }
        if strategy.pulls() && self.tiles.len() > 65_535 {
            return refuse("pulling by tile takes at most 65,535 tiles");
        }
        if strategy.pulls() && self.neuron_shards.len() > 1 {
            return refuse("pulling by tile needs all neurons in one shard");
        }
        if strategy == Strategy::StoredStep && self.synapse_shards.len() > 1 {
            return refuse("one dispatch per batch needs all synapses in one shard");
        }
        if limits.quirks.cuts_loops && strategy == Strategy::StoredStep {
            let rounds = pull_rounds(network, &self.candidate, network.most_spikes(self.candidate.batch));
            if rounds + step_rounds(network, &self.candidate) > u64::from(2 * LOOP_ROUNDS) {
                return refuse("this adapter would cut the loops of one dispatch per batch");
            }
        }
        Ok(())
    }
}

/// Rounds of the loop over the elapsed steps' bits in which a trace decays: bits of as many steps as a trace of 30 bits lives, for any
/// time constant in use.
const DECAY_ROUNDS: u64 = 20;

/// The blocks an adapter owns.
fn owned(network: &Network, options: &Options) -> Result<Range<u32>> {
    let share = options.share.clone().unwrap_or_else(|| Share::whole(network));
    share.run().ok_or_else(|| {
        Error::Input(format!("{}: an adapter owns blocks that follow each other; deal them out in a row", network.scenario.name))
    })
}

/// Blocks of a whole neuron shard, and the shards: as few as fit the bindings.
fn neuron_shards(
    network: &Network,
    owned: &Range<u32>,
    candidate: Candidate,
    ring_steps: u32,
    binding: u64,
) -> Result<(u32, Vec<Range<u32>>)> {
    let blocks = owned.end - owned.start;
    let has_synapses = network.synapses() > 0;
    let ring_words = if has_synapses { u64::from(ring_steps * network.channels) } else { 0 };
    // Without synapses, a shard's spikes must fit the list by themselves; the list has a header and a spare entry.
    let listed_words = if has_synapses { 0 } else { 2 * network.most_spikes_of_one(candidate.batch) + 1 };
    let per_block = BLOCK as u64 * 4 * u64::from(network.state_variables()).max(ring_words).max(listed_words).max(1);
    let shard_blocks = (binding / per_block).min(u64::from(u32::MAX)) as u32;
    if shard_blocks == 0 {
        let what = format!(
            "delays of {ring_steps} steps need {} of ring buffer for one block of neurons, but the adapter binds at most {}",
            human_bytes(per_block),
            human_bytes(binding)
        );
        return Err(TooBig::new(what).bytes(per_block, binding).or(Remedy::ShorterDelays).or(Remedy::CpuEngine).into());
    }
    let shards = blocks.div_ceil(shard_blocks).max(1);
    let stride = blocks.div_ceil(shards).max(1);
    let at = |s: u32| owned.start + (s * stride).min(blocks);
    let all = (0..shards).map(|s| at(s)..at(s + 1));
    Ok((stride, all.filter(|s| !s.is_empty()).collect()))
}

/// Workgroups of a delivery; see [`GpuPlan::delivery_grid`].
fn delivery_grid(network: &Network, limits: &AdapterLimits, candidate: &Candidate, tiles: usize, most_spikes: u32) -> (u32, u32) {
    let (strategy, batch) = (candidate.strategy, candidate.batch);
    let longest_list = network.most_spikes(batch);
    let cuts_loops = limits.quirks.cuts_loops;
    if strategy.pulls() {
        let rounds = pull_rounds(network, candidate, longest_list);
        let split = if cuts_loops { rounds.div_ceil(u64::from(2 * LOOP_ROUNDS)) as u32 } else { 1 };
        return (tiles as u32, split.max(1));
    }
    let projections = network.populations.iter().map(|p| p.out_count).max().unwrap_or(1).clamp(1, 1024);
    if strategy == Strategy::StoredOwn {
        return (1, if cuts_loops { (longest_list / 64).clamp(64, 65_535) as u32 } else { 2048 });
    }
    if !strategy.waits() {
        // Where loops are cut, as many spikes as a dispatch ever takes must be shared so finely that no thread's are.
        let walked = if strategy == Strategy::ProceduralPush { 16 } else { 1 };
        let rounds = 2 + u64::from(longest_row(network)) * walked / u64::from(4 * candidate.delivery_workgroup_size.max(1));
        let most = longest_list.min(most_spikes.into()) * rounds / u64::from(LOOP_ROUNDS);
        let expected = network.neurons() as f64 * RATE_HZ * network.scenario.dt_ms * 1e-3 * f64::from(batch);
        let spikes = if cuts_loops { most.clamp(16, 65_535) } else { (expected as u64).clamp(256, 4096) } as u32;
        return (projections, spikes);
    }
    // Stored synapses are read four at a time; procedural ones may walk a permutation's cycle, two rounds or so.
    let permuted = network.projections.iter().any(|p| p.permuted() > 0);
    let walked = if permuted { 4 } else { 1 };
    let size = u64::from(candidate.delivery_workgroup_size);
    let pending = network.most_spikes(network.max_delay + batch);
    // If everything fires: some rounds per pending spike, and all synapses.
    let (rounds, columns) = match strategy == Strategy::StoredByDelay {
        true => (3 * pending + network.synapses() / (4 * size), 1),
        false => (6 * pending + walked * network.synapses() / size, projections),
    };
    let groups = rounds / u64::from(2 * LOOP_ROUNDS);
    (columns, if cuts_loops { groups.clamp(64, 65_535) as u32 } else { 2048 / columns })
}

/// Workgroups that share the neurons of a shard who are awake: enough for a GPU to have something to do whoever is, or so many that no thread's loops
/// are cut if everybody is.
fn awake_groups(network: &Network, limits: &AdapterLimits, candidate: &Candidate, stride: u32) -> u32 {
    let all = (stride * BLOCK as u32 / 4).div_ceil(candidate.workgroup_size.max(1)).max(1);
    if !limits.quirks.runs_on_processor {
        return all.min(2048);
    }
    let rounds = u64::from(all) * (1 + rounds_of_neurons(network, candidate));
    all.min(rounds.div_ceil(u64::from(2 * LOOP_ROUNDS)).clamp(64, 65_535) as u32)
}

/// How many times four synapses a thread reads ahead in the row of an own spike: as many as its part of a row of mean length has, so that it waits
/// for memory once; more than four take more registers than they save (docs/measurements/README.md). A processor waits for nothing.
fn reads_ahead(network: &Network, candidate: &Candidate, limits: &AdapterLimits) -> u32 {
    let row = network.synapses() / network.trial_neurons().max(1);
    let part = row.div_ceil(4).div_ceil(u64::from(candidate.workgroup_size.max(1)));
    if limits.quirks.runs_on_processor { 1 } else { part.clamp(1, 4).next_power_of_two() as u32 }
}

/// Threads of a workgroup of the plastic passes, and workgroups that share the spikes of a step: on a software adapter so many that no
/// thread's loops are cut, whatever fires.
fn plastic_groups(network: &Network, longest_list: u64, limits: &AdapterLimits) -> (u32, u32) {
    if !limits.quirks.cuts_loops {
        return (128.min(limits.workgroup_size), 256);
    }
    // Columns are not counted before they are built: in-degrees are taken to be up to twice as high as their mean.
    let longest = |p: &network::PlasticProjection| {
        let p = &p.projection;
        u64::from(p.longest_row()).max(2 * p.synapses() / u64::from(p.target_size.max(1)) + 64)
    };
    let longest = network.plastic.iter().map(longest).max().unwrap_or(0);
    let rounds = |size: u32| (longest / u64::from(size) + 2) * (1 + DECAY_ROUNDS);
    let size = [8, 16, 32, 64].into_iter().find(|size| rounds(*size) <= 1024).unwrap_or(128).min(limits.workgroup_size);
    let groups = (longest_list * rounds(size)).div_ceil(u64::from(2 * LOOP_ROUNDS));
    (size, groups.clamp(4, 65_535) as u32)
}

/// Refuses plastic projections that do not fit one shard of neurons and one binding.
fn check_plastic(network: &Network, neuron_shards: &[Range<u32>], binding: u64) -> Result<()> {
    if network.plastic.is_empty() {
        return Ok(());
    }
    let refuse = |too_big: TooBig| Err(too_big.or(Remedy::CpuEngine).or(Remedy::Smaller).into());
    let bits = |n: u32| 32 - n.leading_zeros();
    if bits(network.slots().saturating_sub(1)) + bits(network.max_delay) > 32 {
        return refuse(TooBig::new(format!("a plastic synapse of {} neurons needs more than 32 bits", network.neurons())));
    }
    if neuron_shards.len() > 1 {
        return refuse(TooBig::new("plastic projections need all neurons in one binding of the adapter"));
    }
    let synapses: u64 = network.plastic.iter().map(|p| p.projection.synapses()).sum();
    if synapses * 8 > binding {
        let (needed, most) = (human_bytes(synapses * 8), human_bytes(binding));
        let what = format!("{synapses} plastic synapses take {needed}, but the adapter binds at most {most}");
        return refuse(TooBig::new(what).bytes(synapses * 8, binding));
    }
    Ok(())
}

/// Bytes that the list of spikes, or a buffer of recorded ones, may take without a word, on software adapters: enough for long submissions of
/// small networks.
const LIST_BYTES: u64 = 4 << 20;
const RECORD_BYTES: u64 = 32 << 20;
/// The same on GPUs, whose memory is their own: a sixteenth of what is free, within bounds.
fn gpu_list_bytes(limits: &AdapterLimits, options: &Options) -> u64 {
    let free = options.memory_bytes.unwrap_or_else(|| limits.memory.free(options)).min(1 << 40);
    (free / 16).clamp(LIST_BYTES, 256 << 20)
}
/// Most batches of a submission, of all groups of shards: on GPUs half of those whose spikes can be told apart, on software adapters, whose
/// batches are never that short, fewer.
fn most_batches_of(limits: &AdapterLimits) -> u64 {
    if limits.quirks.runs_on_processor { 4096 } else { u64::from(RANGES) / 2 }
}

/// Workgroups of a census of some batches, each for about a thousand spikes where that is more than a few, and whether they count in their own
/// memory, which has room for 32 populations (`census.wgsl`).
fn census(network: &Network, limits: &AdapterLimits, candidate: &Candidate, batches: u32) -> (u32, bool) {
    let steps = f64::from(batches) * f64::from(candidate.batch);
    let spikes = network.neurons() as f64 * RATE_HZ * network.scenario.dt_ms * 1e-3 * steps;
    let most = if limits.quirks.runs_on_processor { 64 } else { 1024 };
    let groups = ((spikes / 1024.0).ceil() as u32).clamp(64, most);
    (groups, network.populations.len() <= 32 && !limits.barred.shared_memory())
}

/// Entries of the circular list of spikes for a number of slots and steps of history, and batches whose spikes fit it even if every
/// neuron fires as often as it can. The bounds: bytes it may take without a word, bytes of a binding, batches.
fn spike_list(
    network: &Network,
    slots: u64,
    batch: u32,
    history: u32,
    (list_bytes, binding, most): (u64, u64, u64),
) -> (u32, u32) {
    let slots = slots.max(1);
    // Without synapses, a shard at a time has the list for itself.
    let needed = |steps: u32| network.most_spikes(steps).min(slots * network.most_spikes_of_one(steps));
    // What must fit, and for longer submissions what may be taken without a word.
    let least = needed(batch + history);
    let entries = least.max(
        slots.max((list_bytes / 8).min(64 * slots)).min((binding / 8).saturating_sub(u64::from(SPIKES_HEADER_WORDS) / 2 + 1)),
    );
    let mut batches = 1;
    while batches < most.max(1) && needed((batches as u32 + 1) * batch + history) <= entries {
        batches += 1;
    }
    (u32::try_from(entries + 1).unwrap_or(u32::MAX), batches as u32)
}

/// Most neuron shards a push adds to in one dispatch.
const MAX_WINDOWS: u32 = 24;

/// Rounds of all loops of a thread that pulls a list of spikes: one per spike, one per projection, and those along the parts, which are
/// taken to be up to twice as long as their mean.
fn pull_rounds(network: &Network, candidate: &Candidate, spikes: u64) -> u64 {
    let part = |p: &Projection| {
        let tiles = tiles_of(network, p, candidate).max(1);
        u64::from(2 * p.longest_row().div_ceil(tiles) + 16) / u64::from(candidate.delivery_workgroup_size.max(1)) + 1
    };
    let longest = network.projections.iter().map(part).max().unwrap_or(1);
    spikes * (1 + longest)
}

/// Rounds of all loops of a thread that updates its share of a tile.
fn step_rounds(network: &Network, candidate: &Candidate) -> u64 {
    let passes = (candidate.tile_blocks * BLOCK as u32 / 4).div_ceil(candidate.workgroup_size.max(1));
    u64::from(passes) * (1 + rounds_of_neurons(network, candidate))
}

/// Rounds of all loops of a thread that advances its four neurons by a batch.
fn rounds_of_neurons(network: &Network, candidate: &Candidate) -> u64 {
    let drawn = network.populations.iter().map(|p| p.poisson.len()).max().unwrap_or(0) as u64;
    let stimuli = &network.stimuli;
    let of_lane =
        stimuli.blocks.iter().flat_map(|r| r.chunk_by(|a, b| a.lane == b.lane)).map(<[_]>::len).max().unwrap_or(0) as u64;
    let stirred = of_lane * stimuli.all.iter().map(|s| u64::from(s.most()) + 32).max().unwrap_or(0);
    u64::from(candidate.batch) * (2 + drawn + stirred)
}

fn longest_row(network: &Network) -> u32 {
    network.projections.iter().map(Projection::longest_row).max().unwrap_or(0)
}
