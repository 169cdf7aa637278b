// Push of what is due, procedural: evaluates, of all spikes that may still be under way, the synapses that are due in a batch, and adds
// them to its input. For projections whose delays rise along every row, or are all the same. Workgroups of a column of the grid share
// the spikes, those of a row a sender's outgoing projections, the threads of a workgroup a row of synapses.
// import shared/part_of_list, shared/connectivity, shared/listed_none

override workgroup_size: u32 = 64u;

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

// Adds what is due of a spike's synapses, of every so many-th projection.
fn deliver(entry: vec2<u32>, first: u32, groups: u32, local: u32) {
    let age = batch.step - entry.y;
    let sender = population_of_block(entry.x / BLOCK);
    let out_first = population_member(sender, OUT_FIRST);
    let out_count = population_member(sender, OUT_FIRST + 1u);
    for (var o = first; o < out_count; o += groups) {
        let p = projection(out_first + o);
        // How many delays there are from the shortest on, then the first synapse that may have each; see `due_table` of the host.
        let span = tables[p.start_first];
        let ends = min(max(vec2<u32>(age, age + batch.length), vec2<u32>(p.delay_min)) - p.delay_min, vec2<u32>(span));
        let row = row_of(p, entry.x - p.source_first_slot);
        // The last part has the borders of two delays in it.
        let end = min(tables[p.start_first + 1u + ends.y] + 1u, row.length);
        var k = tables[p.start_first + 1u + ends.x] + local;
        for (; k < end; k += workgroup_size) {
            let y = synapse(p, row, k);
            let due = y.delay - age;
            if (due < batch.length) {
                let at = place_of(p.target_first_slot + y.target_index - shard.first_slot);
                atomicAdd(&ring[(due * shard.channels + p.channel) * shard.stride + at], weight_of(p, y.weight_level));
            }
        }
        if (k < end) {
            atomicStore(&spikes.unfinished, 1u);
        }
    }
}

@compute @workgroup_size(workgroup_size)
fn push(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if (batch.first == NO_BATCH) {
        return;
    }
    if (is_burst(spikes_between(batch.first, batch.last).y, all(group == vec3<u32>(0u)) && local == 0u)) {
        return;
    }
    // The same part of every batch still under way: what neighbours reach, in whichever batch they fired, is delivered together.
    let count = (batch.last + RANGES - batch.first) % RANGES + 1u;
    let number = batch.part * groups.y + group.y;
    let part = vec2<u32>(number, number + 1u) * (0xFFFFFFFFu / (batch.parts * groups.y));
    let last_part = number + 1u == batch.parts * groups.y;
    var at = 0u;
    var left = 0u;
    var r = 0u;
    loop {
        // One loop over all parts, because an empty one costs a software adapter a round of every loop within.
        for (; left == 0u && r < count; r++) {
            let range = ranges[(batch.first + r) % RANGES];
            let begin = multiply_high(range.listed, part.x);
            left = select(multiply_high(range.listed, part.y), range.listed, last_part) - begin;
            at = range.start + begin;
        }
        if (left == 0u) {
            break;
        }
        deliver(spikes.entries[in_list(at)], group.x, groups.x, local);
        at++;
        left--;
    }
    if (left > 0u || r < count) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
