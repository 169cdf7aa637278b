// Weights of all projections in a uniform buffer, if they are few: some adapters read it much faster than a storage buffer.

@group(0) @binding(13) var<uniform> weights: array<vec4<i32>, 1024>;

fn weight_of(p: Projection, level: u32) -> i32 {
    let i = p.weight_first + level;
    return weights[i / 4u][i % 4u];
}
