//! A workload that was measured, and what becomes of it when the meters' traces go on.

use super::figures;
use super::realisations::{self, Further};
use super::{Instruments, Measurement, Recipe};
use crate::energy::{Idle, Profile, Span};
use crate::error::{Error, Result};
use crate::result::{Activity, Agreement, Brain, Phase, Quantity, Workload};

/// A workload that was measured at least once.
pub(super) struct Done {
    pub(super) workload: Workload,
    pub(super) measurement: Measurement,
    /// Building and warming up, once in every order.
    pub(super) builds: Vec<Span>,
    pub(super) warm_ups: Vec<Span>,
    /// The machine at rest with the network loaded; none where nothing measures, or the profile does not ask.
    pub(super) loaded_idle: Option<Span>,
    /// What came of the recorded run, if there was one.
    pub(super) accuracy: Option<Agreement>,
    pub(super) further: Vec<Further>,
    /// What went wrong after the measurement, with further seeds or the recorded run.
    pub(super) trouble: Option<Error>,
}

/// What joules are read with.
pub(super) struct Charge<'a> {
    pub(super) instruments: &'a Instruments,
    pub(super) idle: &'a Idle,
    pub(super) profile: &'a Profile,
    pub(super) brain: &'a Brain,
}

impl Done {
    /// Adds what the second order measured.
    pub(super) fn merge(&mut self, again: Done) -> Result<()> {
        if self.measurement.counts != again.measurement.counts {
            return Err(Error::Internal(format!(
                "{} gave other spikes in the second order than in the first",
                self.workload.scenario
            )));
        }
        let (seen, more) = (&mut self.measurement.observation, again.measurement.observation);
        seen.wall_s.extend(more.wall_s);
        seen.windows.extend(more.windows);
        self.builds.extend(again.builds);
        self.warm_ups.extend(again.warm_ups);
        seen.steady = seen.steady.zip(more.steady).map(|(a, b)| a && b);
        figures::time(&mut self.workload, &seen.wall_s);
        Ok(())
    }

    /// Reads its joules from the meters' traces, as far as they go by now.
    pub(super) fn charge(&mut self, with: &Charge<'_>, recipe: Option<&Recipe>) {
        let Charge { instruments, idle, profile, brain } = *with;
        let accounts = instruments.accounts(&self.measurement.observation, self.builds[0], idle, profile);
        let w = &mut self.workload;
        figures::charge(w, &accounts, instruments.chosen, brain);
        w.energy.loaded_idle_w = match (instruments.chosen, self.loaded_idle) {
            (Some(i), Some(span)) => {
                let channel = instruments.monitor.channel(i);
                figures::idle(channel.info(), &channel.trace, &Idle { spans: vec![span] })
            }
            (None, _) => Quantity::missing("no meter"),
            (Some(_), None) => Quantity::missing("the profile does not ask for it, or the power is assumed"),
        };
        w.realisations =
            realisations::realisations((w.seed, &self.measurement), &self.further, w.bio_ms, (instruments, idle, profile));
        w.spreads = realisations::spreads(&w.realisations, w.bio_ms);
        // Whether it may stand beside others depends on its joules.
        w.admission = recipe.map(|recipe| recipe.admission(w, self.accuracy.clone()));
    }

    /// What went on when.
    pub(super) fn phases(&self) -> Vec<Phase> {
        let scenario = Some(self.workload.scenario.as_str());
        let seen =
            || std::iter::once(&self.measurement).chain(self.further.iter().map(|f| &f.measurement)).map(|m| &m.observation);
        let warmed = self.further.iter().map(|f| &f.measurement.observation).map(|o| Span { from_s: o.began_s, to_s: o.warm_s });
        let of = |what, spans: &mut dyn Iterator<Item = Span>| -> Vec<Phase> {
            spans.map(|span| figures::phase(what, scenario, span)).collect()
        };
        [
            of(Activity::Build, &mut self.builds.iter().copied().chain(self.further.iter().map(|f| f.build))),
            of(Activity::LoadedIdle, &mut self.loaded_idle.into_iter()),
            of(Activity::WarmUp, &mut self.warm_ups.iter().copied().chain(warmed)),
            of(Activity::Window, &mut seen().flat_map(|o| &o.windows).map(|w| w.span)),
        ]
        .concat()
    }
}
