// Reduce: adds the external arrivals tallied per thread to the totals of their populations, in 64 bits, and clears them. A row of workgroups serves one
// population, or every so many; its members share the population's threads of this shard.
// import shared/totals, shared/tables

override workgroup_size: u32 = 64u;

@group(0) @binding(7) var<storage, read_write> tallies: array<u32>;

@compute @workgroup_size(workgroup_size)
fn reduce(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // Trials may multiply populations beyond what a dispatch has rows for.
    for (var row = group.y; row < arrayLength(&totals); row += groups.y) {
        let p = population(row);
        let first_block = p.first_slot / BLOCK;
        let begin = max(first_block, shard.first_block);
        let end = min(first_block + (p.size + BLOCK - 1u) / BLOCK, shard.first_block + shard.blocks);
        if (begin < end) {
            let last = (end - shard.first_block) * LANES;
            var arrivals = vec2<u32>(0u);
            for (var t = (begin - shard.first_block) * LANES + group.x * workgroup_size + local; t < last; t += groups.x * workgroup_size) {
                let tally = tallies[t];
                tallies[t] = 0u;
                arrivals.x += tally;
                arrivals.y += select(0u, 1u, arrivals.x < tally);
            }
            let old_external = atomicAdd(&totals[row].external_low, arrivals.x);
            atomicAdd(&totals[row].external_high, arrivals.y + select(0u, 1u, old_external + arrivals.x < old_external));
        }
    }
}
