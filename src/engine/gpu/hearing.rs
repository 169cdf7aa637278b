//! Spikes of neurons that other engines advance, which share the network with this one: they go to the list of spikes as a batch of their own,
//! and from there over the synapses that end here, by the same delivery as this engine's.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and steps fit 32 bits"
)]

use super::GpuEngine;
use super::layout::{Batch, BatchSpikes, RANGES, SPIKES_HEADER_WORDS};
use crate::engine::Spike;
use crate::error::Result;

impl GpuEngine {
    /// See [`crate::engine::Engine::hear`]. Only pushes to ring buffers can do so, and nobody is under way meanwhile: what the list of spikes
    /// holds has been delivered and counted.
    pub(super) fn deliver_heard(&mut self, spikes: &[Spike]) -> Result<bool> {
        if !self.plan.delivers_after() || self.plan.candidate.strategy.pulls() || self.resources.plastic.is_some() {
            return Ok(false);
        }
        let Some(first) = spikes.iter().map(|s| s.step).min() else { return Ok(true) };
        // Who is woken goes to the list of the batch after the last one; the spikes, to ranges of a batch that is long over.
        let last = ((self.at.batch + u64::from(RANGES) - 1) % u64::from(RANGES)) as u32;
        let aside = (last + RANGES / 2) % RANGES;
        let whole = Batch {
            index: last,
            first: aside,
            last: aside,
            from_step: first,
            from_ring_row: first % self.plan.ring_steps.max(1),
            most_spikes: u32::MAX,
            ..Batch::default()
        };
        for some in spikes.chunks(self.plan.list_entries.max(2) as usize - 1) {
            let slot = |s: &Spike| self.network.populations[s.population as usize].first_slot + s.neuron;
            let entries: Vec<[u32; 2]> = some.iter().map(|s| [slot(s), s.step]).collect();
            let range = BatchSpikes { start: 0, listed: entries.len() as u32 };
            let queue = &self.device.queue;
            queue.write_buffer(&self.resources.spikes, 4 * u64::from(SPIKES_HEADER_WORDS), bytemuck::cast_slice(&entries));
            queue.write_buffer(&self.resources.ranges, 8 * u64::from(aside), bytemuck::bytes_of(&range));
            let parts = self.plan.dispatches.parts_of(entries.len() as u64);
            for part in 0..parts {
                self.resources.write_batches(queue, &[Batch { part, parts, ..whole }]);
                let mut encoder = self.device.encoder();
                self.resources.dispatch_delivery(
                    &mut encoder
                        .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("heard"), timestamp_writes: None }),
                    &self.plan,
                    0,
                    1,
                );
                // What goes wrong there, the next submission tells.
                self.device.submit(encoder, self.worked_on())?;
            }
        }
        Ok(true)
    }
}
