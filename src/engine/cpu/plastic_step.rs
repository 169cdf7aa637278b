//! A step of plastic synapses, in the order in which a synapse sees what happens.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use super::partition::Partition;
use super::plastic::{PlasticPart, Senders, counted};
use crate::network::plasticity::{Plasticity, ShortTerm};
use crate::network::{Network, PlasticProjection};

impl Partition {
    /// Changes the weights of this partition's synapses by the spikes of a step, and adds what they send.
    pub(super) fn plastic_step(&mut self, network: &Network, senders: &Senders, step: u32) {
        let mut parts = std::mem::take(&mut self.plastic);
        for ((p, part), memories) in network.plastic.iter().zip(&mut parts).zip(&senders.memories) {
            match &p.rule {
                Plasticity::Stdp(stdp) => {
                    // Targets whose spikes reach their synapses now.
                    let delay = p.delay();
                    let arrived = senders.history.get(delay as usize).map_or(&[][..], |slots| slots);
                    let neurons = &part.layout.neurons;
                    let own = counted(network, p.projection.target, arrived).filter(|(n, _)| neurons.contains(n));
                    let own: Vec<usize> = own.map(|(n, _)| (n - neurons.start) as usize).collect();
                    for target in &own {
                        let column = part.layout.columns[*target] as usize..part.layout.columns[target + 1] as usize;
                        for [at, sender] in &part.layout.incoming[column] {
                            let trace = stdp.trace(memories[*sender as usize], step, &stdp.decay_plus);
                            let w = &mut part.weights[*at as usize];
                            *w = stdp.potentiated(*w, trace);
                        }
                    }
                    for (sender, times) in counted(network, p.projection.source, &senders.history[0]) {
                        let row = part.layout.rows[sender as usize] as usize..part.layout.rows[sender as usize + 1] as usize;
                        for at in row {
                            let [target, delay] = part.layout.synapses[at];
                            let trace = stdp.trace(part.targets[target as usize], step, &stdp.decay_minus);
                            let w = stdp.depressed(part.weights[at], trace);
                            part.weights[at] = w;
                            self.add(network, p, part.layout.neurons.start + target, step + delay, times * stdp.sent(w));
                        }
                    }
                    for target in own {
                        part.targets[target] = stdp.remember(part.targets[target], step, &stdp.decay_minus);
                    }
                }
                Plasticity::ShortTerm(rule) => {
                    for (sender, times) in counted(network, p.projection.source, &senders.history[0]) {
                        let memory = rule.at_spike(memories[sender as usize], step);
                        let row = part.layout.rows[sender as usize] as usize..part.layout.rows[sender as usize + 1] as usize;
                        for at in row {
                            let [target, delay] = part.layout.synapses[at];
                            let sent = ShortTerm::sent(part.weights[at], memory);
                            self.add(network, p, part.layout.neurons.start + target, step + delay, times * sent);
                        }
                    }
                }
            }
        }
        self.plastic = parts;
    }

    /// Adds an arrival to the ring buffers.
    fn add(&mut self, network: &Network, p: &PlasticProjection, target: u32, step: u32, weight: i32) {
        let slot = network.populations[p.projection.target].first_slot + target - self.first_slot();
        let word = self.ring.at(step, p.projection.channel as usize, slot as usize);
        *word = word.wrapping_add(weight);
        if let Some(rest) = &mut self.rest {
            rest.mark(step, slot as usize);
        }
    }

    pub(super) fn reset_plastic(&mut self) {
        self.plastic.iter_mut().for_each(PlasticPart::reset);
    }
}

/// The weight words of a projection, sender by sender, in the order of its rows; 0 where this engine does not own the synapse.
pub(super) fn weights(partitions: &[Partition], p: &PlasticProjection, index: usize) -> Vec<i32> {
    let weight = |place: Option<(usize, usize)>| place.map_or(0, |(owner, at)| partitions[owner].plastic[index].weights[at]);
    places(partitions, p, index).into_iter().map(weight).collect()
}

/// Sets the weight words of a projection.
pub(super) fn set_weights(partitions: &mut [Partition], p: &PlasticProjection, index: usize, words: &[i32]) {
    for (place, word) in places(partitions, p, index).into_iter().zip(words) {
        if let Some((owner, at)) = place {
            partitions[owner].plastic[index].weights[at] = *word;
        }
    }
}

/// Where the synapses of a projection are, sender by sender, in the order of its rows: partition and place in it, if this engine owns them.
fn places(partitions: &[Partition], p: &PlasticProjection, index: usize) -> Vec<Option<(usize, usize)>> {
    let mut next: Vec<usize> = vec![0; partitions.len()];
    let mut all = Vec::with_capacity(p.projection.synapses() as usize);
    for i in 0..p.projection.source_size {
        let row = p.projection.row(i);
        for k in 0..p.projection.row_length(i) {
            let target = row.synapse(k).target;
            let owner = partitions.iter().position(|t| t.plastic[index].layout.neurons.contains(&target));
            all.push(owner.map(|owner| (owner, next[owner])));
            owner.into_iter().for_each(|owner| next[owner] += 1);
        }
    }
    all
}
