//! Recording of passes: initial state, batches of steps, saving and reading back.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use super::buffers::{Arena, ONLY_COPIED, UNIFORM_STRIDE, strided};
use super::compiled::PLAIN_GROUP;
use super::device::Device;
use super::layout::{AT_ALL_TIMES, AWAKE_COUNTS, Batch, SPIKES_HEADER_WORDS, Spikes, place_of};
use super::resources::Resources;
use crate::engine::plan::{GpuPlan, Strategy};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::neuron::BLOCK;
use crate::neuron::Fault;

/// Workgroups per population that share a reduction.
const REDUCE_GROUPS: u32 = 32;
/// Populations that have a row of workgroups of their own: rows of a dispatch that every adapter takes. Few in tests, so that they have to share.
const MOST_REDUCED_AT_ONCE: u32 = if cfg!(test) { 3 } else { 65_535 };
/// Bytes of the spike buffer's header.
pub(super) const SPIKES_HEADER: u64 = 4 * SPIKES_HEADER_WORDS as u64;
/// Where it holds the number of recorded spikes, and whether there is a burst.
const RECORDED: u64 = std::mem::offset_of!(Spikes, recorded) as u64;
pub(super) const BURST: u64 = std::mem::offset_of!(Spikes, burst) as u64;

/// Where parameters stand in their uniform buffer.
fn place(at: u32) -> u32 {
    at * UNIFORM_STRIDE as u32
}

/// What a submission does, in order. Each command finds its parameters at a place, those of its parts one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Puts everybody on the list of the batch that comes next, where those who rest are left alone.
    WakeAll {
        /// Its parameters.
        at: u32,
    },
    /// Advances a group of shards by a batch, and delivers what is delivered beside it.
    Batch {
        /// The group.
        group: u32,
        /// Where its parameters begin.
        at: u32,
    },
    /// Delivers the last batch's spikes, where steps deliver those of the batch before.
    Rest {
        /// Where its parameters begin.
        at: u32,
    },
    /// Counts the spikes of the batches since the last count.
    Census {
        /// Its parameters.
        at: u32,
    },
}

impl Resources {
    /// A grid of at least `groups` workgroups within the device's limit per dimension.
    fn grid(&self, groups: u32) -> (u32, u32) {
        let x = groups.clamp(1, self.max_groups);
        (x, groups.div_ceil(x).max(1))
    }

    /// Records the state at time 0.
    pub(super) fn encode_init(&self, encoder: &mut wgpu::CommandEncoder) {
        for shard in &self.neuron_shards {
            encoder.clear_buffer(&shard.ring, 0, None);
        }
        encoder.clear_buffer(&self.ranges, 0, None);
        if let Some(left) = &self.left {
            encoder.clear_buffer(left, 0, None);
        }
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("init"), timestamp_writes: None });
        pass.set_pipeline(&self.init.pipeline);
        for shard in &self.neuron_shards {
            let (x, y) = self.grid((4 * shard.threads).div_ceil(PLAIN_GROUP));
            pass.set_bind_group(0, &shard.init, &[shard.uniform]);
            pass.dispatch_workgroups(x, y, 1);
        }
    }

    /// Uploads the parameters of the next submission's batches.
    pub(super) fn write_batches(&self, queue: &wgpu::Queue, batches: &[Batch]) {
        queue.write_buffer(&self.batches, 0, &strided(batches));
    }

    /// Records what a submission does, whose spikes go to one of the buffers of records, and the reduction of what its updates tallied.
    pub(super) fn encode_commands(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        plan: &GpuPlan,
        commands: &[Command],
        records: usize,
    ) {
        encoder.clear_buffer(&self.spikes, RECORDED, Some(4));
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("steps"), timestamp_writes: None });
        let mut uncounted = Vec::new();
        for command in commands {
            match *command {
                Command::WakeAll { at } => self.dispatch_wake_all(&mut pass, at),
                Command::Batch { group, at } => {
                    uncounted.push(at);
                    if plan.is_by_delay() {
                        self.dispatch_deliveries(&mut pass, plan, at);
                    }
                    self.dispatch_updates(&mut pass, plan, group, at);
                    if plan.delivers_after() {
                        self.dispatch_deliveries(&mut pass, plan, at);
                    }
                }
                Command::Rest { at } => self.dispatch_deliveries(&mut pass, plan, at),
                Command::Census { at } => {
                    self.dispatch_census(&mut pass, plan, at, records);
                    if let Some(light) = &self.light {
                        pass.set_pipeline(&light.pipeline.pipeline);
                        pass.set_bind_group(0, &light.group, &[place(at), self.neuron_shards[0].uniform]);
                        pass.dispatch_workgroups(plan.census.0, 1, 1);
                    }
                    self.dispatch_windows(&mut pass, &uncounted);
                    uncounted.clear();
                }
            }
        }
        self.dispatch_reduction(&mut pass);
    }

    /// Dispatches of a command.
    pub(super) fn dispatches(&self, plan: &GpuPlan, command: Command) -> u64 {
        let plastic =
            self.plastic.as_ref().map_or(0, |(_, passes)| passes.len() as u64 * u64::from(plan.dispatches.plastic_parts));
        let delivery = self.deliveries.len() as u64 * u64::from(plan.dispatches.parts) + plastic;
        let shards = if plan.groups() == 1 { self.neuron_shards.len() as u64 } else { 1 };
        let parts = if plan.is_fused() || plan.is_own() { 1 } else { u64::from(plan.dispatches.update_parts) };
        match command {
            Command::Batch { .. } => {
                let delivers = plan.is_by_delay() || plan.delivers_after();
                shards * parts * self.updates.len() as u64 + if delivers { delivery } else { 0 }
            }
            Command::Rest { .. } => delivery,
            Command::WakeAll { .. } => self.neuron_shards.len() as u64,
            Command::Census { .. } => 1,
        }
    }

    /// Updates (or fused steps) of a batch, of one group of shards, with the parameters at a place.
    pub(super) fn dispatch_updates(&self, pass: &mut wgpu::ComputePass<'_>, plan: &GpuPlan, group: u32, at: u32) {
        let shards = if plan.groups() == 1 { &self.neuron_shards[..] } else { &self.neuron_shards[group as usize..][..1] };
        let parts = if plan.is_fused() || plan.is_own() { 1 } else { plan.dispatches.update_parts };
        for shard in shards {
            let (x, y) = match plan.candidate.strategy {
                Strategy::StoredStep => self.grid(plan.tiles.len() as u32),
                Strategy::StoredOwn => self.grid(shard.threads * 4 / BLOCK as u32),
                _ if plan.candidate.rests => (plan.awake_groups, 1),
                _ => self.grid(shard.threads.div_ceil(plan.candidate.workgroup_size).div_ceil(parts)),
            };
            for part in 0..parts {
                for (update, group) in self.updates.iter().zip(&shard.updates) {
                    pass.set_pipeline(&update.pipeline);
                    pass.set_bind_group(0, group, &[place(at + part), shard.uniform]);
                    pass.dispatch_workgroups(x, y, 1);
                }
            }
        }
    }

    /// Puts everybody on the list of a batch.
    pub(super) fn dispatch_wake_all(&self, pass: &mut wgpu::ComputePass<'_>, at: u32) {
        let Some(wake_all) = &self.wake_all else { return };
        pass.set_pipeline(&wake_all.pipeline);
        for shard in &self.neuron_shards {
            let Some((_, group)) = &shard.awake else { continue };
            let (x, y) = self.grid(shard.threads.div_ceil(PLAIN_GROUP));
            pass.set_bind_group(0, group, &[place(at), shard.uniform]);
            pass.dispatch_workgroups(x, y, 1);
        }
    }

    /// Deliveries of all kinds with the parameters at a place.
    pub(super) fn dispatch_deliveries(&self, pass: &mut wgpu::ComputePass<'_>, plan: &GpuPlan, at: u32) {
        self.dispatch_delivery(pass, plan, at, plan.dispatches.parts);
        self.dispatch_plastic(pass, plan, at);
    }

    /// The delivery of synapses that do not change, in parts.
    pub(super) fn dispatch_delivery(&self, pass: &mut wgpu::ComputePass<'_>, plan: &GpuPlan, at: u32, parts: u32) {
        let Some(deliver) = &self.deliver else { return };
        pass.set_pipeline(&deliver.pipeline);
        for part in 0..parts {
            for delivery in &self.deliveries {
                pass.set_bind_group(0, &delivery.group, &[place(at + part), delivery.uniform]);
                let (x, y) = plan.delivery_grid;
                pass.dispatch_workgroups(x, y, 1);
            }
        }
    }

    /// The census with the parameters at a place.
    pub(super) fn dispatch_census(&self, pass: &mut wgpu::ComputePass<'_>, plan: &GpuPlan, at: u32, records: usize) {
        pass.set_pipeline(&self.census.pipeline);
        pass.set_bind_group(0, &self.census_groups[records], &[place(at), self.neuron_shards[0].uniform]);
        pass.dispatch_workgroups(plan.census.0, 1, 1);
    }

    /// Counts who fired in windows, batch by batch, with the parameters of each.
    fn dispatch_windows(&self, pass: &mut wgpu::ComputePass<'_>, batches: &[u32]) {
        let Some(windows) = &self.windows else { return };
        pass.set_pipeline(&windows.pipeline.pipeline);
        for at in batches {
            pass.set_bind_group(0, &windows.group, &[place(*at), self.neuron_shards[0].uniform]);
            pass.dispatch_workgroups(windows.groups, 1, 1);
        }
    }

    /// The reduction of the threads' tallies.
    pub(super) fn dispatch_reduction(&self, pass: &mut wgpu::ComputePass<'_>) {
        if !self.draws {
            return;
        }
        pass.set_pipeline(&self.reduce.pipeline);
        for shard in &self.neuron_shards {
            pass.set_bind_group(0, &shard.reduce, &[shard.uniform]);
            pass.dispatch_workgroups(REDUCE_GROUPS, self.populations.min(MOST_REDUCED_AT_ONCE), 1);
        }
    }

    /// The passes of plastic projections with the parameters at a place, in the order in which a synapse sees what happens in a step.
    pub(super) fn dispatch_plastic(&self, pass: &mut wgpu::ComputePass<'_>, plan: &GpuPlan, at: u32) {
        let Some((plastic, passes)) = &self.plastic else { return };
        for (pipeline, group) in passes {
            pass.set_pipeline(&pipeline.pipeline);
            for part in 0..plan.dispatches.plastic_parts {
                pass.set_bind_group(0, group, &[place(at + part), self.neuron_shards[0].uniform]);
                pass.dispatch_workgroups(plastic.grid.0, plastic.grid.1, 1);
            }
        }
    }

    /// A buffer for one submission's readback.
    pub(super) fn staging_buffer(&mut self, device: &wgpu::Device) -> Result<wgpu::Buffer> {
        self.arena.buffer(device, "readback", wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST)
    }

    /// Writes the state variables behind the potential of populations that are stepped neuron by neuron, and what is plastic, at time 0.
    pub(super) fn write_start(&self, queue: &wgpu::Queue, network: &Network, plan: &GpuPlan) {
        if let Some((plastic, _)) = &self.plastic {
            plastic.write_start(queue);
        }
        for (blocks, held) in plan.neuron_shards.iter().zip(&self.neuron_shards) {
            if let Some((awake, _)) = &held.awake {
                queue.write_buffer(awake, 4 * u64::from(AWAKE_COUNTS), bytemuck::cast_slice(&restless(network, blocks)));
            }
        }
        let block = BLOCK as u32;
        for (blocks, held) in plan.neuron_shards.iter().zip(&self.neuron_shards) {
            for p in network.populations.iter().filter(|p| p.kernel().scalar) {
                let (begin, end) = (p.first_slot.max(blocks.start * block), (p.first_slot + p.size).min(blocks.end * block));
                if begin >= end {
                    continue;
                }
                let end = end.next_multiple_of(block);
                for variable in 1..p.state_variables(network.channels) {
                    let mut words = vec![0u32; (end - begin) as usize];
                    for slot in begin..end.min(p.first_slot + p.size) {
                        words[place_of(slot - begin) as usize] = p.start_word(variable, slot - p.first_slot);
                    }
                    let at = u64::from(variable * plan.stride + begin - blocks.start * block) * 4;
                    queue.write_buffer(&held.state, at, bytemuck::cast_slice(&words));
                }
            }
        }
    }

    /// Clears every count.
    pub(super) fn clear_counts(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.clear_buffer(&self.spikes, 0, Some(SPIKES_HEADER));
        encoder.clear_buffer(&self.totals, 0, None);
        for shard in &self.neuron_shards {
            encoder.clear_buffer(&shard.tallies, 0, None);
        }
    }

    /// Makes room for a copy of a state, once.
    pub(super) fn make_room(&mut self, device: &wgpu::Device) -> Result<()> {
        let arena = &mut self.arena;
        if let Some((plastic, _)) = &mut self.plastic {
            plastic.make_room(device, arena)?;
        }
        for shard in &mut self.neuron_shards {
            if shard.saved.is_none() {
                let room = |arena: &mut Arena, name| arena.buffer(device, name, ONLY_COPIED);
                shard.saved = Some((room(arena, "saved state")?, room(arena, "saved ring")?));
            }
        }
        // Spikes under way, to targets or back to synapses, are in the list: the plan tells whether there are any.
        for (saved, name) in [(&mut self.saved_ranges, "saved ranges"), (&mut self.saved_spikes, "saved spikes")] {
            if saved.is_none() && arena.has(name) {
                *saved = Some(arena.buffer(device, name, ONLY_COPIED)?);
            }
        }
        Ok(())
    }

    /// Records a copy of the present state.
    pub(super) fn encode_save(&self, encoder: &mut wgpu::CommandEncoder) {
        if let Some((plastic, _)) = &self.plastic {
            plastic.encode_save(encoder);
        }
        for shard in &self.neuron_shards {
            if let Some((state, ring)) = &shard.saved {
                encoder.copy_buffer_to_buffer(&shard.state, 0, state, 0, shard.state.size());
                encoder.copy_buffer_to_buffer(&shard.ring, 0, ring, 0, shard.ring.size());
            }
        }
        for (saved, from) in [(&self.saved_ranges, &self.ranges), (&self.saved_spikes, &self.spikes)] {
            if let Some(saved) = saved {
                encoder.copy_buffer_to_buffer(from, 0, saved, 0, from.size());
            }
        }
    }

    /// Records the way back to the saved state.
    pub(super) fn encode_restore(&self, encoder: &mut wgpu::CommandEncoder) {
        if let Some((plastic, _)) = &self.plastic {
            plastic.encode_restore(encoder);
        }
        for shard in &self.neuron_shards {
            if let Some((state, ring)) = &shard.saved {
                encoder.copy_buffer_to_buffer(state, 0, &shard.state, 0, state.size());
                encoder.copy_buffer_to_buffer(ring, 0, &shard.ring, 0, ring.size());
            }
        }
        for (saved, buffer) in [(&self.saved_ranges, &self.ranges), (&self.saved_spikes, &self.spikes)] {
            if let Some(saved) = saved {
                encoder.copy_buffer_to_buffer(saved, 0, buffer, 0, saved.size());
            }
        }
    }
}

/// The words of the threads of some blocks: whose neurons may never rest, or may get a stimulus in any step.
fn restless(network: &Network, blocks: &std::ops::Range<u32>) -> Vec<u32> {
    let lanes = BLOCK / 4;
    let mut words = vec![0; blocks.len() * lanes];
    for (block, words) in blocks.clone().zip(words.chunks_mut(lanes)) {
        if !network.population_of_block(block).may_rest() {
            words.fill(AT_ALL_TIMES);
        }
        network.stimuli.of_block(block).iter().for_each(|reached| words[reached.lane as usize] = AT_ALL_TIMES);
    }
    words
}

/// What the header of the spike list tells.
pub(super) struct Header {
    /// Spikes recorded by a submission.
    pub(super) recorded: u32,
    /// The batch whose burst waits for the host, as the device tells it, if one does.
    pub(super) burst: Option<u32>,
}

/// What a submission's header tells.
///
/// # Errors
/// [`Error::Internal`] if a delivery was cut short, [`Error::Input`] if a neuron's potential is no number any more.
pub(super) fn check_header(words: &[u32], network: &Network, device: &Device) -> Result<Header> {
    let words =
        words.get(..SPIKES_HEADER_WORDS as usize).ok_or_else(|| Error::Internal("the spike header did not come back".into()))?;
    let spikes: Spikes = bytemuck::pod_read_unaligned(bytemuck::cast_slice(words));
    if spikes.unfinished != 0 {
        return Err(Error::Internal(format!(
            "{}: the driver cut a delivery short, so the result would be wrong; the CPU engine does without it",
            device.description.name
        )));
    }
    if spikes.faults != 0 {
        let kind = spikes.fault_kind;
        let fault =
            Fault::of(kind).ok_or_else(|| Error::Internal(format!("the device tells of a fault {kind}, which is none")))?;
        return Err(crate::engine::fault(network, (spikes.fault_slot, spikes.fault_step, fault)));
    }
    Ok(Header { recorded: spikes.recorded, burst: (spikes.burst != 0).then_some(spikes.burst) })
}
