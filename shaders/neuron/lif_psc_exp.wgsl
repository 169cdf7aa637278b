// Leaky integrate-and-fire neuron with exponential synaptic currents, four neurons at once; equations in
// src/neuron/lif_psc_exp.rs.

override currents: u32 = 1u;

// Advances by one step; true where a neuron crossed threshold.
fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {
    let most = vec4<i32>(MAX_INCREMENT);
    let syn0 = (*n).syn0;
    var drive = clamp(scale(syn0, p.syn_gain0), -most, most);
    (*n).syn0 = syn0 - scale(syn0, p.syn_leak0) + input0;
    if (currents == 2u) {
        let syn1 = (*n).syn1;
        drive += clamp(scale(syn1, p.syn_gain1), -most, most);
        (*n).syn1 = syn1 - scale(syn1, p.syn_leak1) + input1;
    }
    return integrate(n, p, (*n).v, clamp(drive, -most, most));
}
