//! Claims about brains and machines, with what a result has measured of this machine.

use super::{ActiveShare, Brain, RunResult, Workload};
use crate::error::Result;

pub use crate::brain::claims::{Claim, Claims, Condition, Known, Phrase, Step, Verdict};

/// The claims with the constants of the brain, and with a result's figures if there is one: those of the microcircuit, which is a piece of cortex
/// at its natural density, or else of the workload with the most synaptic events; of one with joules, if any has them.
///
/// # Errors
/// [`crate::Error::Internal`] if the embedded claims are not right.
pub fn claims(result: Option<&RunResult>) -> Result<Claims> {
    let Some(result) = result else { return Claims::of(&Brain::embedded()) };
    let mut claims = Claims::of(&result.brain)?;
    let best = result.workloads.iter().max_by_key(|w| {
        let is_cortex = w.scenario.starts_with("microcircuit");
        (w.energy.gross_j_per_spike.value.is_some(), is_cortex, w.synaptic_events, w.spikes)
    });
    if let Some(w) = best {
        let source = format!("measured: {} in this result", w.scenario);
        for (name, value, unit) in measured(w) {
            // Nothing is measured to be nothing.
            if value > 0.0 && value.is_finite() {
                claims.measured(name, value, unit, &source);
            }
        }
    }
    Ok(claims)
}

/// Figures of a workload: `coffee` tells of the walk as well.
fn measured(w: &Workload) -> Vec<(&'static str, f64, &'static str)> {
    let bio_s = w.bio_ms * 1e-3;
    let mut found = vec![
        ("here_spikes_per_s", w.spikes as f64 / w.median_wall_s(), "1/s"),
        ("here_rate_hz", w.spikes as f64 / w.neurons as f64 / bio_s, "Hz"),
        ("here_run_s", bio_s, "s"),
    ];
    let energy = [
        ("here_power_w", &w.energy.power_w, "W"),
        ("here_j_per_spike", &w.energy.gross_j_per_spike, "J"),
        ("here_j_per_event", &w.energy.gross_j_per_synaptic_event, "J"),
    ];
    found.extend(energy.into_iter().filter_map(|(name, q, unit)| Some((name, q.value?, unit))));
    if w.scenario == "coffee" {
        found.push(("here_walk_s", bio_s, "s"));
        found.extend(w.energy.gross_j.value.map(|j| ("here_walk_j", j, "J")));
    }
    let Some(activity) = &w.activity else { return found };
    let within = |shares: &[ActiveShare], ms: f64| shares.iter().find(|s| (s.window_ms / ms - 1.0).abs() < 0.02).cloned();
    for (name, ms) in [("here_share_1ms", 1.0), ("here_share_10ms", 10.0)] {
        found.extend(within(&activity.active, ms).map(|s| (name, s.mean_share, "%")));
    }
    found.extend(activity.active.last().map(|s| ("here_share_run", s.mean_share, "%")));
    found.extend(within(&activity.active, 10.0).map(|s| ("here_most_share_10ms", s.most_share, "%")));
    let regions = activity.populations.iter().filter_map(|p| within(&p.active, 10.0)).map(|s| s.most_share);
    found.extend(regions.reduce(f64::max).map(|most| ("here_most_region_10ms", most, "%")));
    found
}
