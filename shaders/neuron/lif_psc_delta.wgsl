// Leaky integrate-and-fire neuron with delta synapses, four neurons at once; equations in src/neuron/lif_psc_delta.rs.

override currents: u32 = 0u;

// Advances by one step; true where a neuron crossed threshold.
fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {
    let old = (*n).v;
    let limit = vec4<i32>(MAX_INCREMENT >> p.input_shift);
    let increment = clamp(input0, -limit, limit) << vec4<u32>(p.input_shift);
    return integrate(n, p, old, increment);
}
