// Leaky integrate-and-fire neuron with exponential synaptic currents, four neurons at once; equations in
// src/neuron/lif_psc_exp.rs.
// import shared/integrate_four, shared/vector

override currents: u32 = 1u;
// Whether a spike may do something to currents: bit 0 of a population's switches has them stand still while refractory,
// and arrivals are lost; bit 1 has the spike take them away.
override switched: bool = false;

// Notes where a current has left its range.
fn watch_current(n: ptr<function, Neurons>, current: vec4<i32>) {
    (*n).watch |= vec4<u32>(current + vec4<i32>(MAX_CURRENT));
}

// A current after a step.
fn next_of(current: vec4<i32>, kept: u32, rounding: u32, input: vec4<i32>, frozen: vec4<bool>) -> vec4<i32> {
    let next = scale(current, kept, rounding) + input;
    return select(next, current, frozen & vec4<bool>(switched));
}

// Advances by one step; true where a neuron crossed threshold. Gains are below a half and currents below 2^30, so that two channels
// and the potential cannot wrap.
fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {
    let rounding = rounding_of(step);
    let frozen = vec4<bool>(switched && (p.switches & 1u) != 0u) & ((*n).v > vec4<i32>(REFRACTORY));
    let syn0 = (*n).syn0;
    watch_current(n, syn0);
    var drive = scale(syn0, p.syn_gain0, rounding);
    (*n).syn0 = next_of(syn0, p.syn_kept0, rounding, input0, frozen);
    if (currents == 2u) {
        let syn1 = (*n).syn1;
        watch_current(n, syn1);
        drive += scale(syn1, p.syn_gain1, rounding);
        (*n).syn1 = next_of(syn1, p.syn_kept1, rounding, input1, frozen);
    }
    let fired = integrate(n, p, (*n).v, drive, vec4<bool>(false), rounding);
    if (switched && (p.switches & 2u) != 0u) {
        (*n).syn0 = select((*n).syn0, vec4<i32>(0), fired);
        (*n).syn1 = select((*n).syn1, vec4<i32>(0), fired);
    }
    return fired;
}
