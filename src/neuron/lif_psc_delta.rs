//! Leaky integrate-and-fire neuron with delta synapses: an arriving spike moves the potential by its weight.
//!
//! tau_m dV/dt = -(V - E_L) + R I_e; at an arrival V += w; V >= V_th: spike, V = V_reset, held for t_ref (arrivals in that time are
//! lost). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update order of NEST's
//! `iaf_psc_delta`: leak, input, threshold. Twin: `shaders/neuron/lif_psc_delta.wgsl`.

use super::fixed_point::{MAX_INCREMENT, REFRACTORY, scale};
use super::{BLOCK, Constants};

/// Advances a block by one step. `input` is the synaptic input of the step, `fired` receives 1 where a neuron spiked.
#[inline(always)]
pub fn step(c: &Constants, v: &mut [i32; BLOCK], input: &[i32; BLOCK], fired: &mut [u32; BLOCK]) {
    let limit = MAX_INCREMENT >> c.input_shift;
    let after_spike = if c.refractory_steps > 0 { REFRACTORY + c.refractory_steps as i32 } else { c.reset };
    for i in 0..BLOCK {
        let old = v[i];
        let increment = input[i].clamp(-limit, limit) << c.input_shift;
        let integrated = (old - scale(old, c.leak)).wrapping_add(increment).max(-REFRACTORY);
        let held = if old == REFRACTORY + 1 { c.reset } else { old.wrapping_sub(1) };
        let refractory = old > REFRACTORY;
        let spike = !refractory & (integrated >= c.threshold);
        let free = if spike { after_spike } else { integrated };
        v[i] = if refractory { held } else { free };
        fired[i] = u32::from(spike);
    }
}
