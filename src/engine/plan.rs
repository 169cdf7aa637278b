//! Plans: how a network will be laid out and run on one engine, as values that can be looked at before anything runs.

use std::fmt;
use std::ops::Range;

use crate::error::{Error, Result};
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

/// Choices a caller may make; what is left open the plan decides. None of them changes a result.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Delivery strategy.
    pub delivery: Option<Delivery>,
    /// Steps advanced before their spikes are delivered; at most the network's shortest delay and 16.
    pub batch: Option<u32>,
    /// Threads of a workgroup (GPU).
    pub workgroup_size: Option<u32>,
    /// Batches encoded per submission (GPU).
    pub batches_per_submission: Option<u32>,
    /// Largest storage binding to use, bytes (GPU): forces shards.
    pub max_binding_bytes: Option<u64>,
    /// Partitions of the network (CPU); by default one per thread.
    pub partitions: Option<usize>,
    /// Memory the plan may use, bytes; by default what the machine has to give.
    pub memory_bytes: Option<u64>,
    /// Keep every spike, to be taken with [`crate::engine::Engine::take_spikes`].
    pub record: bool,
}

/// Memory of a network's parts, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Memory {
    /// Membrane potentials and currents, saved copy included.
    pub state: u64,
    /// Ring buffers of input to come, saved copy included.
    pub ring: u64,
    /// Stored synapses.
    pub synapses: u64,
    /// Row starts, tables, spike lists, counters.
    pub tables: u64,
}

impl Memory {
    /// All parts.
    pub fn total(&self) -> u64 {
        self.state + self.ring + self.synapses + self.tables
    }
}

/// Bytes in a unit people read.
pub fn human_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

/// How synapses are held, in words.
fn synapses_words(delivery: Delivery, memory: &Memory, shards: Option<usize>) -> String {
    match (delivery, memory.synapses, shards) {
        (Delivery::Procedural, ..) => "procedural synapses".to_owned(),
        (Delivery::Stored, 0, _) => "no synapses".to_owned(),
        (Delivery::Stored, _, None | Some(1)) => "stored synapses".to_owned(),
        (Delivery::Stored, _, Some(n)) => format!("stored synapses in {n} shards"),
    }
}

/// How the CPU engine runs a network.
#[derive(Debug, Clone)]
pub struct CpuPlan {
    /// Delivery strategy.
    pub delivery: Delivery,
    /// Why procedural synapses were chosen, if they were not asked for.
    pub note: Option<String>,
    /// Steps per batch.
    pub batch: u32,
    /// Rows of the ring buffers.
    pub ring_steps: u32,
    /// Blocks of each partition.
    pub partitions: Vec<Range<u32>>,
    /// Memory by part.
    pub memory: Memory,
}

impl CpuPlan {
    /// Plans a network.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit in memory in any form.
    pub fn new(network: &Network, options: &Options) -> Result<Self> {
        let batch = batch(network, options);
        let ring_steps = network.max_delay + batch;
        let slots = u64::from(network.slots());
        let blocks = network.slots() / crate::neuron::BLOCK as u32;
        let parts = options.partitions.unwrap_or_else(rayon::current_num_threads).clamp(1, blocks.max(1) as usize) as u64;
        let partitions =
            (0..parts).map(|t| (u64::from(blocks) * t / parts) as u32..(u64::from(blocks) * (t + 1) / parts) as u32).collect();
        let segments: u64 = network.projections.iter().map(|p| u64::from(p.source_size) * parts * 4).sum();
        let mut memory = Memory {
            state: 2 * slots * 4 * u64::from(network.state_variables()),
            ring: if network.projections.is_empty() { 0 } else { 2 * slots * 4 * u64::from(ring_steps * network.channels) },
            synapses: network.synapses() * 4,
            tables: network.projections.iter().map(|p| p.row_bytes()).sum::<u64>() + segments + slots * 4,
        };
        let available = options.memory_bytes.unwrap_or_else(available_memory);
        let (delivery, note) = choose_delivery(network, options, &mut memory, available, "this machine's memory", None)?;
        Ok(Self { delivery, note, batch, ring_steps, partitions, memory })
    }
}

impl fmt::Display for CpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} partition{}, {} step{} per batch, {}",
            synapses_words(self.delivery, &self.memory, None),
            self.partitions.len(),
            if self.partitions.len() == 1 { "" } else { "s" },
            self.batch,
            if self.batch == 1 { "" } else { "s" },
            human_bytes(self.memory.total())
        )
    }
}

/// How the GPU engine runs a network.
#[derive(Debug, Clone)]
pub struct GpuPlan {
    /// Delivery strategy.
    pub delivery: Delivery,
    /// Why procedural synapses were chosen, if they were not asked for.
    pub note: Option<String>,
    /// Steps per batch.
    pub batch: u32,
    /// Rows of the ring buffers.
    pub ring_steps: u32,
    /// Threads per workgroup of an update.
    pub workgroup_size: u32,
    /// Threads per workgroup of a delivery.
    pub delivery_workgroup_size: u32,
    /// Workgroups of a delivery.
    pub delivery_grid: DeliveryGrid,
    /// Workgroups that share a row while synapses are built.
    pub build_split: u32,
    /// Batches encoded per submission; adapted while running unless it was asked for.
    pub batches_per_submission: Option<u32>,
    /// Blocks of each neuron shard.
    pub neuron_shards: Vec<Range<u32>>,
    /// Synapse shards. Procedural synapses have one, without words.
    pub synapse_shards: Vec<SynapseShard>,
    /// Where each row begins in its shard, in units of [`ROW_UNIT`] words: per projection, one entry per sender. Empty for
    /// procedural synapses.
    pub row_units: Vec<Vec<u32>>,
    /// Memory by part.
    pub memory: Memory,
}

/// Workgroups of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryGrid {
    /// One per spike, by indirect dispatch: none idle, which is dear on software adapters.
    PerSpike,
    /// A fixed grid that shares the spikes along x and a spike's outgoing projections along y.
    Fixed {
        /// Workgroups that share the spikes.
        spikes: u32,
        /// Workgroups that share a spike's projections.
        projections: u32,
    },
}

/// The stored synapses of a contiguous range of senders: all rows of a sender lie in one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynapseShard {
    /// Slots of the senders.
    pub slots: Range<u32>,
    /// 32-bit words.
    pub words: u64,
}

/// Rows of stored synapses begin at multiples of this many words.
pub const ROW_UNIT: u32 = 8;

/// What an adapter allows, as far as a plan needs to know.
#[derive(Debug, Clone, Copy)]
pub struct AdapterLimits {
    /// Largest storage binding, bytes.
    pub binding_bytes: u64,
    /// Largest buffer, bytes.
    pub buffer_bytes: u64,
    /// Largest workgroup.
    pub workgroup_size: u32,
    /// Whether it is a software adapter, whose workgroups are cheap in parallelism and dear in number.
    pub software: bool,
}

impl GpuPlan {
    /// Plans a network for an adapter's limits.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit in any form; the message says what would.
    pub fn new(network: &Network, options: &Options, limits: &AdapterLimits) -> Result<Self> {
        let batch = batch(network, options);
        let ring_steps = network.max_delay + batch;
        let slots = u64::from(network.slots());
        let blocks = network.slots() / crate::neuron::BLOCK as u32;
        let binding =
            options.max_binding_bytes.unwrap_or(u64::MAX).min(limits.binding_bytes).min(limits.buffer_bytes).min(1 << 31);
        let has_synapses = network.synapses() > 0;
        let variables = u64::from(network.state_variables());
        let ring_words = if has_synapses { u64::from(ring_steps * network.channels) } else { 0 };
        let per_block = crate::neuron::BLOCK as u64 * 4 * variables.max(ring_words).max(1);
        let shard_blocks = (binding / per_block).min(u64::from(u32::MAX)) as u32;
        if shard_blocks == 0 {
            return Err(Error::TooBig(format!(
                "delays of {ring_steps} steps need {} of ring buffer for one block of neurons, but the adapter binds at most {}; shorten the delays or use --engine cpu",
                human_bytes(per_block),
                human_bytes(binding)
            )));
        }
        let shards = blocks.div_ceil(shard_blocks).max(1);
        let neuron_shards: Vec<Range<u32>> = (0..shards)
            .map(|s| {
                (u64::from(blocks) * u64::from(s) / u64::from(shards)) as u32
                    ..(u64::from(blocks) * (u64::from(s) + 1) / u64::from(shards)) as u32
            })
            .collect();

        let row_entries: u64 = network.projections.iter().map(|p| 2 * p.row_first.len() as u64).sum();
        let list = if has_synapses { slots * 4 * spikes_per_batch(network, batch) } else { 0 };
        for (what, bytes) in [("spike list", list), ("row table", row_entries * 4)] {
            if bytes > binding {
                return Err(Error::TooBig(format!(
                    "{} neurons need a {what} of {}, but the adapter binds at most {}; use --engine cpu, or --neurons up to about {}",
                    network.neurons(),
                    human_bytes(bytes),
                    human_bytes(binding),
                    network.neurons() * binding / bytes
                )));
            }
        }
        let mut memory = Memory {
            state: 2 * slots * 4 * variables,
            ring: 2 * slots * 4 * ring_words,
            synapses: 0,
            tables: row_entries * 4 + list + slots * 4 + (1 << 20),
        };
        let shard_words = binding / 4 / u64::from(ROW_UNIT) * u64::from(ROW_UNIT);
        let layout = lay_out_rows(network, shard_words);
        memory.synapses = layout.as_ref().map_or(0, |(shards, _)| shards.iter().map(|s| s.words * 4).sum());
        let impossible =
            layout.is_none().then(|| format!("the synapses of one neuron pass a binding of {}", human_bytes(binding)));
        let available = options.memory_bytes.unwrap_or(if limits.software { available_memory() } else { u64::MAX });
        let (delivery, note) = choose_delivery(network, options, &mut memory, available, "the adapter's memory", impossible)?;
        let workgroup_size =
            options.workgroup_size.unwrap_or(if limits.software { 64 } else { 128 }).clamp(1, limits.workgroup_size);
        let delivery_workgroup_size = match options.workgroup_size {
            None if limits.software => software_delivery_workgroup(network, delivery).min(limits.workgroup_size),
            _ => workgroup_size,
        };
        let everything = SynapseShard { slots: 0..network.slots(), words: 0 };
        let (synapse_shards, row_units) = match (delivery, layout) {
            (Delivery::Stored, Some(layout)) => layout,
            _ => (vec![everything], Vec::new()),
        };
        let longest_list =
            synapse_shards.iter().map(|s| s.slots.len() as u64 * spikes_per_batch(network, batch)).max().unwrap_or(0);
        let delivery_grid = if limits.software && longest_list < 65_535 {
            DeliveryGrid::PerSpike
        } else {
            // A software adapter must share the longest list so finely that no thread's loops are cut.
            let spikes = if limits.software { (longest_list / 64).clamp(4, 65_535) as u32 } else { 256 };
            DeliveryGrid::Fixed {
                spikes,
                projections: network.populations.iter().map(|p| p.out_count).max().unwrap_or(1).clamp(1, 1024),
            }
        };
        Ok(Self {
            delivery,
            note,
            batch,
            ring_steps,
            workgroup_size,
            delivery_workgroup_size,
            delivery_grid,
            build_split: longest_row(network).div_ceil(64 * LOOP_ROUNDS).max(1),
            batches_per_submission: options.batches_per_submission,
            neuron_shards,
            synapse_shards,
            row_units,
            memory,
        })
    }
}

impl fmt::Display for GpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, neurons in {} shard{}, workgroups of {} (update) and {} (delivery), {} step{} per batch, {}",
            synapses_words(self.delivery, &self.memory, Some(self.synapse_shards.len())),
            self.neuron_shards.len(),
            if self.neuron_shards.len() == 1 { "" } else { "s" },
            self.workgroup_size,
            self.delivery_workgroup_size,
            self.batch,
            if self.batch == 1 { "" } else { "s" },
            human_bytes(self.memory.total())
        )
    }
}

/// Rounds of all loops of a thread that a plan allows for: llvmpipe (Mesa 22.3) cuts them at 65,535.
const LOOP_ROUNDS: u32 = 1 << 14;

/// Threads per workgroup of a delivery on a software adapter: one vector register's worth, because each further one reads the
/// projection anew, or as many as it takes to keep clear of [`LOOP_ROUNDS`].
fn software_delivery_workgroup(network: &Network, delivery: Delivery) -> u32 {
    let out_degree = |p: &crate::network::Population| -> u64 {
        network.outgoing(p).iter().map(|q| 8 + q.row_first.windows(2).map(|w| u64::from(w[1] - w[0])).max().unwrap_or(0)).sum()
    };
    let longest = network.populations.iter().map(out_degree).max().unwrap_or(0);
    // A procedural synapse may walk a permutation's cycle, two rounds or so.
    let rounds = longest * if delivery == Delivery::Procedural { 4 } else { 1 };
    [8, 16, 32, 64, 128].into_iter().find(|size| rounds / u64::from(*size) <= u64::from(LOOP_ROUNDS)).unwrap_or(256)
}

fn longest_row(network: &Network) -> u32 {
    network.projections.iter().flat_map(|p| p.row_first.windows(2).map(|w| w[1] - w[0])).max().unwrap_or(0)
}

/// Spikes a neuron can fire in one batch.
pub fn spikes_per_batch(network: &Network, batch: u32) -> u64 {
    u64::from(batch.div_ceil(network.min_spike_interval))
}

/// Steps per batch: what was asked for, within the shortest delay.
fn batch(network: &Network, options: &Options) -> u32 {
    options.batch.unwrap_or(u32::MAX).clamp(1, network.max_batch())
}

/// Places every row at a multiple of [`ROW_UNIT`] words, sender by sender, and starts a new shard where a sender's rows would
/// not fit. Gives the shards and the rows' places; `None` if one sender's rows pass a shard.
fn lay_out_rows(network: &Network, shard_words: u64) -> Option<(Vec<SynapseShard>, Vec<Vec<u32>>)> {
    let unit = u64::from(ROW_UNIT);
    let mut row_units: Vec<Vec<u32>> = network.projections.iter().map(|p| Vec::with_capacity(p.source_size as usize)).collect();
    let mut shards = vec![SynapseShard { slots: 0..0, words: 0 }];
    for population in &network.populations {
        let first = population.out_first as usize;
        let outgoing = network.outgoing(population);
        for i in 0..population.size {
            let own: u64 = outgoing.iter().map(|p| u64::from(p.row_length(i)).next_multiple_of(unit)).sum();
            if own > shard_words {
                return None;
            }
            let slot = population.first_slot + i;
            let last = shards.last_mut()?;
            if last.words + own > shard_words {
                last.slots.end = slot;
                shards.push(SynapseShard { slots: slot..slot, words: 0 });
            }
            let shard = shards.last_mut()?;
            for (p, units) in outgoing.iter().zip(&mut row_units[first..]) {
                units.push(u32::try_from(shard.words / unit).ok()?);
                shard.words += u64::from(p.row_length(i)).next_multiple_of(unit);
            }
        }
    }
    shards.last_mut()?.slots.end = network.slots();
    Some((shards, row_units))
}

/// Stored synapses where they are possible and fit, unless the caller has chosen.
fn choose_delivery(
    network: &Network,
    options: &Options,
    memory: &mut Memory,
    available: u64,
    whose: &str,
    impossible: Option<String>,
) -> Result<(Delivery, Option<String>)> {
    let wide = network.projections.iter().any(|p| p.word_layout().is_none());
    let impossible = if wide { Some("a synapse needs more than 32 bits".to_owned()) } else { impossible };
    let without = memory.total() - memory.synapses;
    let (delivery, note) = match options.delivery {
        Some(Delivery::Procedural) => (Delivery::Procedural, None),
        _ if impossible.is_some() => (Delivery::Procedural, impossible.map(|why| format!("{why}, so synapses are procedural"))),
        Some(Delivery::Stored) => (Delivery::Stored, None),
        None if memory.total() > available => (
            Delivery::Procedural,
            Some(format!(
                "{} of stored synapses do not fit {whose} ({} free), so synapses are procedural",
                human_bytes(memory.synapses),
                human_bytes(available)
            )),
        ),
        None => (Delivery::Stored, None),
    };
    if delivery == Delivery::Procedural {
        memory.synapses = 0;
    }
    if memory.total() > available {
        let need = format!(
            "{} needs {} for {} neurons and {} synapses, but {whose} has {} free",
            network.scenario.name,
            human_bytes(memory.total()),
            network.neurons(),
            network.synapses(),
            human_bytes(available)
        );
        let way_out = if without <= available {
            format!("use --synapses procedural, which needs {}", human_bytes(without))
        } else {
            let fits = (network.neurons() as f64 * available as f64 / without as f64) as u64;
            format!("about {fits} neurons fit (--neurons {fits}), or try --engine cpu")
        };
        return Err(Error::TooBig(format!("{need}; {way_out}")));
    }
    Ok((delivery, note))
}

/// Free memory of this machine, bytes, less a reserve of an eighth; without limit where the system does not tell.
fn available_memory() -> u64 {
    let Ok(mut system) = sysinfo::System::new() else { return u64::MAX };
    system.refresh_memory();
    match system.available_memory() {
        0 => u64::MAX,
        free => free / 8 * 7,
    }
}

#[cfg(test)]
mod tests;
