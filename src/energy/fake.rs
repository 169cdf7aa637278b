//! A fake meter and a fake clock behind the real traits, for tests: the clock turns only when told to, and the meter plays
//! a known power against it.

use std::cell::Cell;
use std::rc::Rc;

use super::{Clock, Meter, MeterError, MeterInfo, Provenance, Reading, Scope};

/// A clock that is turned by hand; clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct FakeClock(Rc<Cell<f64>>);

impl FakeClock {
    /// Turns the clock.
    pub fn turn(&self, seconds: f64) {
        self.0.set(self.0.get() + seconds);
    }
}

impl Clock for FakeClock {
    fn now_s(&self) -> f64 {
        self.0.get()
    }

    fn sleep_s(&self, seconds: f64) {
        self.turn(seconds);
    }
}

/// A meter that plays a power over time.
pub struct FakeMeter {
    info: MeterInfo,
    clock: FakeClock,
    power_w: Box<dyn Fn(f64) -> f64>,
    counter: bool,
    period_s: f64,
    /// Time after which every reading fails.
    pub fails_after_s: f64,
}

impl std::fmt::Debug for FakeMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeMeter").field("info", &self.info).finish_non_exhaustive()
    }
}

impl FakeMeter {
    /// An energy counter that is renewed every `period_s` seconds.
    pub fn counter(clock: &FakeClock, period_s: f64, power_w: impl Fn(f64) -> f64 + 'static) -> Self {
        Self::new(clock, period_s, true, Box::new(power_w))
    }

    /// A power sensor that is renewed every `period_s` seconds.
    pub fn sensor(clock: &FakeClock, period_s: f64, power_w: impl Fn(f64) -> f64 + 'static) -> Self {
        Self::new(clock, period_s, false, Box::new(power_w))
    }

    fn new(clock: &FakeClock, period_s: f64, counter: bool, power_w: Box<dyn Fn(f64) -> f64>) -> Self {
        let info = MeterInfo { name: "fake".into(), provenance: Provenance::Measured, scope: Scope::Gpu, resolution: None };
        Self { info, clock: clock.clone(), power_w, counter, period_s, fails_after_s: f64::INFINITY }
    }

    /// True energy from time 0 to `t`, J.
    pub fn energy_j(&self, t: f64) -> f64 {
        let n = 1000;
        (0..n).map(|i| (self.power_w)((f64::from(i) + 0.5) * t / f64::from(n)) * t / f64::from(n)).sum()
    }
}

impl Meter for FakeMeter {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self) -> Result<Reading, MeterError> {
        let now = self.clock.now_s();
        if now > self.fails_after_s {
            return Err(MeterError("the fake meter was told to fail".into()));
        }
        let renewed = (now / self.period_s + 1e-9).floor() * self.period_s;
        Ok(if self.counter { Reading::EnergyJ(self.energy_j(renewed)) } else { Reading::PowerW((self.power_w)(renewed)) })
    }
}
