//! Projections in which neurons differ in how many they reach and in how often they are reached, both lognormally, as in connectomes: spelled
//! out as lists, because a target is looked up among all.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use std::ops::Range;
use std::sync::Arc;

use glam::UVec4;
use rayon::prelude::*;

use super::connectivity::{Projection, RuleKind};
use super::random::{Purpose, below, key, threefry};
use super::{Population, Rows};
use crate::math::quantile::normal_quantile;
use crate::scenario::DegreeLaws;

/// Words of the counter that tell a population's factors apart.
const OUT: u32 = 0;
const IN: u32 = 1;

/// A uniform number strictly between 0 and 1.
fn uniform(word: u32) -> f64 {
    (f64::from(word) + 0.5) / 4294967296.0
}

/// A neuron's lognormal factor, of mean 1: the same for all projections of its population.
fn factor(seed: u64, population: u32, neuron: u32, which: u32, sigma: f64) -> f64 {
    let word = threefry(key(seed, Purpose::Degrees, population), UVec4::new(neuron, which, 0, 0)).x;
    libm::exp(sigma * normal_quantile(uniform(word)) - 0.5 * sigma * sigma)
}

/// The neurons of a module of a population.
fn of_module(module: u32, modules: u32, size: u32) -> Range<usize> {
    let at = |m: u32| (u64::from(m) * u64::from(size) / u64::from(modules)) as usize;
    at(module)..at(module + 1)
}

/// The projection with its synapses. Everything else is as `p` says.
pub(super) fn projection(p: Projection, laws: &DegreeLaws, seed: u64, source: &Population, target: &Population) -> Projection {
    let lengths: Vec<u32> = (0..p.source_size)
        .into_par_iter()
        .map(|i| {
            let mean = laws.outdegree * factor(seed, source.id, i, OUT, laws.sigma_out);
            let drawn = uniform(threefry(p.permutation_key, UVec4::new(i, 0, 0, 0)).x);
            // As often up as down, so that the mean stays.
            libm::floor(mean + drawn).min(f64::from(p.target_size)) as u32
        })
        .collect();
    let mut starts = vec![0u32; lengths.len() + 1];
    for (i, length) in lengths.iter().enumerate() {
        starts[i + 1] = starts[i] + length;
    }
    // How often targets are reached, summed up: a target is where a drawn part of a sum lies.
    let mut sums = vec![0.0; p.target_size as usize + 1];
    let factors: Vec<f64> = (0..p.target_size).into_par_iter().map(|j| factor(seed, target.id, j, IN, laws.sigma_in)).collect();
    for (j, f) in factors.iter().enumerate() {
        sums[j + 1] = sums[j] + f;
    }
    let row = |i: u32| {
        let module = (u64::from(i) * u64::from(laws.modules) / u64::from(p.source_size)) as u32;
        let near = of_module(module, laws.modules, p.target_size);
        let mut synapses: Vec<[u32; 2]> = (0..lengths[i as usize])
            .map(|k| {
                let words = threefry(p.synapse_key, UVec4::new(i, k, 0, 0));
                let stays = uniform(words.w) < laws.within && !near.is_empty();
                let among = if stays { near.clone() } else { 0..p.target_size as usize };
                let (low, high) = (sums[among.start], sums[among.end]);
                let at = low + (high - low) * uniform(words.x);
                let found = sums[among.start + 1..among.end].partition_point(|s| *s <= at);
                let delay = p.delays[below(words.y, p.delays.len() as u32) as usize];
                [(among.start + found) as u32, delay << 16 | below(words.z, p.weights.len() as u32)]
            })
            .collect();
        synapses.sort_unstable();
        synapses
    };
    let listed: Vec<[u32; 2]> = (0..p.source_size).into_par_iter().flat_map_iter(row).collect();
    Projection { rule: RuleKind::Listed, rows: Rows::Starts(starts), listed: Arc::new(listed), ..p }
}
