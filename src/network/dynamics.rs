//! What moves the neurons of a population: constants, initial state and currents, as words for the engines.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use glam::UVec4;
use rayon::prelude::*;

use super::random::{Purpose, below, key, threefry};
use crate::math::quantile::{self, STATE_LEVELS};
use crate::neuron::fixed_point::REFRACTORY;
use crate::neuron::form::ScalarType;
use crate::neuron::{Constants, InputBound, Model, PopulationValues, Scales, Source, Values};
use crate::scenario::PopulationSpec;

/// How the neurons of a population are stepped.
#[derive(Debug, Clone)]
pub enum Dynamics {
    /// Many at a time: leaky integrate-and-fire neurons that are all alike and driven by spikes only.
    Vector {
        /// Their constants.
        constants: Constants,
        /// Whether they keep a synaptic current per input channel.
        has_currents: bool,
    },
    /// One by one.
    Scalar(ScalarDynamics),
}

/// Words of a population that is stepped neuron by neuron.
#[derive(Debug, Clone, Default)]
pub struct ScalarDynamics {
    /// Constants of a typical neuron, in the order of the model's form.
    pub constants: Vec<u32>,
    /// Constants in which neurons differ: which, and the word of every neuron. They are kept behind the state variables.
    pub varied: Vec<(u32, Vec<u32>)>,
    /// Where the state variables behind the potential start.
    pub start: Vec<Start>,
    /// What one unit of synaptic input is in the unit of the weights (tolerant class).
    pub input_unit: f32,
    /// Steps from which on a current flows, and the current's word.
    pub current: Vec<(u32, u32)>,
    /// Equiprobable levels of the noise current; empty without noise.
    pub noise: Vec<u32>,
    /// Steps a value of the noise lasts.
    pub noise_steps: u32,
    /// Whether a neuron whose words are all 0 stays so while nothing reaches it.
    pub rests: bool,
}

/// Initial words of a state variable.
#[derive(Debug, Clone)]
pub enum Start {
    /// All neurons alike.
    Same(u32),
    /// Each its own.
    Each(Vec<u32>),
}

impl Start {
    /// The word of a neuron.
    pub fn word(&self, neuron: u32) -> u32 {
        match self {
            Start::Same(word) => *word,
            Start::Each(words) => words[neuron as usize],
        }
    }
}

/// The dynamics of a population with the scales and the initial potentials (equiprobable levels) they need.
pub(super) struct Built {
    pub(super) dynamics: Dynamics,
    pub(super) scales: Scales,
    pub(super) initial: Vec<i32>,
}

/// Parameter values of neurons, drawn as functions of seed, population and neuron.
struct Drawn<'a> {
    spec: &'a PopulationSpec,
    key: UVec4,
    typical: Vec<f64>,
    /// Levels of every parameter that varies.
    levels: Vec<(usize, Vec<f64>)>,
}

impl<'a> Drawn<'a> {
    fn new(spec: &'a PopulationSpec, seed: u64, id: u32) -> Self {
        let levels = spec.parameters.iter().map(|d| quantile::levels(d, STATE_LEVELS));
        let levels = levels.enumerate().filter(|(_, levels)| levels.len() > 1).collect();
        Self { spec, key: key(seed, Purpose::Parameter, id), typical: spec.typical(), levels }
    }

    /// The values of one neuron.
    fn values(&self, neuron: u32) -> Vec<f64> {
        let mut values = self.typical.clone();
        for (parameter, levels) in &self.levels {
            let word = threefry(self.key, UVec4::new(neuron, self.spec.drawn_with[*parameter] as u32, 0, 0)).x;
            values[*parameter] = levels[below(word, levels.len() as u32) as usize];
        }
        values
    }

    /// The values of every neuron; only one's if all are alike.
    fn all(&self) -> impl Iterator<Item = Vec<f64>> + '_ {
        let n = if self.levels.is_empty() { 1 } else { self.spec.size };
        (0..n).map(|neuron| self.values(neuron))
    }
}

/// Builds the dynamics of a population. `bound` need not hold an initial potential yet.
///
/// # Errors
/// A sentence that names the quantity for which no fixed-point scale exists.
pub(super) fn build(spec: &PopulationSpec, id: u32, seed: u64, dt_ms: f64, bound: InputBound) -> Result<Built, String> {
    let model = &spec.model;
    let drawn = Drawn::new(spec, seed, id);
    let typical = model.values(&drawn.typical);
    let origin_mv = model.origin_mv(typical);
    let initial_mv = quantile::levels(&spec.v_init_mv, STATE_LEVELS);
    // A neuron must not start above threshold for ever: the first step would turn it into a spike anyway.
    let farthest = initial_mv.iter().fold(0.0, |a: f64, v| a.max((v - origin_mv).abs()));
    let visit = |seen: &mut dyn FnMut(Values<'_>)| drawn.all().for_each(|values| seen(model.values(&values)));
    let population = PopulationValues { typical, visit: &visit };
    let scales = model.scales(population, dt_ms, &InputBound { initial_mv: farthest, ..bound })?;
    let initial = initial_mv.iter().map(|v| model.word(0, *v, &scales) as i32).collect();
    let plain = !spec.is_varied() && spec.current.is_empty() && spec.noise.is_none() && spec.initial.is_empty();
    let dynamics = match model.vector() {
        Some(form) if plain => {
            Dynamics::Vector { constants: (form.constants)(typical, dt_ms, &scales), has_currents: form.has_currents }
        }
        _ => Dynamics::Scalar(scalar_dynamics(spec, &drawn, (seed, id), dt_ms, &scales, &initial_mv)),
    };
    Ok(Built { dynamics, scales, initial })
}

fn scalar_dynamics(
    spec: &PopulationSpec,
    drawn: &Drawn<'_>,
    (seed, id): (u64, u32),
    dt_ms: f64,
    scales: &Scales,
    initial_mv: &[f64],
) -> ScalarDynamics {
    let model = &spec.model;
    let form = model.form();
    // The largest current there is must fit 30 bits.
    let noise = spec.noise.map(|n| (n, quantile::levels(&crate::scenario::Distribution::normal(n.mean, n.sd), STATE_LEVELS)));
    let currents = spec.current.iter().map(|(_, i)| i.abs()).fold(0.0, f64::max);
    let noises = noise.iter().flat_map(|(_, levels)| levels).fold(0.0, |a: f64, x| a.max(x.abs()));
    let current_bits = (libm::floor(libm::log2(f64::from(1 << 29) / (currents + noises).max(1e-3))) as i32).min(24);
    let current_word = |i: f64| match form.word {
        ScalarType::F32 => (i as f32).to_bits(),
        _ => libm::round(i * libm::exp2(f64::from(current_bits))) as i32 as u32,
    };

    let of = |neuron: u32| model.constants(model.values(&drawn.values(neuron)), dt_ms, scales, current_bits);
    let constants = model.constants(model.values(&drawn.typical), dt_ms, scales, current_bits);
    let mut varied = Vec::new();
    if !drawn.levels.is_empty() {
        let all: Vec<Vec<u32>> = (0..spec.size).into_par_iter().map(of).collect();
        for constant in 0..constants.len() {
            if all.iter().any(|own| own[constant] != constants[constant]) {
                varied.push((constant as u32, all.iter().map(|own| own[constant]).collect()));
            }
        }
    }
    let state_key = key(seed, Purpose::InitialState, id);
    let start = (1..form.variables.len())
        .map(|variable| {
            let word = |value: f64| model.word(variable, value, scales);
            if let Some((_, distribution)) = spec.initial.iter().find(|(v, _)| *v == variable) {
                let levels = quantile::levels(distribution, STATE_LEVELS);
                if let [value] = levels[..] {
                    return Start::Same(word(value));
                }
                let level = |n| below(threefry(state_key, UVec4::new(n, variable as u32, 0, 0)).x, levels.len() as u32);
                return Start::Each((0..spec.size).into_par_iter().map(|n| word(levels[level(n) as usize])).collect());
            }
            let from = |n: u32| {
                let v = initial_mv[below(threefry(state_key, UVec4::new(n, 0, 0, 0)).x, initial_mv.len() as u32) as usize];
                word(model.initial_value(model.values(&drawn.values(n)), variable, v, dt_ms))
            };
            if initial_mv.len() == 1 && drawn.levels.is_empty() {
                return Start::Same(from(0));
            }
            let words: Vec<u32> = (0..spec.size).into_par_iter().map(from).collect();
            if words.iter().all(|w| *w == words[0]) { Start::Same(words[0]) } else { Start::Each(words) }
        })
        .collect();
    let current: Vec<(u32, u32)> = match model.source() {
        Some(Source::List) => listed_times(&spec.spike_times_ms, dt_ms),
        _ => spec.current.iter().map(|(ms, i)| (libm::round(ms / dt_ms) as u32, current_word(*i))).collect(),
    };
    let undriven = model.source().is_none() && noise.is_none() && current.iter().all(|(_, word)| *word == 0);
    let rests = undriven && own_constants(&constants, &varied, spec.size).all(|own| model.stays_at_zero(&own));
    ScalarDynamics {
        constants,
        varied,
        start,
        rests,
        input_unit: libm::exp2(f64::from(-scales.w_bits)) as f32,
        current,
        noise: noise.iter().flat_map(|(_, levels)| levels.iter().map(|i| current_word(*i))).collect(),
        noise_steps: noise.map_or(1, |(n, _)| libm::round(n.interval_ms / dt_ms).max(1.0) as u32),
    }
}

/// The constants of every neuron, or once those of all.
fn own_constants<'a>(
    same: &'a [u32],
    varied: &'a [(u32, Vec<u32>)],
    size: u32,
) -> impl Iterator<Item = std::borrow::Cow<'a, [u32]>> {
    (0..if varied.is_empty() { 1 } else { size }).map(move |neuron| {
        let mut own = std::borrow::Cow::Borrowed(same);
        varied.iter().for_each(|(constant, words)| own.to_mut()[*constant as usize] = words[neuron as usize]);
        own
    })
}

/// A list of spike times as a current that is 1 in the steps that end there.
fn listed_times(times_ms: &[f64], dt_ms: f64) -> Vec<(u32, u32)> {
    let mut current: Vec<(u32, u32)> = Vec::new();
    for ms in times_ms {
        let step = libm::round(ms / dt_ms).max(1.0) as u32 - 1;
        current.pop_if(|last| last.0 == step);
        current.extend([(step, 1), (step + 1, 0)]);
    }
    current
}

/// The potential that a state word of a neuron stands for, mV.
pub(super) fn potential_mv(model: &Model, dynamics: &Dynamics, scales: &Scales, neuron: u32, word: i32) -> f64 {
    let reset = match dynamics {
        Dynamics::Vector { constants, .. } => Some(constants.reset),
        Dynamics::Scalar(s) => model.coded_reset().map(|reset| {
            let own = s.varied.iter().find(|(constant, _)| *constant as usize == reset);
            own.map_or(s.constants[reset], |(_, words)| words[neuron as usize]) as i32
        }),
    };
    match reset {
        Some(reset) if word > REFRACTORY => scales.potential_mv(reset),
        _ => model.potential_mv(word, scales),
    }
}
