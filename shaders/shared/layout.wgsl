// Structures shared with the host: src/engine/gpu/layout.rs holds the same, and a test compares them field by field.

// Neurons of one block, and how many of them share one counter of the noise generator.
const BLOCK: u32 = 256u;
const LANES: u32 = 64u;
// Spike lists a submission may hold: one per batch and synapse shard.
const MAX_LISTS: u32 = 4096u;
// Rows of stored synapses begin at multiples of this many words.
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
    unused0: u32,
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
    unit_first: u32,
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
    unused0: u32,
    unused1: u32,
    unused2: u32,
}

// One batch of steps.
struct Batch {
    step: u32,
    length: u32,
    ring_row: u32,
    first_list: u32,
}

// What a dispatch works on: a shard of neurons, a shard of synapses, or rows to build.
struct Shard {
    seed_low: u32,
    seed_high: u32,
    first_block: u32,
    blocks: u32,
    first_slot: u32,
    slots: u32,
    ring_steps: u32,
    channels: u32,
    count_events: u32,
    projection: u32,
    first_row: u32,
    rows: u32,
    synapse_shard: u32,
    // Places in `tables`: the synapse shard of every slot, the start of every shard's spike list.
    home_first: u32,
    list_first: u32,
    unused0: u32,
}

// Synaptic events so far (64 bits), spikes recorded in this submission, whether a delivery was cut short, and the spike lists.
struct Spikes {
    events_low: atomic<u32>,
    events_high: atomic<u32>,
    recorded: atomic<u32>,
    unfinished: atomic<u32>,
    entries: array<u32>,
}
