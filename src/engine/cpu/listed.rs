//! The update of neurons on a list, where their state stands side by side: those that are awake among many that rest, and the blocks that stimuli
//! reach.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use glam::UVec4;
use pulp::Simd;

use super::list::{Listed, MOST, MOST_STEPS};
use super::partition::{COLUMN, Partition};
use super::places::{Places, Words};
use super::rest::Rest;
use crate::engine::spikes::{add_term, checksum_term, spike_entry};
use crate::math::quantile::poisson_count;
use crate::network::random::{Purpose, key, threefry};
use crate::network::{Network, Population, Reaches, Stimulus};
use crate::neuron::fault::Fault;
use crate::neuron::fixed_point::{REFRACTORY, WideRounding, rounding};
use crate::neuron::lif_psc_exp::quiet_step;
use crate::neuron::vector::{VECTORS, Watch, Wide, WideState, clamp, greater};
use crate::neuron::{BLOCK, Constants, step_wide};

/// A batch of a population's neurons.
#[derive(Clone, Copy)]
pub(super) struct ListedBatch<'a> {
    pub(super) network: &'a Network,
    pub(super) p: &'a Population,
    pub(super) step: u32,
    pub(super) length: u32,
    /// The stretch whose list they are, if what is due is marked, and they may fall asleep.
    pub(super) watched: Option<usize>,
}

/// What some neurons get in a batch, by step and channel, where it does not lie by place.
pub(super) struct Scratch {
    input: [[Words; 2]; MOST_STEPS],
}

impl Scratch {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { input: [[Words([0; MOST]); 2]; MOST_STEPS] })
    }

    fn words(&mut self) -> &mut [i32] {
        bytemuck::cast_slice_mut(&mut self.input)
    }

    /// Where the words of each step begin.
    fn rows() -> Rows {
        let mut rows = [0; MOST_STEPS];
        (0..).zip(&mut rows).for_each(|(offset, row): (usize, _)| *row = offset * 2 * MOST);
        rows
    }
}

/// Where the input of some neurons begins in each step of a batch; that of the second channel is [`MOST`] words behind it.
type Rows = [usize; MOST_STEPS];

/// The first of some words.
#[inline(always)]
fn vectors<S: Simd>(words: &[i32]) -> &[S::u32s; VECTORS] {
    let words: &[u32] = bytemuck::cast_slice(&words[..VECTORS * S::U32_LANES]);
    S::as_simd_u32s(words).0.first_chunk().expect("as many words")
}

#[inline(always)]
fn load<S: Simd>(words: &[i32]) -> Wide<S> {
    Wide(*vectors::<S>(words))
}

#[inline(always)]
fn store<S: Simd>(words: &mut [i32], all: &Wide<S>) {
    let words: &mut [u32] = bytemuck::cast_slice_mut(&mut words[..VECTORS * S::U32_LANES]);
    S::as_mut_simd_u32s(words).0.copy_from_slice(&all.0);
}

impl Partition {
    /// Advances listed neurons; those that fall asleep leave the list. `CURRENTS` and `CHANNELS` as of [`Partition::update_block`].
    #[inline(always)]
    pub(super) fn update_listed<S: Simd, const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool>(
        &mut self,
        simd: S,
        batch: ListedBatch<'_>,
        c: &Constants,
        scratch: &mut Scratch,
        list: &mut Listed,
    ) {
        let ListedBatch { network, p, step, length, watched } = batch;
        let together = VECTORS * S::U32_LANES;
        let zero = simd.splat_u32s(0);
        let may_be_stirred = network.draws(p);
        let mut spikes = 0;
        let mut checksum = [0; 2];
        let mut arrivals = 0;
        // A copy of its own: behind a reference, every constant would be read again for every vector.
        let c = &{ *c };
        let mut asleep: Vec<usize> = Vec::new();
        let mut places = self.rest.as_mut().filter(|_| watched.is_some()).and_then(Rest::take_places);
        let (first_place, staying) = match (&places, &self.rest, watched) {
            (Some(places), Some(rest), Some(stretch)) => (places.first(stretch), rest.staying(&list.slots)),
            _ => (0, 0),
        };
        let mut group_got = 0;
        for begin in (0..list.slots.len()).step_by(together) {
            let slots = &list.slots[begin..list.slots.len().min(begin + together)];
            let (mut got, may_stir, rows);
            if let Some(places) = &mut places {
                if begin % MOST == 0 {
                    group_got = places.take_due(first_place + begin, step, length);
                }
                (got, may_stir, rows) = (group_got, begin < staying, places.rows(first_place + begin, step, length));
            } else {
                rows = Scratch::rows();
                (got, may_stir) = self.take_input::<CHANNELS>(batch, slots, scratch);
            }
            let words = places.as_mut().map_or_else(|| scratch.words(), Places::words);
            let mut stirred = Stirred::default();
            if may_be_stirred && may_stir {
                stirred = self.stirred(network, slots, watched.is_some(), step, length);
                stirred.events.iter().for_each(|event| {
                    arrivals += u64::from(event.count);
                    got |= event.input(words, &rows);
                });
                if !p.poisson.is_empty() {
                    arrivals += self.draw(network.seed, p, (step, length), slots, (words, &rows));
                    got = u32::MAX;
                }
            }
            let mut watch = Watch::new(simd);
            let mut state = WideState::<S> { v: load::<S>(&list.state[0][begin..]), syn: [Wide::splat(zero); 2] };
            for channel in 0..CURRENTS {
                state.syn[channel] = load::<S>(&list.state[1 + channel][begin..]);
            }
            // Whether none of them is refractory.
            let mut is_quiet = !stirred.any && !any_refractory(simd, &state.v);
            for offset in 0..length {
                let now = step + offset;
                if stirred.any {
                    stirred.stir::<S>(simd, offset, c.reset, &mut state.v);
                }
                // Zero where nothing was got.
                let input = &words[rows[offset as usize]..];
                let input = [vectors::<S>(input), vectors::<S>(&input[(CHANNELS - 1) * MOST..])];
                let rounding = WideRounding::of(simd, rounding(now));
                if CURRENTS > 0 && is_quiet && quiet_step::<S, CURRENTS>(simd, c, &rounding, &mut watch, &mut state, input) {
                    continue;
                }
                is_quiet = false;
                let input = [Wide(*input[0]), Wide(*input[1])];
                let fired = step_wide::<S, CURRENTS, SWITCHED>(simd, c, &rounding, &mut watch, &mut state, &input);
                let any = simd.or_m32s(simd.or_m32s(fired[0], fired[1]), simd.or_m32s(fired[2], fired[3]));
                if simd.first_true_m32s(any) == S::U32_LANES {
                    continue;
                }
                let one = simd.splat_u32s(1);
                let fired = [
                    simd.select_u32s(fired[0], one, zero),
                    simd.select_u32s(fired[1], one, zero),
                    simd.select_u32s(fired[2], one, zero),
                    simd.select_u32s(fired[3], one, zero),
                ];
                let fired: &[u32] = bytemuck::cast_slice(&fired);
                for (slot, _) in slots.iter().zip(fired).filter(|(_, fired)| **fired != 0) {
                    spikes += 1;
                    let slot = self.first_slot() + slot;
                    self.spikes.push(spike_entry(slot, offset));
                    checksum = add_term(checksum, checksum_term(p, slot - p.first_slot, now));
                }
            }
            if watch.is_raised(simd) && self.fault.is_none() {
                // A copy: what is looked at as bytes has no registers.
                let state = state;
                let found = [&state.v, &state.syn[0], &state.syn[1]].map(|words| bytemuck::cast_slice::<S::u32s, i32>(&words.0));
                self.fault = fault_of(watch.has_current(simd), found, slots, self.first_slot(), step + length - 1);
            }
            got &= (1 << length) - 1;
            while got != 0 {
                let row = rows[got.trailing_zeros() as usize];
                got &= got - 1;
                for channel in 0..CHANNELS {
                    store::<S>(&mut words[row + channel * MOST..], &Wide::splat(zero));
                }
            }
            if watched.is_some() {
                let rests = resting::<S, CURRENTS>(simd, &state);
                if rests.iter().any(|rests| *rests != 0) {
                    let resting = slots.iter().zip(rests.iter()).enumerate().filter(|(_, (_, rests))| **rests != 0);
                    for (i, (slot, _)) in resting {
                        let Some(rest) = &mut self.rest else { continue };
                        let falls_asleep = match &places {
                            Some(places) => rest.leaves_place(*slot as usize, places),
                            None => rest.falls_asleep(*slot as usize, step + length),
                        };
                        if falls_asleep {
                            asleep.push(begin + i);
                            self.state.iter_mut().take(1 + CURRENTS).for_each(|words| words[*slot as usize] = 0);
                        }
                    }
                }
            }
            store::<S>(&mut list.state[0][begin..], &state.v);
            for channel in 0..CURRENTS {
                store::<S>(&mut list.state[1 + channel][begin..], &state.syn[channel]);
            }
        }
        match (places, &mut self.rest, watched) {
            (Some(places), Some(rest), Some(stretch)) => rest.give_places(places, stretch, list, &asleep),
            _ => asleep.iter().rev().for_each(|place| list.remove(*place)),
        }
        if c.threshold == REFRACTORY && spikes > 0 && self.fault.is_none() {
            self.fault = self.spikes.last().map(|entry| (entry & 0x0FFF_FFFF, step + (entry >> 28), Fault::Threshold));
        }
        self.add_to_checksum(network, p, checksum);
        let counted = &mut self.counted[p.id as usize];
        counted.0 += spikes;
        counted.1 += arrivals;
    }

    /// Takes what arrives at some neurons in a batch from the ring buffers: the steps in which anything did, a bit each, and whether a stimulus
    /// may come to any of them.
    #[inline(always)]
    fn take_input<const CHANNELS: usize>(&mut self, batch: ListedBatch<'_>, slots: &[u32], scratch: &mut Scratch) -> (u32, bool) {
        let length = batch.length;
        let all = (1 << length) - 1;
        let (words, is_none) = (self.row_words(), self.ring.steps() == 0);
        // Where the input of every step begins.
        let mut rows = [0; MOST_STEPS];
        if !is_none {
            for (row, offset) in rows.iter_mut().zip(0..length) {
                *row = self.ring.row(batch.step + offset);
            }
        }
        let ring = &mut self.ring.words[..];
        let mut take = |i: usize, slot: usize, mut left: u32| {
            while left != 0 {
                let offset = left.trailing_zeros() as usize;
                left &= left - 1;
                for channel in 0..CHANNELS {
                    let at = rows[offset] + channel * words + slot;
                    scratch.input[offset][channel].0[i] = std::mem::take(&mut ring[at]);
                }
            }
        };
        let Some(rest) = self.rest.as_mut().filter(|_| batch.watched.is_some()) else {
            if is_none {
                return (0, true);
            }
            slots.iter().enumerate().for_each(|(i, slot)| take(i, *slot as usize, all));
            return (all, true);
        };
        let mut got = 0;
        let mut any_stays = false;
        rest.take_due(slots, batch.step, length, |i, slot, due, stays| {
            any_stays |= stays;
            got |= due;
            take(i, slot, due);
        });
        (got, any_stays)
    }

    /// What stimuli do to some neurons in a batch.
    #[inline(never)]
    fn stirred(&self, network: &Network, slots: &[u32], watched: bool, step: u32, length: u32) -> Stirred {
        let mut stirred = Stirred::default();
        for (place, slot) in slots.iter().enumerate() {
            if watched && !self.rest.as_ref().is_some_and(|rest| rest.stays(*slot as usize)) {
                continue;
            }
            let slot = self.first_slot() + slot;
            for s in stimuli_of(network, slot) {
                let neuron = slot - network.populations[s.population as usize].first_slot;
                stirred.any = true;
                stirred.freed.0[place] |= i32::from(!s.refractory);
                s.counts(network.seed, neuron, step, length, |now, count| {
                    stirred.events.push(Event { offset: now - step, place, count, by: count as i32 * s.by, reaches: s.reaches });
                });
            }
        }
        stirred
    }

    /// Adds the arrivals of a population's drive in some steps from one on; how many there were.
    fn draw(&self, seed: u64, p: &Population, steps: (u32, u32), slots: &[u32], (words, rows): (&mut [i32], &Rows)) -> u64 {
        let mut arrivals = 0;
        let drive_key = key(seed, Purpose::Drive, p.stream);
        for offset in 0..steps.1 {
            for (i, slot) in slots.iter().enumerate() {
                let neuron = self.first_slot() + slot - p.first_slot;
                let lane = neuron / BLOCK as u32 * COLUMN as u32 + neuron % COLUMN as u32;
                let random = threefry(drive_key, UVec4::new(lane, steps.0 + offset, 0, 0));
                let count = poisson_count(&p.poisson, random[neuron as usize % BLOCK / COLUMN]);
                let word = &mut words[rows[offset as usize] + p.poisson_channel as usize * MOST + i];
                *word = word.wrapping_add((count as i32).wrapping_mul(p.poisson_weight));
                arrivals += u64::from(count);
            }
        }
        arrivals
    }
}

/// Whether a neuron is refractory.
#[inline(always)]
fn any_refractory<S: Simd>(simd: S, v: &Wide<S>) -> bool {
    let code = simd.splat_u32s(REFRACTORY as u32);
    let is = [greater(simd, v[0], code), greater(simd, v[1], code), greater(simd, v[2], code), greater(simd, v[3], code)];
    let any = simd.or_m32s(simd.or_m32s(is[0], is[1]), simd.or_m32s(is[2], is[3]));
    simd.first_true_m32s(any) < S::U32_LANES
}

/// Where all words of neurons are 0, a word each that is not.
#[inline(always)]
fn resting<S: Simd, const CURRENTS: usize>(simd: S, state: &WideState<S>) -> Words {
    let (zero, one) = (simd.splat_u32s(0), simd.splat_u32s(1));
    let mut rests = Wide::<S>::splat(zero);
    for k in 0..VECTORS {
        let mut bits = state.v[k];
        for channel in 0..CURRENTS {
            bits = simd.or_u32s(bits, state.syn[channel][k]);
        }
        rests[k] = simd.select_u32s(simd.equal_u32s(bits, zero), one, zero);
    }
    let mut words = Words([0; MOST]);
    store::<S>(&mut words.0, &rests);
    words
}

impl Words {
    #[inline(always)]
    fn iter(&self) -> std::slice::Iter<'_, i32> {
        self.0.iter()
    }
}

/// What stimuli do to some neurons in a batch.
struct Stirred {
    /// Whether they come to any of them at all.
    any: bool,
    /// Who is never refractory: not 0.
    freed: Words,
    events: Vec<Event>,
}

impl Default for Stirred {
    fn default() -> Self {
        Self { any: false, freed: Words([0; MOST]), events: Vec::new() }
    }
}

/// Arrivals of a stimulus at one of some neurons, so many steps behind a batch's first.
struct Event {
    offset: u32,
    place: usize,
    count: u32,
    by: i32,
    reaches: Reaches,
}

impl Event {
    /// Adds what arrives as if over a synapse; the step's bit if anything does.
    fn input(&self, words: &mut [i32], rows: &Rows) -> u32 {
        let Reaches::Channel(channel) = self.reaches else { return 0 };
        let word = &mut words[rows[self.offset as usize] + channel as usize * MOST + self.place];
        *word = word.wrapping_add(self.by);
        1 << self.offset
    }
}

impl Stirred {
    /// Moves potentials before a step.
    #[inline(always)]
    fn stir<S: Simd>(&self, simd: S, offset: u32, reset: i32, v: &mut Wide<S>) {
        let freed = load::<S>(&self.freed.0);
        let jumps = self.events.iter().filter(|e| e.offset == offset && e.reaches == Reaches::Potential);
        let mut by = Words([0; MOST]);
        let mut any = false;
        for event in jumps {
            by.0[event.place] += event.by;
            any = true;
        }
        let by = load::<S>(&by.0);
        let zero = simd.splat_u32s(0);
        for k in 0..VECTORS {
            let refractory = greater(simd, v[k], simd.splat_u32s(REFRACTORY as u32));
            let stays = simd.equal_u32s(freed[k], zero);
            let held = simd.select_u32s(stays, v[k], simd.splat_u32s(reset as u32));
            let moved = if any { clamp(simd, simd.add_u32s(v[k], by[k]), -REFRACTORY, REFRACTORY) } else { v[k] };
            v[k] = simd.select_u32s(refractory, held, moved);
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
        match s.reaches {
            Reaches::Potential => self.jump += by,
            Reaches::Channel(channel) => self.input[channel as usize] = self.input[channel as usize].wrapping_add(by),
        }
    }

    /// Notes whether a neuron may be refractory.
    #[inline(always)]
    pub(super) fn free(&mut self, s: &Stimulus) {
        self.freed |= !s.refractory;
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

/// The neuron among some whose state has left its range: the one with the largest current, or the lowest potential.
#[inline(never)]
fn fault_of(current: bool, words: [&[i32]; 3], slots: &[u32], first_slot: u32, step: u32) -> Option<(u32, u32, Fault)> {
    let size = |i: &usize| words[1][*i].unsigned_abs().max(words[2][*i].unsigned_abs());
    let found = match current {
        true => (0..slots.len()).max_by_key(size),
        false => (0..slots.len()).min_by_key(|i| words[0][*i]),
    }?;
    let fault = if current { Fault::Input } else { Fault::Potential };
    Some((first_slot + slots[found], step, fault))
}
