//! A network as the flat tables the shaders read.

use super::layout;
use crate::engine::plan::{GpuPlan, spikes_per_batch};
use crate::network::random::permutation_bits;
use crate::network::{Network, RuleKind};
use crate::neuron::{BLOCK, Model};

/// Populations, projections and one table of words: blocks to populations first, then every distribution and row start.
pub(super) struct Tables {
    pub(super) populations: Vec<layout::Population>,
    pub(super) projections: Vec<layout::Projection>,
    pub(super) words: Vec<u32>,
    /// Where in `words` the synapse shard of every slot stands.
    pub(super) home_first: u32,
    /// Where in `words` the start of every shard's spike list stands.
    pub(super) list_first: u32,
}

/// The number a model has in the shaders.
pub(super) fn model_number(model: Model) -> u32 {
    match model {
        Model::LifPscDelta => 0,
        Model::LifPscExp => 1,
    }
}

impl Tables {
    pub(super) fn new(network: &Network, plan: &GpuPlan) -> Self {
        let mut words: Vec<u32> = (0..network.slots() / BLOCK as u32).map(|b| network.population_of_block(b).id).collect();
        let mut append = |entries: &mut dyn Iterator<Item = u32>| {
            let first = words.len() as u32;
            words.extend(entries);
            first
        };
        let populations = network
            .populations
            .iter()
            .map(|p| {
                let c = &p.constants;
                layout::Population {
                    first_slot: p.first_slot,
                    size: p.size,
                    id: p.id,
                    model: model_number(p.model),
                    threshold: c.threshold,
                    reset: c.reset,
                    refractory_steps: c.refractory_steps,
                    leak: c.leak,
                    syn_leak0: c.syn_leak[0],
                    syn_leak1: c.syn_leak[1],
                    syn_gain0: c.syn_gain[0],
                    syn_gain1: c.syn_gain[1],
                    input_shift: c.input_shift,
                    poisson_first: append(&mut p.poisson.iter().copied()),
                    poisson_count: p.poisson.len() as u32,
                    poisson_weight: p.poisson_weight,
                    poisson_channel: p.poisson_channel,
                    out_first: p.out_first,
                    out_count: p.out_count,
                    initial_first: append(&mut p.initial.iter().map(|v| *v as u32)),
                    initial_count: p.initial.len() as u32,
                    ..Default::default()
                }
            })
            .collect();
        let mut projections: Vec<layout::Projection> = Vec::with_capacity(network.projections.len().max(1));
        for (i, p) in network.projections.iter().enumerate() {
            let bits = permutation_bits(p.permuted().max(1));
            let word_layout = p.word_layout();
            let (source, target) = (&network.populations[p.source], &network.populations[p.target]);
            projections.push(layout::Projection {
                permutation_key: p.permutation_key,
                id: p.id,
                rule: p.rule as u32,
                skip_self: u32::from(p.skip_self),
                needs_words: u32::from(p.needs_words()),
                source_first_slot: source.first_slot,
                source_size: p.source_size,
                target_first_slot: target.first_slot,
                target_size: p.target_size,
                row_first: append(&mut p.row_first.iter().copied()),
                unit_first: append(&mut plan.row_units.get(i).into_iter().flatten().copied()),
                weight_first: append(&mut p.weights.iter().map(|w| *w as u32)),
                weight_count: p.weights.len() as u32,
                delay_first: append(&mut p.delays.iter().copied()),
                delay_count: p.delays.len() as u32,
                delay_min: p.delay_range().0,
                target_bits: word_layout.map_or(0, |l| l.target_bits),
                delay_bits: word_layout.map_or(0, |l| l.delay_bits),
                channel: p.channel,
                permuted: p.permuted().max(1),
                low_bits: if matches!(p.rule, RuleKind::Indegree | RuleKind::Subset) { bits / 2 } else { 1 },
                high_bits: if matches!(p.rule, RuleKind::Indegree | RuleKind::Subset) { bits - bits / 2 } else { 1 },
                ..Default::default()
            });
        }
        if projections.is_empty() {
            projections.push(layout::Projection::default());
        }
        let (mut homes, mut lists) = (Vec::new(), Vec::new());
        if !network.projections.is_empty() {
            for (shard, s) in plan.synapse_shards.iter().enumerate() {
                homes.extend(s.slots.clone().map(|_| shard as u32));
                lists.push((u64::from(s.slots.start) * spikes_per_batch(network, plan.batch)) as u32);
            }
        }
        let home_first = append(&mut homes.into_iter());
        let list_first = append(&mut lists.into_iter());
        Self { populations, projections, words, home_first, list_first }
    }
}
