//! A share of a network on an engine that has no exchange of its own, such as an adapter's: batch by batch it is told what others have fired, and
//! delivers that itself ([`Engine::hear`]). For an engine that cannot do so, the synapses are evaluated here and added as input from outside.

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
pub(super) struct OnAdapter {
    /// Of lists it may hold only what ends at its own neurons.
    inner: Box<dyn Engine>,
    whole: Network,
    exchange: Exchange,
    share: Share,
    /// When all ranks meet.
    rhythm: Rhythm,
    record: bool,
    listening: bool,
    recorded: Vec<Spike>,
    delivering: std::time::Duration,
    /// What went wrong since all ranks met last: they have to hear of it before it is told.
    trouble: Option<Error>,
}

impl OnAdapter {
    /// `inner` was built to record spikes.
    pub(super) fn new(
        (inner, whole): (Box<dyn Engine>, Network),
        exchange: Exchange,
        share: Share,
        (rhythm, record): (Rhythm, bool),
    ) -> Self {
        let (listening, recorded, delivering) = (false, Vec::new(), std::time::Duration::ZERO);
        Self { inner, whole, exchange, share, rhythm, record, listening, recorded, delivering, trouble: None }
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
        let network = &self.whole;
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
        let others: Vec<Spike> = heard.iter().filter_map(|entry| self.of_another(*entry, begin)).collect();
        self.trouble = self.deliver(&others).err();
        self.delivering += began.elapsed();
        Ok(stops)
    }

    /// A spike that was heard, if it is not one of its own.
    fn of_another(&self, entry: u32, begin: u32) -> Option<Spike> {
        let slot = entry & 0x0FFF_FFFF;
        let p = self.whole.population_of_slot(slot);
        (!self.share.owns(slot)).then(|| Spike { step: begin + (entry >> 28), population: p.id, neuron: slot - p.first_slot })
    }

    /// Delivers what others have fired.
    fn deliver(&mut self, others: &[Spike]) -> Result<()> {
        if others.is_empty() || self.inner.hear(others)? {
            return Ok(());
        }
        let (network, share) = (&self.whole, &self.share);
        let arrivals: Vec<Arrival> = others.par_iter().flat_map_iter(|spike| arrivals(network, share, spike)).collect();
        if arrivals.is_empty() { Ok(()) } else { self.inner.inject(&arrivals) }
    }
}

/// What a spike sends to the neurons of a share.
fn arrivals<'a>(network: &'a Network, share: &'a Share, spike: &Spike) -> impl Iterator<Item = Arrival> + 'a {
    let (sender, source, step) = (&network.populations[spike.population as usize], spike.neuron, spike.step);
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

impl Engine for OnAdapter {
    fn network(&self) -> &Network {
        &self.whole
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
        check_steps(&self.whole, self.inner.step(), steps)?;
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
        self.delivering = std::time::Duration::ZERO;
        let (began, batches) = (Instant::now(), steps.div_ceil(self.rhythm.steps.into()));
        self.advance(steps, &mut |_| std::ops::ControlFlow::Continue(()))?;
        let Traffic { batches: exchanges, bytes, spent } = self.exchange.take_traffic();
        let rest = began.elapsed().saturating_sub(spent + self.delivering);
        let pass = |name: &'static str, dispatches: u64, seconds: f64, bytes: Option<u64>| PassTime {
            name: name.into(),
            dispatches,
            seconds,
            bytes,
        };
        Ok(vec![
            pass("update", batches, rest.as_secs_f64(), None),
            pass("delivery", batches, self.delivering.as_secs_f64(), None),
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
