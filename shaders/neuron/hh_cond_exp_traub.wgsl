// Hodgkin-Huxley neuron in the form of Traub and Miles; equations in src/neuron/hh_cond_exp_traub.rs.

// x / (exp(x) - 1), smooth at 0.
fn ratio(x: vec3<f32>) -> vec3<f32> {
    let near = 1.0 - x * (0.5 - x * (1.0 / 12.0));
    return select(x / (exp(min(x, vec3<f32>(80.0))) - 1.0), near, abs(x) < vec3<f32>(0.1));
}

// Change of (V, m, h, n) in a substep at a slope taken here.
fn slope(c: Constants, y: vec4<f32>, g: vec2<f32>, current: f32) -> vec4<f32> {
    let v = y.x;
    let sodium = c.g_na * y.y * y.y * y.y * y.z * (c.e_na - v);
    let potassium = c.g_k * y.w * y.w * y.w * y.w * (c.e_k - v);
    let synaptic = g.x * (c.e_ex - v) + g.y * (c.e_in - v);
    let dv = c.per_pa * (c.g_l * (c.e_l - v) + sodium + potassium + synaptic + c.i_e + current);
    let u = v - c.v_t;
    let smooth_rates = vec3<f32>(1.28, 1.4, 0.16) * ratio(vec3<f32>((13.0 - u) / 4.0, (u - 40.0) / 5.0, (15.0 - u) / 5.0));
    let powers = exp(min(vec3<f32>((17.0 - u) / 18.0, (40.0 - u) / 5.0, (10.0 - u) / 40.0), vec3<f32>(80.0)));
    let open = vec3<f32>(smooth_rates.x, 0.128 * powers.x, smooth_rates.z);
    let close = vec3<f32>(smooth_rates.y, 4.0 / (1.0 + powers.y), 0.5 * powers.z);
    return vec4<f32>(dv, c.substep * (open * (1.0 - y.yzw) - close * y.yzw));
}

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let before = (*n).v;
    var y = vec4<f32>((*n).v, (*n).m, (*n).h, (*n).n);
    var g = vec2<f32>((*n).g_ex, (*n).g_in);
    let kept = vec2<f32>(c.half_ex, c.half_in);
    for (var i = 0u; i < c.substeps; i++) {
        let middle = g * kept;
        let last = middle * kept;
        let k1 = slope(c, y, g, input.current);
        let k2 = slope(c, y + 0.5 * k1, middle, input.current);
        let k3 = slope(c, y + 0.5 * k2, middle, input.current);
        let k4 = slope(c, y + k3, last, input.current);
        y += (k1 + 2.0 * (k2 + k3) + k4) * (1.0 / 6.0);
        g = last;
    }
    let spike = (*n).refractory <= 0.0 && y.x >= c.v_t + 30.0 && before > y.x;
    (*n).v = y.x;
    (*n).m = y.y;
    (*n).h = y.z;
    (*n).n = y.w;
    (*n).g_ex = g.x + input.excitatory;
    (*n).g_in = g.y - input.inhibitory;
    (*n).refractory = select(max((*n).refractory - 1.0, 0.0), c.refractory_steps, spike);
    return spike;
}
