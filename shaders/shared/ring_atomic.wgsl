// Ring buffers that threads add to: [step modulo ring_steps][channel][place in the shard]. The rows of this batch are seen and cleared, four places at
// a time, by one thread while nobody adds to them.

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

fn see(at: u32) -> vec4<i32> {
    let x = 4u * at;
    return vec4<i32>(atomicLoad(&ring[x]), atomicLoad(&ring[x + 1u]), atomicLoad(&ring[x + 2u]), atomicLoad(&ring[x + 3u]));
}

fn clear_one(at: u32, seen: i32) {
    if (seen != 0) {
        atomicStore(&ring[at], 0);
    }
}

fn clear(at: u32, seen: vec4<i32>) {
    let x = 4u * at;
    clear_one(x, seen.x);
    clear_one(x + 1u, seen.y);
    clear_one(x + 2u, seen.z);
    clear_one(x + 3u, seen.w);
}
