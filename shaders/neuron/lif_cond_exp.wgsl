// Leaky integrate-and-fire neuron with exponential synaptic conductances; equations in src/neuron/lif_cond_exp.rs.

const RATE_BITS: u32 = 28u;
// A sixth, 2^-31.
const SIXTH: i32 = 357913941;

// Rate and drive of the membrane under some conductances: dV = drive - rate V.
fn slope(c: Constants, g_ex: i32, g_in: i32, current: i32) -> vec2<i32> {
    let rate = min(c.leak + multiply(g_ex, c.rate, c.rate_shift) + multiply(g_in, c.rate, c.rate_shift), 1 << 29u);
    let drive = multiply(g_ex, c.drive_ex, c.drive_ex_shift) + multiply(g_in, c.drive_in, c.drive_in_shift);
    return vec2<i32>(rate, drive + c.drift + current);
}

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let v = (*n).v;
    let current = clamp(multiply(input.current, c.current_gain, c.current_shift), -(1 << 25u), 1 << 25u);
    let half_ex = multiply((*n).g_ex, c.half_ex, 31u);
    let whole_ex = multiply((*n).g_ex, c.whole_ex, 31u);
    let half_in = multiply((*n).g_in, c.half_in, 31u);
    let whole_in = multiply((*n).g_in, c.whole_in, 31u);
    let first = slope(c, (*n).g_ex, (*n).g_in, current);
    let middle = slope(c, half_ex, half_in, current);
    let last = slope(c, whole_ex, whole_in, current);
    let k1 = first.y - multiply(first.x, v, RATE_BITS);
    let k2 = middle.y - multiply(middle.x, v + (k1 >> 1u), RATE_BITS);
    let k3 = middle.y - multiply(middle.x, v + (k2 >> 1u), RATE_BITS);
    let k4 = last.y - multiply(last.x, v + k3, RATE_BITS);
    let moved = clamp(v + multiply(k1 + 2 * (k2 + k3) + k4, SIXTH, 31u), -c.limit, c.limit);
    (*n).g_ex = clamp(whole_ex + input.excitatory, 0, c.g_limit);
    (*n).g_in = clamp(whole_in - input.inhibitory, 0, c.g_limit);
    let held = (*n).refractory > 0;
    let spike = !held && moved >= c.threshold;
    (*n).v = select(moved, c.reset, held || spike);
    (*n).refractory = select(max((*n).refractory - 1, 0), c.refractory_steps, spike);
    return spike;
}
