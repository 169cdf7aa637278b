// Spikes at the times of a list, which stand where other models have their current; see src/neuron/sources.rs.
// import shared/ranges

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    return select(0u, SPIKE, input.current != 0);
}
