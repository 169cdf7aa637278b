//! Hodgkin-Huxley neuron in the form of Traub and Miles with exponentially decaying synaptic conductances.
//!
//! C dV/dt = -g_L (V - E_L) - g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_ex (V - E_ex) - g_in (V - E_in) + I;
//! dx/dt = alpha_x (1 - x) - beta_x x for the gates m, h, n, whose rates are those of NEST's `hh_cond_exp_traub` and of benchmark 3 of
//! Brette et al. 2007 (doi:10.1007/s10827-007-0038-6, after Traub & Miles 1991); at an arrival g += |w|. A spike is the first step
//! after the peak above V_T + 30 mV, no sooner than t_ref after the last. `substeps` Runge-Kutta steps of fourth order per time step; the
//! conductances decay exactly. Single precision: tolerant class. Twin: `shaders/neuron/hh_cond_exp_traub.wgsl`.

#![allow(clippy::cast_possible_truncation, reason = "the tolerant class computes in single precision")]

use std::sync::LazyLock;

use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words, words_of};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Broken, Parameter, ParameterRange, Role, Values, optional, required};
use super::scales::Scales;
use crate::{bounds, grid};

/// Parameters, named as in NEST.
static PARAMETERS: [Parameter; 15] = [
    required("c_m_pf", ParameterRange::Positive).role(Role::Capacitance),
    required("g_l_ns", ParameterRange::NotNegative),
    required("e_l_mv", ParameterRange::Any).role(Role::Rest),
    required("v_t_mv", ParameterRange::Any),
    optional("e_na_mv", ParameterRange::Any, 50.0),
    optional("e_k_mv", ParameterRange::Any, -90.0),
    required("g_na_ns", ParameterRange::NotNegative),
    required("g_k_ns", ParameterRange::NotNegative),
    optional("t_ref_ms", ParameterRange::NotNegative, 2.0).role(Role::Refractory),
    optional("e_ex_mv", ParameterRange::Any, 0.0).role(Role::ExcitatoryReversal),
    optional("e_in_mv", ParameterRange::Any, -80.0).role(Role::InhibitoryReversal),
    required("tau_syn_ex_ms", ParameterRange::Positive).role(Role::ExcitatoryTime),
    required("tau_syn_in_ms", ParameterRange::Positive).role(Role::InhibitoryTime),
    optional("i_e_pa", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
    optional("substeps", ParameterRange::Positive, 4.0).role(Role::Substeps),
];

/// The model.
#[derive(Debug)]
pub struct HhCondExpTraub;

words! {
    /// Its constants.
    pub struct Constants {
        /// Substep, ms, and the same over the capacitance.
        substep: f32,
        per_pa: f32,
        g_l: f32,
        e_l: f32,
        v_t: f32,
        e_na: f32,
        e_k: f32,
        g_na: f32,
        g_k: f32,
        refractory_steps: f32,
        e_ex: f32,
        e_in: f32,
        half_ex: f32,
        half_in: f32,
        i_e: f32,
        substeps: u32,
    }
}

/// x / (exp(x) - 1), smooth at 0.
#[inline(always)]
fn ratio(x: f32) -> f32 {
    if x.abs() < 0.1 { 1.0 - x * (0.5 - x * (1.0 / 12.0)) } else { x / (x.min(80.0).exp() - 1.0) }
}

/// Opening and closing rates of the gates m, h, n at a potential above V_T, 1/ms.
#[inline(always)]
fn rates(u: f32) -> [[f32; 2]; 3] {
    let e = |x: f32| x.min(80.0).exp();
    [
        [1.28 * ratio((13.0 - u) / 4.0), 1.4 * ratio((u - 40.0) / 5.0)],
        [0.128 * e((17.0 - u) / 18.0), 4.0 / (1.0 + e((40.0 - u) / 5.0))],
        [0.16 * ratio((15.0 - u) / 5.0), 0.5 * e((10.0 - u) / 40.0)],
    ]
}

/// Where variable `i` of the state rests at a potential above V_T: the gates' steady values.
fn steady(i: usize, u_mv: f64) -> f64 {
    match i {
        1..=3 => {
            let [open, close] = rates(u_mv as f32)[i - 1].map(f64::from);
            open / (open + close)
        }
        _ => 0.0,
    }
}

impl Constants {
    fn new(n: Values<'_>, dt_ms: f64) -> Self {
        let substeps = n.get("substeps");
        let h = dt_ms / substeps;
        let get = |key| n.get(key) as f32;
        let half = |key: &str| libm::exp(-0.5 * h / n.get(key)) as f32;
        Self {
            substep: h as f32,
            per_pa: (h / n.get("c_m_pf")) as f32,
            g_l: get("g_l_ns"),
            e_l: get("e_l_mv"),
            v_t: get("v_t_mv"),
            e_na: get("e_na_mv"),
            e_k: get("e_k_mv"),
            g_na: get("g_na_ns"),
            g_k: get("g_k_ns"),
            refractory_steps: grid::steps_up(n.get("t_ref_ms"), dt_ms).min(bounds::LONGEST_REFRACTORY_TOLERANT.into()) as f32,
            e_ex: get("e_ex_mv"),
            e_in: get("e_in_mv"),
            half_ex: half("tau_syn_ex_ms"),
            half_in: half("tau_syn_in_ms"),
            i_e: get("i_e_pa"),
            substeps: substeps as u32,
        }
    }

    /// Change of (V, m, h, n) in a substep at a slope taken here.
    #[inline(always)]
    fn slope(&self, y: [f32; 4], g_ex: f32, g_in: f32, current: f32) -> [f32; 4] {
        let [v, m, h, n] = y;
        let sodium = self.g_na * m * m * m * h * (self.e_na - v);
        let potassium = self.g_k * n * n * n * n * (self.e_k - v);
        let synaptic = g_ex * (self.e_ex - v) + g_in * (self.e_in - v);
        let dv = self.per_pa * (self.g_l * (self.e_l - v) + sodium + potassium + synaptic + self.i_e + current);
        let rates = rates(v - self.v_t);
        let gate = |x: f32, [open, close]: [f32; 2]| self.substep * (open * (1.0 - x) - close * x);
        [dv, gate(m, rates[0]), gate(h, rates[1]), gate(n, rates[2])]
    }
}

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::F32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("m", "m", Unit::Whole),
        Variable::given("h", "h", Unit::Whole),
        Variable::given("n", "n", Unit::Whole),
        Variable::given("g_ex", "g_ex_ns", Unit::Input),
        Variable::given("g_in", "g_in_ns", Unit::Input),
        Variable::own("refractory", Unit::Whole),
    ],
    constants: Constants::members(),
});

impl NeuronModel for HhCondExpTraub {
    fn about(&self) -> About<'_> {
        About {
            name: "hh_cond_exp_traub",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Ns,
            shader: include_str!("../../shaders/neuron/hh_cond_exp_traub.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, _: &Scales, _: i32) -> Vec<u32> {
        words_of(&Constants::new(n, dt_ms))
    }

    fn check_own(&self, n: Values<'_>, dt_ms: f64) -> Result<(), Broken> {
        let substep_ms = dt_ms / n.get("substeps");
        if substep_ms > 0.05 {
            return Err((
                "substeps".to_owned(),
                format!("a substep of {substep_ms} ms is too long for this model, over 0.05 ms; raise `substeps` or lower dt_ms"),
            ));
        }
        Ok(())
    }

    fn separates_inhibition(&self, _: Values<'_>) -> bool {
        true
    }

    fn initial_value(&self, n: Values<'_>, i: usize, v_mv: f64, _: f64) -> f64 {
        steady(i, v_mv - n.get("v_t_mv"))
    }
}

impl Scalar for HhCondExpTraub {
    type Word = f32;
    type State = [f32; 7];
    type Constants = Constants;

    #[inline(always)]
    fn step(state: &mut [f32; 7], c: &Constants, input: Input<f32>) -> u32 {
        let [v, m, h, n, mut g_ex, mut g_in, refractory] = *state;
        let mut y = [v, m, h, n];
        let along = |y: [f32; 4], k: [f32; 4], s: f32| [y[0] + s * k[0], y[1] + s * k[1], y[2] + s * k[2], y[3] + s * k[3]];
        for _ in 0..c.substeps {
            let (half_ex, half_in) = (g_ex * c.half_ex, g_in * c.half_in);
            let (whole_ex, whole_in) = (half_ex * c.half_ex, half_in * c.half_in);
            let k1 = c.slope(y, g_ex, g_in, input.current);
            let k2 = c.slope(along(y, k1, 0.5), half_ex, half_in, input.current);
            let k3 = c.slope(along(y, k2, 0.5), half_ex, half_in, input.current);
            let k4 = c.slope(along(y, k3, 1.0), whole_ex, whole_in, input.current);
            for i in 0..4 {
                y[i] += (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]) * (1.0 / 6.0);
            }
            (g_ex, g_in) = (whole_ex, whole_in);
        }
        let spike = refractory <= 0.0 && y[0] >= c.v_t + 30.0 && v > y[0];
        let held = if spike { c.refractory_steps } else { (refractory - 1.0).max(0.0) };
        *state = [y[0], y[1], y[2], y[3], g_ex + input.excitatory, g_in - input.inhibitory, held];
        u32::from(spike)
    }
}
