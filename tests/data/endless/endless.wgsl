/*
name = "endless"
title = "A step that does not end for hours: what a driver does with it"
citation = "Izhikevich 2001, doi:10.1016/S0893-6080(01)00078-8"
weight_unit = "mv"

# The first variable is the membrane potential: the imaginary part of z.
[[variable]]
name = "v"
initial = 0.0

# The real part of z, which an arrival moves.
[[variable]]
name = "x"
initial = 0.0

[[parameter]]
name = "frequency_hz"
range = "positive"

[[parameter]]
name = "damping_ms"
range = "positive"

[[parameter]]
name = "v_th_mv"
default = 1.0
*/

// dz/dt = (-1 / damping + 2 pi i frequency) z: a step turns z and shortens it, which solves the equation exactly.
fn turned(z: vec2<f32>, c: Constants) -> vec2<f32> {
    let angle = 6.2831853 * c.frequency_hz * c.dt_ms * 0.001;
    let kept = exp(-c.dt_ms / c.damping_ms);
    return kept * vec2<f32>(cos(angle) * z.x - sin(angle) * z.y, sin(angle) * z.x + cos(angle) * z.y);
}

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    var k = 1.0;
    var i = 0u;
    loop {
        i = i + 1u;
        k = k * 0.99999 + 0.00001 * cos(k);
        if (i == 0u) { break; }
    }
    let before = (*n).v + 0.000001 * k;
    var z = turned(vec2<f32>((*n).x, (*n).v), c);
    z.x += input.excitatory + input.inhibitory + input.current * c.dt_ms;
    // A spike where the potential crosses the threshold upwards; then it starts at the threshold, on its way down.
    let fired = before < c.v_th_mv && z.y >= c.v_th_mv;
    if (fired) {
        z = vec2<f32>(0.0, c.v_th_mv);
    }
    (*n).x = z.x;
    (*n).v = z.y;
    return fired;
}
