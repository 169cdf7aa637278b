// Build: evaluates the synapses of some rows of one projection and packs each into a word. A column of workgroups takes a row at a time.

override workgroup_size: u32 = 64u;

@group(0) @binding(1) var<uniform> shard: Shard;
@group(0) @binding(3) var<storage, read> tables: array<u32>;
@group(0) @binding(9) var<storage, read> projections: array<Projection>;
@group(0) @binding(10) var<storage, read_write> synapses: array<u32>;

@compute @workgroup_size(workgroup_size)
fn build(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let p = projections[shard.projection];
    for (var row = group.x; row < shard.rows; row += groups.x) {
        let source = shard.first_row + row;
        let first = tables[p.row_first + source];
        let length = tables[p.row_first + source + 1u] - first;
        let start = tables[p.unit_first + source] * ROW_UNIT;
        for (var k = group.y * workgroup_size + local; k < length; k += groups.y * workgroup_size) {
            let y = synapse(p, source, first, k);
            var word = y.target_index | ((y.delay - p.delay_min) << p.target_bits);
            if (p.weight_count > 1u) {
                word |= (y.weight_level << p.delay_bits) << p.target_bits;
            }
            synapses[start + k] = word;
        }
    }
}
