// Step: pull and update in one dispatch. A workgroup owns a tile: it adds what the spikes of the last batch send to its neurons, then
// advances them by a batch. Spikes are listed behind those being read, so workgroups need not wait for each other; the ring buffers of a tile are touched by its own workgroup only.
// import shared/update, shared/burst, shared/ring_atomic

override workgroup_size: u32 = 64u;

// The spikes of the batch before: number of the first, how many, and 1 where they are a burst, so that the step must wait.
var<workgroup> to_deliver: vec3<u32>;

fn listed_before(thread: bool) -> vec3<u32> {
    if (batch.first == NO_BATCH) {
        return vec3<u32>(0u, 0u, atomicLoad(&spikes.burst));
    }
    let first = ranges[batch.first].start;
    let end = list_start();
    let count = end - first + select(0u, shard.list_entries, end < first);
    return vec3<u32>(first, count, select(0u, 1u, is_burst(count, thread)));
}

fn step_workgroup(group: vec3<u32>, groups: vec3<u32>, invocation: Invocation) {
    let local = invocation.local;
    let tile = group.y * groups.x + group.x;
    // The same for all threads, as far as a compiler can tell: there are barriers in the loops over the spikes.
    if (local == 0u) {
        to_deliver = listed_before(tile == 0u);
    }
    let list = workgroupUniformLoad(&to_deliver);
    if (list.z != 0u || tile >= shard.tiles) {
        return;
    }
    if (tile == 0u && local == 0u) {
        open_ranges();
    }
    let own = population(tables[shard.tiles_first + 2u * tile]);
    let number = tables[shard.tiles_first + 2u * tile + 1u];
    if (own.kernel != kernel) {
        return;
    }
    if (batch.first != NO_BATCH) {
        pull_tile(own.id, number, list.xy, invocation, 0u, 1u);
    }
    // The threads of a workgroup see each other's additions from here on.
    storageBarrier();
    // Tiles are whole blocks here; the last one of a population may be shorter.
    let first = (own.first_slot - shard.first_slot) / 4u;
    let last = first + min((number + 1u) * own.tile_slots / 4u, (own.size + BLOCK - 1u) / BLOCK * LANES);
    for (var thread = first + number * own.tile_slots / 4u + local; thread < last; thread += workgroup_size) {
        update_thread(thread, at_place(thread));
    }
}
