// Connectivity as a function; twin of src/network/connectivity.rs. Needs random.wgsl, layout.wgsl and the bindings `shard` and
// `tables` of the pass.

const RULE_UNIFORM: u32 = 0u;
const RULE_INDEGREE: u32 = 1u;
const RULE_SUBSET: u32 = 2u;
const RULE_ONE_TO_ONE: u32 = 3u;

// Rules no projection of the network uses are compiled away: a software adapter evaluates every branch it is given.
override uses_indegree: bool = true;
override uses_subset: bool = true;

struct Synapse {
    target_index: u32,
    delay: u32,
    weight_level: u32,
}

// Synapse k of a sender's row, which begins at synapse `first` of the projection.
fn synapse(p: Projection, source: u32, first: u32, k: u32) -> Synapse {
    var words = vec4<u32>(0u);
    if (p.needs_words != 0u) {
        words = threefry(vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_SYNAPSE, p.id), vec4<u32>(source, k, 0u, 0u));
    }
    var index = k;
    if (p.rule == RULE_UNIFORM) {
        index = below(words.x, p.target_size);
    } else if (uses_indegree && p.rule == RULE_INDEGREE) {
        index = permute(first + k, p.permuted, p.low_bits, p.high_bits, p.permutation_key) % p.target_size;
    } else if (uses_subset && p.rule == RULE_SUBSET) {
        let row_key = threefry(p.permutation_key, vec4<u32>(source, 0u, 0u, 0u));
        index = permute(k, p.permuted, p.low_bits, p.high_bits, row_key);
    } else if (p.rule == RULE_ONE_TO_ONE) {
        index = source;
    }
    if (p.skip_self != 0u && index >= source) {
        index += 1u;
    }
    let delay = tables[p.delay_first + below(words.y, p.delay_count)];
    return Synapse(index, delay, below(words.z, p.weight_count));
}
