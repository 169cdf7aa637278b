// The read-only tables of a network: populations first, everything else at places the shard uniform tells. Their first words (populations,
// projections, thresholds, weights) are `constant`s, which come from constants_uniform.wgsl or constants_table.wgsl.
// import shared/layout

@group(0) @binding(1) var<uniform> shard: Shard;
@group(0) @binding(3) var<storage, read> tables: array<u32>;

// written: members
const POPULATION_WORDS: u32 = 36u;
const PROJECTION_WORDS: u32 = 32u;
// Where some members stand in a population; `out_count` follows `out_first`.
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

// Some members of a population on their own.
fn population_member(i: u32, member: u32) -> u32 {
    return constant(i * POPULATION_WORDS + member);
}

// written: readers

fn population(i: u32) -> Population {
    let at = i * POPULATION_WORDS;
    var p: Population;
    p.first_slot = constant(at);
    p.size = constant(at + 1u);
    p.id = constant(at + 2u);
    p.kernel = constant(at + 3u);
    p.threshold = bitcast<i32>(constant(at + 4u));
    p.reset = bitcast<i32>(constant(at + 5u));
    p.refractory_steps = constant(at + 6u);
    p.kept = constant(at + 7u);
    p.syn_kept0 = constant(at + 8u);
    p.syn_kept1 = constant(at + 9u);
    p.syn_gain0 = constant(at + 10u);
    p.syn_gain1 = constant(at + 11u);
    p.input_shift = constant(at + 12u);
    p.poisson_first = constant(at + 13u);
    p.poisson_count = constant(at + 14u);
    p.poisson_weight = bitcast<i32>(constant(at + 15u));
    p.poisson_channel = constant(at + 16u);
    p.out_first = constant(at + 17u);
    p.out_count = constant(at + 18u);
    p.initial_first = constant(at + 19u);
    p.initial_count = constant(at + 20u);
    p.tile_slots = constant(at + 21u);
    p.delay_min = constant(at + 22u);
    p.delay_span = constant(at + 23u);
    p.out_weights = constant(at + 24u);
    p.out_split = constant(at + 25u);
    p.constants_first = constant(at + 26u);
    p.varied_first = constant(at + 27u);
    p.input_unit = constant(at + 28u);
    p.current_first = constant(at + 29u);
    p.current_count = constant(at + 30u);
    p.noise_first = constant(at + 31u);
    p.noise_count = constant(at + 32u);
    p.noise_steps = constant(at + 33u);
    p.source = constant(at + 34u);
    return p;
}

fn projection(i: u32) -> Projection {
    let at = shard.projections_first + i * PROJECTION_WORDS;
    var p: Projection;
    p.permutation_key = vec4<u32>(constant(at), constant(at + 1u), constant(at + 2u), constant(at + 3u));
    p.id = constant(at + 4u);
    p.rule = constant(at + 5u);
    p.skip_self = constant(at + 6u);
    p.needs_words = constant(at + 7u);
    p.source_first_slot = constant(at + 8u);
    p.source_size = constant(at + 9u);
    p.target_first_slot = constant(at + 10u);
    p.target_size = constant(at + 11u);
    p.row_first = constant(at + 12u);
    p.start_first = constant(at + 13u);
    p.weight_first = constant(at + 14u);
    p.weight_count = constant(at + 15u);
    p.delay_first = constant(at + 16u);
    p.delay_count = constant(at + 17u);
    p.delay_min = constant(at + 18u);
    p.target_bits = constant(at + 19u);
    p.delay_bits = constant(at + 20u);
    p.channel = constant(at + 21u);
    p.permuted = constant(at + 22u);
    p.low_bits = constant(at + 23u);
    p.high_bits = constant(at + 24u);
    p.tiles = constant(at + 25u);
    p.outdegree = constant(at + 26u);
    p.radius_first = constant(at + 27u);
    p.angle_first = constant(at + 28u);
    p.source_side = constant(at + 29u);
    p.target_side = constant(at + 30u);
    p.weight = bitcast<i32>(constant(at + 31u));
    return p;
}
// end
