// Adds a synapse of a tile to the ring buffers, together with other threads. Needs stored.wgsl and ring_atomic.wgsl.
// import shared/tables, shared/stored

fn arrive(p: Projection, ring_row: u32, word: u32) {
    let y = unpack(p, word);
    let sum = ring_row + y.delay;
    let step = select(sum, sum - shard.ring_steps, sum >= shard.ring_steps);
    let place = (step * shard.channels + p.channel) * shard.stride
        + place_of(p.target_first_slot + y.target_index - shard.first_slot);
    atomicAdd(&ring[place], weight_of(p, y.weight_level));
}
