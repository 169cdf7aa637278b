//! A way to run a network on an adapter, and what it should cost.

use std::fmt;

use super::{AdapterLimits, Strategy, Walk};
use crate::network::Network;

/// Mean firing rate assumed of a network nobody has run yet, Hz.
pub(crate) const RATE_HZ: f64 = 8.0;

/// A way to run a network on an adapter. None changes a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// How spikes are delivered.
    pub strategy: Strategy,
    /// How a pull walks the parts of rows; means nothing to a push.
    pub walk: Walk,
    /// Steps advanced in one dispatch before their spikes are delivered.
    pub batch: u32,
    /// Threads per workgroup of an update or a step.
    pub workgroup_size: u32,
    /// Threads per workgroup of a push or pull.
    pub delivery_workgroup_size: u32,
    /// Blocks of [`crate::neuron::BLOCK`] neurons a pulling workgroup owns; 0 for a push.
    pub tile_blocks: u32,
    /// 64-bit integers in the neurons' arithmetic.
    pub wide_integers: bool,
    /// Only those neurons are stepped that are not at rest, or for whom something is due: pushes.
    #[serde(default)]
    pub rests: bool,
}

impl Candidate {
    /// Whether an adapter's self-check, or what it has, keeps it from running there.
    pub fn is_barred(&self, limits: &AdapterLimits) -> bool {
        let shares = self.strategy.shares_memory() && limits.barred.shared_memory();
        let by_subgroups = self.strategy.pulls() && self.walk == Walk::Subgroups;
        shares || by_subgroups && limits.subgroup_size.is_none() || self.wide_integers && !limits.wide_integers
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = format!("{} step{} per batch", self.batch, if self.batch == 1 { "" } else { "s" });
        write!(f, "{}, ", self.strategy.words())?;
        if self.strategy.pulls() {
            let walk = match self.walk {
                Walk::Serial => "serial",
                Walk::Balanced => "balanced",
                Walk::Subgroups => "balanced by subgroups",
            };
            write!(f, "tiles of {} x {} neurons, {walk}, ", self.tile_blocks, crate::neuron::BLOCK)?;
        }
        match self.strategy {
            Strategy::StoredStep | Strategy::StoredOwn => write!(f, "workgroups of {}, {steps}", self.workgroup_size)?,
            _ => write!(
                f,
                "workgroups of {} (update) and {} (delivery), {steps}",
                self.workgroup_size, self.delivery_workgroup_size
            )?,
        }
        if self.wide_integers {
            write!(f, ", 64-bit integers")?;
        }
        if self.rests { write!(f, ", neurons at rest left alone") } else { Ok(()) }
    }
}

/// What the cost model expects of a candidate, in microseconds per step of biological time.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// Starting dispatches and waiting for them to drain.
    pub dispatch_us: f64,
    /// Advancing neurons.
    pub update_us: f64,
    /// Delivering spikes.
    pub delivery_us: f64,
}

impl Estimate {
    /// All of it.
    pub fn total_us(&self) -> f64 {
        self.dispatch_us + self.update_us + self.delivery_us
    }
}

/// Part of the neurons that a candidate steps: an eighth of those that start at rest is taken to be awake.
pub(super) fn part_stepped(network: &Network, candidate: &Candidate) -> f64 {
    if candidate.rests { 1.0 - 0.875 * network.part_that_starts_at_rest() } else { 1.0 }
}
