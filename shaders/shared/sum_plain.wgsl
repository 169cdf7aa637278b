// Sums over the threads of a workgroup, by doubling.
// import shared/invocation

var<workgroup> sums: array<u32, workgroup_size>;

// The sum of the values of all threads up to this one.
fn inclusive_sum(own: Invocation, value: u32) -> u32 {
    let local = own.local;
    var sum = value;
    sums[local] = sum;
    workgroupBarrier();
    for (var distance = 1u; distance < workgroup_size; distance *= 2u) {
        var before = 0u;
        if (local >= distance) {
            before = sums[local - distance];
        }
        workgroupBarrier();
        sum += before;
        sums[local] = sum;
        workgroupBarrier();
    }
    return sum;
}
