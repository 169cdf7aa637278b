//! Neurons that do not stand side by side, with their state, which does.

#![allow(clippy::cast_possible_truncation, reason = "slots fit 32 bits (src/bounds.rs)")]

use std::ops::Range;

/// Most neurons that are stepped together: what fills the widest vectors.
pub(super) const MOST: usize = 64;
/// Most steps of a batch.
pub(super) const MOST_STEPS: usize = 16;

/// Neurons with their state.
#[derive(Debug, Clone, Default)]
pub(super) struct Listed {
    /// Slots from the partition's first one on.
    pub(super) slots: Vec<u32>,
    /// Potential and synaptic currents of each, as many words as fill whole vectors.
    pub(super) state: [Vec<i32>; 3],
    /// Whether their state stays where it stands by slot instead: neurons that are stepped one by one.
    by_slot: bool,
}

impl Listed {
    /// Those of some slots.
    pub(super) fn take(slots: Range<u32>, state: &[Vec<i32>]) -> Self {
        let padded = slots.len().next_multiple_of(MOST);
        let mut listed = Self { slots: slots.clone().collect(), ..Self::default() };
        for (words, all) in listed.state.iter_mut().zip(state.iter().map(Some).chain(std::iter::repeat(None))) {
            if let Some(all) = all {
                words.extend_from_slice(&all[slots.start as usize..slots.end as usize]);
            }
            words.resize(padded, 0);
        }
        listed
    }

    /// Those of some slots, without their state.
    pub(super) fn by_slot(slots: Range<u32>) -> Self {
        Self { slots: slots.collect(), by_slot: true, ..Self::default() }
    }

    /// Writes their state to where it stands by slot.
    pub(super) fn put(&self, state: &mut [Vec<i32>]) {
        for (words, all) in self.state.iter().zip(state) {
            for (slot, word) in self.slots.iter().zip(words) {
                all[*slot as usize] = *word;
            }
        }
    }

    /// How many they are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Adds a neuron that was at rest.
    pub(super) fn push(&mut self, slot: u32) {
        if !self.by_slot && self.slots.len() == self.state[0].len() {
            self.state.iter_mut().for_each(|words| words.resize(words.len() + MOST, 0));
        }
        self.slots.push(slot);
    }

    /// Puts them in an order of their slots.
    pub(super) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(u32) -> K) {
        if self.slots.is_sorted_by_key(|slot| key(*slot)) {
            return;
        }
        let mut order: Vec<usize> = (0..self.slots.len()).collect();
        order.sort_unstable_by_key(|i| key(self.slots[*i]));
        self.slots = order.iter().map(|i| self.slots[*i]).collect();
        for words in self.state.iter_mut().filter(|words| !words.is_empty()) {
            let mut sorted: Vec<i32> = order.iter().map(|i| words[*i]).collect();
            sorted.resize(words.len(), 0);
            *words = sorted;
        }
    }

    /// Takes the neuron at a place off, whose state is zero; the last one takes its place.
    pub(super) fn remove(&mut self, place: usize) {
        let last = self.slots.len() - 1;
        self.slots.swap_remove(place);
        for words in self.state.iter_mut().filter(|words| !words.is_empty()) {
            words[place] = std::mem::take(&mut words[last]);
        }
    }
}
