// Pulls a tile's input spike by spike; the threads of the workgroup share a part of a row. For workgroups of one vector register.

fn pull_tile(target_population: u32, tile: u32, local: u32, first_spike: u32, spike_stride: u32) {
    let listed = list_length(batch.from_list + shard.synapse_shard, local);
    let list = batch.from_entries + tables[shard.list_first + shard.synapse_shard];
    var events = 0u;
    var s = first_spike;
    for (; s < listed; s += spike_stride) {
        let entry = spikes.entries[list + s];
        let slot = entry & 0x0FFFFFFFu;
        let ring_row = batch.from_ring_row + (entry >> 28u);
        let pairs = shard.pairs_first + population_of_block(slot / BLOCK) * shard.populations;
        let end = tables[pairs + target_population + 1u];
        for (var o = tables[pairs + target_population]; o < end; o++) {
            let p = projection(o);
            let part = part_of(p, slot, o - tables[pairs], tile);
            events += part.length;
            var k = local;
            for (; k < part.length; k += workgroup_size) {
                arrive(p, ring_row, synapses[part.first + k]);
            }
            if (k < part.length) {
                atomicStore(&spikes.unfinished, 1u);
            }
        }
    }
    if (local == 0u && events > 0u) {
        count_events(events);
    }
    if (s < listed) {
        atomicStore(&spikes.unfinished, 1u);
    }
}
