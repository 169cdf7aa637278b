//! How an adapter will run a network.

use std::fmt;
use std::ops::Range;

use super::by_delay::DelayRows;
use super::candidate::{Candidate, Estimate};
use super::candidates::{candidates, suits};
use super::limits::{AdapterLimits, LOOP_ROUNDS};
use super::memory::{Whose, check_lists, choose_delivery, machine_memory, plastic_bytes};
use super::rows::{ROW_UNIT, RowLayout, SynapseShard, Tile, lay_out_rows, tiles, tiles_of};
use super::{Delivery, Memory, Options, Strategy, synapses_words};
use crate::error::{Error, Remedy, Result, TooBig, human_bytes};
use crate::network::{self, Network, Projection};
use crate::neuron::BLOCK;

/// How the GPU engine runs a network.
#[derive(Debug, Clone)]
pub struct GpuPlan {
    /// How it runs.
    pub candidate: Candidate,
    /// Whether there are synapses at all.
    pub has_synapses: bool,
    /// Whether synapses are stored.
    pub delivery: Delivery,
    /// Why procedural synapses were chosen, if they were not asked for.
    pub note: Option<String>,
    /// Rows of the ring buffers.
    pub ring_steps: u32,
    /// Slots of a whole neuron shard: what the buffers of every shard have room for.
    pub stride: u32,
    /// Neuron shards a push adds to in one dispatch.
    pub windows: u32,
    /// The tiles, if rows are sorted by tile.
    pub tiles: Vec<Tile>,
    /// Entries of the circular list of spikes, one more than can be in it.
    pub list_entries: u32,
    /// Batches of a submission whose spikes fit the list, whatever fires.
    pub most_batches: u32,
    /// Whether weights are read from a uniform buffer: fast on software adapters, slow on GPUs, whose threads take turns there.
    pub constant_weights: bool,
    /// Workgroups of a delivery: along x those that share a spike's projections, or tiles, and along y those that share the spikes.
    pub delivery_grid: (u32, u32),
    /// Workgroups that run at a time, each from a contiguous part of a dispatch of its own; 1 where that is not known.
    pub groups_at_a_time: u32,
    /// Threads of a workgroup of the plastic passes, and workgroups that share the spikes of a step in them.
    pub plastic_groups: (u32, u32),
    /// Workgroups that share a row while synapses are built.
    pub build_split: u32,
    /// Batches encoded per submission; adapted while running unless it was asked for.
    pub batches_per_submission: Option<u32>,
    /// Blocks of each neuron shard.
    pub neuron_shards: Vec<Range<u32>>,
    /// Synapse shards. Procedural synapses have one, without words.
    pub synapse_shards: Vec<SynapseShard>,
    /// Where stored rows lie; empty for procedural synapses. Its shards are moved to `synapse_shards`.
    pub rows: RowLayout,
    /// How rows sorted by delay are written.
    pub delay_rows: Option<DelayRows>,
    /// Textures that hold the shards of synapses, if they do: a software adapter binds far larger textures than buffers.
    pub textures: Option<Textures>,
    /// Memory by part.
    pub memory: Memory,
}

impl GpuPlan {
    /// Plans a network for an adapter's limits: the candidate the cost model ranks first, or the one that was asked for.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit in any form; the message says what would.
    pub fn new(network: &Network, options: &Options, limits: &AdapterLimits) -> Result<Self> {
        check_lists(network, options)?;
        let limits = &limits.under(options);
        let mut first_error = None;
        let ranked = candidates(network, options, limits);
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

    /// Plans a network as a candidate says, or with procedural synapses if stored ones are impossible.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit.
    pub fn with(network: &Network, options: &Options, limits: &AdapterLimits, candidate: Candidate) -> Result<Self> {
        let limits = &limits.under(options);
        if !suits(network, candidate.strategy) || candidate.batch > network.max_batch() {
            return Err(TooBig::new(format!("{} cannot be run by {candidate}", network.scenario.name)).into());
        }
        let batch = candidate.batch;
        let by_delay = candidate.strategy.waits();
        // Rows sorted by delay are delivered when their synapses are due: ring buffers hold one batch.
        let ring_steps = if by_delay { batch } else { network.max_delay + batch };
        let sorted_by_delay = candidate.strategy == Strategy::StoredByDelay;
        let delay_rows = sorted_by_delay.then(|| DelayRows::new(network, batch)).transpose()?;
        let slots = u64::from(network.slots());
        let blocks = network.slots() / BLOCK as u32;
        let binding = limits.binding_bytes.min(limits.buffer_bytes).min(1 << 31);
        let has_synapses = network.synapses() > 0;
        let variables = u64::from(network.state_variables());
        let ring_words = if has_synapses { u64::from(ring_steps * network.channels) } else { 0 };
        // Without synapses, a shard's spikes must fit the list by themselves; the list has a header and a spare entry.
        let listed_words = if has_synapses { 0 } else { 2 * network.most_spikes_of_one(batch) + 1 };
        let per_block = BLOCK as u64 * 4 * variables.max(ring_words).max(listed_words).max(1);
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
        let neuron_shards: Vec<Range<u32>> =
            (0..shards).map(|s| (s * stride).min(blocks)..((s + 1) * stride).min(blocks)).filter(|s| !s.is_empty()).collect();

        let strategy = candidate.strategy;
        // Stored rows carry their lengths with them; procedural ones are looked up.
        let row_entries: u64 = match strategy.delivery() {
            Delivery::Stored if has_synapses => slots,
            Delivery::Stored => 0,
            Delivery::Procedural => network.projections.iter().map(Projection::row_entries).sum(),
        };
        // Without synapses, shards are advanced and counted one after the other.
        let listed_slots = if has_synapses { slots } else { u64::from(stride) * BLOCK as u64 };
        // Spikes stay in the list until they have reached their synapses' targets, or come back to plastic ones.
        let history = if by_delay || !network.plastic.is_empty() { network.max_delay } else { 0 };
        let groups = if has_synapses { 1 } else { neuron_shards.len() as u64 };
        let (list_entries, most_batches) = spike_list(network, listed_slots, batch, history, binding, MOST_BATCHES / groups);
        let list = u64::from(list_entries) * 8 + 16;
        let listed: u64 = network.projections.iter().map(|p| p.listed.len() as u64 * 8).sum();
        if listed > binding {
            let (name, needed) = (&network.scenario.name, human_bytes(listed));
            let what = format!("the edge lists of {name} take {needed}, but the adapter binds at most {}", human_bytes(binding));
            return Err(TooBig::new(what).bytes(listed, binding).or(Remedy::CpuEngine).into());
        }
        check_plastic(network, &neuron_shards, binding)?;
        for (what, bytes) in [("spike list", list), ("row table", row_entries * 4)] {
            if bytes > binding {
                let what = format!(
                    "{} neurons need a {what} of {}, but the adapter binds at most {}",
                    network.neurons(),
                    human_bytes(bytes),
                    human_bytes(binding)
                );
                let fewer = Remedy::Neurons(network.neurons() * binding / bytes);
                return Err(TooBig::new(what).bytes(bytes, binding).or(Remedy::CpuEngine).or(fewer).into());
            }
        }
        let mut memory = Memory {
            state: 2 * slots * 4 * variables,
            // Where spikes wait in the list until they are due, it stands for ring buffers, saved copy included.
            ring: 2 * slots * 4 * ring_words + if by_delay { 2 * list } else { 0 },
            synapses: 0,
            plastic: 2 * plastic_bytes(network),
            tables: row_entries * 4 + if by_delay { 0 } else { list } + slots * 5 + (1 << 20),
        };
        let unit = if sorted_by_delay { TEXTURE_ROW_WORDS } else { u64::from(ROW_UNIT) };
        let shard_words = (binding / 4 / unit * unit).max(u64::from(ROW_UNIT));
        let layout = match strategy.delivery() {
            Delivery::Stored => lay_out_rows(network, shard_words, &candidate, delay_rows.as_ref()),
            Delivery::Procedural => None,
        };
        memory.synapses = layout.as_ref().map_or(0, |l| l.shards.iter().map(|s| s.words * 4).sum());
        let impossible = (strategy.delivery() == Delivery::Stored && layout.is_none())
            .then(|| format!("the synapses of one neuron pass a binding of {}", human_bytes(binding)));
        let available = options
            .memory_bytes
            .unwrap_or_else(|| if limits.quirks.runs_on_processor { machine_memory(options) } else { u64::MAX });
        let wanted = Options {
            delivery: options.delivery.or((strategy.delivery() == Delivery::Procedural).then_some(Delivery::Procedural)),
            ..options.clone()
        };
        let (delivery, note) = choose_delivery(network, &wanted, &mut memory, available, Whose::Adapter, impossible)?;
        if delivery == Delivery::Procedural && strategy.delivery() == Delivery::Stored && network.static_synapses() > 0 {
            let procedural = Options { delivery: Some(Delivery::Procedural), candidate: None, ..options.clone() };
            return Ok(Self { note, ..Self::new(network, &procedural, limits)? });
        }
        let mut rows = layout.filter(|_| delivery == Delivery::Stored).unwrap_or_default();
        let synapse_shards = match std::mem::take(&mut rows.shards) {
            shards if shards.is_empty() => vec![SynapseShard { slots: 0..network.slots(), words: 0 }],
            shards => shards,
        };
        if by_delay && neuron_shards.len() > 1 {
            return Err(TooBig::new("delivering by delay needs all neurons in one shard").into());
        }
        let textures = (sorted_by_delay && limits.quirks.large_textures && synapse_shards.len() > 1)
            .then(|| Textures::new(shard_words, synapse_shards.len()))
            .flatten();
        if strategy.pulls() && neuron_shards.len() > 1 {
            return Err(TooBig::new("pulling by tile needs all neurons in one shard").into());
        }
        if strategy == Strategy::StoredStep && synapse_shards.len() > 1 {
            return Err(TooBig::new("one dispatch per batch needs all synapses in one shard").into());
        }
        let tiles = if strategy.pulls() { tiles(network, &candidate) } else { Vec::new() };
        let longest_list = network.most_spikes(batch);
        let rounds = pull_rounds(network, &candidate, longest_list);
        let delivery_grid = if strategy.pulls() {
            let split = if limits.quirks.cuts_loops { rounds.div_ceil(u64::from(2 * LOOP_ROUNDS)) as u32 } else { 1 };
            (tiles.len() as u32, split.max(1))
        } else if by_delay {
            // Stored synapses are read four at a time; procedural ones may walk a permutation's cycle, two rounds or so.
            let permuted = network.projections.iter().any(|p| p.permuted() > 0);
            let walked = if permuted { 4 } else { 1 };
            let size = u64::from(candidate.delivery_workgroup_size);
            let projections = network.populations.iter().map(|p| p.out_count).max().unwrap_or(1).clamp(1, 1024);
            let pending = network.most_spikes(network.max_delay + batch);
            // If everything fires: some rounds per pending spike, and all synapses.
            let (rounds, columns) = match sorted_by_delay {
                true => (3 * pending + network.synapses() / (4 * size), 1),
                false => (6 * pending + walked * network.synapses() / size, projections),
            };
            let groups = rounds / u64::from(2 * LOOP_ROUNDS);
            (columns, if limits.quirks.cuts_loops { groups.clamp(64, 65_535) as u32 } else { 2048 / columns })
        } else {
            // A software adapter must share the longest list so finely that no thread's loops are cut.
            let spikes = if limits.quirks.cuts_loops { (longest_list / 64).clamp(4, 65_535) as u32 } else { 256 };
            (network.populations.iter().map(|p| p.out_count).max().unwrap_or(1).clamp(1, 1024), spikes)
        };
        if limits.quirks.cuts_loops && strategy == Strategy::StoredStep {
            let update = step_rounds(network, &candidate);
            if rounds + update > u64::from(2 * LOOP_ROUNDS) {
                return Err(TooBig::new("a software adapter would cut the loops of one dispatch per batch").into());
            }
        }
        let others = if strategy == Strategy::StoredPush { 4 } else { 3 };
        let windows = limits.storage_buffers.saturating_sub(others).clamp(1, MAX_WINDOWS).min(neuron_shards.len() as u32);
        Ok(Self {
            candidate,
            has_synapses,
            delivery,
            note,
            ring_steps,
            stride: stride * BLOCK as u32,
            windows,
            tiles,
            list_entries,
            most_batches,
            constant_weights: limits.quirks.fast_uniforms,
            groups_at_a_time: if limits.quirks.runs_on_processor {
                std::thread::available_parallelism().map_or(1, |n| n.get() as u32)
            } else {
                1
            },
            delivery_grid,
            plastic_groups: plastic_groups(network, longest_list, limits),
            build_split: longest_row(network).div_ceil(64 * LOOP_ROUNDS).max(1),
            batches_per_submission: options.batches_per_submission,
            neuron_shards,
            synapse_shards,
            rows,
            delay_rows,
            textures,
            memory,
        })
    }

    /// Whether pulls and updates are one dispatch.
    pub fn is_fused(&self) -> bool {
        self.candidate.strategy == Strategy::StoredStep
    }

    /// Runs of shards that are advanced and counted one after the other: without synapses they need not wait for each other.
    pub fn groups(&self) -> u32 {
        if self.has_synapses { 1 } else { self.neuron_shards.len() as u32 }
    }

    /// Textures that hold the synapses.
    pub fn texture_count(&self) -> u32 {
        self.textures.map_or(0, |t| (self.synapse_shards.len() as u32).div_ceil(t.shards_each))
    }

    /// Whether spikes are delivered when they are due, before the update of that batch.
    pub fn is_by_delay(&self) -> bool {
        self.candidate.strategy.waits()
    }
}

impl fmt::Display for GpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if !self.has_synapses {
            // No delay: there are no synapses, and nothing to say about how they are delivered.
            return write!(
                f,
                "no synapses, neurons in {} shard{}, workgroups of {}, {} steps per batch, {}",
                self.neuron_shards.len(),
                plural(self.neuron_shards.len()),
                self.candidate.workgroup_size,
                self.candidate.batch,
                human_bytes(self.memory.total())
            );
        }
        write!(
            f,
            "{}, neurons in {} shard{}, {}, {}",
            synapses_words(self.delivery, &self.memory, Some(self.synapse_shards.len())),
            self.neuron_shards.len(),
            plural(self.neuron_shards.len()),
            self.candidate,
            human_bytes(self.memory.total())
        )
    }
}

/// Rounds of the loop over the elapsed steps' bits in which a trace decays: bits of as many steps as a trace of 30 bits lives, for any
/// time constant in use.
const DECAY_ROUNDS: u64 = 20;

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

/// Bytes the list of spikes may take without a word: enough for long submissions of small networks.
const LIST_BYTES: u64 = 4 << 20;
/// Most batches of a submission.
const MOST_BATCHES: u64 = 4096;

/// Entries of the circular list of spikes for a number of slots and steps of history, and batches whose spikes fit it even if every
/// neuron fires as often as it can.
fn spike_list(network: &Network, slots: u64, batch: u32, history: u32, binding: u64, most: u64) -> (u32, u32) {
    let slots = slots.max(1);
    // Without synapses, a shard at a time has the list for itself.
    let needed = |steps: u32| network.most_spikes(steps).min(slots * network.most_spikes_of_one(steps));
    // What must fit, and for longer submissions what may be taken without a word.
    let least = needed(batch + history);
    let entries = least.max(slots.max((LIST_BYTES / 8).min(64 * slots)).min((binding / 8).saturating_sub(3)));
    let mut batches = 1;
    while batches < most.max(1) && needed((batches as u32 + 1) * batch + history) <= entries {
        batches += 1;
    }
    (u32::try_from(entries + 1).unwrap_or(u32::MAX), batches as u32)
}

/// Texels of a row of a texture of synapses, each of four words; also the most rows every adapter grants.
pub const TEXTURE_WIDTH: u32 = 8192;
/// Words of such a row.
const TEXTURE_ROW_WORDS: u64 = 4 * TEXTURE_WIDTH as u64;
/// Most bytes of a texture: what llvmpipe allocates.
const TEXTURE_BYTES: u64 = 1 << 30;
/// Shards a texture may hold, and textures a pass may bind.
const SHARDS_PER_TEXTURE: u64 = 8;
const MAX_TEXTURES: u64 = 4;

/// How textures hold shards of synapses, one below the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Textures {
    /// Shards each but the last one holds.
    pub shards_each: u32,
    /// Rows of texels from one shard to the next.
    pub shard_rows: u32,
}

impl Textures {
    /// `None` if there are too many shards for the textures a pass binds.
    fn new(shard_words: u64, shards: usize) -> Option<Self> {
        let shard_rows = shard_words / TEXTURE_ROW_WORDS;
        let rows = u64::from(TEXTURE_WIDTH).min(TEXTURE_BYTES / 4 / TEXTURE_ROW_WORDS);
        let shards_each = (rows / shard_rows.max(1)).min(SHARDS_PER_TEXTURE);
        let enough = shard_rows > 0 && shards_each > 0 && (shards as u64).div_ceil(shards_each) <= MAX_TEXTURES;
        enough.then_some(Self { shards_each: shards_each as u32, shard_rows: shard_rows as u32 })
    }
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
    let drawn = network.populations.iter().map(|p| p.poisson.len()).max().unwrap_or(0) as u64;
    let passes = (candidate.tile_blocks * BLOCK as u32 / 4).div_ceil(candidate.workgroup_size.max(1));
    u64::from(passes) * (1 + u64::from(candidate.batch) * (2 + drawn))
}

fn longest_row(network: &Network) -> u32 {
    network.projections.iter().map(Projection::longest_row).max().unwrap_or(0)
}
