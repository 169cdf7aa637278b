// Stored synapses: 32-bit words. The rows of a sender lie one after the other behind a head: where each of its rows begins and where the
// last one ends, counted from the head. A row begins with where its part for each tile ends, if its synapses are sorted by tile.
// import shared/tables

fn sender_head(slot: u32) -> u32 {
    return tables[shard.heads_first + slot] * ROW_UNIT;
}

fn unpack(p: Projection, word: u32) -> Synapse {
    let above = word >> p.target_bits;
    var weight_level = 0u;
    if (p.weight_count > 1u) {
        weight_level = above >> p.delay_bits;
    }
    return Synapse(extractBits(word, 0u, p.target_bits), p.delay_min + extractBits(above, 0u, p.delay_bits), weight_level);
}

fn pack(p: Projection, y: Synapse) -> u32 {
    var word = y.target_index | ((y.delay - p.delay_min) << p.target_bits);
    if (p.weight_count > 1u) {
        word |= (y.weight_level << p.delay_bits) << p.target_bits;
    }
    return word;
}
