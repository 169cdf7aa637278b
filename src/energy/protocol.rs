//! The measurement protocol: idle baseline, warm-up to steady power, windows until the interval is narrow, cool-down.
//!
//! It knows meters and a [`Load`], nothing of engines. `docs/measurement.md` says the same in words, with sources.

#![allow(clippy::cast_possible_truncation, reason = "windows, samples and repetitions are few; times are rounded")]

use std::sync::atomic::{AtomicBool, Ordering};

use super::account::{Account, Idle, idle_power};
use super::observation::{Observation, Window, Work};
use super::profile::Profile;
use super::span::{Span, chunk_powers};
use super::{Clock, Monitor, Scope};
use crate::error::{Error, Result};

/// Power counts as steady when its slope changes it by less than this part over the time asked for.
const STEADY: f64 = 0.01;
/// Sensors renewed more often than this need no shift of phase, s.
const FAST_SENSOR_S: f64 = 0.02;
/// How long a GPU may keep its clocks up after work, s: at rest only from then on. An H100 drew 147 W for 2.4 to 4.1 s, then 84 W
/// (docs/measurements).
const CLOCKS_FALL_S: f64 = 6.0;
/// Time between questions to meters elsewhere while the machine rests, s.
const ASK_EVERY_S: f64 = 1.0;
/// How far above the idle baseline power may be when the device counts as cool, part of the baseline.
const COOL: f64 = 0.05;
/// The same for its temperature, degrees Celsius.
const COOL_C: f64 = 3.0;

/// One repetition of a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repetition {
    /// What was done.
    pub work: Work,
    /// How long it took, s, without going back to the beginning.
    pub wall_s: f64,
}

/// Something that can be done again and again.
pub trait Load {
    /// Goes back to the beginning and does it once.
    ///
    /// # Errors
    /// The engine's, and [`Error::Interrupted`].
    fn repeat(&mut self, clock: &dyn Clock) -> Result<Repetition>;

    /// Goes on from there for a part of a repetition.
    ///
    /// # Errors
    /// Those of [`Load::repeat`].
    fn go_on(&mut self, part: f64) -> Result<Work>;

    /// Hears what goes on.
    fn note(&mut self, _text: &str) {}
}

/// What a measurement is made with.
#[derive(Debug, Clone, Copy)]
pub struct Rig<'a> {
    /// Clock and meters.
    pub monitor: &'a Monitor,
    /// The meter that decides when enough is measured.
    pub chosen: Option<usize>,
    /// The profile.
    pub profile: &'a Profile,
    /// The idle baseline.
    pub idle: &'a Idle,
    /// Set to end everything.
    pub stop: &'a AtomicBool,
}

impl Rig<'_> {
    fn now_s(&self) -> f64 {
        self.monitor.clock().now_s()
    }

    /// The deciding meter, if it measures.
    fn measuring(&self) -> Option<usize> {
        self.chosen.filter(|i| self.monitor.channel(*i).info().measures())
    }

    /// Waits.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn rest(&self, seconds: f64) -> Result<()> {
        let end = self.now_s() + seconds;
        let mut asked_s = f64::NEG_INFINITY;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let left_s = end - self.now_s();
            if left_s <= 0.0 {
                return Ok(());
            }
            if self.now_s() - asked_s > ASK_EVERY_S {
                asked_s = self.now_s();
                self.monitor.ask();
            }
            self.monitor.clock().sleep_s(left_s.min(0.1));
        }
    }

    /// How long a GPU's clocks may stay up after work, if it is a GPU whose meter decides, s.
    pub fn restless_s(&self) -> f64 {
        let gpu = |i| self.monitor.channel(i).info().scope == Scope::GpuBoard;
        if self.measuring().is_some_and(gpu) { CLOCKS_FALL_S } else { 0.0 }
    }

    /// Lets the machine rest for so many seconds, once its clocks have fallen.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn idle_span(&self, seconds: f64) -> Result<Span> {
        self.rest(self.restless_s())?;
        let from_s = self.now_s();
        self.rest(seconds)?;
        Ok(Span { from_s, to_s: self.now_s() })
    }

    /// Waits until power and temperature are back near the idle baseline, or the profile's patience is over.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub fn cool_down(&self) -> Result<()> {
        let began_s = self.now_s();
        let Some(index) = self.measuring().filter(|_| self.profile.cool_down_cap_s > 0.0) else { return Ok(()) };
        let baseline = {
            let channel = self.monitor.channel(index);
            idle_power(channel.info(), &channel.trace, self.idle).ok().map(|p| p.watts)
        };
        self.rest(2.0f64.min(self.profile.cool_down_cap_s))?;
        while self.now_s() - began_s < self.profile.cool_down_cap_s && !self.is_cool(index, baseline) {
            self.rest(0.5)?;
        }
        Ok(())
    }

    fn is_cool(&self, index: usize, baseline_w: Option<f64>) -> bool {
        let channel = self.monitor.channel(index);
        let now_s = self.now_s();
        let power = channel.trace.mean_power_w(now_s - 2.0, now_s);
        let quiet = power.zip(baseline_w).is_none_or(|(p, b)| p <= b * (1.0 + COOL));
        let temperature = |from_s, to_s| channel.conditions_within(from_s, to_s).last().and_then(|c| c.1.temperature_c);
        let before = self.idle.spans.first().and_then(|s| temperature(s.from_s, s.to_s));
        let cool = temperature(now_s - 2.0, now_s).zip(before).is_none_or(|(now, then)| now <= then + COOL_C);
        quiet && cool
    }

    /// Whether power has been steady for as long as the profile asks.
    fn is_steady(&self, index: usize) -> bool {
        let (now_s, over_s) = (self.now_s(), self.profile.steady_over_s);
        let channel = self.monitor.channel(index);
        if channel.trace.lost.is_some() {
            return true;
        }
        is_flat(&chunk_powers(&channel.trace, Span { from_s: now_s - over_s, to_s: now_s }))
    }

    /// Warms a load up that began at `began_s`, then observes it in windows until the profile is content.
    ///
    /// # Errors
    /// The load's, and [`Error::Interrupted`].
    pub fn observe(&self, load: &mut dyn Load, began_s: f64, order: u32) -> Result<Observation> {
        let measuring = self.measuring();
        let mut seen = Observation { began_s, ..Observation::default() };
        if let Some(index) = measuring.filter(|_| self.profile.repeat.is_none()) {
            seen.steady = Some(self.warm_up(load, index, began_s)?);
        }
        seen.warm_s = self.now_s();
        let mut dice = fastrand::Rng::with_seed(0x5eed ^ u64::from(order));
        while !self.content(&seen) {
            let number = seen.windows.len() + 1;
            load.note(&self.window_note(number, &seen));
            self.window(load, measuring, &mut seen, &mut dice, order)?;
        }
        Ok(seen)
    }

    fn warm_up(&self, load: &mut dyn Load, index: usize, began_s: f64) -> Result<bool> {
        load.note("warming up");
        loop {
            let elapsed_s = self.now_s() - began_s;
            if elapsed_s >= self.profile.steady_over_s && self.is_steady(index) {
                return Ok(true);
            }
            if elapsed_s >= self.profile.warm_up_cap_s {
                return Ok(false);
            }
            load.repeat(self.monitor.clock())?;
        }
    }

    /// One window: repetitions until it is long enough and the meter has been renewed often enough.
    fn window(
        &self,
        load: &mut dyn Load,
        measuring: Option<usize>,
        seen: &mut Observation,
        dice: &mut fastrand::Rng,
        order: u32,
    ) -> Result<()> {
        let from_s = self.now_s();
        let mut window = Window { span: Span { from_s, to_s: from_s }, work: Work::default(), repetitions: 0, order };
        loop {
            let Repetition { work, wall_s } = load.repeat(self.monitor.clock())?;
            window.work += work;
            window.repetitions += 1;
            seen.wall_s.push(wall_s);
            let enough =
                self.window_is_full(measuring, from_s) || self.profile.repeat.is_some_and(|r| seen.wall_s.len() as u32 >= r);
            if enough {
                break;
            }
            // A sensor that looks a part of the time sees another part of the load each time, however the two keep step: the load
            // goes on for a random while before it begins again.
            if let Some(period_s) =
                measuring.and_then(|i| self.monitor.channel(i).trace.period_s()).filter(|p| *p >= FAST_SENSOR_S)
            {
                window.work += load.go_on(dice.f64() * (period_s / wall_s.max(1e-9)).min(0.5))?;
            }
        }
        window.span.to_s = self.now_s();
        seen.windows.push(window);
        Ok(())
    }

    fn window_is_full(&self, measuring: Option<usize>, from_s: f64) -> bool {
        let Some(index) = measuring else { return true };
        let length_s = self.now_s() - from_s;
        if length_s < self.profile.window_s {
            return false;
        }
        let channel = self.monitor.channel(index);
        let updates = channel.trace.updates_within(from_s, self.now_s()).len();
        // A sensor that shows the same value again does not seem to be renewed: time will do then.
        updates >= self.profile.window_updates || length_s >= 2.0 * self.profile.window_s
    }

    fn window_note(&self, number: usize, seen: &Observation) -> String {
        match self.interval(seen) {
            Some(u) => format!("measuring, window {number} (+- {:.1} %)", 100.0 * u),
            None => format!("measuring, window {number}"),
        }
    }

    /// Half width of the 95 % interval so far, part of the value.
    fn interval(&self, seen: &Observation) -> Option<f64> {
        let index = self.measuring()?;
        let channel = self.monitor.channel(index);
        Account::of(channel.info(), &channel.trace, seen, self.idle, self.profile).ok()?.relative_u95()
    }

    /// Whether enough has been measured.
    fn content(&self, seen: &Observation) -> bool {
        let (profile, elapsed_s) = (self.profile, self.now_s() - seen.warm_s);
        if let Some(repeat) = profile.repeat {
            return seen.wall_s.len() as u32 >= repeat;
        }
        let done = seen.windows.len() as u32;
        if done == 0 {
            return false;
        }
        // Three repetitions are worth twice the cap: without them there is no interval to speak of.
        let cap_s = if seen.wall_s.len() < 3 { 2.0 * profile.cap_s } else { profile.cap_s };
        if elapsed_s + elapsed_s / f64::from(done) > cap_s {
            return true;
        }
        let filled = done >= profile.windows && elapsed_s >= f64::from(profile.windows) * profile.window_s;
        let narrow = || match (profile.target, self.measuring()) {
            (Some(target), Some(index)) => {
                // Without the meter there is nothing to wait for.
                self.monitor.channel(index).trace.lost.is_some() || self.interval(seen).is_some_and(|u| u <= target)
            }
            _ => true,
        };
        filled && narrow()
    }
}

/// Whether a straight line through equally spaced powers changes by less than [`STEADY`] from end to end.
fn is_flat(powers: &[f64]) -> bool {
    let n = powers.len() as f64;
    if n < 3.0 {
        return false;
    }
    let mean = powers.iter().sum::<f64>() / n;
    let middle = (n - 1.0) / 2.0;
    let (mut above, mut below) = (0.0, 0.0);
    for (i, p) in powers.iter().enumerate() {
        let x = i as f64 - middle;
        above += x * (p - mean);
        below += x * x;
    }
    (above / below * n / mean).abs() < STEADY
}
