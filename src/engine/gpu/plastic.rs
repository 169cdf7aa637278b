//! Plastic projections on a device: their synapses, weights and memories, and the passes that change them.

use super::layout::{self, PlasticProjection};
use super::resources::{Resources, buffer};
use crate::network::plasticity::{Decay, Plasticity, ShortTerm, SpikeMemory, Stdp};
use crate::network::{self, Network};

/// Words of a memory; `MEMORY_WORDS` in `shaders/plastic/rule.wgsl`.
const MEMORY_WORDS: usize = 3;

/// What the device holds of plastic projections.
#[derive(Debug)]
pub(super) struct Plastic {
    /// Target slot with delay, and weight, of every synapse.
    pub(super) synapses: wgpu::Buffer,
    pub(super) incoming: wgpu::Buffer,
    pub(super) memories: wgpu::Buffer,
    /// Copies of synapses and memories.
    saved: Option<[wgpu::Buffer; 2]>,
    /// The same at time 0.
    initial: [Vec<u32>; 2],
    /// First synapse of every projection, and the end.
    first: Vec<u32>,
    /// Projections, and workgroups that share the spikes of a step.
    pub(super) grid: (u32, u32),
}

/// Everything about plastic projections that is told in words: entries of the tables and contents of the buffers.
#[derive(Debug, Default)]
pub(super) struct Words {
    projections: Vec<PlasticProjection>,
    /// Rows, columns and decays; places in them count from the first.
    lists: Vec<u32>,
    synapses: Vec<u32>,
    incoming: Vec<u32>,
    memories: Vec<u32>,
    first: Vec<u32>,
}

impl Words {
    pub(super) fn new(network: &Network) -> Self {
        let mut words = Self::default();
        let slot_bits = 32 - network.slots().saturating_sub(1).leading_zeros();
        for p in &network.plastic {
            words.first.push(words.synapses.len() as u32 / 2);
            words.add(network, p, slot_bits);
        }
        words.first.push(words.synapses.len() as u32 / 2);
        words
    }

    fn list(&mut self, values: impl IntoIterator<Item = u32>) -> u32 {
        let first = self.lists.len() as u32;
        self.lists.extend(values);
        first
    }

    fn decay(&mut self, table: &Decay) -> u32 {
        self.list(table.iter().map(|x| *x as u32))
    }

    fn forget(&mut self, neurons: u32) -> u32 {
        let first = self.memories.len() as u32;
        self.memories
            .extend((0..neurons).flat_map(|_| [SpikeMemory::NONE.x as u32, SpikeMemory::NONE.u as u32, SpikeMemory::NONE.last]));
        first
    }

    fn add(&mut self, network: &Network, p: &network::PlasticProjection, slot_bits: u32) {
        let c = &p.projection;
        let (source, target) = (&network.populations[c.source], &network.populations[c.target]);
        let begin = self.synapses.len() as u32 / 2;
        let mut columns: Vec<Vec<[u32; 2]>> = vec![Vec::new(); if p.stdp().is_some() { c.target_size as usize } else { 0 }];
        let mut rows = vec![begin];
        for i in 0..c.source_size {
            let row = c.row(i);
            for s in (0..c.row_length(i)).map(|k| row.synapse(k)) {
                if let Some(column) = columns.get_mut(s.target as usize) {
                    column.push([self.synapses.len() as u32 / 2, i]);
                }
                let weight = c.weights[s.weight_level as usize] as u32;
                self.synapses.extend([(target.first_slot + s.target) | s.delay << slot_bits, weight]);
            }
            rows.push(self.synapses.len() as u32 / 2);
        }
        let mut column_ends = vec![self.incoming.len() as u32 / 2];
        for column in columns {
            self.incoming.extend(column.iter().flatten());
            column_ends.push(self.incoming.len() as u32 / 2);
        }
        let common = PlasticProjection {
            source_first_slot: source.first_slot,
            source_size: c.source_size,
            target_first_slot: target.first_slot,
            target_size: c.target_size,
            rows_first: self.list(rows),
            senders_first: self.forget(c.source_size),
            channel: c.channel,
            slot_bits,
            ..Default::default()
        };
        let own = match &p.rule {
            Plasticity::Stdp(stdp) => self.stdp(common, stdp, p.delay(), column_ends),
            Plasticity::ShortTerm(rule) => self.short_term(common, rule),
        };
        self.projections.push(own);
    }

    fn stdp(&mut self, common: PlasticProjection, rule: &Stdp, delay: u32, column_ends: Vec<u32>) -> PlasticProjection {
        PlasticProjection {
            stdp: 1,
            columns_first: self.list(column_ends),
            targets_first: self.forget(common.target_size),
            delay,
            nearest: u32::from(rule.nearest),
            trace_bits: rule.trace_bits,
            plus: rule.plus.mantissa,
            plus_shift: rule.plus.shift,
            plus_limit: rule.plus_limit,
            minus: rule.minus.mantissa,
            minus_shift: rule.minus.shift,
            minus_limit: rule.minus_limit,
            mu_plus: u32::from(rule.mu_plus),
            mu_minus: u32::from(rule.mu_minus),
            scale: rule.w_max,
            decay_plus: self.decay(&rule.decay_plus),
            decay_minus: self.decay(&rule.decay_minus),
            ..common
        }
    }

    fn short_term(&mut self, common: PlasticProjection, rule: &ShortTerm) -> PlasticProjection {
        PlasticProjection {
            scale: rule.u,
            decay_plus: self.decay(&rule.recovery),
            decay_minus: self.decay(&rule.facilitation),
            ..common
        }
    }

    /// The entries of the tables if they begin at a place.
    pub(super) fn tables(&self, place: u32) -> Vec<u32> {
        let lists = place + (self.projections.len() * size_of::<PlasticProjection>() / 4) as u32;
        let placed: Vec<PlasticProjection> = self
            .projections
            .iter()
            .map(|p| PlasticProjection {
                rows_first: p.rows_first + lists,
                columns_first: p.columns_first + lists,
                decay_plus: p.decay_plus + lists,
                decay_minus: p.decay_minus + lists,
                ..*p
            })
            .collect();
        [bytemuck::cast_slice(&placed), &self.lists[..]].concat()
    }
}

impl Plastic {
    pub(super) fn new(device: &wgpu::Device, words: Words, spike_groups: u32) -> Self {
        let copied = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let held = |label, words: &[u32]| buffer(device, label, words.len() as u64 * 4, copied);
        debug_assert_eq!(MEMORY_WORDS, size_of::<layout::SpikeMemory>() / 4);
        Self {
            synapses: held("plastic synapses", &words.synapses),
            incoming: super::resources::upload(device, "incoming synapses", bytemuck::cast_slice(&padded(&words.incoming))),
            memories: held("memories", &words.memories),
            saved: None,
            grid: (words.projections.len() as u32, spike_groups),
            first: words.first,
            initial: [words.synapses, words.memories],
        }
    }

    /// Writes weights and memories as they are at time 0.
    pub(super) fn write_start(&self, queue: &wgpu::Queue) {
        for (buffer, words) in [&self.synapses, &self.memories].into_iter().zip(&self.initial) {
            queue.write_buffer(buffer, 0, bytemuck::cast_slice(words));
        }
    }

    /// The synapses of a projection: where their words begin, and how many words there are.
    pub(super) fn range(&self, index: usize) -> (u64, u64) {
        let (first, end) = (u64::from(self.first[index]), u64::from(self.first[index + 1]));
        (first * 8, (end - first) * 2)
    }

    /// Records a copy of weights and memories.
    pub(super) fn encode_save(&mut self, device: &wgpu::Device, encoder: &mut wgpu::CommandEncoder) {
        let copied = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let own = [&self.synapses, &self.memories];
        let saved = self.saved.get_or_insert_with(|| own.map(|b| buffer(device, "saved plastic", b.size(), copied)));
        for (from, to) in own.into_iter().zip(saved.iter()) {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
        }
    }

    /// Records the way back.
    pub(super) fn encode_restore(&self, encoder: &mut wgpu::CommandEncoder) {
        for (from, to) in self.saved.iter().flatten().zip([&self.synapses, &self.memories]) {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
        }
    }
}

/// No buffer may be empty.
fn padded(words: &[u32]) -> Vec<u32> {
    if words.is_empty() { vec![0; 4] } else { words.to_vec() }
}

impl Resources {
    /// The passes of plastic projections with the parameters of a batch, in the order in which a synapse sees what happens in a step.
    pub(super) fn dispatch_plastic(&self, pass: &mut wgpu::ComputePass<'_>, batch: u32) {
        let Some((plastic, passes)) = &self.plastic else { return };
        for (pipeline, group) in passes {
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, group, &[batch, self.neuron_shards[0].uniform]);
            pass.dispatch_workgroups(plastic.grid.0, plastic.grid.1, 1);
        }
    }
}
