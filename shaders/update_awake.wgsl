// Update of those who are awake: advances the threads of a list, four neurons each, by a batch of steps, and lists those of them anew who must
// be stepped in the next one. A neuron whose words are all 0 and for which nothing is due would stay as it is.
// import shared/update, shared/ring_plain, shared/awake

override workgroup_size: u32 = 64u;
// Dispatches of an update.
override update_parts: u32 = 1u;

@compute @workgroup_size(workgroup_size)
fn update(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (batch.part * groups.x + group.x) * workgroup_size + local;
    if (atomicLoad(&spikes.burst) != 0u) {
        return;
    }
    if (first == 0u) {
        open_ranges();
        atomicStore(&awake[awake_count(batch.index + 2u)], 0u);
    }
    let count = min(atomicLoad(&awake[awake_count(batch.index)]), shard.blocks * LANES);
    let list = awake_list(batch.index);
    let end = batch.step + batch.length;
    var i = first;
    for (; i < count; i += update_parts * groups.x * workgroup_size) {
        let thread = atomicLoad(&awake[list + i]);
        let due = atomicLoad(&awake[awake_word(thread)]);
        let outcome = update_thread(thread, place_expecting(thread, due >= batch.step));
        if (outcome == PASSED_OVER) {
            continue;
        }
        if (outcome == AT_REST && due < end) {
            atomicStore(&awake[awake_word(thread)], 0u);
        } else {
            list_awake(batch.index + 1u, thread);
        }
    }
    // Should a driver have cut the loop, the host must know.
    if (i < count) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
