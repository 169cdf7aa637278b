//! How long a scenario may run.

use super::{PopulationSpec, Scenario};
use crate::error::{Error, Result};
use crate::math::quantile;
use crate::neuron::Role;
use crate::{bounds, grid};

impl Scenario {
    /// Steps a run may have: as many as can be numbered, or as a refractory time beyond counting can be held.
    pub fn max_steps(&self) -> u64 {
        let longest = |p: &PopulationSpec| {
            let (_, longest_ms) = quantile::extremes(p.with(Role::Refractory)?);
            let counted = u64::from(p.model.longest_refractory());
            (grid::steps_up(longest_ms, self.dt_ms) > counted).then_some(counted)
        };
        self.populations.iter().filter_map(longest).min().unwrap_or(bounds::MAX_STEPS)
    }

    /// Refuses a run of more steps than there may be.
    ///
    /// # Errors
    /// [`Error::Input`] with the longest time there may be.
    pub fn check_time(&self, transient_ms: f64, bio_ms: f64) -> Result<()> {
        let steps = grid::steps(transient_ms, self.dt_ms).checked_add(grid::steps(bio_ms, self.dt_ms));
        match steps.is_none_or(|steps| steps > self.max_steps()) {
            true => Err(Error::Input(format!(
                "{}: {transient_ms} ms and {bio_ms} ms of biological time: {}",
                self.name,
                self.too_many_steps()
            ))),
            false => Ok(()),
        }
    }

    /// The sentence for a run of more steps than [`Scenario::max_steps`].
    pub(crate) fn too_many_steps(&self) -> String {
        let most = self.max_steps();
        let most_ms = most as f64 * self.dt_ms;
        if most == bounds::MAX_STEPS {
            return format!(
                "a run has at most {most} steps, {most_ms:.0} ms in steps of {} ms; simulate less, or take a longer dt_ms",
                self.dt_ms
            );
        }
        format!(
            "with a refractory time of over {most} steps a run has at most as many, {most_ms:.0} ms in steps of {} ms; simulate less, or lower `t_ref_ms`",
            self.dt_ms
        )
    }
}
