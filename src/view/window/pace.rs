//! How often a window is drawn, so that drawing takes little from the simulation.

use std::time::{Duration, Instant};

/// The part of the time that drawing may take while the simulation runs: it keeps nine tenths of its speed, and something to spare.
const SHARE: f64 = 0.06;
/// The same while somebody turns or zooms.
const SHARE_WHILE_MOVED: f64 = 0.4;
/// How long somebody counts as turning after the last movement.
const MOVED: Duration = Duration::from_millis(400);
/// Pictures per second at most, and at least.
const MOST: f64 = 60.0;
const LEAST: f64 = 0.5;

/// From a picture to the next before the simulation begins, s.
const UNTIL_IT_BEGINS_S: f64 = 0.15;

/// When to draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// What a picture costs, s; not known at first.
    cost_s: Option<f64>,
    most: f64,
    last: Option<Instant>,
    moved: Option<Instant>,
}

impl Pace {
    /// At most so many pictures per second, if somebody says so.
    pub(super) fn new(most: Option<f64>) -> Self {
        Self { cost_s: None, most: most.unwrap_or(MOST), last: None, moved: None }
    }

    /// Whether the cost of a picture is known.
    pub(super) fn is_known(&self) -> bool {
        self.cost_s.is_some()
    }

    /// Notes what a picture cost while nothing else went on.
    pub(super) fn cost(&mut self, seconds: f64) {
        self.cost_s = Some(seconds);
    }

    /// A picture of another size costs in proportion to its pixels.
    pub(super) fn resized(&mut self, ratio: f64) {
        self.cost_s = self.cost_s.map(|c| c * ratio);
    }

    /// Notes that somebody turned, zoomed or pressed a key.
    pub(super) fn moved(&mut self, now: Instant) {
        self.moved = Some(now);
    }

    /// Notes a picture.
    pub(super) fn drew(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// When the next picture is due.
    pub(super) fn due(&self, now: Instant, running: bool) -> Instant {
        self.last.map_or(now, |last| last + Duration::from_secs_f64(self.interval_s(now, running)))
    }

    /// Seconds from a picture to the next.
    fn interval_s(&self, now: Instant, running: bool) -> f64 {
        let moving = self.moved.is_some_and(|m| now.saturating_duration_since(m) < MOVED);
        let share = match (running, moving) {
            (false, _) => 1.0,
            (true, true) => SHARE_WHILE_MOVED,
            (true, false) => SHARE,
        };
        // Before it is known what a picture costs, the simulation waits for that: however few are wanted.
        let Some(cost_s) = self.cost_s else { return UNTIL_IT_BEGINS_S };
        let by_cost = cost_s / share;
        by_cost.min(1.0 / LEAST).max(1.0 / self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_takes_its_share_and_no_more() {
        let now = Instant::now();
        for cost in [1e-4, 1e-3, 0.01, 0.05, 0.1] {
            let mut pace = Pace::new(None);
            assert!(!pace.is_known());
            pace.cost(cost);
            let interval = pace.interval_s(now, true);
            assert!(cost / interval <= 0.1 || interval >= 2.0, "{cost}: every {interval} s");
            assert!((1.0 / 60.0..=2.0).contains(&interval));
            // Nothing runs that could be slowed.
            assert!(pace.interval_s(now, false) <= interval);
            pace.moved(now);
            assert!(pace.interval_s(now, true) <= interval);
            // A second later it is as before.
            assert_eq!(pace.interval_s(now + Duration::from_secs(1), true), interval);
        }
        let mut few = Pace::new(Some(0.01));
        few.drew(now);
        assert!(few.due(now, false) < now + Duration::from_millis(200), "the simulation does not wait for the second picture");
        few = Pace::new(Some(0.25));
        few.cost(1e-3);
        few.drew(now);
        assert_eq!(few.due(now, true), now + Duration::from_secs(4));
        few.resized(1e5);
        assert_eq!(few.due(now, true), now + Duration::from_secs(4), "even what costs much is drawn sometimes");
    }
}
