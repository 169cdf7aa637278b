// Leak, refractoriness and threshold, common to the leaky integrate-and-fire models.
// import shared/ranges, shared/tables

// Four neurons: potential (or refractory code), synaptic currents, and what was seen of them: the highest bit is set where a current has
// left its range, and the lowest potential.
struct Neurons {
    v: vec4<i32>,
    syn0: vec4<i32>,
    syn1: vec4<i32>,
    watch: vec4<u32>,
    lowest: vec4<i32>,
}

// `beyond` is where more arrives than the increment says.
fn integrate(n: ptr<function, Neurons>, p: Population, old: vec4<i32>, increment: vec4<i32>, beyond: vec4<bool>, rounding: u32) -> vec4<bool> {
    let refractory = old > vec4<i32>(REFRACTORY);
    // A refractory code is no potential; scaling zero instead keeps every intermediate in range.
    let potential = select(old, vec4<i32>(0), refractory);
    let integrated = scale(potential, p.kept, rounding) + increment;
    let held = select(old - vec4<i32>(1), vec4<i32>(p.reset), old == vec4<i32>(REFRACTORY + 1));
    let above = integrated >= vec4<i32>(p.threshold);
    let after_spike = select(p.reset, REFRACTORY + i32(p.refractory_steps), p.refractory_steps > 0u);
    let free = select(integrated, vec4<i32>(after_spike), above);
    (*n).v = select(free, held, refractory);
    (*n).lowest = min((*n).lowest, select((*n).v, vec4<i32>(-REFRACTORY - 1), beyond & !above & !refractory));
    return above & !refractory;
}

// Moves potentials by a stimulus, but of those that have just fired or are refractory; those that are `freed` never are for longer.
fn jump(n: ptr<function, Neurons>, p: Population, freed: vec4<bool>, by: vec4<i32>) {
    let refractory = (*n).v > vec4<i32>(REFRACTORY);
    let held = select((*n).v, vec4<i32>(p.reset), freed);
    let moved = clamp(select((*n).v, vec4<i32>(0), refractory) + by, vec4<i32>(-REFRACTORY), vec4<i32>(REFRACTORY));
    (*n).v = select(moved, held, refractory);
}

// What has gone wrong in a batch; `fired` has a bit for every spike.
fn faults_of(n: Neurons, p: Population, fired: vec4<u32>) -> vec4<u32> {
    let current = (n.watch >> vec4<u32>(31u)) * FAULT_INPUT;
    let potential = select(vec4<u32>(0u), vec4<u32>(FAULT_POTENTIAL), n.lowest < vec4<i32>(-REFRACTORY));
    let threshold = select(0u, FAULT_THRESHOLD, p.threshold == REFRACTORY);
    return current | potential | select(vec4<u32>(0u), vec4<u32>(threshold), fired != vec4<u32>(0u));
}
