// Leak, saturation, refractoriness and threshold of one leaky integrate-and-fire neuron; twin of `LifConstants::integrate`.

fn scale_word(x: i32, factor: u32) -> i32 {
    return scale(vec4<i32>(x), factor).x;
}

fn integrate(n: ptr<function, Neuron>, c: Constants, increment: i32, current: i32) -> bool {
    let most = MAX_INCREMENT;
    let drive = clamp(multiply(current, c.current_gain, c.current_shift), -most, most) + c.drift;
    let old = (*n).v;
    let refractory = old > REFRACTORY;
    let potential = select(old, 0, refractory);
    let driven = clamp(clamp(increment, -most, most) + drive, -most, most);
    let integrated = max(potential - scale_word(potential, c.leak) + driven, -REFRACTORY);
    let spike = !refractory && integrated >= c.threshold;
    let held = select(old - 1, c.reset, old == REFRACTORY + 1);
    (*n).v = select(select(integrated, c.after_spike, spike), held, refractory);
    return spike;
}
