// Leak, refractoriness and threshold, common to the leaky integrate-and-fire models.

// Four neurons: potential (or refractory code), synaptic currents, and what went wrong.
struct Neurons {
    v: vec4<i32>,
    syn0: vec4<i32>,
    syn1: vec4<i32>,
    faults: vec4<u32>,
}

// `beyond` is where more arrives than the increment says.
fn integrate(n: ptr<function, Neurons>, p: Population, old: vec4<i32>, increment: vec4<i32>, beyond: vec4<bool>, rounding: u32) -> vec4<bool> {
    let refractory = old > vec4<i32>(REFRACTORY);
    // A refractory code is no potential; scaling zero instead keeps every intermediate in range.
    let potential = select(old, vec4<i32>(0), refractory);
    let integrated = scale(potential, p.kept, rounding) + increment;
    let held = select(old - vec4<i32>(1), vec4<i32>(p.reset), old == vec4<i32>(REFRACTORY + 1));
    let above = integrated >= vec4<i32>(p.threshold);
    let spike = above & !refractory;
    let outside = !above & !refractory & ((integrated < vec4<i32>(-REFRACTORY)) | beyond);
    (*n).faults |= select(vec4<u32>(0u), vec4<u32>(FAULT_POTENTIAL), outside);
    if (p.threshold == REFRACTORY) {
        (*n).faults |= select(vec4<u32>(0u), vec4<u32>(FAULT_THRESHOLD), spike);
    }
    let after_spike = select(p.reset, REFRACTORY + i32(p.refractory_steps), p.refractory_steps > 0u);
    let free = select(integrated, vec4<i32>(after_spike), spike);
    (*n).v = select(free, held, refractory);
    return spike;
}
