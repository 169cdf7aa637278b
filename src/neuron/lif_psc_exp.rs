//! Leaky integrate-and-fire neuron with exponentially decaying synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); tau_syn dI/dt = -I; at an arrival I += w; V >= V_th: spike, V = V_reset, held
//! for t_ref. Currents go on meanwhile, or stand still (`synapses_while_refractory = "frozen"`), and what arrives is lost, as Brian2 has it
//! where a variable is marked "(unless refractory)"; a spike may take them away (`reset_synapses = true`), with what arrives in its step: both
//! as in the model of the fly's brain by Shiu et al. 2024 (doi:10.1038/s41586-024-07763-9). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update
//! order of NEST's `iaf_psc_exp`: potential from the currents of the step's start, decay of the currents, arrivals,
//! threshold. Where both time constants are equal one current rounding both signs. Twin: `shaders/neuron/lif_psc_exp.wgsl`.

use std::sync::LazyLock;

use pulp::Simd;

use super::fault::{Fault, SPIKE};
use super::fixed_point::{HALF, MAX_CURRENT, REFRACTORY, WideRounding, scale, scale_wide, scale_wide_on_one_side};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words, words_of};
use super::lif::{
    Constants, LifConstants, LifParameters, RESET, Response, Switches, current_parameters, current_scales, propagator_mv_per_pa,
};
use super::model::{About, NeuronModel, VectorForm, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Role, Values, optional, required};
use super::scales::{InputBound, Scales, peak};
use super::vector::{VECTORS, Watch, Wide, WideState, greater, integrate, larger, nowhere, smaller};

/// The model.
#[derive(Debug)]
pub struct LifPscExp;

static PARAMETERS: [Parameter; 11] = current_parameters![
    optional("synapses_while_refractory", ParameterRange::Word(&["decay", "frozen"]), 0.0),
    optional("reset_synapses", ParameterRange::Flag, 0.0)
];

words! {
    /// Constants of a neuron that is stepped on its own.
    pub struct ExpConstants {
        [membrane: LifConstants]
        /// See [`Switches::word`].
        switches: u32,
    }
}

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("i_ex", "i_syn_ex_pa", Unit::Input),
        Variable::given("i_in", "i_syn_in_pa", Unit::Input),
    ],
    constants: ExpConstants::members(),
});

fn derived(p: &LifParameters, dt_ms: f64, scales: &Scales) -> Constants {
    Constants::of(p, dt_ms, scales).with_currents(p, dt_ms, scales)
}

impl NeuronModel for LifPscExp {
    fn about(&self) -> About<'_> {
        About {
            name: "lif_psc_exp",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Pa,
            shader: include_str!("../../shaders/neuron/lif_psc_exp.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        let p = LifParameters::of(n);
        let membrane = LifConstants::of(&derived(&p, dt_ms, scales), &p, dt_ms, scales, current_bits);
        words_of(&ExpConstants { membrane, switches: p.switches.word() })
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
    type Constants = ExpConstants;

    #[inline(always)]
    fn step(n: &mut [i32; 3], c: &ExpConstants, input: Input<i32>) -> u32 {
        let (switches, c) = (Switches::of(c.switches), &c.membrane);
        let held = |x: i32| x.clamp(-MAX_CURRENT, MAX_CURRENT - 1);
        let fits = held(n[1]) == n[1] && held(n[2]) == n[2];
        let (i_ex, i_in) = (held(n[1]), held(n[2]));
        let drive = scale(i_ex, c.syn_gain0, input.rounding) + scale(i_in, c.syn_gain1, input.rounding);
        let frozen = switches.frozen && n[0] > REFRACTORY;
        if !frozen {
            n[1] = scale(i_ex, c.syn_kept0, input.rounding) + input.excitatory;
            n[2] = scale(i_in, c.syn_kept1, input.rounding) + input.inhibitory;
        }
        let outcome = c.integrate(&mut n[0], drive, false, input, Fault::Input.unless(fits));
        if switches.reset && outcome & SPIKE != 0 {
            (n[1], n[2]) = (0, 0);
        }
        outcome
    }
}

/// Advances neurons by one step. `CURRENTS` is 2 where excitation and inhibition decay differently, else 1; `SWITCHED` tells that switches may be on;
/// `input` is the synaptic input of the step per channel, `rounding` is the step's offset; tells where neurons spiked.
#[inline(always)]
pub fn step<S: Simd, const CURRENTS: usize, const SWITCHED: bool>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
    watch: &mut Watch<S>,
    state: &mut WideState<S>,
    input: &[Wide<S>; 2],
) -> [S::m32s; VECTORS] {
    let mut fired = [nowhere(simd); VECTORS];
    // Without a loop, so that every vector has its registers.
    fired[0] = one::<S, CURRENTS, SWITCHED>(simd, c, rounding, watch, state, input, 0);
    fired[1] = one::<S, CURRENTS, SWITCHED>(simd, c, rounding, watch, state, input, 1);
    fired[2] = one::<S, CURRENTS, SWITCHED>(simd, c, rounding, watch, state, input, 2);
    fired[3] = one::<S, CURRENTS, SWITCHED>(simd, c, rounding, watch, state, input, 3);
    fired
}

/// The step of one of the vectors.
#[inline(always)]
fn one<S: Simd, const CURRENTS: usize, const SWITCHED: bool>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
    watch: &mut Watch<S>,
    state: &mut WideState<S>,
    input: &[Wide<S>; 2],
    k: usize,
) -> S::m32s {
    let mut drive = simd.splat_u32s(0);
    let frozen = match SWITCHED && c.switches.frozen {
        true => greater(simd, state.v[k], simd.splat_u32s(REFRACTORY as u32)),
        false => nowhere(simd),
    };
    for channel in 0..CURRENTS {
        let syn = &mut state.syn[channel][k];
        watch.current(simd, *syn);
        drive = simd.add_u32s(drive, gained(simd, *syn, c.syn_gain[channel], rounding));
        let left = scale_wide(simd, *syn, c.syn_kept[channel], rounding);
        let next = simd.add_u32s(left, input[channel][k]);
        *syn = if SWITCHED { simd.select_u32s(frozen, *syn, next) } else { next };
    }
    let fired = integrate(simd, c, watch, rounding, &mut state.v[k], drive, nowhere(simd));
    if SWITCHED && c.switches.reset {
        for channel in 0..CURRENTS {
            let syn = &mut state.syn[channel][k];
            *syn = simd.select_u32s(fired, simd.splat_u32s(0), *syn);
        }
    }
    fired
}

/// The step of neurons none of which is refractory, if none of them fires in it: false, and nothing done, if any would. (No closure may hide
/// vector operations: it would not be compiled for the vector units that its caller is compiled for.) Input is read where it is added.
#[inline(always)]
pub fn quiet_step<S: Simd, const CURRENTS: usize>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
    watch: &mut Watch<S>,
    state: &mut WideState<S>,
    input: [&[S::u32s; VECTORS]; 2],
) -> bool {
    // Longer than a step and a half, as about every time constant is.
    let are_slow = c.kept >= HALF && c.syn_kept.iter().take(CURRENTS).all(|kept| *kept >= HALF);
    match are_slow {
        true => quiet::<S, CURRENTS, true>(simd, c, rounding, watch, state, input),
        false => quiet::<S, CURRENTS, false>(simd, c, rounding, watch, state, input),
    }
}

#[inline(always)]
fn quiet<S: Simd, const CURRENTS: usize, const SLOW: bool>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
    watch: &mut Watch<S>,
    state: &mut WideState<S>,
    input: [&[S::u32s; VECTORS]; 2],
) -> bool {
    let below = simd.splat_u32s((c.threshold - 1) as u32);
    let v = [
        quiet_v::<S, CURRENTS, SLOW>(simd, c, rounding, state, 0),
        quiet_v::<S, CURRENTS, SLOW>(simd, c, rounding, state, 1),
        quiet_v::<S, CURRENTS, SLOW>(simd, c, rounding, state, 2),
        quiet_v::<S, CURRENTS, SLOW>(simd, c, rounding, state, 3),
    ];
    let highest = larger(simd, larger(simd, v[0], v[1]), larger(simd, v[2], v[3]));
    if simd.first_true_m32s(greater(simd, highest, below)) < S::U32_LANES {
        return false;
    }
    state.v.0 = v;
    let lowest = smaller(simd, smaller(simd, v[0], v[1]), smaller(simd, v[2], v[3]));
    watch.potential = simd.or_m32s(watch.potential, greater(simd, simd.splat_u32s(-REFRACTORY as u32), lowest));
    for channel in 0..CURRENTS {
        let kept = c.syn_kept[channel];
        let (syn, input) = (&mut state.syn[channel], input[channel]);
        watch.current(simd, syn[0]);
        watch.current(simd, syn[1]);
        watch.current(simd, syn[2]);
        watch.current(simd, syn[3]);
        syn[0] = simd.add_u32s(decayed::<S, SLOW>(simd, syn[0], kept, rounding), input[0]);
        syn[1] = simd.add_u32s(decayed::<S, SLOW>(simd, syn[1], kept, rounding), input[1]);
        syn[2] = simd.add_u32s(decayed::<S, SLOW>(simd, syn[2], kept, rounding), input[2]);
        syn[3] = simd.add_u32s(decayed::<S, SLOW>(simd, syn[3], kept, rounding), input[3]);
    }
    true
}

/// What is left after a step, `SLOW` if it is at least a half.
#[inline(always)]
fn decayed<S: Simd, const SLOW: bool>(simd: S, x: S::u32s, kept: u32, rounding: &WideRounding<S>) -> S::u32s {
    if SLOW { scale_wide_on_one_side::<S, true>(simd, x, kept, rounding) } else { scale_wide(simd, x, kept, rounding) }
}

/// The potentials of one of the vectors after such a step.
#[inline(always)]
fn quiet_v<S: Simd, const CURRENTS: usize, const SLOW: bool>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
    state: &WideState<S>,
    k: usize,
) -> S::u32s {
    let mut v = decayed::<S, SLOW>(simd, state.v[k], c.kept, rounding);
    for channel in 0..CURRENTS {
        v = simd.add_u32s(v, gained(simd, state.syn[channel][k], c.syn_gain[channel], rounding));
    }
    v
}

/// What a current adds to the potential. Gains are below a half and currents below 2^30, so that two channels and the potential cannot wrap.
#[inline(always)]
fn gained<S: Simd>(simd: S, syn: S::u32s, gain: u32, rounding: &WideRounding<S>) -> S::u32s {
    scale_wide_on_one_side::<S, false>(simd, syn, gain, rounding)
}
