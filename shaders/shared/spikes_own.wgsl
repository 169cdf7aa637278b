// The spikes of a workgroup's own block, of neurons that fire at most once in a batch.

var<workgroup> own_count: atomic<u32>;
// (slot, step)
var<workgroup> own_spikes: array<vec2<u32>, BLOCK>;

fn list_spikes(slot: u32, fired: vec4<u32>, p: Population, exists: vec4<bool>) {
    for (var k = 0u; k < 4u; k++) {
        if (fired[k] != 0u) {
            own_spikes[atomicAdd(&own_count, 1u)] = vec2<u32>(slot + k * LANES, batch.step + firstTrailingBit(fired[k]));
        }
    }
}
