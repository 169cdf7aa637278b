// Leaky integrate-and-fire neuron with delta synapses, one at a time; twin of `LifPscDelta` in src/neuron/scalar.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    let limit = MAX_INCREMENT >> c.input_shift;
    return integrate(n, c, clamp(input.excitatory + input.inhibitory, -limit, limit) << c.input_shift, input.current);
}
