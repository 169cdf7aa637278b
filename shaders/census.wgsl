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

// Sums of a population within a workgroup: spikes, synaptic events (halves of 64 bits), sums of both halves of the checksum. Few populations are
// counted in the workgroup's memory first, so that a total is added to once per workgroup and not once per spike.
struct Sum {
    spikes: atomic<u32>,
    events_low: atomic<u32>,
    events_high: atomic<u32>,
    checksum_high: atomic<u32>,
    checksum_low: atomic<u32>,
}

override sums_in_workgroup: bool = true;
const SUMS: u32 = 32u;
var<workgroup> sums: array<Sum, SUMS>;

// 64-bit sums from 32-bit atomics: whoever makes the low word wrap carries.
fn add_events(id: u32, low: u32, high: u32) {
    if (population_member(id, SOURCE) == 1u) {
        let before = atomicAdd(&totals[id].external_low, low);
        atomicAdd(&totals[id].external_high, high + select(0u, 1u, before + low < before));
    } else {
        let before = atomicAdd(&spikes.events_low, low);
        atomicAdd(&spikes.events_high, high + select(0u, 1u, before + low < before));
    }
}

fn add_spikes(id: u32, n: u32) {
    let before = atomicAdd(&totals[id].spikes_low, n);
    if (before + n < before) {
        atomicAdd(&totals[id].spikes_high, 1u);
    }
}

fn count(entry: vec2<u32>) {
    let id = population_of_block(entry.x / BLOCK);
    let first_slot = population_member(id, 0u);
    let term = threefry(vec4<u32>(0u, 0u, PURPOSE_CHECKSUM, id), vec4<u32>(entry.x - first_slot, entry.y, 0u, 0u));
    var events = 0u;
    if (has_synapses) {
        events = tables[shard.degrees_first + entry.x];
    }
    if (sums_in_workgroup) {
        atomicAdd(&sums[id].spikes, 1u);
        let before = atomicAdd(&sums[id].events_low, events);
        if (before + events < before) {
            atomicAdd(&sums[id].events_high, 1u);
        }
        atomicAdd(&sums[id].checksum_high, term.x);
        atomicAdd(&sums[id].checksum_low, term.y);
        return;
    }
    add_spikes(id, 1u);
    atomicAdd(&totals[id].checksum_high, term.x);
    atomicAdd(&totals[id].checksum_low, term.y);
    if (has_synapses) {
        add_events(id, events, 0u);
    }
}

@compute @workgroup_size(workgroup_size)
fn census(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = counted();
    if (sums_in_workgroup) {
        for (var id = local; id < SUMS; id += workgroup_size) {
            atomicStore(&sums[id].spikes, 0u);
            atomicStore(&sums[id].events_low, 0u);
            atomicStore(&sums[id].events_high, 0u);
            atomicStore(&sums[id].checksum_high, 0u);
            atomicStore(&sums[id].checksum_low, 0u);
        }
        workgroupBarrier();
    }
    var i = group.x * workgroup_size + local;
    for (; i < list.y; i += groups.x * workgroup_size) {
        let entry = spikes.entries[in_list(list.x + i)];
        count(entry);
        if (record) {
            records[atomicAdd(&spikes.recorded, 1u)] = entry.yx;
        }
    }
    if (i < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
    if (sums_in_workgroup) {
        workgroupBarrier();
        for (var id = local; id < min(shard.populations, SUMS); id += workgroup_size) {
            let n = atomicLoad(&sums[id].spikes);
            if (n > 0u) {
                add_spikes(id, n);
                atomicAdd(&totals[id].checksum_high, atomicLoad(&sums[id].checksum_high));
                atomicAdd(&totals[id].checksum_low, atomicLoad(&sums[id].checksum_low));
                add_events(id, atomicLoad(&sums[id].events_low), atomicLoad(&sums[id].events_high));
            }
        }
    }
}
