// Leaky integrate-and-fire neuron with exponential synaptic conductances; equations in src/neuron/lif_cond_exp.rs.
// import shared/ranges, shared/multiply

// written: lif_cond_exp
const RATE_BITS = 28;
const LIMIT = 268435456;
const SIXTH = 357913941;
const THIRD = 715827883;
// end

// A slope held within the range in which no sum of slopes wraps.
fn held(x: i32) -> i32 {
    return clamp(x, -2 * LIMIT, 2 * LIMIT);
}

// Rate and drive of the membrane under some conductances: dV = drive - rate V.
fn slope(c: Constants, g_ex: i32, g_in: i32, current: i32, r: u32) -> vec2<i32> {
    let leak = c.leak + i32((c.leak_part + another(r)) >> 31u);
    let rate = leak + multiply(g_ex, c.rate, c.rate_shift, r) + multiply(g_in, c.rate, c.rate_shift, r);
    let drive = multiply(g_ex, c.drive_ex, c.drive_ex_shift, r) + multiply(g_in, c.drive_in, c.drive_in_shift, r);
    return vec2<i32>(rate, drive + current);
}

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let v = (*n).v;
    let r = input.rounding;
    let drift = c.drift + i32((c.drift_part + r) >> 31u);
    let flowing = clamp(multiply_held(input.current, c.current_gain, c.current_shift, r), -LIMIT, LIMIT);
    let current = clamp(flowing + drift, -LIMIT, LIMIT);
    let half_ex = multiply((*n).g_ex, c.half_ex, 31u, r);
    let whole_ex = multiply((*n).g_ex, c.whole_ex, 31u, r);
    let half_in = multiply((*n).g_in, c.half_in, 31u, r);
    let whole_in = multiply((*n).g_in, c.whole_in, 31u, r);
    let first = slope(c, (*n).g_ex, (*n).g_in, current, r);
    let middle = slope(c, half_ex, half_in, current, r);
    let last = slope(c, whole_ex, whole_in, current, r);
    let k1 = held(first.y - multiply_held(first.x, v, RATE_BITS, r));
    let k2 = held(middle.y - multiply_held(middle.x, v + (k1 >> 1u), RATE_BITS, r));
    let k3 = held(middle.y - multiply_held(middle.x, v + (k2 >> 1u), RATE_BITS, r));
    let k4 = held(last.y - multiply_held(last.x, v + k3, RATE_BITS, r));
    let other = another(r);
    let moved = v + multiply(k1 + k4, SIXTH, 31u, other) + multiply(k2 + k3, THIRD, 31u, other);
    let arrived_ex = whole_ex + input.excitatory;
    let arrived_in = whole_in - input.inhibitory;
    (*n).g_ex = clamp(arrived_ex, 0, c.g_limit);
    (*n).g_in = clamp(arrived_in, 0, c.g_limit);
    var outcome = select(FAULT_INPUT, 0u, arrived_ex <= c.g_limit && arrived_in <= c.g_limit);
    let refractory = (*n).refractory > 0;
    let spike = !refractory && moved >= c.threshold;
    if (spike) {
        outcome |= SPIKE | select(0u, FAULT_THRESHOLD, c.threshold >= LIMIT);
    }
    if (!refractory && moved < -LIMIT) {
        outcome |= FAULT_POTENTIAL;
    }
    (*n).v = select(max(moved, -LIMIT), c.reset, refractory || spike);
    (*n).refractory = select(max((*n).refractory - 1, 0), c.refractory_steps, spike);
    return outcome;
}
