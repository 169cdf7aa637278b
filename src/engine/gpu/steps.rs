//! Steps on the device: batches are encoded into submissions, several of which are in flight, and landed one by one.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::GpuEngine;
use super::layout::{Batch, BatchSpikes, NO_BATCH, RANGES};
use super::passes::{self, Command};
use super::submission::{Sent, staging as staging_for};
use crate::engine::Tick;
use crate::engine::plan::{IN_FLIGHT, SEAL_BYTES};
use crate::error::{Error, Result};

/// Device time a submission should take: long enough to hide the host, short enough for every driver's watchdog.
const SUBMISSION: Duration = Duration::from_millis(40);

/// A batch that has been encoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// Its place among the ranges of the spike list.
    pub(super) index: u32,
    pub(super) step: u64,
    pub(super) length: u64,
    ring_row: u32,
    /// See [`number_of`].
    number: u32,
}

/// The number of a batch as the device tells it: its low 31 bits, never 0.
fn number_of(batch: u64) -> u32 {
    batch as u32 | 1 << 31
}

/// Where a simulation stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub(super) step: u64,
    pub(super) batch: u64,
    /// Batches with spikes that may still be under way.
    pub(super) past: VecDeque<Past>,
    /// Input of the next steps that the device does not hold: of a state that was resumed, or from outside.
    pub(super) owed: VecDeque<Vec<i32>>,
    /// Whether what is due in the next batch has been delivered already, because it was a burst.
    pub(super) delivered: bool,
}

/// Some batches as commands with their parameters.
pub(super) struct Encoded {
    pub(super) params: Vec<Batch>,
    pub(super) commands: Vec<Command>,
    pub(super) batches: u32,
    pub(super) steps: u64,
}

/// A submission in flight.
struct Flight {
    sent: Sent,
    batches: u32,
    steps: u64,
    /// Where the simulation stood before.
    from: Position,
    /// Which buffer takes its records.
    records: usize,
}

/// What the host has asked of the device, and what that took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// Submissions of steps, and batches in them.
    pub submissions: u64,
    /// Batches.
    pub batches: u64,
    /// Dispatches of these, each behind a barrier.
    pub dispatches: u64,
    /// Host time that encoding and submitting took.
    pub host: Duration,
    /// Bytes read back: headers and recorded spikes.
    pub read_back: u64,
}

/// What is recorded of the spikes, on its way to the host. Submissions take turns with the device's buffers of records; when one has landed
/// and its spikes are known to be so many, so many are read back, behind the next submission.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Whose turn it is.
    turn: usize,
    under_way: VecDeque<(Sent, u32)>,
    /// Buffers to read into.
    staging: Vec<wgpu::Buffer>,
}

impl Records {
    /// Forgets what is on its way.
    pub(super) fn forget(&mut self) {
        self.under_way.clear();
    }
}

impl GpuEngine {
    /// The next batch, of at most so many steps.
    fn next(&self, steps: u64) -> Past {
        let batch = self.at.batch;
        Past {
            index: (batch % u64::from(RANGES)) as u32,
            step: self.at.step,
            length: u64::from(self.plan.candidate.batch).min(steps),
            // What is due in a batch stands in rows from its first step on.
            ring_row: match self.plan.is_by_delay() {
                true => 0,
                false => (self.at.step % u64::from(self.plan.ring_steps.max(1))) as u32,
            },
            number: number_of(batch),
        }
    }

    /// Moves on by a batch, and forgets those whose spikes have all arrived.
    fn pass(&mut self, own: Past) {
        self.at.step += own.length;
        self.at.batch += 1;
        self.at.delivered = false;
        if self.plan.is_by_delay() {
            self.at.past.push_back(own);
            let reach = self.at.step.saturating_sub(self.network.max_delay.into());
            while self.at.past.front().is_some_and(|past| past.step + past.length <= reach) {
                self.at.past.pop_front();
            }
        }
    }

    /// Encodes the next batches, at most `most` of them and `steps` steps: those of each group of shards, what a fused plan owes at the end,
    /// and a census whenever the list of spikes may be full.
    pub(super) fn next_batches(&mut self, steps: u64, most: u32) -> Encoded {
        let length = u64::from(self.plan.candidate.batch);
        // What is owed is written between submissions.
        let most = if self.at.owed.is_empty() { most } else { 1 };
        let batches = steps.div_ceil(length).min(u64::from(most)) as u32;
        // What a burst has had delivered stands beside what was owed then.
        if !self.at.delivered {
            self.pay_owed(length.min(steps));
        }
        let from = self.at.clone();
        let (mut params, mut commands) = (Vec::new(), Vec::new());
        if std::mem::take(&mut self.wakes) && self.plan.candidate.rests {
            let next = self.next(steps);
            commands.push(Command::WakeAll { at: 0 });
            params.push(Batch { step: next.step as u32, index: next.index, ..Batch::default() });
        }
        for group in 0..self.plan.groups() {
            // Each group's batches have ranges of their own in the list of spikes: those of the group before are full.
            let batch = self.at.batch;
            self.at.clone_from(&from);
            self.at.batch = batch;
            let (mut before, mut counted) = (None, None);
            for k in 0..batches {
                let own = self.next(steps - (self.at.step - from.step));
                commands.push(Command::Batch { group, at: params.len() as u32 });
                self.divide(self.parameters(Some(own), before), &mut params);
                let first = *counted.get_or_insert(own);
                before = Some(own);
                self.pass(own);
                let last = k + 1 == batches;
                if last && self.plan.is_fused() {
                    commands.push(Command::Rest { at: params.len() as u32 });
                    self.divide(self.parameters(None, before), &mut params);
                }
                if last || (k + 1) % self.plan.most_batches == 0 {
                    commands.push(Command::Census { at: params.len() as u32 });
                    params.push(Batch { first: first.index, last: own.index, number: first.number, ..Batch::default() });
                    counted = None;
                }
            }
        }
        let done = self.at.step - from.step;
        self.counted_steps += done;
        Encoded { params, commands, batches, steps: done }
    }

    /// The parameters of all parts of a pass.
    fn divide(&self, whole: Batch, params: &mut Vec<Batch>) {
        params.extend((0..self.plan.parameters_each()).map(|part| Batch { part, ..whole }));
    }

    /// A batch's parameters: what it advances, and what is delivered beside it. Those are its own spikes; or those of the batch before,
    /// if pulls and updates are fused; or all that may still be under way, if they are delivered when they are due.
    fn parameters(&self, own: Option<Past>, before: Option<Past>) -> Batch {
        let dispatches = &self.plan.dispatches;
        let (parts, most_spikes) = (dispatches.parts, dispatches.most_spikes);
        let base =
            Batch { parts, most_spikes, first: NO_BATCH, last: NO_BATCH, number: number_of(self.at.batch), ..Batch::default() };
        let base = own.map_or(base, |own| Batch {
            step: own.step as u32,
            length: own.length as u32,
            ring_row: own.ring_row,
            index: own.index,
            ..base
        });
        if self.plan.is_by_delay() {
            let ends = self.at.past.front().zip(self.at.past.back()).filter(|_| !self.at.delivered);
            return ends.map_or(base, |(first, last)| Batch { first: first.index, last: last.index, ..base });
        }
        match if self.plan.is_fused() { before } else { own } {
            None => base,
            Some(b) => Batch { first: b.index, last: b.index, from_step: b.step as u32, from_ring_row: b.ring_row, ..base },
        }
    }

    /// Most batches of a submission.
    fn most_batches(&self) -> u32 {
        // Whoever listens reads the list of spikes, which holds those of one census.
        if self.listening { self.plan.most_batches } else { self.plan.most_batches * self.plan.segments }
    }

    /// Encodes and submits the next batches, at most `steps` steps.
    fn submit(&mut self, steps: u64) -> Result<Flight> {
        let begin = Instant::now();
        let from = self.at.clone();
        let most = self.batches_per_submission.min(self.most_batches());
        let Encoded { params, commands, batches, steps } = self.next_batches(steps, most);
        self.resources.write_batches(&self.device.queue, &params);
        let mut encoder = self.device.encoder();
        let records = self.records.turn;
        self.records.turn = (records + 1) % self.resources.records.len();
        self.resources.encode_commands(&mut encoder, &self.plan, &commands, records);
        let readback = match self.staging.pop() {
            Some(buffer) => buffer,
            None => self.resources.staging_buffer(&self.device.device)?,
        };
        let header = [(&self.resources.spikes, 0, passes::SPIKES_HEADER)];
        let sent = self.device.send(encoder, self.worked_on(), readback, &header)?;
        self.work.submissions += 1;
        self.work.batches += u64::from(batches);
        self.work.dispatches += commands.iter().map(|command| self.resources.dispatches(&self.plan, *command)).sum::<u64>();
        self.work.host += begin.elapsed();
        Ok(Flight { sent, batches, steps, from, records })
    }

    /// Waits for a submission, and sends for what it recorded; the batch at which a burst stopped it, if one did.
    fn land(&mut self, flight: Flight) -> Result<Option<u32>> {
        let (words, staging) = self.device.receive(flight.sent)?;
        self.staging.push(staging);
        let header = passes::check_header(&words, &self.network, &self.device)?;
        self.work.read_back += SEAL_BYTES + passes::SPIKES_HEADER;
        self.take_records(usize::from(header.recorded > 0))?;
        if self.record && header.recorded > 0 {
            let bytes = u64::from(header.recorded) * 8;
            let enough = self.records.staging.iter().position(|buffer| buffer.size() >= bytes + SEAL_BYTES);
            let into = match enough {
                Some(i) => self.records.staging.swap_remove(i),
                None => staging_for(&self.device.device, bytes.next_power_of_two()),
            };
            self.work.read_back += SEAL_BYTES + bytes;
            let from = &self.resources.records[flight.records];
            let sent = self.device.send(self.device.encoder(), from, into, &[(from, 0, bytes)])?;
            self.records.under_way.push_back((sent, header.recorded));
        }
        Ok(header.burst)
    }

    /// Takes the records that are on their way, but for the last `but`.
    fn take_records(&mut self, but: usize) -> Result<()> {
        while self.records.under_way.len() > but {
            let Some((sent, recorded)) = self.records.under_way.pop_front() else { break };
            let (words, staging) = self.device.receive(sent)?;
            self.records.staging.push(staging);
            for pair in words.chunks_exact(2).take(recorded as usize) {
                let spike = self.spike(pair[1], pair[0]);
                self.recorded.push(spike);
            }
        }
        Ok(())
    }

    /// See [`crate::engine::Engine::advance`].
    pub(super) fn advance_by(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        let (mut submitted, mut landed) = (0, 0);
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let mut last = Instant::now();
        let mut interrupted = false;
        while landed < steps {
            let in_flight = if self.listening { 1 } else { self.in_flight() };
            // A batch whose input is complete is not left standing.
            while submitted < steps && flights.len() < in_flight && (!interrupted || self.at.delivered) {
                let flight = self.submit(steps - submitted)?;
                submitted += flight.steps;
                flights.push_back(flight);
            }
            let Some(flight) = flights.pop_front() else { break };
            let (mut batches, mut advanced, from) = (flight.batches, flight.steps, flight.from.clone());
            let burst = self.land(flight)?;
            if let Some(number) = burst {
                // What is in flight behind it did nothing.
                let behind: u64 = flights.iter().map(|f| f.steps).sum();
                for flight in flights.drain(..) {
                    self.land(flight)?;
                }
                self.counted_steps -= advanced + behind;
                (batches, advanced) = self.deliver_burst(from, number, advanced)?;
                self.counted_steps += advanced;
                submitted = landed + advanced;
            }
            if self.listening && !self.record {
                self.listen_to(batches)?;
            }
            landed += advanced;
            // Between two landings the device has worked on one submission: aim the next at the wanted length.
            if self.plan.batches_per_submission.is_none() && burst.is_none() {
                let per_batch = last.elapsed().as_secs_f64() / f64::from(batches);
                let wanted = (SUBMISSION.as_secs_f64() / per_batch.max(1e-9)) as u32;
                let most = self.most_batches().min(self.batches_per_submission.saturating_mul(2));
                self.batches_per_submission = wanted.clamp(1, most.max(1));
            }
            last = Instant::now();
            if tick(landed).is_break() {
                interrupted = true;
            }
        }
        self.take_records(0)?;
        if interrupted { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Submissions in flight: as many as there are buffers of records, where spikes are recorded.
    fn in_flight(&self) -> usize {
        if self.record { self.resources.records.len() } else { IN_FLIGHT }
    }

    /// Delivers the spikes that were too many for a dispatch, in parts, a submission each. The submission began at `from` with `steps` steps
    /// ahead and was stopped at the batch of a number; how many batches and steps it has advanced, where the simulation now stands.
    pub(super) fn deliver_burst(&mut self, from: Position, number: u32, steps: u64) -> Result<(u32, u64)> {
        let begin = from.step;
        self.at = from;
        self.bursts += 1;
        // After an update, its own spikes are delivered; others are delivered before.
        let before_it = number.wrapping_sub(number_of(self.at.batch)) & (u32::MAX >> 1);
        let updated = before_it + u32::from(self.plan.bursts_after_updates());
        let mut before = None;
        for _ in 0..updated {
            let own = self.next(steps - (self.at.step - begin));
            before = Some(own);
            self.pass(own);
        }
        let params = match (self.plan.is_by_delay(), self.plan.is_fused()) {
            (true, _) => {
                // Submissions behind this one have written what they owed over what this one did.
                let own = self.next(steps - (self.at.step - begin));
                self.pay_owed(own.length);
                self.parameters(Some(own), None)
            }
            (false, true) => self.parameters(None, before),
            (false, false) => self.parameters(before, None),
        };
        self.device.queue.write_buffer(&self.resources.spikes, passes::BURST, &0u32.to_le_bytes());
        let parts = self.plan.dispatches.parts_of(self.listed(&params)?);
        for part in 0..parts {
            let params = Batch { part, parts, most_spikes: u32::MAX, ..params };
            self.by_itself(&[params], |resources, plan, pass| resources.dispatch_delivery(pass, plan, 0, 1))?;
        }
        if let Some(left) = &self.resources.left {
            let mut encoder = self.device.encoder();
            encoder.clear_buffer(left, 0, None);
            self.device.submit(encoder, left)?;
        }
        self.at.delivered = self.plan.is_by_delay();
        if self.resources.plastic.is_some() {
            let mut all = Vec::new();
            self.divide(params, &mut all);
            self.by_itself(&all, |resources, plan, pass| resources.dispatch_plastic(pass, plan, 0))?;
        }
        Ok((updated, self.at.step - begin))
    }

    /// Spikes in the list that a delivery with some parameters takes.
    fn listed(&self, params: &Batch) -> Result<u64> {
        let words = self.device.read_words(&self.resources.ranges, 0, u64::from(RANGES) * 2)?;
        let ranges: &[BatchSpikes] = bytemuck::cast_slice(&words);
        let count = if params.first == NO_BATCH { 0 } else { (params.last + RANGES - params.first) % RANGES + 1 };
        Ok((0..count).map(|k| u64::from(ranges[((params.first + k) % RANGES) as usize].listed)).sum())
    }

    /// Does some work with some parameters in a submission of its own.
    fn by_itself(
        &self,
        params: &[Batch],
        dispatch: impl FnOnce(&super::Resources, &super::GpuPlan, &mut wgpu::ComputePass<'_>),
    ) -> Result<()> {
        self.resources.write_batches(&self.device.queue, params);
        let mut encoder = self.device.encoder();
        dispatch(
            &self.resources,
            &self.plan,
            &mut encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("burst"), timestamp_writes: None }),
        );
        let header = [(&self.resources.spikes, 0, passes::SPIKES_HEADER)];
        let sent =
            self.device.send(encoder, self.worked_on(), staging_for(&self.device.device, passes::SPIKES_HEADER), &header)?;
        passes::check_header(&self.device.receive(sent)?.0, &self.network, &self.device).map(|_| ())
    }
}
