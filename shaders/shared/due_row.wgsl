// Rows sorted by delay: the threads of a workgroup add a part of one to the ring buffers, four words at a time. `Sender` tells the part's `first`
// word and its end, `last`, and `arrive` adds a word of it; `ring` holds the buffers.
// import shared/due

override channels: u32 = 2u;
// Whether any population sends more than one weight.
override levels: bool = true;

// Adds a synapse to a row of the ring buffers; weights of its sender begin at `weights`, those of channel 1 at level `split`.
fn add_to_row(row: u32, word: u32, weights: u32, split: u32) {
    var level = 0u;
    if (levels) {
        level = due_level(word);
    }
    var channel_row = row;
    if (channels > 1u) {
        channel_row = row * channels + select(0u, 1u, level >= split);
    }
    atomicAdd(&ring[channel_row * shard.stride + extractBits(word, 0u, target_bits)], weight_at(weights + level));
}

fn add_part(s: Sender, local: u32) {
    var q = (s.first >> 2u) + local;
    for (; 4u * q < s.last; q += workgroup_size) {
        let words = synapse_quad(q);
        arrive(s, 4u * q, words.x);
        arrive(s, 4u * q + 1u, words.y);
        arrive(s, 4u * q + 2u, words.z);
        arrive(s, 4u * q + 3u, words.w);
    }
    if (4u * q < s.last) {
        atomicStore(&spikes.unfinished, 1u);
    }
}

fn synapse_word(at: u32) -> u32 {
    return synapse_quad(at >> 2u)[at & 3u];
}
