//! Leaky integrate-and-fire neuron with delta synapses: an arriving spike moves the potential by its weight.
//!
//! tau_m dV/dt = -(V - E_L) + R I_e; at an arrival V += w; V >= V_th: spike, V = V_reset, held for t_ref (arrivals in that time are
//! lost). Exact propagator on the grid (Rotter & Diesmann 1999, doi:10.1007/s004220050570), the update order of NEST's
//! `iaf_psc_delta`: leak, input, threshold. Twin: `shaders/neuron/lif_psc_delta.wgsl`.

use std::sync::LazyLock;

use pulp::Simd;

use super::fixed_point::{MAX_INCREMENT, ROOM, WideRounding};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words_of};
use super::lif::{Constants, LifConstants, LifParameters, RESET, potential_bits};
use super::model::{About, NeuronModel, VectorForm, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Role, Values, optional, required};
use super::scales::{InputBound, Scales, TOLERANCE, scale_bits, too_coarse};
use super::vector::{VECTORS, Watch, Wide, clamp, integrate, nowhere};

/// Parameters, named as in NEST's `iaf_psc_delta`. The capacitance matters only where there is a current.
static PARAMETERS: [Parameter; 7] = [
    required("tau_m_ms", ParameterRange::Positive).role(Role::TimeConstant),
    optional("c_m_pf", ParameterRange::Positive, 1.0).role(Role::Capacitance),
    required("e_l_mv", ParameterRange::Any).role(Role::Rest),
    required("v_th_mv", ParameterRange::Any).role(Role::Threshold),
    required("v_reset_mv", ParameterRange::Any).role(Role::Reset),
    required("t_ref_ms", ParameterRange::NotNegative).role(Role::Refractory),
    optional("i_e_pa", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
];

/// The model.
#[derive(Debug)]
pub struct LifPscDelta;

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![Variable::own("v", Unit::Potential)],
    constants: LifConstants::members(),
});

/// Fewest digits after the point of a potential in mV: weights are jumps of it, and have no more digits.
const COARSEST: i32 = 20;

fn derived(p: &LifParameters, dt_ms: f64, scales: &Scales) -> Constants {
    Constants { input_shift: (scales.v_bits as i32 - scales.w_bits) as u32, ..Constants::of(p, dt_ms, scales) }
}

impl NeuronModel for LifPscDelta {
    fn about(&self) -> About<'_> {
        About {
            name: "lif_psc_delta",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Mv,
            shader: include_str!("../../shaders/neuron/lif_psc_delta.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        let p = LifParameters::of(n);
        words_of(&LifConstants::of(&derived(&p, dt_ms, scales), &p, dt_ms, scales, current_bits))
    }

    fn scales(&self, population: PopulationValues<'_>, _: f64, bound: &InputBound) -> Result<Scales, String> {
        let origin_mv = self.origin_mv(population.typical);
        let v_bits = potential_bits(population, origin_mv, bound, (64.0, COARSEST))?;
        let per_step = bound.per_step();
        let w_bits = v_bits.min(scale_bits(per_step, ROOM));
        // A jump is not rounded any more once it has arrived.
        let half_mv = 0.5 * libm::exp2(f64::from(-w_bits));
        if per_step > 0.0 && half_mv > TOLERANCE.1.max(TOLERANCE.0 * bound.smallest) {
            return Err(too_coarse(per_step, bound.smallest, "mV"));
        }
        Ok(Scales { origin_mv, v_bits: v_bits as u32, w_bits })
    }

    fn separates_inhibition(&self, _: Values<'_>) -> bool {
        false
    }

    fn origin_mv(&self, typical: Values<'_>) -> f64 {
        LifParameters::of(typical).origin_mv()
    }

    fn coded_reset(&self) -> Option<usize> {
        Some(RESET)
    }

    fn mean_current_pa(&self, n: Values<'_>, weight: f64) -> Option<f64> {
        // A jump of w mV per arrival is the charge w x C.
        Some(weight * n.get("c_m_pf"))
    }

    fn vector(&self) -> Option<VectorForm> {
        let shader = include_str!("../../shaders/neuron/vector/lif_psc_delta.wgsl");
        let constants = |n: Values<'_>, dt_ms: f64, scales: &Scales| derived(&LifParameters::of(n), dt_ms, scales);
        Some(VectorForm { shader, has_currents: false, constants })
    }
}

impl Scalar for LifPscDelta {
    type Word = i32;
    type State = [i32; 1];
    type Constants = LifConstants;

    #[inline(always)]
    fn step(n: &mut [i32; 1], c: &LifConstants, input: Input<i32>) -> u32 {
        let limit = MAX_INCREMENT >> c.input_shift;
        let arriving = input.excitatory + input.inhibitory;
        let held = arriving.clamp(-limit, limit);
        c.integrate(&mut n[0], held << c.input_shift, held != arriving, input, 0)
    }
}

/// Advances neurons by one step. `input` is the synaptic input of the step, `rounding` is the step's offset; tells where neurons spiked.
#[inline(always)]
pub fn step<S: Simd>(
    simd: S,
    c: &Constants,
    rounding: &WideRounding<S>,
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
