//! The CPU engine: multi-threaded, needs no graphics driver.
//!
//! The network is cut into as many partitions as there are threads. A partition owns the state and the ring buffers of its
//! blocks and nobody else writes to them: a batch of steps is one parallel pass over partitions, each of which takes what the spikes
//! of the batch before send to its own neurons, updates them, and lists their spikes. No lock, no atomic, and the same sums in
//! any order, because they are integers. Where a sender has many synapses of one delay, they are delivered in the step in which they
//! are due (`due.rs`); where all delays are one step, input goes to the synaptic currents without a ring buffer, after the update.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

mod apart;
mod by_place;
mod calendar;
mod copy;
mod due;
mod due_words;
mod lanes;
mod list;
mod listed;
mod one_by_one;
mod partition;
mod places;
mod plastic;
mod plastic_step;
mod rest;
mod ring;
mod sharing;
mod snapshot;
mod store;
mod synapses;
mod update;

pub use self::copy::copy_bytes_per_s;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use self::partition::Partition;
use self::plastic::Senders;
use self::synapses::Synapses;
use super::exchange::{Exchange, Traffic};
use super::plan::{CpuPlan, Delivery, Options, PlanSummary, Rhythm};
use super::spikes::{add_term, checksum_value};
use super::{Arrival, Counts, Engine, PassTime, Snapshot, Spike, Tick, WindowPlan, pass_times};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::neuron::BLOCK;

/// How often an advance calls its tick.
const TICK: Duration = Duration::from_millis(20);

/// The CPU engine.
pub struct CpuEngine {
    network: Network,
    plan: CpuPlan,
    partitions: Vec<Partition>,
    synapses: Synapses,
    /// What plastic projections remember.
    senders: Senders,
    /// Synapses of every slot.
    degrees: Vec<u32>,
    /// Spikes of the batch before, which the next one delivers.
    pending: Pending,
    /// Its own spikes of the batch before, of which all others have not been told yet, while it advances.
    untold: Option<Pending>,
    step: u64,
    saved: Option<Saved>,
    counted: Counts,
    /// Checksums by trial.
    checksums: Vec<[u32; 2]>,
    record: bool,
    /// Whether it records for a while.
    listening: bool,
    recorded: Vec<Spike>,
    /// Who fires in windows, while somebody asks.
    watched: Option<(WindowPlan, Vec<u32>)>,
    /// Time of updates and of deliveries, the mean of the threads.
    spent: [Duration; 2],
    /// Steps that a trial advances in its turn, where trials go apart.
    turn: u64,
    /// Where it hears the spikes of others, if it shares the network with them.
    exchange: Option<Exchange>,
    /// Whether spikes travel while the next batch is advanced.
    overlaps: bool,
    /// Its threads then, which wait for others: those of everybody else must not.
    threads: Option<Arc<rayon::ThreadPool>>,
    /// Whether it wants all of them to stop.
    wants_to_stop: bool,
}

/// Spikes not delivered yet: slot and offset from a step.
#[derive(Debug, Clone, Default)]
struct Pending {
    step: u32,
    spikes: Vec<u32>,
}

struct Saved {
    step: u64,
    senders: Senders,
    pending: Pending,
    partitions: Vec<Partition>,
}

impl std::fmt::Debug for CpuEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CpuEngine").field("plan", &self.plan).field("step", &self.step).finish_non_exhaustive()
    }
}

impl CpuEngine {
    /// Builds the network's state and, if the plan says so, its synapses.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit the machine's memory.
    pub fn new(network: Network, options: &Options) -> Result<Self> {
        let plan = CpuPlan::new(&network, options)?;
        Self::with(network, plan, options, None)
    }

    fn with(network: Network, plan: CpuPlan, options: &Options, exchange: Option<Exchange>) -> Result<Self> {
        let partitions: Vec<Partition> =
            plan.partitions.par_iter().map(|blocks| Partition::new(&network, &plan, blocks.clone())).collect();
        let ranges: Vec<Range<u32>> = plan.partitions.iter().map(|b| b.start * BLOCK as u32..b.end * BLOCK as u32).collect();
        let synapses = Synapses::of(&network, &plan, &ranges);
        let counted = Counts::zero(network.populations.len());
        let degrees = network.out_degrees();
        let senders = Senders::new(&network);
        let overlaps = Rhythm::of(&network, options).overlaps;
        let exchange = exchange.map(|mut exchange| {
            // Whoever has plastic synapses remembers all spikes.
            if network.plastic.is_empty() {
                exchange.wants(synapses.senders(&network, options.share.as_ref(), ranges.len()));
            }
            exchange
        });
        let mut engine = Self {
            network,
            plan,
            partitions,
            synapses,
            senders,
            degrees,
            pending: Pending::default(),
            untold: None,
            step: 0,
            saved: None,
            counted,
            checksums: Vec::new(),
            record: options.record,
            listening: false,
            recorded: Vec::new(),
            watched: None,
            spent: [Duration::ZERO; 2],
            turn: apart::FIRST_TURN,
            overlaps: exchange.is_some() && overlaps,
            exchange,
            threads: None,
            wants_to_stop: false,
        };
        engine.reset()?;
        Ok(engine)
    }

    fn clear_counts(&mut self) {
        self.counted = Counts::zero(self.network.populations.len());
        self.checksums = vec![[0; 2]; self.network.trial_count() as usize];
        self.recorded.clear();
        self.watched = None;
    }

    /// Runs batches until it is time for a tick, or until anybody it shares the network with wants to stop; the steps they advanced, and whether
    /// that was so.
    fn run_batches(&mut self, steps: u64) -> Result<(u64, bool)> {
        let begin = Instant::now();
        let mut done = 0;
        while done < steps && (done == 0 || begin.elapsed() < TICK) {
            if self.goes_apart() {
                let turn = self.run_apart(steps - done);
                self.step += turn;
                done += turn;
                continue;
            }
            let batch = u64::from(self.plan.batch).min(steps - done) as u32;
            let stops = self.run_batch(batch)?;
            self.step += u64::from(batch);
            done += u64::from(batch);
            if stops {
                return Ok((done, true));
            }
        }
        Ok((done, false))
    }

    /// Whether anybody wants to stop.
    fn run_batch(&mut self, batch: u32) -> Result<bool> {
        let step = self.step as u32;
        let Some(mut exchange) = self.exchange.take() else {
            let spikes = self.work(batch);
            self.plastic_step(step, &spikes);
            self.note(step, batch, &spikes);
            self.pending = Pending { step, spikes };
            return Ok(false);
        };
        let stops =
            if self.overlaps { self.run_while_told(&mut exchange, batch) } else { self.run_then_tell(&mut exchange, batch) };
        self.exchange = Some(exchange);
        stops
    }

    /// Delivers what is pending and advances by a batch: the spikes of this engine's neurons.
    fn work(&mut self, batch: u32) -> Vec<u32> {
        let (network, step) = (&self.network, self.step as u32);
        let pending = std::mem::take(&mut self.pending);
        let direct = self.plan.direct;
        if let (Synapses::Procedural(procedural), false) = (&mut self.synapses, direct) {
            let begin = Instant::now();
            procedural.deliver(network, &mut self.partitions, &pending.spikes, pending.step);
            self.spent[1] += begin.elapsed();
        }
        let parts = self.plan.parts_of_trial;
        let threads = rayon::current_num_threads().min(self.partitions.len()).max(1) as u32;
        let synapses = &self.synapses;
        self.partitions.par_iter_mut().enumerate().for_each(|(t, partition)| {
            partition.run(network, synapses, (t % parts, parts), (pending.step, &pending.spikes), (step, batch));
        });
        if let (Synapses::Procedural(procedural), true) = (&mut self.synapses, direct) {
            let begin = Instant::now();
            procedural.deliver(network, &mut self.partitions, &pending.spikes, pending.step);
            self.spent[1] += begin.elapsed();
        }

        let mut spikes = pending.spikes;
        spikes.clear();
        for p in &mut self.partitions {
            spikes.extend_from_slice(&p.spikes);
            for (all, own) in self.checksums.iter_mut().zip(&p.checksums) {
                *all = add_term(*all, *own);
            }
            // Threads take several partitions in turn where there are more of them.
            for (all, own) in self.spent.iter_mut().zip(p.spent) {
                *all += own / threads;
            }
        }
        spikes
    }

    /// Changes the weights of plastic projections by the spikes of a batch, which is one step where there are any.
    fn plastic_step(&mut self, step: u32, spikes: &[u32]) {
        let network = &self.network;
        if network.plastic.is_empty() {
            return;
        }
        let begin = Instant::now();
        self.senders.begin(spikes);
        let senders = &self.senders;
        self.partitions.par_iter_mut().for_each(|partition| partition.plastic_step(network, senders, step));
        self.senders.end(network, step);
        self.spent[1] += begin.elapsed();
    }

    /// Counts a batch and this engine's spikes in it.
    fn note(&mut self, step: u32, batch: u32, own: &[u32]) {
        self.collect_counts();
        self.counted.steps += u64::from(batch);
        self.tally(step, own);
    }

    /// Takes what the partitions have counted.
    fn collect_counts(&mut self) {
        for p in &mut self.partitions {
            for (i, (n, e)) in p.counted.iter_mut().enumerate() {
                self.counted.spikes[i] += std::mem::take(n);
                self.counted.external_events[i] += std::mem::take(e);
            }
        }
    }

    /// Counts what some spikes of the batch from a step on send, and records them if that is wanted.
    fn tally(&mut self, step: u32, spikes: &[u32]) {
        let network = &self.network;
        for &entry in spikes {
            let slot = entry & 0x0FFF_FFFF;
            let events = u64::from(self.degrees[slot as usize]);
            if let Some(source) = network.source_of_slot(slot) {
                self.counted.external_events[source as usize] += events;
            } else {
                self.counted.synaptic_events += events;
            }
            if let Some((plan, words)) = &mut self.watched {
                plan.note(words, network.population_of_slot(slot).id, slot, step + (entry >> 28));
            }
            if self.record || self.listening {
                let population = network.population_of_slot(slot);
                let source = slot - population.first_slot;
                self.recorded.push(Spike { step: step + (entry >> 28), population: population.id, neuron: source });
            }
        }
    }
}

impl Engine for CpuEngine {
    fn network(&self) -> &Network {
        &self.network
    }

    fn plan(&self) -> PlanSummary {
        self.plan.summary()
    }

    fn reset(&mut self) -> Result<()> {
        let network = &self.network;
        self.untold = None;
        self.partitions.par_iter_mut().for_each(|p| p.reset(network));
        self.step = 0;
        self.pending = Pending::default();
        self.senders.reset();
        self.clear_counts();
        Ok(())
    }

    fn save(&mut self) -> Result<()> {
        self.saved = Some(Saved {
            step: self.step,
            senders: self.senders.clone(),
            pending: self.pending.clone(),
            partitions: self.partitions.clone(),
        });
        self.clear_counts();
        Ok(())
    }

    fn restore(&mut self) -> Result<()> {
        let Some(saved) = &self.saved else { return self.reset() };
        self.partitions.clone_from(&saved.partitions);
        self.untold = None;
        self.step = saved.step;
        self.pending = saved.pending.clone();
        self.senders = saved.senders.clone();
        self.clear_counts();
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        Ok(self.take())
    }

    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.set(snapshot)
    }

    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        self.add_arrivals(arrivals)
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        super::check_steps(&self.network, self.step, steps)?;
        self.wants_to_stop = false;
        let (mut done, mut why) = (0, None);
        while done < steps {
            // On one of the pool's own threads: to start a parallel pass from outside would cost two wake-ups per batch.
            let (advanced, stops) = match self.threads.clone() {
                None => rayon::scope(|_| self.run_batches(steps - done)),
                Some(threads) => threads.install(|| self.run_batches(steps - done)),
            }?;
            done += advanced;
            // All are told of the last batch, also of what was advanced while somebody's wish to stop travelled.
            let stops = stops || (done == steps && self.tell_the_last()?);
            if stops {
                self.tell_the_last()?;
                // Why is told by whoever wanted to.
                return Err(why.unwrap_or(Error::Interrupted));
            }
            if why.is_some() {
                continue;
            }
            if let Some(fault) = self.partitions.iter().filter_map(|p| p.fault).min_by_key(|f| (f.1, f.0)) {
                why = Some(super::fault(&self.network, fault));
            } else if tick(done).is_break() {
                why = Some(Error::Interrupted);
            }
            match why {
                // All others stop at the same batch.
                Some(_) if self.exchange.is_some() => self.wants_to_stop = true,
                Some(why) => return Err(why),
                None => {}
            }
        }
        why.map_or(Ok(()), Err)
    }

    fn counts(&mut self) -> Result<Counts> {
        let mut counts = self.counted.clone();
        counts.checksum = checksum_value(self.checksums.iter().fold([0; 2], |sum, own| add_term(sum, *own)));
        counts.trial_checksums = self.checksums.iter().map(|sum| checksum_value(*sum)).collect();
        Ok(counts.with_sources(&self.network))
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn listen(&mut self, on: bool) -> Result<bool> {
        self.listening = on;
        Ok(self.record || on)
    }

    fn watch(&mut self, plan: &WindowPlan) -> Result<()> {
        let words = plan.first_words(self.step as u32);
        self.watched = Some((plan.clone(), words));
        Ok(())
    }

    fn watched(&mut self) -> Result<Vec<u32>> {
        Ok(self.watched.take().map(|(_, words)| words).unwrap_or_default())
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.recorded.par_sort_unstable();
        Ok(std::mem::take(&mut self.recorded))
    }

    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        let events = self.counted.synaptic_events;
        self.spent = [Duration::ZERO; 2];
        if let Some(exchange) = &mut self.exchange {
            exchange.take_traffic();
        }
        super::advance_quietly(self, steps)?;
        let events = self.counted.synaptic_events - events;
        let batches = steps.div_ceil(u64::from(self.plan.batch));
        let stored = self.plan.delivery == Delivery::Stored;
        // Nobody counts the neurons that are left alone.
        let all_stepped = self.partitions.iter().all(|p| p.rest.is_none());
        let moves = batches * u64::from(self.plan.moves(self.plan.batch));
        let owned: f64 = self.partitions.iter().map(|p| p.row_words() as f64).sum();
        let part = owned / f64::from(self.network.slots());
        let update = all_stepped.then(|| (part * pass_times::update_bytes(&self.network, steps, moves) as f64) as u64);
        let bytes = [update, Some(pass_times::delivery_bytes(events, stored))];
        let pass = |i: usize, name: &'static str| PassTime {
            name: name.into(),
            dispatches: batches,
            seconds: self.spent[i].as_secs_f64(),
            bytes: bytes[i],
        };
        let mut passes = vec![pass(0, "update"), pass(1, "delivery")];
        if let Some(exchange) = &mut self.exchange {
            let Traffic { batches, bytes, spent } = exchange.take_traffic();
            passes.push(PassTime {
                name: "exchange".into(),
                dispatches: batches,
                seconds: spent.as_secs_f64(),
                bytes: Some(bytes),
            });
        }
        Ok(passes)
    }

    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        Ok(plastic_step::weights(&self.partitions, &self.network.plastic[index], index))
    }

    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        self.partitions.iter_mut().for_each(Partition::settle);
        let p = &self.network.populations[population];
        let slots = p.first_slot + neurons.start..p.first_slot + neurons.end;
        let word = |slot: u32| self.partitions.iter().find_map(|part| part.potential(slot)).unwrap_or(0);
        Ok(slots.map(|slot| p.potential_mv(slot - p.first_slot, word(slot))).collect())
    }
}
