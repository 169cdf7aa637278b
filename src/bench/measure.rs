//! Repetitions of a workload, timed and metered.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::energy::{Clock, Meter, Window, WindowEnergy};
use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};

/// How long and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Idle baseline before the first workload, s (with a meter that measures).
    pub idle_s: f64,
    /// Shortest window of energy measurement, s: repetitions are put together until they fill one.
    pub window_s: f64,
    /// Windows wanted.
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
    let planned = protocol.repeat.unwrap_or(protocol.windows);
    progress.stage("measuring", steps * u64::from(planned));
    let started = clock.now_s();
    let mut m = Measurement { counts: Counts::default(), wall_s: Vec::new(), windows: Vec::new(), meter_failure: None };
    let mut windows_done = 0;
    loop {
        let opened = clock.now_s();
        let mut window = match meter.as_deref_mut().map(|meter| Window::open(meter, clock)).transpose() {
            Ok(window) => window,
            Err(e) => {
                m.meter_failure = Some(e.to_string());
                meter = None;
                None
            }
        };
        let mut repetitions = 0;
        loop {
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
            let counts = engine.counts()?;
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
            let wanted = protocol.repeat.is_some_and(|r| m.wall_s.len() as u32 >= r);
            if wanted || clock.now_s() - opened >= protocol.window_s {
                break;
            }
        }
        if let (Some(window), Some(meter)) = (window, meter.as_deref_mut()) {
            match window.close(meter, clock) {
                Ok(energy) => m.windows.push(WindowMeasurement { repetitions, energy }),
                Err(e) => m.meter_failure = Some(e.to_string()),
            }
        }
        if m.meter_failure.is_some() {
            meter = None;
        }
        windows_done += 1;
        let enough = match protocol.repeat {
            Some(repeat) => m.wall_s.len() as u32 >= repeat,
            None => {
                let elapsed = clock.now_s() - started;
                // Three repetitions are worth twice the budget: without them there is no interval.
                let budget = if m.wall_s.len() < 3 { 2.0 * protocol.budget_s } else { protocol.budget_s };
                let next = elapsed / f64::from(windows_done);
                windows_done >= protocol.windows || elapsed + next > budget
            }
        };
        if enough {
            break;
        }
    }
    if m.meter_failure.is_some() {
        m.windows.clear();
    }
    Ok(m)
}
