// Ring buffers whose rows of this batch nobody else touches, while other rows are being added to: [step modulo ring_steps][channel][place in the
// shard], four at a time.

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

fn take_one(at: u32) -> i32 {
    let x = atomicLoad(&ring[at]);
    if (x != 0) {
        atomicStore(&ring[at], 0);
    }
    return x;
}

fn take(at: u32) -> vec4<i32> {
    let x = 4u * at;
    return vec4<i32>(take_one(x), take_one(x + 1u), take_one(x + 2u), take_one(x + 3u));
}
