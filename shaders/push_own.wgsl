// Push of what steps with own spikes have left to the host: the rows of the listed spikes of the blocks that are marked, a workgroup a spike.
// import shared/part_of_list, shared/row_own

override workgroup_size: u32 = 64u;

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

@compute @workgroup_size(workgroup_size)
fn push(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = listed(all(group == vec3<u32>(0u)) && local == 0u);
    var i = group.y;
    for (; i < list.y; i += groups.y) {
        let entry = spikes.entries[in_list(list.x + i)];
        if (left[entry.x / BLOCK] != 0u) {
            deliver_row(entry, batch.from_ring_row + entry.y - batch.from_step, local);
        }
    }
    if (i < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
