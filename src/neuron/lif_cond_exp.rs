//! Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances.
//!
//! C dV/dt = -g_L (V - E_L) - g_ex (V - E_ex) - g_in (V - E_in) + I; tau_syn dg/dt = -g; at an arrival g += |w|; V >= V_th: spike,
//! V = V_reset, held for t_ref (conductances go on). The step of NEST's `iaf_cond_exp` (Meffin, Burkitt & Grayden 2004,
//! doi:10.1023/B:JCNS.0000014108.03012.81): potential, decay, threshold, then arrivals. The potential takes one Runge-Kutta step of
//! fourth order, the conductances decay exactly. Fixed point, exact on every device. A conductance that passes C / dt, where the
//! membrane would follow it within a step, ends the run. Twin: `shaders/neuron/lif_cond_exp.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use std::sync::LazyLock;

use super::fault::{Fault, SPIKE};
use super::fixed_point::{Factor, MAX_CURRENT, ROOM, another, multiply, multiply_held};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, whole_and_part, words, words_of};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Role, Values, optional, required};
use super::scales::{InputBound, Landmarks, Scales, is_fine, peak, scale_bits, too_coarse};
use crate::{bounds, grid};

/// Parameters, named as in NEST.
static PARAMETERS: [Parameter; 11] = [
    required("c_m_pf", ParameterRange::Positive).role(Role::Capacitance),
    required("g_l_ns", ParameterRange::Positive),
    required("e_l_mv", ParameterRange::Any).role(Role::Rest),
    required("v_th_mv", ParameterRange::Any).role(Role::Threshold),
    required("v_reset_mv", ParameterRange::Any).role(Role::Reset),
    required("t_ref_ms", ParameterRange::NotNegative).role(Role::Refractory),
    optional("e_ex_mv", ParameterRange::Any, 0.0).role(Role::ExcitatoryReversal),
    optional("e_in_mv", ParameterRange::Any, -85.0).role(Role::InhibitoryReversal),
    required("tau_syn_ex_ms", ParameterRange::Positive).role(Role::ExcitatoryTime),
    required("tau_syn_in_ms", ParameterRange::Positive).role(Role::InhibitoryTime),
    optional("i_e_pa", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
];

/// Digits after the point of the membrane's rate times dt.
const RATE_BITS: u32 = 28;
/// A potential stays within plus and minus this many units, so that no slope passes 31 bits.
const LIMIT: i32 = 1 << 28;
/// Fewest digits after the point of a potential in mV.
const COARSEST: i32 = 19;

/// The model.
#[derive(Debug)]
pub struct LifCondExp;

words! {
    /// Its constants.
    pub struct Constants {
        threshold: i32,
        reset: i32,
        refractory_steps: i32,
        g_limit: i32,
        /// What is left of a conductance after half a step and a whole one, 2^-31.
        half_ex: i32,
        whole_ex: i32,
        half_in: i32,
        whole_in: i32,
        /// dt / C times g_L.
        leak: i32,
        leak_part: u32,
        /// dt / C per unit of conductance, and the same times the distance of its reversal potential.
        rate: i32,
        rate_shift: u32,
        drive_ex: i32,
        drive_ex_shift: u32,
        drive_in: i32,
        drive_in_shift: u32,
        /// dt / C times the constant current and the leak's own reversal potential.
        drift: i32,
        /// 2^-31 of a unit.
        drift_part: u32,
        current_gain: i32,
        current_shift: u32,
    }
}

/// The scales of a population.
fn scales(population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
    let origin_mv = population.typical.get("e_l_mv");
    let mut landmarks = Landmarks { initial: bound.initial_mv.abs(), ..Landmarks::default() };
    let (mut conductance, mut stiff) = (1.0f64, 0f64);
    // The largest response to 1 nS, mV.
    let mut largest = 0f64;
    population.each(|n| {
        let from_origin = |key: &str| (n.get(key) - origin_mv).abs();
        landmarks.see(&Landmarks {
            // Conductances lead no further than their reversal potentials: a threshold out of reach needs no room.
            threshold: Some(from_origin("v_th_mv")).filter(|mv| *mv < 512.0).unwrap_or(0.0),
            reset: from_origin("v_reset_mv").max(from_origin("e_l_mv")),
            reversal: from_origin("e_ex_mv").max(from_origin("e_in_mv")),
            current: (n.get("i_e_pa") / n.get("g_l_ns")).abs(),
            ..Landmarks::default()
        });
        let (c_m, g_l) = (n.get("c_m_pf"), n.get("g_l_ns"));
        conductance = conductance.max(c_m / dt_ms);
        stiff = stiff.max(dt_ms * g_l / c_m);
        for (reversal, tau) in [("e_ex_mv", "tau_syn_ex_ms"), ("e_in_mv", "tau_syn_in_ms")] {
            largest = largest.max(from_origin(reversal) * peak(c_m / g_l, n.get(tau)) / c_m);
        }
    });
    if stiff > 0.5 {
        return Err(format!("dt_ms = {dt_ms} is over half of the membrane time constant c_m_pf / g_l_ns; take a shorter dt_ms"));
    }
    let v_bits = landmarks.digits(LIMIT, 2.0, COARSEST, 20)?;
    let per_step = bound.per_step();
    // Up to C / dt if that leaves weights comfortably fine; else as much as what may arrive in a step allows.
    let finest = scale_bits(per_step, ROOM).min(24);
    let mut w_bits = scale_bits(conductance, ROOM).min(finest);
    while per_step > 0.0 && w_bits < finest && !is_fine(4.0 * largest, 0.25 * bound.smallest, w_bits) {
        w_bits += 1;
    }
    if per_step > 0.0 && !is_fine(largest, bound.smallest, w_bits) {
        return Err(too_coarse(per_step, bound.smallest, "nS"));
    }
    Ok(Scales { origin_mv, v_bits: v_bits as u32, w_bits })
}

impl Constants {
    fn new(n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let (c_m, g_l, e_l) = (n.get("c_m_pf"), n.get("g_l_ns"), n.get("e_l_mv"));
        let unit = libm::exp2(f64::from(scales.v_bits));
        let per_ns = dt_ms / c_m;
        let kept =
            |key: &str, steps: f64| libm::round(libm::exp(-steps * dt_ms / n.get(key)) * 2147483648.0).min(2147483647.0) as i32;
        let finer = libm::exp2(f64::from(scales.v_bits as i32 - scales.w_bits));
        let rate = Factor::of(per_ns * libm::exp2(f64::from(RATE_BITS as i32 - scales.w_bits)));
        let toward = |key: &str| Factor::of(per_ns * (n.get(key) - scales.origin_mv) * finer);
        let (drive_ex, drive_in) = (toward("e_ex_mv"), toward("e_in_mv"));
        let current = Factor::of(per_ns * libm::exp2(f64::from(scales.v_bits as i32 - current_bits)));
        let (leak, leak_part) = whole_and_part(per_ns * g_l * libm::exp2(f64::from(RATE_BITS)));
        let (drift, drift_part) = whole_and_part(per_ns * (n.get("i_e_pa") + g_l * (e_l - scales.origin_mv)) * unit);
        Self {
            threshold: scales.threshold(n.get("v_th_mv"), LIMIT),
            reset: scales.potential(n.get("v_reset_mv")),
            refractory_steps: grid::steps_up(n.get("t_ref_ms"), dt_ms).min(bounds::LONGEST_REFRACTORY.into()) as i32,
            g_limit: scales.weight(c_m / dt_ms).min(MAX_CURRENT - 1),
            half_ex: kept("tau_syn_ex_ms", 0.5),
            whole_ex: kept("tau_syn_ex_ms", 1.0),
            half_in: kept("tau_syn_in_ms", 0.5),
            whole_in: kept("tau_syn_in_ms", 1.0),
            leak,
            leak_part,
            rate: rate.mantissa,
            rate_shift: rate.shift,
            drive_ex: drive_ex.mantissa,
            drive_ex_shift: drive_ex.shift,
            drive_in: drive_in.mantissa,
            drive_in_shift: drive_in.shift,
            drift,
            drift_part,
            current_gain: current.mantissa,
            current_shift: current.shift,
        }
    }

    /// Rate and drive of the membrane under some conductances: dV = drive - rate V.
    #[inline(always)]
    fn slope(&self, g_ex: i32, g_in: i32, current: i32, rounding: u32) -> (i32, i32) {
        let rate = self.leak
            + ((self.leak_part + another(rounding)) >> 31) as i32
            + multiply(g_ex, self.rate, self.rate_shift, rounding)
            + multiply(g_in, self.rate, self.rate_shift, rounding);
        let drive = multiply(g_ex, self.drive_ex, self.drive_ex_shift, rounding)
            + multiply(g_in, self.drive_in, self.drive_in_shift, rounding);
        (rate, drive + current)
    }
}

/// A sixth and a third, 2^-31.
const SIXTH: i32 = 357_913_941;
const THIRD: i32 = 715_827_883;

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![
        Variable::own("v", Unit::Potential),
        Variable::given("g_ex", "g_ex_ns", Unit::Input),
        Variable::given("g_in", "g_in_ns", Unit::Input),
        Variable::own("refractory", Unit::Whole),
    ],
    constants: Constants::members(),
});

impl NeuronModel for LifCondExp {
    fn about(&self) -> About<'_> {
        About {
            name: "lif_cond_exp",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Ns,
            shader: include_str!("../../shaders/neuron/lif_cond_exp.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        words_of(&Constants::new(n, dt_ms, scales, current_bits))
    }

    fn scales(&self, population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
        scales(population, dt_ms, bound)
    }

    fn separates_inhibition(&self, _: Values<'_>) -> bool {
        true
    }

    fn numbers(&self) -> &'static [(&'static str, i32)] {
        &[("RATE_BITS", RATE_BITS as i32), ("LIMIT", LIMIT), ("SIXTH", SIXTH), ("THIRD", THIRD)]
    }

    fn range_mv(&self, scales: &Scales) -> [f64; 2] {
        [f64::from(LIMIT) / libm::exp2(f64::from(scales.v_bits)); 2]
    }

    fn input_fault(&self, n: Values<'_>, dt_ms: f64, largest: f64) -> String {
        let followed = n.get("c_m_pf") / dt_ms;
        if followed <= largest {
            format!("has a conductance of over C / dt = {followed:.4} nS, which no time step of this length can follow")
        } else {
            format!("has a conductance of over {largest:.4} nS, which is more than its exact scale holds")
        }
    }
}

impl Scalar for LifCondExp {
    type Word = i32;
    type State = [i32; 4];
    type Constants = Constants;

    #[inline(always)]
    fn step(n: &mut [i32; 4], c: &Constants, input: Input<i32>) -> u32 {
        let [v, g_ex, g_in, refractory] = *n;
        let r = input.rounding;
        let drift = c.drift + ((c.drift_part + r) >> 31) as i32;
        let current =
            (multiply_held(input.current, c.current_gain, c.current_shift, r).clamp(-LIMIT, LIMIT) + drift).clamp(-LIMIT, LIMIT);
        let (half_ex, whole_ex) = (multiply(g_ex, c.half_ex, 31, r), multiply(g_ex, c.whole_ex, 31, r));
        let (half_in, whole_in) = (multiply(g_in, c.half_in, 31, r), multiply(g_in, c.whole_in, 31, r));
        let (rate0, drive0) = c.slope(g_ex, g_in, current, r);
        let (rate1, drive1) = c.slope(half_ex, half_in, current, r);
        let (rate2, drive2) = c.slope(whole_ex, whole_in, current, r);
        // A rate is at most 2.5 (both conductances C / dt), potentials, reversal potentials and currents are at most 2^28: no sum wraps.
        let held = |x: i32| x.clamp(-(1 << 29), 1 << 29);
        let k1 = held(drive0 - multiply_held(rate0, v, RATE_BITS, r));
        let k2 = held(drive1 - multiply_held(rate1, v + (k1 >> 1), RATE_BITS, r));
        let k3 = held(drive1 - multiply_held(rate1, v + (k2 >> 1), RATE_BITS, r));
        let k4 = held(drive2 - multiply_held(rate2, v + k3, RATE_BITS, r));
        let other = another(r);
        let change = multiply(k1 + k4, SIXTH, 31, other) + multiply(k2 + k3, THIRD, 31, other);
        let moved = v + change;
        let (arrived_ex, arrived_in) = (whole_ex + input.excitatory, whole_in - input.inhibitory);
        n[1] = arrived_ex.clamp(0, c.g_limit);
        n[2] = arrived_in.clamp(0, c.g_limit);
        let outcome = Fault::Input.unless(arrived_ex <= c.g_limit && arrived_in <= c.g_limit);
        if refractory > 0 {
            n[0] = c.reset;
            n[3] = refractory - 1;
            return outcome;
        }
        if moved >= c.threshold {
            n[0] = c.reset;
            n[3] = c.refractory_steps;
            return outcome | SPIKE | Fault::Threshold.unless(c.threshold < LIMIT);
        }
        n[0] = moved.max(-LIMIT);
        n[3] = 0;
        outcome | Fault::Potential.unless(moved >= -LIMIT)
    }
}
