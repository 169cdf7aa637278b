// Update: advances every neuron of a shard by a batch of steps; a thread owns four neurons.

override workgroup_size: u32 = 64u;

@compute @workgroup_size(workgroup_size)
fn update(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = (group.y * groups.x + group.x) * workgroup_size + local;
    if (thread == 0u) {
        open_ranges();
    }
    if (thread < shard.blocks * LANES) {
        update_thread(thread);
    }
}
