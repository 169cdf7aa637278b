// Pull, a tile per thread: every thread owns a tile of neurons and adds what the listed spikes send to it, all alone, so that no
// addition needs to be atomic. For adapters whose atomic operations are dear and whose threads need not read side by side.

override workgroup_size: u32 = 8u;

struct List {
    listed: u32,
    y: u32,
    z: u32,
    over: u32,
    over_y: u32,
    over_z: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(6) var<storage, read_write> spikes: Spikes;
@group(0) @binding(12) var<storage, read> lists: array<List>;

@compute @workgroup_size(workgroup_size)
fn pull(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let tile_of_all = group.x * workgroup_size + local;
    if (tile_of_all >= shard.tiles) {
        return;
    }
    let target_population = tables[shard.tiles_first + 2u * tile_of_all];
    let tile = tables[shard.tiles_first + 2u * tile_of_all + 1u];
    let base = population_member(target_population, 0u) - shard.first_slot;
    let listed = min(lists[batch.from_list + shard.synapse_shard].listed, shard.list_limit);
    let list = batch.from_entries + tables[shard.list_first + shard.synapse_shard];
    var events = 0u;
    var s = 0u;
    for (; s < listed; s++) {
        let entry = spikes.entries[list + s];
        let slot = entry & 0x0FFFFFFFu;
        let ring_row = batch.from_ring_row + (entry >> 28u);
        let pairs = shard.pairs_first + population_of_block(slot / BLOCK) * shard.populations;
        let end = tables[pairs + target_population + 1u];
        for (var o = tables[pairs + target_population]; o < end; o++) {
            let p = projection(o);
            let part = part_of(p, slot, o - tables[pairs], tile);
            events += part.length;
            let last = part.first + part.length;
            var k = part.first;
            for (; k < last; k += 4u) {
                // Four words at a time, so that their reads overlap; the additions follow one another.
                let w0 = synapses[k];
                let w1 = synapses[k + 1u];
                let w2 = synapses[k + 2u];
                let w3 = synapses[k + 3u];
                arrive(p, base, ring_row, w0);
                if (k + 1u < last) {
                    arrive(p, base, ring_row, w1);
                }
                if (k + 2u < last) {
                    arrive(p, base, ring_row, w2);
                }
                if (k + 3u < last) {
                    arrive(p, base, ring_row, w3);
                }
            }
            if (k < last) {
                atomicStore(&spikes.unfinished, 1u);
            }
        }
    }
    if (events > 0u) {
        count_events(events);
    }
    if (s < listed) {
        atomicStore(&spikes.unfinished, 1u);
    }
}

fn arrive(p: Projection, base: u32, ring_row: u32, word: u32) {
    let y = unpack(p, word);
    let sum = ring_row + y.delay;
    let step = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
    let place = (step * shard.channels + p.channel) * shard.stride + base + y.target_index;
    ring[place] += weight_of(p, y.weight_level);
}
