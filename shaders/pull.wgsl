// Pull: adds what the listed spikes of one synapse shard send to the neurons of a tile. Workgroups along x are tiles; those along y
// share the spikes, if there are more than one thread's loops can take.
// import shared/list_read, shared/ring_atomic

override workgroup_size: u32 = 64u;

@compute @workgroup_size(workgroup_size)
fn pull(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = shard.tiles_first + 2u * group.x;
    pull_tile(tables[at], tables[at + 1u], local, group.y, groups.y);
}
