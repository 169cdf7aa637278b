//! The GPU engine: WGSL compute passes through wgpu, on any adapter.
//!
//! Everything stays on the device. A submission holds many batches of steps in one compute pass: per batch an update of every
//! neuron shard, then a delivery for every pair of neuron shard and synapse shard. Threads keep their own tallies, a
//! reduction adds them up once per submission. Up to three submissions are in flight; the host waits only for the oldest
//! of them, and reads counts once, at the end.

mod device;
mod layout;
mod passes;
mod pipelines;
mod profile;
mod resources;
mod shaders;
mod tables;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use device::{AdapterDescription, AdapterKind, Device, FoundAdapter, adapters, choose};

use self::layout::{Batch, MAX_LISTS, NO_LIST, Total};
use self::resources::Resources;
use super::plan::{Delivery, GpuPlan, Options, spikes_per_batch};
use super::{Counts, Engine, PassTime, Spike, Tick};
use crate::error::{Error, Result};
use crate::network::Network;

/// Device time a submission should take: long enough to hide the host, short enough for every driver's watchdog.
const SUBMISSION: Duration = Duration::from_millis(40);
/// Submissions in flight.
const IN_FLIGHT: usize = 3;
/// Bytes of recorded spikes a submission may produce.
const RECORD_BYTES: u64 = 32 << 20;

/// The GPU engine.
#[derive(Debug)]
pub struct GpuEngine {
    network: Network,
    plan: GpuPlan,
    device: Device,
    resources: Resources,
    step: u64,
    saved_step: Option<u64>,
    counted_steps: u64,
    record: bool,
    recorded: Vec<Spike>,
    batches_per_submission: u32,
    /// Readback buffers that no submission in flight holds.
    staging: Vec<wgpu::Buffer>,
}

/// Batches whose spike lists fit a submission.
fn most_batches(plan: &GpuPlan) -> u32 {
    (MAX_LISTS / plan.synapse_shards.len() as u32).max(1)
}

/// A submission in flight.
struct Flight {
    index: wgpu::SubmissionIndex,
    batches: u32,
    steps: u64,
    readback: wgpu::Buffer,
    mapped: passes::Mapped,
}

impl GpuEngine {
    /// Plans the network for an open device, allocates, and builds its synapses on the device.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit, [`Error::Internal`] for a driver's fault.
    pub fn new(network: Network, options: &Options, adapter: &FoundAdapter, device: &Device) -> Result<Self> {
        let plan = GpuPlan::new(&network, options, &adapter.limits())?;
        let per_batch = u64::from(network.slots()) * spikes_per_batch(&network, plan.candidate.batch);
        // Recording caps a submission so that even if every neuron fires as often as it can, nothing is lost.
        let record_batches = if options.record { (RECORD_BYTES / 8 / per_batch.max(1)).clamp(1, 64) as u32 } else { MAX_LISTS };
        let record_entries = if options.record { per_batch * u64::from(record_batches) } else { 1 };
        let resources = Resources::new(&network, &plan, device, record_entries, options.record)?;
        let batches_per_submission = plan.batches_per_submission.unwrap_or(8).clamp(1, record_batches.min(most_batches(&plan)));
        let mut engine = Self {
            network,
            plan,
            device: device.clone(),
            resources,
            step: 0,
            saved_step: None,
            counted_steps: 0,
            record: options.record,
            recorded: Vec::new(),
            batches_per_submission,
            staging: Vec::new(),
        };
        if engine.plan.delivery == Delivery::Stored {
            engine.resources.build_synapses(&engine.network, &engine.plan, &engine.device)?;
        }
        engine.reset()?;
        engine.wait_idle()?;
        Ok(engine)
    }

    /// Batches a submission may hold without losing a recorded spike.
    fn max_batches(&self) -> u32 {
        if !self.record {
            return most_batches(&self.plan);
        }
        let per_batch = u64::from(self.network.slots()) * spikes_per_batch(&self.network, self.plan.candidate.batch);
        ((self.resources.record_entries / per_batch.max(1)) as u32).min(most_batches(&self.plan))
    }

    fn wait_idle(&self) -> Result<()> {
        self.device
            .device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|e| Error::Internal(format!("waiting for the device: {e}")))?;
        self.device.check()
    }

    fn clear_counts(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.resources.clear_counts(encoder);
        self.counted_steps = 0;
        self.recorded.clear();
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("spikewatt") })
    }

    /// Takes the next batches, at most `most` of them and `steps` steps: their parameters and one more for what a fused plan owes at
    /// the end, and the steps they advance.
    fn next_batches(&mut self, steps: u64, most: u32) -> (Vec<Batch>, u64) {
        let length = u64::from(self.plan.candidate.batch);
        let batches = steps.div_ceil(length).min(u64::from(most)) as u32;
        let mut done = 0;
        let mut params: Vec<Batch> = Vec::with_capacity(batches as usize + 1);
        for index in 0..batches {
            let step = self.step + done;
            let here = length.min(steps - done);
            let ring_row = (step % u64::from(self.plan.ring_steps.max(1))) as u32;
            let first_list = index * self.plan.synapse_shards.len() as u32;
            let own = Batch { step: step as u32, length: here as u32, ring_row, first_list, ..Batch::default() };
            params.push(self.with_source(own, params.last()));
            done += here;
        }
        params.push(self.with_source(Batch::default(), params.last()));
        self.step += done;
        self.counted_steps += done;
        (params, done)
    }

    /// Encodes and submits the next batches, at most `steps` steps.
    fn submit(&mut self, steps: u64) -> Flight {
        let (params, done) = self.next_batches(steps, self.batches_per_submission);
        let batches = params.len() as u32 - 1;
        self.resources.write_batches(&self.device.queue, &params);
        let mut encoder = self.encoder();
        self.resources.encode_batches(&mut encoder, &self.plan, batches);
        let readback = self.staging.pop().unwrap_or_else(|| self.resources.staging_buffer(&self.device.device, self.record));
        let mapped = self.resources.encode_readback(&mut encoder, &readback, self.record);
        let index = self.device.queue.submit([encoder.finish()]);
        Flight { index, batches, steps: done, readback, mapped }
    }

    /// Completes a batch's parameters by what it is to deliver: its own spikes, or those of the batch before if pulls and updates are
    /// fused, whose lists use two halves of the entries in turn.
    fn with_source(&self, own: Batch, before: Option<&Batch>) -> Batch {
        if !self.plan.is_fused() {
            return Batch { from_list: own.first_list, from_entries: 0, from_ring_row: own.ring_row, ..own };
        }
        let half = self.resources.list_entries;
        match before {
            None => Batch { from_list: NO_LIST, ..own },
            Some(b) => Batch {
                entries: half - b.entries,
                from_list: b.first_list,
                from_entries: b.entries,
                from_ring_row: b.ring_row,
                ..own
            },
        }
    }

    /// Waits for a submission and takes what it recorded.
    fn land(&mut self, flight: Flight) -> Result<()> {
        passes::wait(&self.device, flight.index)?;
        let words = passes::mapped_words(&self.device, &flight.readback, &flight.mapped)?;
        flight.readback.unmap();
        self.staging.push(flight.readback);
        let recorded = passes::check_header(&words, &self.device)?;
        if self.record {
            for pair in words[4..].chunks_exact(2).take(recorded as usize) {
                let population = self.network.population_of_slot(pair[1]);
                self.recorded.push(Spike { step: pair[0], population: population.id, neuron: pair[1] - population.first_slot });
            }
        }
        Ok(())
    }

    fn read_words(&self, buffer: &wgpu::Buffer, offset: u64, words: u64) -> Result<Vec<u32>> {
        passes::read_words(&self.device, buffer, offset, words)
    }
}

impl Engine for GpuEngine {
    fn network(&self) -> &Network {
        &self.network
    }

    fn plan_line(&self) -> String {
        self.plan.to_string()
    }

    fn plan_note(&self) -> Option<String> {
        self.plan.note.clone()
    }

    fn reset(&mut self) -> Result<()> {
        let mut encoder = self.encoder();
        self.resources.encode_init(&mut encoder);
        self.clear_counts(&mut encoder);
        self.device.queue.submit([encoder.finish()]);
        self.step = 0;
        self.device.check()
    }

    fn save(&mut self) -> Result<()> {
        let mut encoder = self.encoder();
        self.resources.encode_save(&self.device.device, &mut encoder);
        self.clear_counts(&mut encoder);
        self.device.queue.submit([encoder.finish()]);
        self.saved_step = Some(self.step);
        self.wait_idle()
    }

    fn restore(&mut self) -> Result<()> {
        let Some(step) = self.saved_step else { return self.reset() };
        let mut encoder = self.encoder();
        self.resources.encode_restore(&mut encoder);
        self.clear_counts(&mut encoder);
        self.device.queue.submit([encoder.finish()]);
        self.step = step;
        self.wait_idle()
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        super::check_steps(self.step, steps)?;
        let (mut submitted, mut landed) = (0, 0);
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let mut last = Instant::now();
        let mut interrupted = false;
        while landed < steps {
            while submitted < steps && flights.len() < IN_FLIGHT && !interrupted {
                let flight = self.submit(steps - submitted);
                submitted += flight.steps;
                flights.push_back(flight);
            }
            let Some(flight) = flights.pop_front() else { break };
            let (steps_done, batches) = (flight.steps, flight.batches);
            self.land(flight)?;
            landed += steps_done;
            // Between two landings the device has worked on one submission: aim the next at the wanted length.
            if self.plan.batches_per_submission.is_none() {
                let per_batch = last.elapsed().as_secs_f64() / f64::from(batches);
                let wanted = (SUBMISSION.as_secs_f64() / per_batch.max(1e-9)) as u32;
                let most = self.max_batches().min(self.batches_per_submission * 2);
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
        })
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.recorded.sort_unstable();
        Ok(std::mem::take(&mut self.recorded))
    }

    fn profile(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        super::check_steps(self.step, steps)?;
        self.timed(steps)
    }

    fn potentials_mv(&mut self, population: usize) -> Result<Vec<f64>> {
        let p = &self.network.populations[population];
        let mut potentials = Vec::with_capacity(p.size as usize);
        for (shard, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            let block = crate::neuron::BLOCK as u32;
            let slots = shard.start * block..shard.end * block;
            let (begin, end) = (p.first_slot.max(slots.start), (p.first_slot + p.size).min(slots.end));
            if begin < end {
                let words = self.read_words(&held.state, u64::from(begin - slots.start) * 4, u64::from(end - begin))?;
                potentials.extend(words.iter().map(|w| p.origin_mv + p.constants.potential_mv(*w as i32)));
            }
        }
        Ok(potentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::advance_quietly;
    use crate::scenario::{Scale, load};

    /// The low word of the event counter is set close to its end; the carry must reach the high word.
    #[test]
    fn synaptic_events_carry_into_64_bits() {
        let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
        let device = adapter.open().expect("opens");
        let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
        let network = Network::build(&scenario).expect("a network");
        let mut engine = GpuEngine::new(network, &Options::default(), &adapter, &device).expect("the engine");
        advance_quietly(&mut engine, 300).expect("advances");
        let events = engine.counts().expect("counts").synaptic_events;
        assert!(events > 100_000);
        engine.reset().expect("resets");
        let near_the_end = u32::MAX - 50_000;
        device.queue.write_buffer(&engine.resources.spikes, 0, &near_the_end.to_le_bytes());
        advance_quietly(&mut engine, 300).expect("advances");
        assert_eq!(engine.counts().expect("counts").synaptic_events, events + u64::from(near_the_end));
    }
}
