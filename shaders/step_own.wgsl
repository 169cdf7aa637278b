// Step with own spikes: update and delivery in one dispatch. A workgroup owns a block of neurons: its first threads advance them by a batch,
// then all of them add the rows of the block's own spikes to the ring buffers, so that no workgroup reads what another one has written in the
// same dispatch: a batch is no longer than the shortest delay. A block with more spikes than the dispatch may take leaves them to the host.
// Rows are sorted by delay.
// import shared/update, shared/ring_atomic, shared/row_own

override workgroup_size: u32 = 256u;

// 1 where a burst waits for the host, so that the step must wait as well.
var<workgroup> waits: u32;

@compute @workgroup_size(workgroup_size)
fn step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let block = group.y * groups.x + group.x;
    if (local == 0u) {
        // Another block may have left this batch's spikes to the host already: that is for the next batch to mind.
        let burst = atomicLoad(&spikes.burst);
        waits = select(burst, 0u, burst == batch.number);
        atomicStore(&own_count, 0u);
    }
    // Meanwhile; places behind the last block are the last one's.
    let first = min(block, shard.blocks - 1u) * LANES + min(local, LANES - 1u);
    let place = at_place(first);
    if (workgroupUniformLoad(&waits) != 0u || block >= shard.blocks) {
        return;
    }
    if (block == 0u && local == 0u) {
        open_ranges();
    }
    if (local < LANES) {
        update_thread(first, place);
        for (var lane = local + workgroup_size; lane < LANES; lane += workgroup_size) {
            update_thread(block * LANES + lane, at_place(block * LANES + lane));
        }
    }
    workgroupBarrier();
    let count = atomicLoad(&own_count);
    // Nobody waits for the list but the census, and the places in it come while rows are delivered.
    var place_in_list = 0u;
    if (local < count) {
        place_in_list = list_start() + atomicAdd(&ranges[batch.index].listed, 1u);
    }
    if (count > batch.most_spikes) {
        if (local == 0u) {
            left[shard.first_block + block] = 1u;
            atomicStore(&spikes.burst, batch.number);
        }
    } else {
        for (var i = 0u; i < count; i++) {
            deliver_row(own_spikes[i], batch.ring_row + own_spikes[i].y - batch.step, local);
        }
    }
    if (local < count) {
        spikes.entries[in_list(place_in_list)] = own_spikes[local];
    }
    for (var i = local + workgroup_size; i < count; i += workgroup_size) {
        spikes.entries[in_list(list_start() + atomicAdd(&ranges[batch.index].listed, 1u))] = own_spikes[i];
    }
}
