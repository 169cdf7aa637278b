// Connectivity as a function; twin of src/network/connectivity.rs. Needs random.wgsl, layout.wgsl and tables.wgsl, and `listed_synapse` from
// listed.wgsl or listed_none.wgsl.
// import shared/tables, shared/random

// written: rules
const RULE_UNIFORM: u32 = 0u;
const RULE_INDEGREE: u32 = 1u;
const RULE_SUBSET: u32 = 2u;
const RULE_ONE_TO_ONE: u32 = 3u;
const RULE_LATTICE: u32 = 5u;
const RULE_LISTED: u32 = 6u;
// Columns of a strip of a lattice, and parts of a spacing in which places are counted.
const STRIP: u32 = 64u;
const SPACING: u32 = 16u;
// end

// Rules no projection of the network uses are compiled away: a software adapter evaluates every branch it is given.
override uses_indegree: bool = true;
override uses_subset: bool = true;
override uses_lattice: bool = true;
override uses_listed: bool = true;

// A sender's synapses in one projection.
struct Row {
    source: u32,
    // Number of its first synapse within the projection.
    first: u32,
    length: u32,
    // On lattices: where the sender stands among the targets, in parts of a spacing; the range of words of each synapse.
    place: vec2<u32>,
    share: u32,
}

fn row_of(p: Projection, source: u32) -> Row {
    var row = Row(source, 0u, p.outdegree, vec2<u32>(0u), 0u);
    if (p.outdegree == 0u) {
        row.first = tables[p.row_first + source];
        row.length = tables[p.row_first + source + 1u] - row.first;
    }
    if (uses_lattice && p.rule == RULE_LATTICE) {
        // A lattice is numbered strip by strip, each row by row, so that neighbours have near numbers.
        let strip = source / (STRIP * p.source_side);
        let width = min(STRIP, p.source_side - STRIP * strip);
        let within = source - strip * STRIP * p.source_side;
        let y = within / width;
        let x = STRIP * strip + within - y * width;
        row.share = 0xFFFFFFFFu / max(row.length, 1u);
        row.place = (2u * vec2<u32>(x, y) + 1u) * (SPACING / 2u) * p.target_side / p.source_side;
    }
    return row;
}

fn wrapped(place: i32, extent: i32) -> u32 {
    return u32(place + select(0, extent, place < 0) - select(0, extent, place >= extent)) / SPACING;
}

// The neuron of a lattice nearest to a drawn distance and direction from a sender.
fn lattice_target(p: Projection, row: Row, radius_word: u32, angle_word: u32) -> u32 {
    let radius = i32(tables[p.radius_first + (radius_word >> 20u)]);
    let angle = p.angle_first + 2u * (angle_word >> 20u);
    let extent = i32(SPACING * p.target_side);
    // Cosine and sine are in units of 2^-14.
    let x = wrapped(i32(row.place.x) + ((radius * bitcast<i32>(tables[angle]) + 0x2000) >> 14u), extent);
    let y = wrapped(i32(row.place.y) + ((radius * bitcast<i32>(tables[angle + 1u]) + 0x2000) >> 14u), extent);
    let strip = x / STRIP;
    let width = min(STRIP, p.target_side - STRIP * strip);
    return STRIP * strip * p.target_side + y * width + (x % STRIP);
}

// Synapse k of a row.
fn synapse(p: Projection, row: Row, k: u32) -> Synapse {
    if (uses_listed && p.rule == RULE_LISTED) {
        return listed_synapse(row.first + k);
    }
    var words = vec4<u32>(0u);
    if (p.needs_words != 0u) {
        let key = vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_SYNAPSE, p.id);
        words = threefry(key, vec4<u32>(row.source, k, 0u, 0u));
    }
    var index = k;
    var delay_word = words.y;
    if (p.rule == RULE_UNIFORM) {
        index = below(words.x, p.target_size);
    } else if (uses_indegree && p.rule == RULE_INDEGREE) {
        index = permute(row.first + k, p.permuted, p.low_bits, p.high_bits, p.permutation_key) % p.target_size;
    } else if (uses_subset && p.rule == RULE_SUBSET) {
        let row_key = threefry(p.permutation_key, vec4<u32>(row.source, 0u, 0u, 0u));
        index = permute(k, p.permuted, p.low_bits, p.high_bits, row_key);
    } else if (p.rule == RULE_ONE_TO_ONE) {
        index = row.source;
    } else if (uses_lattice && p.rule == RULE_LATTICE) {
        // Every synapse has its own part of the distances, so that they rise along the row, and with them the delays.
        delay_word = k * row.share + below(words.x, row.share);
        index = lattice_target(p, row, delay_word, words.y);
    }
    if (p.skip_self != 0u && index >= row.source) {
        index += 1u;
    }
    let delay = tables[p.delay_first + below(delay_word, p.delay_count)];
    return Synapse(index, delay, below(words.z, p.weight_count));
}
