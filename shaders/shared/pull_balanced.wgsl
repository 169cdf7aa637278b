// Pulls a tile's input with the work shared evenly: as many spikes as there are threads at a time, one part of a row each, whose lengths
// are summed up; then every thread takes the same number of synapses, and finds the row of each by bisection.

// Where the synapses of each thread's part end, counted over the workgroup; the place of the first, less the number of synapses before;
// the ring row of the spike; its projection.
var<workgroup> part_end: array<u32, workgroup_size>;
var<workgroup> part_place: array<u32, workgroup_size>;
var<workgroup> part_ring_row: array<u32, workgroup_size>;
var<workgroup> part_projection: array<u32, workgroup_size>;

fn pull_tile(target_population: u32, tile: u32, local: u32, first_spike: u32, spike_stride: u32) {
    let listed = list_length(batch.from_list + shard.synapse_shard, local);
    let list = batch.from_entries + tables[shard.list_first + shard.synapse_shard];
    // The most projections any population has to this one.
    let most = tables[shard.pairs_first + shard.populations * shard.populations + 1u + target_population];
    var events = 0u;
    for (var s = first_spike * workgroup_size; s < listed; s += spike_stride * workgroup_size) {
        for (var o = 0u; o < most; o++) {
            var length = 0u;
            var place = 0u;
            if (s + local < listed) {
                let entry = spikes.entries[list + s + local];
                let slot = entry & 0x0FFFFFFFu;
                let pairs = shard.pairs_first + population_of_block(slot / BLOCK) * shard.populations;
                let i = tables[pairs + target_population] + o;
                if (i < tables[pairs + target_population + 1u]) {
                    let p = projection(i);
                    let part = part_of(p, slot, i - tables[pairs], tile);
                    length = part.length;
                    place = part.first;
                    part_ring_row[local] = batch.from_ring_row + (entry >> 28u);
                    part_projection[local] = i;
                }
            }
            let end = inclusive_sum(local, length);
            part_end[local] = end;
            part_place[local] = place - (end - length);
            workgroupBarrier();
            let total = part_end[workgroup_size - 1u];
            events += total;
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
    if (local == 0u && events > 0u) {
        count_events(events);
    }
}
