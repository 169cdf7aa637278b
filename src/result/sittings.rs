//! A benchmark in several sittings: what one has completed, the next leaves as it is.

use super::{Ending, Outcome, RunResult, Workload};

impl RunResult {
    /// Tells which of the workloads that were asked for are complete, in their order, with their figures, for a later sitting, whose result before
    /// anything has run is `outset`.
    ///
    /// # Errors
    /// What differs, in words, so that figures of both would not stand side by side.
    pub fn complete_for(&self, outset: &RunResult) -> Result<Vec<Option<&Workload>>, String> {
        let differs = [
            (self.program != outset.program, "another build of the program"),
            (
                (&self.machine.cpu, self.machine.logical_cpus) != (&outset.machine.cpu, outset.machine.logical_cpus),
                "another machine",
            ),
            (self.engine_like(outset) != outset.engine, "another engine or adapter"),
            (self.protocol != outset.protocol, "another profile"),
            (self.meter.name != outset.meter.name, "another meter"),
            (self.setup != outset.setup, "another setup"),
        ];
        if let Some((_, what)) = differs.iter().find(|(differs, _)| *differs) {
            return Err(format!("it is of {what}"));
        }
        let names = |result: &RunResult| result.outcomes.iter().map(|o| o.scenario.clone()).collect::<Vec<_>>();
        if names(self) != names(outset) {
            return Err(format!("it is of other workloads: {}", names(self).join(" ")));
        }
        let mut measured: Vec<&Workload> = self.workloads.iter().collect();
        let complete = |o: &Outcome| take(&mut measured, &o.scenario).filter(|_| o.ending == Ending::Complete);
        Ok(self.outcomes.iter().map(complete).collect())
    }

    /// The engine of this sitting with what only a run finds out taken from another one.
    fn engine_like(&self, other: &RunResult) -> super::Engine {
        super::Engine { copy_bytes_per_s: other.engine.copy_bytes_per_s, ..self.engine.clone() }
    }

    /// The result with what a later sitting found of the workloads that were not complete: its meters and phases are the later one's. What was measured in part stays until it is measured anew.
    pub fn continued_by(&self, later: &RunResult) -> RunResult {
        let (mut own, mut new): (Vec<&Workload>, Vec<&Workload>) =
            (self.workloads.iter().collect(), later.workloads.iter().collect());
        let mut further: Vec<&Outcome> = later.outcomes.iter().collect();
        let (mut outcomes, mut workloads) = (Vec::new(), Vec::new());
        for outcome in &self.outcomes {
            let before = take(&mut own, &outcome.scenario);
            let now = further.iter().position(|o| o.scenario == outcome.scenario).filter(|_| outcome.ending != Ending::Complete);
            outcomes.push(now.map_or(outcome, |i| further.remove(i)).clone());
            let measured = if now.is_some() { take(&mut new, &outcome.scenario).or(before) } else { before };
            workloads.extend(measured.cloned());
        }
        RunResult {
            created_utc: self.created_utc.clone(),
            order: self.order.iter().chain(&later.order).cloned().collect(),
            outcomes,
            workloads,
            ..later.clone()
        }
    }
}

/// Takes the first of some workloads with a name out of them.
fn take<'a>(workloads: &mut Vec<&'a Workload>, name: &str) -> Option<&'a Workload> {
    let at = workloads.iter().position(|w| w.scenario == name)?;
    Some(workloads.remove(at))
}
