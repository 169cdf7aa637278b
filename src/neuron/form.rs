//! What neurons consist of where they are stepped one by one: state variables and constants as 32-bit words, integers in the exact class,
//! floats in the tolerant one. Both engines make their step from it: the CPU engine from [`Scalar`], adapters from
//! `fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input)` with the structures of [`structures`] around it.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use std::borrow::Cow;

use bytemuck::Pod;

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

/// What the word of a state variable counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Potential units of the population's scales, from their origin.
    Potential,
    /// Input units of the population's scales: a synaptic current or conductance.
    Input,
    /// Parts of 2 to the power of minus as many.
    Binary(u32),
    /// Whole numbers.
    Whole,
}

/// A state variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name in WGSL.
    pub name: Cow<'static, str>,
    /// The key under which scenarios give its initial value, if they may.
    pub key: Option<Cow<'static, str>>,
    /// What its word counts in the exact class.
    pub unit: Unit,
}

impl Variable {
    /// One that scenarios do not set.
    pub(super) const fn own(name: &'static str, unit: Unit) -> Self {
        Self { name: Cow::Borrowed(name), key: None, unit }
    }

    /// One whose initial value stands under a key in scenarios.
    pub(super) const fn given(name: &'static str, key: &'static str, unit: Unit) -> Self {
        Self { name: Cow::Borrowed(name), key: Some(Cow::Borrowed(key)), unit }
    }
}

/// A constant of a neuron: its name in WGSL and its type.
pub type Constant = (Cow<'static, str>, ScalarType);

/// Shape of a model's neurons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Type of state words and inputs.
    pub word: ScalarType,
    /// State variables, the membrane potential first.
    pub variables: Vec<Variable>,
    /// Constants.
    pub constants: Vec<Constant>,
}

/// A structure of words, of which WGSL knows the same members.
pub(super) trait Words: Pod {
    /// Its members.
    fn members() -> Vec<Constant>;
}

/// Type of a member of a structure of words.
pub(super) trait Member {
    /// Its type in WGSL.
    const TYPE: ScalarType;
}

impl Member for i32 {
    const TYPE: ScalarType = ScalarType::I32;
}

impl Member for u32 {
    const TYPE: ScalarType = ScalarType::U32;
}

impl Member for f32 {
    const TYPE: ScalarType = ScalarType::F32;
}

/// No constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Nothing;

impl Words for Nothing {
    fn members() -> Vec<Constant> {
        Vec::new()
    }
}

/// Defines a structure of constants once for Rust and WGSL; `[NAME: TYPE]` puts the members of another such structure first.
macro_rules! words {
    ($(#[$outer:meta])* pub struct $name:ident { $([$first:ident: $base:ty])? $($(#[$inner:meta])* $member:ident: $kind:ty,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        pub struct $name { $(pub(super) $first: $base,)? $($(#[$inner])* pub(super) $member: $kind,)* }

        impl $crate::neuron::form::Words for $name {
            fn members() -> Vec<$crate::neuron::form::Constant> {
                let own = [$((stringify!($member).into(), <$kind as $crate::neuron::form::Member>::TYPE)),*];
                let first: &[fn() -> Vec<$crate::neuron::form::Constant>] = &[$(<$base as $crate::neuron::form::Words>::members)?];
                first.iter().flat_map(|members| members()).chain(own).collect()
            }
        }
    };
}
pub(super) use words;

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

/// The step of a model, one neuron at a time.
pub trait Scalar {
    /// Type of its words.
    type Word: Word;
    /// Its state: as many words as [`Form::variables`].
    type State: Pod;
    /// Its constants: as many words as [`Form::constants`].
    type Constants: Pod;

    /// Whether its spikes of a step are as many as its excitatory input (Poisson sources).
    const MANY: bool = false;

    /// Advances a neuron by one step; the outcome tells whether it spiked ([`super::fault::SPIKE`]) and what went wrong
    /// ([`super::Fault`]).
    fn step(n: &mut Self::State, c: &Self::Constants, input: Input<Self::Word>) -> u32;
}

/// The words of a structure.
pub(super) fn words_of<T: Pod>(constants: &T) -> Vec<u32> {
    bytemuck::cast_slice(std::slice::from_ref(constants)).to_vec()
}

/// A number as a whole one, rounded down, and what is left in units of 2^-31.
pub(super) fn whole_and_part(x: f64) -> (i32, u32) {
    let whole = libm::floor(x);
    let part = libm::round((x - whole) * 2147483648.0);
    // Most of a unit is nearly a whole one.
    (whole.clamp(-1073741823.0, 1073741823.0) as i32, part.min(2147483647.0) as u32)
}

/// The WGSL structures a step function sees: `Neuron`, `Constants` and `Input`.
pub fn structures(form: &Form) -> String {
    let word = form.word.wgsl();
    let list =
        |names: &mut dyn Iterator<Item = (&str, &str)>| names.map(|(n, kind)| format!(" {n}: {kind},")).collect::<String>();
    let variables = list(&mut form.variables.iter().map(|v| (&*v.name, word)));
    let mut constants = list(&mut form.constants.iter().map(|(name, kind)| (&**name, kind.wgsl())));
    if constants.is_empty() {
        constants = " unused: u32,".into();
    }
    // Exact models round by the step, and tell faults with spikes.
    let exact = if form.word == ScalarType::F32 { "" } else { " rounding: u32," };
    format!(
        "struct Neuron {{{variables} }}\nstruct Constants {{{constants} }}\nstruct Input {{ excitatory: {word}, inhibitory: {word}, current: {word},{exact} }}\n"
    )
}
