// Leaky integrate-and-fire neuron with exponential synaptic currents, four neurons at once; equations in
// src/neuron/lif_psc_exp.rs.
// import shared/integrate_four, shared/vector

override currents: u32 = 1u;

// Notes where a current has left its range.
fn watch_current(n: ptr<function, Neurons>, current: vec4<i32>) {
    (*n).watch |= vec4<u32>(current + vec4<i32>(MAX_CURRENT));
}

// Advances by one step; true where a neuron crossed threshold. Gains are below a half and currents below 2^30, so that two channels
// and the potential cannot wrap.
fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {
    let rounding = rounding_of(step);
    let syn0 = (*n).syn0;
    watch_current(n, syn0);
    var drive = scale(syn0, p.syn_gain0, rounding);
    (*n).syn0 = scale(syn0, p.syn_kept0, rounding) + input0;
    if (currents == 2u) {
        let syn1 = (*n).syn1;
        watch_current(n, syn1);
        drive += scale(syn1, p.syn_gain1, rounding);
        (*n).syn1 = scale(syn1, p.syn_kept1, rounding) + input1;
    }
    return integrate(n, p, (*n).v, drive, vec4<bool>(false), rounding);
}
