// The row of a spike, sorted by delay: the threads of a workgroup add its synapses to the ring buffers. Words hold the low bits of the delay; where
// they begin anew in the row tells the rest.
// import shared/stored, shared/due_row, shared/quads_buffer

// How often the low bits begin anew up to the longest delay: at most 3 times.
override wraps: u32 = 0u;

// Blocks whose spikes have been left to the host.
@group(0) @binding(44) var<storage, read_write> left: array<u32>;

fn arrive(s: Sender, at: u32, word: u32) {
    if (at >= s.first && at < s.last) {
        var delay = extractBits(word, target_bits, delay_bits);
        if (wraps > 0u) {
            let passed = select(vec3<u32>(0u), vec3<u32>(1u << delay_bits), vec3<u32>(at) >= s.wrapped);
            delay += passed.x + passed.y + passed.z;
        }
        // Neither addend passes ring_steps, so one subtraction wraps the sum.
        let sum = s.ring_row + delay;
        add_to_row(select(sum, sum - shard.ring_steps, sum >= shard.ring_steps), word, s.weights, s.split);
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

// Where the low bits of the delay begin anew for the k-th time; never, if there are fewer wraps. No loop over a vector's members: FXC would have
// to unroll it.
fn wrapped(k: u32, head: u32, delay_min: u32, span: u32) -> u32 {
    if (k >= wraps) {
        return 0xFFFFFFFFu;
    }
    let delay = max((k + 1u) << delay_bits, delay_min);
    return head + synapse_word(head + min(delay - delay_min, span));
}

fn deliver_row(entry: vec2<u32>, ring_row: u32, local: u32) {
    let id = population_of_block(entry.x / BLOCK);
    let head = sender_head(entry.x);
    let span = population_member(id, DELAY_SPAN);
    var s: Sender;
    s.first = head + synapse_word(head);
    s.last = head + synapse_word(head + span);
    let delay_min = population_member(id, DELAY_MIN);
    s.wrapped = vec3<u32>(
        wrapped(0u, head, delay_min, span),
        wrapped(1u, head, delay_min, span),
        wrapped(2u, head, delay_min, span),
    );
    s.ring_row = ring_row;
    s.weights = population_member(id, OUT_WEIGHTS);
    s.split = population_member(id, OUT_SPLIT);
    add_part(s, local);
}
