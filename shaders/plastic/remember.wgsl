// Remember: the spikes of this step leave their traces with their senders, those that reached their synapses in it with their targets. A row
// of workgroups per projection; a thread takes a spike.
// import plastic/rule

override workgroup_size: u32 = 64u;

@compute @workgroup_size(workgroup_size)
fn remember_spikes(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = plastic_projection(group.x);
    let stride = groups.y * workgroup_size;
    let now = fired(0u);
    let of_now = own_part(now.y);
    var i = of_now.x + group.y * workgroup_size + local;
    for (; i < of_now.y; i += stride) {
        let sender = neuron_of(now, i, p.source_first_slot);
        if (sender < p.source_size && times_fired(now, i) > 0) {
            let memory = memory_of(p.senders_first, sender);
            if (p.stdp == 0u) {
                keep(p.senders_first, sender, at_spike(p, memory, batch.from_step));
            } else {
                keep(p.senders_first, sender, remember(p, memory, batch.from_step, p.decay_plus));
            }
        }
    }
    if (i < of_now.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
    if (p.stdp == 0u) {
        return;
    }
    let arrived = fired(p.delay);
    let of_arrived = own_part(arrived.y);
    for (i = of_arrived.x + group.y * workgroup_size + local; i < of_arrived.y; i += stride) {
        let target_index = neuron_of(arrived, i, p.target_first_slot);
        if (target_index < p.target_size) {
            keep(p.targets_first, target_index, remember(p, memory_of(p.targets_first, target_index), batch.from_step, p.decay_minus));
        }
    }
    if (i < of_arrived.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
