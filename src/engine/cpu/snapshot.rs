//! States of the CPU engine in the form all engines share.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::ops::Range;

use super::synapses::Synapses;
use super::{CpuEngine, Pending};
use crate::engine::snapshot::{Arrival, PlasticState, Snapshot, add_spikes, check_arrivals};
use crate::engine::{Engine, Spike};
use crate::error::Result;
use crate::network::plasticity::SpikeMemory;

fn words(memories: &[SpikeMemory]) -> impl Iterator<Item = [u32; 3]> + '_ {
    memories.iter().map(|m| [m.x as u32, m.u as u32, m.last])
}

fn memory([x, u, last]: [u32; 3]) -> SpikeMemory {
    SpikeMemory { x: x as i32, u: u as i32, last }
}

impl CpuEngine {
    /// See [`Engine::snapshot`].
    pub(super) fn take(&mut self) -> Snapshot {
        self.partitions.iter_mut().for_each(super::Partition::settle);
        let network = &self.network;
        let mut taken = Snapshot::new(network, self.step);
        let slots = network.slots() as usize;
        taken.pending = vec![vec![0; network.channels as usize * slots]; network.max_delay as usize];
        for (t, part) in self.partitions.iter_mut().enumerate() {
            let (first, row_words) = (part.first_slot() as usize, part.row_words());
            for (all, own) in taken.state.iter_mut().zip(part.variables()) {
                all[first..first + row_words].copy_from_slice(own);
            }
            if let Synapses::Sorted(rows) = &self.synapses {
                rows.under_way(t % self.plan.parts_of_trial, part, self.step as u32, |ahead, place, input| {
                    let word = &mut taken.pending[ahead][place / row_words * slots + first + place % row_words];
                    *word = word.wrapping_add(input);
                });
            } else if part.ring.steps() > 0 {
                for (ahead, row) in taken.pending.iter_mut().enumerate() {
                    let step = (self.step + ahead as u64) as u32;
                    for channel in 0..network.channels as usize {
                        let own = &part.ring.step(step)[channel * row_words..][..row_words];
                        row[channel * slots + first..][..row_words].copy_from_slice(own);
                    }
                }
            }
            if let Some(owed) = &part.owed {
                for channel in 0..network.channels as usize {
                    let own = &owed[channel * row_words..][..row_words];
                    taken.pending[0][channel * slots + first..][..row_words].copy_from_slice(own);
                }
            }
        }
        let slot_and_step = |entry: &u32| (entry & 0x0FFF_FFFF, u64::from(self.pending.step + (entry >> 28)));
        let undelivered: Vec<(u32, u64)> = self.pending.spikes.iter().map(slot_and_step).collect();
        add_spikes(network, self.step, &undelivered, &mut taken.pending);
        if self.partitions.iter().map(super::Partition::row_words).sum::<usize>() < slots {
            // What reaches others is theirs to tell.
            let own: Vec<Range<usize>> = self
                .partitions
                .iter()
                .map(|part| part.first_slot() as usize..part.first_slot() as usize + part.row_words())
                .collect();
            for row in &mut taken.pending {
                let mut kept = vec![0; row.len()];
                for channel in 0..network.channels as usize {
                    for slots_of_part in &own {
                        let at = channel * slots + slots_of_part.start..channel * slots + slots_of_part.end;
                        kept[at.clone()].copy_from_slice(&row[at]);
                    }
                }
                *row = kept;
            }
        }
        for (ago, slots) in (1..=u64::from(network.plastic_reach())).zip(&self.senders.history) {
            taken.recent.extend(slots.iter().map(|slot| {
                let p = network.population_of_slot(*slot);
                Spike { step: (self.step - ago) as u32, population: p.id, neuron: slot - p.first_slot }
            }));
        }
        for (i, p) in network.plastic.iter().enumerate() {
            let size = if p.stdp().is_some() { p.projection.target_size as usize } else { 0 };
            let mut targets = vec![[0; 3]; size];
            for part in self.partitions.iter().filter(|_| size > 0).map(|part| &part.plastic[i]) {
                let first = part.layout.neurons.start as usize;
                words(&part.targets).enumerate().for_each(|(n, memory)| targets[first + n] = memory);
            }
            taken.plastic.push(PlasticState {
                weights: super::plastic_step::weights(&self.partitions, p, i),
                senders: words(&self.senders.memories[i]).collect(),
                targets,
            });
        }
        taken.tidy(network)
    }

    /// See [`Engine::resume`].
    pub(super) fn set(&mut self, taken: &Snapshot) -> Result<()> {
        taken.check(&self.network)?;
        self.reset()?;
        let network = &self.network;
        let slots = network.slots() as usize;
        self.step = taken.step;
        self.untold = None;
        self.pending = Pending { step: taken.step as u32, spikes: Vec::new() };
        for part in &mut self.partitions {
            let (first, row_words) = (part.first_slot() as usize, part.row_words());
            part.set_variables(network, &taken.state);
            part.wake_all();
            for (ahead, row) in taken.pending.iter().enumerate() {
                let own = |channel: usize| &row[channel * slots + first..][..row_words];
                if part.direct {
                    part.owed = Some((0..network.channels as usize).flat_map(own).copied().collect());
                    continue;
                }
                let step = (taken.step + ahead as u64) as u32;
                if let Some(calendar) = &mut part.calendar {
                    *calendar.stray(step, 0) = (0..network.channels as usize).flat_map(own).copied().collect();
                    continue;
                }
                for channel in 0..network.channels as usize {
                    part.ring.step(step)[channel * row_words..][..row_words].copy_from_slice(own(channel));
                }
            }
        }
        for (i, state) in taken.plastic.iter().enumerate() {
            super::plastic_step::set_weights(&mut self.partitions, &network.plastic[i], i, &state.weights);
            self.senders.memories[i] = state.senders.iter().copied().map(memory).collect();
            for part in self.partitions.iter_mut().filter(|_| !state.targets.is_empty()) {
                let own = &mut part.plastic[i];
                let neurons = own.layout.neurons.start as usize..own.layout.neurons.end as usize;
                own.targets = state.targets[neurons].iter().copied().map(memory).collect();
            }
        }
        // Steps before time 0 have no spikes.
        for ago in 1..=u64::from(network.plastic_reach()).min(taken.step) {
            let of_step = taken.recent.iter().filter(|s| u64::from(s.step) == taken.step - ago);
            let slots = of_step.map(|s| network.populations[s.population as usize].first_slot + s.neuron);
            self.senders.history.push_back(slots.collect());
        }
        Ok(())
    }

    /// See [`Engine::inject`].
    pub(super) fn add_arrivals(&mut self, arrivals: &[Arrival]) -> Result<()> {
        let network = &self.network;
        check_arrivals(network, self.step, network.max_delay, arrivals)?;
        if !arrivals.is_empty() {
            self.partitions.iter_mut().for_each(super::Partition::wake_all);
        }
        for a in arrivals {
            let slot = network.populations[a.population as usize].first_slot + a.neuron;
            let owner = self.partitions.iter_mut().find(|part| part.potential(slot).is_some());
            let Some(part) = owner else { continue };
            let (channel, slot) = (a.channel as usize, (slot - part.first_slot()) as usize);
            let at = channel * part.row_words() + slot;
            let words = part.row_words() * network.channels as usize;
            if let Some(calendar) = &mut part.calendar {
                let word = &mut calendar.stray(a.step as u32, words)[at];
                *word = word.wrapping_add(a.input);
                continue;
            }
            let word = match part.direct {
                true => &mut part.owed.get_or_insert_with(|| vec![0; words])[at],
                false => part.ring.at(a.step as u32, channel, slot),
            };
            *word = word.wrapping_add(a.input);
        }
        Ok(())
    }
}
