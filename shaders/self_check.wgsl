// Self-check: what the passes rest on, tried on an adapter when it is opened, each against what can be written down. Every thread counts what
// it finds wrong. How sums are made comes from sum_plain.wgsl or sum_subgroups.wgsl, products from fixed_point.wgsl or fixed_point_wide.wgsl.

override workgroup_size: u32 = 64u;

// Threads, the sum of the tickets they drew, and what was wrong: broadcasts, sums, counters of a workgroup, products.
struct Outcome {
    threads: atomic<u32>,
    tickets: atomic<u32>,
    broadcasts: atomic<u32>,
    sums: atomic<u32>,
    counters: atomic<u32>,
    products: atomic<u32>,
}

@group(0) @binding(42) var<storage, read_write> outcome: Outcome;
// Factors, what they multiply, the offset of the rounding, and the product.
@group(0) @binding(43) var<storage, read> products: array<vec4<u32>>;

var<workgroup> told: vec3<u32>;
var<workgroup> drawn: atomic<u32>;
var<workgroup> drawn_in_all: atomic<u32>;

const ROUNDS: u32 = 16u;

fn check_workgroup(group: vec3<u32>, groups: vec3<u32>, own: Invocation) {
    let local = own.local;
    let ticket = atomicAdd(&outcome.threads, 1u);
    atomicAdd(&outcome.tickets, ticket);
    for (var round = 0u; round < ROUNDS; round++) {
        // What one thread writes behind a barrier is what all read.
        let expected = vec3<u32>(group.x * ROUNDS + round, ~round, group.x ^ 0x9E3779B9u);
        if (local == 0u) {
            told = expected;
            atomicStore(&drawn, 0u);
            atomicStore(&drawn_in_all, 0u);
        }
        let heard = workgroupUniformLoad(&told);
        if (any(heard != expected)) {
            atomicAdd(&outcome.broadcasts, 1u);
        }
        // 1 + 2 + ... of a sequence that differs from group to group.
        let sum = inclusive_sum(own, local + group.x + round);
        if (sum != local * (local + 1u) / 2u + (local + 1u) * (group.x + round)) {
            atomicAdd(&outcome.sums, 1u);
        }
        // Every thread draws a number of its own.
        atomicAdd(&drawn_in_all, atomicAdd(&drawn, 1u));
        workgroupBarrier();
        if (atomicLoad(&drawn) != workgroup_size || atomicLoad(&drawn_in_all) != workgroup_size * (workgroup_size - 1u) / 2u) {
            atomicAdd(&outcome.counters, 1u);
        }
        workgroupBarrier();
    }
    for (var i = local; i < arrayLength(&products); i += workgroup_size) {
        let p = products[i];
        if (any(scale(vec4<i32>(bitcast<i32>(p.y)), p.x, p.z) != vec4<i32>(bitcast<i32>(p.w)))) {
            atomicAdd(&outcome.products, 1u);
        }
    }
}
