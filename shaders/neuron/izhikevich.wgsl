// Izhikevich's quadratic model with delta synapses; equations in src/neuron/izhikevich.rs.
// import shared/ranges, shared/multiply

// written: izhikevich
const LIMIT = 805306368;
const FLOOR = -268435456;
const LIMIT_U = 268435456;
const MOST = 1073741823;
// end

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let v_old = (*n).v;
    let u_old = (*n).u;
    let r = input.rounding;
    let half = 1 << 29u;
    let jump = clamp(multiply_held(input.excitatory + input.inhibitory, c.input_gain, c.input_shift, r), -half, half);
    let drive = clamp(multiply_held(input.current, c.current_gain, c.current_shift, r), -half, half);
    let constant = c.constant + i32((c.constant_part + r) >> 31u);
    let inner = clamp(constant - multiply_held(u_old, c.step, c.step_shift, r), -MOST, MOST);
    let rest = clamp(inner + clamp(jump + drive, -MOST, MOST), -MOST, MOST);
    var v = v_old;
    for (var i = 0u; i < c.substeps; i++) {
        let steepness = multiply(v, c.steepness_gain, c.steepness_gain_shift, r) + c.steepness;
        let change = clamp(multiply_held(v, steepness, c.steepness_shift, r) + rest, -MOST, MOST);
        v = clamp(v + change, FLOOR, LIMIT);
    }
    var outcome = select(FAULT_POTENTIAL, 0u, v > FLOOR && jump > -half && drive > -half);
    let seen = select(v_old, v, c.substeps > 1u);
    let pull = multiply_held(seen, c.b, c.b_shift, r) - u_old;
    var u = u_old + multiply_held(pull, c.a, c.a_shift, r);
    if (v >= c.threshold) {
        v = c.reset;
        u += c.jump;
        outcome |= SPIKE | select(0u, FAULT_THRESHOLD, c.threshold >= LIMIT);
    }
    (*n).v = v;
    (*n).u = clamp(u, -LIMIT_U, LIMIT_U);
    return outcome | select(FAULT_RECOVERY, 0u, abs(u) < LIMIT_U);
}
