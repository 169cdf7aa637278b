// Step: pull and update in one dispatch. A workgroup owns a tile: it adds what the spikes of the last batch send to its neurons, then
// advances them by a batch. Spikes are read from one half of the lists and written to the other, so workgroups need not wait for each
// other; the ring buffers of a tile are touched by its own workgroup only.

override workgroup_size: u32 = 64u;

var<workgroup> length: u32;

// The same for all threads, as far as a compiler can tell.
fn list_length(list: u32, local: u32) -> u32 {
    if (local == 0u) {
        length = atomicLoad(&lists[list].listed);
    }
    return workgroupUniformLoad(&length);
}

@compute @workgroup_size(workgroup_size)
fn step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let tile = group.y * groups.x + group.x;
    if (tile >= shard.tiles) {
        return;
    }
    let first_block = tables[shard.tiles_first + tile];
    let target_population = population_of_block(first_block);
    if (tables[target_population * POPULATION_WORDS + MODEL] != model) {
        return;
    }
    if (batch.from_list != NO_LIST) {
        pull_tile(first_block, target_population, local, 0u, 1u);
    }
    // The threads of a workgroup see each other's additions from here on.
    storageBarrier();
    let last = min(tables[shard.tiles_first + tile + 1u], shard.blocks) * LANES;
    for (var thread = first_block * LANES + local; thread < last; thread += workgroup_size) {
        update_thread(thread);
    }
}
