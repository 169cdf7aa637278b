//! The energy of a stretch of work.

use super::{Clock, Meter, MeterError, Reading};

/// A window over which energy is measured. Poll it often while the work runs.
///
/// A counter is renewed at intervals of its own, so its difference between start and stop is off by up to one renewal at
/// either end. A window therefore takes the mean power between the first and the last renewal it has seen, where they span at
/// least half of it, and applies it to its whole length.
#[derive(Debug)]
pub struct Window {
    start_s: f64,
    first: Reading,
    last: (f64, Reading),
    /// First and last renewal of a counter, as (time, joules).
    renewals: Option<((f64, f64), (f64, f64))>,
    /// Integral of a power sensor so far, J.
    integral_j: f64,
    failed: Option<MeterError>,
}

/// What a window gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowEnergy {
    /// Length, s.
    pub duration_s: f64,
    /// Energy, J.
    pub energy_j: f64,
}

impl Window {
    /// Opens a window.
    ///
    /// # Errors
    /// The meter's.
    pub fn open(meter: &mut dyn Meter, clock: &dyn Clock) -> Result<Self, MeterError> {
        let first = meter.read()?;
        let start_s = clock.now_s();
        Ok(Self { start_s, first, last: (start_s, first), renewals: None, integral_j: 0.0, failed: None })
    }

    /// Takes a reading. A failure is kept and reported at the end.
    pub fn poll(&mut self, meter: &mut dyn Meter, clock: &dyn Clock) {
        if self.failed.is_some() {
            return;
        }
        match meter.read() {
            Ok(reading) => self.take(clock.now_s(), reading),
            Err(e) => self.failed = Some(e),
        }
    }

    fn take(&mut self, now_s: f64, reading: Reading) {
        let (before_s, before) = self.last;
        match (before, reading) {
            (Reading::PowerW(a), Reading::PowerW(b)) => self.integral_j += 0.5 * (a + b) * (now_s - before_s),
            (Reading::EnergyJ(a), Reading::EnergyJ(b)) if a != b => {
                let seen = (now_s, b);
                self.renewals = Some((self.renewals.map_or(seen, |r| r.0), seen));
            }
            _ => {}
        }
        self.last = (now_s, reading);
    }

    /// Closes the window.
    ///
    /// # Errors
    /// The first failure of the meter within the window, or a counter that never moved.
    pub fn close(mut self, meter: &mut dyn Meter, clock: &dyn Clock) -> Result<WindowEnergy, MeterError> {
        self.poll(meter, clock);
        if let Some(e) = self.failed {
            return Err(e);
        }
        let (end_s, last) = self.last;
        let duration_s = end_s - self.start_s;
        let energy_j = match (self.first, last) {
            (Reading::EnergyJ(a), Reading::EnergyJ(b)) => match self.renewals {
                Some(((t0, e0), (t1, e1))) if t1 - t0 >= 0.5 * duration_s => (e1 - e0) / (t1 - t0) * duration_s,
                _ if b > a => b - a,
                _ => {
                    return Err(MeterError(format!(
                        "the energy counter did not move within {duration_s:.2} s; the window is too short for it"
                    )));
                }
            },
            _ => self.integral_j,
        };
        Ok(WindowEnergy { duration_s, energy_j })
    }
}

/// Mean power of a quiet machine over some seconds, W.
///
/// # Errors
/// The meter's.
pub fn idle_power_w(meter: &mut dyn Meter, clock: &dyn Clock, seconds: f64) -> Result<f64, MeterError> {
    let mut window = Window::open(meter, clock)?;
    let end = clock.now_s() + seconds;
    while clock.now_s() < end {
        clock.sleep_s(0.02f64.min(seconds / 4.0));
        window.poll(meter, clock);
    }
    let energy = window.close(meter, clock)?;
    Ok(energy.energy_j / energy.duration_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::fake::{FakeClock, FakeMeter};

    /// Runs a window of some seconds with a poll every 20 ms.
    fn measure(meter: &mut FakeMeter, clock: &FakeClock, seconds: f64) -> Result<WindowEnergy, MeterError> {
        let mut window = Window::open(meter, clock)?;
        let polls = (seconds / 0.02) as usize;
        for _ in 0..polls {
            clock.turn(0.02);
            window.poll(meter, clock);
        }
        window.close(meter, clock)
    }

    #[test]
    fn a_slow_counter_is_read_at_its_renewals() {
        let clock = FakeClock::default();
        clock.turn(0.035);
        let mut meter = FakeMeter::counter(&clock, 0.1, |_| 200.0);
        let naive = {
            let before = meter.read().expect("reads");
            clock.turn(1.08);
            let after = meter.read().expect("reads");
            let (Reading::EnergyJ(a), Reading::EnergyJ(b)) = (before, after) else { panic!("a counter") };
            b - a
        };
        assert!((naive / (200.0 * 1.08) - 1.0).abs() > 0.015, "start-stop reading is off: {naive}");
        let got = measure(&mut meter, &clock, 1.08).expect("measures");
        // A poll sees a renewal up to 20 ms late at either end of about 1 s.
        assert!((got.energy_j / (200.0 * got.duration_s) - 1.0).abs() < 0.022, "{got:?}");
    }

    #[test]
    fn a_power_sensor_is_integrated() {
        let clock = FakeClock::default();
        let mut meter = FakeMeter::sensor(&clock, 0.02, |t| 100.0 + 50.0 * t);
        let got = measure(&mut meter, &clock, 2.0).expect("measures");
        assert!((got.energy_j - 300.0).abs() < 1.0, "{got:?}");
    }

    #[test]
    fn idle_power_is_the_mean() {
        let clock = FakeClock::default();
        let mut meter = FakeMeter::sensor(&clock, 0.001, |_| 42.0);
        assert!((idle_power_w(&mut meter, &clock, 3.0).expect("measures") - 42.0).abs() < 1e-9);
        assert!(clock.now_s() >= 3.0);
    }

    #[test]
    fn a_meter_that_dies_or_stands_still_is_reported() {
        let clock = FakeClock::default();
        let mut dying = FakeMeter::counter(&clock, 0.1, |_| 1.0);
        dying.fails_after_s = 0.5;
        assert!(measure(&mut dying, &clock, 1.0).is_err());
        let mut still = FakeMeter::counter(&clock, 1e6, |_| 1.0);
        let stuck = measure(&mut still, &clock, 1.0).expect_err("never moved");
        assert!(stuck.0.contains("did not move"));
    }
}
