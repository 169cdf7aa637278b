//! Firing rates over the time of a workload.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Progress;
use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};
use crate::result::{PopulationOverTime, RatesOverTime};

/// Most bins.
const BINS: u64 = 50;

/// Goes through a repetition of so many steps once more, bin by bin, and tells the rates of every population. The bins must add up to what
/// the repetitions counted.
///
/// # Errors
/// [`Error::Internal`] if they do not, [`Error::Interrupted`], and the engine's.
pub(super) fn rates(
    engine: &mut dyn Engine,
    steps: u64,
    expected: &Counts,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<RatesOverTime> {
    progress.stage("rates over time", steps);
    engine.restore()?;
    // Bins are alike but for the last, which may be shorter.
    let bin = steps.div_ceil(BINS).max(1);
    let populations = engine.network().populations.len();
    let (mut seen, mut spikes) = (vec![0; populations], vec![Vec::new(); populations]);
    let mut at = 0;
    while at < steps {
        let length = bin.min(steps - at);
        engine.advance(length, &mut |done| {
            progress.steps(at + done);
            if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        at += length;
        let counts = engine.counts()?;
        for ((all, seen), now) in spikes.iter_mut().zip(&mut seen).zip(&counts.spikes) {
            all.push((now - *seen, length));
            *seen = *now;
        }
        if at == steps && counts != *expected {
            return Err(Error::Internal(format!(
                "advanced bin by bin it gave checksum {:016x}, at a stretch {:016x}: this engine's figures are worthless",
                counts.checksum, expected.checksum
            )));
        }
    }
    let network = engine.network();
    let dt_s = network.scenario.dt_ms * 1e-3;
    let populations = network.populations.iter().zip(&spikes).map(|(p, bins)| PopulationOverTime {
        name: p.name.clone(),
        rate_hz: bins.iter().map(|(n, length)| *n as f64 / f64::from(p.size) / (*length as f64 * dt_s)).collect(),
    });
    Ok(RatesOverTime { bin_ms: bin as f64 * network.scenario.dt_ms, populations: populations.collect() })
}
