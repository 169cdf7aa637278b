//! Buffers, pipelines and bind groups of one network on one device.

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::device::Device;
use super::layout::{Batch, List, MAX_LISTS, SPIKES_HEADER_WORDS, Shard, Total};
use super::pipelines::{Pipeline, rule_constants};
use super::shaders::Pass;
use super::tables::{Tables, model_number};
use crate::engine::plan::{Delivery, GpuPlan, spikes_per_batch};
use crate::error::Result;
use crate::network::Network;
use crate::neuron::{BLOCK, Model};

/// Dynamic uniform offsets are multiples of this on every device.
pub(super) const UNIFORM_STRIDE: u64 = 256;
/// Threads per workgroup of the passes that are not worth tuning.
pub(super) const PLAIN_GROUP: u32 = 64;

const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE;
const COPIED: wgpu::BufferUsages = STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

/// What the device holds for a network.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) neuron_shards: Vec<NeuronShard>,
    pub(super) synapse_shards: Vec<wgpu::Buffer>,
    /// Header (events, recorded, counts per batch) and spike list.
    pub(super) spikes: wgpu::Buffer,
    /// Lengths of the spike lists of a submission, and what they are reset from.
    pub(super) lists: wgpu::Buffer,
    pub(super) empty_lists: wgpu::Buffer,
    pub(super) records: wgpu::Buffer,
    pub(super) record_entries: u64,
    pub(super) totals: wgpu::Buffer,
    pub(super) batches: wgpu::Buffer,
    pub(super) tables: wgpu::Buffer,
    pub(super) projections: wgpu::Buffer,
    pub(super) init: Pipeline,
    /// One per model the network uses.
    pub(super) updates: Vec<Pipeline>,
    pub(super) deliver: Option<Pipeline>,
    pub(super) reduce: Pipeline,
    /// One delivery per neuron shard and synapse shard, with the offset of its shard uniform.
    pub(super) deliveries: Vec<(wgpu::BindGroup, u32)>,
    pub(super) populations: u32,
    pub(super) max_groups: u32,
}

/// A contiguous range of blocks with its own state, ring buffers and tallies.
#[derive(Debug)]
pub(super) struct NeuronShard {
    pub(super) slots: u32,
    pub(super) uniform: u32,
    pub(super) state: wgpu::Buffer,
    pub(super) ring: wgpu::Buffer,
    pub(super) tallies: wgpu::Buffer,
    pub(super) saved: Option<(wgpu::Buffer, wgpu::Buffer)>,
    pub(super) init: wgpu::BindGroup,
    pub(super) updates: Vec<wgpu::BindGroup>,
    pub(super) reduce: wgpu::BindGroup,
}

/// A buffer of at least 16 bytes.
pub(super) fn buffer(device: &wgpu::Device, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let size = bytes.max(16).next_multiple_of(4);
    device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

impl Resources {
    pub(super) fn new(network: &Network, plan: &GpuPlan, device: &Device, record_entries: u64, record: bool) -> Result<Self> {
        let d = &device.device;
        let flat = Tables::new(network, plan);
        let upload = |label: &str, contents: &[u8]| {
            d.create_buffer_init(&BufferInitDescriptor { label: Some(label), contents, usage: STORAGE })
        };
        let populations = upload("populations", bytemuck::cast_slice(&flat.populations));
        let projections = upload("projections", bytemuck::cast_slice(&flat.projections));
        let tables = upload("tables", bytemuck::cast_slice(&flat.words));
        let has_synapses = network.synapses() > 0;
        let list = if has_synapses { u64::from(network.slots()) * spikes_per_batch(network, plan.batch) } else { 0 };
        let spikes = buffer(d, "spikes", 4 * (u64::from(SPIKES_HEADER_WORDS) + list.max(1)), COPIED);
        let empty = [List::EMPTY; MAX_LISTS as usize];
        let lists = buffer(d, "lists", size_of_val(&empty) as u64, COPIED | wgpu::BufferUsages::INDIRECT);
        let empty_lists = d.create_buffer_init(&BufferInitDescriptor {
            label: Some("empty lists"),
            contents: bytemuck::cast_slice(&empty),
            usage: wgpu::BufferUsages::COPY_SRC,
        });
        let records = buffer(d, "records", record_entries * 8, COPIED);
        let totals = buffer(d, "totals", (network.populations.len() * size_of::<Total>()) as u64, COPIED);
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let batches = buffer(d, "batches", u64::from(MAX_LISTS) * UNIFORM_STRIDE, uniform);
        let uniforms = ShardUniforms::new(network, plan, &flat);
        let shards =
            d.create_buffer_init(&BufferInitDescriptor { label: Some("shards"), contents: &uniforms.bytes, usage: uniform });
        let synapse_shards: Vec<wgpu::Buffer> =
            plan.synapse_shards.iter().map(|s| buffer(d, "synapses", s.words * 4, STORAGE)).collect();

        let models: Vec<Model> = Model::ALL.into_iter().filter(|m| network.populations.iter().any(|p| p.model == *m)).collect();
        let plain = ("workgroup_size", f64::from(PLAIN_GROUP));
        let tuned = ("workgroup_size", f64::from(plan.workgroup_size));
        let flag = |b: bool| f64::from(u8::from(b));
        let init = Pipeline::new(d, Pass::Init, &[plain, ("variables", f64::from(network.state_variables()))]);
        let reduce = Pipeline::new(d, Pass::Reduce, &[plain]);
        let update = |model: &Model| {
            let constants = [
                tuned,
                ("model", f64::from(model_number(*model))),
                ("currents", f64::from(model.synaptic_variables(network.channels))),
                ("has_ring", flag(has_synapses)),
                ("has_list", flag(has_synapses)),
                ("record", flag(record)),
            ];
            Pipeline::new(d, Pass::Update(*model), &constants)
        };
        let updates: Vec<Pipeline> = models.iter().map(update).collect();
        let deliver_pass = match plan.delivery {
            Delivery::Stored => Pass::DeliverStored,
            Delivery::Procedural => Pass::DeliverProcedural,
        };
        let deliver = has_synapses.then(|| {
            Pipeline::new(
                d,
                deliver_pass,
                &[&[("workgroup_size", f64::from(plan.delivery_workgroup_size))][..], &rule_constants(network)].concat(),
            )
        });

        let mut neuron_shards = Vec::new();
        let mut deliveries = Vec::new();
        for (i, blocks) in plan.neuron_shards.iter().enumerate() {
            let slots = u64::from(blocks.end - blocks.start) * BLOCK as u64;
            let ring_words = if has_synapses { slots * u64::from(plan.ring_steps * network.channels) } else { 0 };
            let state = buffer(d, "state", slots * 4 * u64::from(network.state_variables()), COPIED);
            let ring = buffer(d, "ring", ring_words * 4, COPIED);
            let tallies = buffer(d, "tallies", slots / 4 * 16, COPIED);
            let sized = |buffer, bytes: usize| {
                wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: 0,
                    size: wgpu::BufferSize::new(bytes as u64),
                })
            };
            // The buffers behind the binding numbers of the shader files.
            let find = |binding: u32, synapses: usize| match binding {
                0 => sized(&batches, size_of::<Batch>()),
                1 => sized(&shards, size_of::<Shard>()),
                2 => populations.as_entire_binding(),
                3 => tables.as_entire_binding(),
                4 => state.as_entire_binding(),
                5 => ring.as_entire_binding(),
                6 => spikes.as_entire_binding(),
                7 => tallies.as_entire_binding(),
                8 => records.as_entire_binding(),
                9 => projections.as_entire_binding(),
                12 => lists.as_entire_binding(),
                10 => synapse_shards[synapses].as_entire_binding(),
                _ => totals.as_entire_binding(),
            };
            if let Some(deliver) = &deliver {
                for j in 0..synapse_shards.len() {
                    let group = deliver.bind(d, |binding| find(binding, j));
                    deliveries.push((group, uniforms.pair(i, j)));
                }
            }
            let group = |p: &Pipeline| p.bind(d, |binding| find(binding, 0));
            let (init, updates, reduce) = (group(&init), updates.iter().map(group).collect(), group(&reduce));
            neuron_shards.push(NeuronShard {
                slots: slots as u32,
                uniform: uniforms.neuron(i),
                init,
                updates,
                reduce,
                state,
                ring,
                tallies,
                saved: None,
            });
        }
        device.check()?;
        Ok(Self {
            neuron_shards,
            synapse_shards,
            spikes,
            lists,
            empty_lists,
            records,
            record_entries,
            totals,
            batches,
            tables,
            projections,
            init,
            updates,
            deliver,
            reduce,
            deliveries,
            populations: network.populations.len() as u32,
            max_groups: d.limits().max_compute_workgroups_per_dimension,
        })
    }
}

/// The uniforms of all shards: one per neuron shard, then one per pair of neuron shard and synapse shard.
struct ShardUniforms {
    bytes: Vec<u8>,
    neuron_shards: usize,
    synapse_shards: usize,
}

impl ShardUniforms {
    fn new(network: &Network, plan: &GpuPlan, tables: &Tables) -> Self {
        let synapse_shards = plan.synapse_shards.len();
        let mut all = Vec::new();
        for blocks in &plan.neuron_shards {
            all.push(Shard {
                first_block: blocks.start,
                blocks: blocks.end - blocks.start,
                first_slot: blocks.start * BLOCK as u32,
                slots: (blocks.end - blocks.start) * BLOCK as u32,
                ring_steps: plan.ring_steps,
                channels: network.channels,
                home_first: tables.home_first,
                list_first: tables.list_first,
                ..seeded(network)
            });
        }
        for i in 0..plan.neuron_shards.len() {
            for j in 0..synapse_shards {
                all.push(Shard {
                    synapse_shard: j as u32,
                    // Each spike is delivered once per neuron shard; the first of them counts it.
                    count_events: u32::from(i == 0),
                    ..all[i]
                });
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

/// A shard uniform with nothing but the network's seed.
pub(super) fn seeded(network: &Network) -> Shard {
    Shard { seed_low: network.seed as u32, seed_high: (network.seed >> 32) as u32, ..Default::default() }
}

/// Values at multiples of [`UNIFORM_STRIDE`].
pub(super) fn strided<T: bytemuck::Pod>(values: &[T]) -> Vec<u8> {
    let mut bytes = vec![0u8; values.len() * UNIFORM_STRIDE as usize];
    for (value, slot) in values.iter().zip(bytes.chunks_exact_mut(UNIFORM_STRIDE as usize)) {
        slot[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
    }
    bytes
}
