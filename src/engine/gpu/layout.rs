//! Structures shared with the shaders, defined once: what WGSL knows of them is written from here into blocks of `shaders/` between
//! `// written: NAME` and `// end`, which a test compares (`written.rs`; `SPIKEWATT_RENEW=1 cargo test --lib written` writes them anew).

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use bytemuck::{Pod, Zeroable};
use glam::UVec4;

pub(super) use crate::engine::plan::{AWAKE_COUNTS, RANGES, SPIKES_HEADER_WORDS};
use crate::engine::plan::{MEMORY_WORDS, POPULATION_WORDS, PROJECTION_WORDS, STIMULUS_WORDS, TOTAL_BYTES};

/// Where arrivals of a stimulus go that move the potential.
pub(super) const TO_POTENTIAL: u32 = 2;

/// The word of a thread of whom nobody ever rests.
pub(super) const AT_ALL_TIMES: u32 = u32::MAX;

/// No batch to deliver.
pub(super) const NO_BATCH: u32 = u32::MAX;

/// What plans count on.
const _: () = {
    assert!(size_of::<Population>() as u64 == 4 * POPULATION_WORDS);
    assert!(size_of::<Projection>() as u64 == 4 * PROJECTION_WORDS);
    assert!(size_of::<PlasticProjection>() as u64 == 4 * PROJECTION_WORDS);
    assert!(size_of::<Stimulus>() as u64 == 4 * STIMULUS_WORDS);
    assert!(size_of::<SpikeMemory>() as u64 == 4 * MEMORY_WORDS);
    assert!(size_of::<Spikes>() == 4 * SPIKES_HEADER_WORDS as usize);
    assert!(size_of::<Total>() as u64 == TOTAL_BYTES);
    assert!(size_of::<BatchSpikes>() == 8 && size_of::<Batch>() <= 256 && size_of::<Shard>() <= 256);
};

/// A word that shaders change atomically.
type Atomic = u32;

/// A structure as WGSL is told of it.
#[cfg(test)]
pub(super) struct Structure {
    pub(super) name: &'static str,
    pub(super) doc: &'static [&'static str],
    pub(super) bytes: usize,
    pub(super) members: Vec<Member>,
}

/// A member of a structure.
#[cfg(test)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) doc: &'static [&'static str],
    /// Its type as it stands in the definition.
    pub(super) kind: &'static str,
    pub(super) offset: usize,
}

/// Defines structures for Rust, and describes them for WGSL.
macro_rules! shared {
    ($($(#[doc = $doc:literal])* struct $name:ident { $($(#[doc = $about:literal])* $member:ident: $kind:ident,)* })*) => {
        $(
            $(#[doc = $doc])*
            #[repr(C)]
            #[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
            pub(super) struct $name { $($(#[doc = $about])* pub(super) $member: $kind,)* }
        )*

        #[cfg(test)]
        pub(super) fn structures() -> Vec<Structure> {
            vec![$(Structure {
                name: stringify!($name),
                doc: &[$($doc),*],
                bytes: size_of::<$name>(),
                members: vec![$(Member {
                    name: stringify!($member),
                    doc: &[$($about),*],
                    kind: stringify!($kind),
                    offset: std::mem::offset_of!($name, $member),
                }),*],
            }),*]
        }
    };
}

shared! {
    /// A population.
    struct Population {
        first_slot: u32,
        size: u32,
        /// The id in random-number keys: the number in the scenario, and that of the trial in the high half.
        id: u32,
        kernel: u32,
        threshold: i32,
        reset: i32,
        refractory_steps: u32,
        kept: u32,
        syn_kept0: u32,
        syn_kept1: u32,
        syn_gain0: u32,
        syn_gain1: u32,
        input_shift: u32,
        poisson_first: u32,
        poisson_count: u32,
        poisson_weight: i32,
        poisson_channel: u32,
        out_first: u32,
        out_count: u32,
        initial_first: u32,
        initial_count: u32,
        /// Slots of a tile, if rows are sorted by tile.
        tile_slots: u32,
        /// If rows are sorted by delay: the shortest delay out of this population, how many there are from there to the longest, where its
        /// weights begin, and the first weight of channel 1.
        delay_min: u32,
        delay_span: u32,
        out_weights: u32,
        out_split: u32,
        /// Of a population that is stepped neuron by neuron: its constants, where those in which neurons differ stand (a state variable, or 0),
        /// the unit of its input (bits of a float), the steps of its current, and the levels of its noise.
        constants_first: u32,
        varied_first: u32,
        input_unit: u32,
        current_first: u32,
        current_count: u32,
        noise_first: u32,
        noise_count: u32,
        noise_steps: u32,
        /// 1 for spike sources, whose spikes are external arrivals.
        source: u32,
        /// What a spike does to synaptic currents: bit 0 freezes them while refractory, bit 1 resets them.
        switches: u32,
    }

    /// A projection whose weights stay.
    struct Projection {
        permutation_key: UVec4,
        id: u32,
        rule: u32,
        skip_self: u32,
        needs_words: u32,
        source_first_slot: u32,
        source_size: u32,
        target_first_slot: u32,
        target_size: u32,
        row_first: u32,
        /// Where the first synapse of every row is told while they are built, or where in a row each delay begins.
        start_first: u32,
        weight_first: u32,
        weight_count: u32,
        delay_first: u32,
        delay_count: u32,
        delay_min: u32,
        target_bits: u32,
        delay_bits: u32,
        channel: u32,
        permuted: u32,
        low_bits: u32,
        high_bits: u32,
        /// Words before the synapses of each stored row: where its part for each tile of the target population ends.
        tiles: u32,
        /// Length of every row, where all are equally long; 0 where `row_first` tells.
        outdegree: u32,
        /// On lattices: radii in 1/16 of a target's spacing, directions, and the sides of both lattices.
        radius_first: u32,
        angle_first: u32,
        source_side: u32,
        target_side: u32,
        /// The one weight, if there is only one.
        weight: i32,
    }

    /// A projection whose weights change. Rows and columns: first synapse of every sender, first incoming one of every target.
    struct PlasticProjection {
        /// 1 for spike-timing dependent, 0 for short-term plasticity.
        stdp: u32,
        source_first_slot: u32,
        source_size: u32,
        target_first_slot: u32,
        target_size: u32,
        rows_first: u32,
        columns_first: u32,
        /// Places in `memories`.
        senders_first: u32,
        targets_first: u32,
        channel: u32,
        /// One for all synapses (spike-timing dependent).
        delay: u32,
        slot_bits: u32,
        nearest: u32,
        trace_bits: u32,
        plus: i32,
        plus_shift: u32,
        plus_limit: i32,
        minus: i32,
        minus_shift: u32,
        minus_limit: i32,
        mu_plus: u32,
        mu_minus: u32,
        /// The largest weight, or the utilisation of a first spike.
        scale: i32,
        /// Places in `tables` of what decay leaves: of senders' traces and targets'; of used resources and of facilitation.
        decay_plus: u32,
        decay_minus: u32,
        unused0: u32,
        unused1: u32,
        unused2: u32,
        unused3: u32,
        unused4: u32,
        unused5: u32,
        unused6: u32,
    }

    /// A stimulus: where its arrivals go (channel 0 or 1, or TO_POTENTIAL), what one adds, places of the thresholds of their number and of
    /// their steps, when it is on, and whether its neurons may be refractory.
    struct Stimulus {
        id: u32,
        reaches: u32,
        by: i32,
        threshold_first: u32,
        threshold_count: u32,
        step_first: u32,
        step_count: u32,
        from_step: u32,
        until_step: u32,
        refractory: u32,
        unused0: u32,
        unused1: u32,
    }

    /// What is remembered of a neuron's spikes.
    struct SpikeMemory {
        x: i32,
        u: i32,
        last: u32,
    }

    /// One batch of steps, and the batches whose spikes are to be delivered or counted.
    struct Batch {
        step: u32,
        length: u32,
        ring_row: u32,
        /// Its place among the ranges.
        index: u32,
        /// Places of the first and last batch to deliver or count; `first` may be NO_BATCH.
        first: u32,
        last: u32,
        /// Step and ring row of the first one.
        from_step: u32,
        from_ring_row: u32,
        /// Which part of a pass a dispatch is, of how many parts of a delivery, and beyond how many spikes that is a burst.
        part: u32,
        parts: u32,
        most_spikes: u32,
        /// The number of the batch, as it stands in `burst`; of a census, that of its first batch.
        number: u32,
    }

    /// The spikes of one batch in the circular list.
    struct BatchSpikes {
        start: u32,
        listed: u32,
    }

    /// The same while spikes are being listed.
    struct OpenBatchSpikes {
        start: u32,
        listed: Atomic,
    }

    /// What a dispatch works on: a shard of neurons, a shard of synapses, or rows to build.
    struct Shard {
        seed_low: u32,
        seed_high: u32,
        first_block: u32,
        blocks: u32,
        first_slot: u32,
        /// Slots from one variable of the state, or one channel of the ring buffers, to the next; the same for all shards.
        stride: u32,
        ring_steps: u32,
        channels: u32,
        /// Entries of the circular list of spikes: more than can be in it.
        list_entries: u32,
        projection: u32,
        first_row: u32,
        rows: u32,
        /// Senders of this shard of synapses.
        sender_first: u32,
        sender_end: u32,
        populations: u32,
        /// Tiles of the network.
        tiles: u32,
        /// Places in `tables`: the population of every block, the projections, the out-degree of every slot, the projections of every
        /// pair of populations, population and number within it of every tile, and the heads of all senders of stored synapses.
        blocks_first: u32,
        projections_first: u32,
        degrees_first: u32,
        pairs_first: u32,
        tiles_first: u32,
        heads_first: u32,
        /// Which of its sender's outgoing projections `projection` is.
        out_index: u32,
        /// Place in `tables` of the plastic projections.
        plastic_first: u32,
        /// Places in `tables` of the stimuli, and of where those of every block's lanes begin.
        stimuli_first: u32,
        stimulated_first: u32,
        /// Slots of a trial: all of them send over the same synapses.
        trial_slots: u32,
        unused3: u32,
    }

    /// What a submission tells: synaptic events so far (64 bits), spikes recorded in it, whether a delivery was cut short; and in the
    /// shaders the circular list of spikes, (slot, step).
    struct Spikes {
        events_low: Atomic,
        events_high: Atomic,
        recorded: Atomic,
        unfinished: Atomic,
        /// How often a potential was no number, and where first.
        faults: Atomic,
        fault_slot: u32,
        fault_step: u32,
        fault_kind: u32,
        /// The batch whose burst waits for the host: the low 31 bits of its number below a bit that is set; 0 if none does. Nothing goes on until
        /// it is delivered.
        burst: Atomic,
        unused: u32,
    }

    /// Counts of a population: halves of 64 bits, and sums of both halves of the checksum.
    struct Total {
        spikes_low: Atomic,
        spikes_high: Atomic,
        external_low: Atomic,
        external_high: Atomic,
        checksum_high: Atomic,
        checksum_low: Atomic,
        unused0: u32,
        unused1: u32,
    }
}

/// Where the neuron of a slot stands in state and ring buffers; twin of `place_of` in `shaders/shared/tables.wgsl`.
pub(super) fn place_of(slot: u32) -> u32 {
    let (block, lanes) = (crate::neuron::BLOCK as u32, crate::neuron::BLOCK as u32 / 4);
    slot / block * block + slot % lanes * 4 + slot / lanes % 4
}
