//! Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); tau_syn dI/dt = -I; at an arrival I += w; V >= V_th: spike, V = V_reset, held
//! for t_ref (currents go on). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update
//! order of NEST's `iaf_psc_exp`: potential from the currents of the step's start, decay of the currents, arrivals,
//! threshold. Where both time constants are equal one current carries both signs. Twin: `shaders/neuron/lif_psc_exp.wgsl`.

use super::fixed_point::{MAX_INCREMENT, REFRACTORY, scale};
use super::{BLOCK, BlockState, Constants};

/// Advances a block by one step. `input` is the synaptic input of the step per channel, `fired` receives 1 where a neuron
/// spiked.
#[inline(always)]
pub fn step(c: &Constants, state: &mut BlockState, input: [&[i32; BLOCK]; 2], fired: &mut [u32; BLOCK]) {
    let after_spike = if c.refractory_steps > 0 { REFRACTORY + c.refractory_steps as i32 } else { c.reset };
    let mut drive = [0i32; BLOCK];
    current(c, 0, state.syn0, input[0], &mut drive);
    if let Some(syn1) = state.syn1.as_deref_mut() {
        current(c, 1, syn1, input[1], &mut drive);
    }
    for i in 0..BLOCK {
        let v = state.v[i];
        let increment = drive[i].clamp(-MAX_INCREMENT, MAX_INCREMENT);
        let integrated = (v - scale(v, c.leak)).wrapping_add(increment).max(-REFRACTORY);
        let held = if v == REFRACTORY + 1 { c.reset } else { v.wrapping_sub(1) };
        let refractory = v > REFRACTORY;
        let spike = !refractory & (integrated >= c.threshold);
        let free = if spike { after_spike } else { integrated };
        state.v[i] = if refractory { held } else { free };
        fired[i] = u32::from(spike);
    }
}

/// Adds a channel's contribution to the potential, then decays its current and adds the arrivals.
#[inline(always)]
fn current(c: &Constants, channel: usize, syn: &mut [i32; BLOCK], input: &[i32; BLOCK], drive: &mut [i32; BLOCK]) {
    for i in 0..BLOCK {
        // Each channel adds at most half of an i32, so that two of them cannot wrap.
        drive[i] += scale(syn[i], c.syn_gain[channel]).clamp(-MAX_INCREMENT, MAX_INCREMENT);
        syn[i] = syn[i].wrapping_sub(scale(syn[i], c.syn_leak[channel])).wrapping_add(input[i]);
    }
}
