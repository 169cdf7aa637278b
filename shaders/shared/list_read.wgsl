// The circular list of spikes, to read.
// import shared/tables

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(6) var<storage, read_write> spikes: Spikes;
@group(0) @binding(12) var<storage, read> ranges: array<BatchSpikes>;

// The spikes of some batches that follow each other: number of the first, and how many there are.
fn spikes_between(first_batch: u32, last_batch: u32) -> vec2<u32> {
    let first = ranges[first_batch].start;
    let last = ranges[last_batch];
    let end = in_list(last.start + last.listed);
    return vec2<u32>(first, end - first + select(0u, shard.list_entries, end < first));
}

// The spikes one of several workgroups takes, from the first to before the last: neighbours in the list are neighbours in the network, and
// what they reach stays in a near cache.
fn share_of(count: u32, group: u32, groups: u32) -> vec2<u32> {
    // At most 65,535 groups: no product overflows.
    return vec2<u32>(group, group + 1u) * (count / groups) + vec2<u32>(group, group + 1u) * (count % groups) / groups;
}
