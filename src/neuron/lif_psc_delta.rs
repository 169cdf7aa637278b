//! Leaky integrate-and-fire neuron with delta synapses: an arriving spike moves the potential by its weight.
//!
//! tau_m dV/dt = -(V - E_L) + R I_e; at an arrival V += w; V >= V_th: spike, V = V_reset, held for t_ref (arrivals in that time are
//! lost). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update order of NEST's
//! `iaf_psc_delta`: leak, input, threshold. Twin: `shaders/neuron/lif_psc_delta.wgsl`.

use super::fixed_point::MAX_INCREMENT;
use super::{Constants, Lanes, integrate};

/// Advances neurons by one step. `input` is the synaptic input of the step; 1 where a neuron spiked.
#[inline(always)]
pub fn step(c: &Constants, v: &mut Lanes<i32>, input: &Lanes<i32>) -> Lanes<u32> {
    let limit = MAX_INCREMENT >> c.input_shift;
    integrate(c, v, &input.map(|x| x.clamp(-limit, limit) << c.input_shift))
}
