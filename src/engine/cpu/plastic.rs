//! Plastic projections on the CPU engine. A partition owns the synapses of its neurons: their weights, and where each neuron's incoming
//! ones are. What is remembered of senders is shared, and changes between steps. Several spikes of a source in one step are one event with a
//! multiplicity, as in NEST: weights and traces change once, and what is sent counts as often.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::network::plasticity::{Plasticity, SpikeMemory};
use crate::network::{Network, PlasticProjection};

/// A partition's part of one projection.
#[derive(Debug, Clone)]
pub(super) struct PlasticPart {
    pub(super) layout: Arc<Layout>,
    pub(super) weights: Vec<i32>,
    /// Of the partition's targets.
    pub(super) targets: Vec<SpikeMemory>,
}

/// What does not change while running.
#[derive(Debug)]
pub(super) struct Layout {
    /// Target population's neurons in this partition.
    pub(super) neurons: Range<u32>,
    /// First synapse of every sender, and the end.
    pub(super) rows: Vec<u32>,
    /// Target, counted from the first of `neurons`, and delay of every synapse.
    pub(super) synapses: Vec<[u32; 2]>,
    /// First incoming synapse of every target, and the end (STDP).
    pub(super) columns: Vec<u32>,
    /// Synapse and sender.
    pub(super) incoming: Vec<[u32; 2]>,
    initial: Vec<i32>,
}

impl PlasticPart {
    pub(super) fn new(network: &Network, p: &PlasticProjection, slots: &Range<u32>) -> Self {
        let target = &network.populations[p.projection.target];
        let within = |slot: u32| slot.saturating_sub(target.first_slot).min(target.size);
        let neurons = within(slots.start)..within(slots.end);
        let (mut rows, mut synapses, mut initial) = (vec![0], Vec::new(), Vec::new());
        for i in 0..p.projection.source_size {
            let row = p.projection.row(i);
            for s in (0..p.projection.row_length(i)).map(|k| row.synapse(k)).filter(|s| neurons.contains(&s.target)) {
                synapses.push([s.target - neurons.start, s.delay]);
                initial.push(p.projection.weights[s.weight_level as usize]);
            }
            rows.push(synapses.len() as u32);
        }
        let (mut columns, mut incoming) = (Vec::new(), Vec::new());
        if p.stdp().is_some() {
            columns = vec![0u32; neurons.len() + 1];
            synapses.iter().for_each(|[target, _]| columns[*target as usize + 1] += 1);
            (1..columns.len()).for_each(|i| columns[i] += columns[i - 1]);
            let mut next = columns.clone();
            incoming = vec![[0; 2]; synapses.len()];
            for sender in 0..p.projection.source_size {
                for at in rows[sender as usize]..rows[sender as usize + 1] {
                    let place = &mut next[synapses[at as usize][0] as usize];
                    incoming[*place as usize] = [at, sender];
                    *place += 1;
                }
            }
        }
        let targets = vec![SpikeMemory::NONE; neurons.len()];
        let weights = initial.clone();
        Self { layout: Arc::new(Layout { neurons, rows, synapses, columns, incoming, initial }), weights, targets }
    }

    pub(super) fn reset(&mut self) {
        self.weights.clone_from(&self.layout.initial);
        self.targets.fill(SpikeMemory::NONE);
    }
}

/// What all partitions see: what is remembered of senders, and the spikes that may still be on their way back to synapses.
#[derive(Debug, Clone)]
pub(super) struct Senders {
    pub(super) memories: Vec<Vec<SpikeMemory>>,
    /// Slots that fired in the last steps, the latest first.
    pub(super) history: VecDeque<Vec<u32>>,
    longest: usize,
}

impl Senders {
    pub(super) fn new(network: &Network) -> Self {
        let memories = network.plastic.iter().map(|p| vec![SpikeMemory::NONE; p.projection.source_size as usize]).collect();
        Self { memories, history: VecDeque::new(), longest: network.plastic_reach() as usize }
    }

    pub(super) fn reset(&mut self) {
        self.memories.iter_mut().for_each(|m| m.fill(SpikeMemory::NONE));
        self.history.clear();
    }

    /// Takes the spikes of a step, before they are delivered.
    pub(super) fn begin(&mut self, spikes: &[u32]) {
        self.history.push_front(spikes.iter().map(|entry| entry & 0x0FFF_FFFF).collect());
        self.history.truncate(self.longest + 1);
    }

    /// Remembers the spikes of a step, after they were delivered.
    pub(super) fn end(&mut self, network: &Network, step: u32) {
        for (p, memories) in network.plastic.iter().zip(&mut self.memories) {
            for (sender, _) in counted(network, p.projection.source, &self.history[0]) {
                let memory = &mut memories[sender as usize];
                *memory = match &p.rule {
                    Plasticity::Stdp(stdp) => stdp.remember(*memory, step, &stdp.decay_plus),
                    Plasticity::ShortTerm(rule) => rule.at_spike(*memory, step),
                };
            }
        }
    }
}

/// The neurons of a population among some slots, each once with how often it fired: what fires several times in a step stands side by side.
pub(super) fn counted<'a>(network: &Network, population: usize, slots: &'a [u32]) -> impl Iterator<Item = (u32, i32)> + use<'a> {
    let p = &network.populations[population];
    let (first, size) = (p.first_slot, p.size);
    let fired = slots.chunk_by(|a, b| a == b).map(move |same| (same[0].wrapping_sub(first), same.len() as i32));
    fired.filter(move |(neuron, _)| *neuron < size)
}
