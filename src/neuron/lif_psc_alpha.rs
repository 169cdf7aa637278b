//! Leaky integrate-and-fire neuron with alpha-shaped synaptic currents.
//!
//! tau_m dV/dt = -(V - E_L) + R (I_ex + I_in + I_e); an arrival of weight w adds w (e t / tau_syn) exp(-t / tau_syn) to its current, which
//! peaks at w after tau_syn; V >= V_th: spike, V = V_reset, held for t_ref (currents go on). Exact propagator on the grid (Rotter &
//! Diesmann 1999, doi:10.1007/s004220050570), the update order of NEST's `iaf_psc_alpha`: potential from the currents of the step's
//! start, currents, arrivals, threshold. A current is kept with its drive, which begins at w and decays: dI/dt = (e d - I) / tau_syn, dd/dt =
//! -d / tau_syn. Fixed point, exact on every device. Twin: `shaders/neuron/lif_psc_alpha.wgsl`.

use std::f64::consts::E;
use std::sync::LazyLock;

use super::fault::Fault;
use super::fixed_point::{Factor, MAX_CURRENT, multiply, q32, scale};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, words, words_of};
use super::lif::{self, LifConstants, LifParameters, RESET, Response, current_parameters, current_scales, propagator_mv_per_pa};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Role, Values, optional, required};
use super::scales::{InputBound, Scales};

/// The model.
#[derive(Debug)]
pub struct LifPscAlpha;

words! {
    /// Its constants.
    pub struct Constants {
        [membrane: LifConstants]
        /// Potential gained in one step per unit of a current's drive, Q32.
        drive_gain0: u32,
        drive_gain1: u32,
        /// Current gained in one step per unit of its drive.
        rise0: i32,
        rise0_shift: u32,
        rise1: i32,
        rise1_shift: u32,
    }
}

impl Constants {
    fn new(p: &LifParameters, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let c = lif::Constants::of(p, dt_ms, scales).with_currents(p, dt_ms, scales);
        let finer = libm::exp2(f64::from(scales.v_bits as i32 - scales.w_bits));
        let taus = [p.tau_syn_ex_ms, p.tau_syn_in_ms];
        let [drive_gain0, drive_gain1] = taus.map(|tau| q32(drive_mv_per_pa(p, tau, dt_ms) * finer));
        let [rise0, rise1] = taus.map(|tau| Factor::of(E * dt_ms / tau * libm::exp(-dt_ms / tau)));
        Self {
            membrane: LifConstants::of(&c, p, dt_ms, scales, current_bits),
            drive_gain0,
            drive_gain1,
            rise0: rise0.mantissa,
            rise0_shift: rise0.shift,
            rise1: rise1.mantissa,
            rise1_shift: rise1.shift,
        }
    }
}

/// Exact propagator from a current's drive to the potential over a time, mV per pA:
/// e / (tau_s C) times the integral of s exp(-s / tau_s) exp(-(t - s) / tau_m) over s from 0 to t.
fn drive_mv_per_pa(p: &LifParameters, tau_syn_ms: f64, t_ms: f64) -> f64 {
    let (tm, ts) = (p.tau_m_ms, tau_syn_ms);
    let y = t_ms / ts - t_ms / tm;
    let shape = if y.abs() < 0.1 {
        // The sum of (-y)^n / (n! (n + 2)), times what the membrane keeps.
        let series = (0..12).rev().fold(0.0, |sum, n| 1.0 / f64::from(n + 2) - y / f64::from(n + 1) * sum);
        libm::exp(-t_ms / tm) * series
    } else {
        (libm::exp(-t_ms / tm) - libm::exp(-t_ms / ts) * (1.0 + y)) / (y * y)
    };
    E * t_ms * t_ms / (ts * p.c_m_pf) * shape
}

/// The peak of the potential after an arrival of 1 pA, mV, found by thirds.
fn peak_mv(p: &LifParameters, tau_syn_ms: f64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0 * p.tau_m_ms.max(tau_syn_ms));
    for _ in 0..30 {
        let third = (high - low) / 3.0;
        match drive_mv_per_pa(p, tau_syn_ms, low + third) < drive_mv_per_pa(p, tau_syn_ms, high - third) {
            true => low += third,
            false => high -= third,
        }
    }
    drive_mv_per_pa(p, tau_syn_ms, 0.5 * (low + high))
}

static PARAMETERS: [Parameter; 9] = current_parameters![];

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("i_ex", "i_syn_ex_pa", Unit::Input),
        Variable::given("i_in", "i_syn_in_pa", Unit::Input),
        Variable::own("drive_ex", Unit::Input),
        Variable::own("drive_in", Unit::Input),
    ],
    constants: Constants::members(),
});

impl NeuronModel for LifPscAlpha {
    fn about(&self) -> About<'_> {
        About {
            name: "lif_psc_alpha",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Pa,
            shader: include_str!("../../shaders/neuron/lif_psc_alpha.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        words_of(&Constants::new(&LifParameters::of(n), dt_ms, scales, current_bits))
    }

    fn scales(&self, population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
        current_scales(population, bound, |p| {
            [p.tau_syn_ex_ms, p.tau_syn_in_ms].map(|tau| Response {
                gain: propagator_mv_per_pa(p, tau, dt_ms) + drive_mv_per_pa(p, tau, dt_ms),
                peak: peak_mv(p, tau),
                // A current is at most e times what its drive adds up to.
                ever: E * bound.for_ever(dt_ms, tau),
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
        Some(weight * E * n.get(if weight >= 0.0 { "tau_syn_ex_ms" } else { "tau_syn_in_ms" }))
    }
}

impl Scalar for LifPscAlpha {
    type Word = i32;
    type State = [i32; 5];
    type Constants = Constants;

    #[inline(always)]
    fn step(n: &mut [i32; 5], c: &Constants, input: Input<i32>) -> u32 {
        let held = |x: i32| x.clamp(-MAX_CURRENT, MAX_CURRENT - 1);
        let r = input.rounding;
        let currents = [n[1], n[2], n[3], n[4]];
        let [i_ex, i_in, drive_ex, drive_in] = currents.map(held);
        let fits = [i_ex, i_in, drive_ex, drive_in] == currents;
        let m = &c.membrane;
        let gained = scale(i_ex, m.syn_gain0, r)
            + scale(i_in, m.syn_gain1, r)
            + scale(drive_ex, c.drive_gain0, r)
            + scale(drive_in, c.drive_gain1, r);
        n[1] = scale(i_ex, m.syn_kept0, r) + multiply(drive_ex, c.rise0, c.rise0_shift, r);
        n[2] = scale(i_in, m.syn_kept1, r) + multiply(drive_in, c.rise1, c.rise1_shift, r);
        n[3] = scale(drive_ex, m.syn_kept0, r) + input.excitatory;
        n[4] = scale(drive_in, m.syn_kept1, r) + input.inhibitory;
        m.integrate(&mut n[0], gained, false, input, Fault::Input.unless(fits))
    }
}
