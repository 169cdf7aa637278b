// Leaky integrate-and-fire neuron with exponential synaptic currents, one at a time; twin of src/neuron/lif_psc_exp.rs.
// import shared/integrate_one

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let r = input.rounding;
    let i_ex = clamp((*n).i_ex, -MAX_CURRENT, MAX_CURRENT - 1);
    let i_in = clamp((*n).i_in, -MAX_CURRENT, MAX_CURRENT - 1);
    let outcome = select(FAULT_INPUT, 0u, i_ex == (*n).i_ex && i_in == (*n).i_in);
    let drive = scale_word(i_ex, c.syn_gain0, r) + scale_word(i_in, c.syn_gain1, r);
    (*n).i_ex = scale_word(i_ex, c.syn_kept0, r) + input.excitatory;
    (*n).i_in = scale_word(i_in, c.syn_kept1, r) + input.inhibitory;
    return integrate(n, c, drive, false, input, outcome);
}
