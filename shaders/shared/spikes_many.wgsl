// Spikes of sources that may fire several times in a step: they are drawn anew, for the few steps in which any of four neurons fired. Spikes of
// one neuron in one step stand side by side in the list.

fn list_spikes(slot: u32, fired: vec4<u32>, p: Population, exists: vec4<bool>) {
    let any = fired.x | fired.y | fired.z | fired.w;
    for (var left = any; left != 0u; left &= left - 1u) {
        let step = batch.step + firstTrailingBit(left);
        let drawn = select(vec4<u32>(0u), arrivals_at(p, slot - p.first_slot, step), exists);
        var place = list_start() + atomicAdd(&ranges[batch.index].listed, drawn.x + drawn.y + drawn.z + drawn.w);
        for (var k = 0u; k < 4u; k++) {
            for (var i = 0u; i < drawn[k]; i++) {
                spikes.entries[in_list(place)] = vec2<u32>(slot + k * LANES, step);
                place++;
            }
        }
    }
}
