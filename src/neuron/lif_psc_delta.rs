//! Leaky integrate-and-fire neuron with delta synapses: an arriving spike moves the potential by its weight.
//!
//! tau_m dV/dt = -(V - E_L) + R I_e; at an arrival V += w; V >= V_th: spike, V = V_reset, held for t_ref (arrivals in that time are
//! lost). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update order of NEST's
//! `iaf_psc_delta`: leak, input, threshold. Twin: `shaders/neuron/lif_psc_delta.wgsl`.

use pulp::Simd;

use super::fixed_point::MAX_INCREMENT;
use super::lif::Constants;
use super::parameters::{Parameter, ParameterRange, optional, required};
use super::vector::{VECTORS, Watch, Wide, clamp, integrate, nowhere};

/// Parameters, named as in NEST's `iaf_psc_delta`. The capacitance matters only where there is a current.
pub(super) const PARAMETERS: [Parameter; 7] = [
    required("tau_m_ms", ParameterRange::Positive),
    optional("c_m_pf", ParameterRange::Positive, 1.0),
    required("e_l_mv", ParameterRange::Any),
    required("v_th_mv", ParameterRange::Any),
    required("v_reset_mv", ParameterRange::Any),
    required("t_ref_ms", ParameterRange::NotNegative),
    optional("i_e_pa", ParameterRange::Any, 0.0),
];

/// Advances neurons by one step. `input` is the synaptic input of the step, `rounding` the step's offset; tells where neurons spiked.
#[inline(always)]
pub fn step<S: Simd>(
    simd: S,
    c: &Constants,
    rounding: S::u32s,
    watch: &mut Watch<S>,
    v: &mut Wide<S>,
    input: &Wide<S>,
) -> [S::m32s; VECTORS] {
    let mut fired = [nowhere(simd); VECTORS];
    for k in 0..VECTORS {
        let (mut increment, mut beyond) = (input[k], nowhere(simd));
        if c.input_shift > 0 {
            // What may arrive in a step passes a potential's range.
            let limit = MAX_INCREMENT >> c.input_shift;
            let held = clamp(simd, increment, -limit, limit);
            beyond = simd.not_m32s(simd.equal_u32s(held, increment));
            increment = simd.wrapping_dyn_shl_u32s(held, simd.splat_u32s(c.input_shift));
        }
        fired[k] = integrate(simd, c, watch, rounding, &mut v[k], increment, beyond);
    }
    fired
}
