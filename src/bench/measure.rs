//! Repetitions of a workload, timed and metered.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::energy::{Clock, Meter, Provenance, Window, WindowEnergy};
use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};

/// How long and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Idle baseline before the first workload, s (with a meter that measures).
    pub idle_s: f64,
    /// Shortest window of energy measurement, s: with a meter that measures, repetitions are put together until they fill one.
    pub window_s: f64,
    /// Windows wanted; measuring takes at least as long as this many windows.
    pub windows: u32,
    /// Time after which no further window is begun once one is complete, s.
    pub budget_s: f64,
    /// Exactly this many repetitions instead.
    pub repeat: Option<u32>,
}

impl Protocol {
    /// For a first look: indicative figures in little time.
    pub const QUICK: Protocol = Protocol { idle_s: 3.0, window_s: 1.0, windows: 3, budget_s: 12.0, repeat: None };
    /// For figures to be quoted.
    pub const STANDARD: Protocol = Protocol { idle_s: 10.0, window_s: 5.0, windows: 5, budget_s: 600.0, repeat: None };
}

/// What the caller wants to hear while a workload runs.
pub trait Progress {
    /// A stage begins that will take this many steps in all.
    fn stage(&mut self, text: &str, steps: u64);
    /// Steps of the stage that are done.
    fn steps(&mut self, done: u64);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&mut self, _: &str, _: u64) {}
    fn steps(&mut self, _: u64) {}
}

/// A meter with its clock.
#[derive(Debug)]
pub struct Metering<'a> {
    /// The meter, if there is one.
    pub meter: Option<&'a mut dyn Meter>,
}

/// One window: some repetitions and the energy of all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowMeasurement {
    /// Repetitions in the window.
    pub repetitions: u32,
    /// Length and energy.
    pub energy: WindowEnergy,
}

/// A measured workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Counts of one repetition; every repetition gave the same.
    pub counts: Counts,
    /// Wall time of every repetition, s.
    pub wall_s: Vec<f64>,
    /// Energy windows; empty without a meter.
    pub windows: Vec<WindowMeasurement>,
    /// Why there is no energy, if there was a meter.
    pub meter_failure: Option<String>,
}

/// Runs the transient, then repetitions of `steps` steps from the state it leaves, until the protocol is content.
///
/// # Errors
/// [`Error::Interrupted`] when `stop` is set, [`Error::Internal`] if two repetitions differ, and the engine's errors.
pub fn measure(
    engine: &mut dyn Engine,
    (transient, steps): (u64, u64),
    protocol: &Protocol,
    metering: Metering<'_>,
    clock: &dyn Clock,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Measurement> {
    let go_on = || if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    progress.stage("start-up transient", transient);
    engine.advance(transient, &mut |done| {
        progress.steps(done);
        go_on()
    })?;
    engine.save()?;

    let Metering { mut meter } = metering;
    progress.stage("measuring", steps * u64::from(protocol.repeat.unwrap_or(protocol.windows)));
    // A meter that measures needs windows long enough for its sensor; without one every repetition stands for itself.
    let measures = meter.as_ref().is_some_and(|m| m.info().provenance == Provenance::Measured);
    let window_s = if measures { protocol.window_s } else { 0.0 };
    let started = clock.now_s();
    let mut m = Measurement { counts: Counts::default(), wall_s: Vec::new(), windows: Vec::new(), meter_failure: None };
    let mut windows_done = 0;
    while !content(protocol, &m, windows_done, clock.now_s() - started) {
        let opened = clock.now_s();
        let mut window = match meter.as_deref_mut().map(|meter| Window::open(meter, clock)).transpose() {
            Ok(window) => window,
            Err(e) => {
                m.meter_failure = Some(e.to_string());
                None
            }
        };
        let mut repetitions = 0;
        while repetitions == 0
            || (clock.now_s() - opened < window_s && protocol.repeat.is_none_or(|r| (m.wall_s.len() as u32) < r))
        {
            engine.restore()?;
            let done_before = steps * m.wall_s.len() as u64;
            let begin = clock.now_s();
            engine.advance(steps, &mut |done| {
                if let (Some(window), Some(meter)) = (window.as_mut(), meter.as_deref_mut()) {
                    window.poll(meter, clock);
                }
                progress.steps(done_before + done);
                go_on()
            })?;
            m.wall_s.push(clock.now_s() - begin);
            repetitions += 1;
            same_counts(&mut m, engine.counts()?)?;
        }
        if let (Some(window), Some(meter)) = (window, meter.as_deref_mut()) {
            match window.close(meter, clock) {
                Ok(energy) => m.windows.push(WindowMeasurement { repetitions, energy }),
                Err(e) => m.meter_failure = Some(e.to_string()),
            }
        }
        if m.meter_failure.is_some() {
            meter = None;
            m.windows.clear();
        }
        windows_done += 1;
    }
    Ok(m)
}

/// Whether enough has been measured.
fn content(protocol: &Protocol, m: &Measurement, windows_done: u32, elapsed_s: f64) -> bool {
    if let Some(repeat) = protocol.repeat {
        return m.wall_s.len() as u32 >= repeat;
    }
    if windows_done == 0 {
        return false;
    }
    // Three repetitions are worth twice the budget: without them there is no interval to speak of.
    let budget_s = if m.wall_s.len() < 3 { 2.0 * protocol.budget_s } else { protocol.budget_s };
    let next_s = elapsed_s / f64::from(windows_done);
    let filled = windows_done >= protocol.windows && elapsed_s >= f64::from(protocol.windows) * protocol.window_s;
    filled || elapsed_s + next_s > budget_s
}

/// Every repetition must give the same spikes.
fn same_counts(m: &mut Measurement, counts: Counts) -> Result<()> {
    if m.wall_s.len() == 1 {
        m.counts = counts;
    } else if m.counts != counts {
        return Err(Error::Internal(format!(
            "repetition {} gave checksum {:016x} and {} spikes, the first {:016x} and {}: this engine does not repeat itself, so its figures are worthless",
            m.wall_s.len(),
            counts.checksum,
            counts.total_spikes(),
            m.counts.checksum,
            m.counts.total_spikes()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::fake::{FakeClock, FakeMeter};
    use crate::engine::{Spike, Tick};
    use crate::network::Network;

    /// An engine that only turns the clock: 1 ms per step, in ticks of ten steps.
    struct ClockEngine {
        network: Network,
        clock: FakeClock,
        spikes: u64,
        drift: u64,
    }

    impl ClockEngine {
        fn new(clock: &FakeClock) -> Self {
            let scenario = crate::scenario::load("membrane").expect("built in");
            Self { network: Network::build(&scenario).expect("a network"), clock: clock.clone(), spikes: 0, drift: 0 }
        }
    }

    impl Engine for ClockEngine {
        fn network(&self) -> &Network {
            &self.network
        }
        fn plan_line(&self) -> String {
            String::new()
        }
        fn plan_note(&self) -> Option<String> {
            None
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
            Ok(Counts { spikes: vec![self.spikes], ..Counts::zero(1) })
        }
        fn take_spikes(&mut self) -> Result<Vec<Spike>> {
            Ok(Vec::new())
        }
        fn profile(&mut self, _: u64) -> Result<Vec<crate::engine::PassTime>> {
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

    fn go(
        engine: &mut ClockEngine,
        steps: (u64, u64),
        protocol: &Protocol,
        meter: Option<&mut FakeMeter>,
    ) -> Result<Measurement> {
        let clock = engine.clock.clone();
        let metering = Metering { meter: meter.map(|m| m as &mut dyn Meter) };
        measure(engine, steps, protocol, metering, &clock, &AtomicBool::new(false), &mut Silent)
    }

    #[test]
    fn short_repetitions_fill_windows_and_the_energy_is_right() {
        let clock = FakeClock::default();
        let mut meter = FakeMeter::counter(&clock, 0.1, |_| 250.0);
        let m = go(&mut ClockEngine::new(&clock), (100, 200), &Protocol::QUICK, Some(&mut meter)).expect("measures");
        assert_eq!(m.windows.len(), 3);
        for w in &m.windows {
            assert!(w.repetitions >= 5 && w.energy.duration_s >= 1.0);
            assert!((w.energy.energy_j / w.energy.duration_s / 250.0 - 1.0).abs() < 0.02, "{w:?}");
        }
    }

    #[test]
    fn an_exact_number_of_repetitions_is_kept() {
        let clock = FakeClock::default();
        let protocol = Protocol { repeat: Some(7), ..Protocol::QUICK };
        let m = go(&mut ClockEngine::new(&clock), (0, 100), &protocol, None).expect("measures");
        assert_eq!(m.wall_s.len(), 7);
        assert!(m.windows.is_empty() && m.meter_failure.is_none());
    }

    #[test]
    fn slow_workloads_stop_at_the_budget() {
        let clock = FakeClock::default();
        let m = go(&mut ClockEngine::new(&clock), (0, 20_000), &Protocol::QUICK, None).expect("measures");
        assert_eq!(m.wall_s.len(), 1, "20 s per repetition: a second one would pass even twice the budget");
        assert!(clock.now_s() < 21.0);
    }

    #[test]
    fn a_meter_that_dies_keeps_everything_else() {
        let clock = FakeClock::default();
        let mut meter = FakeMeter::counter(&clock, 0.1, |_| 250.0);
        meter.fails_after_s = 1.5;
        let m = go(&mut ClockEngine::new(&clock), (0, 200), &Protocol::QUICK, Some(&mut meter)).expect("measures");
        assert!(m.windows.is_empty());
        assert!(m.meter_failure.as_deref().is_some_and(|f| f.contains("told to fail")));
        assert!(m.wall_s.len() >= 3);
    }

    #[test]
    fn an_engine_that_does_not_repeat_itself_is_refused() {
        let clock = FakeClock::default();
        let mut engine = ClockEngine::new(&clock);
        engine.network.seed = 666;
        let e = go(&mut engine, (0, 100), &Protocol::QUICK, None).expect_err("drifts");
        assert!(e.to_string().contains("does not repeat itself"));
    }

    #[test]
    fn a_stop_request_ends_the_run() {
        let clock = FakeClock::default();
        let mut engine = ClockEngine::new(&clock);
        let stop = AtomicBool::new(true);
        let metering = Metering { meter: None };
        let e = measure(&mut engine, (0, 100), &Protocol::QUICK, metering, &clock, &stop, &mut Silent).expect_err("stops");
        assert!(matches!(e, Error::Interrupted));
    }
}
