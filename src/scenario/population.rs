//! A population's table to its specification.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use super::reader::{Allowed, Files, Table, grid_time, nearest};
use std::sync::Arc;

use super::{Distribution, NeuronIds, NoiseDrive, PoissonDrive, PopulationSpec, user_model};
use crate::bounds::{self, MAX_CURRENT_STEPS};
use crate::error::Result;
use crate::grid::is_multiple;
use crate::math::quantile;
use crate::neuron::{Model, Parameter, ParameterRange, Role, Source};

/// Reads one `[[population]]`.
pub(super) fn population(t: &Table<'_>, dt_ms: f64) -> Result<PopulationSpec> {
    let name = t.required_text("name")?.to_owned();
    let ids = ids(t)?;
    let size = size(t, ids.as_deref())?;
    let positions = super::positions::positions(t, size, ids.as_deref())?;
    let model = model(t)?;
    let what = format!("[population.parameters] of \"{name}\"");
    let has_times = model.source() == Some(Source::List);
    let mut times = if has_times { spike_times(t)? } else { None };
    let (parameters, drawn_with) = match t.table("parameters", what)? {
        Some(p) => {
            let read = parameters(&p, &model, dt_ms)?;
            if has_times && let Some(given) = spike_times(&p)? {
                if times.is_some() {
                    return Err(p.error_at(
                        "spike_times_ms",
                        "`spike_times_ms` stands in the population and in its parameters; give it once",
                    ));
                }
                times = Some(given);
            }
            p.finish_knowing(|key| {
                OWN_KEYS.contains(&key).then(|| "it belongs in the [[population]] itself, beside `parameters`".to_owned())
            })?;
            read
        }
        None if model.parameters().is_empty() => (Vec::new(), Vec::new()),
        None => return Err(t.error(format!("population \"{name}\" lacks [population.parameters]"))),
    };
    if model.is_source() {
        return source(t, name, size, (model, parameters), times, dt_ms).map(|spec| PopulationSpec { ids, positions, ..spec });
    }
    let first = model.resting_mv(model.values(&typical(&parameters)));
    let v_init_mv = t.distribution("v_init_mv", Allowed::Any)?.unwrap_or(Distribution::Constant(first));
    let mut initial = Vec::new();
    if let Some(i) = t.table("initial", format!("[population.initial] of \"{name}\""))? {
        for (variable, key) in model.form().variables.iter().map(|v| &v.key).enumerate() {
            if let Some(key) = key
                && let Some(values) = i.distribution(key, Allowed::Any)?
            {
                initial.push((variable, values));
            }
        }
        i.finish()?;
    }
    let (current, noise) = currents(t, &model, dt_ms)?;
    let poisson = match t.table("poisson", format!("[population.poisson] of \"{name}\""))? {
        None => None,
        Some(d) => {
            let drive = PoissonDrive {
                rate_hz: d.required_number("rate_hz", Allowed::NotNegative)?,
                weight: d.required_number(&format!("weight_{}", model.weight_unit().key()), Allowed::Any)?,
            };
            d.finish()?;
            Some(drive)
        }
    };
    t.finish_knowing(|key| belongs_in_parameters(&model, key))?;
    Ok(PopulationSpec {
        name,
        size,
        model,
        parameters,
        drawn_with,
        v_init_mv,
        initial,
        current,
        spike_times_ms: Vec::new(),
        noise,
        poisson,
        ids,
        positions,
    })
}

/// Keys of a population itself.
const OWN_KEYS: [&str; 11] =
    ["name", "size", "ids", "positions", "model", "v_init_mv", "initial", "current", "noise", "poisson", "parameters"];

/// The list of its neurons, if it has one: a file beside the scenario, or a column of one.
fn ids(t: &Table<'_>) -> Result<Option<Arc<NeuronIds>>> {
    if t.is_text("ids") {
        let file = t.required_text("ids")?;
        return super::ids::read(t.source.table(file, super::ids::WHAT)?, None).map(|ids| Some(Arc::new(ids)));
    }
    let Some(list) = t.table("ids", "`ids`, a file or { file = .., column = .. },")? else { return Ok(None) };
    let (file, column) = (list.required_text("file")?, list.text("column")?);
    list.finish()?;
    super::ids::read(t.source.table(file, super::ids::WHAT)?, column).map(|ids| Some(Arc::new(ids)))
}

/// How many neurons there are: as many as the list has, if there is one.
fn size(t: &Table<'_>, ids: Option<&NeuronIds>) -> Result<u32> {
    let Some(ids) = ids else { return Ok(t.required_integer("size", 1..bounds::MAX_SLOTS + 1)? as u32) };
    let listed = ids.all().len() as u32;
    match t.integer("size", 1..bounds::MAX_SLOTS + 1)? {
        Some(size) if size != u64::from(listed) => {
            Err(t.error_at("size", format!("`size` is {size}, and the list of neurons has {listed}; leave out `size`")))
        }
        _ => Ok(listed),
    }
}

/// Where a key belongs that is a parameter of the model.
fn belongs_in_parameters(model: &Model, key: &str) -> Option<String> {
    let any =
        |m: &Model| m.parameters().iter().any(|p| p.key == key) || m.source() == Some(Source::List) && key == "spike_times_ms";
    if any(model) {
        return Some(format!("it is a parameter: parameters = {{ {key} = ... }}"));
    }
    let other = Model::ALL.iter().find(|m| any(m))?;
    Some(format!("it is a parameter of {}, not of {}", other.name(), model.name()))
}

/// `spike_times_ms` of a table.
fn spike_times(t: &Table<'_>) -> Result<Option<Vec<f64>>> {
    t.numbers("spike_times_ms", Allowed::Positive)
}

/// The neuron model: a built-in one, or a file beside the scenario.
fn model(t: &Table<'_>) -> Result<Model> {
    let model_name = t.required_text("model")?;
    if model_name.ends_with(".wgsl") && matches!(t.source.files, Files::Beside) {
        return user_model::read(&t.source.beside(model_name));
    }
    let Some(found) = Model::of(model_name) else {
        let names: Vec<&str> = Model::ALL.iter().map(|m| m.name()).collect();
        let hint = nearest(model_name, &names).map_or(String::new(), |n| format!(" (did you mean \"{n}\"?)"));
        return Err(t.error_at(
            "model",
            format!(
                "unknown neuron model \"{model_name}\"{hint}; there are: {}, or a file of your own that ends in .wgsl",
                names.join(", ")
            ),
        ));
    };
    Ok(found)
}

/// A population of spike sources.
fn source(
    t: &Table<'_>,
    name: String,
    size: u32,
    (model, parameters): (Model, Vec<Distribution>),
    times: Option<Vec<f64>>,
    dt_ms: f64,
) -> Result<PopulationSpec> {
    let mut spike_times_ms = Vec::new();
    let mut poisson = None;
    match model.source() {
        Some(Source::Poisson) => match parameters[..] {
            [Distribution::Constant(rate_hz)] => poisson = Some(PoissonDrive { rate_hz, weight: 1.0 }),
            _ => {
                return Err(
                    t.error_at("parameters", "`rate_hz` of a poisson_source must be one number; make a population per rate")
                );
            }
        },
        Some(Source::List) => {
            let Some(times) = times else {
                return Err(t.error(format!(
                    "population \"{name}\" of model spike_times needs its times: parameters = {{ spike_times_ms = [...] }}"
                )));
            };
            if let Some(ms) = times.iter().find(|ms| !is_multiple(**ms, dt_ms)) {
                return Err(t.error_at("spike_times_ms", format!("the spike time {ms} is not a multiple of dt_ms = {dt_ms}")));
            }
            if times.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(t.error_at("spike_times_ms", "`spike_times_ms` must rise from each time to the next"));
            }
            spike_times_ms = times;
        }
        _ => {}
    }
    t.finish_knowing(|key| belongs_in_parameters(&model, key))?;
    let v_init_mv = Distribution::Constant(0.0);
    let (initial, current, noise) = (Vec::new(), Vec::new(), None);
    let drawn_with = (0..parameters.len()).collect();
    Ok(PopulationSpec {
        name,
        size,
        model,
        parameters,
        drawn_with,
        v_init_mv,
        initial,
        current,
        spike_times_ms,
        noise,
        poisson,
        ids: None,
        positions: None,
    })
}

/// The parameters of a model, each a number or a distribution, checked against each other.
fn parameters(p: &Table<'_>, model: &Model, dt_ms: f64) -> Result<(Vec<Distribution>, Vec<usize>)> {
    let mut parameters = Vec::new();
    let mut drawn_with = Vec::new();
    for (own, parameter) in model.parameters().iter().enumerate() {
        let allowed = match parameter.range {
            ParameterRange::Any => Allowed::Any,
            ParameterRange::Positive => Allowed::Positive,
            ParameterRange::NotNegative => Allowed::NotNegative,
            ParameterRange::Word(_) | ParameterRange::Flag => {
                parameters.push(Distribution::Constant(switch(p, parameter)?));
                drawn_with.push(own);
                continue;
            }
        };
        let (value, same_as) = match (p.linked_distribution(&parameter.key, allowed, true)?, parameter.default) {
            (Some(given), _) => given,
            (None, Some(default)) => (Distribution::Constant(default), None),
            (None, None) => (p.required_distribution(&parameter.key, allowed)?, None),
        };
        drawn_with.push(match same_as {
            None => own,
            Some(other) => model.parameters().iter().position(|q| q.key == other).ok_or_else(|| {
                let keys: Vec<&str> = model.parameters().iter().map(|q| &*q.key).collect();
                p.error_at(
                    &parameter.key,
                    format!("`same_as` = \"{other}\" is no parameter of {}; there are: {}", model.name(), keys.join(", ")),
                )
            })?,
        });
        if parameter.role == Role::Substeps && !matches!(value, Distribution::Constant(_)) {
            return Err(p.error_at("substeps", "`substeps` must be one number"));
        }
        parameters.push(value);
    }
    // Whatever is drawn must obey the rules: the lowest and the highest values in all combinations of two.
    let extremes: Vec<(f64, f64)> = parameters
        .iter()
        .map(|d| {
            let levels = quantile::levels(d, quantile::STATE_LEVELS);
            let (first, last) = (levels[0], levels[levels.len() - 1]);
            (first.min(last), first.max(last))
        })
        .collect();
    let check = |values: &[f64]| model.check(values, dt_ms).map_err(|(key, message)| p.error_at(&key, message));
    check(&typical(&parameters))?;
    let lowest: Vec<f64> = extremes.iter().map(|e| e.0).collect();
    let highest: Vec<f64> = extremes.iter().map(|e| e.1).collect();
    check(&lowest)?;
    check(&highest)?;
    for i in 0..extremes.len() {
        let mut mixed = lowest.clone();
        mixed[i] = extremes[i].1;
        check(&mixed)?;
    }
    Ok((parameters, drawn_with))
}

/// The number that a switch of a model stands at.
fn switch(p: &Table<'_>, parameter: &Parameter) -> Result<f64> {
    let (key, default) = (&*parameter.key, parameter.default.unwrap_or(0.0));
    let ParameterRange::Word(words) = parameter.range else { return Ok(f64::from(u8::from(p.flag(key, default != 0.0)?))) };
    let Some(word) = p.text(key)? else { return Ok(default) };
    words.iter().position(|w| *w == word).map(|i| i as f64).ok_or_else(|| {
        let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
        p.error_at(key, format!("`{key}` = \"{word}\" must be {}", quoted.join(" or ")))
    })
}

/// `current = [{ from_ms, i_pa }, ...]` and `noise = { mean_pa, sd_pa, interval_ms }` of a population. Currents
/// without a unit are `i`, `mean` and `sd`.
#[expect(clippy::type_complexity, reason = "two keys of one table")]
fn currents(t: &Table<'_>, model: &Model, dt_ms: f64) -> Result<(Vec<(f64, f64)>, Option<NoiseDrive>)> {
    let unit = model.current_suffix();
    let mut current: Vec<(f64, f64)> = Vec::new();
    for step in t.tables("current", "a step of `current`")? {
        let from_ms = grid_time(&step, "from_ms", dt_ms, Allowed::NotNegative)?;
        let Some(from_ms) = from_ms else { return Err(step.error("a step of a `current` needs `from_ms`")) };
        if current.last().is_some_and(|last| from_ms <= last.0) {
            return Err(step.error_at("from_ms", "the steps of a `current` must stand in rising order of `from_ms`"));
        }
        current.push((from_ms, step.required_number(&format!("i{unit}"), Allowed::Any)?));
        step.finish()?;
    }
    if current.len() > MAX_CURRENT_STEPS {
        return Err(t.error_at("current", format!("a `current` has at most {MAX_CURRENT_STEPS} steps, not {}", current.len())));
    }
    let noise = match t.table("noise", "`noise`")? {
        None => None,
        Some(n) => {
            let interval_ms = grid_time(&n, "interval_ms", dt_ms, Allowed::Positive)?.unwrap_or(dt_ms);
            let mean = n.number(&format!("mean{unit}"), Allowed::Any)?.unwrap_or(0.0);
            let noise = NoiseDrive { mean, sd: n.required_number(&format!("sd{unit}"), Allowed::Positive)?, interval_ms };
            n.finish()?;
            Some(noise)
        }
    };
    Ok((current, noise))
}

/// The middle of every distribution.
fn typical(parameters: &[Distribution]) -> Vec<f64> {
    parameters.iter().map(Distribution::middle).collect()
}
