// Pull: adds what the listed spikes of one synapse shard send to the neurons of a tile. Workgroups along x are tiles; those along y
// share the spikes, if there are more than one thread's loops can take.
// import shared/part_of_list, shared/ring_atomic

override workgroup_size: u32 = 64u;

var<workgroup> to_deliver: vec2<u32>;

fn pull_workgroup(group: vec3<u32>, groups: vec3<u32>, own: Invocation) {
    // The same for all threads, as far as a compiler can tell: there are barriers in the loops over the spikes.
    if (own.local == 0u) {
        to_deliver = listed(group.x == 0u && group.y == 0u);
    }
    let list = workgroupUniformLoad(&to_deliver);
    let at = shard.tiles_first + 2u * group.x;
    pull_tile(tables[at], tables[at + 1u], list, own, group.y, groups.y);
}
