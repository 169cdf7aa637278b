//! A share of a network on an engine that hears nothing of others by itself, such as an adapter's: what the spikes of others send to its neurons is
//! evaluated here, batch by batch, and added as input from outside.

#![allow(clippy::cast_possible_truncation, reason = "slots and steps within a batch fit 32 bits (src/bounds.rs)")]

use std::ops::Range;
use std::time::Instant;

use rayon::prelude::*;

use super::super::exchange::{Exchange, Traffic};
use crate::engine::plan::{Rhythm, Share};
use crate::engine::spikes::spike_entry;
use crate::engine::{
    Arrival, Counts, Engine, PassTime, PlanSummary, Snapshot, Spike, Tick, WindowPlan, advance_quietly, check_steps,
};
use crate::error::{Error, Result};
use crate::network::Network;

/// Such an engine with its exchange.
pub(super) struct ByArrivals {
    inner: Box<dyn Engine>,
    exchange: Exchange,
    share: Share,
    /// When all ranks meet.
    rhythm: Rhythm,
    record: bool,
    listening: bool,
    recorded: Vec<Spike>,
    evaluating: std::time::Duration,
    /// What went wrong since all ranks met last: they have to hear of it before it is told.
    trouble: Option<Error>,
}

impl ByArrivals {
    /// `inner` was built to record spikes.
    pub(super) fn new(inner: Box<dyn Engine>, exchange: Exchange, share: Share, (rhythm, record): (Rhythm, bool)) -> Self {
        let (listening, recorded, evaluating) = (false, Vec::new(), std::time::Duration::ZERO);
        Self { inner, exchange, share, rhythm, record, listening, recorded, evaluating, trouble: None }
    }

    /// A batch, of which it is known whether more are to come, and what others have sent in it. Whether anybody wants to stop.
    fn step_batch(&mut self, steps: u64, (stop, more): (bool, bool)) -> Result<bool> {
        let begin = self.inner.step() as u32;
        let own = match self.trouble {
            Some(_) => Vec::new(),
            None => advance_quietly(self.inner.as_mut(), steps).and_then(|()| self.inner.take_spikes()).unwrap_or_else(|e| {
                self.trouble = Some(e);
                Vec::new()
            }),
        };
        let network = self.inner.network();
        let slot = |s: &Spike| network.populations[s.population as usize].first_slot + s.neuron;
        let entries: Vec<u32> = own.iter().map(|s| spike_entry(slot(s), s.step - begin)).collect();
        if self.record || self.listening {
            self.recorded.extend_from_slice(&own);
        }
        let mut heard = Vec::new();
        let stops = self.exchange.spikes(&entries, stop || self.trouble.is_some(), &mut heard)?;
        if let Some(trouble) = self.trouble.take() {
            if self.rhythm.overlaps && more {
                // All others tell of one more batch.
                self.exchange.spikes(&[], true, &mut heard)?;
            }
            return Err(trouble);
        }
        let began = Instant::now();
        let (share, others) = (&self.share, heard.iter().filter(|entry| !self.share.owns(**entry & 0x0FFF_FFFF)));
        let others: Vec<u32> = others.copied().collect();
        let arrivals: Vec<Arrival> = others
            .par_iter()
            .flat_map_iter(|entry| arrivals(network, share, entry & 0x0FFF_FFFF, begin + (entry >> 28)))
            .collect();
        if !arrivals.is_empty() {
            self.trouble = self.inner.inject(&arrivals).err();
        }
        self.evaluating += began.elapsed();
        Ok(stops)
    }
}

/// What a spike of a slot in a step sends to the neurons of a share.
fn arrivals<'a>(network: &'a Network, share: &'a Share, slot: u32, step: u32) -> impl Iterator<Item = Arrival> + 'a {
    let sender = network.population_of_slot(slot);
    let source = slot - sender.first_slot;
    network.outgoing(sender).iter().filter(move |p| source < p.source_size).flat_map(move |p| {
        let (row, first) = (p.row(source), network.populations[p.target].first_slot);
        let of = move |k: u32| {
            let s = row.synapse(k);
            share.owns(first + s.target).then(|| Arrival {
                population: p.target as u32,
                neuron: s.target,
                channel: p.channel,
                step: u64::from(step + s.delay),
                input: p.weights[s.weight_level as usize],
            })
        };
        (0..p.row_length(source)).filter_map(of)
    })
}

impl Engine for ByArrivals {
    fn network(&self) -> &Network {
        self.inner.network()
    }

    fn plan(&self) -> PlanSummary {
        self.inner.plan()
    }

    fn reset(&mut self) -> Result<()> {
        self.recorded.clear();
        self.inner.reset()
    }

    fn save(&mut self) -> Result<()> {
        self.recorded.clear();
        self.inner.save()
    }

    fn restore(&mut self) -> Result<()> {
        self.recorded.clear();
        self.inner.restore()
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        self.inner.snapshot()
    }

    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.recorded.clear();
        self.inner.resume(snapshot)
    }

    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        self.inner.inject(arrivals)
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        check_steps(self.inner.network(), self.inner.step(), steps)?;
        let (mut done, mut stop, mut last) = (0, false, false);
        while done < steps {
            let batch = u64::from(self.rhythm.steps).min(steps - done);
            let stops = self.step_batch(batch, (stop, !last && done + batch < steps))?;
            done += batch;
            // Who hears it while the next batch is advanced stops behind that.
            if last || (stops && (!self.rhythm.overlaps || done == steps)) {
                return Err(Error::Interrupted);
            }
            last = stops;
            stop |= tick(done).is_break();
        }
        match self.trouble.take() {
            Some(trouble) => Err(trouble),
            None if stop => Err(Error::Interrupted),
            None => Ok(()),
        }
    }

    fn counts(&mut self) -> Result<Counts> {
        self.inner.counts()
    }

    fn step(&self) -> u64 {
        self.inner.step()
    }

    fn listen(&mut self, on: bool) -> Result<bool> {
        self.listening = on;
        Ok(self.record || on)
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.recorded.sort_unstable();
        Ok(std::mem::take(&mut self.recorded))
    }

    fn watch(&mut self, plan: &WindowPlan) -> Result<()> {
        self.inner.watch(plan)
    }

    fn watched(&mut self) -> Result<Vec<u32>> {
        self.inner.watched()
    }

    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        self.exchange.take_traffic();
        self.evaluating = std::time::Duration::ZERO;
        let (began, batches) = (Instant::now(), steps.div_ceil(self.rhythm.steps.into()));
        self.advance(steps, &mut |_| std::ops::ControlFlow::Continue(()))?;
        let Traffic { batches: exchanges, bytes, spent } = self.exchange.take_traffic();
        let rest = began.elapsed().saturating_sub(spent + self.evaluating);
        let pass = |name: &'static str, dispatches: u64, seconds: f64, bytes: Option<u64>| PassTime {
            name: name.into(),
            dispatches,
            seconds,
            bytes,
        };
        Ok(vec![
            pass("update", batches, rest.as_secs_f64(), None),
            pass("delivery", batches, self.evaluating.as_secs_f64(), None),
            pass("exchange", exchanges, spent.as_secs_f64(), Some(bytes)),
        ])
    }

    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        self.inner.plastic_words(index)
    }

    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        self.inner.potentials_mv(population, neurons)
    }
}
