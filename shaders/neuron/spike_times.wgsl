// Spikes at the times of a list, which stand where other models have their current; see src/neuron/sources.rs.

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool {
    return input.current != 0;
}
