//! Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); tau_syn dI/dt = -I; at an arrival I += w; V >= V_th: spike, V = V_reset, held
//! for t_ref (currents go on). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update
//! order of NEST's `iaf_psc_exp`: potential from the currents of the step's start, decay of the currents, arrivals,
//! threshold. Where both time constants are equal one current carries both signs. Twin: `shaders/neuron/lif_psc_exp.wgsl`.

use std::sync::LazyLock;

use pulp::Simd;

use super::fault::Fault;
use super::fixed_point::{MAX_CURRENT, scale, scale_wide};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words_of};
use super::lif::{
    CURRENT_PARAMETERS, Constants, LifConstants, LifParameters, RESET, Response, current_scales, propagator_mv_per_pa,
};
use super::model::{About, NeuronModel, VectorForm, WeightUnit};
use super::parameters::{PopulationValues, Values};
use super::scales::{InputBound, Scales, peak};
use super::vector::{VECTORS, Watch, Wide, WideState, integrate, nowhere};

/// The model.
#[derive(Debug)]
pub struct LifPscExp;

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("i_ex", "i_syn_ex_pa", Unit::Input),
        Variable::given("i_in", "i_syn_in_pa", Unit::Input),
    ],
    constants: LifConstants::members(),
});

fn derived(p: &LifParameters, dt_ms: f64, scales: &Scales) -> Constants {
    Constants::of(p, dt_ms, scales).with_currents(p, dt_ms, scales)
}

impl NeuronModel for LifPscExp {
    fn about(&self) -> About<'_> {
        About {
            name: "lif_psc_exp",
            parameters: &CURRENT_PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Pa,
            shader: include_str!("../../shaders/neuron/lif_psc_exp.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        let p = LifParameters::of(n);
        words_of(&LifConstants::of(&derived(&p, dt_ms, scales), &p, dt_ms, scales, current_bits))
    }

    fn scales(&self, population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
        current_scales(population, bound, |p| {
            [p.tau_syn_ex_ms, p.tau_syn_in_ms].map(|tau| Response {
                gain: propagator_mv_per_pa(p, tau, dt_ms),
                peak: peak(p.tau_m_ms, tau) / p.c_m_pf,
                ever: bound.for_ever(dt_ms, tau),
            })
        })
    }

    fn origin_mv(&self, typical: Values<'_>) -> f64 {
        LifParameters::of(typical).origin_mv()
    }

    fn coded_reset(&self) -> Option<usize> {
        Some(RESET)
    }

    fn mean_current_pa(&self, n: Values<'_>, weight: f64) -> Option<f64> {
        Some(weight * n.get(if weight >= 0.0 { "tau_syn_ex_ms" } else { "tau_syn_in_ms" }))
    }

    fn vector(&self) -> Option<VectorForm> {
        let shader = include_str!("../../shaders/neuron/vector/lif_psc_exp.wgsl");
        let constants = |n: Values<'_>, dt_ms: f64, scales: &Scales| derived(&LifParameters::of(n), dt_ms, scales);
        Some(VectorForm { shader, has_currents: true, constants })
    }
}

impl Scalar for LifPscExp {
    type Word = i32;
    type State = [i32; 3];
    type Constants = LifConstants;

    #[inline(always)]
    fn step(n: &mut [i32; 3], c: &LifConstants, input: Input<i32>) -> u32 {
        let held = |x: i32| x.clamp(-MAX_CURRENT, MAX_CURRENT - 1);
        let fits = held(n[1]) == n[1] && held(n[2]) == n[2];
        let (i_ex, i_in) = (held(n[1]), held(n[2]));
        let drive = scale(i_ex, c.syn_gain0, input.rounding) + scale(i_in, c.syn_gain1, input.rounding);
        n[1] = scale(i_ex, c.syn_kept0, input.rounding) + input.excitatory;
        n[2] = scale(i_in, c.syn_kept1, input.rounding) + input.inhibitory;
        c.integrate(&mut n[0], drive, false, input, Fault::Input.unless(fits))
    }
}

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
