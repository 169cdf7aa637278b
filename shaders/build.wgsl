// Build: evaluates the synapses of some rows of one projection and packs each into a word. A column of workgroups takes a row at a time.
// import shared/connectivity, shared/listed, shared/stored

override workgroup_size: u32 = 64u;

@group(0) @binding(10) var<storage, read_write> synapses: array<u32>;

@compute @workgroup_size(workgroup_size)
fn build(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = projection(shard.projection);
    for (var i = group.x; i < shard.rows; i += groups.x) {
        let source = shard.first_row + i;
        let row = row_of(p, source);
        let start = tables[p.start_first + source];
        if (local == 0u && group.y == 0u) {
            // The head of the sender: where this row begins, and where it ends if it is the last one.
            let head = sender_head(p.source_first_slot + source);
            synapses[head + shard.out_index] = start - head;
            synapses[head + shard.out_index + 1u] = start + p.tiles + row.length - head;
        }
        for (var k = group.y * workgroup_size + local; k < row.length; k += groups.y * workgroup_size) {
            synapses[start + k] = pack(p, synapse(p, row, k));
        }
    }
}
