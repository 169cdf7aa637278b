// Stored synapses: one word each, read from the shard this dispatch is for.

@group(0) @binding(10) var<storage, read> synapses: array<u32>;

fn fetch(p: Projection, source: u32, first: u32, k: u32) -> Synapse {
    let word = synapses[tables[p.unit_first + source] * ROW_UNIT + k];
    let above = word >> p.target_bits;
    var weight_level = 0u;
    if (p.weight_count > 1u) {
        weight_level = above >> p.delay_bits;
    }
    return Synapse(extractBits(word, 0u, p.target_bits), p.delay_min + extractBits(above, 0u, p.delay_bits), weight_level);
}
