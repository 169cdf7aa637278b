// Build, by delay: evaluates all synapses of some senders of one population, sorts them by delay, and puts before them where those of each
// delay begin. A workgroup takes a sender at a time and evaluates its synapses twice: to count, and to place.
// import shared/connectivity, shared/listed, shared/stored, shared/due

override workgroup_size: u32 = 64u;

@group(0) @binding(10) var<storage, read_write> synapses: array<u32>;

// One more than the longest delay there may be.
const MAX_DELAYS: u32 = 2049u;
var<workgroup> counters: array<atomic<u32>, MAX_DELAYS>;

@compute @workgroup_size(workgroup_size)
fn build(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let sender = population(shard.projection);
    for (var i = group.x; i < shard.rows; i += groups.x) {
        let slot = shard.first_row + i;
        let head = sender_head(slot);
        for (var t = local; t < sender.delay_span; t += workgroup_size) {
            atomicStore(&counters[t], 0u);
        }
        workgroupBarrier();
        for (var o = sender.out_first; o < sender.out_first + sender.out_count; o++) {
            let p = projection(o);
            let row = row_of(p, slot - p.source_first_slot);
            for (var k = local; k < row.length; k += workgroup_size) {
                atomicAdd(&counters[synapse(p, row, k).delay - sender.delay_min], 1u);
            }
        }
        workgroupBarrier();
        if (local == 0u) {
            var place = sender.delay_span + 1u;
            for (var t = 0u; t < sender.delay_span; t++) {
                let count = atomicLoad(&counters[t]);
                atomicStore(&counters[t], place);
                synapses[head + t] = place;
                place += count;
            }
            synapses[head + sender.delay_span] = place;
        }
        workgroupBarrier();
        for (var o = sender.out_first; o < sender.out_first + sender.out_count; o++) {
            let p = projection(o);
            let row = row_of(p, slot - p.source_first_slot);
            for (var k = local; k < row.length; k += workgroup_size) {
                let y = synapse(p, row, k);
                let place = atomicAdd(&counters[y.delay - sender.delay_min], 1u);
                let target_place = place_of(p.target_first_slot + y.target_index);
                let level = p.weight_first - sender.out_weights + y.weight_level;
                synapses[head + place] = pack_due(target_place, y.delay, level);
            }
        }
        workgroupBarrier();
    }
}
