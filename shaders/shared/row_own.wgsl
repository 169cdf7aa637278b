// The row of a spike, sorted by delay: the threads of a workgroup add its synapses to the ring buffers. Words hold the low bits of the delay; where
// they begin anew in the row tells the rest.
// import shared/stored, shared/due, shared/quads_buffer

// Whether any population sends more than one weight.
override levels: bool = true;

// How often the low bits begin anew up to the longest delay: at most 3 times.
override wraps: u32 = 0u;

// Blocks whose spikes have been left to the host.
@group(0) @binding(44) var<storage, read_write> left: array<u32>;

fn arrive_own(s: Sender, at: u32, word: u32) {
    if (at >= s.first && at < s.last) {
        var level = 0u;
        if (levels) {
            level = due_level(word);
        }
        var delay = extractBits(word, target_bits, delay_bits);
        for (var k = 0u; k < wraps; k++) {
            delay += select(0u, 1u << delay_bits, at >= s.wrapped[k]);
        }
        // Neither addend passes ring_steps, so one subtraction wraps the sum.
        let sum = s.ring_row + delay;
        var row = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
        if (shard.channels > 1u) {
            row = row * shard.channels + select(0u, 1u, level >= s.split);
        }
        atomicAdd(&ring[row * shard.stride + extractBits(word, 0u, target_bits)], weight_at(s.weights + level));
    }
}

// What all synapses of a spike share.
struct Sender {
    first: u32,
    last: u32,
    ring_row: u32,
    // Where the low bits of the delay begin anew.
    wrapped: vec3<u32>,
    weights: u32,
    split: u32,
}

fn row_word(at: u32) -> u32 {
    return synapse_quad(at >> 2u)[at & 3u];
}

fn deliver_row(entry: vec2<u32>, ring_row: u32, local: u32) {
    let id = population_of_block(entry.x / BLOCK);
    let head = sender_head(entry.x);
    let span = population_member(id, DELAY_SPAN);
    var s: Sender;
    s.first = head + row_word(head);
    s.last = head + row_word(head + span);
    let delay_min = population_member(id, DELAY_MIN);
    for (var k = 0u; k < wraps; k++) {
        let delay = max((k + 1u) << delay_bits, delay_min);
        s.wrapped[k] = head + row_word(head + min(delay - delay_min, span));
    }
    s.ring_row = ring_row;
    s.weights = population_member(id, OUT_WEIGHTS);
    s.split = population_member(id, OUT_SPLIT);
    var q = (s.first >> 2u) + local;
    for (; 4u * q < s.last; q += workgroup_size) {
        let words = synapse_quad(q);
        arrive_own(s, 4u * q, words.x);
        arrive_own(s, 4u * q + 1u, words.y);
        arrive_own(s, 4u * q + 2u, words.z);
        arrive_own(s, 4u * q + 3u, words.w);
    }
    if (4u * q < s.last) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
