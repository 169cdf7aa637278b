// Light: notes when every neuron fired last, and marks the spikes of some on a strip, for whoever draws. It reads what a census reads.
// import shared/counted

override workgroup_size: u32 = 64u;
// Slots of neurons; columns of the strip, and the steps each stands for.
override slots: u32 = 0u;
override columns: u32 = 1u;
override steps_per_column: u32 = 1u;

// Of every slot the last step in which it fired, plus 1; of every slot its row on the strip, plus 1; and the strip, row by row: of every
// column the last step that was marked in it, plus 1.
@group(0) @binding(19) var<storage, read_write> lit: array<atomic<u32>>;

@compute @workgroup_size(workgroup_size)
fn light(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let list = counted();
    for (var i = group.x * workgroup_size + local; i < list.y; i += groups.x * workgroup_size) {
        // (slot, step)
        let entry = spikes.entries[in_list(list.x + i)];
        let time = entry.y + 1u;
        atomicMax(&lit[entry.x], time);
        let row = atomicLoad(&lit[slots + entry.x]);
        if (row > 0u) {
            let column = (entry.y / steps_per_column) % columns;
            atomicMax(&lit[2u * slots + (row - 1u) * columns + column], time);
        }
    }
}
