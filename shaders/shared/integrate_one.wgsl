// Leak, refractoriness and threshold of one leaky integrate-and-fire neuron; twin of `LifConstants::integrate`.
// import shared/ranges, shared/multiply

fn scale_word(x: i32, factor: u32, rounding: u32) -> i32 {
    return scale(vec4<i32>(x), factor, rounding).x;
}

// `beyond` tells that more arrives than `increment` says, `outcome` what else has gone wrong.
fn integrate(n: ptr<function, Neuron>, c: Constants, increment: i32, beyond: bool, input: Input, outcome: u32) -> u32 {
    let most = MAX_INCREMENT;
    let current = clamp(multiply_held(input.current, c.current_gain, c.current_shift, input.rounding), -most, most);
    let drift = c.drift + i32((c.drift_part + input.rounding) >> 31u);
    let drive = clamp(current + drift, -most, most);
    let driven = clamp(increment + drive, -most, most);
    let outside = beyond || drive != current + drift || driven != increment + drive;
    let old = (*n).v;
    if (old > REFRACTORY) {
        (*n).v = select(old - 1, c.reset, old == REFRACTORY + 1);
        return outcome;
    }
    let integrated = scale_word(old, c.kept, input.rounding) + driven;
    if (integrated >= c.threshold) {
        (*n).v = c.after_spike;
        return outcome | SPIKE | select(0u, FAULT_THRESHOLD, c.threshold >= REFRACTORY);
    }
    (*n).v = max(integrated, -REFRACTORY);
    return outcome | select(0u, FAULT_POTENTIAL, integrated < -REFRACTORY || outside);
}
