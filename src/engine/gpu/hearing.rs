//! Spikes of neurons that other engines advance, which share the network with this one: they go to the list of spikes as a batch of their own,
//! and from there over the synapses that end here, by the same delivery as this engine's.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and steps fit 32 bits"
)]

use std::collections::BTreeMap;

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
        // Ring buffers have room for as many steps at once as a batch has.
        let mut of_batches: BTreeMap<u32, Vec<[u32; 2]>> = BTreeMap::new();
        for s in spikes {
            let slot = self.network.populations[s.population as usize].first_slot + s.neuron;
            of_batches.entry((s.step - first) / self.plan.candidate.batch.max(1)).or_default().push([slot, s.step]);
        }
        for (k, entries) in of_batches {
            let begin = first + k * self.plan.candidate.batch;
            for some in entries.chunks(self.plan.list_entries.max(2) as usize - 1) {
                self.deliver_listed(begin, some)?;
            }
        }
        Ok(true)
    }

    /// Delivers spikes (slot, step) of the steps of a batch that began at `begin`.
    fn deliver_listed(&self, begin: u32, entries: &[[u32; 2]]) -> Result<()> {
        // Who is woken goes to the list of the batch after the last one; the spikes, to ranges of a batch that is long over.
        let last = ((self.at.batch + u64::from(RANGES) - 1) % u64::from(RANGES)) as u32;
        let aside = (last + RANGES / 2) % RANGES;
        let parts = self.plan.dispatches.parts_of(entries.len() as u64);
        let whole = Batch {
            index: last,
            first: aside,
            last: aside,
            from_step: begin,
            from_ring_row: begin % self.plan.ring_steps.max(1),
            parts,
            most_spikes: u32::MAX,
            ..Batch::default()
        };
        let range = BatchSpikes { start: 0, listed: entries.len() as u32 };
        let queue = &self.device.queue;
        queue.write_buffer(&self.resources.spikes, 4 * u64::from(SPIKES_HEADER_WORDS), bytemuck::cast_slice(entries));
        queue.write_buffer(&self.resources.ranges, 8 * u64::from(aside), bytemuck::bytes_of(&range));
        for part in 0..parts {
            self.resources.write_batches(queue, &[Batch { part, ..whole }]);
            let mut encoder = self.device.encoder();
            self.resources.dispatch_delivery(
                &mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("heard"), timestamp_writes: None }),
                &self.plan,
                0,
                1,
            );
            // What goes wrong there, the next submission tells.
            self.device.submit(encoder, self.worked_on())?;
        }
        Ok(())
    }
}
