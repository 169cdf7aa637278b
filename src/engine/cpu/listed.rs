//! The update of neurons that do not stand side by side: those that are awake among many that rest, and the blocks that stimuli reach. As many as
//! fill the vectors of a step are gathered, advanced by a batch and put back.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use glam::UVec4;
use pulp::Simd;

use super::partition::{COLUMN, Partition};
use crate::engine::spikes::{add_term, checksum_term, spike_entry};
use crate::math::quantile::poisson_count;
use crate::network::random::{Purpose, key, threefry};
use crate::network::{Network, Population, Reaches, Stimulus};
use crate::neuron::fault::Fault;
use crate::neuron::fixed_point::{REFRACTORY, rounding};
use crate::neuron::vector::{VECTORS, Watch, Wide, WideState};
use crate::neuron::{BLOCK, Constants, step_wide};

/// Most neurons that are stepped together, and most steps of a batch.
const MOST: usize = 64;
const MOST_STEPS: usize = 16;

/// A batch of a population's neurons.
#[derive(Clone, Copy)]
pub(super) struct ListedBatch<'a> {
    pub(super) network: &'a Network,
    pub(super) p: &'a Population,
    pub(super) step: u32,
    pub(super) length: u32,
    /// Whether what is due is marked, and neurons may fall asleep.
    pub(super) watched: bool,
}

/// A word of each of some neurons, on cache lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Words([i32; MOST]);

/// What some neurons get in a batch, by step and channel.
pub(super) struct Scratch {
    input: [[Words; 2]; MOST_STEPS],
}

impl Scratch {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { input: [[Words([0; MOST]); 2]; MOST_STEPS] })
    }
}

impl Words {
    #[inline(always)]
    fn load<S: Simd>(&self) -> Wide<S> {
        let words: &[u32] = bytemuck::cast_slice(&self.0[..VECTORS * S::U32_LANES]);
        let vectors = S::as_simd_u32s(words).0;
        Wide([vectors[0], vectors[1], vectors[2], vectors[3]])
    }

    #[inline(always)]
    fn store<S: Simd>(&mut self, all: &Wide<S>) {
        let words: &mut [u32] = bytemuck::cast_slice_mut(&mut self.0[..VECTORS * S::U32_LANES]);
        S::as_mut_simd_u32s(words).0.copy_from_slice(&all.0);
    }
}

impl Partition {
    /// Advances listed neurons, slots from the partition's first one on; those that fall asleep leave the list. `CURRENTS` and `CHANNELS` as of
    /// [`Partition::update_block`].
    #[inline(always)]
    pub(super) fn update_listed<S: Simd, const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool>(
        &mut self,
        simd: S,
        batch: ListedBatch<'_>,
        c: &Constants,
        scratch: &mut Scratch,
        list: &mut Vec<u32>,
    ) {
        let ListedBatch { network, p, step, length, watched } = batch;
        let together = VECTORS * S::U32_LANES;
        let mut kept = 0;
        let mut spikes = 0;
        let mut arrivals = 0;
        for begin in (0..list.len()).step_by(together) {
            let n = together.min(list.len() - begin);
            let mut slots = [0u32; MOST];
            slots[..n].copy_from_slice(&list[begin..begin + n]);
            let slots = &slots[..n];
            let mut words = [Words([0; MOST]); 3];
            for (words, variable) in words.iter_mut().zip(&self.state).take(1 + CURRENTS) {
                for (word, slot) in words.0.iter_mut().zip(slots) {
                    *word = variable[*slot as usize];
                }
            }
            let got = self.take_input::<CHANNELS>(batch, slots, scratch);
            let stirred = match p.poisson.is_empty() && !network.stimuli.reach(p.id) {
                true => Vec::new(),
                false => self.stirred(network, slots, watched),
            };
            let mut watch = Watch::new(simd);
            let mut state = WideState::<S> { v: words[0].load::<S>(), syn: [words[1].load::<S>(), words[2].load::<S>()] };
            for offset in 0..length {
                let now = step + offset;
                if !stirred.is_empty() || !p.poisson.is_empty() {
                    words[0].store::<S>(&state.v);
                    let input = &mut scratch.input[offset as usize];
                    arrivals += stir(network.seed, p, now, &stirred, c.reset, &mut words[0], input);
                    arrivals += self.draw(network.seed, p, now, slots, input);
                    state.v = words[0].load::<S>();
                }
                let input = &scratch.input[offset as usize];
                let input = [input[0].load::<S>(), input[1].load::<S>()];
                let rounding = simd.splat_u32s(rounding(now));
                let fired = step_wide::<S, CURRENTS, SWITCHED>(simd, c, rounding, &mut watch, &mut state, &input);
                let any = simd.or_m32s(simd.or_m32s(fired[0], fired[1]), simd.or_m32s(fired[2], fired[3]));
                if simd.first_true_m32s(any) == S::U32_LANES {
                    continue;
                }
                let one = |mask| simd.select_u32s(mask, simd.splat_u32s(1), simd.splat_u32s(0));
                let fired = [one(fired[0]), one(fired[1]), one(fired[2]), one(fired[3])];
                let fired: &[u32] = bytemuck::cast_slice(&fired);
                for (slot, _) in slots.iter().zip(fired).filter(|(_, fired)| **fired != 0) {
                    spikes += 1;
                    let slot = self.first_slot() + slot;
                    self.spikes.push(spike_entry(slot, offset));
                    self.checksum = add_term(self.checksum, checksum_term(p, slot - p.first_slot, now));
                }
            }
            for (words, variable) in words.iter_mut().zip([&state.v, &state.syn[0], &state.syn[1]]) {
                words.store::<S>(variable);
            }
            if watch.is_raised(simd) && self.fault.is_none() {
                self.fault = fault_of(watch.has_current(simd), &words, slots, self.first_slot(), step + length - 1);
            }
            for (words, variable) in words.iter().zip(&mut self.state).take(1 + CURRENTS) {
                for (word, slot) in words.0.iter().zip(slots) {
                    variable[*slot as usize] = *word;
                }
            }
            let stirs = !stirred.is_empty() || !p.poisson.is_empty();
            scratch.clear(if stirs { u32::MAX } else { got }, length);
            if !watched {
                continue;
            }
            for (i, slot) in slots.iter().enumerate() {
                let rests = words[0].0[i] | words[1].0[i] | words[2].0[i] == 0;
                let asleep = rests && self.rest.as_mut().is_some_and(|rest| rest.falls_asleep(*slot as usize, step + length));
                list[kept] = *slot;
                kept += usize::from(!asleep);
            }
        }
        if watched {
            list.truncate(kept);
        }
        if c.threshold == REFRACTORY && spikes > 0 && self.fault.is_none() {
            self.fault = self.spikes.last().map(|entry| (entry & 0x0FFF_FFFF, step + (entry >> 28), Fault::Threshold));
        }
        let counted = &mut self.counted[p.id as usize];
        counted.0 += spikes;
        counted.1 += arrivals;
    }

    /// Takes what arrives at some neurons in a batch from the ring buffers: the steps in which anything did, a bit each.
    #[inline(always)]
    fn take_input<const CHANNELS: usize>(&mut self, batch: ListedBatch<'_>, slots: &[u32], scratch: &mut Scratch) -> u32 {
        if self.ring_steps == 0 {
            return 0;
        }
        let (step, length, words) = (batch.step, batch.length, self.row_words());
        let first = step as usize % self.ring_steps;
        let mut got = 0;
        for (i, slot) in slots.iter().enumerate() {
            let slot = *slot as usize;
            let mut left = match (&mut self.rest, batch.watched) {
                (Some(rest), true) => {
                    let due = rest.due(slot, step, length);
                    if due != 0 {
                        rest.taken(slot, step, due);
                    }
                    due
                }
                _ => (1 << length) - 1,
            };
            got |= left;
            while left != 0 {
                let offset = left.trailing_zeros() as usize;
                left &= left - 1;
                let row = if first + offset >= self.ring_steps { first + offset - self.ring_steps } else { first + offset };
                for channel in 0..CHANNELS {
                    let at = (row * self.channels + channel) * words + slot;
                    scratch.input[offset][channel].0[i] = std::mem::take(&mut self.ring[at]);
                }
            }
        }
        got
    }

    /// The stimuli that may come to some neurons: place among them, number in the population, stimulus.
    #[inline(never)]
    fn stirred<'a>(&self, network: &'a Network, slots: &[u32], watched: bool) -> Vec<(usize, u32, &'a Stimulus)> {
        let mut stirred = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            if watched && !self.rest.as_ref().is_some_and(|rest| rest.stays(*slot as usize)) {
                continue;
            }
            let slot = self.first_slot() + slot;
            stirred.extend(stimuli_of(network, slot).map(|s| {
                let first = network.populations[s.population as usize].first_slot;
                (i, slot - first, s)
            }));
        }
        stirred
    }

    /// Adds the arrivals of a population's drive in a step; how many there were.
    #[inline(always)]
    fn draw(&self, seed: u64, p: &Population, now: u32, slots: &[u32], input: &mut [Words; 2]) -> u64 {
        if p.poisson.is_empty() {
            return 0;
        }
        let mut arrivals = 0;
        let drive_key = key(seed, Purpose::Drive, p.id);
        for (i, slot) in slots.iter().enumerate() {
            let neuron = self.first_slot() + slot - p.first_slot;
            let lane = neuron / BLOCK as u32 * COLUMN as u32 + neuron % COLUMN as u32;
            let words = threefry(drive_key, UVec4::new(lane, now, 0, 0));
            let count = poisson_count(&p.poisson, words[neuron as usize % BLOCK / COLUMN]);
            let word = &mut input[p.poisson_channel as usize].0[i];
            *word = word.wrapping_add((count as i32).wrapping_mul(p.poisson_weight));
            arrivals += u64::from(count);
        }
        arrivals
    }
}

impl Scratch {
    /// Clears what was got in some steps of a batch.
    #[inline(always)]
    fn clear(&mut self, got: u32, length: u32) {
        for offset in 0..length as usize {
            if got >> offset & 1 != 0 {
                self.input[offset] = [Words([0; MOST]); 2];
            }
        }
    }
}

/// The stimuli of a slot.
pub(super) fn stimuli_of(network: &Network, slot: u32) -> impl Iterator<Item = &Stimulus> {
    let reached = network.stimuli.of_block(slot / BLOCK as u32);
    let (lane, column) = (slot % COLUMN as u32, slot % BLOCK as u32 / COLUMN as u32);
    let own = &reached[reached.partition_point(|r| r.lane < lane)..];
    let own = own.iter().take_while(move |r| r.lane == lane).filter(move |r| r.column == column);
    own.map(|r| &network.stimuli.all[r.stimulus as usize])
}

/// What all stimuli of a neuron do before a step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stirring {
    /// Arrivals.
    pub(super) count: u32,
    /// Synaptic input by channel.
    pub(super) input: [i32; 2],
    jump: i32,
    /// Whether it is never refractory.
    freed: bool,
}

impl Stirring {
    /// Adds what a stimulus does.
    #[inline(always)]
    pub(super) fn add(&mut self, s: &Stimulus, count: u32) {
        let by = (count as i32).wrapping_mul(s.by);
        self.count += count;
        self.freed |= !s.refractory;
        match s.reaches {
            Reaches::Potential => self.jump += by,
            Reaches::Channel(channel) => self.input[channel as usize] = self.input[channel as usize].wrapping_add(by),
        }
    }

    /// A potential word after it. A neuron that has just fired or is refractory takes no jump.
    #[inline(always)]
    pub(super) fn moved(&self, v: i32, reset: i32) -> i32 {
        match v > REFRACTORY {
            true => {
                if self.freed {
                    reset
                } else {
                    v
                }
            }
            // The sum cannot wrap: what a step may add at most is below 2^30.
            false => (v + self.jump).clamp(-REFRACTORY, REFRACTORY),
        }
    }
}

/// Applies stimuli to some neurons before a step; the number of arrivals.
#[inline(never)]
fn stir(
    seed: u64,
    p: &Population,
    now: u32,
    stirred: &[(usize, u32, &Stimulus)],
    reset: i32,
    v: &mut Words,
    input: &mut [Words; 2],
) -> u64 {
    debug_assert!(stirred.iter().all(|s| s.2.population == p.id));
    let mut arrivals = 0;
    for own in stirred.chunk_by(|a, b| a.0 == b.0) {
        let mut stirring = Stirring::default();
        own.iter().for_each(|(_, neuron, s)| stirring.add(s, s.count(seed, *neuron, now)));
        let i = own[0].0;
        v.0[i] = stirring.moved(v.0[i], reset);
        for (channel, by) in input.iter_mut().zip(stirring.input) {
            channel.0[i] = channel.0[i].wrapping_add(by);
        }
        arrivals += u64::from(stirring.count);
    }
    arrivals
}

/// The neuron among some whose state has left its range: the one with the largest current, or the lowest potential.
#[inline(never)]
fn fault_of(current: bool, words: &[Words; 3], slots: &[u32], first_slot: u32, step: u32) -> Option<(u32, u32, Fault)> {
    let size = |i: &usize| words[1].0[*i].unsigned_abs().max(words[2].0[*i].unsigned_abs());
    let found = match current {
        true => (0..slots.len()).max_by_key(size),
        false => (0..slots.len()).min_by_key(|i| words[0].0[*i]),
    }?;
    let fault = if current { Fault::Input } else { Fault::Potential };
    Some((first_slot + slots[found], step, fault))
}
