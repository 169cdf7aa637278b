// Pulls a tile's input with the work shared evenly: as many spikes as there are threads at a time, one part of a row each, whose lengths
// are summed up; then every thread takes the same number of synapses, and finds the row of each by bisection.
// import shared/part, shared/arrive

// Where the synapses of each thread's part end, counted over the workgroup; the place of the first, less the number of synapses before;
// the ring row of the spike; its projection.
var<workgroup> part_end: array<u32, workgroup_size>;
var<workgroup> part_place: array<u32, workgroup_size>;
var<workgroup> part_ring_row: array<u32, workgroup_size>;
var<workgroup> part_projection: array<u32, workgroup_size>;

fn pull_tile(target_population: u32, tile: u32, list: vec2<u32>, own: Invocation, first_spike: u32, spike_stride: u32) {
    let local = own.local;
    // The most projections any population has to this one.
    let most = tables[shard.pairs_first + shard.populations * shard.populations + 1u + target_population];
    for (var s = first_spike * workgroup_size; s < list.y; s += spike_stride * workgroup_size) {
        for (var o = 0u; o < most; o++) {
            var length = 0u;
            var place = 0u;
            var entry = vec2<u32>(0u);
            if (s + local < list.y) {
                entry = spikes.entries[in_list(list.x + s + local)];
            }
            if (s + local < list.y && entry.x >= shard.sender_first && entry.x < shard.sender_end) {
                let slot = entry.x;
                let pairs = shard.pairs_first + population_of_block(slot / BLOCK) * shard.populations;
                let i = tables[pairs + target_population] + o;
                if (i < tables[pairs + target_population + 1u]) {
                    let p = projection(i);
                    let part = part_of(p, slot, i - tables[pairs], tile);
                    length = part.length;
                    place = part.first;
                    part_ring_row[local] = batch.from_ring_row + entry.y - batch.from_step;
                    part_projection[local] = i;
                }
            }
            let end = inclusive_sum(own, length);
            part_end[local] = end;
            part_place[local] = place - (end - length);
            workgroupBarrier();
            let total = part_end[workgroup_size - 1u];
            for (var e = local; e < total; e += workgroup_size) {
                // The first part that ends after e.
                var low = 0u;
                var high = workgroup_size - 1u;
                while (low < high) {
                    let middle = (low + high) / 2u;
                    if (part_end[middle] > e) {
                        high = middle;
                    } else {
                        low = middle + 1u;
                    }
                }
                arrive(projection(part_projection[low]), part_ring_row[low], synapses[part_place[low] + e]);
            }
            workgroupBarrier();
        }
    }
}
