//! Stimuli of some neurons of a population, and neurons whose spikes reach nobody: `[[stimulus]]` and `[[silence]]`.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use std::sync::Arc;

use super::PopulationSpec;
use super::reader::{Allowed, Table, grid_time};
use crate::bounds::MAX_CURRENT_STEPS;
use crate::error::Result;
use crate::grid::is_multiple;

/// Some neurons of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeuronSet {
    /// All of them.
    All,
    /// Those of these numbers, in rising order.
    Numbers(Arc<Vec<u32>>),
}

impl NeuronSet {
    /// Their numbers in a population of a size.
    pub fn numbers(&self, size: u32) -> Vec<u32> {
        match self {
            NeuronSet::All => (0..size).collect(),
            NeuronSet::Numbers(numbers) => numbers.to_vec(),
        }
    }

    /// The highest number it needs a population to have, if it names any.
    pub fn highest(&self) -> Option<u32> {
        match self {
            NeuronSet::All => None,
            NeuronSet::Numbers(numbers) => numbers.last().copied(),
        }
    }
}

/// When the arrivals of a stimulus come.
#[derive(Debug, Clone, PartialEq)]
pub enum Train {
    /// By chance, independently in each neuron.
    Poisson {
        /// Arrivals per second in each neuron, Hz.
        rate_hz: f64,
        /// From when on, ms.
        from_ms: f64,
        /// Until when, ms, if ever.
        until_ms: Option<f64>,
    },
    /// At these times, ms, in rising order; a time may be told several times.
    Times(Vec<f64>),
}

/// What an arrival of a stimulus does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// What one over a synapse of this weight does, in the unit of the model.
    Weight(f64),
    /// It moves the potential, mV.
    Jump(f64),
}

/// A stimulus of some neurons.
#[derive(Debug, Clone, PartialEq)]
pub struct StimulusSpec {
    /// Index of the population.
    pub population: usize,
    /// Which of its neurons.
    pub neurons: NeuronSet,
    /// When arrivals come.
    pub train: Train,
    /// What they do.
    pub effect: Effect,
    /// Whether these neurons have the refractory time of their population, or none.
    pub refractory: bool,
}

/// Neurons whose spikes reach nobody: all their outgoing synapses are without weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceSpec {
    /// Index of the population.
    pub population: usize,
    /// Which of its neurons.
    pub neurons: NeuronSet,
}

/// Reads one `[[stimulus]]`.
pub(super) fn stimulus(t: &Table<'_>, populations: &[PopulationSpec], dt_ms: f64) -> Result<StimulusSpec> {
    let population = find(t, populations)?;
    let p = &populations[population];
    let neurons = neurons(t, p)?;
    let from_ms = grid_time(t, "from_ms", dt_ms, Allowed::NotNegative)?;
    let until_ms = grid_time(t, "until_ms", dt_ms, Allowed::Positive)?;
    let rate_hz = t.number("rate_hz", Allowed::NotNegative)?;
    let times = t.numbers("times_ms", Allowed::NotNegative)?;
    let key = format!("weight_{}", p.model.weight_unit().key());
    let effect = match (t.number(&key, Allowed::Any)?, t.number("jump_mv", Allowed::Any)?) {
        (Some(weight), None) => Effect::Weight(weight),
        (None, Some(_)) if p.model.coded_reset().is_none() => {
            return Err(t.error_at(
                "jump_mv",
                format!("`jump_mv` moves the potential of leaky integrate-and-fire neurons; for {} give `{key}`", p.model.name()),
            ));
        }
        (None, Some(mv)) => Effect::Jump(mv),
        _ => {
            return Err(t.error(format!(
                "a [[stimulus]] needs either `{key}` (an arrival like one over a synapse) or `jump_mv` (a jump of the potential)"
            )));
        }
    };
    let train = match (rate_hz, times) {
        (Some(rate_hz), None) => {
            let from_ms = from_ms.unwrap_or(0.0);
            if until_ms.is_some_and(|until| until <= from_ms) {
                return Err(t.error_at("until_ms", "`until_ms` must be above `from_ms`"));
            }
            Train::Poisson { rate_hz, from_ms, until_ms }
        }
        (None, Some(_)) if from_ms.or(until_ms).is_some() => {
            return Err(t.error("`from_ms` and `until_ms` belong to a `rate_hz`; `times_ms` says when by itself"));
        }
        (None, Some(times)) => Train::Times(checked(t, times, effect, dt_ms)?),
        _ => return Err(t.error("a [[stimulus]] needs either `rate_hz` (Poisson) or `times_ms`")),
    };
    let refractory = t.flag("refractory", true)?;
    if !refractory && p.model.coded_reset().is_none() {
        return Err(t.error_at(
            "refractory",
            format!("`refractory` = false is for leaky integrate-and-fire neurons, not for {}", p.model.name()),
        ));
    }
    t.finish()?;
    Ok(StimulusSpec { population, neurons, train, effect, refractory })
}

/// Reads one `[[silence]]`.
pub(super) fn silence(t: &Table<'_>, populations: &[PopulationSpec]) -> Result<SilenceSpec> {
    let population = find(t, populations)?;
    let neurons = neurons(t, &populations[population])?;
    t.finish()?;
    Ok(SilenceSpec { population, neurons })
}

/// Times on the grid, in rising order.
fn checked(t: &Table<'_>, times: Vec<f64>, effect: Effect, dt_ms: f64) -> Result<Vec<f64>> {
    if times.len() > MAX_CURRENT_STEPS {
        return Err(t.error_at("times_ms", format!("a stimulus has at most {MAX_CURRENT_STEPS} times, not {}", times.len())));
    }
    // What arrives over a synapse does so at the end of a step.
    let first_ms = if matches!(effect, Effect::Weight(_)) { dt_ms } else { 0.0 };
    for (i, ms) in times.iter().enumerate() {
        if !is_multiple(*ms, dt_ms) || *ms < first_ms * (1.0 - 1e-9) {
            let from = if first_ms > 0.0 { ", from one step on" } else { "" };
            return Err(t.error_at("times_ms", format!("the time {ms} ms must be a multiple of dt_ms = {dt_ms}{from}")));
        }
        if i > 0 && times[i - 1] > *ms {
            return Err(t.error_at("times_ms", format!("the times must rise, and {ms} ms stands behind {} ms", times[i - 1])));
        }
    }
    Ok(times)
}

fn find(t: &Table<'_>, populations: &[PopulationSpec]) -> Result<usize> {
    let name = t.required_text("population")?;
    let names: Vec<&str> = populations.iter().map(|p| p.name.as_str()).collect();
    let Some(found) = names.iter().position(|n| *n == name) else {
        let all = names.join(", ");
        return Err(t.error_at("population", format!("\"{name}\" is no population of this scenario; there are: {all}")));
    };
    if populations[found].model.is_source() {
        let model = populations[found].model.name();
        return Err(t.error_at("population", format!("population \"{name}\" is a {model}, which has no neurons")));
    }
    Ok(found)
}

/// `neurons`: "all", a list of numbers (or of names, where the population has `ids`), `{ first = .., count = .. }`, or a column of a file of
/// names, `{ file = .., column = .. }`.
fn neurons(t: &Table<'_>, p: &PopulationSpec) -> Result<NeuronSet> {
    let key = "neurons";
    let mut numbers: Vec<u32> = Vec::new();
    let unknown = |written: &str| match &p.ids {
        Some(_) => t.error_at(key, format!("{written} is not among the neurons that population \"{}\" lists", p.name)),
        None => t.error_at(key, format!("{written} is no neuron of population \"{}\", which has 0 to {}", p.name, p.size - 1)),
    };
    let number = |id: u64| match &p.ids {
        Some(ids) => ids.number(id),
        None => u32::try_from(id).ok().filter(|n| *n < p.size),
    };
    if t.is_text(key) {
        return match t.required_text(key)? {
            "all" => Ok(NeuronSet::All),
            other => Err(t.error_at(key, format!("`neurons` = \"{other}\" must be \"all\" or a list of neurons"))),
        };
    }
    if t.is_table(key) {
        let Some(set) = t.table(key, "`neurons`")? else { return Ok(NeuronSet::All) };
        if let Some(file) = set.text("file")? {
            let listed = super::ids::read(t.source.table(file, super::ids::WHAT)?, set.text("column")?)?;
            for id in listed.all() {
                numbers.push(number(*id).ok_or_else(|| unknown(&format!("{id} of {file}")))?);
            }
        } else {
            let first = set.integer("first", 0..u64::from(p.size))?.unwrap_or(0) as u32;
            let count = set.required_integer("count", 1..u64::from(p.size - first) + 1)? as u32;
            numbers.extend(first..first + count);
        }
        set.finish()?;
    } else {
        for id in t.required_wholes(key, "a list of neurons, { first = .., count = .. }, { file = .. } or \"all\"")? {
            numbers.push(number(id).ok_or_else(|| unknown(&id.to_string()))?);
        }
    }
    let given = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() || numbers.len() < given {
        return Err(t.error_at(key, "`neurons` must name at least one neuron, and none twice"));
    }
    Ok(NeuronSet::Numbers(Arc::new(numbers)))
}
