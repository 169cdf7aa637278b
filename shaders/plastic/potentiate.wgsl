// Potentiate: where a target's spike reaches its synapses in this step, their weights rise by their senders' traces. A row of workgroups per
// projection; those of a column share the spikes, the threads of one a target's incoming synapses.
// import plastic/rule

override workgroup_size: u32 = 64u;

// Synapse and sender of every incoming synapse, target by target.
@group(0) @binding(17) var<storage, read> incoming: array<vec2<u32>>;

@compute @workgroup_size(workgroup_size)
fn potentiate(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = plastic_projection(group.x);
    if (p.stdp == 0u) {
        return;
    }
    let list = fired(p.delay);
    let own = own_part(list.y);
    var i = own.x + group.y;
    for (; i < own.y; i += groups.y) {
        let target_index = neuron_of(list, i, p.target_first_slot);
        if (target_index >= p.target_size) {
            continue;
        }
        let end = tables[p.columns_first + target_index + 1u];
        var k = tables[p.columns_first + target_index] + local;
        for (; k < end; k += workgroup_size) {
            let synapse = incoming[k];
            let seen = trace_at(memory_of(p.senders_first, synapse.y), batch.from_step, p.decay_plus);
            plastic[synapse.x].y = bitcast<u32>(potentiated(p, bitcast<i32>(plastic[synapse.x].y), seen));
        }
        if (k < end) {
            atomicStore(&spikes.unfinished, 1u);
        }
    }
    if (i < own.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
