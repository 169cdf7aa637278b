// Stored synapses in a buffer, four words at a time.

@group(0) @binding(10) var<storage, read> synapses: array<vec4<u32>>;

fn synapse_quad(q: u32) -> vec4<u32> {
    return synapses[q];
}
