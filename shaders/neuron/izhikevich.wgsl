// Izhikevich's quadratic model with delta synapses; equations in src/neuron/izhikevich.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let v_old = (*n).v;
    let u_old = (*n).u;
    let jump = clamp(multiply(input.excitatory + input.inhibitory, c.input_gain, c.input_shift), -c.limit, c.limit);
    let drive = clamp(multiply(input.current, c.current_gain, c.current_shift), -c.limit, c.limit);
    let rest = c.constant - multiply(u_old, c.step, c.step_shift) + drive + jump;
    var v = v_old;
    for (var i = 0u; i < c.substeps; i++) {
        let square = multiply(v, v, c.square_shift);
        let slope = multiply(square, c.square_gain, c.square_gain_shift) + multiply(v, c.linear, c.linear_shift);
        v = clamp(v + slope + rest, -c.limit, c.limit);
    }
    let seen = select(v_old, v, c.substeps > 1u);
    var u = u_old + multiply(multiply(seen, c.b, c.b_shift) - u_old, c.a, c.a_shift);
    let spike = v >= c.threshold;
    if (spike) {
        v = c.reset;
        u += c.jump;
    }
    (*n).v = v;
    (*n).u = clamp(u, -c.limit_u, c.limit_u);
    return spike;
}
