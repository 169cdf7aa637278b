//! Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); tau_syn dI/dt = -I; at an arrival I += w; V >= V_th: spike, V = V_reset, held
//! for t_ref (currents go on). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update
//! order of NEST's `iaf_psc_exp`: potential from the currents of the step's start, decay of the currents, arrivals,
//! threshold. Where both time constants are equal one current carries both signs. Twin: `shaders/neuron/lif_psc_exp.wgsl`.

use super::fixed_point::{MAX_INCREMENT, scale};
use super::{Constants, LANES, Lanes, LanesState, integrate};

/// Advances neurons by one step. `CURRENTS` is 2 where excitation and inhibition decay differently, else 1; `input` is the synaptic
/// input of the step per channel; 1 where a neuron spiked.
#[inline(always)]
pub fn step<const CURRENTS: usize>(c: &Constants, state: &mut LanesState, input: &[Lanes<i32>; 2]) -> Lanes<u32> {
    let mut drive = [0i32; LANES];
    for (channel, (syn, input)) in state.syn.iter_mut().zip(input).enumerate().take(CURRENTS) {
        for j in 0..LANES {
            // Each channel adds at most half of an i32, so that two of them cannot wrap.
            drive[j] += scale(syn[j], c.syn_gain[channel]).clamp(-MAX_INCREMENT, MAX_INCREMENT);
            syn[j] = syn[j].wrapping_sub(scale(syn[j], c.syn_leak[channel])).wrapping_add(input[j]);
        }
    }
    integrate(c, &mut state.v, &drive.map(|d| d.clamp(-MAX_INCREMENT, MAX_INCREMENT)))
}
