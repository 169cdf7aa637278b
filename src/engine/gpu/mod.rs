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

mod buffers;
mod build;
mod device;
mod layout;
mod memory;
mod pass_times;
mod passes;
mod pipelines;
mod plastic;
mod plastic_words;
mod resources;
mod scalar_text;
mod shader_files;
mod shaders;
mod snapshot;
mod submission;
mod tables;
#[cfg(test)]
mod written;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

pub use device::{Device, FoundAdapter, adapters, choose, unusable_adapters};

use self::layout::{Batch, NO_BATCH, RANGES, SPIKES_HEADER_WORDS, Total};
use self::resources::Resources;
use self::submission::Sent;
use super::plan::{Delivery, GpuPlan, IN_FLIGHT, Options, PlanSummary, PlannedBuffer};
use super::{Arrival, Counts, Engine, PassTime, Snapshot, Spike, Tick};
use crate::error::{Error, Result};
use crate::network::Network;

/// Device time a submission should take: long enough to hide the host, short enough for every driver's watchdog.
const SUBMISSION: Duration = Duration::from_millis(40);

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
    batches_per_submission: u32,
    /// Readback buffers that no submission in flight holds.
    staging: Vec<wgpu::Buffer>,
}

/// A batch that has been encoded.
#[derive(Debug, Clone, Copy)]
struct Past {
    /// Its place among the ranges of the spike list.
    index: u32,
    step: u64,
    length: u64,
    ring_row: u32,
}

/// Where a simulation stands.
#[derive(Debug, Clone, Default)]
struct Position {
    step: u64,
    batch: u64,
    /// Batches with spikes that may still be under way.
    past: VecDeque<Past>,
    /// Input of the next steps that the device does not hold: of a state that was resumed, or from outside.
    owed: VecDeque<Vec<i32>>,
}

/// The parameters of some batches, of what a fused plan owes after them, and of the census, group by group.
struct Encoded {
    params: Vec<Batch>,
    batches: u32,
    steps: u64,
}

/// A submission in flight.
struct Flight {
    sent: Sent,
    batches: u32,
    steps: u64,
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
        let batches_per_submission = plan.batches_per_submission.unwrap_or(8).clamp(1, plan.most_batches);
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
            batches_per_submission,
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
        self.counted_steps = 0;
        self.recorded.clear();
    }

    /// Takes the next batches, at most `most` of them and `steps` steps. For each group of shards: the parameters of the batches, those of
    /// the delivery that a fused plan owes at the end, and those of the census.
    fn next_batches(&mut self, steps: u64, most: u32) -> Encoded {
        let length = u64::from(self.plan.candidate.batch);
        // What is owed is written between submissions.
        let most = if self.at.owed.is_empty() { most } else { 1 };
        let batches = steps.div_ceil(length).min(u64::from(most)) as u32;
        self.pay_owed(length.min(steps));
        let start = self.at.step;
        let mut params: Vec<Batch> = Vec::new();
        for _ in 0..self.plan.groups() {
            self.at.step = start;
            let first = (self.at.batch % u64::from(RANGES)) as u32;
            let mut before = None;
            for _ in 0..batches {
                let own = Past {
                    index: (self.at.batch % u64::from(RANGES)) as u32,
                    step: self.at.step,
                    length: length.min(steps - (self.at.step - start)),
                    // What is due in a batch stands in rows from its first step on.
                    ring_row: match self.plan.is_by_delay() {
                        true => 0,
                        false => (self.at.step % u64::from(self.plan.ring_steps.max(1))) as u32,
                    },
                };
                params.push(self.parameters(Some(own), before));
                before = Some(own);
                self.pass(own);
            }
            params.push(self.parameters(None, before));
            let last = before.map_or(NO_BATCH, |b| b.index);
            params.push(Batch { first: if batches > 0 { first } else { NO_BATCH }, last, ..Batch::default() });
        }
        let done = self.at.step - start;
        self.counted_steps += done;
        Encoded { params, batches, steps: done }
    }

    /// Moves on by a batch, and forgets those whose spikes have all arrived.
    fn pass(&mut self, own: Past) {
        self.at.step += own.length;
        self.at.batch += 1;
        if self.plan.is_by_delay() {
            self.at.past.push_back(own);
            let reach = self.at.step.saturating_sub(self.network.max_delay.into());
            while self.at.past.front().is_some_and(|past| past.step + past.length <= reach) {
                self.at.past.pop_front();
            }
        }
    }

    /// A batch's parameters: what it advances, and what is delivered beside it. Those are its own spikes; or those of the batch before,
    /// if pulls and updates are fused; or all that may still be under way, if they are delivered when they are due.
    fn parameters(&self, own: Option<Past>, before: Option<Past>) -> Batch {
        let source = if self.plan.is_fused() { before } else { own };
        let base = own.map_or(Batch::default(), |own| Batch {
            step: own.step as u32,
            length: own.length as u32,
            ring_row: own.ring_row,
            index: own.index,
            ..Batch::default()
        });
        if self.plan.is_by_delay() {
            let ends = self.at.past.front().zip(self.at.past.back());
            return ends.map_or(Batch { first: NO_BATCH, last: NO_BATCH, ..base }, |(first, last)| Batch {
                first: first.index,
                last: last.index,
                ..base
            });
        }
        match source {
            None => Batch { first: NO_BATCH, last: NO_BATCH, ..base },
            Some(b) => Batch { first: b.index, last: b.index, from_step: b.step as u32, from_ring_row: b.ring_row, ..base },
        }
    }

    /// Encodes and submits the next batches, at most `steps` steps.
    fn submit(&mut self, steps: u64) -> Result<Flight> {
        let Encoded { params, batches, steps } = self.next_batches(steps, self.batches_per_submission);
        self.resources.write_batches(&self.device.queue, &params);
        let mut encoder = self.device.encoder();
        self.resources.encode_batches(&mut encoder, &self.plan, batches);
        let readback = match self.staging.pop() {
            Some(buffer) => buffer,
            None => self.resources.staging_buffer(&self.device.device)?,
        };
        let parts = self.resources.read_back(self.record);
        let sent = self.device.send(encoder, self.worked_on(), readback, &parts)?;
        Ok(Flight { sent, batches, steps })
    }

    /// Waits for a submission and takes what it recorded.
    fn land(&mut self, flight: Flight) -> Result<()> {
        let (words, staging) = self.device.receive(flight.sent)?;
        self.staging.push(staging);
        let recorded = passes::check_header(&words, &self.network, &self.device)?;
        if self.record {
            for pair in words[SPIKES_HEADER_WORDS as usize..].chunks_exact(2).take(recorded as usize) {
                let population = self.network.population_of_slot(pair[1]);
                self.recorded.push(Spike { step: pair[0], population: population.id, neuron: pair[1] - population.first_slot });
            }
        }
        Ok(())
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

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        super::check_steps(&self.network, self.at.step, steps)?;
        let (mut submitted, mut landed) = (0, 0);
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let mut last = Instant::now();
        let mut interrupted = false;
        while landed < steps {
            let in_flight = if self.listening { 1 } else { IN_FLIGHT };
            while submitted < steps && flights.len() < in_flight && !interrupted {
                let flight = self.submit(steps - submitted)?;
                submitted += flight.steps;
                flights.push_back(flight);
            }
            let Some(flight) = flights.pop_front() else { break };
            let (steps_done, batches) = (flight.steps, flight.batches);
            self.land(flight)?;
            if self.listening && !self.record {
                self.listen_to(batches)?;
            }
            landed += steps_done;
            // Between two landings the device has worked on one submission: aim the next at the wanted length.
            if self.plan.batches_per_submission.is_none() {
                let per_batch = last.elapsed().as_secs_f64() / f64::from(batches);
                let wanted = (SUBMISSION.as_secs_f64() / per_batch.max(1e-9)) as u32;
                let most = self.plan.most_batches.min(self.batches_per_submission * 2);
                self.batches_per_submission = wanted.clamp(1, most.max(1));
            }
            last = Instant::now();
            if tick(landed).is_break() {
                interrupted = true;
            }
        }
        if interrupted { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn counts(&mut self) -> Result<Counts> {
        let n = self.network.populations.len();
        let words = self.read_words(&self.resources.totals, 0, (n * size_of::<Total>() / 4) as u64)?;
        let totals: &[Total] = bytemuck::cast_slice(&words);
        let wide = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        let events = self.read_words(&self.resources.spikes, 0, 2)?;
        let checksum =
            totals.iter().fold([0u32; 2], |sum, t| [sum[0].wrapping_add(t.checksum_high), sum[1].wrapping_add(t.checksum_low)]);
        Ok(Counts {
            steps: self.counted_steps,
            spikes: totals.iter().map(|t| wide(t.spikes_low, t.spikes_high)).collect(),
            external_events: totals.iter().map(|t| wide(t.external_low, t.external_high)).collect(),
            synaptic_events: wide(events[0], events[1]),
            checksum: super::spikes::checksum_value(checksum),
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
