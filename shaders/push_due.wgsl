// Push of what is due: adds, of all spikes that may still be under way, the synapses that are due in a batch to its input. Rows are sorted
// by delay, so those due lie side by side. Workgroups share the spikes, the threads of one a spike's synapses, four words at a time.
// `synapse_quad` reads four words.
// import shared/part_of_list, shared/stored, shared/due_row

override workgroup_size: u32 = 64u;
@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

// What all synapses of a spike share.
struct Sender {
    first: u32,
    last: u32,
    age: u32,
    weights: u32,
    split: u32,
}

fn add_one(counts: bool, arrival: vec2<u32>) {
    if (counts) {
        atomicAdd(&ring[arrival.x], bitcast<i32>(arrival.y));
    }
}

fn add_part(s: Sender, local: u32) {
    var q = (s.first >> 2u) + local;
    for (; 4u * q < s.last; q += workgroup_size) {
        let words = synapse_quad(q);
        // All four before any is added: they need not wait for each other.
        let x = due_arrival(due_step(words.x, s.age), words.x, s.weights, s.split);
        let y = due_arrival(due_step(words.y, s.age), words.y, s.weights, s.split);
        let z = due_arrival(due_step(words.z, s.age), words.z, s.weights, s.split);
        let w = due_arrival(due_step(words.w, s.age), words.w, s.weights, s.split);
        add_one(4u * q >= s.first && 4u * q < s.last, x);
        add_one(4u * q + 1u >= s.first && 4u * q + 1u < s.last, y);
        add_one(4u * q + 2u >= s.first && 4u * q + 2u < s.last, z);
        add_one(4u * q + 3u >= s.first && 4u * q + 3u < s.last, w);
    }
    if (4u * q < s.last) {
        atomicStore(&spikes.unfinished, 1u);
    }
}

@compute @workgroup_size(workgroup_size)
fn push(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = listed(all(group == vec3<u32>(0u)) && local == 0u);
    // In turns: spikes of one age have equally long parts, and would make some workgroups wait for others.
    var i = group.y;
    for (; i < list.y; i += groups.y) {
        let entry = spikes.entries[in_list(list.x + i)];
        if (entry.x < shard.sender_first || entry.x >= shard.sender_end) {
            continue;
        }
        let id = population_of_block(entry.x / BLOCK);
        let delay_min = population_member(id, DELAY_MIN);
        let span = population_member(id, DELAY_SPAN);
        let head = sender_head(entry.x);
        // Delays that reach into the batch, counted from the shortest one of the sender.
        var s: Sender;
        s.age = batch.step - entry.y;
        let begin = min(max(s.age, delay_min) - delay_min, span);
        let end = min(max(s.age + batch.length, delay_min) - delay_min, span);
        s.first = head + synapse_word(head + begin);
        s.last = head + synapse_word(head + end);
        s.weights = population_member(id, OUT_WEIGHTS);
        s.split = population_member(id, OUT_SPLIT);
        add_part(s, local);
    }
    if (i < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
