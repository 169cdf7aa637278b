// Spikes of neurons that fire at most once in a step.

// Lists the spikes of four neurons: a bit per step of the batch.
fn list_spikes(slot: u32, fired: vec4<u32>, p: Population, exists: vec4<bool>) {
    let counts = countOneBits(fired);
    let count = counts.x + counts.y + counts.z + counts.w;
    if (count == 0u) {
        return;
    }
    var place = list_start() + atomicAdd(&ranges[batch.index].listed, count);
    var left = fired;
    for (var i = 0u; i < count; i++) {
        // The first neuron with a spike left, and the step of its first one.
        let k = select(select(select(3u, 2u, left.z != 0u), 1u, left.y != 0u), 0u, left.x != 0u);
        let bits = select(select(select(left.w, left.z, left.z != 0u), left.y, left.y != 0u), left.x, left.x != 0u);
        let offset = firstTrailingBit(bits);
        left &= ~select(vec4<u32>(0u), vec4<u32>(1u << offset), vec4<u32>(k) == vec4<u32>(0u, 1u, 2u, 3u));
        spikes.entries[in_list(place)] = vec2<u32>(slot + k * LANES, batch.step + offset);
        place++;
    }
}
