//! A network as the flat tables the shaders read.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use std::collections::HashMap;

use super::{layout, plastic_words};
use crate::engine::plan::{Delivery, GpuPlan, ROW_UNIT, Strategy, TEXTURE_WIDTH, tile_slots, tiles_of};
use crate::network::random::permutation_bits;
use crate::network::{Dynamics, Network, Population, Reaches, Rows, RuleKind, ScalarDynamics};
use crate::neuron::{BLOCK, Constants};

/// One table of words: populations first, then everything else at places that [`Places`] tells.
pub(super) struct Tables {
    pub(super) words: Vec<u32>,
    pub(super) places: Places,
    /// How many of the first words are constants: populations, projections, thresholds and weights.
    constants: usize,
}

/// Words of the uniform buffer of constants: the size `constants_uniform.wgsl` gives it.
const UNIFORM_WORDS: usize = crate::engine::plan::UNIFORM_WORDS as usize;

impl Tables {
    /// Contents of the uniform buffer of constants; `None` if they are too many for it.
    pub(super) fn uniform(&self) -> Option<Vec<u8>> {
        let mut words = self.words[..self.constants].to_vec();
        (words.len() <= UNIFORM_WORDS).then(|| {
            words.resize(UNIFORM_WORDS, 0);
            bytemuck::cast_slice(&words).to_vec()
        })
    }
}

/// Where things stand in the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    /// Population of every block.
    pub(super) blocks: u32,
    /// Projections.
    pub(super) projections: u32,
    /// Out-degree of every slot.
    pub(super) degrees: u32,
    /// First projection of every pair of populations, the end, and the most projections any population has to each.
    pub(super) pairs: u32,
    /// First block of every tile and the end.
    pub(super) tiles: u32,
    /// Head of every stored sender.
    pub(super) heads: u32,
    /// Plastic projections.
    pub(super) plastic: u32,
    /// Stimuli.
    pub(super) stimuli: u32,
    /// Where the reached neurons of every block's lanes begin.
    pub(super) stimulated: u32,
}

/// What tables are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TablesFor {
    /// Evaluating stored synapses, once: lengths and places of all rows.
    Build,
    /// Running: stored rows carry their lengths with them.
    Run,
}

impl Tables {
    pub(super) fn new(network: &Network, plan: &GpuPlan, purpose: TablesFor, plastic: &plastic_words::Words) -> Self {
        let population_words = network.populations.len() * (size_of::<layout::Population>() / 4);
        let projection_words = network.projections.len() * (size_of::<layout::Projection>() / 4);
        let mut words = vec![0u32; population_words + projection_words];
        let mut append = |entries: &mut dyn Iterator<Item = u32>| {
            let first = words.len() as u32;
            words.extend(entries);
            first
        };
        // Constants first: thresholds, read four words at a time, and weights, of which many projections share one table.
        let thresholds: Vec<u32> = network
            .populations
            .iter()
            .map(|p| {
                append(
                    &mut p.poisson.iter().copied().chain(std::iter::repeat(u32::MAX)).take(p.poisson.len().next_multiple_of(4)),
                )
            })
            .collect();
        let mut out_weights = vec![0; network.populations.len()];
        let weights: Vec<u32> = if let Some(rows) = &plan.delay_rows {
            // By sending population.
            for (first, outgoing) in out_weights.iter_mut().zip(&rows.outgoing) {
                *first = append(&mut outgoing.weights.iter().map(|w| *w as u32));
            }
            let all = rows.outgoing.iter().zip(&out_weights);
            all.flat_map(|(outgoing, base)| outgoing.first_weight.iter().map(move |first| base + first)).collect()
        } else {
            let mut known: HashMap<&[i32], u32> = HashMap::new();
            let all = network.projections.iter();
            all.map(|p| *known.entry(&p.weights).or_insert_with(|| append(&mut p.weights.iter().map(|w| *w as u32)))).collect()
        };
        let own_constants: Vec<u32> = network
            .populations
            .iter()
            .map(|p| match &p.dynamics {
                Dynamics::Vector { .. } => 0,
                Dynamics::Scalar(s) => append(&mut s.constants.iter().copied()),
            })
            .collect();
        let constants = append(&mut std::iter::empty()) as usize;
        let kernels = network.kernels();

        let populations: Vec<layout::Population> = network
            .populations
            .iter()
            .zip(&thresholds)
            .map(|(p, thresholds)| {
                let outgoing = plan.delay_rows.as_ref().map(|rows| &rows.outgoing[p.id as usize]);
                layout::Population {
                    tile_slots: tile_slots(&plan.candidate),
                    poisson_first: *thresholds,
                    delay_min: outgoing.map_or(0, |o| o.delay_min),
                    delay_span: outgoing.map_or(0, |o| o.delay_span),
                    out_weights: out_weights[p.id as usize],
                    out_split: outgoing.map_or(0, |o| o.split),
                    kernel: kernels.iter().position(|k| *k == p.kernel()).unwrap_or(0) as u32,
                    constants_first: own_constants[p.id as usize],
                    ..population(p, &mut append)
                }
            })
            .collect();
        let mut listed = 0;
        let stored_run = purpose == TablesFor::Run && plan.delivery == Delivery::Stored;
        let projections: Vec<layout::Projection> = (0..network.projections.len())
            .map(|i| {
                let by_delay = plan.candidate.strategy == Strategy::ProceduralByDelay;
                let starts = match purpose {
                    TablesFor::Build => plan.rows.starts.get(i).cloned(),
                    TablesFor::Run => by_delay.then(|| due_table(&network.projections[i])),
                };
                let own = projection(network, plan, i, starts.as_ref(), (!stored_run).then_some(listed), &mut append);
                listed += network.projections[i].listed.len() as u32;
                layout::Projection { weight_first: weights[i], ..own }
            })
            .collect();
        let mut places = Places { projections: population_words as u32, ..Places::default() };
        let blocks = network.slots() / BLOCK as u32;
        places.blocks = append(&mut (0..blocks).map(|b| network.population_of_block(b).id));
        let mut heads = plan.rows.heads.clone();
        if let Some(textures) = plan.textures.filter(|_| purpose == TablesFor::Run) {
            // Textures continue each other.
            let shard_units = textures.shard_rows * TEXTURE_WIDTH * 4 / ROW_UNIT;
            for (shard, s) in plan.synapse_shards.iter().enumerate() {
                heads[s.slots.start as usize..s.slots.end as usize].iter_mut().for_each(|h| *h += shard as u32 * shard_units);
            }
        }
        places.heads = append(&mut heads.into_iter());
        if network.synapses() > 0 && purpose == TablesFor::Run {
            places.degrees = append(&mut network.out_degrees().into_iter());
        }
        if !plan.tiles.is_empty() {
            places.pairs = append(&mut pairs(network).into_iter());
            places.tiles = append(&mut plan.tiles.iter().flat_map(|t| [t.population, t.number]));
        }
        // They are read four words at a time.
        let end = append(&mut std::iter::empty());
        places.plastic = end.next_multiple_of(4);
        append(&mut (end..places.plastic).map(|_| 0));
        append(&mut plastic.tables(places.plastic).into_iter());
        if purpose == TablesFor::Run {
            (places.stimuli, places.stimulated) = stimuli(network, &mut append);
        }
        words[..population_words].copy_from_slice(cast(&populations));
        words[population_words..population_words + projection_words].copy_from_slice(cast(&projections));
        Self { words, places, constants }
    }
}

fn cast<T: bytemuck::Pod>(values: &[T]) -> &[u32] {
    bytemuck::cast_slice(values)
}

/// How many delays a projection has from its shortest to its longest, and where in a row each may begin.
fn due_table(p: &crate::network::Projection) -> Vec<u32> {
    let first = p.first_of_delays();
    std::iter::once(first.len() as u32 - 1).chain(first).collect()
}

/// First projection of every pair of populations (they are sorted by source, then target), the end, and the most projections any
/// population has to each.
fn pairs(network: &Network) -> Vec<u32> {
    let n = network.populations.len();
    let mut pairs = Vec::with_capacity(n * n + 1 + n);
    for source in 0..n {
        for target in 0..n {
            pairs.push(network.projections.partition_point(|p| (p.source, p.target) < (source, target)) as u32);
        }
    }
    pairs.push(network.projections.len() as u32);
    for target in 0..n {
        pairs.push((0..n).map(|source| pairs[source * n + target + 1] - pairs[source * n + target]).max().unwrap_or(0));
    }
    pairs
}

/// For every constant the state variable that holds it, 0 where all neurons are alike.
fn varied_variables(s: &ScalarDynamics) -> Vec<u32> {
    let mut variables = vec![0; s.constants.len()];
    for (i, (constant, _)) in s.varied.iter().enumerate() {
        variables[*constant as usize] = (1 + s.start.len() + i) as u32;
    }
    variables
}

fn population(p: &Population, append: &mut dyn FnMut(&mut dyn Iterator<Item = u32>) -> u32) -> layout::Population {
    let (c, scalar) = match &p.dynamics {
        Dynamics::Vector { constants, .. } => (*constants, None),
        Dynamics::Scalar(s) => (Constants::default(), Some(s)),
    };
    layout::Population {
        first_slot: p.first_slot,
        size: p.size,
        id: p.stream,
        threshold: c.threshold,
        reset: c.reset,
        refractory_steps: c.refractory_steps,
        kept: c.kept,
        syn_kept0: c.syn_kept[0],
        syn_kept1: c.syn_kept[1],
        syn_gain0: c.syn_gain[0],
        syn_gain1: c.syn_gain[1],
        input_shift: c.input_shift,
        switches: c.switches.word(),
        varied_first: append(&mut scalar.map(varied_variables).unwrap_or_default().into_iter()),
        input_unit: scalar.map_or(0, |s| s.input_unit.to_bits()),
        current_first: append(&mut scalar.iter().flat_map(|s| &s.current).flat_map(|(step, word)| [*step, *word])),
        current_count: scalar.map_or(0, |s| s.current.len() as u32),
        noise_first: append(&mut scalar.iter().flat_map(|s| &s.noise).copied()),
        noise_count: scalar.map_or(0, |s| s.noise.len() as u32),
        noise_steps: scalar.map_or(1, |s| s.noise_steps),
        source: u32::from(p.model.is_source()),
        poisson_count: p.poisson.len() as u32,
        poisson_weight: p.poisson_weight,
        poisson_channel: p.poisson_channel,
        out_first: p.out_first,
        out_count: p.out_count,
        initial_first: append(&mut p.initial.iter().map(|v| *v as u32)),
        initial_count: p.initial.len() as u32,
        ..Default::default()
    }
}

/// Stimuli, and whom they reach: for each block with such neurons, where those of each lane begin, and the end.
fn stimuli(network: &Network, append: &mut dyn FnMut(&mut dyn Iterator<Item = u32>) -> u32) -> (u32, u32) {
    let all = &network.stimuli.all;
    if all.is_empty() {
        return (0, 0);
    }
    let records: Vec<layout::Stimulus> = all
        .iter()
        .map(|s| layout::Stimulus {
            id: s.id,
            reaches: match s.reaches {
                Reaches::Channel(channel) => channel,
                Reaches::Potential => layout::TO_POTENTIAL,
            },
            by: s.by,
            threshold_first: append(&mut s.thresholds.iter().copied()),
            threshold_count: s.thresholds.len() as u32,
            step_first: append(&mut s.steps.iter().copied()),
            step_count: s.steps.len() as u32,
            from_step: s.on[0],
            until_step: s.on[1],
            refractory: u32::from(s.refractory),
            ..Default::default()
        })
        .collect();
    let mut starts = vec![0; network.stimuli.blocks.len()];
    for (start, reached) in starts.iter_mut().zip(&network.stimuli.blocks).filter(|(_, reached)| !reached.is_empty()) {
        let entries = append(&mut reached.iter().map(|r| r.stimulus << 2 | r.column));
        let lanes = 0..=BLOCK as u32 / 4;
        *start = append(&mut lanes.map(|lane| entries + reached.partition_point(|r| r.lane < lane) as u32));
    }
    let stimulated = append(&mut starts.into_iter());
    // They are read four words at a time.
    let end = append(&mut std::iter::empty());
    append(&mut (end..end.next_multiple_of(4)).map(|_| 0));
    (append(&mut cast(&records).iter().copied()), stimulated)
}

fn projection(
    network: &Network,
    plan: &GpuPlan,
    i: usize,
    starts: Option<&Vec<u32>>,
    // Where its edge list begins among all of them, if rows are told at all.
    rows_from: Option<u32>,
    append: &mut dyn FnMut(&mut dyn Iterator<Item = u32>) -> u32,
) -> layout::Projection {
    let p = &network.projections[i];
    let bits = permutation_bits(p.permuted().max(1));
    let word_layout = p.word_layout();
    let (source, target) = (&network.populations[p.source], &network.populations[p.target]);
    let (row_first, outdegree) = match &p.rows {
        Rows::Starts(first) => match (rows_from, p.rule) {
            (Some(from), RuleKind::Listed) => (append(&mut first.iter().map(|start| from + start)), 0),
            (Some(_), _) => (append(&mut first.iter().copied()), 0),
            (None, _) => (0, 0),
        },
        Rows::Equal(length) => (0, *length),
    };
    let lattice = p.lattice.as_ref();
    let permuted = matches!(p.rule, RuleKind::Indegree | RuleKind::Subset);
    layout::Projection {
        permutation_key: p.permutation_key,
        id: p.id,
        rule: p.rule as u32,
        skip_self: u32::from(p.skip_self),
        needs_words: u32::from(p.needs_words()),
        source_first_slot: source.first_slot,
        source_size: p.source_size,
        target_first_slot: target.first_slot,
        target_size: p.target_size,
        row_first,
        start_first: append(&mut starts.into_iter().flatten().copied()),
        weight: p.weights.first().copied().unwrap_or(0),
        weight_count: p.weights.len() as u32,
        delay_first: append(&mut p.delays.iter().copied()),
        delay_count: p.delays.len() as u32,
        delay_min: p.delay_range().0,
        target_bits: word_layout.map_or(0, |l| l.target_bits),
        delay_bits: word_layout.map_or(0, |l| l.delay_bits),
        channel: p.channel,
        permuted: p.permuted().max(1),
        low_bits: if permuted { bits / 2 } else { 1 },
        high_bits: if permuted { bits - bits / 2 } else { 1 },
        tiles: tiles_of(network, p, &plan.candidate),
        outdegree,
        radius_first: append(&mut lattice.into_iter().flat_map(|l| l.radii.iter().copied())),
        angle_first: append(&mut lattice.into_iter().flat_map(|l| l.directions.iter().flatten().map(|x| *x as u32))),
        source_side: lattice.map_or(0, |l| l.source_side),
        target_side: lattice.map_or(0, |l| l.target_side),
        ..Default::default()
    }
}
