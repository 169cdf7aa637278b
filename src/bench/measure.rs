//! Repetitions of a workload, timed and metered.

#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of neurons, rows and rounds fit 32 bits (src/bounds.rs); steps were rounded"
)]

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::energy::{Clock, Load, Observation, Repetition, Rig, Work};
use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};

/// What the caller wants to hear while a workload runs.
pub trait Progress {
    /// A stage begins that will take this many steps in all; 0 if nobody knows.
    fn stage(&mut self, text: &str, steps: u64);
    /// What goes on within the stage.
    fn message(&mut self, text: &str);
    /// Steps of the stage that are done.
    fn steps(&mut self, done: u64);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&mut self, _: &str, _: u64) {}
    fn message(&mut self, _: &str) {}
    fn steps(&mut self, _: u64) {}
}

/// Biological time of a workload, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Uncounted at first.
    pub transient: u64,
    /// Counted in every repetition.
    pub steps: u64,
}

/// A measured workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Counts of one repetition; every repetition gave the same.
    pub counts: Counts,
    /// Wall times and windows.
    pub observation: Observation,
}

/// Runs the transient, then repetitions of `steps` steps from the state it leaves, until the profile is content. `order` numbers the order
/// of workloads this belongs to.
///
/// # Errors
/// [`Error::Interrupted`] when the bench is stopped, [`Error::Internal`] if two repetitions differ, and the engine's errors.
pub fn measure(
    engine: &mut dyn Engine,
    Stretch { transient, steps }: Stretch,
    rig: &Rig<'_>,
    order: u32,
    progress: &mut dyn Progress,
) -> Result<Measurement> {
    let began_s = rig.monitor.clock().now_s();
    progress.stage("start-up transient", transient);
    engine.advance(transient, &mut |done| {
        progress.steps(done);
        go_on(rig.stop)
    })?;
    engine.save()?;
    progress.stage("measuring", steps * u64::from(rig.profile.repeat.unwrap_or(rig.profile.windows)));
    let mut load = EngineLoad { engine, steps, stop: rig.stop, progress, counts: None, repetitions: 0 };
    let observation = rig.observe(&mut load, began_s, order)?;
    let counts = load.counts.ok_or_else(|| Error::Internal("nothing was measured".into()))?;
    Ok(Measurement { counts, observation })
}

/// Whether a bench that may have been stopped goes on.
pub(super) fn go_on(stop: &AtomicBool) -> ControlFlow<()> {
    if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// An engine that does the same stretch of biological time again and again.
pub(super) struct EngineLoad<'a> {
    pub(super) engine: &'a mut dyn Engine,
    pub(super) steps: u64,
    pub(super) stop: &'a AtomicBool,
    pub(super) progress: &'a mut dyn Progress,
    /// Counts of the first repetition, which all others must equal.
    pub(super) counts: Option<Counts>,
    pub(super) repetitions: u64,
}

impl EngineLoad<'_> {
    fn advance(&mut self, steps: u64) -> Result<()> {
        let (stop, progress) = (self.stop, &mut *self.progress);
        let before = self.steps * self.repetitions;
        self.engine.advance(steps, &mut |done| {
            progress.steps(before + done);
            go_on(stop)
        })
    }
}

impl Load for EngineLoad<'_> {
    fn repeat(&mut self, clock: &dyn Clock) -> Result<Repetition> {
        self.engine.restore()?;
        let begin_s = clock.now_s();
        self.advance(self.steps)?;
        let wall_s = clock.now_s() - begin_s;
        let counts = self.engine.counts()?;
        self.repetitions += 1;
        let work = work_of(&counts);
        match &self.counts {
            None => self.counts = Some(counts),
            Some(first) if *first == counts => {}
            Some(first) => {
                return Err(Error::Internal(format!(
                    "repetition {} gave checksum {:016x} and {} spikes, the first {:016x} and {}: this engine does not repeat itself, so its figures are worthless",
                    self.repetitions,
                    counts.checksum,
                    counts.total_spikes(),
                    first.checksum,
                    first.total_spikes()
                )));
            }
        }
        Ok(Repetition { work, wall_s })
    }

    fn go_on(&mut self, part: f64) -> Result<Work> {
        let steps = (part * self.steps as f64) as u64;
        if steps == 0 {
            return Ok(Work::default());
        }
        let before = work_of(&self.engine.counts()?);
        self.advance(steps)?;
        let after = work_of(&self.engine.counts()?);
        Ok(Work { steps: after.steps - before.steps, spikes: after.spikes - before.spikes, events: after.events - before.events })
    }

    fn note(&mut self, text: &str) {
        self.progress.message(text);
    }
}

fn work_of(counts: &Counts) -> Work {
    Work { steps: counts.steps, spikes: counts.total_spikes(), events: counts.synaptic_events }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::energy::simulated::{Habits, Power, SimulatedClock, SimulatedSensor};
    use crate::energy::{Account, Idle, Meter, Monitor, Profile};
    use crate::engine::{Arrival, PlanSummary, Snapshot, Spike, Tick};
    use crate::network::Network;

    /// An engine that only turns the clock: 1 ms per step, in ticks of ten steps.
    pub(in crate::bench) struct ClockEngine {
        network: Network,
        clock: SimulatedClock,
        spikes: u64,
        drift: u64,
    }

    impl ClockEngine {
        pub(in crate::bench) fn new(clock: &SimulatedClock) -> Self {
            let scenario = crate::scenario::load("membrane").expect("built in");
            Self { network: Network::build(&scenario).expect("a network"), clock: clock.clone(), spikes: 0, drift: 0 }
        }
    }

    impl Engine for ClockEngine {
        fn network(&self) -> &Network {
            &self.network
        }
        fn plan(&self) -> PlanSummary {
            PlanSummary::default()
        }
        fn reset(&mut self) -> Result<()> {
            Ok(())
        }
        fn save(&mut self) -> Result<()> {
            Ok(())
        }
        fn restore(&mut self) -> Result<()> {
            self.spikes = 0;
            Ok(())
        }
        fn snapshot(&mut self) -> Result<Snapshot> {
            unreachable!("benchmarks take no states")
        }

        fn resume(&mut self, _: &Snapshot) -> Result<()> {
            unreachable!("benchmarks take no states")
        }

        fn inject(&mut self, _: &[Arrival]) -> Result<()> {
            unreachable!("benchmarks have no input from outside")
        }

        fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
            for done in (0..steps).step_by(10) {
                self.clock.turn(0.01);
                if tick(done + 10).is_break() {
                    return Err(Error::Interrupted);
                }
            }
            self.drift += 1;
            self.spikes += steps + if self.drift == 4 { self.drift_by() } else { 0 };
            Ok(())
        }
        fn counts(&mut self) -> Result<Counts> {
            Ok(Counts { spikes: vec![self.spikes], steps: self.spikes, ..Counts::zero(1) })
        }
        fn step(&self) -> u64 {
            0
        }

        fn listen(&mut self, _: bool) -> Result<bool> {
            Ok(false)
        }

        fn take_spikes(&mut self) -> Result<Vec<Spike>> {
            Ok(Vec::new())
        }
        fn time_passes(&mut self, _: u64) -> Result<Vec<crate::engine::PassTime>> {
            Ok(Vec::new())
        }
        fn plastic_words(&mut self, _: usize) -> Result<Vec<i32>> {
            Ok(Vec::new())
        }

        fn potentials_mv(&mut self, _: usize, _: std::ops::Range<u32>) -> Result<Vec<f64>> {
            Ok(Vec::new())
        }
    }

    impl ClockEngine {
        fn drift_by(&self) -> u64 {
            u64::from(self.network.seed == 666)
        }
    }

    struct Run {
        measurement: Measurement,
        account: Option<std::result::Result<Account, String>>,
    }

    fn go(engine: &mut ClockEngine, steps: (u64, u64), profile: &Profile, habits: Option<(Habits, f64)>) -> Result<Run> {
        let sensor = habits.map(|(h, watts)| Box::new(SimulatedSensor::new(h, &Power::new(move |_| watts))) as Box<dyn Meter>);
        let chosen = sensor.as_ref().map(|_| 0);
        let monitor = Monitor::simulated(&engine.clock, sensor.into_iter().collect());
        let (idle, stop) = (Idle::default(), AtomicBool::new(false));
        let rig = Rig { monitor: &monitor, chosen, profile, idle: &idle, stop: &stop };
        let measurement = measure(engine, Stretch { transient: steps.0, steps: steps.1 }, &rig, 0, &mut Silent)?;
        let account = chosen.map(|i| {
            let channel = monitor.channel(i);
            Account::of(channel.info(), &channel.trace, &measurement.observation, &idle, profile)
        });
        Ok(Run { measurement, account })
    }

    #[test]
    fn short_repetitions_fill_windows_and_the_energy_is_right() {
        let clock = SimulatedClock::default();
        let run = go(&mut ClockEngine::new(&clock), (100, 200), &Profile::QUICK, Some((Habits::counter(0.1), 250.0)))
            .expect("measures");
        let windows = &run.measurement.observation.windows;
        assert_eq!(windows.len(), 3);
        assert!(windows.iter().all(|w| w.repetitions >= 3 && w.span.length_s() >= 1.0), "{windows:?}");
        assert!(windows.iter().any(|w| w.work.steps % 200 != 0), "the load's phase is shifted against the sensor's");
        let account = run.account.expect("a meter").expect("an account");
        assert!((account.power_w() / 250.0 - 1.0).abs() < 0.01, "{account:?}");
    }

    #[test]
    fn an_exact_number_of_repetitions_is_kept() {
        let clock = SimulatedClock::default();
        let profile = Profile { repeat: Some(7), ..Profile::QUICK };
        let run = go(&mut ClockEngine::new(&clock), (0, 100), &profile, None).expect("measures");
        assert_eq!(run.measurement.observation.wall_s.len(), 7);
        assert!(run.account.is_none());
    }

    #[test]
    fn slow_workloads_stop_at_the_cap() {
        let clock = SimulatedClock::default();
        let run = go(&mut ClockEngine::new(&clock), (0, 20_000), &Profile::QUICK, None).expect("measures");
        assert_eq!(
            run.measurement.observation.wall_s.len(),
            1,
            "20 s per repetition: a second one would pass even twice the cap"
        );
        assert!(clock.now_s() < 21.0);
    }

    #[test]
    fn a_meter_that_dies_keeps_everything_else() {
        let clock = SimulatedClock::default();
        let habits = Habits { gone_at_s: Some(1.5), ..Habits::counter(0.1) };
        let run = go(&mut ClockEngine::new(&clock), (0, 200), &Profile::QUICK, Some((habits, 250.0))).expect("measures");
        let why = run.account.expect("a meter").expect_err("no window was complete");
        assert!(why.contains("unplugged"), "{why}");
        assert!(run.measurement.observation.wall_s.len() >= 3);
    }

    #[test]
    fn an_engine_that_does_not_repeat_itself_is_refused() {
        let clock = SimulatedClock::default();
        let mut engine = ClockEngine::new(&clock);
        engine.network.seed = 666;
        let Err(e) = go(&mut engine, (0, 100), &Profile::QUICK, None) else { panic!("it drifts") };
        assert!(e.to_string().contains("does not repeat itself"));
    }

    #[test]
    fn a_stop_request_ends_the_run() {
        let clock = SimulatedClock::default();
        let mut engine = ClockEngine::new(&clock);
        let monitor = Monitor::simulated(&clock, Vec::new());
        let (idle, stop) = (Idle::default(), AtomicBool::new(true));
        let rig = Rig { monitor: &monitor, chosen: None, profile: &Profile::QUICK, idle: &idle, stop: &stop };
        let e = measure(&mut engine, Stretch { transient: 0, steps: 100 }, &rig, 0, &mut Silent).expect_err("stops");
        assert!(matches!(e, Error::Interrupted));
    }
}
