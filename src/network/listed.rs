//! Projections from edge lists: synapses that are data. Weights become levels, as everywhere, so that a synapse fits a word.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use std::sync::Arc;

use glam::UVec4;
use rayon::prelude::*;

use super::connectivity::{Projection, RuleKind};
use super::plasticity::ONE;
use super::random::{Permutation, below, threefry};
use super::{Population, Rows};
use crate::error::{Error, Result};
use crate::scenario::{Distribution, Edge, EdgeList, PlasticitySpec, Scenario};

/// Most levels of weights.
const MOST_LEVELS: u32 = 1 << 16;

/// Which synapses of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// All of them.
    Any,
    /// Those that excite.
    Excitatory,
    /// Those that inhibit.
    Inhibitory,
}

/// The largest sums of weights that excite, and that inhibit, of any target; each weight may be `at_most`, if that is told.
pub(super) fn bound(list: &EdgeList, factor: f64, at_most: Option<f64>, targets: u32) -> (f64, f64) {
    let mut sums = vec![[0.0f64; 2]; targets as usize];
    for e in &list.edges {
        let w = at_most.unwrap_or(e.weight * factor);
        sums[e.target as usize][usize::from(w < 0.0)] += w.abs();
    }
    sums.iter().fold((0.0, 0.0), |(e, i), s| (f64::max(e, s[0]), f64::max(i, s[1])))
}

/// The projection of an edge list.
///
/// # Errors
/// [`Error::Input`] if one of its synapses would need more than 32 bits even with two levels of weights.
pub(super) fn projection(
    scenario: &Scenario,
    index: usize,
    list: &EdgeList,
    sign: Sign,
    populations: &[Population],
) -> Result<Projection> {
    let spec = &scenario.projections[index];
    let (source, target) = (&populations[spec.source], &populations[spec.target]);
    let id = index as u32;
    let factor = spec.weight.middle();
    let default_delay = match spec.delay_ms {
        Distribution::Constant(ms) => libm::round(ms / scenario.dt_ms) as u32,
        _ => 1,
    };
    // A weight that learns is told as a part of its largest, so that what was written is what is read.
    let weight = |e: &Edge| match spec.plasticity {
        Some(PlasticitySpec::Stdp(stdp)) => {
            libm::round(e.weight * factor / stdp.w_max * f64::from(ONE)).clamp(0.0, f64::from(ONE)) as i32
        }
        _ => target.scales.weight(e.weight * factor),
    };
    let wanted = |e: &&Edge| match sign {
        Sign::Any => true,
        Sign::Excitatory => e.weight * factor >= 0.0,
        Sign::Inhibitory => e.weight * factor < 0.0,
    };
    let delay = |e: &Edge| if list.has_delays { e.delay } else { default_delay };
    let edges = || list.edges.iter().filter(wanted);

    let mut delays: Vec<u32> = edges().map(delay).collect();
    delays.sort_unstable();
    delays.dedup();
    let bits = |n: u32| 32 - n.saturating_sub(1).leading_zeros();
    let span = delays.last().zip(delays.first()).map_or(1, |(last, first)| last - first + 1);
    let taken = bits(target.size) + bits(span);
    if taken > 31 {
        return Err(Error::Input(format!(
            "the projection {} to {} of {}: targets and delays of its edge list leave no bits for weights; make delays more alike, or split the population",
            source.name, target.name, scenario.name
        )));
    }
    let mut weights: Vec<i32> = edges().map(weight).collect();
    weights.sort_unstable();
    weights.dedup();
    let most = 1u32.checked_shl(32 - taken).unwrap_or(u32::MAX).min(MOST_LEVELS);
    if weights.len() as u32 > most {
        weights = evenly(weights[0], weights[weights.len() - 1], most);
    }
    let level = |w: i32| {
        let above = weights.partition_point(|x| *x < w).min(weights.len() - 1);
        // The nearer one of two neighbours.
        let below = above.saturating_sub(1);
        let apart = |i: usize| (i64::from(weights[i]) - i64::from(w)).abs();
        (if apart(below) < apart(above) { below } else { above }) as u32
    };
    let mut starts = vec![0u32; source.size as usize + 1];
    let mut listed = Vec::with_capacity(edges().count());
    for e in edges() {
        starts[e.source as usize + 1] += 1;
        listed.push([e.target, delay(e) << 16 | level(weight(e))]);
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let (synapse_key, permutation_key) = Projection::keys(scenario.seed, id);
    Ok(Projection {
        id,
        source: spec.source,
        target: spec.target,
        source_size: source.size,
        target_size: target.size,
        rule: RuleKind::Listed,
        skip_self: false,
        rows: Rows::Starts(starts),
        lattice: None,
        listed: Arc::new(listed),
        weights: if weights.is_empty() { vec![0] } else { weights },
        channel: u32::from(sign == Sign::Inhibitory),
        delays: if delays.is_empty() { vec![1] } else { delays },
        synapse_key,
        permutation_key,
    })
}

/// A projection in which every target has a number of senders, no one twice: those to which a permutation of its own sends the first
/// numbers. Everything else is as the projection says.
pub(super) fn distinct_senders(p: Projection, indegree: u32) -> Projection {
    let mut synapses: Vec<(u32, u32, u32)> = Vec::with_capacity(indegree as usize * p.target_size as usize);
    for target in 0..p.target_size {
        let senders = Permutation::new(p.source_size, threefry(p.permutation_key, UVec4::new(target, 0, 0, 0)));
        for k in 0..indegree {
            let words = threefry(p.synapse_key, UVec4::new(target, k, 0, 0));
            let delay = p.delays[below(words.y, p.delays.len() as u32) as usize];
            synapses.push((senders.apply(k), target, delay << 16 | below(words.z, p.weights.len() as u32)));
        }
    }
    synapses.par_sort_unstable();
    let mut starts = vec![0u32; p.source_size as usize + 1];
    synapses.iter().for_each(|s| starts[s.0 as usize + 1] += 1);
    (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
    let listed = synapses.into_iter().map(|(_, target, word)| [target, word]).collect();
    Projection { rule: RuleKind::Listed, rows: Rows::Starts(starts), listed: Arc::new(listed), ..p }
}

/// A projection without the synapses of some senders: spelled out, because rows of a function cannot be told to be empty.
pub(super) fn without(p: &Projection, senders: &[u32]) -> Projection {
    let mut kept = vec![true; p.source_size as usize];
    senders.iter().for_each(|n| kept[*n as usize] = false);
    let mut starts = vec![0u32];
    let mut listed = Vec::new();
    for source in 0..p.source_size {
        if kept[source as usize] {
            let row = p.row(source);
            let synapses = (0..p.row_length(source)).map(|k| row.synapse(k));
            listed.extend(synapses.map(|s| [s.target, s.delay << 16 | s.weight_level]));
        }
        starts.push(listed.len() as u32);
    }
    Projection {
        rule: RuleKind::Listed,
        rows: Rows::Starts(starts),
        listed: Arc::new(listed),
        lattice: None,
        skip_self: false,
        ..p.clone()
    }
}

/// A listed projection with only those synapses that end at some targets, in the same order.
pub(super) fn ending_at(p: &Projection, owns: impl Fn(u32) -> bool) -> Projection {
    let (mut starts, mut listed) = (vec![0u32], Vec::new());
    for source in 0..p.source_size {
        let first = p.row_start(source) as usize;
        let row = &p.listed[first..first + p.row_length(source) as usize];
        listed.extend(row.iter().filter(|[target, _]| owns(*target)));
        starts.push(listed.len() as u32);
    }
    Projection { rows: Rows::Starts(starts), listed: Arc::new(listed), ..p.clone() }
}

/// Levels at equal distances.
fn evenly(first: i32, last: i32, n: u32) -> Vec<i32> {
    let (first, span) = (i64::from(first), i64::from(last) - i64::from(first));
    (0..i64::from(n)).map(|i| (first + (span * i + i64::from(n - 1) / 2) / i64::from(n - 1)) as i32).collect()
}
