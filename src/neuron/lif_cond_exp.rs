//! Leaky integrate-and-fire neuron with exponentially decaying synaptic conductances.
//!
//! C dV/dt = -g_L (V - E_L) - g_ex (V - E_ex) - g_in (V - E_in) + I; tau_syn dg/dt = -g; at an arrival g += |w|; V >= V_th: spike,
//! V = V_reset, held for t_ref (conductances go on). The step of NEST's `iaf_cond_exp` (Meffin, Burkitt & Grayden 2004,
//! doi:10.1023/B:JCNS.0000014108.03012.81): potential, decay, threshold, then arrivals. The potential takes one Runge-Kutta step of
//! fourth order, the conductances decay exactly. Fixed point, exact on every device. A conductance saturates at C / dt, where the
//! membrane would follow it within a step. Twin: `shaders/neuron/lif_cond_exp.wgsl`.

use super::fixed_point::{Factor, multiply};
use super::lif::{Scales, no_scale, scale_bits};
use super::parameters::{Parameter, Range, optional, required};
use super::scalar::{Form, Input, Kind, Scalar};
use super::{InputBound, Model, Values};

/// Parameters, named as in NEST.
pub(super) const PARAMETERS: [Parameter; 11] = [
    required("c_m_pf", Range::Positive),
    required("g_l_ns", Range::Positive),
    required("e_l_mv", Range::Any),
    required("v_th_mv", Range::Any),
    required("v_reset_mv", Range::Any),
    required("t_ref_ms", Range::NotNegative),
    optional("e_ex_mv", Range::Any, 0.0),
    optional("e_in_mv", Range::Any, -85.0),
    required("tau_syn_ex_ms", Range::Positive),
    required("tau_syn_in_ms", Range::Positive),
    optional("i_e_pa", Range::Any, 0.0),
];

/// Digits after the point of the membrane's rate times dt.
const RATE_BITS: u32 = 28;

/// The model.
#[derive(Debug)]
pub struct LifCondExp;

/// Its constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Constants {
    threshold: i32,
    reset: i32,
    refractory_steps: i32,
    limit: i32,
    g_limit: i32,
    /// What is left of a conductance after half a step and a whole one, 2^-31.
    half_ex: i32,
    whole_ex: i32,
    half_in: i32,
    whole_in: i32,
    /// dt / C times g_L.
    leak: i32,
    /// dt / C per unit of conductance, and the same times the distance of its reversal potential.
    rate: i32,
    rate_shift: u32,
    drive_ex: i32,
    drive_ex_shift: u32,
    drive_in: i32,
    drive_in_shift: u32,
    /// dt / C times the constant current and the leak's own reversal potential.
    drift: i32,
    current_gain: i32,
    current_shift: u32,
}

/// The scales of a population.
pub(super) fn scales<I: Iterator<Item = Vec<f64>>>(
    typical: Values<'_>,
    neurons: impl Fn() -> I,
    dt_ms: f64,
    bound: &InputBound,
) -> Result<Scales, String> {
    let origin_mv = typical.get("e_l_mv");
    let (mut landmark, mut conductance, mut stiff) = (bound.initial_mv.abs().max(1.0), 1.0f64, 0f64);
    for values in neurons() {
        let n = Values { model: Model::LifCondExp, values: &values };
        for key in ["e_l_mv", "v_th_mv", "v_reset_mv", "e_ex_mv", "e_in_mv"] {
            landmark = landmark.max((n.get(key) - origin_mv).abs());
        }
        landmark = landmark.max((n.get("i_e_pa") / n.get("g_l_ns")).abs());
        conductance = conductance.max(n.get("c_m_pf") / dt_ms);
        stiff = stiff.max(dt_ms * n.get("g_l_ns") / n.get("c_m_pf"));
    }
    if stiff > 0.5 {
        return Err(format!("dt_ms = {dt_ms} is over half of the membrane time constant c_m_pf / g_l_ns; take a shorter dt_ms"));
    }
    // Half of the range for what is kept and half for what arrives in a step.
    let w_bits =
        scale_bits(conductance, f64::from(1 << 29)).min(scale_bits(bound.recurrent + bound.external, f64::from(1 << 30)));
    if w_bits < 4 {
        return Err(no_scale("the synaptic input of one step", bound.recurrent + bound.external, "nS"));
    }
    Ok(Scales { origin_mv, v_bits: scale_bits(landmark, f64::from(1 << 23)).clamp(0, 20) as u32, w_bits: w_bits.min(24) })
}

impl Constants {
    pub(super) fn new(n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let (c_m, g_l, e_l) = (n.get("c_m_pf"), n.get("g_l_ns"), n.get("e_l_mv"));
        let unit = libm::exp2(f64::from(scales.v_bits));
        let per_ns = dt_ms / c_m;
        let fixed = |x: f64| libm::round(x * unit) as i32;
        let kept =
            |key: &str, steps: f64| libm::round(libm::exp(-steps * dt_ms / n.get(key)) * 2147483648.0).min(2147483647.0) as i32;
        let finer = libm::exp2(f64::from(scales.v_bits as i32 - scales.w_bits));
        let rate = Factor::of(per_ns * libm::exp2(f64::from(RATE_BITS as i32 - scales.w_bits)));
        let toward = |key: &str| Factor::of(per_ns * (n.get(key) - scales.origin_mv) * finer);
        let (drive_ex, drive_in) = (toward("e_ex_mv"), toward("e_in_mv"));
        let current = Factor::of(per_ns * libm::exp2(f64::from(scales.v_bits as i32 - current_bits)));
        Self {
            threshold: scales.potential(n.get("v_th_mv")),
            reset: scales.potential(n.get("v_reset_mv")),
            refractory_steps: libm::round(n.get("t_ref_ms") / dt_ms) as i32,
            limit: 1 << 25,
            g_limit: scales.weight(c_m / dt_ms),
            half_ex: kept("tau_syn_ex_ms", 0.5),
            whole_ex: kept("tau_syn_ex_ms", 1.0),
            half_in: kept("tau_syn_in_ms", 0.5),
            whole_in: kept("tau_syn_in_ms", 1.0),
            leak: libm::round(per_ns * g_l * libm::exp2(f64::from(RATE_BITS))) as i32,
            rate: rate.mantissa,
            rate_shift: rate.shift,
            drive_ex: drive_ex.mantissa,
            drive_ex_shift: drive_ex.shift,
            drive_in: drive_in.mantissa,
            drive_in_shift: drive_in.shift,
            drift: fixed(per_ns * (n.get("i_e_pa") + g_l * (e_l - scales.origin_mv))),
            current_gain: current.mantissa,
            current_shift: current.shift,
        }
    }

    /// Rate and drive of the membrane under some conductances: dV = drive - rate V.
    #[inline(always)]
    fn slope(&self, g_ex: i32, g_in: i32, current: i32) -> (i32, i32) {
        let rate =
            (self.leak + multiply(g_ex, self.rate, self.rate_shift) + multiply(g_in, self.rate, self.rate_shift)).min(1 << 29);
        let drive = multiply(g_ex, self.drive_ex, self.drive_ex_shift) + multiply(g_in, self.drive_in, self.drive_in_shift);
        (rate, drive + self.drift + current)
    }
}

/// A sixth, 2^-31. With potentials of at most 2^25 and rates of at most 2 no sum of slopes passes 31 bits.
const SIXTH: i32 = 357_913_941;

impl Scalar for LifCondExp {
    type Word = i32;
    type State = [i32; 4];
    type Constants = Constants;
    const FORM: Form = Form {
        word: Kind::I32,
        variables: &["v", "g_ex", "g_in", "refractory"],
        keys: &[None, Some("g_ex_ns"), Some("g_in_ns"), None],
        constants: &[
            ("threshold", Kind::I32),
            ("reset", Kind::I32),
            ("refractory_steps", Kind::I32),
            ("limit", Kind::I32),
            ("g_limit", Kind::I32),
            ("half_ex", Kind::I32),
            ("whole_ex", Kind::I32),
            ("half_in", Kind::I32),
            ("whole_in", Kind::I32),
            ("leak", Kind::I32),
            ("rate", Kind::I32),
            ("rate_shift", Kind::U32),
            ("drive_ex", Kind::I32),
            ("drive_ex_shift", Kind::U32),
            ("drive_in", Kind::I32),
            ("drive_in_shift", Kind::U32),
            ("drift", Kind::I32),
            ("current_gain", Kind::I32),
            ("current_shift", Kind::U32),
        ],
    };

    #[inline(always)]
    fn step(n: &mut [i32; 4], c: &Constants, input: Input<i32>) -> bool {
        let [v, g_ex, g_in, refractory] = *n;
        let current = multiply(input.current, c.current_gain, c.current_shift).clamp(-(1 << 25), 1 << 25);
        let (half_ex, whole_ex) = (multiply(g_ex, c.half_ex, 31), multiply(g_ex, c.whole_ex, 31));
        let (half_in, whole_in) = (multiply(g_in, c.half_in, 31), multiply(g_in, c.whole_in, 31));
        let (rate0, drive0) = c.slope(g_ex, g_in, current);
        let (rate1, drive1) = c.slope(half_ex, half_in, current);
        let (rate2, drive2) = c.slope(whole_ex, whole_in, current);
        let k1 = drive0 - multiply(rate0, v, RATE_BITS);
        let k2 = drive1 - multiply(rate1, v + (k1 >> 1), RATE_BITS);
        let k3 = drive1 - multiply(rate1, v + (k2 >> 1), RATE_BITS);
        let k4 = drive2 - multiply(rate2, v + k3, RATE_BITS);
        let change = multiply(k1 + 2 * (k2 + k3) + k4, SIXTH, 31);
        let moved = (v + change).clamp(-c.limit, c.limit);
        n[1] = (whole_ex + input.excitatory).clamp(0, c.g_limit);
        n[2] = (whole_in - input.inhibitory).clamp(0, c.g_limit);
        if refractory > 0 {
            n[0] = c.reset;
            n[3] = refractory - 1;
            return false;
        }
        let spike = moved >= c.threshold;
        n[0] = if spike { c.reset } else { moved };
        n[3] = if spike { c.refractory_steps } else { 0 };
        spike
    }
}
