// Send: the spikes of this step weaken the weights of their synapses by their targets' traces, and send what is left; or they send what the
// resources of their senders allow. A row of workgroups per projection; those of a column share the spikes, the threads of one a row. `wake` comes
// from awake.wgsl, or wake_none.wgsl where everybody is stepped.
// import plastic/rule

override workgroup_size: u32 = 64u;

// [step modulo ring_steps][channel][place]
@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

@compute @workgroup_size(workgroup_size)
fn send(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = plastic_projection(group.x);
    let list = fired(0u);
    let own = own_part(list.y);
    var i = own.x + group.y;
    for (; i < own.y; i += groups.y) {
        let sender = neuron_of(list, i, p.source_first_slot);
        if (sender >= p.source_size) {
            continue;
        }
        let times = times_fired(list, i);
        if (times == 0) {
            continue;
        }
        var efficacy = 0;
        if (p.stdp == 0u) {
            let memory = at_spike(p, memory_of(p.senders_first, sender), batch.from_step);
            efficacy = multiply_nearest(memory.x, memory.u, 30u);
        }
        let end = tables[p.rows_first + sender + 1u];
        var k = tables[p.rows_first + sender] + local;
        for (; k < end; k += workgroup_size) {
            let synapse = plastic[k];
            let slot = extractBits(synapse.x, 0u, p.slot_bits);
            var weight = bitcast<i32>(synapse.y);
            if (p.stdp == 0u) {
                weight = multiply_nearest(weight, efficacy, 30u);
            } else {
                let seen = trace_at(memory_of(p.targets_first, slot - p.target_first_slot), batch.from_step, p.decay_minus);
                let left = depressed(p, weight, seen);
                plastic[k].y = bitcast<u32>(left);
                weight = multiply_nearest(left, p.scale, 30u);
            }
            // Neither addend passes ring_steps.
            let delay = synapse.x >> p.slot_bits;
            let sum = batch.from_ring_row + delay;
            let row = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
            let place = place_of(slot);
            atomicAdd(&ring[(row * shard.channels + p.channel) * shard.stride + place], times * weight);
            wake(place / 4u, batch.from_step + delay);
        }
        if (k < end) {
            atomicStore(&spikes.unfinished, 1u);
        }
    }
    if (i < own.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
