// Structures and numbers shared with the host.

// written: layout
// Neurons of one block, and how many of them share one counter of the noise generator.
const BLOCK: u32 = 256u;
const LANES: u32 = 64u;
// Batches whose spikes can be told apart: a power of two.
const RANGES: u32 = 32768u;
const NO_BATCH: u32 = 0xFFFFFFFFu;
// The heads of stored senders begin at multiples of this many words.
const ROW_UNIT: u32 = 8u;

// A population.
struct Population {
    first_slot: u32,
    size: u32,
    // The id in random-number keys: the number in the scenario, and that of the trial in the high half.
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
    // Slots of a tile, if rows are sorted by tile.
    tile_slots: u32,
    // If rows are sorted by delay: the shortest delay out of this population, how many there are from there to the longest, where its
    // weights begin, and the first weight of channel 1.
    delay_min: u32,
    delay_span: u32,
    out_weights: u32,
    out_split: u32,
    // Of a population that is stepped neuron by neuron: its constants, where those in which neurons differ stand (a state variable, or 0),
    // the unit of its input (bits of a float), the steps of its current, and the levels of its noise.
    constants_first: u32,
    varied_first: u32,
    input_unit: u32,
    current_first: u32,
    current_count: u32,
    noise_first: u32,
    noise_count: u32,
    noise_steps: u32,
    // 1 for spike sources, whose spikes are external arrivals.
    source: u32,
    // What a spike does to synaptic currents: bit 0 freezes them while refractory, bit 1 resets them.
    switches: u32,
}

// A projection whose weights stay.
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
    // Where the first synapse of every row is told while they are built, or where in a row each delay begins.
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

// A projection whose weights change. Rows and columns: first synapse of every sender, first incoming one of every target.
struct PlasticProjection {
    // 1 for spike-timing dependent, 0 for short-term plasticity.
    stdp: u32,
    source_first_slot: u32,
    source_size: u32,
    target_first_slot: u32,
    target_size: u32,
    rows_first: u32,
    columns_first: u32,
    // Places in `memories`.
    senders_first: u32,
    targets_first: u32,
    channel: u32,
    // One for all synapses (spike-timing dependent).
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
    // The largest weight, or the utilisation of a first spike.
    scale: i32,
    // Places in `tables` of what decay leaves: of senders' traces and targets'; of used resources and of facilitation.
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

// One batch of steps, and the batches whose spikes are to be delivered or counted.
struct Batch {
    step: u32,
    length: u32,
    ring_row: u32,
    // Its place among the ranges.
    index: u32,
    // Places of the first and last batch to deliver or count; `first` may be NO_BATCH.
    first: u32,
    last: u32,
    // Step and ring row of the first one.
    from_step: u32,
    from_ring_row: u32,
    // Which part of a pass a dispatch is, of how many parts of a delivery, and beyond how many spikes that is a burst.
    part: u32,
    parts: u32,
    most_spikes: u32,
    // The number of the batch, as it stands in `burst`; of a census, that of its first batch.
    number: u32,
}

// The spikes of one batch in the circular list.
struct BatchSpikes {
    start: u32,
    listed: u32,
}

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
    // Entries of the circular list of spikes: more than can be in it.
    list_entries: u32,
    projection: u32,
    first_row: u32,
    rows: u32,
    // Senders of this shard of synapses.
    sender_first: u32,
    sender_end: u32,
    populations: u32,
    // Tiles of the network.
    tiles: u32,
    // Places in `tables`: the population of every block, the projections, the out-degree of every slot, the projections of every
    // pair of populations, population and number within it of every tile, and the heads of all senders of stored synapses.
    blocks_first: u32,
    projections_first: u32,
    degrees_first: u32,
    pairs_first: u32,
    tiles_first: u32,
    heads_first: u32,
    // Which of its sender's outgoing projections `projection` is.
    out_index: u32,
    // Place in `tables` of the plastic projections.
    plastic_first: u32,
    // Places in `tables` of the stimuli, and of where those of every block's lanes begin.
    stimuli_first: u32,
    stimulated_first: u32,
    // Slots of a trial: all of them send over the same synapses.
    trial_slots: u32,
    unused3: u32,
}

// What a submission tells: synaptic events so far (64 bits), spikes recorded in it, whether a delivery was cut short; and in the
// shaders the circular list of spikes, (slot, step).
struct Spikes {
    events_low: atomic<u32>,
    events_high: atomic<u32>,
    recorded: atomic<u32>,
    unfinished: atomic<u32>,
    // How often a potential was no number, and where first.
    faults: atomic<u32>,
    fault_slot: u32,
    fault_step: u32,
    fault_kind: u32,
    // The batch whose burst waits for the host: the low 31 bits of its number below a bit that is set; 0 if none does. Nothing goes on until
    // it is delivered.
    burst: atomic<u32>,
    unused: u32,
    entries: array<vec2<u32>>,
}
// end

// A synapse as it is evaluated or unpacked: the target's index in its population, the delay in steps, the level of the weight table.
struct Synapse {
    target_index: u32,
    delay: u32,
    weight_level: u32,
}
