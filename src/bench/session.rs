//! A benchmark from its first baseline to its last: which workload is measured when, what goes wrong with it, and what is known of all.
//!
//! The session knows nothing of command lines or files. A [`Listener`] hears what goes on and takes the result whenever it is renewed.

#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of neurons, rows and rounds fit 32 bits (src/bounds.rs); steps were rounded"
)]

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::activity::activity;
use super::done::{Charge, Done};
use super::figures::{self, Ran};
use super::job::Job;
use super::realisations::{self, Further};
use super::{Engines, Instruments, Progress, Stretch, machine, measure};
use crate::energy::{Idle, IdlePower, Profile, Rig, Span, idle_power};
use crate::engine;
use crate::error::{Error, Result};
use crate::math::median;
use crate::network::Network;
use crate::result::{Activity, Brain, Ending, Engine, Machine, Meter, Outcome, Phase, RunResult, SCHEMA_VERSION, Setup};
use crate::scenario::Scenario;

/// Longest repetition that is gone through once more for its activity over time, s.
const LONGEST_FOR_ACTIVITY_S: f64 = 5.0;
/// Steps whose passes are timed.
const PROFILED_STEPS: u64 = 2000;

/// What a listener hears besides progress.
#[derive(Debug)]
pub enum Event<'a> {
    /// The machine will be left alone for so long, s.
    Idle(f64),
    /// The idle baseline so far, or why there is none.
    IdlePower(std::result::Result<IdlePower, String>),
    /// It is found out how fast the engine copies memory.
    Copying,
    /// A workload begins, at a position counted from 1 among so many.
    Begin(&'a Scenario, usize, usize),
    /// Something a user should know of it.
    Remark(&'a str),
    /// It went wrong.
    Failed(&'a Error),
    /// It ended, one way or the other.
    End,
}

/// Who listens to a session: a command line, a test, a program that embeds the library.
pub trait Listener: Progress {
    /// Hears what goes on.
    fn event(&mut self, _event: Event<'_>) {}

    /// Takes what is known after every measurement of a workload.
    ///
    /// # Errors
    /// Whatever keeps the result from being kept; ends the session.
    fn renewed(&mut self, _result: &RunResult) -> Result<()> {
        Ok(())
    }
}

/// What a benchmark is made of.
pub struct Session<'a> {
    /// What makes engines.
    pub engines: &'a dyn Engines,
    /// Clock and meters.
    pub instruments: &'a Instruments,
    /// The workloads, in the order asked for.
    pub jobs: &'a [Job],
    /// How long and how often to measure.
    pub profile: Profile,
    /// Whether each pass is timed after the measurement.
    pub passes: bool,
    /// Whether repetitions are gone through once more for their activity over time however long they take.
    pub activity: bool,
    /// The machine it runs on.
    pub machine: Machine,
    /// What the user says of the measurement.
    pub setup: Setup,
    /// Set to end the session.
    pub stop: &'a AtomicBool,
}

/// What a session ends with.
#[derive(Debug)]
pub struct Ended {
    /// All that is known.
    pub result: RunResult,
    /// What went wrong, by scenario, in the order in which it did.
    pub errors: Vec<(String, Error)>,
    /// What ended the session before its end.
    pub broken_off: Option<Error>,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("jobs", &self.jobs.len()).field("profile", &self.profile.name).finish_non_exhaustive()
    }
}

impl Session<'_> {
    /// The result before anything has run.
    pub fn outset(&self) -> RunResult {
        SoFar::new(self).result()
    }

    /// Runs the benchmark. A workload that fails ends itself only; [`Error::Interrupted`] and a result that cannot be kept end them all.
    pub fn run(&self, listener: &mut dyn Listener) -> Ended {
        let mut so_far = SoFar::new(self);
        let broken_off = so_far.all(listener).err();
        so_far.interrupted = matches!(broken_off, Some(Error::Interrupted));
        so_far.charge();
        Ended { result: so_far.result(), errors: so_far.errors, broken_off }
    }
}

/// The orders in which workloads are measured, as indices: as given, or drawn; the second is the first reversed.
fn orders(workloads: usize, profile: &Profile) -> Vec<Vec<usize>> {
    let mut first: Vec<usize> = (0..workloads).collect();
    if profile.shuffles {
        fastrand::shuffle(&mut first);
    }
    let second = first.iter().rev().copied().collect();
    [first, second].into_iter().take(profile.orders as usize).collect()
}

/// Where a measurement stands in the session.
#[derive(Clone, Copy)]
struct Place {
    round: u32,
    position: usize,
}

/// A session under way.
struct SoFar<'a> {
    session: &'a Session<'a>,
    created_utc: String,
    machine: Machine,
    engine: Engine,
    brain: Brain,
    idle: Idle,
    cool_downs: Vec<Span>,
    order: Vec<String>,
    done: Vec<Option<Done>>,
    rounds: Vec<u32>,
    failed: Vec<Option<String>>,
    errors: Vec<(String, Error)>,
    interrupted: bool,
}

impl<'a> SoFar<'a> {
    fn new(session: &'a Session<'a>) -> Self {
        let now = jiff::Timestamp::now();
        let n = session.jobs.len();
        Self {
            session,
            created_utc: now.round(jiff::Unit::Second).map_or_else(|_| now.to_string(), |t| t.to_string()),
            machine: session.machine.clone(),
            engine: session.engines.describe(),
            brain: Brain::embedded(),
            idle: Idle::default(),
            cool_downs: Vec::new(),
            order: Vec::new(),
            done: (0..n).map(|_| None).collect(),
            rounds: vec![0; n],
            failed: vec![None; n],
            errors: Vec::new(),
            interrupted: false,
        }
    }

    fn rig(&self) -> Rig<'_> {
        Rig {
            monitor: &self.session.instruments.monitor,
            chosen: self.session.instruments.chosen,
            profile: &self.session.profile,
            idle: &self.idle,
            stop: self.session.stop,
        }
    }

    /// Baseline, every order of the workloads, and the last baseline where the profile takes the time.
    fn all(&mut self, listener: &mut dyn Listener) -> Result<()> {
        self.baseline(listener)?;
        if self.session.passes {
            listener.event(Event::Copying);
            // Who cannot tell how fast it copies can run all the same.
            match self.session.engines.copy_bytes_per_s() {
                Ok(rate) => self.engine.copy_bytes_per_s = rate,
                Err(e) => listener.event(Event::Remark(&format!("its copying cannot be timed: {e}"))),
            }
        }
        for (round, order) in orders(self.session.jobs.len(), &self.session.profile).into_iter().enumerate() {
            for (position, index) in order.into_iter().enumerate() {
                // What went wrong once is not tried again.
                if self.failed[index].is_some() {
                    continue;
                }
                self.workload(index, Place { round: round as u32, position }, listener)?;
                self.charge();
                listener.renewed(&self.result())?;
            }
        }
        if self.session.profile.cool_down_cap_s > 0.0 {
            self.baseline(listener)?;
        }
        match self.session.stop.load(Ordering::Relaxed) {
            true => Err(Error::Interrupted),
            false => Ok(()),
        }
    }

    /// Measures the quiet machine, if a meter that measures decides.
    fn baseline(&mut self, listener: &mut dyn Listener) -> Result<()> {
        let instruments = self.session.instruments;
        let Some(index) = instruments.chosen.filter(|i| instruments.monitor.channel(*i).info().measures()) else {
            return Ok(());
        };
        if !self.idle.spans.is_empty() {
            self.cool_down()?;
        }
        let seconds = self.session.profile.idle_s;
        listener.event(Event::Idle(self.rig().restless_s() + seconds));
        let span = self.rig().idle_span(seconds)?;
        instruments.settle(span.to_s);
        self.idle.spans.push(span);
        let channel = instruments.monitor.channel(index);
        listener.event(Event::IdlePower(idle_power(channel.info(), &channel.trace, &self.idle)));
        Ok(())
    }

    /// Waits until the machine is about as cool as before.
    fn cool_down(&mut self) -> Result<()> {
        let clock = self.session.instruments.monitor.clock();
        let from_s = clock.now_s();
        self.rig().cool_down()?;
        let span = Span { from_s, to_s: clock.now_s() };
        if span.length_s() > 0.0 {
            self.cool_downs.push(span);
        }
        Ok(())
    }

    /// Measures a workload; what goes wrong is kept.
    fn workload(&mut self, index: usize, place: Place, listener: &mut dyn Listener) -> Result<()> {
        let scenario = &self.session.jobs[index].scenario;
        listener.event(Event::Begin(scenario, place.position + 1, self.session.jobs.len()));
        let measured = self.measure(index, place, listener).and_then(|mut done| {
            self.order.push(scenario.name.clone());
            let trouble = done.trouble.take();
            match &mut self.done[index] {
                Some(before) => before.merge(done)?,
                empty => *empty = Some(done),
            }
            // What came after the measurement may have gone wrong; the measurement stands.
            trouble.map_or(Ok(()), Err)?;
            self.rounds[index] += 1;
            Ok(())
        });
        let outcome = match measured {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            Err(e) => {
                listener.event(Event::Failed(&e));
                self.failed[index] = Some(e.to_string());
                self.errors.push((scenario.name.clone(), e));
                Ok(())
            }
            Ok(()) => Ok(()),
        };
        listener.event(Event::End);
        outcome
    }

    fn measure(&mut self, index: usize, place: Place, listener: &mut dyn Listener) -> Result<Done> {
        let job = &self.session.jobs[index];
        let Job { scenario, transient_ms, bio_ms, .. } = job;
        let instruments = self.session.instruments;
        if self.session.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        if (place.round, place.position) != (0, 0) && self.session.profile.cool_down_cap_s > 0.0 {
            listener.stage("cooling down", 0);
            self.cool_down()?;
        }
        let (mut engine, build) = self.build(scenario, job.trials.clone(), listener)?;
        let loaded_idle = self.loaded_idle(place, listener)?;
        let network = engine.network();
        let stretch = Stretch { transient: network.steps(*transient_ms), steps: network.steps(*bio_ms) };
        let measurement = measure(engine.as_mut(), stretch, &self.rig(), place.round, listener)?;
        instruments.settle(measurement.observation.windows.last().map_or(0.0, |w| w.span.to_s));
        let repetition_s = median(&measurement.observation.wall_s).unwrap_or(0.0);
        let activity = match place.round == 0 && (self.session.activity || repetition_s <= LONGEST_FOR_ACTIVITY_S) {
            true => match activity(engine.as_mut(), stretch.steps, &measurement.counts, self.session.stop, listener) {
                // What was measured is complete.
                Err(Error::Interrupted) => None,
                seen => Some(seen?),
            },
            false => None,
        };
        let passes = match self.session.passes && !self.session.stop.load(Ordering::Relaxed) {
            true => {
                listener.stage("timing each pass", 0);
                engine.time_passes(stretch.steps.min(PROFILED_STEPS))?
            }
            false => Vec::new(),
        };
        let mut trouble = None;
        let accuracy = job.recipe.filter(|_| place.round == 0).and_then(|recipe| {
            let held = recipe.accuracy(engine.as_mut(), stretch, &measurement.counts, self.session.stop, listener);
            held.unwrap_or_else(|e| {
                trouble = Some(e);
                None
            })
        });
        let plan = engine.plan();
        let workload = figures::workload(&Ran {
            network: engine.network(),
            device_bytes: self.engine.adapter.as_ref().and(plan.memory).map(|m| m.total()),
            plan,
            passes,
            transient_ms: *transient_ms,
            bio_ms: *bio_ms,
            build_s: build.length_s(),
            measurement: &measurement,
            activity,
            stamp: &self.engine.stamp,
        });
        drop(engine);
        let mut further = Vec::new();
        let seeds = if place.round == 0 { u64::from(job.seeds) } else { 1 };
        for i in 1..seeds {
            if trouble.is_some() {
                break;
            }
            match self.further(job, scenario.seed.wrapping_add(i), listener) {
                Ok(seed) => further.push(seed),
                Err(e) => trouble = Some(e),
            }
        }
        let warm_up = Span { from_s: measurement.observation.began_s, to_s: measurement.observation.warm_s };
        Ok(Done { workload, measurement, builds: vec![build], warm_ups: vec![warm_up], loaded_idle, accuracy, further, trouble })
    }

    /// Builds a network and an engine for it; and when.
    fn build(
        &self,
        scenario: &Scenario,
        trials: Range<u32>,
        listener: &mut dyn Listener,
    ) -> Result<(Box<dyn engine::Engine>, Span)> {
        let clock = self.session.instruments.monitor.clock();
        listener.stage("building the network", 0);
        let from_s = clock.now_s();
        let network = Network::build(scenario)?.with_trials(trials)?;
        // The first time this may take a driver minutes.
        listener.stage("compiling its passes, storing its synapses", 0);
        let engine = self.session.engines.ready(network, &mut |text| listener.event(Event::Remark(text)))?;
        Ok((engine, Span { from_s, to_s: clock.now_s() }))
    }

    /// Lets the machine rest with a network loaded, once, if a meter that measures decides and the profile asks for it.
    fn loaded_idle(&self, place: Place, listener: &mut dyn Listener) -> Result<Option<Span>> {
        let (instruments, seconds) = (self.session.instruments, self.session.profile.loaded_idle_s);
        let measures = instruments.chosen.is_some_and(|i| instruments.monitor.channel(i).info().measures());
        if place.round > 0 || !measures || seconds <= 0.0 {
            return Ok(None);
        }
        listener.stage("idle, with the network loaded", 0);
        self.rig().idle_span(seconds).map(Some)
    }

    /// Measures a workload with another seed.
    fn further(&self, job: &Job, seed: u64, listener: &mut dyn Listener) -> Result<Further> {
        if self.session.stop.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        listener.event(Event::Remark(&format!("seed {seed}")));
        let scenario = Scenario { seed, ..job.scenario.clone() };
        let (mut engine, build) = self.build(&scenario, job.trials.clone(), listener)?;
        let network = engine.network();
        let stretch = Stretch { transient: network.steps(job.transient_ms), steps: network.steps(job.bio_ms) };
        let profile = realisations::profile(&self.session.profile);
        let rig = Rig { profile: &profile, ..self.rig() };
        let measurement = measure(engine.as_mut(), stretch, &rig, 0, listener)?;
        self.session.instruments.settle(measurement.observation.windows.last().map_or(0.0, |w| w.span.to_s));
        Ok(Further { seed, measurement, build })
    }

    /// Reads every workload's joules from the meters' traces, as far as they go by now.
    fn charge(&mut self) {
        let instruments = self.session.instruments;
        let with = Charge { instruments, idle: &self.idle, profile: &self.session.profile, brain: &self.brain };
        for (job, done) in self.session.jobs.iter().zip(&mut self.done) {
            done.iter_mut().for_each(|done| done.charge(&with, job.recipe));
        }
    }

    /// What went on when.
    fn phases(&self) -> Vec<Phase> {
        let idle = self.idle.spans.iter().map(|span| figures::phase(Activity::Idle, None, *span));
        let cool = self.cool_downs.iter().map(|span| figures::phase(Activity::CoolDown, None, *span));
        let worked = self.done.iter().flatten().flat_map(Done::phases);
        let mut all: Vec<Phase> = idle.chain(cool).chain(worked).collect();
        all.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        all
    }

    /// What became of every workload so far.
    fn outcomes(&self) -> Vec<Outcome> {
        let orders = self.session.profile.orders;
        let outcome = |i: usize| {
            let (ending, reason) = match (&self.failed[i], self.rounds[i]) {
                (Some(why), _) => (Ending::Failed, Some(why.clone())),
                (None, n) if n >= orders => (Ending::Complete, None),
                (None, 0) if self.interrupted && self.done[i].is_some() => {
                    (Ending::Skipped, Some("the run was broken off before its further seeds and statistics were complete".into()))
                }
                (None, 0) if self.interrupted => (Ending::Skipped, Some("the run was broken off before it was measured".into())),
                (None, n) if self.interrupted => {
                    (Ending::Skipped, Some(format!("the run was broken off after {n} of {orders} orders")))
                }
                (None, _) => (Ending::Skipped, Some("its turn had not come when this was written".into())),
            };
            Outcome { scenario: self.session.jobs[i].scenario.name.clone(), ending, reason }
        };
        (0..self.session.jobs.len()).map(outcome).collect()
    }

    /// What is known so far.
    fn result(&self) -> RunResult {
        let instruments = self.session.instruments;
        let mut meters: Vec<Meter> = (0..instruments.monitor.meters())
            .map(|i| {
                let why = (instruments.chosen == Some(i)).then_some(instruments.why.as_str());
                figures::meter(&instruments.monitor.channel(i), &self.idle, why)
            })
            .collect();
        let meter = match instruments.chosen {
            Some(i) => meters.remove(i),
            None => Meter::none(&instruments.why),
        };
        RunResult {
            schema_version: SCHEMA_VERSION,
            program: machine::program(),
            created_utc: self.created_utc.clone(),
            protocol: self.session.profile.name,
            interrupted: self.interrupted,
            machine: self.machine.clone(),
            engine: self.engine.clone(),
            meter,
            other_meters: meters,
            order: self.order.clone(),
            phases: self.phases(),
            setup: self.session.setup.clone(),
            brain: self.brain.clone(),
            outcomes: self.outcomes(),
            workloads: self.done.iter().flatten().map(|d| d.workload.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_holds_every_workload_and_the_second_is_the_first_reversed() {
        assert_eq!(orders(3, &Profile::QUICK), [[0, 1, 2]]);
        let two = orders(5, &Profile::PUBLICATION);
        let mut sorted = two[0].clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        assert!(two[0].iter().eq(two[1].iter().rev()));
        let drawn: std::collections::BTreeSet<Vec<usize>> = (0..50).map(|_| orders(4, &Profile::STANDARD).remove(0)).collect();
        assert!(drawn.len() > 5, "the order is drawn anew every time: {drawn:?}");
    }
}
