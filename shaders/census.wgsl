// Census: counts the spikes listed since the last one, and what they make of it: synaptic events, checksum, records.
// import shared/totals, shared/list_read, shared/random

override workgroup_size: u32 = 64u;
override has_synapses: bool = true;
override record: bool = false;

// (step, slot)
@group(0) @binding(8) var<storage, read_write> records: array<vec2<u32>>;

// Whether a batch whose spikes are a burst has been advanced itself.
override bursts_after_updates: bool = true;

// The spikes to count: number of the first, and how many. After a burst, those of the batches before, which are all there are.
fn counted() -> vec2<u32> {
    if (batch.first == NO_BATCH) {
        return vec2<u32>(0u);
    }
    var last = batch.last;
    let burst = atomicLoad(&spikes.burst);
    if (burst != 0u) {
        // Numbers of 31 bits wrap, but are never far apart.
        let done = (i32((burst - batch.number) << 1u) >> 1u) + select(0, 1, bursts_after_updates);
        if (done <= 0) {
            return vec2<u32>(0u);
        }
        let batches = (batch.last + RANGES - batch.first) % RANGES + 1u;
        last = (batch.first + min(u32(done), batches) - 1u) % RANGES;
    }
    return spikes_between(batch.first, last);
}

// A 64-bit sum from 32-bit atomics: whoever makes the low word wrap carries.
fn count_events(n: u32) {
    let before = atomicAdd(&spikes.events_low, n);
    if (before + n < before) {
        atomicAdd(&spikes.events_high, 1u);
    }
}

@compute @workgroup_size(workgroup_size)
fn census(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = counted();
    var i = group.x * workgroup_size + local;
    for (; i < list.y; i += groups.x * workgroup_size) {
        let entry = spikes.entries[in_list(list.x + i)];
        let id = population_of_block(entry.x / BLOCK);
        let first_slot = population_member(id, 0u);
        let term = threefry(vec4<u32>(0u, 0u, PURPOSE_CHECKSUM, id), vec4<u32>(entry.x - first_slot, entry.y, 0u, 0u));
        if (atomicAdd(&totals[id].spikes_low, 1u) == 0xFFFFFFFFu) {
            atomicAdd(&totals[id].spikes_high, 1u);
        }
        atomicAdd(&totals[id].checksum_high, term.x);
        atomicAdd(&totals[id].checksum_low, term.y);
        if (has_synapses) {
            let events = tables[shard.degrees_first + entry.x];
            if (population_member(id, SOURCE) == 1u) {
                let before = atomicAdd(&totals[id].external_low, events);
                if (before + events < before) {
                    atomicAdd(&totals[id].external_high, 1u);
                }
            } else {
                count_events(events);
            }
        }
        if (record) {
            records[atomicAdd(&spikes.recorded, 1u)] = entry.yx;
        }
    }
    if (i < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
