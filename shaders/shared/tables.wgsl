// The read-only tables of a network: populations first, everything else at places the shard uniform tells.

@group(0) @binding(1) var<uniform> shard: Shard;
@group(0) @binding(3) var<storage, read> tables: array<u32>;

const POPULATION_WORDS: u32 = 24u;
const PROJECTION_WORDS: u32 = 32u;
// Where some members stand in a population; `out_count` follows `out_first`.
const OUT_FIRST: u32 = 17u;
const MODEL: u32 = 3u;
const TILE_SLOTS: u32 = 21u;

fn population_of_block(block: u32) -> u32 {
    return tables[shard.blocks_first + block];
}

fn population(i: u32) -> Population {
    let at = i * POPULATION_WORDS;
    var p: Population;
    p.first_slot = tables[at];
    p.size = tables[at + 1u];
    p.id = tables[at + 2u];
    p.model = tables[at + 3u];
    p.threshold = bitcast<i32>(tables[at + 4u]);
    p.reset = bitcast<i32>(tables[at + 5u]);
    p.refractory_steps = tables[at + 6u];
    p.leak = tables[at + 7u];
    p.syn_leak0 = tables[at + 8u];
    p.syn_leak1 = tables[at + 9u];
    p.syn_gain0 = tables[at + 10u];
    p.syn_gain1 = tables[at + 11u];
    p.input_shift = tables[at + 12u];
    p.poisson_first = tables[at + 13u];
    p.poisson_count = tables[at + 14u];
    p.poisson_weight = bitcast<i32>(tables[at + 15u]);
    p.poisson_channel = tables[at + 16u];
    p.out_first = tables[at + 17u];
    p.out_count = tables[at + 18u];
    p.initial_first = tables[at + 19u];
    p.initial_count = tables[at + 20u];
    p.tile_slots = tables[at + 21u];
    return p;
}

fn projection(i: u32) -> Projection {
    let at = shard.projections_first + i * PROJECTION_WORDS;
    var p: Projection;
    p.permutation_key = vec4<u32>(tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u]);
    p.id = tables[at + 4u];
    p.rule = tables[at + 5u];
    p.skip_self = tables[at + 6u];
    p.needs_words = tables[at + 7u];
    p.source_first_slot = tables[at + 8u];
    p.source_size = tables[at + 9u];
    p.target_first_slot = tables[at + 10u];
    p.target_size = tables[at + 11u];
    p.row_first = tables[at + 12u];
    p.start_first = tables[at + 13u];
    p.weight_first = tables[at + 14u];
    p.weight_count = tables[at + 15u];
    p.delay_first = tables[at + 16u];
    p.delay_count = tables[at + 17u];
    p.delay_min = tables[at + 18u];
    p.target_bits = tables[at + 19u];
    p.delay_bits = tables[at + 20u];
    p.channel = tables[at + 21u];
    p.permuted = tables[at + 22u];
    p.low_bits = tables[at + 23u];
    p.high_bits = tables[at + 24u];
    p.tiles = tables[at + 25u];
    p.outdegree = tables[at + 26u];
    p.radius_first = tables[at + 27u];
    p.angle_first = tables[at + 28u];
    p.source_side = tables[at + 29u];
    p.target_side = tables[at + 30u];
    p.weight = bitcast<i32>(tables[at + 31u]);
    return p;
}
