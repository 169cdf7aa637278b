//! What is asked of a session: a network, how long and how often it runs.

use std::ops::Range;

use super::recipe::Recipe;
use crate::error::Result;
use crate::network::Network;
use crate::result::Workload;
use crate::scenario::Scenario;

/// A workload that is asked for.
#[derive(Debug, Clone)]
pub struct Job {
    /// The scenario.
    pub scenario: Scenario,
    /// Uncounted biological time, ms.
    pub transient_ms: f64,
    /// Counted biological time, ms.
    pub bio_ms: f64,
    /// How many seeds are measured, from the scenario's own on; 1 measures that one alone.
    pub seeds: u32,
    /// Trials that run at once, by number: 0 alone for the network as it is.
    pub trials: Range<u32>,
    /// What is asked of it before it may stand beside what is published; `None` asks nothing.
    pub recipe: Option<&'static Recipe>,
}

impl Job {
    /// Whether a workload's figures are of this: of the same network, drawn and run as long and as often.
    ///
    /// # Errors
    /// Those of the network.
    pub fn asks_for(&self, w: &Workload) -> Result<bool> {
        let Scenario { hash, scale, seed, .. } = &self.scenario;
        let trials: Vec<u32> = w.trials.iter().map(|trial| trial.number).collect();
        let told = if trials.is_empty() { vec![0] } else { trials };
        let alike = (&w.scenario_hash, w.scale, w.seed, w.transient_ms, w.bio_ms)
            == (hash, *scale, *seed, self.transient_ms, self.bio_ms)
            && self.trials.clone().eq(told)
            && w.realisations.len().max(1) == self.seeds as usize;
        // Their number of synapses may have been chosen.
        Ok(alike && Network::build(&self.scenario)?.with_trials(self.trials.clone())?.synapses() == w.synapses)
    }
}
