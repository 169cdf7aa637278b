//! Text to validated scenario.

use std::hash::Hasher;

use toml::de::DeTable;

use super::reader::{Allowed, Source, Table, nearest};
use super::{
    Distribution, DriveKind, NoiseDrive, PoissonDrive, PopulationSpec, Profile, ProfileKind, ProjectionSpec, Quick, Rule,
    Scenario, Sheet,
};
use crate::error::Result;
use crate::network::lattice::MAX_SIDE;
use crate::network::quantile;
use crate::neuron::{self, Model, Values, scalar};

/// Neurons a scenario may hold: what a spike list entry can address.
const MAX_NEURONS: u64 = 1 << 28;
/// Steps of a current.
const MAX_CURRENT_STEPS: usize = 1 << 20;

/// Parses a scenario text. `file` is used in messages only; `variant` picks one of the scenario's variants.
///
/// # Errors
/// [`crate::Error::Scenario`] with the line, the reason and what is allowed.
pub fn parse(file: &str, text: &str, variant: Option<&str>) -> Result<Scenario> {
    let source = Source { file, text };
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
    for p in t.tables("population", "[[population]]")? {
        let spec = population(&p, dt_ms)?;
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
    if populations.is_empty() {
        return Err(t.error("a scenario needs at least one [[population]]"));
    }
    let total: u64 = populations.iter().map(|p| u64::from(p.size)).sum();
    if total > MAX_NEURONS {
        return Err(t.error(format!("{total} neurons are too many; a scenario holds at most {MAX_NEURONS}")));
    }
    let projections = t
        .tables("projection", "[[projection]]")?
        .iter()
        .map(|p| projection(p, &populations, sheet, dt_ms))
        .collect::<Result<Vec<_>>>()?;

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
    };
    apply_variant(&t, &mut scenario, variant)?;
    t.finish()?;
    scenario.drive = if scenario.populations.iter().any(|p| p.poisson.is_some()) {
        DriveKind::Poisson
    } else if scenario.populations.iter().any(|p| p.parameter("i_e_pa").or(p.parameter("i_e")).is_some_and(|i| i != 0.0)) {
        DriveKind::Dc
    } else {
        DriveKind::None
    };
    Ok(scenario)
}

fn grid_time(t: &Table<'_>, key: &str, dt_ms: f64, allowed: Allowed) -> Result<Option<f64>> {
    let Some(ms) = t.number(key, allowed)? else { return Ok(None) };
    if !is_multiple(ms, dt_ms) {
        return Err(t.error_at(key, format!("`{key}` = {ms} is not a multiple of dt_ms = {dt_ms}")));
    }
    Ok(Some(ms))
}

/// Whether a time lies on the grid, within the rounding of decimal input.
pub(crate) fn is_multiple(ms: f64, dt_ms: f64) -> bool {
    let steps = ms / dt_ms;
    (steps - steps.round()).abs() < 1e-6 * steps.abs().max(1.0)
}

fn population(t: &Table<'_>, dt_ms: f64) -> Result<PopulationSpec> {
    let name = t.required_text("name")?.to_owned();
    let size = t.required_integer("size", 1..MAX_NEURONS + 1)? as u32;
    let model_name = t.required_text("model")?;
    let names: Vec<&str> = Model::ALL.iter().map(|m| m.name()).collect();
    let Some(model) = Model::ALL.into_iter().find(|m| m.name() == model_name) else {
        let hint = nearest(model_name, &names).map_or(String::new(), |n| format!(" (did you mean \"{n}\"?)"));
        return Err(t.error_at("model", format!("unknown neuron model \"{model_name}\"{hint}; there are: {}", names.join(", "))));
    };
    let what = format!("[population.parameters] of \"{name}\"");
    let parameters = match t.table("parameters", what)? {
        Some(p) => {
            let parameters = parameters(&p, model, dt_ms)?;
            p.finish()?;
            parameters
        }
        None if model.parameters().is_empty() => Vec::new(),
        None => return Err(t.error(format!("population \"{name}\" lacks [population.parameters]"))),
    };
    if model.is_source() {
        return source(t, name, size, model, parameters, dt_ms);
    }
    let resting = ["e_l_mv", "c_mv"].into_iter().find_map(|key| Values { model, values: &typical(&parameters) }.find(key));
    let v_init_mv = t.distribution("v_init_mv", Allowed::Any)?.unwrap_or(Distribution::Constant(resting.unwrap_or(0.0)));
    let mut initial = Vec::new();
    if let Some(i) = t.table("initial", format!("[population.initial] of \"{name}\""))? {
        for (variable, key) in scalar::form(model).keys.iter().enumerate() {
            if let Some(key) = key
                && let Some(values) = i.distribution(key, Allowed::Any)?
            {
                initial.push((variable, values));
            }
        }
        i.finish()?;
    }
    let (current, noise) = currents(t, model, dt_ms)?;
    let poisson = match t.table("poisson", format!("[population.poisson] of \"{name}\""))? {
        None => None,
        Some(d) => {
            let drive = PoissonDrive {
                rate_hz: d.required_number("rate_hz", Allowed::NotNegative)?,
                weight: d.required_number(&format!("weight_{}", model.weight_unit()), Allowed::Any)?,
            };
            d.finish()?;
            Some(drive)
        }
    };
    t.finish()?;
    Ok(PopulationSpec { name, size, model, parameters, v_init_mv, initial, current, spike_times_ms: Vec::new(), noise, poisson })
}

/// A population of spike sources.
fn source(
    t: &Table<'_>,
    name: String,
    size: u32,
    model: Model,
    parameters: Vec<Distribution>,
    dt_ms: f64,
) -> Result<PopulationSpec> {
    let mut spike_times_ms = Vec::new();
    let mut poisson = None;
    match model {
        Model::PoissonSource => match parameters[..] {
            [Distribution::Constant(rate_hz)] => poisson = Some(PoissonDrive { rate_hz, weight: 1.0 }),
            _ => {
                return Err(
                    t.error_at("parameters", "`rate_hz` of a poisson_source must be one number; make a population per rate")
                );
            }
        },
        Model::SpikeTimes => {
            let Some(times) = t.numbers("spike_times_ms", Allowed::Positive)? else {
                return Err(t.error(format!("population \"{name}\" of model spike_times needs `spike_times_ms = [...]`")));
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
    t.finish()?;
    let v_init_mv = Distribution::Constant(0.0);
    let (initial, current, noise) = (Vec::new(), Vec::new(), None);
    Ok(PopulationSpec { name, size, model, parameters, v_init_mv, initial, current, spike_times_ms, noise, poisson })
}

/// The parameters of a model, each a number or a distribution, checked against each other.
fn parameters(p: &Table<'_>, model: Model, dt_ms: f64) -> Result<Vec<Distribution>> {
    let mut parameters = Vec::new();
    for parameter in model.parameters() {
        let allowed = match parameter.range {
            neuron::Range::Any => Allowed::Any,
            neuron::Range::Positive => Allowed::Positive,
            neuron::Range::NotNegative => Allowed::NotNegative,
        };
        let value = match parameter.default {
            None => p.required_distribution(parameter.key, allowed)?,
            Some(default) => p.distribution(parameter.key, allowed)?.unwrap_or(Distribution::Constant(default)),
        };
        if parameter.key == "substeps" && !matches!(value, Distribution::Constant(_)) {
            return Err(p.error_at("substeps", "`substeps` must be one number"));
        }
        parameters.push(value);
    }
    // Whatever is drawn must obey the rules: the lowest and the highest values in all combinations of two.
    let extremes: Vec<(f64, f64)> = parameters
        .iter()
        .map(|d| {
            let levels = quantile::levels(d, quantile::STATE_LEVELS);
            (levels[0], levels[levels.len() - 1])
        })
        .collect();
    let check = |values: &[f64]| {
        let rule = Values { model, values }.check(dt_ms);
        rule.map_err(|(key, message)| p.error_at(key, message))
    };
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
    Ok(parameters)
}

/// `current = [{ from_ms, i_pa }, ...]` and `noise = { mean_pa, sd_pa, interval_ms }` of a population. Izhikevich's model has currents
/// without a unit: `i`, `mean` and `sd`.
#[expect(clippy::type_complexity, reason = "two keys of one table")]
fn currents(t: &Table<'_>, model: Model, dt_ms: f64) -> Result<(Vec<(f64, f64)>, Option<NoiseDrive>)> {
    let unit = if model == Model::Izhikevich { "" } else { "_pa" };
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
    let weight = t.required_distribution(&format!("weight_{}", populations[target].model.weight_unit()), Allowed::Any)?;
    let delay_ms = t.required_distribution("delay_ms", Allowed::Positive)?;
    if let Distribution::Constant(ms) = delay_ms
        && (ms < dt_ms * (1.0 - 1e-9) || !is_multiple(ms, dt_ms))
    {
        return Err(t.error_at("delay_ms", format!("`delay_ms` = {ms} must be a multiple of dt_ms = {dt_ms}, at least one step")));
    }
    let mean = match delay_ms {
        Distribution::Constant(x) | Distribution::Normal { mean: x, .. } => x,
        Distribution::Uniform { max, .. } => max,
    };
    if mean > 4000.0 * dt_ms {
        return Err(t.error_at(
            "delay_ms",
            format!("a delay of {mean} ms is over 4000 steps of {dt_ms} ms; shorten it or take a longer dt_ms"),
        ));
    }
    let mut rule = rule(t, populations, source, target)?;
    if let Rule::FixedOutdegree { profile, .. } = &mut rule {
        *profile = self::profile(t, sheet, delay_ms, dt_ms)?;
    }
    t.finish()?;
    Ok(ProjectionSpec { source, target, rule, weight, delay_ms })
}

/// `profile = { kind = ..., length_mm = ..., cut_mm = ... }` and `velocity_mm_per_ms` of a projection.
fn profile(t: &Table<'_>, sheet: Option<Sheet>, delay_ms: Distribution, dt_ms: f64) -> Result<Option<Profile>> {
    let Some(p) = t.table("profile", "`profile`")? else { return Ok(None) };
    let Some(sheet) = sheet else {
        return Err(p.error("a `profile` needs a [sheet] with `side_mm`"));
    };
    let kind = match p.required_text("kind")? {
        "gaussian" => ProfileKind::Gaussian,
        "exponential" => ProfileKind::Exponential,
        other => return Err(p.error_at("kind", format!("unknown profile \"{other}\"; there are: gaussian, exponential"))),
    };
    let length_mm = p.required_number("length_mm", Allowed::Positive)?;
    let cut_mm = p.number("cut_mm", Allowed::Positive)?;
    p.finish()?;
    let velocity_mm_per_ms = t.number("velocity_mm_per_ms", Allowed::Positive)?;
    let profile = Profile { kind, length_mm, cut_mm, velocity_mm_per_ms };
    if let Some(velocity) = velocity_mm_per_ms {
        let Distribution::Constant(constant_ms) = delay_ms else {
            return Err(
                t.error_at("delay_ms", "with `velocity_mm_per_ms`, `delay_ms` must be one number: the part all distances share")
            );
        };
        let farthest = constant_ms + profile.farthest_mm(sheet) / velocity;
        if farthest > 4000.0 * dt_ms {
            return Err(t.error_at(
                "velocity_mm_per_ms",
                format!(
                    "the longest way takes {farthest} ms, over 4000 steps of {dt_ms} ms; raise the velocity or lower the profile's `cut_mm`"
                ),
            ));
        }
    }
    Ok(Some(profile))
}

fn rule(t: &Table<'_>, populations: &[PopulationSpec], source: usize, target: usize) -> Result<Rule> {
    const RULES: &str = "fixed_total_number (with `number`), fixed_indegree (with `indegree`), pairwise_bernoulli (with `probability`), fixed_outdegree (with `outdegree`), one_to_one, all_to_all";
    let rule = match t.required_text("rule")? {
        "fixed_total_number" => Rule::FixedTotalNumber(t.required_integer("number", 0..1 << 40)?),
        "fixed_indegree" => Rule::FixedIndegree(t.required_integer("indegree", 0..1 << 31)? as u32),
        "fixed_outdegree" => {
            Rule::FixedOutdegree { outdegree: t.required_integer("outdegree", 0..1 << 31)? as u32, profile: None }
        }
        "pairwise_bernoulli" => Rule::PairwiseBernoulli {
            probability: t.required_number("probability", Allowed::Probability)?,
            autapses: t.flag("autapses", true)?,
        },
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

/// `[variant.NAME]` with `drive = "mean_current"` replaces every Poisson drive by the constant current it averages to.
fn apply_variant(t: &Table<'_>, scenario: &mut Scenario, chosen: Option<&str>) -> Result<()> {
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
    match v.required_text("drive")? {
        "mean_current" => {
            for p in &mut scenario.populations {
                let Some(drive) = p.poisson.take() else { continue };
                let get = |key| p.parameter(key).unwrap_or(0.0);
                let per_hz_pa = match p.model {
                    Model::LifPscExp => drive.weight * get(if drive.weight >= 0.0 { "tau_syn_ex_ms" } else { "tau_syn_in_ms" }),
                    // A jump of w mV per arrival is the charge w x C.
                    Model::LifPscDelta => drive.weight * get("c_m_pf"),
                    other => {
                        return Err(v.error_at(
                            "drive",
                            format!("\"mean_current\" is known for current-based synapses, not for {}", other.name()),
                        ));
                    }
                };
                let at = p.model.parameters().iter().position(|q| q.key == "i_e_pa");
                if let Some(Distribution::Constant(i_e)) = at.map(|at| &mut p.parameters[at]) {
                    *i_e += drive.rate_hz * per_hz_pa * 1e-3;
                }
            }
        }
        other => return Err(v.error_at("drive", format!("unknown drive \"{other}\"; the only one is \"mean_current\""))),
    }
    v.finish()?;
    scenario.name = format!("{}:{chosen}", scenario.name);
    Ok(())
}

/// FNV-1a, 64 bits: an identity, not a defence.
fn hash(text: &str, variant: Option<&str>) -> String {
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for b in bytes {
                self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01B3);
            }
        }
    }
    let mut h = Fnv(0xCBF2_9CE4_8422_2325);
    h.write(text.replace("\r\n", "\n").as_bytes());
    h.write(variant.unwrap_or("").as_bytes());
    format!("{:016x}", h.finish())
}
