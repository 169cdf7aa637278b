// Independent Poisson trains; see src/neuron/sources.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    return input.excitatory > 0;
}
