//! Networks: a scenario turned into fixed-point constants, integer tables and connectivity functions. A network knows
//! nothing of hardware; every engine evaluates the same functions on it.
//!
//! ```
//! use spikewatt::network::Network;
//! use spikewatt::scenario::{Scale, load};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let network = Network::build(&load("brunel")?.scaled(Scale::Neurons(1000))?)?;
//! // Connectivity is a function: what a neuron sends can be asked of every projection.
//! let excitatory = &network.projections[0];
//! let (row, length) = (excitatory.row(7), excitatory.row_length(7));
//! let delays: Vec<u32> = (0..length).map(|k| row.synapse(k).delay).collect();
//! assert!(delays.iter().all(|steps| *steps == 15));
//! # Ok(())
//! # }
//! ```

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

mod build;
#[doc(hidden)]
pub mod connectivity;
mod degrees;
mod dynamics;
#[doc(hidden)]
pub mod lattice;
mod listed;
#[doc(hidden)]
pub mod plasticity;
#[doc(hidden)]
pub mod random;
mod stimulus;
mod trials;

pub use connectivity::{Projection, Rows, RuleKind, Synapse};
pub use dynamics::{Dynamics, ScalarDynamics, Start};
pub use plasticity::PlasticProjection;
pub use stimulus::{Reached, Reaches, Stimuli, Stimulus};

use std::sync::Arc;

use crate::grid;
use crate::neuron::{BLOCK, Class, Model, Scales, Source};
use crate::scenario::Scenario;

/// A population, laid out on blocks of [`BLOCK`] slots.
#[derive(Debug, Clone)]
pub struct Population {
    /// Name.
    pub name: String,
    /// Position in the network.
    pub id: u32,
    /// The id in random-number keys of what is drawn while it runs: its number in the scenario, and that of its trial in the high half.
    pub stream: u32,
    /// Neurons.
    pub size: u32,
    /// Slot of its first neuron; a multiple of [`BLOCK`].
    pub first_slot: u32,
    /// Neuron model.
    pub model: Model,
    /// Whether it is of spike sources: asked of every spike, so kept here.
    pub is_source: bool,
    /// What moves its neurons.
    pub dynamics: Dynamics,
    /// Scales of its potentials and weights.
    pub scales: Scales,
    /// Input channels its model tells apart: 2 where excitation and inhibition act differently.
    pub channels: u32,
    /// Initial potentials, equiprobable levels, as state words.
    pub initial: Vec<i32>,
    /// Thresholds of the Poisson drive; empty without a drive.
    pub poisson: Vec<u32>,
    /// Weight of an external arrival, input units.
    pub poisson_weight: i32,
    /// Channel an external arrival goes to.
    pub poisson_channel: u32,
    /// First outgoing projection in [`Network::projections`], which are sorted by source.
    pub out_first: u32,
    /// Number of outgoing projections.
    pub out_count: u32,
}

impl Population {
    /// Its number in the scenario: the id in random-number keys of what is drawn before it runs.
    pub fn origin(&self) -> u32 {
        self.stream & 0xFFFF
    }

    /// Blocks the population occupies.
    pub fn blocks(&self) -> u32 {
        self.size.div_ceil(BLOCK as u32)
    }

    /// Whether its neurons can be at rest: words that are all 0 stay so, if no drive reaches them and 0 is below threshold.
    pub fn may_rest(&self) -> bool {
        match &self.dynamics {
            Dynamics::Vector { constants, .. } => self.poisson.is_empty() && constants.threshold > 0,
            Dynamics::Scalar(dynamics) => self.poisson.is_empty() && dynamics.rests,
        }
    }

    /// Whether all its neurons are at rest at time 0.
    fn starts_at_rest(&self) -> bool {
        let is_zero = |start: &Start| match start {
            Start::Same(word) => *word == 0,
            Start::Each(words) => words.iter().all(|word| *word == 0),
        };
        let others = match &self.dynamics {
            Dynamics::Vector { .. } => true,
            Dynamics::Scalar(dynamics) => dynamics.start.iter().all(is_zero),
        };
        others && self.may_rest() && self.initial.iter().all(|word| *word == 0)
    }

    /// State variables of its model; with `channels` of the network, because of neurons that keep a synaptic current for each.
    pub fn own_variables(&self, channels: u32) -> u32 {
        match &self.dynamics {
            Dynamics::Vector { has_currents: false, .. } => 1,
            Dynamics::Vector { has_currents: true, .. } => 1 + channels,
            Dynamics::Scalar(_) => self.model.form().variables.len() as u32,
        }
    }

    /// State words per neuron: the model's variables and the constants in which neurons differ. `channels` are those of the network.
    pub fn state_variables(&self, channels: u32) -> u32 {
        let varied = match &self.dynamics {
            Dynamics::Vector { .. } => 0,
            Dynamics::Scalar(s) => s.varied.len() as u32,
        };
        self.own_variables(channels) + varied
    }

    /// The word with which variable `i` behind the potential starts in a neuron; see [`Population::state_variables`].
    pub fn start_word(&self, i: u32, neuron: u32) -> u32 {
        let Dynamics::Scalar(s) = &self.dynamics else { return 0 };
        match s.start.get(i as usize - 1) {
            Some(start) => start.word(neuron),
            None => s.varied.get(i as usize - 1 - s.start.len()).map_or(0, |(_, words)| words[neuron as usize]),
        }
    }

    /// The potential that a state word of a neuron stands for, mV.
    pub fn potential_mv(&self, neuron: u32, word: i32) -> f64 {
        dynamics::potential_mv(&self.model, &self.dynamics, &self.scales, neuron, word)
    }

    /// The kernel that steps it.
    pub fn kernel(&self) -> Kernel {
        let model = self.model.clone();
        match &self.dynamics {
            Dynamics::Vector { has_currents, constants } => {
                let switched = constants.switches.any();
                Kernel { model, scalar: false, varied: false, has_currents: *has_currents, switched }
            }
            Dynamics::Scalar(s) => {
                Kernel { model, scalar: true, varied: !s.varied.is_empty(), has_currents: false, switched: false }
            }
        }
    }
}

/// What a population's step is compiled for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// The model.
    pub model: Model,
    /// Whether neurons are stepped one by one.
    pub scalar: bool,
    /// Whether neurons differ in constants.
    pub varied: bool,
    /// Whether neurons that are stepped many at a time keep synaptic currents.
    pub has_currents: bool,
    /// Whether a spike does something to those currents.
    pub switched: bool,
}

/// A network ready for an engine.
#[derive(Debug, Clone)]
pub struct Network {
    /// The scenario it was built from.
    pub scenario: Scenario,
    /// Seed of every random quantity.
    pub seed: u64,
    /// Populations in order of their slots.
    pub populations: Vec<Population>,
    /// Projections with weights that stay, sorted by source population, then by target population.
    pub projections: Vec<Projection>,
    /// Projections with weights that change.
    pub plastic: Vec<PlasticProjection>,
    /// Stimuli of some neurons.
    pub stimuli: Stimuli,
    /// Input channels per neuron: 2 where excitation and inhibition decay differently, else 1.
    pub channels: u32,
    /// Shortest delay of any synapse, steps; `u32::MAX` without projections.
    pub min_delay: u32,
    /// Longest delay of any synapse, steps; 0 without projections.
    pub max_delay: u32,
    /// Shortest number of steps between two spikes of a neuron.
    pub min_spike_interval: u32,
    /// Steps a run may have.
    pub max_steps: u64,
    /// The trials it has, by number; see [`Network::with_trials`].
    pub trials: std::ops::Range<u32>,
    /// Of a part of a network ([`Network::ending_at`]), what the whole has.
    whole: Option<Whole>,
}

/// A network of which another one is a part.
#[derive(Debug, Clone)]
struct Whole {
    out_degrees: Arc<Vec<u32>>,
    synapses: u64,
}

impl Network {
    /// Builds a network: scales, tables and row lengths. Synapses themselves are built by the engine.
    ///
    /// # Errors
    /// [`crate::Error::Input`] where no fixed-point scale can hold the network's input.
    pub fn build(scenario: &Scenario) -> crate::Result<Self> {
        build::build(scenario)
    }

    /// Slots of all populations, each rounded up to whole blocks.
    pub fn slots(&self) -> u32 {
        self.populations.last().map_or(0, |p| p.first_slot + p.blocks() * BLOCK as u32)
    }

    /// Some neurons of every population, spread evenly: about `wanted` in all, of each as many as its size deserves, but at least `least` or
    /// all it has.
    pub fn some_neurons(&self, wanted: u32, least: u32) -> Vec<Vec<u32>> {
        let all: u64 = self.populations.iter().map(|p| u64::from(p.size)).sum();
        let of = |size: u32| {
            let share = (u64::from(wanted) * u64::from(size)).div_ceil(all.max(1)) as u32;
            let n = share.max(least).min(size);
            (0..n).map(|i| (u64::from(i) * u64::from(size) / u64::from(n)) as u32).collect()
        };
        self.populations.iter().map(|p| of(p.size)).collect()
    }

    /// Neurons; spike sources are none.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().filter(|p| !p.is_source).map(|p| u64::from(p.size)).sum()
    }

    /// Spike sources.
    pub fn sources(&self) -> u64 {
        self.populations.iter().filter(|p| p.is_source).map(|p| u64::from(p.size)).sum()
    }

    /// Synapses of all projections.
    pub fn synapses(&self) -> u64 {
        self.static_synapses() + self.plastic.iter().map(|p| p.projection.synapses()).sum::<u64>()
    }

    /// Synapses of the network of which it is a part, or its own.
    pub fn whole_synapses(&self) -> u64 {
        self.whole.as_ref().map_or_else(|| self.synapses(), |whole| whole.synapses)
    }

    /// Part of the neurons that are at rest at time 0: plans expect them to be mostly there. Others may rest too, but what starts active often stays so.
    pub fn part_that_starts_at_rest(&self) -> f64 {
        let rests: u64 = self.populations.iter().filter(|p| p.starts_at_rest()).map(|p| u64::from(p.size)).sum();
        rests as f64 / self.neurons().max(1) as f64
    }

    /// Synapses whose weights stay. Trials share them.
    pub fn static_synapses(&self) -> u64 {
        self.kept_projections().iter().map(Projection::synapses).sum()
    }

    /// State words per neuron: as many as the population with the most of them needs.
    pub fn state_variables(&self) -> u32 {
        self.populations.iter().map(|p| p.state_variables(self.channels)).max().unwrap_or(1)
    }

    /// State variables per neuron: as many as the population with the most of them has.
    pub fn own_variables(&self) -> u32 {
        self.populations.iter().map(|p| p.own_variables(self.channels)).max().unwrap_or(1)
    }

    /// Steps for which a spike may be on its way back to plastic synapses.
    pub fn plastic_reach(&self) -> u32 {
        self.plastic.iter().filter(|p| p.stdp().is_some()).map(PlasticProjection::delay).max().unwrap_or(0)
    }

    /// The kernels of its populations, each once.
    pub fn kernels(&self) -> Vec<Kernel> {
        let mut kernels: Vec<Kernel> = Vec::new();
        for p in &self.populations {
            if !kernels.contains(&p.kernel()) {
                kernels.push(p.kernel());
            }
        }
        kernels
    }

    /// How far its results agree between devices: as far as those of its least exact model.
    pub fn class(&self) -> Class {
        if self.populations.iter().all(|p| p.model.class() == Class::Exact) { Class::Exact } else { Class::Tolerant }
    }

    /// Whether arrivals from outside come to a population, so that they are counted.
    pub fn draws(&self, p: &Population) -> bool {
        !p.poisson.is_empty() || self.stimuli.reach(p.id)
    }

    /// Whether it has synapses that are data, not a function: they must be stored.
    pub fn has_lists(&self) -> bool {
        self.projections.iter().any(|p| p.rule == RuleKind::Listed)
    }

    /// Longest batch of steps that may be advanced before their spikes are delivered, at most 16 (what a spike list entry can
    /// tell apart). Where weights change, spikes are delivered step by step, so that every synapse sees them in their order.
    pub fn max_batch(&self) -> u32 {
        if self.plastic.is_empty() { self.min_delay.clamp(1, 16) } else { 1 }
    }

    /// The population of a block.
    pub fn population_of_block(&self, block: u32) -> &Population {
        let at = self.populations.partition_point(|p| p.first_slot / BLOCK as u32 <= block);
        &self.populations[at - 1]
    }

    /// The population of a slot.
    pub fn population_of_slot(&self, slot: u32) -> &Population {
        self.population_of_block(slot / BLOCK as u32)
    }

    /// The id of a slot's population if it is one of spike sources.
    pub fn source_of_slot(&self, slot: u32) -> Option<u32> {
        let any = self.populations.iter().any(|p| p.is_source);
        any.then(|| self.population_of_slot(slot)).filter(|p| p.is_source).map(|p| p.id)
    }

    /// Outgoing projections of a population.
    pub fn outgoing(&self, population: &Population) -> &[Projection] {
        let first = population.out_first as usize;
        &self.projections[first..first + population.out_count as usize]
    }

    /// Synapses of the neuron in every slot, to all populations together; of a part of a network, those of the whole.
    pub fn out_degrees(&self) -> Vec<u32> {
        if let Some(whole) = &self.whole {
            return whole.out_degrees.to_vec();
        }
        let mut degrees = vec![0; self.slots() as usize];
        for p in self.projections.iter().chain(self.plastic.iter().map(|p| &p.projection)) {
            let first = self.populations[p.source].first_slot as usize;
            for (i, degree) in degrees[first..first + p.source_size as usize].iter_mut().enumerate() {
                *degree += p.row_length(i as u32);
            }
        }
        degrees
    }

    /// The same network with only those synapses of its lists that end at some slots, for an engine that owns these: spikes count for as many
    /// synaptic events as before. Without lists, or where none of their synapses would be left, it stays as it is.
    #[must_use]
    pub fn ending_at(&self, owns: impl Fn(u32) -> bool) -> Self {
        if !self.has_lists() {
            return self.clone();
        }
        let of = |p: &Projection| match p.rule {
            RuleKind::Listed => listed::ending_at(p, |target| owns(self.populations[p.target].first_slot + target)),
            _ => p.clone(),
        };
        let part = Self {
            projections: self.projections.iter().map(of).collect(),
            whole: Some(Whole { out_degrees: Arc::new(self.out_degrees()), synapses: self.whole_synapses() }),
            ..self.clone()
        };
        if part.static_synapses() > 0 { part } else { self.clone() }
    }

    /// Steps a time takes, rounded to the grid.
    pub fn steps(&self, ms: f64) -> u64 {
        grid::steps(ms, self.scenario.dt_ms)
    }

    /// Most spikes all neurons together can fire in some consecutive steps.
    pub fn most_spikes(&self, steps: u32) -> u64 {
        let of = |p: &Population| u64::from(p.blocks()) * BLOCK as u64 * self.most_spikes_each(p, steps);
        self.populations.iter().map(of).sum()
    }

    /// Most spikes a neuron of any population can fire in some consecutive steps.
    pub fn most_spikes_of_one(&self, steps: u32) -> u64 {
        self.populations.iter().map(|p| self.most_spikes_each(p, steps)).max().unwrap_or(0)
    }

    fn most_spikes_each(&self, p: &Population, steps: u32) -> u64 {
        match p.model.source() {
            Some(Source::Poisson) => u64::from(steps) * p.poisson.len().max(1) as u64,
            _ => u64::from(steps.div_ceil(self.min_spike_interval)),
        }
    }
}
