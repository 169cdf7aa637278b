//! Time, behind a trait so that tests can turn the clock.

use std::time::{Duration, Instant};

/// A monotonic clock.
pub trait Clock {
    /// Seconds since some origin.
    fn now_s(&self) -> f64;
    /// Waits.
    fn sleep_s(&self, seconds: f64);
}

/// The system's monotonic clock.
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
}
