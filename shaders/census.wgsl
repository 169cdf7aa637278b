// Census: counts the spikes listed since the last one, and what they make of it: synaptic events, checksum, records.
// import shared/totals, shared/counted, shared/random

override workgroup_size: u32 = 64u;
override has_synapses: bool = true;
override record: bool = false;

// (step, slot)
@group(0) @binding(8) var<storage, read_write> records: array<vec2<u32>>;

// What a thread counts of one population: spikes, synaptic events (halves of 64 bits), sums of both halves of the checksum. Spikes stand nearly
// in the order of their neurons, so that those a thread sees one after the other are mostly of one population.
struct Count {
    id: u32,
    spikes: u32,
    events: vec2<u32>,
    checksum: vec2<u32>,
}

// The same of a workgroup. Few populations are counted in its memory before the device's, so that a total is added to once per workgroup and
// not once per spike.
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

// 64-bit sums from 32-bit words: whoever makes the low word wrap carries.
fn add_events(id: u32, events: vec2<u32>) {
    if (population_member(id, SOURCE) == 1u) {
        let before = atomicAdd(&totals[id].external_low, events.x);
        atomicAdd(&totals[id].external_high, events.y + select(0u, 1u, before + events.x < before));
    } else {
        let before = atomicAdd(&spikes.events_low, events.x);
        atomicAdd(&spikes.events_high, events.y + select(0u, 1u, before + events.x < before));
    }
}

fn add_to_totals(c: Count) {
    let before = atomicAdd(&totals[c.id].spikes_low, c.spikes);
    if (before + c.spikes < before) {
        atomicAdd(&totals[c.id].spikes_high, 1u);
    }
    atomicAdd(&totals[c.id].checksum_high, c.checksum.x);
    atomicAdd(&totals[c.id].checksum_low, c.checksum.y);
    if (has_synapses) {
        add_events(c.id, c.events);
    }
}

fn add_to_sums(c: Count) {
    atomicAdd(&sums[c.id].spikes, c.spikes);
    let before = atomicAdd(&sums[c.id].events_low, c.events.x);
    let carry = select(0u, 1u, before + c.events.x < before);
    if (c.events.y + carry > 0u) {
        atomicAdd(&sums[c.id].events_high, c.events.y + carry);
    }
    atomicAdd(&sums[c.id].checksum_high, c.checksum.x);
    atomicAdd(&sums[c.id].checksum_low, c.checksum.y);
}

// Hands on what a thread has counted.
fn hand_on(c: Count) {
    if (c.spikes == 0u) {
        return;
    }
    if (sums_in_workgroup) {
        add_to_sums(c);
    } else {
        add_to_totals(c);
    }
}

// A spike of the population that is being counted.
fn count(c: ptr<function, Count>, entry: vec2<u32>) {
    let id = (*c).id;
    let origin = population_member(id, ID) & 0xFFFFu;
    let term = threefry(vec4<u32>(0u, 0u, PURPOSE_CHECKSUM, origin), vec4<u32>(entry.x - population_member(id, 0u), entry.y, 0u, 0u));
    (*c).spikes += 1u;
    (*c).checksum += term.xy;
    if (has_synapses) {
        let events = (*c).events.x + tables[shard.degrees_first + entry.x];
        (*c).events = vec2<u32>(events, (*c).events.y + select(0u, 1u, events < (*c).events.x));
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
    var own: Count;
    var i = group.x * workgroup_size + local;
    for (; i < list.y; i += groups.x * workgroup_size) {
        let entry = spikes.entries[in_list(list.x + i)];
        let id = population_of_block(entry.x / BLOCK);
        if (id != own.id) {
            hand_on(own);
            own = Count(id, 0u, vec2<u32>(0u), vec2<u32>(0u));
        }
        count(&own, entry);
        if (record) {
            records[atomicAdd(&spikes.recorded, 1u)] = entry.yx;
        }
    }
    hand_on(own);
    if (i < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
    if (sums_in_workgroup) {
        workgroupBarrier();
        for (var id = local; id < min(shard.populations, SUMS); id += workgroup_size) {
            let n = atomicLoad(&sums[id].spikes);
            if (n > 0u) {
                let events = vec2<u32>(atomicLoad(&sums[id].events_low), atomicLoad(&sums[id].events_high));
                let checksum = vec2<u32>(atomicLoad(&sums[id].checksum_high), atomicLoad(&sums[id].checksum_low));
                add_to_totals(Count(id, n, events, checksum));
            }
        }
    }
}
