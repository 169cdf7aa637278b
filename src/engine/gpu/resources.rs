//! Buffers, pipelines and bind groups of one network on one device.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use super::buffers::{Arena, COPIED, STORAGE, UNIFORM_STRIDE, strided};
use super::compiled::Pipelines;
use super::device::Device;
use super::layout::{Batch, Shard};
use super::light::Light;
use super::pipelines::Pipeline;
use super::plastic::Plastic;
use super::plastic_words::Words;
use super::shaders::Pass;
use super::tables::{Places, Tables, TablesFor};
use super::windows::Windows;
use crate::engine::plan::{Delivery, GpuPlan, RECORD_BUFFERS, SynapseShard, TEXTURE_WIDTH};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::neuron::BLOCK;

/// What the device holds for a network.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) neuron_shards: Vec<NeuronShard>,
    /// One per shard; or none, if textures hold them.
    pub(super) synapse_shards: Vec<wgpu::Buffer>,
    pub(super) textures: Vec<wgpu::Texture>,
    /// Header (events, recorded, whether a delivery was cut short) and the circular list of spikes.
    pub(super) spikes: wgpu::Buffer,
    /// Where in the list the spikes of each batch lie.
    pub(super) ranges: wgpu::Buffer,
    /// Blocks whose spikes have been left to the host, where workgroups deliver their own.
    pub(super) left: Option<wgpu::Buffer>,
    /// Copies of spikes and ranges.
    pub(super) saved_spikes: Option<wgpu::Buffer>,
    pub(super) saved_ranges: Option<wgpu::Buffer>,
    /// Submissions take turns with these.
    pub(super) records: Vec<wgpu::Buffer>,
    /// Where its buffers come from.
    pub(super) arena: Arena,
    pub(super) totals: wgpu::Buffer,
    /// What passes of all kinds bind.
    common: Common,
    /// What notes when neurons fire, if somebody draws.
    pub(super) light: Option<Light>,
    /// What counts who fires in windows, if somebody asks.
    pub(super) windows: Option<Windows>,
    pub(super) batches: wgpu::Buffer,
    pub(super) init: Pipeline,
    pub(super) wake_all: Option<Pipeline>,
    /// One per model the network uses: updates, or steps if the plan fuses them with pulls.
    pub(super) updates: Vec<Pipeline>,
    /// Push or pull.
    pub(super) deliver: Option<Pipeline>,
    pub(super) reduce: Pipeline,
    pub(super) census: Pipeline,
    /// One for each buffer of records.
    pub(super) census_groups: Vec<wgpu::BindGroup>,
    pub(super) deliveries: Vec<DeliveryGroup>,
    /// Plastic projections and their passes.
    pub(super) plastic: Option<(Plastic, Vec<(Pipeline, wgpu::BindGroup)>)>,
    pub(super) populations: u32,
    /// Whether anything is tallied: whether any population has a background drive.
    pub(super) draws: bool,
    pub(super) max_groups: u32,
}

/// A delivery from one synapse shard to one or more neuron shards.
#[derive(Debug)]
pub(super) struct DeliveryGroup {
    pub(super) group: wgpu::BindGroup,
    /// Offset of its shard uniform.
    pub(super) uniform: u32,
}

/// A contiguous range of blocks with its own state, ring buffers and tallies.
#[derive(Debug)]
pub(super) struct NeuronShard {
    /// Threads of four neurons.
    pub(super) threads: u32,
    pub(super) uniform: u32,
    pub(super) state: wgpu::Buffer,
    pub(super) ring: wgpu::Buffer,
    pub(super) tallies: wgpu::Buffer,
    pub(super) saved: Option<(wgpu::Buffer, wgpu::Buffer)>,
    /// Who is awake, where those who rest are left alone, and what puts all on the list.
    pub(super) awake: Option<(wgpu::Buffer, wgpu::BindGroup)>,
    pub(super) init: wgpu::BindGroup,
    pub(super) updates: Vec<wgpu::BindGroup>,
    pub(super) reduce: wgpu::BindGroup,
}

impl Resources {
    /// All that a network needs: its synapses are built, and there is room for saved states.
    pub(super) fn whole(network: &Network, plan: &GpuPlan, device: &Device, record: bool) -> Result<Self> {
        let mut resources = Self::new(network, plan, device, record)?;
        if plan.delivery == Delivery::Stored && network.static_synapses() > 0 {
            resources.build_synapses(network, plan, device)?;
        }
        // Recording runs go on from where they are and save nothing.
        if !record {
            resources.make_room(&device.device)?;
        }
        Ok(resources)
    }

    fn new(network: &Network, plan: &GpuPlan, device: &Device, record: bool) -> Result<Self> {
        let d = &device.device;
        let mut arena = Arena::new(plan);
        let words = Words::new(network);
        let flat = Tables::new(network, plan, TablesFor::Run, &words);
        let tables = arena.filled(d, "tables", bytemuck::cast_slice(&flat.words), STORAGE)?;
        let spikes = arena.buffer(d, "spikes", COPIED)?;
        let ranges = arena.buffer(d, "ranges", COPIED)?;
        let turns = if record { RECORD_BUFFERS } else { 1 };
        let records = (0..turns).map(|_| arena.buffer(d, "records", COPIED)).collect::<Result<Vec<_>>>()?;
        let totals = arena.buffer(d, "totals", COPIED)?;
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let batches = arena.buffer(d, "batches", uniform)?;
        let uniforms = ShardUniforms::new(network, plan, flat.places);
        let shards = arena.filled(d, "shards", &uniforms.bytes, uniform)?;
        let held = if plan.textures.is_some() { 0 } else { plan.synapse_shards.iter().filter(|s| s.words > 0).count() };
        let synapse_shards = (0..held).map(|_| arena.buffer(d, "synapses", STORAGE)).collect::<Result<Vec<_>>>()?;
        let textures = synapse_textures(d, plan, &mut arena)?;
        let views: Vec<wgpu::TextureView> = textures.iter().map(|t| t.create_view(&Default::default())).collect();

        let constants = constants_buffer(d, &mut arena, "constants", &flat)?;
        let pipelines = Pipelines::new(network, plan, d, constants.is_some(), record)?;
        let rings = plan.neuron_shards.iter().map(|_| arena.buffer(d, "ring", COPIED)).collect::<Result<Vec<_>>>()?;
        let left = if plan.is_own() { Some(arena.buffer(d, "left", COPIED)?) } else { None };
        let common = Common {
            batches: batches.clone(),
            shards,
            tables,
            constants,
            spikes: spikes.clone(),
            ranges: ranges.clone(),
            left: left.clone(),
        };
        let lists = match plan.candidate.rests {
            true => plan.neuron_shards.iter().map(|_| arena.buffer(d, "awake", COPIED)).collect::<Result<Vec<_>>>()?,
            false => Vec::new(),
        };
        // One buffer must not be bound twice to be written, so spare windows have a buffer of their own.
        let spare = arena.buffer(d, "spare window", STORAGE)?;
        let mut neuron_shards = Vec::new();
        for (i, blocks) in plan.neuron_shards.iter().enumerate() {
            let threads = (blocks.end - blocks.start) * (BLOCK as u32 / 4);
            let state = arena.buffer(d, "state", COPIED)?;
            let tallies = arena.buffer(d, "tallies", COPIED)?;
            let group = |p: &Pipeline| {
                p.bind(d, |name| match name {
                    "state" => Some(state.as_entire_binding()),
                    "ring" => Some(rings[i].as_entire_binding()),
                    "tallies" => Some(tallies.as_entire_binding()),
                    "synapses" => Some(synapse_shards.first().unwrap_or(&spare).as_entire_binding()),
                    "totals" => Some(totals.as_entire_binding()),
                    "awake" => lists.get(i).map(|list| list.as_entire_binding()),
                    _ => common.find(name),
                })
            };
            let awake = match (lists.get(i), &pipelines.wake_all) {
                (Some(list), Some(pipeline)) => Some((list.clone(), group(pipeline)?)),
                _ => None,
            };
            let updates = pipelines.updates.iter().map(group).collect::<Result<_>>()?;
            let (init, reduce) = (group(&pipelines.init)?, group(&pipelines.reduce)?);
            let (ring, uniform) = (rings[i].clone(), uniforms.neuron(i));
            neuron_shards.push(NeuronShard { threads, uniform, init, updates, reduce, state, ring, tallies, saved: None, awake });
        }
        let mut deliveries = Vec::new();
        if let Some(deliver) = &pipelines.deliver {
            let windows = plan.windows as usize;
            for (first, rings) in rings.chunks(windows).enumerate() {
                // Textures are one shard to a delivery.
                for j in 0..synapse_shards.len().max(1) {
                    let group = deliver.bind(d, |name| {
                        let numbered = |head: &str| name.strip_prefix(head).and_then(|i| i.parse::<usize>().ok());
                        if let Some(view) = numbered("synapses_").and_then(|i| views.get(i)) {
                            return Some(wgpu::BindingResource::TextureView(view));
                        }
                        // A last dispatch with fewer neuron shards has nothing in its spare windows: no slot lies there.
                        if let Some(i) = numbered("ring_").filter(|i| *i < windows) {
                            return Some(rings.get(i).unwrap_or(&spare).as_entire_binding());
                        }
                        match name {
                            "ring" => Some(rings[0].as_entire_binding()),
                            "synapses" => synapse_shards.get(j).map(|shard| shard.as_entire_binding()),
                            // Then a delivery is for one shard of neurons.
                            "awake" => lists.get(first).map(|list| list.as_entire_binding()),
                            _ => common.find(name),
                        }
                    })?;
                    deliveries.push(DeliveryGroup { group, uniform: uniforms.pair(first * windows, j) });
                }
            }
        }
        let census_group = |records: &wgpu::Buffer| {
            pipelines.census.bind(d, |name| match name {
                "records" => Some(records.as_entire_binding()),
                "totals" => Some(totals.as_entire_binding()),
                _ => common.find(name),
            })
        };
        let census_groups = records.iter().map(census_group).collect::<Result<Vec<_>>>()?;
        let plastic = match network.plastic.is_empty() {
            true => None,
            false => {
                let (size, groups) = plan.plastic_groups;
                let plastic = Plastic::new(d, &mut arena, words, groups)?;
                let mut passes = Vec::new();
                for pass in [Pass::Potentiate, Pass::Send { rests: plan.candidate.rests }, Pass::Remember] {
                    let parts = ("plastic_parts", f64::from(plan.dispatches.plastic_parts));
                    let pipeline =
                        Pipeline::new(d, &pass, common.constants.is_some(), &[("workgroup_size", f64::from(size)), parts])?;
                    let group = pipeline.bind(d, |name| match name {
                        "ring" => Some(rings[0].as_entire_binding()),
                        "plastic" => Some(plastic.synapses.as_entire_binding()),
                        // All neurons are in one shard.
                        "awake" => lists.first().map(|list| list.as_entire_binding()),
                        "incoming" => Some(plastic.incoming.as_entire_binding()),
                        "memories" => Some(plastic.memories.as_entire_binding()),
                        _ => common.find(name),
                    })?;
                    passes.push((pipeline, group));
                }
                Some((plastic, passes))
            }
        };
        device.check()?;
        let Pipelines { init, wake_all, updates, deliver, reduce, census } = pipelines;
        Ok(Self {
            neuron_shards,
            synapse_shards,
            textures,
            spikes,
            ranges,
            left,
            saved_spikes: None,
            saved_ranges: None,
            records,
            arena,
            totals,
            common,
            light: None,
            windows: None,
            batches,
            init,
            wake_all,
            updates,
            deliver,
            reduce,
            census,
            census_groups,
            deliveries,
            plastic,
            populations: network.populations.len() as u32,
            draws: network.populations.iter().any(|p| network.draws(p)),
            max_groups: d.limits().max_compute_workgroups_per_dimension,
        })
    }
}

impl Resources {
    /// Whether the constants of tables are in a uniform buffer.
    pub(super) fn has_uniform_constants(&self) -> bool {
        self.common.constants.is_some()
    }

    /// What passes of all kinds bind, by its name.
    pub(super) fn found(&self, name: &str) -> Option<wgpu::BindingResource<'_>> {
        self.common.find(name)
    }
}

/// Textures for all shards of synapses, if a plan holds them so.
fn synapse_textures(d: &wgpu::Device, plan: &GpuPlan, arena: &mut Arena) -> Result<Vec<wgpu::Texture>> {
    let Some(textures) = plan.textures else { return Ok(Vec::new()) };
    let texture = |shards: &[SynapseShard]| {
        let height = textures.height(shards);
        arena.texture("synapses", 16 * u64::from(TEXTURE_WIDTH) * u64::from(height))?;
        Ok(d.create_texture(&wgpu::TextureDescriptor {
            label: Some("synapses"),
            size: wgpu::Extent3d { width: TEXTURE_WIDTH, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba32Uint,
            usage: wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        }))
    };
    plan.synapse_shards.chunks(textures.shards_each as usize).map(texture).collect()
}

/// The constants of tables in a uniform buffer, if the plan has one.
pub(super) fn constants_buffer(
    device: &wgpu::Device,
    arena: &mut Arena,
    name: &'static str,
    tables: &Tables,
) -> Result<Option<wgpu::Buffer>> {
    if !arena.has(name) {
        return Ok(None);
    }
    let contents = tables.uniform().ok_or_else(|| Error::Internal("constants do not fit their uniform buffer".into()))?;
    arena.filled(device, name, &contents, wgpu::BufferUsages::UNIFORM).map(Some)
}

/// One value at an offset of a uniform buffer.
pub(super) fn sized<T>(buffer: &wgpu::Buffer) -> wgpu::BindingResource<'_> {
    let size = wgpu::BufferSize::new(size_of::<T>() as u64);
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
}

/// Buffers that are the same for all passes, under the names shaders give them.
#[derive(Debug)]
pub(super) struct Common {
    batches: wgpu::Buffer,
    shards: wgpu::Buffer,
    tables: wgpu::Buffer,
    constants: Option<wgpu::Buffer>,
    spikes: wgpu::Buffer,
    ranges: wgpu::Buffer,
    left: Option<wgpu::Buffer>,
}

impl Common {
    fn find(&self, name: &str) -> Option<wgpu::BindingResource<'_>> {
        match name {
            "batch" => Some(sized::<Batch>(&self.batches)),
            "shard" => Some(sized::<Shard>(&self.shards)),
            "tables" => Some(self.tables.as_entire_binding()),
            "constants" => self.constants.as_ref().map(|buffer| buffer.as_entire_binding()),
            "spikes" => Some(self.spikes.as_entire_binding()),
            "ranges" => Some(self.ranges.as_entire_binding()),
            "left" => self.left.as_ref().map(|buffer| buffer.as_entire_binding()),
            _ => None,
        }
    }
}

/// The uniforms of all shards: one per neuron shard, then one per pair of neuron shard and synapse shard.
struct ShardUniforms {
    bytes: Vec<u8>,
    neuron_shards: usize,
    synapse_shards: usize,
}

impl ShardUniforms {
    fn new(network: &Network, plan: &GpuPlan, places: Places) -> Self {
        let synapse_shards = plan.synapse_shards.len();
        let common = shard_uniform(network, plan, places);
        let mut all: Vec<Shard> = plan
            .neuron_shards
            .iter()
            .map(|blocks| Shard {
                first_block: blocks.start,
                blocks: blocks.end - blocks.start,
                first_slot: blocks.start * BLOCK as u32,
                sender_end: network.slots(),
                ..common
            })
            .collect();
        for i in 0..plan.neuron_shards.len() {
            for j in 0..synapse_shards {
                let senders = if plan.textures.is_some() { 0..network.slots() } else { plan.synapse_shards[j].slots.clone() };
                all.push(Shard { sender_first: senders.start, sender_end: senders.end, ..all[i] });
            }
        }
        Self { bytes: strided(&all), neuron_shards: plan.neuron_shards.len(), synapse_shards }
    }

    fn neuron(&self, i: usize) -> u32 {
        i as u32 * UNIFORM_STRIDE as u32
    }

    fn pair(&self, i: usize, j: usize) -> u32 {
        (self.neuron_shards + i * self.synapse_shards + j) as u32 * UNIFORM_STRIDE as u32
    }
}

/// What the uniforms of all shards share.
pub(super) fn shard_uniform(network: &Network, plan: &GpuPlan, places: Places) -> Shard {
    Shard {
        seed_low: network.seed as u32,
        seed_high: (network.seed >> 32) as u32,
        stride: plan.stride,
        ring_steps: plan.ring_steps,
        channels: network.channels,
        populations: network.populations.len() as u32,
        tiles: plan.tiles.len() as u32,
        blocks_first: places.blocks,
        projections_first: places.projections,
        degrees_first: places.degrees,
        pairs_first: places.pairs,
        tiles_first: places.tiles,
        heads_first: places.heads,
        plastic_first: places.plastic,
        stimuli_first: places.stimuli,
        stimulated_first: places.stimulated,
        list_entries: plan.list_entries,
        trial_slots: network.trial_slots(),
        ..Shard::default()
    }
}
