// The row of a spike, sorted by delay: the threads of a workgroup add its synapses to the ring buffers. Words hold the low bits of the delay; where
// they begin anew in the row tells the rest.
// import shared/stored, shared/due_row, shared/quads_buffer

// How often the low bits begin anew up to the longest delay: at most 3 times.
override wraps: u32 = 0u;

// Blocks whose spikes have been left to the host.
@group(0) @binding(44) var<storage, read_write> left: array<u32>;

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
    // As the head says as well, but the tables are near.
    s.first = head + span + 1u;
    s.last = s.first + tables[shard.degrees_first + entry.x];
    let delay_min = population_member(id, DELAY_MIN);
    s.wrapped = vec3<u32>(
        wrapped(0u, head, delay_min, span),
        wrapped(1u, head, delay_min, span),
        wrapped(2u, head, delay_min, span),
    );
    s.ring_row = ring_row;
    s.weights = population_member(id, OUT_WEIGHTS);
    s.split = population_member(id, OUT_SPLIT);
    add_row(s, local);
}

// How many times four words a thread reads before it adds any of them: 1, 2 or 4. Reads then wait neither for each other nor for additions;
// that takes a straight line without branches.
override ahead: u32 = 1u;

// Some times four words that a thread reads, `workgroup_size` apart.
struct Words {
    a: vec4<u32>,
    b: vec4<u32>,
    c: vec4<u32>,
    d: vec4<u32>,
}

fn words_at(q: u32, last: u32) -> Words {
    var words: Words;
    words.a = synapse_quad(min(q, last));
    if (ahead > 1u) {
        words.b = synapse_quad(min(q + workgroup_size, last));
    }
    if (ahead > 2u) {
        words.c = synapse_quad(min(q + 2u * workgroup_size, last));
        words.d = synapse_quad(min(q + 3u * workgroup_size, last));
    }
    return words;
}

// Four synapses: where they add to, and what.
struct Arrivals {
    places: vec4<u32>,
    weights: vec4<i32>,
}
const NOWHERE: u32 = 0xFFFFFFFFu;

// Where a synapse adds to, nowhere if it lies before or behind the row, and its weight.
fn place_and_weight(s: Sender, at: u32, word: u32) -> vec2<u32> {
    var delay = extractBits(word, target_bits, delay_bits);
    if (wraps > 0u) {
        let passed = select(vec3<u32>(0u), vec3<u32>(1u << delay_bits), vec3<u32>(at) >= s.wrapped);
        delay += passed.x + passed.y + passed.z;
    }
    // Neither addend passes ring_steps, so one subtraction wraps the sum.
    let sum = s.ring_row + delay;
    let arrival = due_arrival(select(sum, sum - shard.ring_steps, sum >= shard.ring_steps), word, s.weights, s.split);
    return vec2<u32>(select(NOWHERE, arrival.x, at >= s.first && at < s.last), arrival.y);
}

fn arrivals_of(s: Sender, q: u32, words: vec4<u32>) -> Arrivals {
    let x = place_and_weight(s, 4u * q, words.x);
    let y = place_and_weight(s, 4u * q + 1u, words.y);
    let z = place_and_weight(s, 4u * q + 2u, words.z);
    let w = place_and_weight(s, 4u * q + 3u, words.w);
    return Arrivals(vec4<u32>(x.x, y.x, z.x, w.x), vec4<i32>(bitcast<i32>(x.y), bitcast<i32>(y.y), bitcast<i32>(z.y), bitcast<i32>(w.y)));
}

fn add_one(place: u32, weight: i32) {
    if (place != NOWHERE) {
        atomicAdd(&ring[place], weight);
    }
}

fn add_arrivals(a: Arrivals) {
    add_one(a.places.x, a.weights.x);
    add_one(a.places.y, a.weights.y);
    add_one(a.places.z, a.weights.z);
    add_one(a.places.w, a.weights.w);
}

fn add_words(s: Sender, q: u32, words: Words) {
    let a = arrivals_of(s, q, words.a);
    if (ahead == 1u) {
        add_arrivals(a);
        return;
    }
    let b = arrivals_of(s, q + workgroup_size, words.b);
    if (ahead == 2u) {
        add_arrivals(a);
        add_arrivals(b);
        return;
    }
    let c = arrivals_of(s, q + 2u * workgroup_size, words.c);
    let d = arrivals_of(s, q + 3u * workgroup_size, words.d);
    add_arrivals(a);
    add_arrivals(b);
    add_arrivals(c);
    add_arrivals(d);
}

fn add_row(s: Sender, local: u32) {
    let last = (s.last - 1u) >> 2u;
    var q = (s.first >> 2u) + local;
    for (; 4u * q < s.last; q += ahead * workgroup_size) {
        add_words(s, q, words_at(q, last));
    }
    if (4u * q < s.last) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
