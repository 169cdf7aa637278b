//! When neurons fired last, in words that a device or the host writes and whoever draws reads.

#![allow(clippy::cast_possible_truncation, reason = "slots and steps fit 32 bits (src/bounds.rs)")]

use super::Spike;
use crate::network::Network;

/// What is noted of spikes: of every slot the last step in which it fired, plus 1 (0: never); and the spikes of some neurons, marked on a
/// strip of rows and columns that begins anew at its end.
///
/// In words: the last steps, slot by slot; the row of every slot, plus 1 (0: none); the strip, row by row, of every column the last step that
/// was marked in it, plus 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightPlan {
    /// Row of every slot on the strip, plus 1.
    rows: Vec<u32>,
    first_slots: Vec<u32>,
    /// Rows of the strip that belong to each population.
    pub shown: Vec<u32>,
    /// Columns of the strip.
    pub columns: u32,
    /// Steps a column stands for.
    pub steps_per_column: u32,
}

impl LightPlan {
    /// For a network, with about so many rows: as many for each population as its size deserves, but at least one, spread evenly.
    pub fn new(network: &Network, rows: u32, columns: u32, steps_per_column: u32) -> Self {
        let mut of_slot = vec![0; network.slots() as usize];
        let chosen = network.some_neurons(rows, 1);
        let slots = network.populations.iter().zip(&chosen).flat_map(|(p, some)| some.iter().map(|n| p.first_slot + n));
        (1..).zip(slots).for_each(|(row, slot)| of_slot[slot as usize] = row);
        let shown = chosen.iter().map(|some| some.len() as u32).collect();
        let first_slots = network.populations.iter().map(|p| p.first_slot).collect();
        Self { rows: of_slot, first_slots, shown, columns: columns.max(1), steps_per_column: steps_per_column.max(1) }
    }

    /// Slots of neurons.
    pub fn slots(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Rows of the strip.
    pub fn strip_rows(&self) -> u32 {
        self.shown.iter().sum()
    }

    /// The first word of the strip.
    pub fn strip_at(&self) -> u32 {
        2 * self.slots()
    }

    /// The words when nothing has fired.
    pub fn first_words(&self) -> Vec<u32> {
        let mut words = vec![0; self.rows.len()];
        words.extend_from_slice(&self.rows);
        words.resize(words.len() + (self.strip_rows() * self.columns) as usize, 0);
        words
    }

    /// Notes spikes, as a device would.
    pub fn note(&self, words: &mut [u32], spikes: &[Spike]) {
        let slots = self.rows.len();
        for s in spikes {
            let slot = (self.first_slots[s.population as usize] + s.neuron) as usize;
            let time = s.step + 1;
            words[slot] = words[slot].max(time);
            if self.rows[slot] > 0 {
                let column = (s.step / self.steps_per_column) % self.columns;
                let word = &mut words[2 * slots + ((self.rows[slot] - 1) * self.columns + column) as usize];
                *word = (*word).max(time);
            }
        }
    }
}
