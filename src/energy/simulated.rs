//! A clock that is turned by hand and a sensor with the bad habits of real ones, behind the real traits: the instrument is
//! tested on loads whose energy is known.

#![allow(clippy::cast_possible_truncation, reason = "windows, samples and repetitions are few; times are rounded")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// Time between two polls of simulated meters, s.
pub const POLL_S: f64 = 0.005;

type Hook = Box<dyn FnMut(&SimulatedClock) + Send>;

/// A clock that is turned by hand; clones show the same time.
#[derive(Clone, Default)]
pub struct SimulatedClock {
    now_bits: Arc<AtomicU64>,
    hooks: Arc<Mutex<Vec<Hook>>>,
}

impl std::fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SimulatedClock").field(&self.now_s()).finish()
    }
}

impl SimulatedClock {
    /// Turns the clock on; whatever watches it is called every [`POLL_S`].
    pub fn turn(&self, seconds: f64) {
        let end = self.now_s() + seconds;
        let mut hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        // At the multiples of the interval, wherever the turn begins.
        let mut tick = (self.now_s() / POLL_S).floor() + 1.0;
        while tick * POLL_S <= end {
            self.set(tick * POLL_S);
            hooks.iter_mut().for_each(|h| h(self));
            tick += 1.0;
        }
        self.set(end);
    }

    fn set(&self, now_s: f64) {
        self.now_bits.store(now_s.to_bits(), Ordering::Relaxed);
    }

    /// Calls a function whenever the clock has gone on by [`POLL_S`].
    pub fn on_tick(&self, hook: impl FnMut(&SimulatedClock) + Send + 'static) {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(hook));
    }
}

impl Clock for SimulatedClock {
    fn now_s(&self) -> f64 {
        f64::from_bits(self.now_bits.load(Ordering::Relaxed))
    }

    fn sleep_s(&self, seconds: f64) {
        self.turn(seconds);
    }

    fn unix_s(&self) -> f64 {
        1.7e9 + self.now_s()
    }
}

/// A power over time, known in advance: what the sensor sees and what is true.
#[derive(Clone)]
pub struct Power(Arc<dyn Fn(f64) -> f64 + Send + Sync>);

impl std::fmt::Debug for Power {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Power")
    }
}

impl Power {
    /// A power in watts as a function of the time in seconds.
    pub fn new(power_w: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(power_w))
    }

    /// Power, W.
    pub fn at(&self, t_s: f64) -> f64 {
        (self.0)(t_s)
    }

    /// Energy between two times, J: the midpoint rule in steps of at most a millisecond.
    pub fn energy_j(&self, from_s: f64, to_s: f64) -> f64 {
        let n = ((to_s - from_s) / 1e-3).ceil().max(1.0);
        let step = (to_s - from_s) / n;
        (0..n as usize).map(|i| self.at(from_s + (i as f64 + 0.5) * step) * step).sum()
    }
}

/// What a sensor does to the truth.
#[derive(Debug, Clone)]
pub struct Habits {
    /// Shows joules instead of watts.
    pub counter: bool,
    /// Time between renewals, s.
    pub period_s: f64,
    /// Part of each period during which it looks.
    pub attention: f64,
    /// Length of the average it shows, s; 0 for one period.
    pub averaging_s: f64,
    /// Step of its scale, J or W; 0 for none.
    pub resolution: f64,
    /// Value at which a counter starts again from 0, J, as the meter's own code handles it.
    pub wraps_at_j: Option<f64>,
    /// Time at which a counter is set to 0.
    pub resets_at_s: Option<f64>,
    /// From and to when its value is not renewed; a counter has lost that energy.
    pub stale_s: Option<(f64, f64)>,
    /// From and to when there is no reading.
    pub gap_s: Option<(f64, f64)>,
    /// From and to when readings fail.
    pub fails_s: Option<(f64, f64)>,
    /// When the meter disappears.
    pub gone_at_s: Option<f64>,
    /// When its own clock is set, and by how much, s.
    pub clock_step_s: Option<(f64, f64)>,
    /// When it shows nonsense once, and what, W.
    pub nonsense: Option<(f64, f64)>,
}

impl Habits {
    /// An honest power sensor.
    pub fn sensor(period_s: f64) -> Self {
        Self {
            counter: false,
            period_s,
            attention: 1.0,
            averaging_s: 0.0,
            resolution: 0.0,
            wraps_at_j: None,
            resets_at_s: None,
            stale_s: None,
            gap_s: None,
            fails_s: None,
            gone_at_s: None,
            clock_step_s: None,
            nonsense: None,
        }
    }

    /// An honest energy counter.
    pub fn counter(period_s: f64) -> Self {
        Self { counter: true, ..Self::sensor(period_s) }
    }
}

/// A sensor that looks at a known power.
#[derive(Debug)]
pub struct SimulatedSensor {
    info: MeterInfo,
    habits: Habits,
    power: Power,
    /// Renewals made, and the value shown since the last one.
    renewals: i64,
    shown: f64,
    counted_j: f64,
    seen_w: std::collections::VecDeque<f64>,
    /// Energy the meter's own code has added for wraps.
    wrapped_j: f64,
    last_raw_j: f64,
}

impl SimulatedSensor {
    /// A sensor with habits, looking at a power.
    pub fn new(habits: Habits, power: &Power) -> Self {
        let tier = if habits.counter { Tier::EnergyCounter } else { Tier::SampledPower };
        let mut info = MeterInfo::new("simulated", "simulated sensor", tier, Scope::GpuBoard);
        info.attention = habits.attention;
        info.resolution = (habits.resolution > 0.0).then_some(habits.resolution);
        info.plausible_w = (0.0, 2000.0);
        Self {
            info,
            habits,
            power: power.clone(),
            renewals: -1,
            shown: 0.0,
            counted_j: 0.0,
            seen_w: std::collections::VecDeque::new(),
            wrapped_j: 0.0,
            last_raw_j: 0.0,
        }
    }

    /// Brings the shown value up to a time.
    fn renew(&mut self, now_s: f64) {
        let h = &self.habits;
        let due = (now_s / h.period_s + 1e-9).floor() as i64;
        while self.renewals < due {
            self.renewals += 1;
            let at = self.renewals as f64 * h.period_s;
            // The sensor looks at the last part of the period only and takes it for the whole.
            let look_s = h.period_s * h.attention;
            let seen_w = self.power.energy_j(at - look_s, at) / look_s;
            let stale = h.stale_s.is_some_and(|(a, b)| at >= a && at < b);
            if h.resets_at_s.is_some_and(|t| at >= t && at - h.period_s < t) {
                self.counted_j = 0.0;
            }
            if stale {
                continue;
            }
            self.counted_j += seen_w * h.period_s;
            self.seen_w.push_back(seen_w);
            let kept = ((h.averaging_s / h.period_s).round() as usize).max(1);
            while self.seen_w.len() > kept {
                self.seen_w.pop_front();
            }
            let value = if h.counter { self.counted_j } else { self.seen_w.iter().sum::<f64>() / self.seen_w.len() as f64 };
            self.shown = if h.resolution > 0.0 { (value / h.resolution).floor() * h.resolution } else { value };
        }
    }
}

impl Meter for SimulatedSensor {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let now_s = clock.now_s();
        self.renew(now_s);
        let within = |range: Option<(f64, f64)>| range.is_some_and(|(a, b)| now_s >= a && now_s < b);
        if self.habits.gone_at_s.is_some_and(|t| now_s >= t) {
            return Err(MeterError::gone("the simulated sensor was unplugged"));
        }
        if within(self.habits.fails_s) {
            return Err(MeterError::passing("the simulated sensor was told to fail"));
        }
        if within(self.habits.gap_s) {
            return Ok(Vec::new());
        }
        let t_s = now_s + self.habits.clock_step_s.map_or(0.0, |(at, by)| if now_s >= at { by } else { 0.0 });
        let reading = if self.habits.counter {
            let raw = self.habits.wraps_at_j.map_or(self.shown, |range| self.shown % range);
            if let Some(range) = self.habits.wraps_at_j.filter(|_| raw < self.last_raw_j) {
                self.wrapped_j += range;
            }
            self.last_raw_j = raw;
            Reading::EnergyJ(raw + self.wrapped_j)
        } else {
            let nonsense = self.habits.nonsense.filter(|(t, _)| now_s >= *t && now_s < t + self.habits.period_s);
            Reading::PowerW(nonsense.map_or(self.shown, |n| n.1))
        };
        Ok(vec![Sample { t_s, reading }])
    }
}
