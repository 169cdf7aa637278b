//! Time, behind a trait so that tests can turn the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Two clocks: a monotonic one that everything is measured with, and the calendar's, which may be set while a run goes on.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// Seconds since some origin; never goes back.
    fn now_s(&self) -> f64;
    /// Waits.
    fn sleep_s(&self, seconds: f64);
    /// Seconds since 1970 by the calendar.
    fn unix_s(&self) -> f64;
}

/// The system's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now_s(&self) -> f64 {
        self.origin.elapsed().as_secs_f64()
    }

    fn sleep_s(&self, seconds: f64) {
        std::thread::sleep(Duration::from_secs_f64(seconds.max(0.0)));
    }

    fn unix_s(&self) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
    }
}
