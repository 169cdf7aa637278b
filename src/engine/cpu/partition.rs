//! One thread's share of a network: its neurons' state, their ring buffers and their step.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::ops::Range;
use std::time::Duration;

use glam::UVec4;
use pulp::Simd;

use super::calendar::Calendar;
use super::plastic::PlasticPart;
use super::rest::{Rest, Stretch, stretches};
use super::ring::Ring;
use crate::engine::plan::CpuPlan;
use crate::engine::spikes::{add_term, checksum_term, spike_entry};
use crate::network::random::{Purpose, below, key, lanes, threefry, threefry_wide};
use crate::network::{Network, Population};
use crate::neuron::fault::Fault;
use crate::neuron::fixed_point::{REFRACTORY, WideRounding, rounding};
use crate::neuron::vector::{VECTORS, Watch, Wide, WideState, nowhere};
use crate::neuron::{BLOCK, Constants, step_wide};

/// What a block is to do.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) network: &'a Network,
    pub(super) p: &'a Population,
    pub(super) block: u32,
    pub(super) step: u32,
    pub(super) length: u32,
}

/// Neurons that share one counter of the noise generator's four words: neuron `64 k + j` of a block uses word k of lane j.
pub(super) const COLUMN: usize = BLOCK / 4;

/// A partition of whole blocks.
#[derive(Clone)]
pub(super) struct Partition {
    pub(super) blocks: Range<u32>,
    /// State words, one vector of slots per variable, the potential (or a refractory code) first.
    pub(super) state: Vec<Vec<i32>>,
    /// Input still to come.
    pub(super) ring: Ring,
    /// What is under way, where synapses are delivered when due.
    pub(super) calendar: Option<Calendar>,
    /// Whether arrivals are added to the synaptic currents themselves; see [`crate::engine::plan::CpuPlan`].
    pub(super) direct: bool,
    /// Then: input, channel by channel, that is to be added after the next update beside that of its spikes.
    pub(super) owed: Option<Vec<i32>>,
    pub(super) channels: usize,
    /// Vector units it is stepped with.
    pub(super) arch: pulp::Arch,
    /// Its populations.
    pub(super) stretches: Vec<Stretch>,
    /// Who rests, if anybody ever can and may be left alone.
    pub(super) rest: Option<Rest>,
    /// Time of the last batch's update and of what was delivered with it.
    pub(super) spent: [Duration; 2],
    /// Spikes of the last batch.
    pub(super) spikes: Vec<u32>,
    /// Checksums of the last batch's spikes, by trial.
    pub(super) checksums: Vec<[u32; 2]>,
    /// Spikes and external arrivals per population, since they were last taken.
    pub(super) counted: Vec<(u64, u64)>,
    /// Its parts of the plastic projections.
    pub(super) plastic: Vec<PlasticPart>,
    /// What went wrong first: slot and step of the neuron, and what it was.
    pub(super) fault: Option<(u32, u32, Fault)>,
}

impl Partition {
    pub(super) fn new(network: &Network, plan: &CpuPlan, blocks: Range<u32>) -> Self {
        let (ring_steps, direct) = (plan.ring_steps as usize, plan.direct);
        let slots = blocks.len() * BLOCK;
        let channels = network.channels as usize;
        let owned = blocks.start * BLOCK as u32..blocks.end * BLOCK as u32;
        let stretches = stretches(network, &blocks);
        let rest = Rest::new(network, &blocks, &stretches, plan).filter(|_| !plan.steps_all);
        let calendar = plan.due.is_some().then(|| Calendar::new(network.max_delay + plan.batch));
        let plastic = network.plastic.iter().map(|p| PlasticPart::new(network, p, &owned)).collect();
        Self {
            stretches,
            blocks,
            state: vec![vec![0; slots]; network.state_variables() as usize],
            ring: Ring::new(ring_steps, channels, slots),
            calendar,
            direct,
            owed: None,
            channels,
            arch: super::lanes::arch(plan.lanes),
            rest,
            spent: [Duration::ZERO; 2],
            spikes: Vec::new(),
            checksums: vec![[0; 2]; network.trial_count() as usize],
            counted: vec![(0, 0); network.populations.len()],
            plastic,
            fault: None,
        }
    }

    pub(super) fn first_slot(&self) -> u32 {
        self.blocks.start * BLOCK as u32
    }

    /// Its slots: words of a state variable.
    pub(super) fn row_words(&self) -> usize {
        self.blocks.len() * BLOCK
    }

    /// Synaptic currents of a channel.
    pub(super) fn currents(&mut self, channel: usize) -> &mut [i32] {
        &mut self.state[1 + channel]
    }

    /// State words, variable by variable.
    pub(super) fn variables(&self) -> impl Iterator<Item = &[i32]> {
        self.state.iter().map(Vec::as_slice)
    }

    /// Sets the state variables of its neurons from those of all slots; constants that stand behind them stay.
    pub(super) fn set_variables(&mut self, network: &Network, all: &[Vec<i32>]) {
        for block in self.blocks.clone() {
            let p = network.population_of_block(block);
            let first = block as usize * BLOCK;
            let own = (block - self.blocks.start) as usize * BLOCK;
            let exist = BLOCK.min((p.first_slot + p.size) as usize - first);
            for (words, all) in self.state.iter_mut().zip(all).take(p.own_variables(network.channels) as usize) {
                words[own..own + exist].copy_from_slice(&all[first..first + exist]);
            }
        }
    }

    /// Forgets who rests: state or input has been set from outside.
    pub(super) fn wake_all(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.wake_all(&mut self.state, &mut self.ring);
        }
    }

    /// Writes the state of neurons on lists, and their input, to where they stand by slot.
    pub(super) fn settle(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.settle(&mut self.state, &mut self.ring);
        }
    }

    /// Adds spikes of a population to the checksum of its trial.
    #[inline(always)]
    pub(super) fn add_to_checksum(&mut self, network: &Network, p: &Population, term: [u32; 2]) {
        let sum = &mut self.checksums[network.trial_of(p.id) as usize];
        *sum = add_term(*sum, term);
    }

    /// Adds what is owed to the synaptic currents.
    pub(super) fn pay_owed(&mut self) {
        let words = self.row_words();
        for (channel, owed) in self.owed.take().iter().flat_map(|owed| owed.chunks_exact(words)).enumerate() {
            for (current, input) in self.currents(channel).iter_mut().zip(owed) {
                *current = current.wrapping_add(*input);
            }
        }
    }

    /// The potential word of a slot, if it is one of this partition's.
    pub(super) fn potential(&self, slot: u32) -> Option<i32> {
        self.state[0].get(slot.checked_sub(self.first_slot())? as usize).copied()
    }

    /// The state at time 0.
    pub(super) fn reset(&mut self, network: &Network) {
        self.wake_all();
        self.ring.clear();
        self.calendar.iter_mut().for_each(Calendar::clear);
        self.owed = None;
        self.fault = None;
        self.reset_plastic();
        for i in 0..self.blocks.len() {
            let block = self.blocks.start + i as u32;
            let p = network.population_of_block(block);
            let first = block * BLOCK as u32 - p.first_slot;
            let key = key(network.seed, Purpose::InitialState, p.origin());
            let variables = p.state_variables(network.channels);
            for j in 0..BLOCK {
                let neuron = first + j as u32;
                let word = threefry(key, UVec4::new(neuron, 0, 0, 0)).x;
                self.state[0][i * BLOCK + j] = p.initial[below(word, p.initial.len() as u32) as usize];
                for (variable, words) in (0..).zip(&mut self.state).skip(1) {
                    let exists = variable < variables && neuron < p.size;
                    words[i * BLOCK + j] = if exists { p.start_word(variable, neuron) as i32 } else { 0 };
                }
            }
        }
    }

    /// One block; `CURRENTS` is the number of synaptic currents its model keeps, `CHANNELS` that of the ring buffers; a spike may do something
    /// to currents if they are `SWITCHED`. As many neurons as share a call of the generator are kept in registers for the whole batch.
    #[inline(always)]
    pub(super) fn update_block<S: Simd, const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool>(
        &mut self,
        simd: S,
        now: Batch<'_>,
        c: &Constants,
    ) {
        let batch = now;
        let Batch { network, p, block, step, length } = now;
        // A copy of its own: behind a reference, every constant would be read again for every vector.
        let c = &{ *c };
        let at = (block - self.blocks.start) as usize * BLOCK;
        let first = block * BLOCK as u32 - p.first_slot;
        let neurons = p.size - first;
        let drive_key = key(network.seed, Purpose::Drive, p.stream);
        let zero = simd.splat_u32s(0);
        let whole = neurons as usize >= BLOCK;
        let mut arrivals = zero;
        let mut spikes = 0;
        let mut checksum = [0; 2];
        for lane in (0..COLUMN).step_by(S::U32_LANES) {
            let mut exists = [nowhere(simd); VECTORS];
            for k in 0..VECTORS {
                let there = neurons.saturating_sub((k * COLUMN + lane) as u32);
                exists[k] = simd.less_than_u32s(lanes(simd), simd.splat_u32s(there));
            }
            let mut state = WideState::<S> { v: load::<S>(&self.state[0], at + lane), syn: [Wide::splat(zero); 2] };
            for channel in 0..CURRENTS {
                state.syn[channel] = load::<S>(&self.state[1 + channel], at + lane);
            }
            let mut watch = Watch::new(simd);
            for offset in 0..length {
                let now = step + offset;
                let rounding = WideRounding::of(simd, rounding(now));
                let mut input = [Wide::<S>::splat(zero); 2];
                if self.ring.steps() > 0 {
                    let row = self.ring.row(now);
                    for channel in 0..CHANNELS {
                        let from = row + channel * self.row_words() + at + lane;
                        input[channel] = load::<S>(&self.ring.words, from);
                        store::<S>(&mut self.ring.words, from, &Wide::splat(zero));
                    }
                }
                if !p.poisson.is_empty() {
                    let words = Wide(threefry_wide(simd, drive_key, first / 4 + lane as u32, now));
                    if reaches(simd, p.poisson[0], &words) {
                        let counts = poisson_counts(simd, &p.poisson, &words);
                        let weight = simd.splat_u32s(p.poisson_weight as u32);
                        for k in 0..VECTORS {
                            let push = simd.mul_u32s(counts[k], weight);
                            // No index that is known only now: arrays would go to memory.
                            if p.poisson_channel == 0 {
                                input[0][k] = simd.add_u32s(input[0][k], push);
                            } else {
                                input[1][k] = simd.add_u32s(input[1][k], push);
                            }
                            let counted = if whole { counts[k] } else { simd.select_u32s(exists[k], counts[k], zero) };
                            arrivals = simd.add_u32s(arrivals, counted);
                        }
                    }
                }
                let fired = step_wide::<S, CURRENTS, SWITCHED>(simd, c, &rounding, &mut watch, &mut state, &input);
                if any(simd, &fired) {
                    for k in 0..VECTORS {
                        let fired = simd.and_m32s(fired[k], exists[k]);
                        if simd.first_true_m32s(fired) == S::U32_LANES {
                            continue;
                        }
                        let fired = [simd.select_u32s(fired, simd.splat_u32s(1), zero)];
                        let fired: &[u32] = bytemuck::cast_slice(&fired);
                        for (j, fired) in fired.iter().enumerate() {
                            if *fired == 0 {
                                continue;
                            }
                            let neuron = (k * COLUMN + lane + j) as u32;
                            spikes += 1;
                            self.spikes.push(spike_entry(block * BLOCK as u32 + neuron, offset));
                            checksum = add_term(checksum, checksum_term(p, first + neuron, now));
                        }
                    }
                }
            }
            if watch.is_raised(simd) && self.fault.is_none() {
                // A copy, too: what is looked at as bytes has no registers.
                let state = state;
                let words = [&state.v, &state.syn[0], &state.syn[1]].map(|words| bytemuck::cast_slice::<S::u32s, i32>(&words.0));
                self.fault = find_fault(batch, watch.has_current(simd), lane, words);
            }
            store::<S>(&mut self.state[0], at + lane, &state.v);
            for channel in 0..CURRENTS {
                store::<S>(&mut self.state[1 + channel], at + lane, &state.syn[channel]);
            }
        }
        if c.threshold == REFRACTORY && spikes > 0 && self.fault.is_none() {
            self.fault = self.spikes.last().map(|entry| (entry & 0x0FFF_FFFF, step + (entry >> 28), Fault::Threshold));
        }
        if spikes > 0 {
            self.add_to_checksum(network, p, checksum);
        }
        let arrivals = [arrivals];
        let counted = &mut self.counted[p.id as usize];
        counted.0 += spikes;
        counted.1 += bytemuck::cast_slice::<S::u32s, u32>(&arrivals).iter().map(|n| u64::from(*n)).sum::<u64>();
    }
}

/// Finds the neuron whose state has left its range among those of some lanes: the one with the largest current, or the lowest potential.
#[inline(never)]
fn find_fault(now: Batch<'_>, current: bool, lane: usize, states: [&[i32]; 3]) -> Option<(u32, u32, Fault)> {
    let lanes = states[0].len() / VECTORS;
    let exists =
        |i: &usize| ((i / lanes) * COLUMN + lane + i % lanes) as u32 + now.block * BLOCK as u32 - now.p.first_slot < now.p.size;
    let size = |i: usize| states[1..].iter().map(|words| words[i].unsigned_abs()).max().unwrap_or(0);
    let candidates = (0..states[0].len()).filter(exists);
    let found = match current {
        true => candidates.max_by_key(|i| size(*i)),
        false => candidates.min_by_key(|i| states[0][*i]),
    }?;
    let slot = now.block * BLOCK as u32 + ((found / lanes) * COLUMN + lane + found % lanes) as u32;
    let fault = if current { Fault::Input } else { Fault::Potential };
    Some((slot, now.step + now.length - 1, fault))
}

/// The values of some lanes of a block: a vector from each of its columns.
#[inline(always)]
fn load<S: Simd>(values: &[i32], from: usize) -> Wide<S> {
    let values: &[u32] = bytemuck::cast_slice(&values[from..from + (VECTORS - 1) * COLUMN + S::U32_LANES]);
    let mut all = Wide::splat(S::as_simd_u32s(values).0[0]);
    for k in 1..VECTORS {
        all[k] = S::as_simd_u32s(&values[k * COLUMN..]).0[0];
    }
    all
}

/// Puts the values of some lanes back.
#[inline(always)]
fn store<S: Simd>(values: &mut [i32], from: usize, all: &Wide<S>) {
    let values: &mut [u32] = bytemuck::cast_slice_mut(&mut values[from..from + (VECTORS - 1) * COLUMN + S::U32_LANES]);
    for k in 0..VECTORS {
        S::as_mut_simd_u32s(&mut values[k * COLUMN..]).0[0] = all[k];
    }
}

/// Whether any lane of some masks is true.
#[inline(always)]
fn any<S: Simd>(simd: S, masks: &[S::m32s; VECTORS]) -> bool {
    let all = simd.or_m32s(simd.or_m32s(masks[0], masks[1]), simd.or_m32s(masks[2], masks[3]));
    simd.first_true_m32s(all) < S::U32_LANES
}

/// Whether any of some words reaches a threshold.
#[inline(always)]
fn reaches<S: Simd>(simd: S, threshold: u32, words: &Wide<S>) -> bool {
    let threshold = simd.splat_u32s(threshold);
    let mut reached = [nowhere(simd); VECTORS];
    for k in 0..VECTORS {
        reached[k] = simd.greater_than_or_equal_u32s(words[k], threshold);
    }
    any(simd, &reached)
}

/// Thresholds that are compared before it is looked whether any word reaches the next.
const UNCHECKED: usize = 4;

/// External arrivals that random words stand for; see [`crate::math::quantile::poisson_count`].
#[inline(always)]
fn poisson_counts<S: Simd>(simd: S, thresholds: &[u32], words: &Wide<S>) -> Wide<S> {
    let one = simd.splat_u32s(1);
    let mut counts = Wide::splat(simd.splat_u32s(0));
    for (i, threshold) in thresholds.iter().enumerate() {
        let threshold = simd.splat_u32s(*threshold);
        let mut reached = [nowhere(simd); VECTORS];
        for k in 0..VECTORS {
            reached[k] = simd.greater_than_or_equal_u32s(words[k], threshold);
        }
        if i >= UNCHECKED && !any(simd, &reached) {
            break;
        }
        for k in 0..VECTORS {
            counts[k] = simd.select_u32s(reached[k], simd.add_u32s(counts[k], one), counts[k]);
        }
    }
    counts
}
