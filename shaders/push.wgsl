// Push: adds the synapses of the listed spikes of one synapse shard to the ring buffers of some neuron shards. Workgroups of a column of
// the grid share the spikes, those of a row a sender's outgoing projections, the threads of a workgroup a row of synapses.
// `open_row` and `fetch` come from push_stored.wgsl or push_procedural.wgsl; `window_of` and `add_to` from text generated for as many
// neuron shards as the dispatch is for; `wake` from awake.wgsl, or wake_none.wgsl where everybody is stepped.
// import shared/part_of_list

override workgroup_size: u32 = 64u;

// Where a weight goes in the ring buffers; NOWHERE for a synapse beyond the row's end or with its target in another dispatch.
struct Arrival {
    window: u32,
    place: u32,
    weight: i32,
    // Whom it reaches, and when.
    thread: u32,
    step: u32,
}

const NOWHERE: u32 = 0xFFFFFFFFu;

fn locate(p: Projection, row: Row, sent: u32, ring_row: u32, k: u32) -> Arrival {
    var arrival = Arrival(0u, NOWHERE, 0, 0u, 0u);
    if (k < row.length) {
        let y = fetch(p, row, k);
        let at = p.target_first_slot + y.target_index - shard.first_slot;
        // Neither addend passes ring_steps, so one subtraction wraps the sum.
        let sum = ring_row + y.delay;
        let step = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
        if (at < WINDOWS * shard.stride) {
            arrival.window = window_of(at);
            let place = place_of(at - arrival.window * shard.stride);
            arrival.place = (step * shard.channels + p.channel) * shard.stride + place;
            arrival.thread = place / 4u;
            arrival.step = sent + y.delay;
            arrival.weight = weight_of(p, y.weight_level);
        }
    }
    return arrival;
}

fn add(a: Arrival) {
    if (a.place != NOWHERE) {
        add_to(a.window, a.place, a.weight);
        wake(a.thread, a.step);
    }
}

@compute @workgroup_size(workgroup_size)
fn push(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = listed(all(group == vec3<u32>(0u)) && local == 0u);
    let share = share_of(list.y, group.y, groups.y);
    var s = share.x;
    for (; s < share.y; s++) {
        let entry = spikes.entries[in_list(list.x + s)];
        let slot = entry.x;
        let sender_slot = slot % shard.trial_slots;
        if (sender_slot < shard.sender_first || sender_slot >= shard.sender_end) {
            continue;
        }
        let ring_row = batch.from_ring_row + entry.y - batch.from_step;
        let sender = population_of_block(slot / BLOCK);
        let out_first = population_member(sender, OUT_FIRST);
        let out_count = population_member(sender, OUT_FIRST + 1u);
        for (var o = group.x; o < out_count; o += groups.x) {
            let p = projection(out_first + o);
            let row = open_row(p, slot, o);
            // Four synapses per thread at a time, so that their reads overlap.
            var k = local;
            for (; k < row.length; k += 4u * workgroup_size) {
                let a0 = locate(p, row, entry.y, ring_row, k);
                let a1 = locate(p, row, entry.y, ring_row, k + workgroup_size);
                let a2 = locate(p, row, entry.y, ring_row, k + 2u * workgroup_size);
                let a3 = locate(p, row, entry.y, ring_row, k + 3u * workgroup_size);
                add(a0);
                add(a1);
                add(a2);
                add(a3);
            }
            if (k < row.length) {
                atomicStore(&spikes.unfinished, 1u);
            }
        }
    }
    // Some software drivers cut a shader's loops after 65,535 rounds in all, without a word. The plan's grid keeps clear of
    // that; should it fail, the host must know.
    if (s < share.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
