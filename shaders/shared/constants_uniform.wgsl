// The first words of the tables in a uniform buffer, which some adapters read much faster than a storage buffer.

@group(0) @binding(13) var<uniform> constants: array<vec4<u32>, 4096>;

fn constant(i: u32) -> u32 {
    return constants[i / 4u][i % 4u];
}

// Four that begin at a multiple of four.
fn four_constants(q: u32) -> vec4<u32> {
    return constants[q];
}
