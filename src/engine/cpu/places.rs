//! Input of neurons on lists where only a few are awake. It lies as their state does, by their places on the lists, so that it is read in
//! vectors; who it is for is looked up when a spike is delivered. (In the ring buffers the input of a few neurons among many lies on a cache line
//! of its own for every neuron and step.)

use bytemuck::{Pod, Zeroable};

use super::list::{MOST, MOST_STEPS};
use super::ring::Ring;
use crate::engine::plan::FEW;

/// Steps ahead, each of which has a bit.
const MOST_AHEAD: usize = 62;

/// A word of each of some neurons, on cache lines.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
pub(super) struct Words(pub(super) [i32; MOST]);

/// Input by place, for all lists of a partition. Places are counted through: each list has a range of them, of whole groups.
#[derive(Clone)]
pub(super) struct Places {
    /// `[group][step modulo steps][channel]`, as many groups as have been needed.
    words: Vec<Words>,
    /// Steps, modulo their number, in which anything is to come to a group, a bit each.
    due: Vec<u64>,
    /// Where the places of each list begin, and behind the last one.
    first: Vec<usize>,
    steps: usize,
    channels: usize,
}

impl Places {
    /// No input for lists of at most so many neurons, as part of all; none if steps are too many.
    pub(super) fn new(all: impl Iterator<Item = usize>, steps: usize, channels: usize) -> Option<Self> {
        let mut first = vec![0];
        for slots in all {
            first.push(first[first.len() - 1] + (slots / FEW as usize).next_multiple_of(MOST));
        }
        (1..=MOST_AHEAD).contains(&steps).then(|| Self { words: Vec::new(), due: Vec::new(), first, steps, channels })
    }

    /// Where the places of a list begin.
    #[inline(always)]
    pub(super) fn first(&self, list: usize) -> usize {
        self.first[list]
    }

    /// Whether a list has a place for so many.
    pub(super) fn has_room(&self, list: usize, many: usize) -> bool {
        many <= self.first[list + 1] - self.first[list]
    }

    /// Makes sure that there is memory for a place.
    pub(super) fn reach(&mut self, place: usize) {
        let groups = place / MOST + 1;
        if groups > self.due.len() {
            self.due.resize(groups, 0);
            self.words.resize(groups * self.steps * self.channels, Words([0; MOST]));
        }
    }

    /// All words.
    #[inline(always)]
    pub(super) fn words(&mut self) -> &mut [i32] {
        bytemuck::cast_slice_mut(&mut self.words)
    }

    /// Where the input of a place begins in every step of a batch; channels are [`MOST`] apart.
    #[inline(always)]
    pub(super) fn rows(&self, place: usize, step: u32, length: u32) -> [usize; MOST_STEPS] {
        let mut rows = [0; MOST_STEPS];
        let mut row = step as usize % self.steps;
        for at in &mut rows[..length as usize] {
            *at = self.at(place, row);
            row = if row + 1 == self.steps { 0 } else { row + 1 };
        }
        rows
    }

    /// Where the input of a place begins, in a step modulo their number.
    #[inline(always)]
    fn at(&self, place: usize, row: usize) -> usize {
        (place / MOST * self.steps + row) * self.channels * MOST + place % MOST
    }

    /// The input of a channel.
    #[inline(always)]
    pub(super) fn of_channel(&mut self, channel: usize) -> OfChannel<'_> {
        let (steps, row_words) = (self.steps, self.channels * MOST);
        OfChannel {
            words: bytemuck::cast_slice_mut(&mut self.words),
            due: &mut self.due,
            steps,
            row_words,
            before: channel * MOST,
        }
    }

    /// Adds input to a place.
    fn add(&mut self, place: usize, row: usize, channel: usize, input: i32) {
        self.of_channel(channel).add(place, row, input);
    }

    /// Steps of a batch in which anything comes to the group of a place, a bit each; that it does is forgotten.
    #[inline(always)]
    pub(super) fn take_due(&mut self, place: usize, step: u32, length: u32) -> u32 {
        let due = &mut self.due[place / MOST];
        let (row, all) = (step as usize % self.steps, (1u64 << length) - 1);
        let around = self.steps - row;
        let found = *due & (all << row | all >> around) & ((1 << self.steps) - 1);
        *due &= !found;
        ((found >> row | found << around) & all) as u32
    }

    /// Steps, modulo their number, in which anything may come to a place.
    fn rows_due(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let mut left = self.due[place / MOST];
        std::iter::from_fn(move || {
            let row = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (row < 64).then_some(row)
        })
    }

    /// Whether nothing is to come to a place.
    pub(super) fn is_free(&self, place: usize) -> bool {
        let words: &[i32] = bytemuck::cast_slice(&self.words);
        self.rows_due(place).all(|row| (0..self.channels).all(|channel| words[self.at(place, row) + channel * MOST] == 0))
    }

    /// Takes what is to come to a place to another one, to which nothing is.
    pub(super) fn carry(&mut self, from: usize, to: usize) {
        for row in self.rows_due(from) {
            for channel in 0..self.channels {
                let at = self.at(from, row) + channel * MOST;
                let input = std::mem::take(&mut self.words()[at]);
                if input != 0 {
                    self.add(to, row, channel, input);
                }
            }
        }
    }

    /// Takes what is to come to a slot from the ring buffers.
    pub(super) fn take_from(&mut self, ring: &mut Ring, slot: usize, place: usize) {
        for row in 0..self.steps {
            for channel in 0..self.channels {
                let input = std::mem::take(ring.at(row as u32, channel, slot));
                if input != 0 {
                    self.add(place, row, channel, input);
                }
            }
        }
    }

    /// Gives what is to come to a place to the ring buffers.
    pub(super) fn give_to(&mut self, ring: &mut Ring, slot: usize, place: usize) {
        for row in self.rows_due(place) {
            for channel in 0..self.channels {
                let at = self.at(place, row) + channel * MOST;
                *ring.at(row as u32, channel, slot) = std::mem::take(&mut self.words()[at]);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.due.clear();
        self.words.clear();
    }
}

/// The input of a channel.
pub(super) struct OfChannel<'a> {
    words: &'a mut [i32],
    due: &'a mut [u64],
    steps: usize,
    /// Words of a group in a step, and those of the channels before.
    row_words: usize,
    before: usize,
}

impl OfChannel<'_> {
    /// Adds input to a place in a row of the ring buffers, maybe a whole turn behind the last one.
    #[inline(always)]
    pub(super) fn add(&mut self, place: usize, row: usize, input: i32) {
        let row = if row >= self.steps { row - self.steps } else { row };
        let group = place / MOST;
        let at = (group * self.steps + row) * self.row_words + self.before + place % MOST;
        self.due[group] |= 1 << row;
        self.words[at] = self.words[at].wrapping_add(input);
    }
}
