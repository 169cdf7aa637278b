//! Models that are stepped neuron by neuron: what a model says of itself, from which both engines make their step.
//!
//! A neuron's state and constants are 32-bit words: integers in the exact class, floats in the tolerant one. The WGSL step of a model is
//! `fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool` in `shaders/neuron/NAME.wgsl`; the structures around it are
//! written from [`Form`].

use bytemuck::Pod;

use super::fault::{Fault, SPIKE};
use super::fixed_point::{Factor, MAX_CURRENT, MAX_INCREMENT, REFRACTORY, multiply_held, scale};
use super::lif::{self, Constants, Scales};
use super::{InputBound, LifParameters, Model, Values, sources};

/// Type of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarType {
    /// Signed integer.
    I32,
    /// Unsigned integer.
    U32,
    /// Single precision.
    F32,
}

impl ScalarType {
    /// Its name in WGSL.
    pub fn wgsl(self) -> &'static str {
        match self {
            ScalarType::I32 => "i32",
            ScalarType::U32 => "u32",
            ScalarType::F32 => "f32",
        }
    }
}

/// Shape of a model's neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Type of state words and inputs.
    pub word: ScalarType,
    /// State variables, the membrane potential first.
    pub variables: &'static [&'static str],
    /// Keys under which scenarios give the initial values of the variables; `None` where they may not.
    pub keys: &'static [Option<&'static str>],
    /// Constants.
    pub constants: &'static [(&'static str, ScalarType)],
}

/// A word of a model's state.
pub trait Word: Pod {
    /// From synaptic input in its units, of which one is `unit`.
    fn from_input(input: i32, unit: f32) -> Self;

    /// The sum of two currents, given as their bits; 0 is no current.
    fn sum(a: u32, b: u32) -> Self;

    /// Whether a word of this type is a finite number.
    fn is_number(bits: u32) -> bool;
}

impl Word for i32 {
    #[inline(always)]
    fn from_input(input: i32, _: f32) -> Self {
        input
    }

    #[inline(always)]
    fn sum(a: u32, b: u32) -> Self {
        a.wrapping_add(b) as i32
    }

    #[inline(always)]
    fn is_number(_: u32) -> bool {
        true
    }
}

impl Word for f32 {
    #[inline(always)]
    fn from_input(input: i32, unit: f32) -> Self {
        input as f32 * unit
    }

    #[inline(always)]
    fn sum(a: u32, b: u32) -> Self {
        f32::from_bits(a) + f32::from_bits(b)
    }

    #[inline(always)]
    fn is_number(bits: u32) -> bool {
        f32::from_bits(bits).is_finite()
    }
}

/// What reaches a neuron in a step: in input units and current units in the exact class, in mV, pA or nS in the tolerant one.
#[derive(Debug, Clone, Copy)]
pub struct Input<W> {
    /// Synaptic input that excites, or all of it where a model does not tell them apart.
    pub excitatory: W,
    /// Synaptic input that inhibits; not positive.
    pub inhibitory: W,
    /// Current.
    pub current: W,
    /// Offset of the step's roundings (exact class); see [`super::fixed_point::rounding`].
    pub rounding: u32,
}

/// A model that is stepped neuron by neuron.
pub trait Scalar {
    /// Type of its words.
    type Word: Word;
    /// Its state: as many words as [`Form::variables`].
    type State: Pod;
    /// Its constants: as many words as [`Form::constants`].
    type Constants: Pod;
    /// Its shape.
    const FORM: Form;

    /// Whether its spikes of a step are as many as its excitatory input (Poisson sources).
    const MANY: bool = false;

    /// Advances a neuron by one step; the outcome tells whether it spiked ([`SPIKE`]) and what went wrong ([`Fault`]).
    fn step(n: &mut Self::State, c: &Self::Constants, input: Input<Self::Word>) -> u32;
}

/// The shape of a model's neurons.
pub fn form(model: Model) -> Form {
    match model {
        Model::LifPscDelta => LifPscDelta::FORM,
        Model::LifPscExp => LifPscExp::FORM,
        Model::LifCondExp => super::lif_cond_exp::LifCondExp::FORM,
        Model::Izhikevich => super::izhikevich::Izhikevich::FORM,
        Model::AdexCondExp => super::adex_cond_exp::AdexCondExp::FORM,
        Model::HhCondExpTraub => super::hh_cond_exp_traub::HhCondExpTraub::FORM,
        Model::PoissonSource => sources::PoissonSource::FORM,
        Model::RegularSource => sources::RegularSource::FORM,
        Model::SpikeTimes => sources::SpikeTimes::FORM,
        Model::User(model) => model.form,
    }
}

/// The WGSL structures a step function sees: `Neuron`, `Constants` and `Input`.
pub fn structures(form: &Form) -> String {
    let word = form.word.wgsl();
    let list =
        |names: &mut dyn Iterator<Item = (&str, &str)>| names.map(|(n, kind)| format!(" {n}: {kind},")).collect::<String>();
    let variables = list(&mut form.variables.iter().map(|name| (*name, word)));
    let mut constants = list(&mut form.constants.iter().map(|(name, kind)| (*name, kind.wgsl())));
    if constants.is_empty() {
        constants = " unused: u32,".into();
    }
    // Exact models round by the step, and tell faults with spikes.
    let exact = if form.word == ScalarType::F32 { "" } else { " rounding: u32," };
    format!(
        "struct Neuron {{{variables} }}\nstruct Constants {{{constants} }}\nstruct Input {{ excitatory: {word}, inhibitory: {word}, current: {word},{exact} }}\n"
    )
}

/// The scales of a population. `neurons` gives the values of every neuron's parameters, as often as it is called; `typical` those of a
/// typical one.
///
/// # Errors
/// A sentence that names the quantity for which no scale exists.
pub fn scales<'a, I: Iterator<Item = Vec<f64>>>(
    typical: Values<'a>,
    neurons: impl Fn() -> I,
    dt_ms: f64,
    bound: &InputBound,
) -> Result<Scales, String> {
    let model = typical.model;
    match model {
        Model::LifPscDelta | Model::LifPscExp => {
            let origin = LifParameters::of(typical).origin_mv();
            let lif = || neurons().map(move |values| LifParameters::of(Values { model, values: &values }));
            Scales::choose(model, lif, origin, dt_ms, bound)
        }
        Model::LifCondExp => super::lif_cond_exp::scales(typical, neurons, dt_ms, bound),
        Model::Izhikevich => super::izhikevich::scales(neurons, dt_ms, bound),
        Model::PoissonSource | Model::RegularSource | Model::SpikeTimes => Ok(Scales::default()),
        Model::AdexCondExp | Model::HhCondExpTraub | Model::User(_) => {
            // Input is counted in integers and used in single precision: as fine as that, whatever the smallest weight.
            let w_bits = lif::scale_bits(bound.per_step(), f64::from(REFRACTORY)).min(24);
            if bound.smallest * libm::exp2(f64::from(w_bits)) < 100.0 && bound.smallest > 0.0 {
                return Err(lif::too_coarse(bound.per_step(), bound.smallest, model.weight_unit_name()));
            }
            Ok(Scales { v_bits: 0, origin_mv: 0.0, w_bits })
        }
    }
}

/// The words of a neuron's constants. `current_bits` are the digits after the point of a current in the exact class.
pub fn constants(neuron: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32> {
    match neuron.model {
        Model::LifPscDelta | Model::LifPscExp => {
            let p = LifParameters::of(neuron);
            words(&LifConstants::new(neuron.model, &p, dt_ms, scales, current_bits))
        }
        Model::LifCondExp => words(&super::lif_cond_exp::Constants::new(neuron, dt_ms, scales, current_bits)),
        Model::Izhikevich => words(&super::izhikevich::Constants::new(neuron, dt_ms, scales, current_bits)),
        Model::AdexCondExp => words(&super::adex_cond_exp::Constants::new(neuron, dt_ms)),
        Model::HhCondExpTraub => words(&super::hh_cond_exp_traub::Constants::new(neuron, dt_ms)),
        Model::RegularSource => sources::RegularTimes::of(neuron, dt_ms).constants().to_vec(),
        Model::PoissonSource | Model::SpikeTimes => Vec::new(),
        Model::User(model) => model.constants(neuron, dt_ms),
    }
}

fn words<T: Pod>(constants: &T) -> Vec<u32> {
    bytemuck::cast_slice(std::slice::from_ref(constants)).to_vec()
}

/// The word of an initial value: variable `i` of a model's state, given as a number in its own unit.
pub fn initial_word(model: Model, i: usize, value: f64, scales: &Scales) -> u32 {
    match (form(model).word, i) {
        (ScalarType::F32, _) => (value as f32).to_bits(),
        (_, 0) => scales.potential(value) as u32,
        _ if model == Model::RegularSource => value as u32,
        // The recovery variable of Izhikevich's model has a scale of its own.
        _ if model == Model::Izhikevich => libm::round(value * libm::exp2(f64::from(super::izhikevich::U_BITS))) as i32 as u32,
        _ => scales.weight(value) as u32,
    }
}

/// Where a variable starts if a scenario does not say: in its own unit, from the neuron's potential.
pub fn initial_value(neuron: Values<'_>, i: usize, v_mv: f64, dt_ms: f64) -> f64 {
    match neuron.model {
        Model::Izhikevich if i == 1 => neuron.get("b") * v_mv,
        Model::RegularSource => f64::from(sources::RegularTimes::of(neuron, dt_ms).first),
        Model::User(model) => model.initial[i],
        Model::HhCondExpTraub => super::hh_cond_exp_traub::steady(i, v_mv - neuron.get("v_t_mv")),
        _ => 0.0,
    }
}

/// The potential a state's first word stands for, mV.
pub fn potential_mv(model: Model, word: i32, scales: &Scales) -> f64 {
    match form(model).word {
        ScalarType::F32 => f64::from(f32::from_bits(word as u32)),
        _ => scales.potential_mv(word),
    }
}

/// Leaky integrate-and-fire with delta synapses, neuron by neuron: the same arithmetic as [`super::lif_psc_delta`], and currents.
#[derive(Debug)]
pub struct LifPscDelta;

/// Leaky integrate-and-fire with exponential synaptic currents, neuron by neuron: the same arithmetic as [`super::lif_psc_exp`], and
/// currents.
#[derive(Debug)]
pub struct LifPscExp;

/// Constants of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct LifConstants {
    threshold: i32,
    reset: i32,
    after_spike: i32,
    kept: u32,
    syn_kept0: u32,
    syn_kept1: u32,
    syn_gain0: u32,
    syn_gain1: u32,
    input_shift: u32,
    /// What a neuron's own resting potential adds in a step where it is not the origin: whole units, and 2^-31 of one.
    drift: i32,
    drift_part: u32,
    /// Potential gained in one step per unit of current.
    current_gain: i32,
    current_shift: u32,
}

const LIF_CONSTANTS: [(&str, ScalarType); 13] = [
    ("threshold", ScalarType::I32),
    ("reset", ScalarType::I32),
    ("after_spike", ScalarType::I32),
    ("kept", ScalarType::U32),
    ("syn_kept0", ScalarType::U32),
    ("syn_kept1", ScalarType::U32),
    ("syn_gain0", ScalarType::U32),
    ("syn_gain1", ScalarType::U32),
    ("input_shift", ScalarType::U32),
    ("drift", ScalarType::I32),
    ("drift_part", ScalarType::U32),
    ("current_gain", ScalarType::I32),
    ("current_shift", ScalarType::U32),
];

impl LifConstants {
    fn new(model: Model, p: &LifParameters, dt_ms: f64, scales: &Scales, current_bits: i32) -> Self {
        let c = Constants::new(model, p, dt_ms, scales);
        let unit = libm::exp2(f64::from(scales.v_bits));
        let reached = -libm::expm1(-dt_ms / p.tau_m_ms);
        let gain = Factor::of(p.tau_m_ms / p.c_m_pf * reached * libm::exp2(f64::from(scales.v_bits as i32 - current_bits)));
        let (drift, drift_part) = whole_and_part((p.origin_mv() - scales.origin_mv) * reached * unit);
        Self {
            threshold: c.threshold,
            reset: c.reset,
            after_spike: c.after_spike(),
            kept: c.kept,
            syn_kept0: c.syn_kept[0],
            syn_kept1: c.syn_kept[1],
            syn_gain0: c.syn_gain[0],
            syn_gain1: c.syn_gain[1],
            input_shift: c.input_shift,
            drift,
            drift_part,
            current_gain: gain.mantissa,
            current_shift: gain.shift,
        }
    }

    /// The rest of both models' step; `beyond` tells that more arrives than `increment` says, `outcome` what else has gone wrong.
    #[inline(always)]
    fn integrate(&self, v: &mut i32, increment: i32, beyond: bool, input: Input<i32>, outcome: u32) -> u32 {
        let most = MAX_INCREMENT;
        let current = multiply_held(input.current, self.current_gain, self.current_shift, input.rounding).clamp(-most, most);
        let drift = self.drift + ((self.drift_part + input.rounding) >> 31) as i32;
        // No sum of two wraps.
        let drive = (current + drift).clamp(-most, most);
        let driven = (increment + drive).clamp(-most, most);
        let beyond = beyond || drive != current + drift || driven != increment + drive;
        let old = *v;
        if old > REFRACTORY {
            *v = if old == REFRACTORY + 1 { self.reset } else { old - 1 };
            return outcome;
        }
        let integrated = scale(old, self.kept, input.rounding) + driven;
        if integrated >= self.threshold {
            *v = self.after_spike;
            return outcome | SPIKE | Fault::Threshold.unless(self.threshold < REFRACTORY);
        }
        *v = integrated.max(-REFRACTORY);
        outcome | Fault::Potential.unless(integrated >= -REFRACTORY && !beyond)
    }
}

/// A number as a whole one, rounded down, and what is left in units of 2^-31.
pub(super) fn whole_and_part(x: f64) -> (i32, u32) {
    let whole = libm::floor(x);
    let part = libm::round((x - whole) * 2147483648.0);
    // Most of a unit is nearly a whole one.
    (whole.clamp(-1073741823.0, 1073741823.0) as i32, part.min(2147483647.0) as u32)
}

impl Scalar for LifPscDelta {
    type Word = i32;
    type State = [i32; 1];
    type Constants = LifConstants;
    const FORM: Form = Form { word: ScalarType::I32, variables: &["v"], keys: &[None], constants: &LIF_CONSTANTS };

    #[inline(always)]
    fn step(n: &mut [i32; 1], c: &LifConstants, input: Input<i32>) -> u32 {
        let limit = MAX_INCREMENT >> c.input_shift;
        let arriving = input.excitatory + input.inhibitory;
        let held = arriving.clamp(-limit, limit);
        c.integrate(&mut n[0], held << c.input_shift, held != arriving, input, 0)
    }
}

impl Scalar for LifPscExp {
    type Word = i32;
    type State = [i32; 3];
    type Constants = LifConstants;
    const FORM: Form = Form {
        word: ScalarType::I32,
        variables: &["v", "i_ex", "i_in"],
        keys: &[None, Some("i_syn_ex_pa"), Some("i_syn_in_pa")],
        constants: &LIF_CONSTANTS,
    };

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
