// Leak, saturation, refractoriness and threshold, common to the leaky integrate-and-fire models.

// Four neurons: potential (or refractory code) and synaptic currents.
struct Neurons {
    v: vec4<i32>,
    syn0: vec4<i32>,
    syn1: vec4<i32>,
}

fn integrate(n: ptr<function, Neurons>, p: Population, old: vec4<i32>, increment: vec4<i32>) -> vec4<bool> {
    let refractory = old > vec4<i32>(REFRACTORY);
    // A refractory code is no potential; scaling zero instead keeps every intermediate in range.
    let potential = select(old, vec4<i32>(0), refractory);
    let integrated = max(potential - scale(potential, p.leak) + increment, vec4<i32>(-REFRACTORY));
    let held = select(old - vec4<i32>(1), vec4<i32>(p.reset), old == vec4<i32>(REFRACTORY + 1));
    let spike = (integrated >= vec4<i32>(p.threshold)) & !refractory;
    let after_spike = select(p.reset, REFRACTORY + i32(p.refractory_steps), p.refractory_steps > 0u);
    let free = select(integrated, vec4<i32>(after_spike), spike);
    (*n).v = select(free, held, refractory);
    return spike;
}
