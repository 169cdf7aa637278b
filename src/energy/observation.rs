//! What was observed of a load.

use super::span::Span;

/// Work that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Steps of the network.
    pub steps: u64,
    /// Spikes.
    pub spikes: u64,
    /// Synaptic events.
    pub events: u64,
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, more: Self) {
        self.steps += more.steps;
        self.spikes += more.spikes;
        self.events += more.events;
    }
}

/// A window of measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// When.
    pub span: Span,
    /// What was done in it.
    pub work: Work,
    /// Whole repetitions in it.
    pub repetitions: u32,
    /// Which order of the workloads it belongs to, from 0.
    pub order: u32,
}

/// What was observed of a load.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// Wall time of every repetition in a window, s.
    pub wall_s: Vec<f64>,
    /// The windows; without a meter that measures, every repetition is one.
    pub windows: Vec<Window>,
    /// When the load began, s: an idle meter saw it come.
    pub began_s: f64,
    /// When it was warm, s.
    pub warm_s: f64,
    /// Whether power was steady by then; `None` without a meter that measures.
    pub steady: Option<bool>,
}
