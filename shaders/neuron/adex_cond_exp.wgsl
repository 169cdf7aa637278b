// Adaptive exponential integrate-and-fire neuron with exponential synaptic conductances; equations in src/neuron/adex_cond_exp.rs.

// Change of (V, w) in a substep at a slope taken here.
fn slope(c: Constants, state: vec2<f32>, g: vec2<f32>, current: f32) -> vec2<f32> {
    let v = min(state.x, c.v_peak);
    let upstroke = c.g_l * c.delta_t * exp((v - c.v_th) / c.delta_t);
    let leak = c.g_l * (c.e_l - v);
    let synaptic = g.x * (c.e_ex - v) + g.y * (c.e_in - v);
    let dv = c.per_pa * (leak + upstroke + synaptic - state.y + c.i_e + current);
    return vec2<f32>(dv, c.w_rate * (c.a * (v - c.e_l) - state.y));
}

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    var y = vec2<f32>((*n).v, (*n).w);
    var g = vec2<f32>((*n).g_ex, (*n).g_in);
    let kept = vec2<f32>(c.half_ex, c.half_in);
    var refractory = (*n).refractory;
    var spike = false;
    for (var i = 0u; i < c.substeps; i++) {
        let middle = g * kept;
        let last = middle * kept;
        let moves = vec2<f32>(select(1.0, 0.0, refractory > 0.0), 1.0);
        let k1 = slope(c, y, g, input.current);
        let k2 = slope(c, y + 0.5 * moves * k1, middle, input.current);
        let k3 = slope(c, y + 0.5 * moves * k2, middle, input.current);
        let k4 = slope(c, y + moves * k3, last, input.current);
        y += moves * (k1 + 2.0 * (k2 + k3) + k4) * (1.0 / 6.0);
        g = last;
        if (y.x >= c.v_peak && refractory <= 0.0) {
            spike = true;
            y = vec2<f32>(c.v_reset, y.y + c.b);
            refractory = select(0.0, c.refractory_steps + 1.0, c.refractory_steps > 0.0);
        }
    }
    (*n).v = y.x;
    (*n).w = y.y;
    (*n).g_ex = g.x + input.excitatory;
    (*n).g_in = g.y - input.inhibitory;
    (*n).refractory = max(refractory - 1.0, 0.0);
    return spike;
}
