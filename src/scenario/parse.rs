//! Text to validated scenario.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use std::sync::Arc;

use toml::de::DeTable;

use super::edge_list::{self, Columns, Duplicates, Expected};
use super::hash::hash;
use super::reader::{Allowed, Files, Source, Table, grid_time};
use super::{
    DegreeLaws, DistanceKernel, Distribution, DriveKind, KernelShape, NeuronSet, PopulationSpec, ProjectionSpec, Quick, Rule,
    Scenario, Sheet, StimulusSpec, Train, plasticity, population, scale, stimulus, variant,
};
use crate::bounds::{LONGEST_DELAY, MAX_PARTS, MAX_SIDE};
use crate::error::Result;
use crate::grid::{self, is_multiple};

/// Parses a scenario text. `file` is its name in messages, and the files it names lie beside it; `variant` picks one of its variants.
///
/// # Errors
/// [`crate::Error::Scenario`] with the line, the reason and what is allowed.
pub fn parse(file: &str, text: &str, variant: Option<&str>) -> Result<Scenario> {
    read(Source { file, text, files: Files::Beside }, variant)
}

/// Parses a text with a name.
pub(super) fn read(source: Source<'_>, variant: Option<&str>) -> Result<Scenario> {
    let Source { text, .. } = source;
    let root = DeTable::parse(text).map_err(|e| source.error(e.span().unwrap_or(0..0), e.message().replace('\n', ", ")))?;
    let t = Table::new(source, root.get_ref(), 0..0, "the scenario");

    let name = t.required_text("name")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err(t.error_at("name", "`name` must be letters, digits, `-` and `_`"));
    }
    let version = t.required_integer("version", 1..u64::from(u32::MAX))? as u32;
    let title = t.text("title")?.unwrap_or("").to_owned();
    let citation = t.text("citation")?.unwrap_or("").to_owned();
    let dt_ms = t.number("dt_ms", Allowed::Positive)?.unwrap_or(0.1);
    if !(0.001..=10.0).contains(&dt_ms) {
        return Err(t.error_at("dt_ms", "`dt_ms` must be from 0.001 to 10"));
    }
    let seed = t.integer("seed", 0..1 << 63)?.unwrap_or(1);
    let bio_ms = grid_time(&t, "bio_ms", dt_ms, Allowed::Positive)?.unwrap_or(1000.0);
    let transient_ms = grid_time(&t, "transient_ms", dt_ms, Allowed::NotNegative)?.unwrap_or(0.0);
    let quick = match t.table("quick", "[quick]")? {
        None => Quick { transient_ms, bio_ms },
        Some(q) => {
            let quick = Quick {
                transient_ms: grid_time(&q, "transient_ms", dt_ms, Allowed::NotNegative)?.unwrap_or(transient_ms),
                bio_ms: grid_time(&q, "bio_ms", dt_ms, Allowed::Positive)?.unwrap_or(bio_ms),
            };
            q.finish()?;
            quick
        }
    };

    let sheet = match t.table("sheet", "[sheet]")? {
        None => None,
        Some(s) => {
            let sheet = Sheet { side_mm: s.required_number("side_mm", Allowed::Positive)? };
            s.finish()?;
            Some(sheet)
        }
    };
    let mut populations: Vec<PopulationSpec> = Vec::new();
    for p in parts(&t, "population", "[[population]]")? {
        let spec = population::population(&p, dt_ms)?;
        if sheet.is_some() && (spec.size.isqrt().pow(2) != spec.size || spec.size.isqrt() > MAX_SIDE) {
            let near = spec.size.isqrt().min(MAX_SIDE);
            return Err(p.error_at(
                "size",
                format!(
                    "`size` = {} is no square number of at most {MAX_SIDE} x {MAX_SIDE}, as a [sheet] needs; try {}",
                    spec.size,
                    near * near
                ),
            ));
        }
        if populations.iter().any(|other| other.name == spec.name) {
            return Err(p.error_at("name", format!("there are two populations named \"{}\"; give each its own name", spec.name)));
        }
        populations.push(spec);
    }
    if populations.iter().all(|p| p.model.is_source()) {
        return Err(t.error("a scenario needs at least one [[population]] of neurons"));
    }
    if let Some(too_many) = scale::too_many(&populations) {
        return Err(t.error(too_many));
    }
    let projections = parts(&t, "projection", "[[projection]]")?
        .iter()
        .map(|p| projection(p, &populations, sheet, dt_ms))
        .collect::<Result<Vec<_>>>()?;

    let stimuli = t.tables("stimulus", "[[stimulus]]")?;
    let stimuli = stimuli.iter().map(|s| stimulus::stimulus(s, &populations, dt_ms)).collect::<Result<Vec<_>>>()?;
    let silenced = t.tables("silence", "[[silence]]")?;
    let silenced = silenced.iter().map(|s| stimulus::silence(s, &populations)).collect::<Result<Vec<_>>>()?;

    if let Some(s) = silenced.iter().find(|s| projections.iter().any(|p| p.source == s.population && p.plasticity.is_some())) {
        let name = &populations[s.population].name;
        return Err(t.error_at(
            "silence",
            format!("population \"{name}\" has a projection with weights that change, whose senders cannot be silenced; leave one of them out"),
        ));
    }

    let mut scenario = Scenario {
        name: name.to_owned(),
        version,
        title,
        citation,
        hash: hash(text, variant),
        scale: 1.0,
        dt_ms,
        transient_ms,
        bio_ms,
        quick,
        seed,
        drive: DriveKind::None,
        sheet,
        populations,
        projections,
        stimuli,
        silenced,
    };
    variant::apply(&t, &mut scenario, variant)?;
    for p in &scenario.populations {
        if let Some(model) = p.model.user() {
            scenario.hash = hash(&format!("{} {}", scenario.hash, model.source), None);
        }
    }
    for edges in scenario.projections.iter().filter_map(|p| p.edges.as_ref()) {
        scenario.hash = hash(&format!("{} {:016x}", scenario.hash, edges.hash), None);
    }
    let stimulated = scenario.stimuli.iter().map(|s| &s.neurons);
    for set in stimulated.chain(scenario.silenced.iter().map(|s| &s.neurons)) {
        // They may stand in a file.
        if let NeuronSet::Numbers(numbers) = set {
            scenario.hash = hash(&format!("{} {numbers:?}", scenario.hash), None);
        }
    }
    t.finish()?;
    for (transient_ms, bio_ms) in [(scenario.transient_ms, scenario.bio_ms), (scenario.quick.transient_ms, scenario.quick.bio_ms)]
    {
        scenario.check_time(transient_ms, bio_ms).map_err(|e| t.error_at("bio_ms", e.to_string()))?;
    }
    let chance = |s: &StimulusSpec| matches!(s.train, Train::Poisson { .. });
    scenario.drive = if scenario.populations.iter().any(|p| p.poisson.is_some()) || scenario.stimuli.iter().any(chance) {
        DriveKind::Poisson
    } else if scenario.populations.iter().any(|p| p.parameter("i_e_pa").or(p.parameter("i_e")).is_some_and(|i| i != 0.0)) {
        DriveKind::Dc
    } else {
        DriveKind::None
    };
    Ok(scenario)
}

/// The populations or projections of a scenario, of which there are not too many.
fn parts<'a>(t: &Table<'a>, key: &str, what: &str) -> Result<Vec<Table<'a>>> {
    let tables = t.tables(key, what)?;
    match tables.len() > MAX_PARTS {
        true => Err(t.error_at(key, format!("there are {} {what}; a scenario has at most {MAX_PARTS}", tables.len()))),
        false => Ok(tables),
    }
}

fn projection(t: &Table<'_>, populations: &[PopulationSpec], sheet: Option<Sheet>, dt_ms: f64) -> Result<ProjectionSpec> {
    let find = |key: &str| -> Result<usize> {
        let name = t.required_text(key)?;
        populations.iter().position(|p| p.name == name).ok_or_else(|| {
            let names: Vec<&str> = populations.iter().map(|p| p.name.as_str()).collect();
            t.error_at(
                key,
                format!("projection {key} \"{name}\" is no population of this scenario; there are: {}", names.join(", ")),
            )
        })
    };
    let (source, target) = (find("source")?, find("target")?);
    if populations[target].model.is_source() {
        return Err(t.error_at(
            "target",
            format!("population \"{}\" is a {}, which has no input", populations[target].name, populations[target].model.name()),
        ));
    }
    if t.text("rule")? == Some("edge_list") {
        return listed(t, populations, source, target, dt_ms);
    }
    let weight = t.required_distribution(&format!("weight_{}", populations[target].model.weight_unit().key()), Allowed::Any)?;
    let delay_ms = t.required_distribution("delay_ms", Allowed::Positive)?;
    if let Distribution::Constant(ms) = delay_ms
        && (ms < dt_ms * (1.0 - 1e-9) || !is_multiple(ms, dt_ms))
    {
        return Err(t.error_at("delay_ms", format!("`delay_ms` = {ms} must be a multiple of dt_ms = {dt_ms}, at least one step")));
    }
    let mean = match delay_ms {
        Distribution::Constant(x) | Distribution::Normal { mean: x, .. } => x,
        Distribution::Uniform { max, .. } => max,
        Distribution::Power { from, to, .. } => from.max(to),
        Distribution::Lognormal { median, .. } => median,
    };
    if grid::steps(mean, dt_ms) > LONGEST_DELAY.into() {
        return Err(t.error_at(
            "delay_ms",
            format!("a delay of {mean} ms is over {LONGEST_DELAY} steps of {dt_ms} ms; shorten it or take a longer dt_ms"),
        ));
    }
    let mut rule = rule(t, populations, source, target)?;
    if let Rule::FixedOutdegree { profile, multapses, .. } = &mut rule {
        *profile = self::profile(t, sheet, delay_ms, dt_ms)?;
        if profile.is_some() && !*multapses {
            return Err(t.error_at("multapses", "a `profile` draws its targets with replacement; leave out `multapses`"));
        }
    }
    let plasticity = plasticity::plasticity(t, populations[target].model.weight_unit().key(), &weight, &delay_ms, None)?;
    t.finish()?;
    Ok(ProjectionSpec { source, target, rule, weight, delay_ms, edges: None, plasticity })
}

/// A projection whose synapses stand in a file.
fn listed(t: &Table<'_>, populations: &[PopulationSpec], source: usize, target: usize, dt_ms: f64) -> Result<ProjectionSpec> {
    let name = t.required_text("file")?;
    let duplicates = match t.text("duplicates")?.unwrap_or("refuse") {
        "refuse" => Duplicates::Refuse,
        "keep" => Duplicates::Keep,
        "sum" => Duplicates::Sum,
        _ => return Err(t.error_at("duplicates", "`duplicates` must be \"refuse\", \"keep\" or \"sum\"")),
    };
    let by_number = match t.text("by")?.unwrap_or("id") {
        "id" => false,
        "number" => true,
        _ => return Err(t.error_at("by", "`by` must be \"id\" (where a population has `ids`) or \"number\"")),
    };
    let columns = edge_columns(t)?;
    let of = |i: usize| {
        let p = &populations[i];
        (p.name.as_str(), p.size, p.ids.as_deref().filter(|_| !by_number))
    };
    let expected = Expected { source: of(source), target: of(target), dt_ms, duplicates, columns: &columns };
    let edges = edge_list::read(t.source.table(name, edge_list::WHAT)?, expected)?;
    let key = format!("weight_{}", populations[target].model.weight_unit().key());
    let weight = match (t.number(&key, Allowed::Any)?, edges.has_weights) {
        (Some(weight), _) => weight,
        (None, true) => 1.0,
        (None, false) => {
            return Err(t.error_at("file", format!("the edge list has no column weight; give `{key}`, the weight of all of it")));
        }
    };
    let delay_ms = match (grid_time(t, "delay_ms", dt_ms, Allowed::Positive)?, edges.has_delays) {
        (Some(_), true) => {
            return Err(t.error_at("delay_ms", "the edge list has a column delay; leave out `delay_ms`"));
        }
        (None, false) => {
            return Err(t.error_at("file", "the edge list has no column delay; give `delay_ms`, the delay of all of it"));
        }
        (Some(ms), false) if grid::steps(ms, dt_ms) > LONGEST_DELAY.into() => {
            return Err(
                t.error_at("delay_ms", format!("a delay of {ms} ms is over {LONGEST_DELAY} steps of {dt_ms} ms; shorten it"))
            );
        }
        (ms, _) => ms.unwrap_or(dt_ms),
    };
    let (weight, delay_ms) = (Distribution::Constant(weight), Distribution::Constant(delay_ms));
    let unit = populations[target].model.weight_unit().key();
    let plasticity = plasticity::plasticity(t, unit, &weight, &delay_ms, Some(&edges))?;
    t.finish()?;
    let edges = Some(Arc::new(edges));
    Ok(ProjectionSpec { source, target, rule: Rule::EdgeList, weight, delay_ms, edges, plasticity })
}

/// `columns = { source = .., target = .., weight = .., delay = .., sign = .. }` and `sign = { WORD = factor }` of an edge list.
fn edge_columns(t: &Table<'_>) -> Result<Columns> {
    let mut columns = Columns::default();
    let signs = t.words("sign", Allowed::Any)?;
    let Some(c) = t.table("columns", "`columns`")? else {
        return match signs {
            None => Ok(columns),
            Some(_) => Err(t.error_at("sign", "`sign` needs the column of its words: columns = { sign = \"...\" }")),
        };
    };
    let text = |key: &str| c.text(key).map(|name| name.map(str::to_owned));
    if let Some(source) = text("source")? {
        columns.source = source;
    }
    if let Some(target) = text("target")? {
        columns.target = target;
    }
    (columns.weight, columns.delay) = (text("weight")?, text("delay")?);
    columns.sign = match (text("sign")?, signs) {
        (None, None) => None,
        (Some(column), Some(words)) => Some((column, words)),
        (Some(_), None) => {
            return Err(t.error("a column of signs needs what its words stand for: sign = { ACH = 1, GABA = -1 }"));
        }
        (None, Some(_)) => {
            return Err(t.error_at("sign", "`sign` needs the column of its words: columns = { sign = \"...\" }"));
        }
    };
    c.finish()?;
    Ok(columns)
}

/// `profile = { kind = ..., length_mm = ..., cut_mm = ... }` and `velocity_mm_per_ms` of a projection.
fn profile(t: &Table<'_>, sheet: Option<Sheet>, delay_ms: Distribution, dt_ms: f64) -> Result<Option<DistanceKernel>> {
    let Some(p) = t.table("profile", "`profile`")? else { return Ok(None) };
    let Some(sheet) = sheet else {
        return Err(p.error("a `profile` needs a [sheet] with `side_mm`"));
    };
    let kind = match p.required_text("kind")? {
        "gaussian" => KernelShape::Gaussian,
        "exponential" => KernelShape::Exponential,
        other => return Err(p.error_at("kind", format!("unknown profile \"{other}\"; there are: gaussian, exponential"))),
    };
    let length_mm = p.required_number("length_mm", Allowed::Positive)?;
    let cut_mm = p.number("cut_mm", Allowed::Positive)?;
    p.finish()?;
    let velocity_mm_per_ms = t.number("velocity_mm_per_ms", Allowed::Positive)?;
    let profile = DistanceKernel { kind, length_mm, cut_mm, velocity_mm_per_ms };
    if let Some(velocity) = velocity_mm_per_ms {
        let Distribution::Constant(constant_ms) = delay_ms else {
            return Err(
                t.error_at("delay_ms", "with `velocity_mm_per_ms`, `delay_ms` must be one number: the part all distances share")
            );
        };
        let farthest = constant_ms + profile.farthest_mm(sheet) / velocity;
        if grid::steps(farthest, dt_ms) > LONGEST_DELAY.into() {
            return Err(t.error_at(
                "velocity_mm_per_ms",
                format!(
                    "the longest way takes {farthest} ms, over {LONGEST_DELAY} steps of {dt_ms} ms; raise the velocity or lower the profile's `cut_mm`"
                ),
            ));
        }
    }
    Ok(Some(profile))
}

fn rule(t: &Table<'_>, populations: &[PopulationSpec], source: usize, target: usize) -> Result<Rule> {
    const RULES: &str = "fixed_total_number (with `number`), fixed_indegree (with `indegree`), pairwise_bernoulli (with `probability`), fixed_outdegree (with `outdegree`), lognormal_degrees (with `outdegree`, `sigma_out` and `sigma_in`), one_to_one, all_to_all, edge_list (with `file`)";
    // Synapses of a neuron with neurons of another population, and whether any of those may be drawn twice.
    let drawn = |key: &str, other: usize| -> Result<(u32, bool)> {
        let degree = t.required_integer(key, 0..1 << 31)? as u32;
        let (multapses, p) = (t.flag("multapses", true)?, &populations[other]);
        if !multapses && degree > p.size {
            return Err(t.error_at(
                key,
                format!(
                    "`{key}` = {degree} is over the {} neurons of population \"{}\", of which none may be drawn twice (multapses = false); lower it, or allow multapses",
                    p.size, p.name
                ),
            ));
        }
        Ok((degree, multapses))
    };
    let rule = match t.required_text("rule")? {
        "fixed_total_number" => Rule::FixedTotalNumber(t.required_integer("number", 0..1 << 40)?),
        "fixed_indegree" => {
            let (indegree, multapses) = drawn("indegree", source)?;
            Rule::FixedIndegree { indegree, multapses }
        }
        "fixed_outdegree" => {
            let (outdegree, multapses) = drawn("outdegree", target)?;
            Rule::FixedOutdegree { outdegree, multapses, profile: None }
        }
        "pairwise_bernoulli" => Rule::PairwiseBernoulli {
            probability: t.required_number("probability", Allowed::Probability)?,
            autapses: t.flag("autapses", true)?,
        },
        "lognormal_degrees" => {
            let outdegree = t.required_number("outdegree", Allowed::NotNegative)?;
            let sigma = |key: &str| -> Result<f64> {
                let sigma = t.required_number(key, Allowed::NotNegative)?;
                if sigma > 3.0 { Err(t.error_at(key, format!("`{key}` = {sigma} must be at most 3"))) } else { Ok(sigma) }
            };
            let (sigma_out, sigma_in) = (sigma("sigma_out")?, sigma("sigma_in")?);
            let smaller = populations[source].size.min(populations[target].size);
            let modules = t.integer("modules", 1..u64::from(smaller) + 1)?.unwrap_or(1) as u32;
            let within = t.number("within", Allowed::Probability)?.unwrap_or(0.0);
            Rule::LognormalDegrees(DegreeLaws { outdegree, sigma_out, sigma_in, modules, within })
        }
        "one_to_one" => {
            let (n, m) = (populations[source].size, populations[target].size);
            if n != m {
                return Err(t.error_at("rule", format!("one_to_one needs populations of the same size, not {n} and {m}")));
            }
            Rule::OneToOne
        }
        "all_to_all" => Rule::AllToAll { autapses: t.flag("autapses", true)? },
        other => return Err(t.error_at("rule", format!("unknown connectivity rule \"{other}\"; there are: {RULES}"))),
    };
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_without_end_are_refused() {
        let scenario = |n: usize| {
            let population = "[[population]]\nname = \"P\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n";
            let all: String = (0..n).map(|i| population.replace("\"P\"", &format!("\"P{i}\""))).collect();
            parse("many.toml", &format!("name = \"many\"\nversion = 1\n{all}"), None)
        };
        assert_eq!(scenario(MAX_PARTS).expect("as many as there may be").populations.len(), MAX_PARTS);
        let error = scenario(MAX_PARTS + 1).expect_err("one too many").to_string();
        assert!(
            error.starts_with("many.toml:") && error.contains("there are 4097 [[population]]; a scenario has at most 4096"),
            "{error}"
        );
    }
}
