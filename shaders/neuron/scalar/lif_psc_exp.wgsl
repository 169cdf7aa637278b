// Leaky integrate-and-fire neuron with exponential synaptic currents, one at a time; twin of `LifPscExp` in src/neuron/scalar.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let currents = vec2<i32>((*n).i_ex, (*n).i_in);
    let most = MAX_INCREMENT;
    let gained = clamp(scale_by(currents, vec2<u32>(c.syn_gain0, c.syn_gain1)), vec2<i32>(-most), vec2<i32>(most));
    let lost = scale_by(currents, vec2<u32>(c.syn_leak0, c.syn_leak1));
    (*n).i_ex = currents.x - lost.x + input.excitatory;
    (*n).i_in = currents.y - lost.y + input.inhibitory;
    return integrate(n, c, clamp(gained.x + gained.y, -most, most), input.current);
}

fn scale_by(x: vec2<i32>, factor: vec2<u32>) -> vec2<i32> {
    return vec2<i32>(scale_word(x.x, factor.x), scale_word(x.y, factor.y));
}
