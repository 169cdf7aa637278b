// Deliver: adds the synapses of the spikes in one synapse shard's list to the ring buffers of a neuron shard. Workgroups of a row
// of the grid share the spikes, those of a column a sender's outgoing projections, the threads of a workgroup a row of synapses.
// `fetch` comes from deliver_stored.wgsl or deliver_procedural.wgsl.

override workgroup_size: u32 = 64u;

struct List {
    listed: u32,
    y: u32,
    z: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<uniform> shard: Shard;
@group(0) @binding(2) var<storage, read> populations: array<Population>;
@group(0) @binding(3) var<storage, read> tables: array<u32>;
@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;
@group(0) @binding(6) var<storage, read_write> spikes: Spikes;
@group(0) @binding(9) var<storage, read> projections: array<Projection>;
@group(0) @binding(12) var<storage, read> lists: array<List>;

// Where a weight goes in the ring buffers; NOWHERE for a synapse beyond the row's end or with its target in another shard.
struct Arrival {
    place: u32,
    weight: i32,
}

const NOWHERE: u32 = 0xFFFFFFFFu;

fn locate(p: Projection, source: u32, first: u32, length: u32, row: u32, k: u32) -> Arrival {
    var arrival = Arrival(NOWHERE, 0);
    if (k < length) {
        let y = fetch(p, source, first, k);
        let at = p.target_first_slot + y.target_index - shard.first_slot;
        // Neither addend passes ring_steps, so one subtraction wraps the sum.
        let sum = row + y.delay;
        let step = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
        if (at < shard.slots) {
            arrival.place = (step * shard.channels + p.channel) * shard.slots + at;
            arrival.weight = bitcast<i32>(tables[p.weight_first + y.weight_level]);
        }
    }
    return arrival;
}

fn add(a: Arrival) {
    if (a.place != NOWHERE) {
        atomicAdd(&ring[a.place], a.weight);
    }
}

@compute @workgroup_size(workgroup_size)
fn deliver(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let listed = lists[batch.first_list + shard.synapse_shard].listed;
    let list = tables[shard.list_first + shard.synapse_shard];
    var s = group.x;
    for (; s < listed; s += groups.x) {
        let entry = spikes.entries[list + s];
        let slot = entry & 0x0FFFFFFFu;
        let row = batch.ring_row + (entry >> 28u);
        let sender = tables[slot / BLOCK];
        let out_first = populations[sender].out_first;
        let out_count = populations[sender].out_count;
        for (var o = group.y; o < out_count; o += groups.y) {
            let p = projections[out_first + o];
            let source = slot - p.source_first_slot;
            let first = tables[p.row_first + source];
            let length = tables[p.row_first + source + 1u] - first;
            if (shard.count_events != 0u && local == 0u) {
                // A 64-bit sum from 32-bit atomics: whoever makes the low word wrap carries.
                let before = atomicAdd(&spikes.events_low, length);
                if (before + length < before) {
                    atomicAdd(&spikes.events_high, 1u);
                }
            }
            // Four synapses per thread at a time, so that their reads overlap.
            var k = local;
            for (; k < length; k += 4u * workgroup_size) {
                let a0 = locate(p, source, first, length, row, k);
                let a1 = locate(p, source, first, length, row, k + workgroup_size);
                let a2 = locate(p, source, first, length, row, k + 2u * workgroup_size);
                let a3 = locate(p, source, first, length, row, k + 3u * workgroup_size);
                add(a0);
                add(a1);
                add(a2);
                add(a3);
            }
            if (k < length) {
                atomicStore(&spikes.unfinished, 1u);
            }
        }
    }
    // Some software drivers cut a shader's loops after 65,535 rounds in all, without a word. The plan's grid keeps clear of
    // that; should it fail, the host must know.
    if (s < listed) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
