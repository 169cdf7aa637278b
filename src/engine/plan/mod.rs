//! Plans: how a network will be laid out and run on one engine, as values that can be looked at before anything runs.

mod buffer;
mod buffers;
mod by_delay;
mod candidate;
mod candidates;
mod cost;
mod cost_gpu;
mod cpu;
pub mod device_model;
mod dispatches;
mod due;
mod gpu;
mod known_devices;
mod limits;
mod memory;
mod pieces;
mod planning;
mod rows;
mod share;
mod summary;

#[cfg(feature = "gpu")]
pub(crate) use buffer::{
    AWAKE_COUNTS, IN_FLIGHT, MEMORY_WORDS, POPULATION_WORDS, PROJECTION_WORDS, RANGES, RECORD_BUFFERS, SEAL_BYTES,
    SPIKES_HEADER_WORDS, STIMULUS_WORDS, TOTAL_BYTES, UNIFORM_STRIDE, UNIFORM_WORDS,
};
pub use buffer::{BufferKind, BufferPhase, PlannedBuffer};
pub use by_delay::{DelayRows, Outgoing};
pub(crate) use candidate::RATE_HZ;
pub use candidate::{Candidate, Estimate};
pub use cpu::CpuPlan;
pub(crate) use cpu::FEW;
pub use dispatches::Dispatches;
pub use due::DueRows;
#[cfg(feature = "gpu")]
pub(crate) use gpu::texture_rows;
pub use gpu::{GpuPlan, TEXTURE_WIDTH, Textures};
pub use known_devices::{KnownDevice, known_devices};
pub use limits::{AdapterLimits, AdapterMemory, Barred, Quirks};
pub use memory::Memory;

pub use crate::error::human_bytes;
#[cfg(feature = "gpu")]
pub(crate) use pieces::pieces;
pub use rows::{ROW_UNIT, RowLayout, SynapseShard, Tile};
#[cfg(feature = "gpu")]
pub(crate) use rows::{tile_slots, tiles_of};
pub use share::{Rhythm, Share};
pub use summary::PlanSummary;

use crate::network::Network;

/// How spikes reach their targets. Both forms give the same spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Synapses are evaluated once and kept, 4 bytes each.
    Stored,
    /// Synapses are evaluated whenever a spike is delivered; no memory at all.
    Procedural,
}

impl Delivery {
    /// Word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Delivery::Stored => "stored",
            Delivery::Procedural => "procedural",
        }
    }
}

/// How the work of delivering is dealt out on an adapter. All give the same spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// A workgroup evaluates a spike's synapses and adds them to the ring buffers.
    ProceduralPush,
    /// Delays rise along the rows, and a workgroup evaluates those of a spike's synapses that are due.
    ProceduralByDelay,
    /// A workgroup reads a spike's synapses and adds them to the ring buffers.
    StoredPush,
    /// Rows are sorted by delay, and a workgroup reads those of a spike's synapses that are due.
    StoredByDelay,
    /// A workgroup owns a tile of neurons and reads, of every spike's synapses, those that go to its tile.
    StoredPull,
    /// The same in one dispatch with the update of the tile.
    StoredStep,
    /// A workgroup owns a block of neurons, and adds what its own spikes send to the ring buffers, in one dispatch with their update.
    StoredOwn,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Strategy; 7] = [
        Strategy::ProceduralPush,
        Strategy::ProceduralByDelay,
        Strategy::StoredPush,
        Strategy::StoredByDelay,
        Strategy::StoredPull,
        Strategy::StoredStep,
        Strategy::StoredOwn,
    ];

    /// Whether it rests on memory that the threads of a workgroup share behind a barrier, or on counters there: rows are sorted with them,
    /// and pulls and blocks share what they are to deliver.
    pub fn shares_memory(self) -> bool {
        self.pulls() || matches!(self, Strategy::StoredByDelay | Strategy::StoredOwn)
    }

    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Strategy::ProceduralPush => "procedural push",
            Strategy::ProceduralByDelay => "procedural push of what is due",
            Strategy::StoredPush => "stored push",
            Strategy::StoredByDelay => "stored push of what is due",
            Strategy::StoredPull => "stored pull by tile",
            Strategy::StoredStep => "stored pull by tile, one dispatch per batch",
            Strategy::StoredOwn => "stored push of own spikes, one dispatch per batch",
        }
    }

    /// Whether it keeps synapses.
    pub fn delivery(self) -> Delivery {
        match self {
            Strategy::ProceduralPush | Strategy::ProceduralByDelay => Delivery::Procedural,
            _ => Delivery::Stored,
        }
    }

    /// Whether spikes are delivered when they are due, before the update of that batch.
    pub fn waits(self) -> bool {
        matches!(self, Strategy::StoredByDelay | Strategy::ProceduralByDelay)
    }

    /// Whether rows are sorted by delay.
    pub fn sorts_by_delay(self) -> bool {
        matches!(self, Strategy::StoredByDelay | Strategy::StoredOwn)
    }

    /// Whether rows are sorted by tile.
    pub fn pulls(self) -> bool {
        matches!(self, Strategy::StoredPull | Strategy::StoredStep)
    }
}

/// How a workgroup walks the parts of rows that go to its tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Walk {
    /// Part by part; the threads share each.
    Serial,
    /// As many parts as threads at a time; the threads share their synapses evenly, whatever the parts' lengths.
    Balanced,
    /// Balanced, with sums by subgroup operations.
    Subgroups,
}

/// Choices a caller may make; what is left open the plan decides. None of them changes a result.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether synapses are stored.
    pub delivery: Option<Delivery>,
    /// Exactly this way to run, as a trial has found it (GPU); where it is impossible the plan decides.
    pub candidate: Option<Candidate>,
    /// Steps advanced before their spikes are delivered; at most the network's shortest delay and 16.
    pub batch: Option<u32>,
    /// Threads of a workgroup (GPU).
    pub workgroup_size: Option<u32>,
    /// Batches encoded per submission (GPU).
    pub batches_per_submission: Option<u32>,
    /// Largest storage binding to use, bytes (GPU): forces shards.
    pub max_binding_bytes: Option<u64>,
    /// Most synaptic events of a dispatch (GPU); by default what no driver's watchdog minds.
    pub most_dispatch_events: Option<u64>,
    /// Quirks to plan for instead of the adapter's own (GPU), for trials.
    pub quirks: Option<Quirks>,
    /// Partitions of the network (CPU); by default one per thread.
    pub partitions: Option<usize>,
    /// Most neurons in a vector (CPU); by default as many as the processor's vectors hold.
    pub lanes: Option<u32>,
    /// Whether stored synapses are delivered in the step they are due instead of into ring buffers (CPU), where that is possible; by default where
    /// it is expected to be faster.
    pub when_due: Option<bool>,
    /// Memory the plan may use, bytes; by default what the machine or the adapter has to give.
    pub memory_bytes: Option<u64>,
    /// Free memory of this machine, bytes, of which plans leave an eighth; by default what Linux tells, and without limit elsewhere.
    pub machine_memory_bytes: Option<u64>,
    /// Step every neuron in every step, also those at rest that nothing reaches: for comparisons.
    pub steps_all: bool,
    /// Keep every spike, to be taken with [`crate::engine::Engine::take_spikes`].
    pub record: bool,
    /// The part of the network that the engine owns, if it shares it with others ([`crate::engine::ranks`]): it knows the state of these neurons,
    /// counts their spikes, and delivers what ends at them. An adapter owns blocks that follow each other.
    pub share: Option<Share>,
    /// Whether spikes travel to those it is shared with while the next batch is advanced, where delays allow: batches are half as long then.
    pub overlap: Option<bool>,
}

/// How synapses are held, in words.
fn synapses_words(delivery: Delivery, memory: &Memory, shards: Option<usize>) -> String {
    let fixed = match (delivery, memory.synapses, shards) {
        (Delivery::Procedural, ..) => "procedural synapses".to_owned(),
        (Delivery::Stored, 0, _) if memory.plastic > 0 => return "plastic synapses".to_owned(),
        (Delivery::Stored, 0, _) => "no synapses".to_owned(),
        (Delivery::Stored, _, None | Some(1)) => "stored synapses".to_owned(),
        (Delivery::Stored, _, Some(n)) => format!("stored synapses in {n} shards"),
    };
    if memory.plastic > 0 { format!("{fixed} and plastic ones") } else { fixed }
}

/// Steps per batch: what was asked for, within the shortest delay.
fn batch(network: &Network, options: &Options) -> u32 {
    if options.share.is_some() {
        return Rhythm::of(network, options).steps;
    }
    options.batch.unwrap_or(u32::MAX).clamp(1, network.max_batch())
}

#[cfg(test)]
mod tests;
