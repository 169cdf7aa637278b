//! States of the GPU engine in the form all engines share.
//!
//! Deliveries of what is due keep no input that is under way, but the spikes it comes from. When such a state is taken, the host evaluates
//! what they send; when one is resumed, the host adds what is due to the input of each batch until nothing of it is left (`Position::owed`).

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use std::ops::Range;

use super::GpuEngine;
use super::layout::{BatchSpikes, RANGES, SPIKES_HEADER_WORDS, place_of};
use super::steps::Position;
use crate::engine::snapshot::{Arrival, PlasticState, Snapshot, add_spikes, check_arrivals};
use crate::engine::{Engine, Spike};
use crate::error::Result;
use crate::neuron::BLOCK;

/// Words of what is remembered of a neuron.
const MEMORY: usize = super::plastic_words::MEMORY_WORDS;

fn slots_of(blocks: &Range<u32>) -> Range<u32> {
    blocks.start * BLOCK as u32..blocks.end * BLOCK as u32
}

/// The spikes of some batches that follow each other, read back.
struct Lists {
    ranges: Vec<BatchSpikes>,
    /// Entry of the circular list that stands first, and how many it has.
    base: u64,
    length: u64,
    entries: Vec<u32>,
}

impl Lists {
    /// Slot and step of the spikes of a batch.
    fn of(&self, index: u32) -> impl Iterator<Item = (u32, u64)> {
        let range = self.ranges[index as usize];
        let first = (u64::from(range.start) + self.length - self.base) % self.length;
        let entries = &self.entries[2 * first as usize..][..2 * range.listed as usize];
        entries.chunks_exact(2).map(|entry| (entry[0], u64::from(entry[1])))
    }
}

impl GpuEngine {
    /// The spikes of the last `batches` batches.
    fn lists(&self, batches: u64) -> Result<Lists> {
        let words = u64::from(RANGES) * size_of::<BatchSpikes>() as u64 / 4;
        let ranges: Vec<BatchSpikes> = bytemuck::cast_slice(&self.read_words(&self.resources.ranges, 0, words)?).to_vec();
        let of = |ago: u64| ranges[((self.at.batch - ago) % u64::from(RANGES)) as usize];
        let (base, length) = (u64::from(of(batches).start), u64::from(self.plan.list_entries));
        let listed: u64 = (1..=batches).map(|ago| u64::from(of(ago).listed)).sum();
        let before_end = listed.min(length - base);
        let mut entries = Vec::new();
        for (from, n) in [(base, before_end), (0, listed - before_end)] {
            if n > 0 {
                let offset = 4 * u64::from(SPIKES_HEADER_WORDS) + 8 * from;
                entries.extend(self.read_words(&self.resources.spikes, offset, 2 * n)?);
            }
        }
        Ok(Lists { ranges, base, length, entries })
    }

    /// Where the input of a step begins in the ring buffers, words.
    fn ring_row(&self, step: u64) -> usize {
        let row = (step % u64::from(self.plan.ring_steps.max(1))) as u32;
        (row * self.network.channels * self.plan.stride) as usize
    }

    /// Whether ring buffers hold all input that is under way.
    fn has_whole_ring(&self) -> bool {
        self.network.synapses() > 0 && !self.plan.is_by_delay()
    }

    /// See [`Engine::snapshot`].
    pub(super) fn take(&self) -> Result<Snapshot> {
        let network = &self.network;
        let mut taken = Snapshot::new(network, self.at.step);
        let (slots, stride, channels) = (network.slots() as usize, self.plan.stride as usize, network.channels as usize);
        let row_words = channels * slots;
        taken.pending = vec![vec![0; row_words]; network.max_delay as usize];
        for (row, owed) in taken.pending.iter_mut().zip(&self.at.owed) {
            row.clone_from(owed);
        }
        for (blocks, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            let own = slots_of(blocks);
            let (first, last) = (own.start as usize, own.end as usize);
            let words = self.read_words(&held.state, 0, taken.state.len() as u64 * stride as u64)?;
            for (variable, all) in taken.state.iter_mut().enumerate() {
                for slot in first..last {
                    all[slot] = words[variable * stride + place_of((slot - first) as u32) as usize] as i32;
                }
            }
            if self.has_whole_ring() {
                let words = self.read_words(&held.ring, 0, held.ring.size() / 4)?;
                for (ahead, row) in taken.pending.iter_mut().enumerate() {
                    let begin = self.ring_row(self.at.step + ahead as u64);
                    for (channel, slot) in (0..channels).flat_map(|c| (first..last).map(move |slot| (c, slot))) {
                        let place = place_of((slot - first) as u32) as usize;
                        row[channel * slots + slot] = words[begin + channel * stride + place] as i32;
                    }
                }
            }
        }
        let reach = u64::from(network.plastic_reach()).min(self.at.step);
        // Where weights change, a batch is a step.
        let batches = if self.plan.is_by_delay() { self.at.past.len() as u64 } else { reach };
        if batches > 0 {
            let lists = self.lists(batches)?;
            let under_way: Vec<(u32, u64)> = self.at.past.iter().flat_map(|past| lists.of(past.index)).collect();
            add_spikes(network, self.at.step, &under_way, &mut taken.pending);
            let indices = (1..=reach).map(|ago| ((self.at.batch - ago) % u64::from(RANGES)) as u32);
            taken.recent = indices.flat_map(|index| lists.of(index)).map(|(slot, step)| self.spike(slot, step as u32)).collect();
        }
        if let Some((plastic, _)) = &self.resources.plastic {
            let memories = self.read_words(&plastic.memories, 0, plastic.memories.size() / 4)?;
            let mut memories = memories.chunks_exact(MEMORY).map(|m| [m[0], m[1], m[2]]);
            for (i, p) in network.plastic.iter().enumerate() {
                let (offset, words) = plastic.range(i);
                let synapses = self.read_words(&plastic.synapses, offset, words)?;
                let targets = if p.stdp().is_some() { p.projection.target_size as usize } else { 0 };
                taken.plastic.push(PlasticState {
                    weights: synapses.chunks_exact(2).map(|synapse| synapse[1] as i32).collect(),
                    senders: memories.by_ref().take(p.projection.source_size as usize).collect(),
                    targets: memories.by_ref().take(targets).collect(),
                });
            }
        }
        Ok(taken.tidy(network))
    }

    /// Records the spikes of the last batches, which are in the list still.
    pub(super) fn listen_to(&mut self, batches: u32) -> Result<()> {
        let lists = self.lists(batches.into())?;
        let indices = (1..=u64::from(batches)).rev().map(|ago| ((self.at.batch - ago) % u64::from(RANGES)) as u32);
        let spikes: Vec<Spike> =
            indices.flat_map(|index| lists.of(index)).map(|(slot, step)| self.spike(slot, step as u32)).collect();
        self.recorded.extend(spikes);
        Ok(())
    }

    pub(super) fn spike(&self, slot: u32, step: u32) -> Spike {
        let p = self.network.population_of_slot(slot);
        Spike { step, population: p.id, neuron: slot - p.first_slot }
    }

    /// See [`Engine::resume`].
    pub(super) fn set(&mut self, taken: &Snapshot) -> Result<()> {
        taken.check(&self.network)?;
        self.reset()?;
        let reach = u64::from(self.network.plastic_reach()).min(taken.step);
        self.at = Position { step: taken.step, batch: reach, ..Position::default() };
        self.write_state(taken);
        match self.has_whole_ring() {
            true => self.write_ring(taken),
            false => self.at.owed = taken.pending.iter().cloned().collect(),
        }
        self.write_recent(taken, reach);
        self.wakes = true;
        self.write_plastic(taken)
    }

    fn write_state(&self, taken: &Snapshot) {
        let (network, stride) = (&self.network, u64::from(self.plan.stride));
        for (blocks, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            for block in blocks.clone() {
                let p = network.population_of_block(block);
                let first = block * BLOCK as u32;
                let exist = (BLOCK as u32).min(p.first_slot + p.size - first);
                for (variable, all) in taken.state.iter().enumerate().take(p.own_variables(network.channels) as usize) {
                    let mut words = [0i32; BLOCK];
                    for i in 0..exist {
                        words[place_of(i) as usize] = all[(first + i) as usize];
                    }
                    let at = 4 * (variable as u64 * stride + u64::from(first - blocks.start * BLOCK as u32));
                    self.device.queue.write_buffer(&held.state, at, bytemuck::cast_slice(&words));
                }
            }
        }
    }

    fn write_ring(&self, taken: &Snapshot) {
        for (ahead, row) in taken.pending.iter().enumerate() {
            self.write_row(self.ring_row(taken.step + ahead as u64), row);
        }
    }

    /// Writes the input of a step to the ring buffers, from a word on.
    fn write_row(&self, begin: usize, row: &[i32]) {
        let (slots, stride) = (self.network.slots() as usize, self.plan.stride as usize);
        for (blocks, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            let own = slots_of(blocks);
            let mut words = vec![0i32; self.network.channels as usize * stride];
            for channel in 0..self.network.channels as usize {
                for slot in own.clone() {
                    words[channel * stride + place_of(slot - own.start) as usize] = row[channel * slots + slot as usize];
                }
            }
            self.device.queue.write_buffer(&held.ring, 4 * begin as u64, bytemuck::cast_slice(&words));
        }
    }

    /// Lists the spikes that come back to plastic synapses, as if the last batches had fired them.
    fn write_recent(&self, taken: &Snapshot, reach: u64) {
        if reach == 0 {
            return;
        }
        let (mut entries, mut ranges): (Vec<u32>, Vec<BatchSpikes>) = (Vec::new(), Vec::new());
        for step in taken.step - reach..taken.step {
            let start = entries.len() as u32 / 2;
            for s in taken.recent.iter().filter(|s| u64::from(s.step) == step) {
                entries.extend([self.network.populations[s.population as usize].first_slot + s.neuron, s.step]);
            }
            ranges.push(BatchSpikes { start, listed: entries.len() as u32 / 2 - start });
        }
        let queue = &self.device.queue;
        queue.write_buffer(&self.resources.ranges, 0, bytemuck::cast_slice(&ranges));
        if !entries.is_empty() {
            queue.write_buffer(&self.resources.spikes, 4 * u64::from(SPIKES_HEADER_WORDS), bytemuck::cast_slice(&entries));
        }
    }

    fn write_plastic(&self, taken: &Snapshot) -> Result<()> {
        let Some((plastic, _)) = &self.resources.plastic else { return Ok(()) };
        let queue = &self.device.queue;
        let memories: Vec<[u32; 3]> = taken.plastic.iter().flat_map(|p| p.senders.iter().chain(&p.targets)).copied().collect();
        queue.write_buffer(&plastic.memories, 0, bytemuck::cast_slice(&memories));
        for (i, state) in taken.plastic.iter().enumerate() {
            let (offset, words) = plastic.range(i);
            if words > 0 {
                let mut synapses = self.read_words(&plastic.synapses, offset, words)?;
                synapses.chunks_exact_mut(2).zip(&state.weights).for_each(|(synapse, weight)| synapse[1] = *weight as u32);
                queue.write_buffer(&plastic.synapses, offset, bytemuck::cast_slice(&synapses));
            }
        }
        Ok(())
    }

    /// Writes what is owed to the input of a batch of some steps to the ring buffers, whose first rows it stands in.
    pub(super) fn pay_owed(&mut self, steps: u64) {
        for k in 0..steps {
            let Some(row) = self.at.owed.pop_front() else { break };
            self.write_row(k as usize * (self.network.channels * self.plan.stride) as usize, &row);
        }
    }

    /// See [`Engine::inject`].
    pub(super) fn add_arrivals(&mut self, arrivals: &[Arrival]) -> Result<()> {
        check_arrivals(&self.network, self.at.step, self.network.max_delay, arrivals)?;
        let (slots, stride) = (self.network.slots(), self.plan.stride);
        let slot_of = |a: &Arrival| self.network.populations[a.population as usize].first_slot + a.neuron;
        if !self.has_whole_ring() {
            let row_words = (self.network.channels * slots) as usize;
            for a in arrivals {
                let ahead = (a.step - self.at.step) as usize;
                let slot = slot_of(a);
                if self.at.owed.len() <= ahead {
                    self.at.owed.resize(ahead + 1, vec![0; row_words]);
                }
                let word = &mut self.at.owed[ahead][(a.channel * slots + slot) as usize];
                *word = word.wrapping_add(a.input);
            }
            return Ok(());
        }
        for (blocks, held) in self.plan.neuron_shards.iter().zip(&self.resources.neuron_shards) {
            let own = slots_of(blocks);
            let here: Vec<&Arrival> = arrivals.iter().filter(|a| own.contains(&slot_of(a))).collect();
            if here.is_empty() {
                continue;
            }
            let mut words = self.read_words(&held.ring, 0, held.ring.size() / 4)?;
            for a in here {
                let at = self.ring_row(a.step) + (a.channel * stride + place_of(slot_of(a) - own.start)) as usize;
                words[at] = words[at].wrapping_add(a.input as u32);
            }
            self.device.queue.write_buffer(&held.ring, 0, bytemuck::cast_slice(&words));
        }
        self.wakes = true;
        Ok(())
    }
}
