//! What it takes ranks to hear each other's spikes, from runs that timed it, carried over to more of them.

use serde::Serialize;

use super::{RunResult, Workload};
use crate::math::fits;

/// The pass by that name.
const PASS: &str = "exchange";

/// What an exchange takes, between as many ranks as measured it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExchangeCost {
    /// Ranks that measured it.
    pub ranks: usize,
    /// A batch, whatever is in it, s: with the wait for the slowest rank.
    pub batch_s: f64,
    /// A byte that a rank gets, s.
    pub byte_s: f64,
    /// Spread of the residuals.
    pub spread: f64,
}

/// Exchanges of a workload: how many, bytes that a rank got, seconds.
fn measured(ranks: usize, w: &Workload) -> Option<[f64; 3]> {
    let pass = w.passes.iter().find(|p| p.name == PASS)?;
    Some([pass.dispatches as f64, pass.bytes? as f64 / ranks as f64, pass.seconds])
}

/// Part of a workload's wall time that its exchanges took, s per second of life.
pub(super) fn exchange_s(w: &Workload) -> f64 {
    let steps_per_batch = f64::from(w.plan.steps_per_batch.unwrap_or(1));
    let part = |[batches, _, seconds]: [f64; 3]| seconds / (batches * steps_per_batch * w.dt_ms * 1e-3);
    measured(1, w).map_or(0.0, part)
}

impl ExchangeCost {
    /// From results of so many ranks each; `None` if none timed its passes.
    pub(super) fn of(results: &[RunResult]) -> Option<Self> {
        let ranks = results.iter().map(|r| r.engine.ranks.len()).max().filter(|n| *n > 1)?;
        let points: Vec<([f64; 2], f64)> = results
            .iter()
            .flat_map(|r| &r.workloads)
            .filter_map(|w| measured(ranks, w))
            .map(|[batches, bytes, seconds]| ([1.0, bytes / batches], seconds / batches))
            .collect();
        let best = fits(&points).into_iter().min_by(|a, b| a.spread().total_cmp(&b.spread()))?;
        Some(Self { ranks, batch_s: best.weights[0], byte_s: best.weights[1], spread: best.spread() })
    }

    /// Seconds that so many batches take, in each of which a rank gets so many bytes in the mean, between so many ranks: what a batch takes by
    /// itself grows with the rounds in which all of them can hear of each other, which is the logarithm of their number.
    pub fn seconds(&self, batches: f64, bytes: f64, ranks: f64) -> f64 {
        let rounds = ranks.max(2.0).log2() / (self.ranks as f64).log2();
        batches * self.batch_s * rounds.max(1.0) + bytes * self.byte_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_grow_with_the_logarithm_and_bytes_with_their_number() {
        let cost = ExchangeCost { ranks: 4, batch_s: 1e-5, byte_s: 1e-9, spread: 0.0 };
        assert!((cost.seconds(1000.0, 0.0, 4.0) - 0.01).abs() < 1e-12);
        assert!((cost.seconds(1000.0, 0.0, 1024.0) - 0.05).abs() < 1e-12, "ten rounds for two");
        assert!((cost.seconds(0.0, 2e9, 4.0) - 2.0).abs() < 1e-12);
    }
}
