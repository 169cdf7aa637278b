//! Connectivity as a function: synapse k of neuron i in projection p is `f(seed, p, i, k)`. Twin of
//! `shaders/shared/connectivity.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use std::sync::Arc;

use glam::UVec4;

use super::lattice::Lattice;
use super::random::{Permutation, Purpose, below, key, threefry};

/// How the target of a synapse follows from its sender and its place in the sender's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum RuleKind {
    /// Drawn uniformly with replacement; row lengths are multinomial.
    Uniform = 0,
    /// Entry `row start + k` of a permutation of all the projection's synapses, modulo the number of targets: every target is
    /// met equally often, and its senders are what drawing with replacement gives, because row lengths are multinomial.
    Indegree = 1,
    /// Entry k of a permutation of the targets, one permutation per row: a uniform subset; row lengths are binomial.
    Subset = 2,
    /// The neuron with the sender's index.
    OneToOne = 3,
    /// The neuron with index k.
    AllToAll = 4,
    /// The neuron nearest to a drawn distance and direction; rows are equally long. Synapse k of n draws its distance from the k-th of n
    /// equiprobable parts of the profile.
    Lattice = 5,
    /// As an edge list says.
    Listed = 6,
}

/// The synapses of an edge list, sorted by sender: target, and delay and weight level in the high and low halves of a word.
pub type Listed = Arc<Vec<[u32; 2]>>;

/// Lengths of the rows of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// First synapse of each row, counted within the projection, and the end: one entry more than there are senders.
    Starts(Vec<u32>),
    /// All rows are equally long.
    Equal(u32),
}

/// One synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synapse {
    /// Index of the target in its population.
    pub target: u32,
    /// Delay, steps.
    pub delay: u32,
    /// Level of the weight table.
    pub weight_level: u32,
}

/// A projection with its tables and row lengths.
#[derive(Debug, Clone)]
pub struct Projection {
    /// Position in the scenario, the id in random-number keys.
    pub id: u32,
    /// Index of the sending population.
    pub source: usize,
    /// Index of the receiving population.
    pub target: usize,
    /// Neurons of the sending population.
    pub source_size: u32,
    /// Neurons of the receiving population.
    pub target_size: u32,
    /// How targets follow.
    pub rule: RuleKind,
    /// The sender itself is left out (rules `Subset` and `AllToAll` within one population).
    pub skip_self: bool,
    /// Lengths of the rows.
    pub rows: Rows,
    /// Geometry, for the rule `Lattice`.
    pub lattice: Option<Lattice>,
    /// The synapses themselves, for the rule `Listed`.
    pub listed: Listed,
    /// Weights, equiprobable levels, input units of the target population.
    pub weights: Vec<i32>,
    /// Input channel of the target.
    pub channel: u32,
    /// Delays in steps, equiprobable levels.
    pub delays: Vec<u32>,
    /// Key of the synapses' random words.
    pub synapse_key: UVec4,
    /// Key from which permutations are keyed.
    pub permutation_key: UVec4,
}

impl Projection {
    /// Keys for projection `id`.
    pub(super) fn keys(seed: u64, id: u32) -> (UVec4, UVec4) {
        (key(seed, Purpose::Synapse, id), threefry(key(seed, Purpose::Permutation, id), UVec4::ZERO))
    }

    /// Synapses in all.
    pub fn synapses(&self) -> u64 {
        match &self.rows {
            Rows::Starts(starts) => u64::from(*starts.last().unwrap_or(&0)),
            Rows::Equal(length) => u64::from(*length) * u64::from(self.source_size),
        }
    }

    /// Synapses of a sender.
    pub fn row_length(&self, source: u32) -> u32 {
        match &self.rows {
            Rows::Starts(starts) => starts[source as usize + 1] - starts[source as usize],
            Rows::Equal(length) => *length,
        }
    }

    /// First synapse of a sender's row, counted within the projection.
    pub fn row_start(&self, source: u32) -> u64 {
        match &self.rows {
            Rows::Starts(starts) => u64::from(starts[source as usize]),
            Rows::Equal(length) => u64::from(*length) * u64::from(source),
        }
    }

    /// First synapse of a row, or the number of synapses for the index after the last row.
    pub fn row_start_or_end(&self, index: usize) -> u64 {
        if index == self.source_size as usize { self.synapses() } else { self.row_start(index as u32) }
    }

    /// Length of the longest row.
    pub fn longest_row(&self) -> u32 {
        match &self.rows {
            Rows::Starts(starts) => starts.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0),
            Rows::Equal(length) => *length,
        }
    }

    /// Entries of the table of row starts.
    pub fn row_entries(&self) -> u64 {
        match &self.rows {
            Rows::Starts(starts) => starts.len() as u64,
            Rows::Equal(_) => 0,
        }
    }

    /// Whether a synapse needs random words: its target is drawn, or its weight or delay varies.
    pub fn needs_words(&self) -> bool {
        let drawn = matches!(self.rule, RuleKind::Uniform | RuleKind::Lattice) || self.weights.len() > 1 || self.delays.len() > 1;
        drawn && self.rule != RuleKind::Listed
    }

    /// Numbers that can be permuted by the projection's rule: synapses, or targets of a row.
    pub fn permuted(&self) -> u32 {
        match self.rule {
            RuleKind::Indegree => self.synapses() as u32,
            RuleKind::Subset => self.target_size - u32::from(self.skip_self),
            _ => 0,
        }
    }

    /// A reader for the row of one sender.
    pub fn row(&self, source: u32) -> Row<'_> {
        let permutation = match self.rule {
            RuleKind::Indegree => Some(Permutation::new(self.permuted().max(1), self.permutation_key)),
            RuleKind::Subset => {
                let row_key = threefry(self.permutation_key, UVec4::new(source, 0, 0, 0));
                Some(Permutation::new(self.permuted().max(1), row_key))
            }
            _ => None,
        };
        let place = self.lattice.as_ref().map_or([0; 2], |l| l.place(source));
        Row {
            projection: self,
            source,
            first: self.row_start(source) as u32,
            words: self.needs_words(),
            permutation,
            place,
            share: u32::MAX / self.row_length(source).max(1),
        }
    }

    /// Smallest and largest delay, steps.
    pub fn delay_range(&self) -> (u32, u32) {
        let min = self.delays.iter().min().copied().unwrap_or(1);
        let max = self.delays.iter().max().copied().unwrap_or(1);
        (min, max)
    }

    /// Whether delays rise along every row, or are all the same.
    pub fn is_by_delay(&self) -> bool {
        let (min, max) = self.delay_range();
        min == max || (self.rule == RuleKind::Lattice && matches!(self.rows, Rows::Equal(_)))
    }

    /// For each delay from the shortest to one more than the longest, the first synapse of a row that may have it or a longer one, where
    /// delays rise along rows: for the rule `Lattice`.
    pub fn first_of_delays(&self) -> Vec<u32> {
        let (min, max) = self.delay_range();
        let length = self.longest_row();
        let share = u32::MAX / length.max(1);
        let levels = self.delays.len() as u64;
        let first = |delay: u32| {
            let level = self.delays.partition_point(|d| *d < delay) as u64;
            // The least word that picks this level.
            let word = (level << 32).div_ceil(levels.max(1));
            (word / u64::from(share)).min(length.into()) as u32
        };
        match min == max {
            true => vec![0, length],
            false => (min..=max + 1).map(first).collect(),
        }
    }

    /// Memory of the rows' starts, bytes.
    pub fn row_bytes(&self) -> u64 {
        4 * self.row_entries()
    }
}

/// How a stored synapse is packed into 32 bits, from the lowest: target, delay above the projection's shortest, weight level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordLayout {
    /// Bits of the target's index in its population.
    pub target_bits: u32,
    /// Bits of the delay above `delay_min`.
    pub delay_bits: u32,
    /// The projection's shortest delay, steps.
    pub delay_min: u32,
}

impl WordLayout {
    /// Packs a synapse.
    #[inline]
    pub fn pack(&self, s: Synapse) -> u32 {
        s.target
            | ((s.delay - self.delay_min) << self.target_bits)
            | s.weight_level.checked_shl(self.target_bits + self.delay_bits).unwrap_or(0)
    }

    /// Unpacks a synapse.
    #[inline(always)]
    pub fn unpack(&self, word: u32) -> Synapse {
        Synapse {
            target: word & ((1u32 << self.target_bits) - 1),
            delay: self.delay_min + ((word >> self.target_bits) & ((1u32 << self.delay_bits) - 1)),
            // In 64 bits nothing is moved too far.
            weight_level: (u64::from(word) >> (self.target_bits + self.delay_bits)) as u32,
        }
    }
}

impl Projection {
    /// The packing of its synapses; `None` if 32 bits are too few, so that only procedural synapses are possible.
    pub fn word_layout(&self) -> Option<WordLayout> {
        let bits = |n: u32| 32 - n.saturating_sub(1).leading_zeros();
        let (delay_min, delay_max) = self.delay_range();
        let layout = WordLayout { target_bits: bits(self.target_size), delay_bits: bits(delay_max - delay_min + 1), delay_min };
        (layout.target_bits + layout.delay_bits + bits(self.weights.len() as u32) <= 32).then_some(layout)
    }
}

/// The row of one sender in a projection.
#[derive(Debug)]
pub struct Row<'a> {
    projection: &'a Projection,
    source: u32,
    first: u32,
    words: bool,
    permutation: Option<Permutation>,
    place: [u32; 2],
    share: u32,
}

impl Row<'_> {
    /// Synapse `k` of the row.
    #[inline]
    pub fn synapse(&self, k: u32) -> Synapse {
        let p = self.projection;
        if p.rule == RuleKind::Listed {
            let [target, word] = p.listed[(self.first + k) as usize];
            return Synapse { target, delay: word >> 16, weight_level: word & 0xFFFF };
        }
        let words = if self.words { threefry(p.synapse_key, UVec4::new(self.source, k, 0, 0)) } else { UVec4::ZERO };
        let mut delay_word = words.y;
        let mut target = match (&self.permutation, p.rule) {
            (None, RuleKind::Lattice) => {
                // Every synapse has its own part of the distances, so that they rise along the row, and with them the delays.
                delay_word = k * self.share + below(words.x, self.share);
                p.lattice.as_ref().map_or(0, |l| l.target(self.place, delay_word, words.y))
            }
            (Some(permutation), RuleKind::Indegree) => permutation.apply(self.first + k) % p.target_size,
            (Some(permutation), _) => permutation.apply(k),
            (None, RuleKind::Uniform) => below(words.x, p.target_size),
            (None, RuleKind::OneToOne) => self.source,
            (None, _) => k,
        };
        if p.skip_self && target >= self.source {
            target += 1;
        }
        Synapse {
            target,
            delay: p.delays[below(delay_word, p.delays.len() as u32) as usize],
            weight_level: below(words.z, p.weights.len() as u32),
        }
    }
}
