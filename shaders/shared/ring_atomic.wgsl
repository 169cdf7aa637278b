// Ring buffers that threads add to: [step modulo ring_steps][channel][slot of the shard].

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

fn take(at: u32) -> i32 {
    return atomicExchange(&ring[at], 0);
}
