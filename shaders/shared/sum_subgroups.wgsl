// Sums over the threads of a workgroup by subgroup operations, where the adapter has them and they are faster.

// Where a thread stands in its workgroup, and how many threads its subgroup has.
struct Invocation {
    local: u32,
    subgroup_threads: u32,
}

// One per subgroup; none is smaller than 4 threads.
var<workgroup> subgroup_sums: array<u32, 64u>;

// The sum of the values of all threads up to this one. Subgroups hold consecutive threads.
fn inclusive_sum(invocation: Invocation, value: u32) -> u32 {
    let within = subgroupInclusiveAdd(value);
    let total = subgroupAdd(value);
    let own = invocation.local / invocation.subgroup_threads;
    if (invocation.local % invocation.subgroup_threads == 0u) {
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
