// The read-only tables of a network: populations first, everything else at places the shard uniform tells. Their first words (populations,
// projections, thresholds, weights) are `constant`s, which come from constants_uniform.wgsl or constants_table.wgsl.
// import shared/layout

@group(0) @binding(1) var<uniform> shard: Shard;
@group(0) @binding(3) var<storage, read> tables: array<u32>;

// written: members
const POPULATION_WORDS: u32 = 36u;
const PROJECTION_WORDS: u32 = 32u;
// Where some members stand in a population; `out_count` follows `out_first`.
const ID: u32 = 2u;
const KERNEL: u32 = 3u;
const OUT_FIRST: u32 = 17u;
const SOURCE: u32 = 34u;
const TILE_SLOTS: u32 = 21u;
const DELAY_MIN: u32 = 22u;
const DELAY_SPAN: u32 = 23u;
const OUT_WEIGHTS: u32 = 24u;
const OUT_SPLIT: u32 = 25u;
// end

fn population_of_block(block: u32) -> u32 {
    return tables[shard.blocks_first + block];
}

// Where the neuron of a slot stands in state and ring buffers: the four neurons of a thread, LANES apart, stand side by side.
fn place_of(slot: u32) -> u32 {
    return (slot & ~(BLOCK - 1u)) | ((slot % LANES) << 2u) | ((slot / LANES) & 3u);
}

// The circular list of spikes begins anew behind its end.
fn in_list(place: u32) -> u32 {
    return select(place, place - shard.list_entries, place >= shard.list_entries);
}

// Four words that begin at a multiple of four.
fn four_words(q: u32) -> vec4<u32> {
    let at = 4u * q;
    return vec4<u32>(tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u]);
}

// Some members of a population on their own.
fn population_member(i: u32, member: u32) -> u32 {
    return constant(i * POPULATION_WORDS + member);
}

// written: readers

fn population(i: u32) -> Population {
    let at = (i * POPULATION_WORDS) / 4u;
    var p: Population;
    let q0 = four_constants(at + 0u);
    let q1 = four_constants(at + 1u);
    let q2 = four_constants(at + 2u);
    let q3 = four_constants(at + 3u);
    let q4 = four_constants(at + 4u);
    let q5 = four_constants(at + 5u);
    let q6 = four_constants(at + 6u);
    let q7 = four_constants(at + 7u);
    let q8 = four_constants(at + 8u);
    p.first_slot = q0.x;
    p.size = q0.y;
    p.id = q0.z;
    p.kernel = q0.w;
    p.threshold = bitcast<i32>(q1.x);
    p.reset = bitcast<i32>(q1.y);
    p.refractory_steps = q1.z;
    p.kept = q1.w;
    p.syn_kept0 = q2.x;
    p.syn_kept1 = q2.y;
    p.syn_gain0 = q2.z;
    p.syn_gain1 = q2.w;
    p.input_shift = q3.x;
    p.poisson_first = q3.y;
    p.poisson_count = q3.z;
    p.poisson_weight = bitcast<i32>(q3.w);
    p.poisson_channel = q4.x;
    p.out_first = q4.y;
    p.out_count = q4.z;
    p.initial_first = q4.w;
    p.initial_count = q5.x;
    p.tile_slots = q5.y;
    p.delay_min = q5.z;
    p.delay_span = q5.w;
    p.out_weights = q6.x;
    p.out_split = q6.y;
    p.constants_first = q6.z;
    p.varied_first = q6.w;
    p.input_unit = q7.x;
    p.current_first = q7.y;
    p.current_count = q7.z;
    p.noise_first = q7.w;
    p.noise_count = q8.x;
    p.noise_steps = q8.y;
    p.source = q8.z;
    p.switches = q8.w;
    return p;
}

fn projection(i: u32) -> Projection {
    let at = (shard.projections_first + i * PROJECTION_WORDS) / 4u;
    var p: Projection;
    let q0 = four_constants(at + 0u);
    let q1 = four_constants(at + 1u);
    let q2 = four_constants(at + 2u);
    let q3 = four_constants(at + 3u);
    let q4 = four_constants(at + 4u);
    let q5 = four_constants(at + 5u);
    let q6 = four_constants(at + 6u);
    let q7 = four_constants(at + 7u);
    p.permutation_key = q0;
    p.id = q1.x;
    p.rule = q1.y;
    p.skip_self = q1.z;
    p.needs_words = q1.w;
    p.source_first_slot = q2.x;
    p.source_size = q2.y;
    p.target_first_slot = q2.z;
    p.target_size = q2.w;
    p.row_first = q3.x;
    p.start_first = q3.y;
    p.weight_first = q3.z;
    p.weight_count = q3.w;
    p.delay_first = q4.x;
    p.delay_count = q4.y;
    p.delay_min = q4.z;
    p.target_bits = q4.w;
    p.delay_bits = q5.x;
    p.channel = q5.y;
    p.permuted = q5.z;
    p.low_bits = q5.w;
    p.high_bits = q6.x;
    p.tiles = q6.y;
    p.outdegree = q6.z;
    p.radius_first = q6.w;
    p.angle_first = q7.x;
    p.source_side = q7.y;
    p.target_side = q7.z;
    p.weight = bitcast<i32>(q7.w);
    return p;
}
// end
