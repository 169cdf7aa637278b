//! What is under way to a partition whose synapses are delivered in the step in which they are due ([`super::due`]).

use std::collections::BTreeMap;

/// A row of stored synapses of which something is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub(super) chunk: u32,
    /// The head of the next group.
    pub(super) at: u32,
    /// Step of the spike.
    pub(super) sent: u32,
    /// Where the weights of the sender's population begin.
    pub(super) weights: u32,
}

/// What is under way to a partition.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// Rows by the step in which something of them is due next, modulo their number.
    pub(super) due: Vec<Vec<Cursor>>,
    /// Input that came from elsewhere: a state that was set, or arrivals from outside; by step, `[channel][slot]`.
    pub(super) strays: BTreeMap<u32, Vec<i32>>,
}

impl Calendar {
    /// For delays and a batch of at most so many steps.
    pub(super) fn new(steps: u32) -> Self {
        Self { due: vec![Vec::new(); steps as usize + 1], strays: BTreeMap::new() }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.due.iter_mut().for_each(Vec::clear);
        self.strays.clear();
    }

    /// The input from elsewhere that acts in a step, of so many words.
    pub(super) fn stray(&mut self, step: u32, words: usize) -> &mut Vec<i32> {
        self.strays.entry(step).or_insert_with(|| vec![0; words])
    }

    /// Notes that something of a row is due in a step.
    pub(super) fn enter(&mut self, step: u32, cursor: Cursor) {
        let days = self.due.len();
        self.due[step as usize % days].push(cursor);
    }
}
