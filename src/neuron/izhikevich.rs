//! Izhikevich's quadratic model with delta synapses: an arriving spike moves the potential by its weight.
//!
//! dv/dt = 0.04 v^2 + 5 v + 140 - u + I; du/dt = a (b v - u); v >= v_th: spike, v = c, u += d (Izhikevich 2003,
//! doi:10.1109/TNN.2003.820440; v in mV, t in ms). Forward Euler on the grid, as NEST's `izhikevich` with consistent integration; with
//! `substeps` = 2 the potential takes two half steps before u takes its own, as in the paper's program (there dt is 1 ms). Fixed point,
//! exact on every device. Twin: `shaders/neuron/izhikevich.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use std::sync::LazyLock;

use super::fault::{Fault, SPIKE};
use super::fixed_point::{Factor, multiply, multiply_held};
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable, Words, whole_and_part, words, words_of};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Role, Values, optional, required};
use super::scales::{InputBound, Scales, scale_bits, too_coarse};

/// Parameters, named as in NEST.
static PARAMETERS: [Parameter; 7] = [
    required("a", ParameterRange::Any),
    required("b", ParameterRange::Any),
    required("c_mv", ParameterRange::Any).role(Role::Reset),
    required("d", ParameterRange::Any),
    optional("v_th_mv", ParameterRange::Any, 30.0).role(Role::Threshold),
    optional("i_e", ParameterRange::Any, 0.0).role(Role::ConstantCurrent),
    optional("substeps", ParameterRange::Positive, 1.0).role(Role::Substeps),
];

/// Digits after the point of a potential and of the recovery variable.
const V_BITS: u32 = 18;
const U_BITS: u32 = 18;
/// Where the potential saturates upwards, 3072 mV, and where it leaves its range downwards, -1024 mV. Substeps carry it far beyond the
/// threshold (two of 0.5 ms to 2,900 mV), and u sees that: firing rates depend on it.
const LIMIT: i32 = 3 << 28;
const FLOOR: i32 = -(1 << 28);
/// The recovery variable stays within plus and minus this, 1024.
const LIMIT_U: i32 = 1 << 28;
/// What a substep adds is held within plus and minus this, less than 4096 mV: from within the range it leads to its end.
const MOST: i32 = (1 << 30) - 1;
/// Digits after the point of 0.04 h v + 5 h, which is less than 2^8 (3072 mV in steps of 1 ms: 128); longer steps have fewer.
const STEEPNESS_BITS: u32 = 22;

/// The model.
#[derive(Debug)]
pub struct Izhikevich;

words! {
    /// Its constants. Factors are for one substep of the potential, but for those of u.
    pub struct Constants {
        threshold: i32,
        reset: i32,
        jump: i32,
        substeps: u32,
        /// 0.04 h v + 5 h, which is what a substep adds per unit of v.
        steepness_gain: i32,
        steepness_gain_shift: u32,
        steepness: i32,
        steepness_shift: u32,
        constant: i32,
        constant_part: u32,
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
}

/// Refuses values with which the model leaves the range in which it is exact.
fn check_range(n: Values<'_>, dt_ms: f64, bound: &InputBound) -> Result<(), String> {
    let (substeps, h) = (n.get("substeps"), dt_ms / n.get("substeps"));
    let mut reached = n.get("v_th_mv").min(1000.0);
    for _ in 0..substeps as u32 {
        reached = (reached + h * (0.04 * reached * reached + 5.0 * reached + 140.0 + 200.0)).min(1e6);
    }
    if reached > 3072.0 {
        return Err(format!(
            "{substeps} substeps of {h} ms can carry the potential from its threshold to {reached:.0} mV before a spike is seen, where the recovery variable would follow it; lower dt_ms or `substeps`"
        ));
    }
    for (what, size) in [
        ("an initial potential", bound.initial_mv),
        ("`c_mv`", n.get("c_mv").abs()),
        ("`d`", n.get("d").abs()),
        ("what `i_e` adds in a substep", ((140.0 + n.get("i_e")) * h).abs()),
    ] {
        if size >= 1024.0 {
            return Err(format!("{what} is {size:.0} mV, but the model is exact only below 1024 mV; make it smaller"));
        }
    }
    Ok(())
}

/// The scales of a population.
fn scales(population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
    let mut fine = Ok(());
    population.each(|n| {
        if fine.is_ok() {
            fine = check_range(n, dt_ms, bound);
        }
    });
    fine?;
    let w_bits = scale_bits(bound.per_step(), f64::from(MOST)).min(V_BITS as i32);
    let half_mv = 0.5 * libm::exp2(f64::from(-w_bits));
    if bound.per_step() > 0.0 && half_mv > f64::max(1e-4, 0.01 * bound.smallest) {
        return Err(too_coarse(bound.per_step(), bound.smallest, "mV"));
    }
    Ok(Scales { origin_mv: 0.0, v_bits: V_BITS, w_bits })
}

impl Constants {
    fn new(n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let substeps = n.get("substeps");
        let h = dt_ms / substeps;
        let unit = libm::exp2(f64::from(V_BITS));
        let steepest = h * (0.04 * 3072.0 + 5.0);
        let steepness_bits = scale_bits(steepest, f64::from(1 << 30)).min(STEEPNESS_BITS as i32) as u32;
        let gain = Factor::of(0.04 * h * libm::exp2(f64::from(steepness_bits as i32 - V_BITS as i32)));
        let step = Factor::of(h * libm::exp2(f64::from(V_BITS as i32 - U_BITS as i32)));
        let current = Factor::of(h * libm::exp2(f64::from(V_BITS as i32 - current_bits)));
        let input = Factor::of(libm::exp2(f64::from(V_BITS as i32 - scales.w_bits)) / substeps);
        let b = Factor::of(n.get("b") * libm::exp2(f64::from(U_BITS as i32 - V_BITS as i32)));
        let a = Factor::of(n.get("a") * dt_ms);
        let (constant, constant_part) = whole_and_part((140.0 + n.get("i_e")) * h * unit);
        Self {
            threshold: scales.threshold(n.get("v_th_mv"), LIMIT),
            reset: scales.potential(n.get("c_mv")),
            jump: libm::round(n.get("d") * libm::exp2(f64::from(U_BITS))) as i32,
            substeps: substeps as u32,
            steepness_gain: gain.mantissa,
            steepness_gain_shift: gain.shift,
            steepness: libm::round(5.0 * h * libm::exp2(f64::from(steepness_bits))) as i32,
            steepness_shift: steepness_bits,
            constant,
            constant_part,
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

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![Variable::own("v", Unit::Potential), Variable::given("u", "u", Unit::Binary(U_BITS))],
    constants: Constants::members(),
});

impl NeuronModel for Izhikevich {
    fn about(&self) -> About<'_> {
        About {
            name: "izhikevich",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Mv,
            shader: include_str!("../../shaders/neuron/izhikevich.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
        words_of(&Constants::new(n, dt_ms, scales, current_bits))
    }

    fn scales(&self, population: PopulationValues<'_>, dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
        scales(population, dt_ms, bound)
    }

    fn resting_mv(&self, n: Values<'_>) -> f64 {
        n.get("c_mv")
    }

    fn initial_value(&self, n: Values<'_>, _: usize, v_mv: f64, _: f64) -> f64 {
        n.get("b") * v_mv
    }

    fn range_mv(&self, scales: &Scales) -> [f64; 2] {
        [FLOOR, LIMIT].map(|units| f64::from(units.abs()) / libm::exp2(f64::from(scales.v_bits)))
    }

    fn numbers(&self) -> &'static [(&'static str, i32)] {
        &[("LIMIT", LIMIT), ("FLOOR", FLOOR), ("LIMIT_U", LIMIT_U), ("MOST", MOST)]
    }

    fn current_suffix(&self) -> &'static str {
        ""
    }
}

impl Scalar for Izhikevich {
    type Word = i32;
    type State = [i32; 2];
    type Constants = Constants;

    #[inline(always)]
    fn step(n: &mut [i32; 2], c: &Constants, input: Input<i32>) -> u32 {
        let [v_old, u_old] = *n;
        let r = input.rounding;
        let half = 1 << 29;
        let jump = multiply_held(input.excitatory + input.inhibitory, c.input_gain, c.input_shift, r).clamp(-half, half);
        let drive = multiply_held(input.current, c.current_gain, c.current_shift, r).clamp(-half, half);
        let constant = c.constant + ((c.constant_part + r) >> 31) as i32;
        let rest = (constant - multiply_held(u_old, c.step, c.step_shift, r)).clamp(-MOST, MOST);
        let rest = (rest + (jump + drive).clamp(-MOST, MOST)).clamp(-MOST, MOST);
        let mut v = v_old;
        for _ in 0..c.substeps {
            let steepness = multiply(v, c.steepness_gain, c.steepness_gain_shift, r) + c.steepness;
            let change = (multiply_held(v, steepness, c.steepness_shift, r) + rest).clamp(-MOST, MOST);
            v = (v + change).clamp(FLOOR, LIMIT);
        }
        let fits = v > FLOOR && jump > -half && drive > -half;
        // With half steps, u follows the new potential, as in the paper's program.
        let seen = if c.substeps > 1 { v } else { v_old };
        let pull = multiply_held(seen, c.b, c.b_shift, r) - u_old;
        let mut u = u_old + multiply_held(pull, c.a, c.a_shift, r);
        let spike = v >= c.threshold;
        let mut outcome = Fault::Potential.unless(fits);
        if spike {
            v = c.reset;
            u += c.jump;
            outcome |= SPIKE | Fault::Threshold.unless(c.threshold < LIMIT);
        }
        *n = [v, u.clamp(-LIMIT_U, LIMIT_U)];
        outcome | Fault::Recovery.unless(u.abs() < LIMIT_U)
    }
}
