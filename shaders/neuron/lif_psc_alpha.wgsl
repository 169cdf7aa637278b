// Leaky integrate-and-fire neuron with alpha-shaped synaptic currents; twin of src/neuron/lif_psc_alpha.rs.
// import shared/integrate_one

fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> u32 {
    let r = input.rounding;
    let currents = vec4<i32>((*n).i_ex, (*n).i_in, (*n).drive_ex, (*n).drive_in);
    let held = clamp(currents, vec4<i32>(-MAX_CURRENT), vec4<i32>(MAX_CURRENT - 1));
    let outcome = select(FAULT_INPUT, 0u, all(held == currents));
    let ex = scale(held, c.syn_kept0, r);
    let inh = scale(held, c.syn_kept1, r);
    let gained = scale_word(held.x, c.syn_gain0, r) + scale_word(held.y, c.syn_gain1, r)
        + scale_word(held.z, c.drive_gain0, r) + scale_word(held.w, c.drive_gain1, r);
    (*n).i_ex = ex.x + multiply(held.z, c.rise0, c.rise0_shift, r);
    (*n).i_in = inh.y + multiply(held.w, c.rise1, c.rise1_shift, r);
    (*n).drive_ex = ex.z + input.excitatory;
    (*n).drive_in = inh.w + input.inhibitory;
    return integrate(n, c, gained, false, input, outcome);
}
