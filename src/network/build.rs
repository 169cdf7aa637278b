//! Scenario to network.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use glam::UVec4;
use rayon::prelude::*;

use super::connectivity::Listed;
use super::lattice::{self, Lattice};
use super::listed::{self, Sign};
use super::random::{Purpose, key, threefry};
use super::stimulus::{self, Stimuli};
use super::{Network, PlasticProjection, Population, Projection, Rows, RuleKind, degrees, dynamics};
use crate::error::{Error, Result};
use crate::math::quantile::{self, WEIGHT_LEVELS};
use crate::neuron::form::Unit;
use crate::neuron::{BLOCK, Class, InputBound, Role, Source};
use crate::scenario::{DistanceKernel, Distribution, PlasticitySpec, PopulationSpec, ProjectionSpec, Rule, Scenario};
use crate::{bounds, grid};

pub(super) fn build(scenario: &Scenario) -> Result<Network> {
    let dt_ms = scenario.dt_ms;
    let seed = scenario.seed;
    let separates: Vec<bool> = scenario.populations.iter().map(separates_inhibition).collect();
    let channels = 1 + u32::from(separates.contains(&true));
    stimulus::check(scenario)?;
    let never_refractory = scenario.stimuli.iter().any(|s| !s.refractory);
    let intervals = scenario.populations.iter().map(|p| min_interval_steps(p, dt_ms));
    let min_spike_interval = if never_refractory { 1 } else { intervals.min().unwrap_or(1) };

    // Where each projection stands once they are sorted by source and target; ids keep the scenario's order. Of an edge list to neurons
    // that tell excitation from inhibition, each is a projection of its own.
    let (mut order, mut plastic_order) = (Vec::new(), Vec::new());
    for (i, spec) in scenario.projections.iter().enumerate() {
        let order: &mut Vec<(usize, Sign)> = if spec.plasticity.is_some() { &mut plastic_order } else { &mut order };
        match &spec.edges {
            Some(_) if separates[spec.target] => order.extend([(i, Sign::Excitatory), (i, Sign::Inhibitory)]),
            _ => order.push((i, Sign::Any)),
        }
    }
    order.sort_by_key(|(i, sign)| (scenario.projections[*i].source, scenario.projections[*i].target, *sign));

    let mut populations = Vec::with_capacity(scenario.populations.len());
    let mut first_slot = 0u32;
    for (id, spec) in scenario.populations.iter().enumerate() {
        let poisson_mean = spec.poisson.map_or(0.0, |d| d.rate_hz * dt_ms * 1e-3);
        if poisson_mean > bounds::MAX_POISSON_PER_STEP {
            return Err(Error::Input(format!(
                "population \"{}\": a Poisson drive of {} Hz is {poisson_mean} arrivals per step, over the limit of {}; lower the rate and raise the weight",
                spec.name,
                spec.poisson.map_or(0.0, |d| d.rate_hz),
                bounds::MAX_POISSON_PER_STEP
            )));
        }
        let poisson = if poisson_mean > 0.0 { quantile::poisson_thresholds(poisson_mean) } else { Vec::new() };
        let weight = spec.poisson.map_or(0.0, |d| d.weight);
        let (of_stimuli, least_of_stimuli) = stimulus::bounds_of(scenario, id);
        let bound = InputBound {
            recurrent: recurrent_bound(scenario, id),
            external: if spec.model.is_source() { 0.0 } else { poisson.len() as f64 * weight.abs() + of_stimuli },
            smallest: smallest_weight(scenario, id, least_of_stimuli),
            sender_interval_steps: min_spike_interval,
            initial: initial_input(spec),
            initial_mv: 0.0,
        };
        let built = dynamics::build(spec, id as u32, seed, dt_ms, bound)
            .map_err(|e| Error::Input(format!("population \"{}\" of {}: {e}", spec.name, scenario.name)))?;
        let out = order.iter().filter(|(i, _)| scenario.projections[*i].source == id).count();
        populations.push(Population {
            name: spec.name.clone(),
            id: id as u32,
            stream: id as u32,
            size: spec.size,
            first_slot,
            model: spec.model.clone(),
            is_source: spec.model.is_source(),
            dynamics: built.dynamics,
            channels: 1 + u32::from(separates[id]),
            initial: built.initial,
            poisson,
            poisson_weight: built.scales.weight(weight),
            poisson_channel: u32::from(separates[id] && weight < 0.0),
            scales: built.scales,
            out_first: order.partition_point(|(i, _)| scenario.projections[*i].source < id) as u32,
            out_count: out as u32,
        });
        first_slot += spec.size.div_ceil(BLOCK as u32) * BLOCK as u32;
    }

    let build = |&(i, sign): &(usize, Sign)| match &scenario.projections[i].edges {
        Some(edges) => listed::projection(scenario, i, edges, sign, &populations),
        None => projection(scenario, i, &populations),
    };
    let stimuli = Stimuli::build(scenario, &populations)?;
    let mut projections = order.par_iter().map(build).collect::<Result<Vec<Projection>>>()?;
    for p in &mut projections {
        let silenced = scenario.silenced.iter().filter(|s| s.population == p.source);
        let numbers: Vec<u32> = silenced.flat_map(|s| s.neurons.numbers(p.source_size)).collect();
        if !numbers.is_empty() {
            *p = listed::without(p, &numbers);
        }
    }
    let mut plastic = plastic_order.par_iter().map(build).collect::<Result<Vec<Projection>>>()?;
    // The inhibitory half of a list without inhibition.
    plastic.retain(|p| p.synapses() > 0);
    let plastic: Vec<PlasticProjection> = plastic
        .into_iter()
        .filter_map(|p| {
            let given = &scenario.projections[p.id as usize];
            let levels = given.edges.is_none().then(|| quantile::levels(&given.weight, WEIGHT_LEVELS));
            let spec = given.plasticity?;
            let scales = populations[p.target].scales;
            Some(PlasticProjection::new(p, &spec, levels, dt_ms, min_spike_interval, |w| scales.weight(w)))
        })
        .collect();
    let all = projections.iter().chain(plastic.iter().map(|p| &p.projection));
    let ranges = all.filter(|p| p.synapses() > 0).map(Projection::delay_range);
    let (min_delay, max_delay) = ranges.fold((u32::MAX, 0), |(lo, hi), (a, b)| (lo.min(a), hi.max(b)));
    Ok(Network {
        scenario: scenario.clone(),
        seed,
        populations,
        projections,
        plastic,
        stimuli,
        channels,
        min_delay,
        max_delay,
        min_spike_interval,
        max_steps: scenario.max_steps(),
        trials: 0..1,
        whole: None,
    })
}

/// Whether a population's neurons tell excitation from inhibition: any of them, if their time constants are drawn.
fn separates_inhibition(spec: &PopulationSpec) -> bool {
    let drawn = |role| spec.with(role).is_some_and(|d| !matches!(d, Distribution::Constant(_)));
    let typical = spec.model.separates_inhibition(spec.model.values(&spec.typical()));
    typical || drawn(Role::ExcitatoryTime) || drawn(Role::InhibitoryTime)
}

/// Shortest number of steps between two spikes of a population's neurons.
fn min_interval_steps(spec: &PopulationSpec, dt_ms: f64) -> u32 {
    let shortest = spec.with(Role::Refractory).map_or(0.0, |d| quantile::levels(d, quantile::STATE_LEVELS)[0]);
    grid::steps_up(shortest, dt_ms).min(spec.model.longest_refractory().into()) as u32 + 1
}

/// Largest synaptic current or conductance a population's neurons start with (exact class; the other has no scale for it).
fn initial_input(spec: &PopulationSpec) -> f64 {
    if spec.model.class() == Class::Tolerant {
        return 0.0;
    }
    let size = |d: &Distribution| {
        let (low, high) = quantile::extremes(d);
        low.abs().max(high.abs())
    };
    let is_input = |variable: usize| spec.model.form().variables[variable].unit == Unit::Input;
    spec.initial.iter().filter(|(i, _)| is_input(*i)).map(|(_, values)| size(values)).fold(0.0, f64::max)
}

/// The smallest |weight| but 0 of all that reaches a population; 0 if nothing does.
fn smallest_weight(scenario: &Scenario, target: usize, of_stimuli: f64) -> f64 {
    let drawn = scenario.projections.iter().filter(|p| p.target == target).map(|p| match (&p.edges, p.plasticity) {
        // A weight that changes is told in parts of its largest.
        (_, Some(PlasticitySpec::Stdp(stdp))) => stdp.w_max,
        (Some(edges), _) => edges.smallest_weight() * p.weight.middle().abs(),
        (None, _) => smallest(quantile::levels(&p.weight, WEIGHT_LEVELS).into_iter()),
    });
    let drive = scenario.populations[target].poisson.filter(|_| !scenario.populations[target].model.is_source());
    let least = smallest(drawn.chain(drive.map(|d| d.weight))).min(of_stimuli);
    if least.is_finite() { least } else { 0.0 }
}

fn smallest(weights: impl Iterator<Item = f64>) -> f64 {
    weights.map(f64::abs).filter(|w| *w > 0.0).fold(f64::INFINITY, f64::min)
}

/// Bound on the sum of |weights| that can reach a neuron of a population in one step, if every sender fired at once and all
/// delays agreed: in-degrees and weight sums are taken far above their means, where a neuron passes them with probability
/// below 1e-30 (Bernstein's inequality with exponent 72); excitation and inhibition are bounded apart, the larger counts.
fn recurrent_bound(scenario: &Scenario, target: usize) -> f64 {
    let (mut excitation, mut inhibition) = (0.0, 0.0);
    for p in scenario.projections.iter().filter(|p| p.target == target) {
        let several = most_in_a_step(&scenario.populations[p.source], scenario.dt_ms);
        // A weight may grow to its maximum; an efficacy is never above 1.
        let w_max = match p.plasticity {
            Some(PlasticitySpec::Stdp(stdp)) => Some(stdp.w_max),
            _ => None,
        };
        if let Some(edges) = &p.edges {
            let (e, i) = listed::bound(edges, p.weight.middle(), w_max, scenario.populations[target].size);
            excitation += several * e;
            inhibition += several * i;
            continue;
        }
        let n_source = f64::from(scenario.populations[p.source].size);
        let n_target = f64::from(scenario.populations[p.target].size);
        let indegree = match p.rule {
            Rule::FixedTotalNumber(n) => (far_above(n as f64 / n_target)).min(n as f64),
            Rule::FixedIndegree { indegree, .. } => f64::from(indegree),
            Rule::PairwiseBernoulli { probability, .. } => far_above(probability * n_source).min(n_source),
            Rule::OneToOne => 1.0,
            Rule::AllToAll { .. } | Rule::EdgeList => n_source,
            // How often the most reached neuron is: six standard deviations above the median.
            Rule::LognormalDegrees(laws) => {
                let synapses = laws.outdegree * n_source;
                let most = libm::exp(6.0 * laws.sigma_in - 0.5 * laws.sigma_in * laws.sigma_in);
                far_above(synapses / n_target * most).min(synapses)
            }
            Rule::FixedOutdegree { outdegree, .. } => {
                let synapses = f64::from(outdegree) * n_source;
                far_above(synapses / n_target).min(synapses)
            }
        };
        let levels = w_max.map_or_else(|| quantile::levels(&p.weight, WEIGHT_LEVELS), |w| vec![w]);
        let n = levels.len() as f64;
        for (sum, sign) in [(&mut excitation, 1.0), (&mut inhibition, -1.0)] {
            let part: Vec<f64> = levels.iter().map(|w| (w * sign).max(0.0)).collect();
            let mean = part.iter().sum::<f64>() / n;
            let largest = part.iter().copied().fold(0.0, f64::max);
            let sd = libm::sqrt(part.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n);
            let spread = 12.0 * sd * libm::sqrt(indegree) + 48.0 * (largest - mean);
            *sum += several * (indegree * mean + spread).min(indegree * largest);
        }
    }
    f64::max(excitation, inhibition)
}

/// Most spikes a neuron fires in a step.
fn most_in_a_step(spec: &PopulationSpec, dt_ms: f64) -> f64 {
    match (spec.model.source(), spec.poisson) {
        (Some(Source::Poisson), Some(drive)) => quantile::poisson_thresholds(drive.rate_hz * dt_ms * 1e-3).len().max(1) as f64,
        _ => 1.0,
    }
}

/// A bound a Poisson-like count passes with probability below e^-72: t solves t^2 = 144 mean + 48 t.
fn far_above(mean: f64) -> f64 {
    mean + 24.0 + libm::sqrt(576.0 + 144.0 * mean)
}

fn projection(scenario: &Scenario, index: usize, populations: &[Population]) -> Result<Projection> {
    let spec = &scenario.projections[index];
    let (source, target) = (&populations[spec.source], &populations[spec.target]);
    let id = index as u32;
    let name = || format!("the projection {} to {} of {}", source.name, target.name, scenario.name);
    let levels = quantile::levels(&spec.weight, WEIGHT_LEVELS);
    let separates = target.channels == 2;
    if separates && levels.iter().any(|w| *w < 0.0) && levels.iter().any(|w| *w > 0.0) {
        return Err(Error::Input(format!(
            "{}: weights of both signs reach a model that tells excitation from inhibition; bound them with `min` or `max` at 0",
            name()
        )));
    }
    let lattice = lattice(scenario, spec);
    let delays = match spec.rule {
        Rule::FixedOutdegree { profile: Some(profile), .. } => conduction_delays(scenario, spec, &profile),
        _ => quantile::delay_levels_steps(&spec.delay_ms, scenario.dt_ms),
    };
    if delays.iter().any(|d| *d > bounds::LONGEST_DELAY) {
        return Err(Error::Input(format!(
            "{}: delays reach over {} steps; bound them with `max` or take a longer dt_ms",
            name(),
            bounds::LONGEST_DELAY
        )));
    }
    let within = spec.source == spec.target;
    let (rule, skip_self) = match spec.rule {
        Rule::FixedTotalNumber(_) => (RuleKind::Uniform, false),
        Rule::FixedIndegree { .. } => (RuleKind::Indegree, false),
        Rule::PairwiseBernoulli { autapses, .. } => (RuleKind::Subset, within && !autapses),
        Rule::OneToOne => (RuleKind::OneToOne, false),
        Rule::AllToAll { autapses } => (RuleKind::AllToAll, within && !autapses),
        Rule::FixedOutdegree { profile: Some(_), .. } => (RuleKind::Lattice, false),
        Rule::FixedOutdegree { multapses: true, .. } => (RuleKind::Uniform, false),
        Rule::FixedOutdegree { .. } => (RuleKind::Subset, false),
        Rule::LognormalDegrees(_) | Rule::EdgeList => (RuleKind::Listed, false),
    };
    let rows = rows(spec, source.size, target.size, skip_self, scenario.seed, id).map_err(|total| {
        Error::Input(format!(
            "{} has {total} synapses; one projection holds at most {}, so split the population or scale less",
            name(),
            if matches!(spec.rule, Rule::LognormalDegrees(_)) { bounds::MOST_SPELLED_OUT } else { u32::MAX }
        ))
    })?;
    let (synapse_key, permutation_key) = Projection::keys(scenario.seed, id);
    let inhibitory = match spec.weight {
        Distribution::Constant(w) => w < 0.0,
        _ => levels.iter().any(|w| *w < 0.0),
    };
    let projection = Projection {
        id,
        source: spec.source,
        target: spec.target,
        source_size: source.size,
        target_size: target.size,
        rule,
        skip_self,
        rows,
        lattice,
        listed: Listed::default(),
        weights: levels.into_iter().map(|w| target.scales.weight(w)).collect(),
        channel: u32::from(separates && inhibitory),
        delays,
        synapse_key,
        permutation_key,
    };
    // Senders that are drawn once each are found from the target's side only: such a projection is spelled out.
    Ok(match spec.rule {
        Rule::FixedIndegree { indegree, multapses: false } => listed::distinct_senders(projection, indegree),
        Rule::LognormalDegrees(laws) => degrees::projection(projection, &laws, scenario.seed, source, target),
        _ => projection,
    })
}

/// The geometry of a projection between lattices.
fn lattice(scenario: &Scenario, spec: &ProjectionSpec) -> Option<Lattice> {
    let (Some(sheet), Rule::FixedOutdegree { profile: Some(profile), .. }) = (scenario.sheet, spec.rule) else { return None };
    let side = |population: usize| scenario.populations[population].size.isqrt();
    Some(Lattice::new(side(spec.source), side(spec.target), sheet.side_mm, &profile))
}

/// Delays of a distance-dependent projection, one per distance: a constant part and the way at the conduction velocity, at least one
/// step.
fn conduction_delays(scenario: &Scenario, spec: &ProjectionSpec, profile: &DistanceKernel) -> Vec<u32> {
    let (Some(sheet), Distribution::Constant(constant_ms)) = (scenario.sheet, spec.delay_ms) else {
        return quantile::delay_levels_steps(&spec.delay_ms, scenario.dt_ms);
    };
    let Some(velocity) = profile.velocity_mm_per_ms else {
        return quantile::delay_levels_steps(&spec.delay_ms, scenario.dt_ms);
    };
    let steps = |r: f64| libm::round((constant_ms + r / velocity) / scenario.dt_ms).max(1.0) as u32;
    lattice::radii_mm(profile, sheet.side_mm).into_iter().map(steps).collect()
}

/// Lengths of the rows; the number of synapses as an error if it passes 32 bits where they must be numbered.
fn rows(
    spec: &ProjectionSpec,
    n_source: u32,
    n_target: u32,
    skip_self: bool,
    seed: u64,
    id: u32,
) -> std::result::Result<Rows, u64> {
    if let Rule::FixedOutdegree { outdegree, .. } = spec.rule {
        return Ok(if outdegree == 0 { Rows::Starts(vec![0; n_source as usize + 1]) } else { Rows::Equal(outdegree) });
    }
    let targets = u64::from(n_target) - u64::from(skip_self);
    let expected = match spec.rule {
        Rule::FixedTotalNumber(n) => n as f64,
        Rule::FixedIndegree { indegree, .. } => f64::from(indegree) * f64::from(n_target),
        Rule::PairwiseBernoulli { probability, .. } => probability * targets as f64 * f64::from(n_source),
        Rule::OneToOne => f64::from(n_source),
        Rule::AllToAll { .. } => targets as f64 * f64::from(n_source),
        Rule::LognormalDegrees(laws) if laws.outdegree * f64::from(n_source) >= f64::from(bounds::MOST_SPELLED_OUT) => {
            return Err((laws.outdegree * f64::from(n_source)) as u64);
        }
        Rule::FixedOutdegree { .. } | Rule::LognormalDegrees(_) | Rule::EdgeList => 0.0,
    };
    if expected >= f64::from(u32::MAX) {
        return Err(expected as u64);
    }
    let key = key(seed, Purpose::RowLength, id);
    let uniform = |i: u32| {
        let w = threefry(key, UVec4::new(i, 0, 0, 0));
        // 53 bits, as double precision holds them exactly.
        (f64::from(w.x >> 5) * 67108864.0 + f64::from(w.y >> 6)) / 9007199254740992.0
    };
    let mut starts = Vec::with_capacity(n_source as usize + 1);
    starts.push(0u32);
    let mut at = 0u64;
    let mut left = expected as u64;
    for i in 0..n_source {
        let length = match spec.rule {
            // Multinomial row lengths, one conditional binomial after the other.
            Rule::FixedTotalNumber(_) | Rule::FixedIndegree { .. } => {
                let length = quantile::binomial(left, 1.0 / f64::from(n_source - i), uniform(i));
                left -= length;
                length
            }
            Rule::PairwiseBernoulli { probability, .. } => quantile::binomial(targets, probability, uniform(i)),
            Rule::OneToOne => 1,
            // Listed rows are told elsewhere.
            Rule::LognormalDegrees(_) => 0,
            Rule::AllToAll { .. } | Rule::FixedOutdegree { .. } | Rule::EdgeList => targets,
        };
        at += length;
        starts.push(u32::try_from(at).map_err(|_| at)?);
    }
    Ok(Rows::Starts(starts))
}
