// Pulls a tile's input spike by spike; the threads of the workgroup share a part of a row. For workgroups of one vector register.
// import shared/part, shared/arrive, shared/invocation

fn pull_tile(target_population: u32, tile: u32, list: vec2<u32>, own: Invocation, first_spike: u32, spike_stride: u32) {
    var s = first_spike;
    for (; s < list.y; s += spike_stride) {
        let entry = spikes.entries[in_list(list.x + s)];
        let slot = entry.x;
        if (slot < shard.sender_first || slot >= shard.sender_end) {
            continue;
        }
        let ring_row = batch.from_ring_row + entry.y - batch.from_step;
        let pairs = shard.pairs_first + population_of_block(slot / BLOCK) * shard.populations;
        let end = tables[pairs + target_population + 1u];
        for (var o = tables[pairs + target_population]; o < end; o++) {
            let p = projection(o);
            let part = part_of(p, slot, o - tables[pairs], tile);
            var k = own.local;
            for (; k < part.length; k += workgroup_size) {
                arrive(p, ring_row, synapses[part.first + k]);
            }
            if (k < part.length) {
                atomicStore(&spikes.unfinished, 1u);
            }
        }
    }
    if (s < list.y) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
