// Build, sorted: evaluates the synapses of some rows of one projection, sorts each row by the tile of its targets, and puts before it
// where each tile's part ends. A workgroup takes a row at a time and evaluates it twice: to count, and to place.
// import shared/connectivity, shared/listed, shared/stored

override workgroup_size: u32 = 64u;

@group(0) @binding(10) var<storage, read_write> synapses: array<u32>;

// The most tiles a population may have: its counters must fit the smallest workgroup memory there is.
const MAX_TILES: u32 = 2048u;
var<workgroup> counters: array<atomic<u32>, MAX_TILES>;

@compute @workgroup_size(workgroup_size)
fn build(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = projection(shard.projection);
    let tile_slots = population_member(population_of_block(p.target_first_slot / BLOCK), TILE_SLOTS);
    for (var i = group.x; i < shard.rows; i += groups.x) {
        let source = shard.first_row + i;
        let row = row_of(p, source);
        let start = tables[p.start_first + source];
        if (local == 0u) {
            // The head of the sender: where this row begins, and where it ends if it is the last one.
            let head = sender_head(p.source_first_slot + source);
            synapses[head + shard.out_index] = start - head;
            synapses[head + shard.out_index + 1u] = start + p.tiles + row.length - head;
        }
        for (var t = local; t < p.tiles; t += workgroup_size) {
            atomicStore(&counters[t], 0u);
        }
        workgroupBarrier();
        for (var k = local; k < row.length; k += workgroup_size) {
            atomicAdd(&counters[synapse(p, row, k).target_index / tile_slots], 1u);
        }
        workgroupBarrier();
        if (local == 0u) {
            var sum = 0u;
            for (var t = 0u; t < p.tiles; t++) {
                let count = atomicLoad(&counters[t]);
                atomicStore(&counters[t], sum);
                sum += count;
                synapses[start + t] = sum;
            }
        }
        workgroupBarrier();
        for (var k = local; k < row.length; k += workgroup_size) {
            let y = synapse(p, row, k);
            let place = atomicAdd(&counters[y.target_index / tile_slots], 1u);
            synapses[start + p.tiles + place] = pack(p, y);
        }
        workgroupBarrier();
    }
}
