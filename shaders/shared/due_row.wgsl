// Rows sorted by delay, read four words at a time, and where their synapses add to in the ring buffers, `ring`.
// import shared/due

override channels: u32 = 2u;
// Whether any population sends more than one weight.
override levels: bool = true;

// Where a synapse adds to in a row of the ring buffers, and its weight; weights of its sender begin at `weights`, those of channel 1 at level
// `split`.
fn due_arrival(row: u32, word: u32, weights: u32, split: u32) -> vec2<u32> {
    var level = 0u;
    if (levels) {
        level = due_level(word);
    }
    var channel_row = row;
    if (channels > 1u) {
        channel_row = row * channels + select(0u, 1u, level >= split);
    }
    return vec2<u32>(channel_row * shard.stride + extractBits(word, 0u, target_bits), bitcast<u32>(weight_at(weights + level)));
}

fn synapse_word(at: u32) -> u32 {
    return synapse_quad(at >> 2u)[at & 3u];
}
