//! Stimuli as words: which neurons they reach, when, and what their arrivals do. Twin: `shaders/shared/stimuli.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use glam::UVec4;

use super::Population;
use super::random::{Purpose, key, threefry};
use crate::bounds::MAX_POISSON_PER_STEP;
use crate::error::{Error, Result};
use crate::grid;
use crate::math::quantile;
use crate::neuron::BLOCK;
use crate::neuron::fixed_point::MAX_INCREMENT;
use crate::scenario::{Effect, Scenario, StimulusSpec, Train};

/// Neurons of a block that stand side by side: see [`super::random::Purpose::Drive`].
const LANES: u32 = BLOCK as u32 / 4;

/// What an arrival of a stimulus does to a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaches {
    /// It is added to the synaptic input of a channel, in the step at whose end it arrives.
    Channel(u32),
    /// It is added to the potential before a step, unless the neuron has just fired or is refractory.
    Potential,
}

/// A stimulus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stimulus {
    /// Its number in the scenario: the id in random-number keys.
    pub id: u32,
    /// The population of its neurons.
    pub population: u32,
    /// What an arrival does.
    pub reaches: Reaches,
    /// By how much, input or potential units.
    pub by: i32,
    /// Thresholds of the number of arrivals in a step, if chance decides; see [`quantile::poisson_thresholds`].
    pub thresholds: Vec<u32>,
    /// Steps of the arrivals otherwise, in rising order.
    pub steps: Vec<u32>,
    /// Steps in which it is on: from the first one to before the last.
    pub on: [u32; 2],
    /// Whether its neurons may be refractory.
    pub refractory: bool,
}

impl Stimulus {
    /// Most arrivals at a neuron in a step.
    pub fn most(&self) -> u32 {
        most(&self.thresholds, &self.steps)
    }

    /// Arrivals at a neuron of its population in some steps from one on, step by step.
    pub fn counts(&self, seed: u64, neuron: u32, first: u32, steps: u32, mut arrives: impl FnMut(u32, u32)) {
        let key = key(seed, Purpose::Stimulus, self.id);
        // Four steps share a call of the generator.
        let mut words = None;
        for step in first..first + steps {
            if step < self.on[0] || step >= self.on[1] {
                continue;
            }
            let count = if self.thresholds.is_empty() {
                let from = self.steps.partition_point(|s| *s < step);
                self.steps[from..].iter().take_while(|s| **s == step).count() as u32
            } else {
                if step % 4 == 0 {
                    words = None;
                }
                let words = words.get_or_insert_with(|| threefry(key, UVec4::new(neuron, step / 4, 0, 0)));
                quantile::poisson_count(&self.thresholds, words[(step % 4) as usize])
            };
            if count > 0 {
                arrives(step, count);
            }
        }
    }
}

fn most(thresholds: &[u32], steps: &[u32]) -> u32 {
    let same = steps.chunk_by(|a, b| a == b).map(<[u32]>::len).max().unwrap_or(0);
    same.max(thresholds.len()) as u32
}

/// A neuron that a stimulus reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// Its lane in its block, and the stimulus.
    pub lane: u32,
    /// The stimulus.
    pub stimulus: u32,
    /// Which of the four neurons of the lane.
    pub column: u32,
}

impl Reached {
    /// The neuron's number in its block.
    pub fn neuron(&self) -> u32 {
        self.column * LANES + self.lane
    }
}

/// The stimuli of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stimuli {
    /// All of them.
    pub all: Vec<Stimulus>,
    /// The neurons of every block that are reached, lane by lane. Empty without stimuli.
    pub blocks: Vec<Vec<Reached>>,
}

impl Stimuli {
    /// Those of a scenario.
    pub(super) fn build(scenario: &Scenario, populations: &[Population]) -> Result<Self> {
        let dt_ms = scenario.dt_ms;
        let mut stimuli = Self::default();
        if scenario.stimuli.is_empty() {
            return Ok(stimuli);
        }
        let slots = populations.last().map_or(0, |p| p.first_slot + p.blocks() * BLOCK as u32);
        stimuli.blocks = vec![Vec::new(); slots as usize / BLOCK];
        for (id, spec) in (0u32..).zip(&scenario.stimuli) {
            let p = &populations[spec.population];
            let (thresholds, steps) = arrivals(spec, dt_ms);
            let (reaches, by) = match spec.effect {
                Effect::Weight(w) => (Reaches::Channel(u32::from(p.channels == 2 && w < 0.0)), p.scales.weight(w)),
                Effect::Jump(mv) => {
                    let by = mv * libm::exp2(f64::from(p.scales.v_bits));
                    let most_mv = f64::from(MAX_INCREMENT) / libm::exp2(f64::from(p.scales.v_bits));
                    let jumps_mv = farthest_jump(scenario, spec.population);
                    if jumps_mv > most_mv {
                        return Err(Error::Input(format!(
                            "stimuli of population \"{}\" move potentials by up to {jumps_mv:.0} mV in a step, but they are exact only up to {most_mv:.0} mV from rest; lower `jump_mv`",
                            p.name
                        )));
                    }
                    (Reaches::Potential, libm::round(by) as i32)
                }
            };
            let step_of = |ms: f64| grid::steps(ms, dt_ms).min(u64::from(u32::MAX)) as u32;
            let on = match spec.train {
                Train::Poisson { from_ms, until_ms, .. } => [step_of(from_ms), until_ms.map_or(u32::MAX, step_of)],
                Train::Times(_) => [0, u32::MAX],
            };
            for neuron in spec.neurons.numbers(p.size) {
                let (slot, block) = (p.first_slot + neuron, BLOCK as u32);
                let reached = Reached { lane: slot % LANES, stimulus: id, column: slot % block / LANES };
                stimuli.blocks[(slot / block) as usize].push(reached);
            }
            let population = spec.population as u32;
            stimuli.all.push(Stimulus { id, population, reaches, by, thresholds, steps, on, refractory: spec.refractory });
        }
        stimuli.blocks.iter_mut().for_each(|reached| reached.sort_unstable());
        Ok(stimuli)
    }

    /// The neurons of a block that are reached.
    pub fn of_block(&self, block: u32) -> &[Reached] {
        self.blocks.get(block as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether any reaches a population.
    pub fn reach(&self, population: u32) -> bool {
        self.all.iter().any(|s| s.population == population)
    }
}

/// The largest sum of |weights| with which stimuli can arrive at a neuron of a population in a step, and the smallest of them.
pub(super) fn bounds_of(scenario: &Scenario, population: usize) -> (f64, f64) {
    let own = scenario.stimuli.iter().filter(|s| s.population == population);
    own.fold((0.0, f64::INFINITY), |(sum, least), spec| match spec.effect {
        Effect::Weight(w) if w != 0.0 => {
            let (thresholds, steps) = arrivals(spec, scenario.dt_ms);
            (sum + f64::from(most(&thresholds, &steps)) * w.abs(), least.min(w.abs()))
        }
        _ => (sum, least),
    })
}

/// How far all stimuli of a population together can move a potential in a step, mV.
fn farthest_jump(scenario: &Scenario, population: usize) -> f64 {
    let own = scenario.stimuli.iter().filter(|s| s.population == population);
    own.map(|spec| match spec.effect {
        Effect::Jump(mv) => {
            let (thresholds, steps) = arrivals(spec, scenario.dt_ms);
            mv.abs() * f64::from(most(&thresholds, &steps).max(1))
        }
        Effect::Weight(_) => 0.0,
    })
    .sum()
}

/// Refuses stimuli that come too often.
pub(super) fn check(scenario: &Scenario) -> Result<()> {
    for spec in &scenario.stimuli {
        if let Train::Poisson { rate_hz, .. } = spec.train
            && rate_hz * scenario.dt_ms * 1e-3 > MAX_POISSON_PER_STEP
        {
            return Err(Error::Input(format!(
                "population \"{}\": a stimulus of {rate_hz} Hz is over the limit of {MAX_POISSON_PER_STEP} arrivals per step; lower the rate and raise the weight",
                scenario.populations[spec.population].name
            )));
        }
    }
    Ok(())
}

/// When arrivals come: thresholds of their number in a step, or steps.
fn arrivals(spec: &StimulusSpec, dt_ms: f64) -> (Vec<u32>, Vec<u32>) {
    match &spec.train {
        Train::Poisson { rate_hz, .. } if *rate_hz > 0.0 => (quantile::poisson_thresholds(rate_hz * dt_ms * 1e-3), Vec::new()),
        Train::Poisson { .. } => (Vec::new(), Vec::new()),
        Train::Times(times) => {
            // What arrives over a synapse does so at the end of a step; a jump comes before one.
            let back = u32::from(matches!(spec.effect, Effect::Weight(_)));
            (Vec::new(), times.iter().map(|ms| grid::steps(*ms, dt_ms) as u32 - back).collect())
        }
    }
}
