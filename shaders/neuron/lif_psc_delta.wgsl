// Leaky integrate-and-fire neuron with delta synapses, one at a time; twin of src/neuron/lif_psc_delta.rs.
// import shared/integrate_one

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let limit = MAX_INCREMENT >> c.input_shift;
    let arriving = input.excitatory + input.inhibitory;
    let held = clamp(arriving, -limit, limit);
    return integrate(n, c, held << c.input_shift, held != arriving, input, 0u);
}
