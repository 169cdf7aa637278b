//! Plastic projections on a device: their synapses, weights and memories, and the passes that change them.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use super::buffers::{Arena, COPIED, ONLY_COPIED, STORAGE};
use super::layout;
use super::plastic_words::{MEMORY_WORDS, Words};
use crate::error::Result;

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

impl Plastic {
    pub(super) fn new(device: &wgpu::Device, arena: &mut Arena, words: Words, spike_groups: u32) -> Result<Self> {
        debug_assert_eq!(MEMORY_WORDS, size_of::<layout::SpikeMemory>() / 4);
        Ok(Self {
            synapses: arena.buffer(device, "plastic synapses", COPIED)?,
            incoming: arena.filled(device, "incoming synapses", bytemuck::cast_slice(&words.incoming), STORAGE)?,
            memories: arena.buffer(device, "memories", COPIED)?,
            saved: None,
            grid: (words.projections.len() as u32, spike_groups),
            first: words.first,
            initial: [words.synapses, words.memories],
        })
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

    /// Makes room for a copy of weights and memories, once.
    pub(super) fn make_room(&mut self, device: &wgpu::Device, arena: &mut Arena) -> Result<()> {
        if self.saved.is_none() {
            let mut room = || arena.buffer(device, "saved plastic", ONLY_COPIED);
            self.saved = Some([room()?, room()?]);
        }
        Ok(())
    }

    /// Records a copy of weights and memories.
    pub(super) fn encode_save(&self, encoder: &mut wgpu::CommandEncoder) {
        for (from, to) in [&self.synapses, &self.memories].into_iter().zip(self.saved.iter().flatten()) {
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
