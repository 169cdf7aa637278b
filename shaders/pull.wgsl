// Pull: adds what the spikes of one synapse shard's list send to the neurons of a tile. Workgroups along x are tiles; those along y
// share the spikes, if there are more than one thread's loops can take.

override workgroup_size: u32 = 64u;

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

fn list_length(list: u32, local: u32) -> u32 {
    return lists[list].listed;
}

@compute @workgroup_size(workgroup_size)
fn pull(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = shard.tiles_first + 2u * group.x;
    pull_tile(tables[at], tables[at + 1u], local, group.y, groups.y);
}
