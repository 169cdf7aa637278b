//! A recorded run of the plan that was timed, held against a reference's statistics.

use std::sync::atomic::AtomicBool;

use super::measure::go_on;
use super::{Listener, Recipe, Stretch};
use crate::analysis::{Reference, Trains};
use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};
use crate::recording::{Header, Recording, Rows};
use crate::result::{Agreement, DriveKind, StatisticAgreement};

/// Steps after which spikes are taken from the engine.
const TAKEN_EVERY: u64 = 1000;

impl Recipe {
    /// Goes once more through as much biological time as the reference has, recorded, and holds it against that. `None` if the workload is
    /// shorter, or its engine cannot list its spikes.
    ///
    /// # Errors
    /// [`Error::Internal`] if the recorded run gives other spikes than the timed ones, [`Error::Interrupted`], and the engine's.
    pub(super) fn accuracy(
        &self,
        engine: &mut dyn Engine,
        stretch: Stretch,
        expected: &Counts,
        stop: &AtomicBool,
        listener: &mut dyn Listener,
    ) -> Result<Option<Agreement>> {
        let reference = Reference::microcircuit();
        let network = engine.network();
        let steps = network.steps(reference.bio_ms);
        let comparable = stretch.steps >= steps && stretch.transient >= network.steps(reference.transient_ms);
        // Another size has other neurons, and another drive other statistics.
        let driven = network.scenario.drive == DriveKind::Poisson;
        if !comparable || !driven || !reference.is_of(&Header::new(network, 0.0, 1.0)) {
            return Ok(None);
        }
        listener.stage("recording, for its statistics", steps);
        engine.restore()?;
        let recorded = match engine.listen(true)? {
            true => record(engine, steps, stop, listener).map(Some),
            false => Ok(None),
        };
        engine.listen(false)?;
        let Some(rows) = recorded? else { return Ok(None) };
        if stretch.steps == steps && engine.counts()? != *expected {
            return Err(Error::Internal(
                "recorded, it gave other spikes than when it was timed: its figures are worthless".into(),
            ));
        }
        let network = engine.network();
        let begin_ms = stretch.transient as f64 * network.scenario.dt_ms;
        let header = Header::new(network, begin_ms, begin_ms + reference.bio_ms);
        let trains = Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None)?;
        listener.stage("its statistics", 0);
        let held = reference.hold(&trains);
        let statistics: Vec<StatisticAgreement> = held
            .into_iter()
            .map(|h| StatisticAgreement {
                agrees: h.agrees(),
                population: h.population,
                statistic: h.statistic.words().into(),
                mean: h.mean,
                reference_mean: h.reference_mean,
                ks: h.ks,
                ks_between_seeds: h.ks_between_seeds,
                ks_limit: h.ks_limit,
            })
            .collect();
        Ok(Some(Agreement {
            reference: reference.name.into(),
            bio_ms: reference.bio_ms,
            agrees: statistics.iter().all(|s| s.agrees),
            statistics,
        }))
    }
}

fn record(engine: &mut dyn Engine, steps: u64, stop: &AtomicBool, listener: &mut dyn Listener) -> Result<Rows> {
    let dt_ms = engine.network().scenario.dt_ms;
    let (mut rows, mut done) = (Rows::default(), 0);
    while done < steps {
        let now = TAKEN_EVERY.min(steps - done);
        engine.advance(now, &mut |more| {
            listener.steps(done + more);
            go_on(stop)
        })?;
        done += now;
        for s in engine.take_spikes()? {
            rows.push(s.step.into(), dt_ms, s.population, s.neuron);
        }
    }
    Ok(rows)
}
