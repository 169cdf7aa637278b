//! What a plan asks a device for: every buffer with its size. The engine allocates from this list and nothing else, so that what is
//! checked is what is allocated.

use std::collections::HashMap;

use super::buffer::{
    AWAKE_COUNTS, BufferKind, BufferPhase, IN_FLIGHT, MEMORY_WORDS, POPULATION_WORDS, PROJECTION_WORDS, PlannedBuffer, RANGES,
    RECORD_BUFFERS, SEAL_BYTES, SPIKES_HEADER_WORDS, STIMULUS_WORDS, TOTAL_BYTES, UNIFORM_STRIDE, UNIFORM_WORDS,
};
use super::gpu::{GpuPlan, TEXTURE_WIDTH};
use super::pieces::pieces;
use super::{Delivery, Memory, Strategy};
use crate::network::{Dynamics, Network, Rows};
use crate::neuron::BLOCK;

/// Words of the tables: all, and those that are constants, which stand first.
pub(super) struct TableWords {
    pub(super) run: u64,
    pub(super) build: u64,
    pub(super) constants: u64,
}

/// How many words the tables of a plan take; `src/engine/gpu/tables.rs` writes them.
pub(super) fn table_words(network: &Network, plan: &GpuPlan) -> TableWords {
    let len = |n: usize| n as u64;
    let (populations, projections) = (&network.populations, &network.projections);
    let weights: u64 = match &plan.delay_rows {
        Some(rows) => rows.outgoing.iter().map(|o| len(o.weights.len())).sum(),
        None => {
            let distinct: HashMap<&[i32], u64> = projections.iter().map(|p| (&p.weights[..], len(p.weights.len()))).collect();
            distinct.values().sum()
        }
    };
    let scalar = |p: &crate::network::Population| match &p.dynamics {
        Dynamics::Vector { .. } => (0, 0),
        Dynamics::Scalar(s) => (len(s.constants.len()), 2 * len(s.current.len()) + len(s.noise.len())),
    };
    let own: u64 = populations.iter().map(|p| scalar(p).0).sum();
    let constants = POPULATION_WORDS * len(populations.len())
        + PROJECTION_WORDS * len(projections.len())
        + populations.iter().map(|p| len(p.poisson.len().next_multiple_of(4))).sum::<u64>()
        + weights
        + own;
    let of_populations: u64 = populations.iter().map(|p| scalar(p).1 + len(p.initial.len())).sum();
    let rows: u64 = projections.iter().map(|p| if let Rows::Starts(first) = &p.rows { len(first.len()) } else { 0 }).sum();
    let lattice = |p: &crate::network::Projection| p.lattice.as_ref().map_or(0, |l| len(l.radii.len() + 2 * l.directions.len()));
    let of_projections: u64 = projections.iter().map(|p| len(p.delays.len()) + lattice(p)).sum();
    let blocks = u64::from(network.slots()) / BLOCK as u64;
    let tiles = match plan.tiles.len() {
        0 => 0,
        n => len(populations.len() * populations.len() + 1 + populations.len()) + 2 * len(n),
    };
    // A list of varied constants for each population that is stepped neuron by neuron; heads, and pairs and tiles.
    let common = constants + own + of_populations + of_projections + blocks + len(plan.rows.heads.len()) + tiles;
    let due = match plan.candidate.strategy {
        Strategy::ProceduralByDelay => projections.iter().map(|p| 1 + len(p.first_of_delays().len())).sum(),
        _ => 0,
    };
    let degrees = if network.synapses() > 0 { u64::from(network.slots()) } else { 0 };
    let run_rows = if plan.delivery == Delivery::Stored { 0 } else { rows };
    let starts: u64 = plan.rows.starts.iter().map(|s| len(s.len())).sum();
    // Plastic projections begin at multiples of four words, whether there are any or not.
    let run = (common + run_rows + due + degrees).next_multiple_of(4) + plastic_words(network);
    let run = if network.stimuli.all.is_empty() { run } else { with_stimuli(network, run) };
    let build = (common + rows + starts).next_multiple_of(4);
    TableWords { run, build, constants }
}

/// Words that tell of plastic projections: themselves, rows, columns, decays.
fn plastic_words(network: &Network) -> u64 {
    let lists = |p: &crate::network::PlasticProjection| {
        let columns = if p.stdp().is_some() { u64::from(p.projection.target_size) + 1 } else { 0 };
        u64::from(p.projection.source_size) + 1 + columns + 2 * 32
    };
    network.plastic.iter().map(|p| PROJECTION_WORDS + lists(p)).sum()
}

/// Words of a table of so many with the stimuli behind it.
fn with_stimuli(network: &Network, words: u64) -> u64 {
    let stimuli = &network.stimuli;
    let arrivals: usize = stimuli.all.iter().map(|s| s.thresholds.len() + s.steps.len()).sum();
    let lanes = BLOCK as u64 / 4 + 1;
    let reached: u64 = stimuli.blocks.iter().filter(|r| !r.is_empty()).map(|r| r.len() as u64 + lanes).sum();
    let before = words + arrivals as u64 + reached + stimuli.blocks.len() as u64;
    before.next_multiple_of(4) + STIMULUS_WORDS * stimuli.all.len() as u64
}

/// Bytes that a device gives for what is asked: at least 16, a multiple of 4.
fn given(bytes: u64) -> u64 {
    bytes.max(16).next_multiple_of(4)
}

/// All buffers of a plan. `uniform_bytes` is how much of a uniform buffer a pass may see.
pub(super) fn buffers(network: &Network, plan: &GpuPlan, record: bool, uniform_bytes: u64) -> Vec<PlannedBuffer> {
    use BufferKind::{Copied, Storage, Texture, Uniform};
    use BufferPhase::{Build, Run, Save};
    let mut all = Vec::new();
    let mut ask = |name, bytes, kind, phase| all.push(PlannedBuffer { name, bytes: given(bytes), kind, phase });
    let tables = table_words(network, plan);
    let uniform = tables.constants <= UNIFORM_WORDS && uniform_bytes >= 4 * UNIFORM_WORDS;
    let by_delay = plan.is_by_delay();
    ask("tables", 4 * tables.run, Storage, Run);
    if uniform {
        ask("constants", 4 * UNIFORM_WORDS, Uniform, Run);
    }
    let header = 4 * u64::from(SPIKES_HEADER_WORDS);
    let spikes = header + 8 * u64::from(plan.list_entries);
    ask("spikes", spikes, Storage, Run);
    ask("ranges", 8 * u64::from(RANGES), Storage, Run);
    (0..if record { RECORD_BUFFERS } else { 1 }).for_each(|_| ask("records", 8 * plan.record_entries, Storage, Run));
    ask("totals", TOTAL_BYTES * network.populations.len() as u64, Storage, Run);
    ask("batches", u64::from(plan.parameters()) * UNIFORM_STRIDE, Uniform, Run);
    let shards = plan.neuron_shards.len() as u64 * (1 + plan.synapse_shards.len() as u64);
    ask("shards", shards * UNIFORM_STRIDE, Uniform, Run);
    ask("spare window", 16, Storage, Run);
    if plan.is_own() {
        ask("left", 4 * u64::from(network.slots()) / BLOCK as u64, Storage, Run);
    }
    let ring_words = if plan.has_synapses { u64::from(plan.stride) * u64::from(plan.ring_steps * network.channels) } else { 0 };
    let state = u64::from(plan.stride) * 4 * u64::from(network.state_variables());
    for blocks in &plan.neuron_shards {
        let threads = u64::from(blocks.end - blocks.start) * (BLOCK as u64 / 4);
        ask("ring", 4 * ring_words, Storage, Run);
        ask("state", state, Storage, Run);
        ask("tallies", 4 * threads, Storage, Run);
        if plan.candidate.rests {
            // A word for each thread, and two lists of them.
            ask("awake", 4 * (u64::from(AWAKE_COUNTS) + 3 * u64::from(plan.stride) / 4), Storage, Run);
        }
        ask("saved state", given(state), Copied, Save);
        ask("saved ring", given(4 * ring_words), Copied, Save);
    }
    ask("saved ranges", 8 * u64::from(RANGES), Copied, Save);
    if by_delay || !network.plastic.is_empty() {
        ask("saved spikes", given(spikes), Copied, Save);
    }
    match plan.textures {
        Some(textures) => {
            for held in plan.synapse_shards.chunks(textures.shards_each as usize) {
                ask("synapses", 16 * u64::from(TEXTURE_WIDTH) * u64::from(textures.height(held)), Texture, Run);
            }
        }
        None => plan.synapse_shards.iter().filter(|s| s.words > 0).for_each(|s| ask("synapses", 4 * s.words, Storage, Run)),
    }
    if !network.plastic.is_empty() {
        let synapses =
            |stdp: bool| network.plastic.iter().filter(move |p| p.stdp().is_some() || !stdp).map(|p| p.projection.synapses());
        let neurons = network.plastic.iter().map(|p| {
            let targets = if p.stdp().is_some() { p.projection.target_size } else { 0 };
            u64::from(p.projection.source_size) + u64::from(targets)
        });
        let (all, memories) = (8 * synapses(false).sum::<u64>(), 4 * MEMORY_WORDS * neurons.sum::<u64>());
        ask("plastic synapses", all, Storage, Run);
        ask("incoming synapses", 8 * synapses(true).sum::<u64>(), Storage, Run);
        ask("memories", memories, Storage, Run);
        ask("saved plastic", given(all), Copied, Save);
        ask("saved plastic", given(memories), Copied, Save);
    }
    (0..IN_FLIGHT).for_each(|_| ask("readback", SEAL_BYTES + header, Copied, Run));
    if plan.delivery == Delivery::Stored && network.static_synapses() > 0 {
        ask("build tables", 4 * tables.build, Storage, Build);
        if uniform {
            ask("build constants", 4 * UNIFORM_WORDS, Uniform, Build);
        }
        let listed: u64 = network.kept_projections().iter().map(|p| p.listed.len() as u64).sum();
        ask("edge lists", 8 * listed, Storage, Build);
        if let Some(textures) = plan.textures {
            ask("synapses under way", 16 * u64::from(TEXTURE_WIDTH) * u64::from(textures.shard_rows), Storage, Build);
        }
        for shard in &plan.synapse_shards {
            match pieces(network, &shard.slots, plan.delay_rows.is_some()).len() as u64 {
                0 => {}
                n => ask("build", n * UNIFORM_STRIDE, Uniform, Build),
            }
        }
    }
    all
}

/// The sums that people are shown.
pub(super) fn memory(buffers: &[PlannedBuffer], by_delay: bool) -> Memory {
    let mut memory = Memory::default();
    for buffer in buffers.iter().filter(|b| b.phase != BufferPhase::Build) {
        let part = match buffer.name {
            "state" | "saved state" | "awake" => &mut memory.state,
            "ring" | "saved ring" => &mut memory.ring,
            // Where spikes wait in the list until they are due, it stands for ring buffers.
            "spikes" | "saved spikes" if by_delay => &mut memory.ring,
            "synapses" => &mut memory.synapses,
            "plastic synapses" | "incoming synapses" | "memories" | "saved plastic" => &mut memory.plastic,
            _ => &mut memory.tables,
        };
        *part += buffer.bytes;
    }
    memory
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Options;
    use crate::engine::plan::{AdapterLimits, AdapterMemory, Barred, Quirks};
    use crate::scenario::{Scale, load};

    #[test]
    fn the_sums_are_those_of_the_buffers() {
        let limits = AdapterLimits {
            binding_bytes: 128 << 20,
            buffer_bytes: 1 << 30,
            workgroup_size: 256,
            storage_buffers: 8,
            uniform_bytes: 65_536,
            subgroup_size: None,
            wide_integers: false,
            memory: AdapterMemory::Own(None),
            barred: Barred::default(),
            device: crate::engine::plan::device_model::DESKTOP,
            quirks: Quirks::NONE,
        };
        let n = Network::build(&load("microcircuit").expect("built in").scaled(Scale::Factor(0.05)).expect("scales"));
        let plan = GpuPlan::new(&n.expect("a network"), &Options::default(), &limits).expect("fits");
        let kept: u64 = plan.buffers.iter().filter(|b| b.phase != BufferPhase::Build).map(|b| b.bytes).sum();
        assert_eq!(plan.memory.total(), kept);
        assert!(plan.buffers.iter().any(|b| b.phase == BufferPhase::Build));
    }
}
