//! How an adapter will run a network, as a value.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::fmt;
use std::ops::Range;

use super::buffer::PlannedBuffer;
use super::by_delay::DelayRows;
use super::candidate::Candidate;
use super::dispatches::Dispatches;
use super::rows::{RowLayout, SynapseShard, Tile};
use super::{Delivery, Memory, Strategy, synapses_words};
use crate::error::human_bytes;
use crate::neuron::BLOCK;

/// How the GPU engine runs a network.
#[derive(Debug, Clone)]
pub struct GpuPlan {
    /// How it runs.
    pub candidate: Candidate,
    /// How large its dispatches may become.
    pub dispatches: Dispatches,
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
    /// Batches whose spikes fit the list, whatever fires: so many between one census and the next.
    pub most_batches: u32,
    /// Workgroups of a census, and whether they count in their own memory first: for few populations.
    pub census: (u32, bool),
    /// Most census of a submission.
    pub segments: u32,
    /// Spikes that can be recorded in a submission.
    pub record_entries: u64,
    /// Whether weights are read from a uniform buffer: fast on software adapters, slow on GPUs, whose threads take turns there.
    pub constant_weights: bool,
    /// Workgroups of a delivery: along x those that share a spike's projections, or tiles, and along y those that share the spikes.
    pub delivery_grid: (u32, u32),
    /// Workgroups that run at a time, each from a contiguous part of a dispatch of its own; 1 where that is not known.
    pub groups_at_a_time: u32,
    /// Workgroups of an update that steps only those who are awake.
    pub awake_groups: u32,
    /// How many times four synapses of an own spike's row a thread reads before it adds any of them: 1, 2 or 4.
    pub reads_ahead: u32,
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
    /// Every buffer it asks the device for.
    pub buffers: Vec<PlannedBuffer>,
    /// Memory by part: the sums of those that stay.
    pub memory: Memory,
}

impl GpuPlan {
    /// Whether pulls and updates are one dispatch.
    pub fn is_fused(&self) -> bool {
        self.candidate.strategy == Strategy::StoredStep
    }

    /// Whether every workgroup delivers the spikes of its own neurons.
    pub fn is_own(&self) -> bool {
        self.candidate.strategy == Strategy::StoredOwn
    }

    /// Whether a delivery of its own follows every update.
    pub fn delivers_after(&self) -> bool {
        !self.is_by_delay() && !self.is_fused() && !self.is_own()
    }

    /// Runs of shards that are advanced and counted one after the other: without synapses they need not wait for each other.
    pub fn groups(&self) -> u32 {
        if self.has_synapses { 1 } else { self.neuron_shards.len() as u32 }
    }

    /// Parameters that a batch takes: one for each dispatch of its most divided pass.
    pub fn parameters_each(&self) -> u32 {
        let d = &self.dispatches;
        d.parts.max(d.plastic_parts).max(d.update_parts)
    }

    /// Parameters of a longest submission: for each group of shards those of its batches, of what a fused plan delivers after them, and of
    /// every census.
    pub fn parameters(&self) -> u32 {
        let waking = u32::from(self.candidate.rests);
        waking + self.groups() * ((self.most_batches * self.segments + 1) * self.parameters_each() + self.segments)
    }

    /// Whether a batch whose spikes are a burst has been advanced itself: where they are delivered after its update.
    pub fn bursts_after_updates(&self) -> bool {
        !self.is_by_delay() && !self.is_fused()
    }

    /// Workgroups of the update, or of the dispatch it is part of, with all its shards and parts.
    pub fn workgroups(&self) -> u32 {
        let blocks = self.neuron_shards.iter().map(|s| s.end - s.start).sum::<u32>();
        match self.candidate.strategy {
            Strategy::StoredStep => self.tiles.len() as u32,
            Strategy::StoredOwn => blocks,
            _ if self.candidate.rests => self.awake_groups,
            _ => (blocks * (BLOCK as u32 / 4)).div_ceil(self.candidate.workgroup_size),
        }
    }

    /// Dispatches of a step, on the mean of a batch: updates and deliveries of all shards and parts.
    pub fn dispatches_per_step(&self) -> f64 {
        let shards = self.neuron_shards.len() as u32;
        let deliveries =
            shards.div_ceil(self.windows) * if self.textures.is_some() { 1 } else { self.synapse_shards.len() as u32 };
        let each = match (self.has_synapses, self.is_fused() || self.is_own()) {
            (_, true) => 1,
            (false, _) => shards * self.dispatches.update_parts,
            (true, _) => shards * self.dispatches.update_parts + deliveries * self.dispatches.parts,
        };
        f64::from(each) / f64::from(self.candidate.batch)
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

/// Texels of a row of a texture of synapses, each of four words; also the most rows every adapter grants.
pub const TEXTURE_WIDTH: u32 = 8192;
/// Words of such a row.
pub(super) const TEXTURE_ROW_WORDS: u64 = 4 * TEXTURE_WIDTH as u64;
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
    pub(super) fn new(shard_words: u64, shards: usize) -> Option<Self> {
        let shard_rows = shard_words / TEXTURE_ROW_WORDS;
        let rows = u64::from(TEXTURE_WIDTH).min(TEXTURE_BYTES / 4 / TEXTURE_ROW_WORDS);
        let shards_each = (rows / shard_rows.max(1)).min(SHARDS_PER_TEXTURE);
        let enough = shard_rows > 0 && shards_each > 0 && (shards as u64).div_ceil(shards_each) <= MAX_TEXTURES;
        enough.then_some(Self { shards_each: shards_each as u32, shard_rows: shard_rows as u32 })
    }

    /// Rows of texels of the texture that holds some shards.
    pub(crate) fn height(&self, shards: &[SynapseShard]) -> u32 {
        let last = shards.last().map_or(0, |s| texture_rows(s.words));
        ((shards.len() as u32).saturating_sub(1) * self.shard_rows + last).max(1)
    }
}

/// Rows of texels that a number of words take.
pub(crate) fn texture_rows(words: u64) -> u32 {
    words.div_ceil(TEXTURE_ROW_WORDS) as u32
}
