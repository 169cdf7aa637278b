//! The GPU engine: WGSL compute passes through wgpu, on any adapter.
//!
//! Everything stays on the device. A submission holds many batches of steps in one compute pass: per batch an update of every
//! neuron shard, which lists the spikes, and a delivery for every pair of neuron shard and synapse shard. Once per submission a
//! census counts the listed spikes, and a reduction the external arrivals tallied per thread. Up to three submissions are in
//! flight; the host waits only for the oldest of them, and reads counts once, at the end.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

mod adapters;
mod buffers;
mod build;
mod compiled;
mod copy;
mod device;
mod hearing;
mod kernel;
mod layout;
mod light;
mod memory;
mod pass_times;
mod passes;
mod pipelines;
mod plastic;
mod plastic_words;
mod resources;
mod scalar_text;
mod seal;
mod self_check;
mod shader_files;
mod shaders;
mod snapshot;
mod steps;
mod submission;
mod tables;
#[cfg(test)]
mod translations;
mod windows;
#[cfg(test)]
mod written;

use std::ops::Range;

#[cfg(feature = "window")]
pub(crate) use adapters::adapters_on;
pub use adapters::{FoundAdapter, adapters, choose, unusable_adapters};
pub(crate) use adapters::{choose_one_of, each_once};
pub use device::Device;
pub(crate) use kernel::Kernel;
#[cfg(feature = "cli")]
pub(crate) use submission::told_patience;

use self::layout::Total;
use self::resources::Resources;
pub use self::steps::Work;
use self::steps::{Position, Records};
use super::plan::{GpuPlan, Options, PlanSummary, PlannedBuffer};
use super::{Arrival, Counts, Engine, PassTime, Snapshot, Spike, Tick, WindowPlan};
use crate::error::{Error, Result};
use crate::network::Network;

/// The GPU engine.
#[derive(Debug)]
pub struct GpuEngine {
    network: Network,
    plan: GpuPlan,
    device: Device,
    resources: Resources,
    /// Where the simulation stands, and where it stood when it was saved.
    at: Position,
    saved: Option<Position>,
    counted_steps: u64,
    record: bool,
    /// Whether it records for a while, from the list of spikes.
    listening: bool,
    recorded: Vec<Spike>,
    records: Records,
    batches_per_submission: u32,
    /// Whether state or input has been set from outside, so that nobody is known to rest.
    wakes: bool,
    /// How often there were more spikes than a delivery may take.
    bursts: u64,
    work: Work,
    /// Readback buffers that no submission in flight holds.
    staging: Vec<wgpu::Buffer>,
}

impl GpuEngine {
    /// Plans the network for an open device, allocates, and builds its synapses on the device.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit, [`Error::Internal`] for a driver's fault.
    pub fn new(network: Network, options: &Options, adapter: &FoundAdapter, device: &Device) -> Result<Self> {
        for kernel in network.kernels() {
            if let Some(model) = kernel.model.user() {
                shaders::check_user_model(&kernel, model)?;
            }
        }
        let plan = GpuPlan::new(&network, options, &adapter.limits())?;
        let made = device.making(|| Resources::whole(&network, &plan, device, options.record));
        let (plan, resources) = match made {
            Ok(resources) => (plan, resources),
            Err(Error::TooBig(why)) if plan.can_do_without_synapses(&network, options) => {
                let plan = plan.without_synapses(&network, options, &adapter.limits(), &why)?;
                let resources = device.making(|| Resources::whole(&network, &plan, device, options.record))?;
                (plan, resources)
            }
            Err(e) => return Err(e),
        };
        let batches_per_submission = plan.batches_per_submission.unwrap_or(1).max(1);
        let mut engine = Self {
            network,
            plan,
            device: device.clone(),
            resources,
            at: Position::default(),
            saved: None,
            counted_steps: 0,
            record: options.record,
            listening: false,
            recorded: Vec::new(),
            records: Records::default(),
            batches_per_submission,
            wakes: true,
            bursts: 0,
            work: Work::default(),
            staging: Vec::new(),
        };
        engine.reset()?;
        engine.device.settle(engine.device.encoder(), engine.worked_on())?;
        Ok(engine)
    }

    /// The plan it runs.
    pub fn gpu_plan(&self) -> &GpuPlan {
        &self.plan
    }

    /// How often there were more spikes than a delivery may take, so that they were delivered in parts.
    pub fn bursts(&self) -> u64 {
        self.bursts
    }

    /// What the host has asked of the device since it was built.
    pub fn work(&self) -> Work {
        self.work
    }

    /// The buffers it has made so far: those of its plan, and of them those that have been needed.
    pub fn buffers(&self) -> Vec<PlannedBuffer> {
        self.resources.arena.made()
    }

    /// A buffer that every submission works on.
    fn worked_on(&self) -> &wgpu::Buffer {
        let shards = &self.resources.neuron_shards;
        &shards[shards.len() - 1].state
    }

    fn clear_counts(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.resources.clear_counts(encoder);
        if let Some(light) = &self.resources.light {
            light.clear(encoder);
        }
        self.resources.windows = None;
        self.counted_steps = 0;
        self.recorded.clear();
        // After a fault, some may be on their way still.
        self.records.forget();
    }

    fn read_words(&self, buffer: &wgpu::Buffer, offset: u64, words: u64) -> Result<Vec<u32>> {
        self.device.read_words(buffer, offset, words)
    }
}

impl Engine for GpuEngine {
    fn network(&self) -> &Network {
        &self.network
    }

    fn plan(&self) -> PlanSummary {
        self.plan.summary()
    }

    fn reset(&mut self) -> Result<()> {
        let mut encoder = self.device.encoder();
        self.resources.encode_init(&mut encoder);
        self.clear_counts(&mut encoder);
        self.device.submit(encoder, self.worked_on())?;
        self.resources.write_start(&self.device.queue, &self.network, &self.plan);
        self.at = Position::default();
        self.wakes = true;
        self.device.check()
    }

    fn save(&mut self) -> Result<()> {
        let (device, resources) = (&self.device, &mut self.resources);
        device.making(|| resources.make_room(&device.device))?;
        let mut encoder = self.device.encoder();
        self.resources.encode_save(&mut encoder);
        self.clear_counts(&mut encoder);
        self.saved = Some(self.at.clone());
        self.device.settle(encoder, self.worked_on())
    }

    fn restore(&mut self) -> Result<()> {
        let Some(saved) = self.saved.clone() else { return self.reset() };
        let mut encoder = self.device.encoder();
        self.resources.encode_restore(&mut encoder);
        self.clear_counts(&mut encoder);
        self.at = saved;
        self.wakes = true;
        self.device.settle(encoder, self.worked_on())
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        self.take()
    }

    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.set(snapshot)
    }

    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        self.add_arrivals(arrivals)
    }

    fn hear(&mut self, spikes: &[Spike]) -> Result<bool> {
        self.deliver_heard(spikes)
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        super::check_steps(&self.network, self.at.step, steps)?;
        self.advance_by(steps, tick)
    }

    fn counts(&mut self) -> Result<Counts> {
        let n = self.network.populations.len();
        let words = self.read_words(&self.resources.totals, 0, (n * size_of::<Total>() / 4) as u64)?;
        let totals: &[Total] = bytemuck::cast_slice(&words);
        let wide = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        let events = self.read_words(&self.resources.spikes, 0, 2)?;
        let sum = |totals: &[Total]| {
            let all = totals
                .iter()
                .fold([0u32; 2], |sum, t| [sum[0].wrapping_add(t.checksum_high), sum[1].wrapping_add(t.checksum_low)]);
            super::spikes::checksum_value(all)
        };
        let each = (n / self.network.trial_count() as usize).max(1);
        Ok(Counts {
            steps: self.counted_steps,
            spikes: totals.iter().map(|t| wide(t.spikes_low, t.spikes_high)).collect(),
            external_events: totals.iter().map(|t| wide(t.external_low, t.external_high)).collect(),
            synaptic_events: wide(events[0], events[1]),
            checksum: sum(totals),
            trial_checksums: totals.chunks(each).map(sum).collect(),
            source_spikes: 0,
        }
        .with_sources(&self.network))
    }

    fn step(&self) -> u64 {
        self.at.step
    }

    fn listen(&mut self, on: bool) -> Result<bool> {
        // The list of spikes is each group's in turn, so that only those of the last one are left when a submission is done.
        self.listening = on && self.plan.groups() == 1;
        Ok(self.record || self.listening)
    }

    fn light(&mut self, plan: &crate::engine::LightPlan) -> Result<Option<wgpu::Buffer>> {
        self.lit(plan).map(Some)
    }

    fn watch(&mut self, plan: &WindowPlan) -> Result<()> {
        self.watch_windows(plan)
    }

    fn watched(&mut self) -> Result<Vec<u32>> {
        self.watched_windows()
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.recorded.sort_unstable();
        Ok(std::mem::take(&mut self.recorded))
    }

    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        super::check_steps(&self.network, self.at.step, steps)?;
        self.timed(steps)
    }

    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        let Some((plastic, _)) = &self.resources.plastic else { return Ok(Vec::new()) };
        let (offset, words) = plastic.range(index);
        let words = self.read_words(&plastic.synapses, offset, words)?;
        Ok(words.chunks_exact(2).map(|synapse| synapse[1] as i32).collect())
    }

    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        let p = &self.network.populations[population];
        let mut potentials = Vec::with_capacity(neurons.len());
        for (shard, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            let block = crate::neuron::BLOCK as u32;
            let slots = shard.start * block..shard.end * block;
            let (begin, end) = ((p.first_slot + neurons.start).max(slots.start), (p.first_slot + neurons.end).min(slots.end));
            if begin < end {
                // Whole blocks, whose places are not in the order of the slots.
                let (low, high) = ((begin - slots.start) / block * block, (end - slots.start).next_multiple_of(block));
                let words = self.read_words(&held.state, u64::from(low) * 4, u64::from(high - low))?;
                let of = |slot: u32| words[layout::place_of(slot - slots.start - low) as usize] as i32;
                potentials.extend((begin..end).map(|slot| p.potential_mv(slot - p.first_slot, of(slot))));
            }
        }
        Ok(potentials)
    }
}

#[cfg(test)]
mod tests;
