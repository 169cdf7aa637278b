// Structures shared with the host: src/engine/gpu/layout.rs holds the same, and a test compares them field by field.

// Neurons of one block, and how many of them share one counter of the noise generator.
const BLOCK: u32 = 256u;
const LANES: u32 = 64u;
// Spike lists a submission may hold: one per batch and synapse shard.
const MAX_LISTS: u32 = 4096u;
// The heads of stored senders begin at multiples of this many words.
const ROW_UNIT: u32 = 8u;

struct Population {
    first_slot: u32,
    size: u32,
    id: u32,
    model: u32,
    threshold: i32,
    reset: i32,
    refractory_steps: u32,
    leak: u32,
    syn_leak0: u32,
    syn_leak1: u32,
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
    // Slots of a tile, if rows are sorted by tile.
    tile_slots: u32,
    unused1: u32,
    unused2: u32,
}

struct Projection {
    permutation_key: vec4<u32>,
    id: u32,
    rule: u32,
    skip_self: u32,
    needs_words: u32,
    source_first_slot: u32,
    source_size: u32,
    target_first_slot: u32,
    target_size: u32,
    row_first: u32,
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
    // Words before the synapses of each stored row: where its part for each tile of the target population ends.
    tiles: u32,
    // Length of every row, where all are equally long; 0 where `row_first` tells.
    outdegree: u32,
    // On lattices: radii in 1/16 of a target's spacing, directions, and the sides of both lattices.
    radius_first: u32,
    angle_first: u32,
    source_side: u32,
    target_side: u32,
    // The one weight, if there is only one.
    weight: i32,
}

// One batch of steps.
struct Batch {
    step: u32,
    length: u32,
    ring_row: u32,
    // The lists its spikes go to, and where their entries begin.
    first_list: u32,
    entries: u32,
    // The lists to deliver, their entries, and the ring row of the batch they come from; `from_list` may be NO_LIST.
    from_list: u32,
    from_entries: u32,
    from_ring_row: u32,
}

const NO_LIST: u32 = 0xFFFFFFFFu;

// What a dispatch works on: a shard of neurons, a shard of synapses, or rows to build.
struct Shard {
    seed_low: u32,
    seed_high: u32,
    first_block: u32,
    blocks: u32,
    first_slot: u32,
    // Slots from one variable of the state, or one channel of the ring buffers, to the next; the same for all shards.
    stride: u32,
    ring_steps: u32,
    channels: u32,
    count_events: u32,
    projection: u32,
    first_row: u32,
    rows: u32,
    synapse_shard: u32,
    populations: u32,
    // Tiles of the network.
    tiles: u32,
    // Places in `tables`: the population of every block, the projections, the synapse shard of every slot, the start of every
    // shard's spike list, the projections of every pair of populations, population and
    // number within it of every tile, and the heads of all senders of stored synapses.
    blocks_first: u32,
    projections_first: u32,
    home_first: u32,
    list_first: u32,
    pairs_first: u32,
    tiles_first: u32,
    heads_first: u32,
    // Spikes of a list that a pull delivers; a push delivers the rest.
    list_limit: u32,
    // Which of its sender's outgoing projections `projection` is.
    out_index: u32,
    unused0: u32,
    unused1: u32,
    unused2: u32,
    unused3: u32,
}

// Synaptic events so far (64 bits), spikes recorded in this submission, whether a delivery was cut short, and the spike lists.
struct Spikes {
    events_low: atomic<u32>,
    events_high: atomic<u32>,
    recorded: atomic<u32>,
    unfinished: atomic<u32>,
    entries: array<u32>,
}

// A synapse as it is evaluated or unpacked: the target's index in its population, the delay in steps, the level of the weight table.
struct Synapse {
    target_index: u32,
    delay: u32,
    weight_level: u32,
}
