// Independent Poisson trains; see src/neuron/sources.rs. How many spikes there are is found where they are listed.
// import shared/ranges

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    return select(0u, SPIKE, input.excitatory > 0);
}
