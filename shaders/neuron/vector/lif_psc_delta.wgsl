// Leaky integrate-and-fire neuron with delta synapses, four neurons at once; equations in src/neuron/lif_psc_delta.rs.
// import shared/integrate_four, shared/vector

override currents: u32 = 0u;

// Advances by one step; true where a neuron crossed threshold.
fn advance(n: ptr<function, Neurons>, p: Population, input0: vec4<i32>, input1: vec4<i32>, step: u32, neuron: u32) -> vec4<bool> {
    let limit = vec4<i32>(MAX_INCREMENT >> p.input_shift);
    let held = clamp(input0, -limit, limit);
    return integrate(n, p, (*n).v, held << vec4<u32>(p.input_shift), held != input0, rounding_of(step));
}
