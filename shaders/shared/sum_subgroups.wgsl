// Sums over the threads of a workgroup by subgroup operations, where the adapter has them and they are faster.

// Threads of a subgroup: always as many, where these sums are used.
override subgroup_threads: u32 = 4u;

// One per subgroup; none is smaller than 4 threads.
var<workgroup> subgroup_sums: array<u32, 64u>;

// The sum of the values of all threads up to this one. Subgroups hold consecutive threads.
fn inclusive_sum(local: u32, value: u32) -> u32 {
    let within = subgroupInclusiveAdd(value);
    let total = subgroupAdd(value);
    let own = local / subgroup_threads;
    if (local % subgroup_threads == 0u) {
        subgroup_sums[own] = total;
    }
    workgroupBarrier();
    var before = 0u;
    for (var i = 0u; i < own; i++) {
        before += subgroup_sums[i];
    }
    workgroupBarrier();
    return before + within;
}
