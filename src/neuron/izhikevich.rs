//! Izhikevich's quadratic model with delta synapses: an arriving spike moves the potential by its weight.
//!
//! dv/dt = 0.04 v^2 + 5 v + 140 - u + I; du/dt = a (b v - u); v >= v_th: spike, v = c, u += d (Izhikevich 2003,
//! doi:10.1109/TNN.2003.820440; v in mV, t in ms). Forward Euler on the grid, as NEST's `izhikevich` with consistent integration; with
//! `substeps` = 2 the potential takes two half steps before u takes its own, as in the paper's program (there dt is 1 ms). Fixed point,
//! exact on every device. Twin: `shaders/neuron/izhikevich.wgsl`.

use super::fixed_point::{Factor, multiply};
use super::lif::{Scales, no_scale, scale_bits};
use super::parameters::{Parameter, Range, optional, required};
use super::scalar::{Form, Input, Kind, Scalar};
use super::{InputBound, Values};

/// Parameters, named as in NEST.
pub(super) const PARAMETERS: [Parameter; 7] = [
    required("a", Range::Any),
    required("b", Range::Any),
    required("c_mv", Range::Any),
    required("d", Range::Any),
    optional("v_th_mv", Range::Any, 30.0),
    optional("i_e", Range::Any, 0.0),
    optional("substeps", Range::Positive, 1.0),
];

/// Where the potential saturates, mV: no less than 512, and as far as the substeps of one time step carry it beyond the threshold under
/// strong input, but for 4096. Two half steps of 0.5 ms reach 2900 mV, and u sees that: firing rates depend on it.
fn limit_mv(substep_ms: f64, substeps: f64) -> f64 {
    let (threshold, input) = (30.0, 200.0);
    let reached =
        (0..substeps as u32).fold(threshold, |v: f64, _| (v + substep_ms * (0.04 * v * v + 5.0 * v + 140.0 + input)).min(4096.0));
    reached.max(512.0)
}

/// Where the recovery variable saturates.
const LIMIT_U: f64 = 4096.0;
/// Digits after the point of a squared potential: as many as its largest one leaves of 30 bits, at most 10.
fn square_bits(limit_mv: f64) -> u32 {
    scale_bits(limit_mv * limit_mv, f64::from(1 << 30)).clamp(0, 10) as u32
}

/// The model.
#[derive(Debug)]
pub struct Izhikevich;

/// Its constants. Factors are for one substep of the potential, but for those of u.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Constants {
    threshold: i32,
    reset: i32,
    jump: i32,
    limit: i32,
    limit_u: i32,
    substeps: u32,
    /// Digits of a product of two potentials beyond those of a square.
    square_shift: u32,
    square_gain: i32,
    square_gain_shift: u32,
    linear: i32,
    linear_shift: u32,
    constant: i32,
    step: i32,
    step_shift: u32,
    current_gain: i32,
    current_shift: u32,
    input_gain: i32,
    input_shift: u32,
    b: i32,
    b_shift: u32,
    a: i32,
    a_shift: u32,
}

/// The scales of a population.
pub(super) fn scales(typical: Values<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
    let substeps = typical.get("substeps");
    let substep = dt_ms / substeps;
    let limit = limit_mv(substep, substeps);
    // The steepest change in a substep, at the limits.
    let steepest = substep * (0.04 * limit * limit + 5.0 * limit + 140.0 + LIMIT_U) + limit;
    let v_bits = scale_bits(steepest.max(LIMIT_U), f64::from(1 << 30)).min(20);
    let w_bits = scale_bits(bound.recurrent + bound.external, f64::from(1 << 30)).min(v_bits);
    if v_bits < 10 {
        return Err(no_scale("the change of the potential in a step", steepest, "mV"));
    }
    if w_bits < 0 {
        return Err(no_scale("the synaptic input of one step", bound.recurrent + bound.external, "mV"));
    }
    Ok(Scales { origin_mv: 0.0, v_bits: v_bits as u32, w_bits })
}

impl Constants {
    pub(super) fn new(n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let substeps = n.get("substeps");
        let h = dt_ms / substeps;
        let unit = libm::exp2(f64::from(scales.v_bits));
        let fixed = |x: f64| libm::round(x * unit) as i32;
        let limit = limit_mv(h, substeps);
        let square_bits = square_bits(limit);
        let square = Factor::of(0.04 * h * libm::exp2(f64::from(scales.v_bits) - f64::from(square_bits)));
        let linear = Factor::of(5.0 * h);
        let step = Factor::of(h);
        let current = Factor::of(h * libm::exp2(f64::from(scales.v_bits as i32 - current_bits)));
        let input = Factor::of(libm::exp2(f64::from(scales.v_bits as i32 - scales.w_bits)) / substeps);
        let (b, a) = (Factor::of(n.get("b")), Factor::of(n.get("a") * dt_ms));
        Self {
            threshold: fixed(n.get("v_th_mv")),
            reset: fixed(n.get("c_mv")),
            jump: fixed(n.get("d")),
            limit: fixed(limit),
            limit_u: fixed(LIMIT_U),
            substeps: substeps as u32,
            square_shift: 2 * scales.v_bits - square_bits,
            square_gain: square.mantissa,
            square_gain_shift: square.shift,
            linear: linear.mantissa,
            linear_shift: linear.shift,
            constant: fixed((140.0 + n.get("i_e")) * h),
            step: step.mantissa,
            step_shift: step.shift,
            current_gain: current.mantissa,
            current_shift: current.shift,
            input_gain: input.mantissa,
            input_shift: input.shift,
            b: b.mantissa,
            b_shift: b.shift,
            a: a.mantissa,
            a_shift: a.shift,
        }
    }
}

impl Scalar for Izhikevich {
    type Word = i32;
    type State = [i32; 2];
    type Constants = Constants;
    const FORM: Form = Form {
        word: Kind::I32,
        variables: &["v", "u"],
        keys: &[None, Some("u")],
        constants: &[
            ("threshold", Kind::I32),
            ("reset", Kind::I32),
            ("jump", Kind::I32),
            ("limit", Kind::I32),
            ("limit_u", Kind::I32),
            ("substeps", Kind::U32),
            ("square_shift", Kind::U32),
            ("square_gain", Kind::I32),
            ("square_gain_shift", Kind::U32),
            ("linear", Kind::I32),
            ("linear_shift", Kind::U32),
            ("constant", Kind::I32),
            ("step", Kind::I32),
            ("step_shift", Kind::U32),
            ("current_gain", Kind::I32),
            ("current_shift", Kind::U32),
            ("input_gain", Kind::I32),
            ("input_shift", Kind::U32),
            ("b", Kind::I32),
            ("b_shift", Kind::U32),
            ("a", Kind::I32),
            ("a_shift", Kind::U32),
        ],
    };

    #[inline(always)]
    fn step(n: &mut [i32; 2], c: &Constants, input: Input<i32>) -> bool {
        let [v_old, u_old] = *n;
        let jump = multiply(input.excitatory + input.inhibitory, c.input_gain, c.input_shift).clamp(-c.limit, c.limit);
        let drive = multiply(input.current, c.current_gain, c.current_shift).clamp(-c.limit, c.limit);
        let rest = c.constant - multiply(u_old, c.step, c.step_shift) + drive + jump;
        let mut v = v_old;
        for _ in 0..c.substeps {
            let square = multiply(v, v, c.square_shift);
            let slope = multiply(square, c.square_gain, c.square_gain_shift) + multiply(v, c.linear, c.linear_shift);
            v = (v + slope + rest).clamp(-c.limit, c.limit);
        }
        // With half steps, u follows the new potential, as in the paper's program.
        let seen = if c.substeps > 1 { v } else { v_old };
        let mut u = u_old + multiply(multiply(seen, c.b, c.b_shift) - u_old, c.a, c.a_shift);
        let spike = v >= c.threshold;
        if spike {
            v = c.reset;
            u += c.jump;
        }
        *n = [v, u.clamp(-c.limit_u, c.limit_u)];
        spike
    }
}
