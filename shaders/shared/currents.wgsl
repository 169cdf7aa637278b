// Currents of four neurons of a block, LANES apart: bits of a sum of steps and noise. `add_currents` adds two words of the model's type.
// import shared/tables, shared/random

fn currents_at(p: Population, step: u32, neuron: u32) -> vec4<u32> {
    // The last step of the current that has begun, by bisection.
    var begun = 0u;
    for (var left = p.current_count; left > 0u;) {
        let half = (left + 1u) / 2u;
        if (tables[p.current_first + 2u * (begun + half) - 2u] <= step) {
            begun += half;
            left -= half;
        } else {
            left = half - 1u;
        }
    }
    let flowing = select(0u, tables[p.current_first + 2u * begun - select(0u, 1u, begun > 0u)], begun > 0u);
    var noise = vec4<u32>(0u);
    if (p.noise_count > 0u) {
        let key = vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_NOISE, p.id);
        let words = threefry(key, vec4<u32>((neuron / BLOCK) * LANES + neuron % LANES, step / p.noise_steps, 0u, 0u));
        noise.x = tables[p.noise_first + below(words.x, p.noise_count)];
        noise.y = tables[p.noise_first + below(words.y, p.noise_count)];
        noise.z = tables[p.noise_first + below(words.z, p.noise_count)];
        noise.w = tables[p.noise_first + below(words.w, p.noise_count)];
    }
    return add_currents(vec4<u32>(flowing), noise);
}

// A constant of four neurons: the same for all, or their own, which stands behind their state variables. No branch: every
// constant is a copy of this, and compilers keep what is alive around each.
fn constant_of(p: Population, i: u32, thread: u32, stride: u32) -> vec4<u32> {
    let variable = tables[p.varied_first + i];
    let shared_by_all = vec4<u32>(constant(p.constants_first + i));
    return select(bitcast<vec4<u32>>(state[variable * stride + thread]), shared_by_all, variable == 0u);
}
