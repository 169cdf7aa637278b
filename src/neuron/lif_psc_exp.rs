//! Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); tau_syn dI/dt = -I; at an arrival I += w; V >= V_th: spike, V = V_reset, held
//! for t_ref (currents go on). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update
//! order of NEST's `iaf_psc_exp`: potential from the currents of the step's start, decay of the currents, arrivals,
//! threshold. Where both time constants are equal one current carries both signs. Twin: `shaders/neuron/lif_psc_exp.wgsl`.

use pulp::Simd;

use super::fixed_point::scale_wide;
use super::lif::Constants;
use super::parameters::{Parameter, ParameterRange, optional, required};
use super::vector::{VECTORS, Watch, Wide, WideState, integrate, nowhere};

/// Parameters, named as in NEST's `iaf_psc_exp`.
pub(super) const PARAMETERS: [Parameter; 9] = [
    required("tau_m_ms", ParameterRange::Positive),
    required("c_m_pf", ParameterRange::Positive),
    required("e_l_mv", ParameterRange::Any),
    required("v_th_mv", ParameterRange::Any),
    required("v_reset_mv", ParameterRange::Any),
    required("t_ref_ms", ParameterRange::NotNegative),
    required("tau_syn_ex_ms", ParameterRange::Positive),
    required("tau_syn_in_ms", ParameterRange::Positive),
    optional("i_e_pa", ParameterRange::Any, 0.0),
];

/// Advances neurons by one step. `CURRENTS` is 2 where excitation and inhibition decay differently, else 1; `input` is the synaptic
/// input of the step per channel, `rounding` the step's offset; tells where neurons spiked.
#[inline(always)]
pub fn step<S: Simd, const CURRENTS: usize>(
    simd: S,
    c: &Constants,
    rounding: S::u32s,
    watch: &mut Watch<S>,
    state: &mut WideState<S>,
    input: &[Wide<S>; 2],
) -> [S::m32s; VECTORS] {
    let mut fired = [nowhere(simd); VECTORS];
    for k in 0..VECTORS {
        let mut drive = simd.splat_u32s(0);
        for channel in 0..CURRENTS {
            let syn = &mut state.syn[channel][k];
            watch.current(simd, *syn);
            // Gains are below a half and currents below 2^30, so that two channels and the potential cannot wrap.
            drive = simd.add_u32s(drive, scale_wide(simd, *syn, simd.splat_u32s(c.syn_gain[channel]), rounding));
            let left = scale_wide(simd, *syn, simd.splat_u32s(c.syn_kept[channel]), rounding);
            *syn = simd.add_u32s(left, input[channel][k]);
        }
        fired[k] = integrate(simd, c, watch, rounding, &mut state.v[k], drive, nowhere(simd));
    }
    fired
}
