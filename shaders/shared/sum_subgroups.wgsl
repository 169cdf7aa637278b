// Sums over the threads of a workgroup by subgroup operations, where the adapter has them and they are faster.

// One per subgroup; none is smaller than 4 threads.
var<workgroup> subgroup_sums: array<u32, 64u>;

// The sum of the values of all threads up to this one. Subgroups hold consecutive threads.
fn inclusive_sum(local: u32, value: u32) -> u32 {
    let within = subgroupInclusiveAdd(value);
    // Every thread of a subgroup agrees on the subgroup's first thread and number of threads.
    let first = subgroupMin(local);
    let size = subgroupAdd(1u);
    let total = subgroupAdd(value);
    if (local == first) {
        subgroup_sums[first / size] = total;
    }
    workgroupBarrier();
    var before = 0u;
    for (var i = 0u; i < first / size; i++) {
        before += subgroup_sums[i];
    }
    workgroupBarrier();
    return before + within;
}
