// Ring buffers that threads add to: [step modulo ring_steps][channel][place in the shard].

@group(0) @binding(5) var<storage, read_write> ring: array<atomic<i32>>;

// Four at a time.
fn take(at: u32) -> vec4<i32> {
    let x = 4u * at;
    return vec4<i32>(
        atomicExchange(&ring[x], 0),
        atomicExchange(&ring[x + 1u], 0),
        atomicExchange(&ring[x + 2u], 0),
        atomicExchange(&ring[x + 3u], 0),
    );
}
