//! A check of the instrument with known ratios: twice the work takes twice the energy, and idle equals idle.

use std::sync::atomic::AtomicBool;

use super::measure::{EngineLoad, Silent};
use crate::energy::{Account, Clock, Idle, Load, Observation, Repetition, Rig, Span, Work, chunk_powers, span_energy};
use crate::engine::Engine;
use crate::error::Result;
use crate::math::sample_sd;

/// An interval wider than this part of the ratio would hold nearly anything.
const TELLING: f64 = 0.1;

/// A ratio that is known beforehand, and what the meter made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// What was compared.
    pub what: &'static str,
    /// What the ratio must be.
    pub expected: f64,
    /// What the meter says.
    pub measured: f64,
    /// Half width of its 95 % interval.
    pub half_width: f64,
}

impl SelfTest {
    /// Whether the interval is narrow enough to tell anything.
    pub fn tells(&self) -> bool {
        self.half_width <= TELLING * self.expected
    }

    /// Whether the expected ratio lies in the interval, or so near that no figure would show it.
    pub fn holds(&self) -> bool {
        self.tells() && (self.measured - self.expected).abs() <= self.half_width.max(0.01 * self.expected)
    }
}

/// Two idle stretches and the same kernel for one and two lengths of time. `steps` should take about a second.
///
/// # Errors
/// The engine's, and [`crate::Error::Input`] if the meter cannot be used.
pub fn self_test(engine: &mut dyn Engine, steps: u64, rig: &Rig<'_>, index: usize) -> Result<Vec<SelfTest>> {
    let idle = [rig.idle_span(rig.profile.idle_s)?, rig.idle_span(rig.profile.idle_s)?];
    engine.save()?;
    let single = observed(engine, steps, rig)?;
    let double = observed(engine, 2 * steps, rig)?;
    let channel = rig.monitor.channel(index);
    let (info, trace) = (channel.info(), &channel.trace);
    let failed = |why: String| crate::Error::Input(format!("{} cannot be tested: {why}", info.name));
    let idle_energies =
        idle.iter().map(|s| span_energy(info, trace, *s, 0.0)).collect::<std::result::Result<Vec<_>, _>>().map_err(failed)?;
    let powers: Vec<f64> = idle_energies.iter().map(|e| e.energy_j / e.duration_s).collect();
    let spread = |s: &Span| relative_spread(&chunk_powers(trace, *s));
    let none = Idle::default();
    let account = |seen: &Observation| Account::of(info, trace, seen, &none, rig.profile);
    let (one, two) = (account(&single).map_err(failed)?, account(&double).map_err(failed)?);
    let per_repetition = |a: &Account| a.energy_j / a.windows.iter().map(|(w, _)| f64::from(w.repetitions)).sum::<f64>();
    let u = |a: &Account| a.relative_u95().unwrap_or(1.0);
    let ratio = per_repetition(&two) / per_repetition(&one);
    Ok(vec![
        SelfTest {
            what: "idle against idle",
            expected: 1.0,
            measured: powers[1] / powers[0],
            half_width: powers[1] / powers[0] * 2.0 * spread(&idle[0]).hypot(spread(&idle[1])),
        },
        SelfTest {
            what: "twice the work against once",
            expected: 2.0,
            measured: ratio,
            half_width: ratio * u(&one).hypot(u(&two)),
        },
    ])
}

/// Standard uncertainty of the mean of parts, part of it.
fn relative_spread(parts: &[f64]) -> f64 {
    let n = parts.len().max(1) as f64;
    let mean = parts.iter().sum::<f64>() / n;
    if mean > 0.0 { sample_sd(parts) / n.sqrt() / mean } else { 0.0 }
}

/// Whole repetitions only, so that their energies can be compared.
struct Whole<'a>(EngineLoad<'a>);

impl Load for Whole<'_> {
    fn repeat(&mut self, clock: &dyn Clock) -> Result<Repetition> {
        self.0.repeat(clock)
    }

    fn go_on(&mut self, _: f64) -> Result<Work> {
        Ok(Work::default())
    }
}

fn observed(engine: &mut dyn Engine, steps: u64, rig: &Rig<'_>) -> Result<Observation> {
    let stop: &AtomicBool = rig.stop;
    let mut silent = Silent;
    let load = EngineLoad { engine, steps, stop, progress: &mut silent, counts: None, repetitions: 0 };
    let began_s = rig.monitor.clock().now_s();
    rig.observe(&mut Whole(load), began_s, 0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::tests::ClockEngine;
    use super::*;
    use crate::energy::simulated::{Habits, Power, SimulatedClock, SimulatedSensor};
    use crate::energy::{Monitor, Profile};

    fn tested(power: Power) -> Vec<SelfTest> {
        let clock = SimulatedClock::default();
        clock.turn(0.0371);
        let sensor = SimulatedSensor::new(Habits::counter(0.1), &power);
        let monitor = Monitor::simulated(&clock, vec![Box::new(sensor)]);
        let (idle, stop) = (Idle::default(), AtomicBool::new(false));
        let profile = Profile { idle_s: 5.0, window_s: 2.0, windows: 5, cap_s: 40.0, ..Profile::QUICK };
        let rig = Rig { monitor: &monitor, chosen: Some(0), profile: &profile, idle: &idle, stop: &stop };
        self_test(&mut ClockEngine::new(&clock), 700, &rig, 0).expect("tests")
    }

    #[test]
    fn twice_the_work_takes_twice_the_energy() {
        for t in tested(Power::new(|t| 150.0 + 2.0 * (3.0 * t).sin())) {
            assert!(t.holds() && t.half_width < 0.05, "{t:?}");
        }
    }

    #[test]
    fn noise_is_no_proof() {
        let wide = SelfTest { what: "twice the work against once", expected: 2.0, measured: 2.1, half_width: 0.5 };
        assert!(!wide.tells() && !wide.holds());
    }

    #[test]
    fn a_meter_that_creeps_is_found_out() {
        let tests = tested(Power::new(|t| 100.0 + 4.0 * t));
        assert!(tests.iter().all(|t| !t.holds()), "{tests:?}");
    }
}
