//! Variants of a scenario.

use super::reader::{Allowed, Table};
use super::{Distribution, Scenario};
use crate::error::Result;
use crate::neuron::Role;

/// `[variant.NAME]`: `drive = "mean_current"` replaces every Poisson drive by the constant current it averages to, `poisson_rate_hz` sets
/// the rate of every Poisson drive, and `weights = { POPULATION = W }` the weights of all projections out of a population.
pub(super) fn apply(t: &Table<'_>, scenario: &mut Scenario, chosen: Option<&str>) -> Result<()> {
    let variants = t.table("variant", "[variant]")?;
    let Some(chosen) = chosen else { return Ok(()) };
    let v = match &variants {
        Some(v) => v.table(chosen, format!("[variant.{chosen}]"))?,
        None => None,
    };
    let Some(v) = v else {
        return Err(t.error(format!("scenario \"{}\" has no variant \"{chosen}\"", scenario.name)));
    };
    if let Some(title) = v.text("title")? {
        scenario.title = title.to_owned();
    }
    match v.text("drive")? {
        None => {}
        Some("mean_current") => drive_by_means(&v, scenario)?,
        Some(other) => return Err(v.error_at("drive", format!("unknown drive \"{other}\"; the only one is \"mean_current\""))),
    }
    if let Some(rate_hz) = v.number("poisson_rate_hz", Allowed::NotNegative)? {
        for drive in scenario.populations.iter_mut().filter_map(|p| p.poisson.as_mut()) {
            drive.rate_hz = rate_hz;
        }
    }
    if let Some(weights) = v.table("weights", "`weights` of a variant")? {
        for (source, p) in scenario.populations.iter().enumerate() {
            if let Some(weight) = weights.distribution(&p.name, Allowed::Any)? {
                scenario.projections.iter_mut().filter(|q| q.source == source).for_each(|q| q.weight = weight);
            }
        }
        weights.finish()?;
    }
    v.finish()?;
    scenario.name = format!("{}:{chosen}", scenario.name);
    Ok(())
}

/// Replaces every Poisson drive by the constant current it averages to.
fn drive_by_means(v: &Table<'_>, scenario: &mut Scenario) -> Result<()> {
    for p in &mut scenario.populations {
        let Some(drive) = p.poisson.take() else { continue };
        let Some(per_khz_pa) = p.model.mean_current_pa(p.model.values(&p.typical()), drive.weight) else {
            return Err(
                v.error_at("drive", format!("\"mean_current\" is known for current-based synapses, not for {}", p.model.name()))
            );
        };
        let at = p.model.position(Role::ConstantCurrent);
        match at.map(|at| &mut p.parameters[at]) {
            Some(Distribution::Constant(i_e)) => *i_e += drive.rate_hz * per_khz_pa * 1e-3,
            _ => return Err(v.error_at("drive", "\"mean_current\" needs an `i_e_pa` that is one number")),
        }
    }
    Ok(())
}
