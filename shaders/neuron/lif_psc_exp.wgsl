// Leaky integrate-and-fire neuron with exponential synaptic currents, one at a time; twin of src/neuron/lif_psc_exp.rs.
// import shared/integrate_one

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let r = input.rounding;
    let i_ex = clamp((*n).i_ex, -MAX_CURRENT, MAX_CURRENT - 1);
    let i_in = clamp((*n).i_in, -MAX_CURRENT, MAX_CURRENT - 1);
    let outcome = select(FAULT_INPUT, 0u, i_ex == (*n).i_ex && i_in == (*n).i_in);
    let drive = scale_word(i_ex, c.syn_gain0, r) + scale_word(i_in, c.syn_gain1, r);
    // Bit 0 of the switches: currents stand still while refractory, and arrivals are lost; bit 1: a spike takes them away.
    let frozen = (c.switches & 1u) != 0u && (*n).v > REFRACTORY;
    (*n).i_ex = select(scale_word(i_ex, c.syn_kept0, r) + input.excitatory, (*n).i_ex, frozen);
    (*n).i_in = select(scale_word(i_in, c.syn_kept1, r) + input.inhibitory, (*n).i_in, frozen);
    let all = integrate(n, c, drive, false, input, outcome);
    if ((c.switches & 2u) != 0u && (all & SPIKE) != 0u) {
        (*n).i_ex = 0;
        (*n).i_in = 0;
    }
    return all;
}
