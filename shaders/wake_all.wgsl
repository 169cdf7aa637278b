// Wake all: puts every thread of a shard on the list of a batch, because state or input has been set from outside; anything may be due until the
// ring buffers have been passed.
// import shared/awake

override workgroup_size: u32 = 64u;

@group(0) @binding(0) var<uniform> batch: Batch;

@compute @workgroup_size(workgroup_size)
fn wake_all(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let thread = (group.y * groups.x + group.x) * workgroup_size + local;
    let threads = shard.blocks * LANES;
    if (thread >= threads) {
        return;
    }
    if (thread == 0u) {
        atomicStore(&awake[awake_count(batch.index)], threads);
        atomicStore(&awake[awake_count(batch.index + 1u)], 0u);
    }
    atomicStore(&awake[awake_list(batch.index) + thread], thread);
    if (atomicLoad(&awake[awake_word(thread)]) != AT_ALL_TIMES) {
        atomicStore(&awake[awake_word(thread)], (batch.step + shard.ring_steps) | ROUGHLY);
    }
}
