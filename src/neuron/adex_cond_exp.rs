//! Adaptive exponential integrate-and-fire neuron with exponentially decaying synaptic conductances.
//!
//! C dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_th) / Delta_T) - w - g_ex (V - E_ex) - g_in (V - E_in) + I;
//! tau_w dw/dt = a (V - E_L) - w; V >= V_peak: spike, V = V_reset, w += b, V held for t_ref; at an arrival g += |w|
//! (Brette & Gerstner 2005, doi:10.1152/jn.00686.2005; NEST's `aeif_cond_exp`, Naud et al. 2008, doi:10.1007/s00422-008-0264-7).
//! `substeps` Runge-Kutta steps of fourth order per time step, at whose ends a spike is looked for; the conductances decay exactly. Single
//! precision: tolerant class. Twin: `shaders/neuron/adex_cond_exp.wgsl`.

#![allow(clippy::cast_possible_truncation, reason = "the tolerant class computes in single precision")]

use std::sync::LazyLock;

use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words, words_of};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Parameter, ParameterRange, Role, Values, optional, required};
use super::scales::Scales;
use crate::{bounds, grid};

/// Parameters, named as in NEST.
static PARAMETERS: [Parameter; 17] = [
    required("c_m_pf", ParameterRange::Positive).role(Role::Capacitance),
    required("g_l_ns", ParameterRange::Positive),
    required("e_l_mv", ParameterRange::Any).role(Role::Rest),
    required("v_th_mv", ParameterRange::Any).role(Role::Threshold),
    required("delta_t_mv", ParameterRange::Positive),
    required("v_reset_mv", ParameterRange::Any).role(Role::Reset),
    optional("v_peak_mv", ParameterRange::Any, 0.0).role(Role::Peak),
    required("t_ref_ms", ParameterRange::NotNegative).role(Role::Refractory),
    required("a_ns", ParameterRange::Any),
    required("b_pa", ParameterRange::Any),
    required("tau_w_ms", ParameterRange::Positive).role(Role::TimeConstant),
    optional("e_ex_mv", ParameterRange::Any, 0.0).role(Role::ExcitatoryReversal),
    optional("e_in_mv", ParameterRange::Any, -85.0).role(Role::InhibitoryReversal),
    required("tau_syn_ex_ms", ParameterRange::Positive).role(Role::ExcitatoryTime),
    required("tau_syn_in_ms", ParameterRange::Positive).role(Role::InhibitoryTime),
    optional("i_e_pa", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
    optional("substeps", ParameterRange::Positive, 4.0).role(Role::Substeps),
];

/// The model.
#[derive(Debug)]
pub struct AdexCondExp;

words! {
    /// Its constants; rates are per substep.
    pub struct Constants {
        /// Substep over capacitance, mV per pA.
        per_pa: f32,
        g_l: f32,
        e_l: f32,
        v_th: f32,
        delta_t: f32,
        v_reset: f32,
        v_peak: f32,
        refractory_steps: f32,
        a: f32,
        b: f32,
        /// Substep over tau_w.
        w_rate: f32,
        e_ex: f32,
        e_in: f32,
        half_ex: f32,
        half_in: f32,
        i_e: f32,
        substeps: u32,
    }
}

impl Constants {
    fn new(n: Values<'_>, dt_ms: f64) -> Self {
        let substeps = n.get("substeps");
        let h = dt_ms / substeps;
        let get = |key| n.get(key) as f32;
        let half = |key: &str| libm::exp(-0.5 * h / n.get(key)) as f32;
        Self {
            per_pa: (h / n.get("c_m_pf")) as f32,
            g_l: get("g_l_ns"),
            e_l: get("e_l_mv"),
            v_th: get("v_th_mv"),
            delta_t: get("delta_t_mv"),
            v_reset: get("v_reset_mv"),
            v_peak: get("v_peak_mv"),
            refractory_steps: grid::steps_up(n.get("t_ref_ms"), dt_ms).min(bounds::LONGEST_REFRACTORY_TOLERANT.into()) as f32,
            a: get("a_ns"),
            b: get("b_pa"),
            w_rate: (h / n.get("tau_w_ms")) as f32,
            e_ex: get("e_ex_mv"),
            e_in: get("e_in_mv"),
            half_ex: half("tau_syn_ex_ms"),
            half_in: half("tau_syn_in_ms"),
            i_e: get("i_e_pa"),
            substeps: substeps as u32,
        }
    }

    /// Change of (V, w) in a substep at a slope taken here.
    #[inline(always)]
    fn slope(&self, v: f32, w: f32, g_ex: f32, g_in: f32, current: f32) -> [f32; 2] {
        // As in NEST, the potential enters no slope beyond the peak.
        let v = v.min(self.v_peak);
        let upstroke = self.g_l * self.delta_t * ((v - self.v_th) / self.delta_t).exp();
        let leak = self.g_l * (self.e_l - v);
        let synaptic = g_ex * (self.e_ex - v) + g_in * (self.e_in - v);
        [self.per_pa * (leak + upstroke + synaptic - w + self.i_e + current), self.w_rate * (self.a * (v - self.e_l) - w)]
    }
}

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::F32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("w", "w_pa", Unit::Input),
        Variable::given("g_ex", "g_ex_ns", Unit::Input),
        Variable::given("g_in", "g_in_ns", Unit::Input),
        Variable::own("refractory", Unit::Whole),
    ],
    constants: Constants::members(),
});

impl NeuronModel for AdexCondExp {
    fn about(&self) -> About<'_> {
        About {
            name: "adex_cond_exp",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Ns,
            shader: include_str!("../../shaders/neuron/adex_cond_exp.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, _: &Scales, _: i32) -> Vec<u32> {
        words_of(&Constants::new(n, dt_ms))
    }

    fn separates_inhibition(&self, _: Values<'_>) -> bool {
        true
    }
}

impl Scalar for AdexCondExp {
    type Word = f32;
    type State = [f32; 5];
    type Constants = Constants;

    #[inline(always)]
    fn step(n: &mut [f32; 5], c: &Constants, input: Input<f32>) -> u32 {
        let [mut v, mut w, mut g_ex, mut g_in, mut refractory] = *n;
        let mut spike = false;
        for _ in 0..c.substeps {
            let (half_ex, half_in) = (g_ex * c.half_ex, g_in * c.half_in);
            let (whole_ex, whole_in) = (half_ex * c.half_ex, half_in * c.half_in);
            // A refractory neuron stays where it is, and its w sees it there.
            let free = if refractory > 0.0 { 0.0 } else { 1.0 };
            let k1 = c.slope(v, w, g_ex, g_in, input.current);
            let k2 = c.slope(v + 0.5 * free * k1[0], w + 0.5 * k1[1], half_ex, half_in, input.current);
            let k3 = c.slope(v + 0.5 * free * k2[0], w + 0.5 * k2[1], half_ex, half_in, input.current);
            let k4 = c.slope(v + free * k3[0], w + k3[1], whole_ex, whole_in, input.current);
            v += free * (k1[0] + 2.0 * (k2[0] + k3[0]) + k4[0]) * (1.0 / 6.0);
            w += (k1[1] + 2.0 * (k2[1] + k3[1]) + k4[1]) * (1.0 / 6.0);
            (g_ex, g_in) = (whole_ex, whole_in);
            if v >= c.v_peak && refractory <= 0.0 {
                spike = true;
                v = c.v_reset;
                w += c.b;
                // The rest of this step and as many whole ones.
                refractory = if c.refractory_steps > 0.0 { c.refractory_steps + 1.0 } else { 0.0 };
            }
        }
        *n = [v, w, g_ex + input.excitatory, g_in - input.inhibitory, (refractory - 1.0).max(0.0)];
        u32::from(spike)
    }
}
