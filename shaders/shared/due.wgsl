// Words of rows sorted by delay: the target's place, the low bits of the delay, the level in the weights of the sender's population.
// import shared/tables

override target_bits: u32 = 0u;
override delay_bits: u32 = 0u;

fn pack_due(place: u32, delay: u32, level: u32) -> u32 {
    let low = delay & ((1u << delay_bits) - 1u);
    var word = place | (low << target_bits);
    // A shift by all 32 bits would be none.
    if (level > 0u) {
        word |= level << (target_bits + delay_bits);
    }
    return word;
}

// Step of a batch a synapse is due in, of a spike that is `age` steps older than the batch.
fn due_step(word: u32, age: u32) -> u32 {
    return (extractBits(word, target_bits, delay_bits) - age) & ((1u << delay_bits) - 1u);
}

fn due_level(word: u32) -> u32 {
    return extractBits(word, target_bits + delay_bits, 32u - target_bits - delay_bits);
}
