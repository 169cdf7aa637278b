// Push of what is due, procedural: evaluates, of all spikes that may still be under way, the synapses that are due in a batch, and adds
// them to its input. For projections whose delays rise along every row, or are all the same. Workgroups of a row of the grid share the
// spikes, those of a column a sender's outgoing projections, the threads of a workgroup a row of synapses.

override workgroup_size: u32 = 64u;

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

@compute @workgroup_size(workgroup_size)
fn push(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = listed(local);
    let share = share_of(list.y, group.x, groups.x);
    var i = share.x;
    for (; i < share.y; i++) {
        let entry = spikes.entries[in_list(list.x + i)];
        let age = batch.step - entry.y;
        let sender = population_of_block(entry.x / BLOCK);
        let out_first = population_member(sender, OUT_FIRST);
        let out_count = population_member(sender, OUT_FIRST + 1u);
        for (var o = group.y; o < out_count; o += groups.y) {
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
    if (i < share.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
