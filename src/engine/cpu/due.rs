//! Delivery in the step in which it is due: a partition's input of a few steps is short enough for the near caches, where a ring buffer of all
//! delays is not. The synapses of a sender, of all its projections together, stand in groups of the same delay; a calendar tells which groups
//! are due when, so that a step takes up just those.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::calendar::Cursor;
use super::partition::Partition;
use crate::engine::plan::DueRows;
use crate::network::Network;

/// Senders whose rows are built as one piece of work and kept together.
const ROWS_PER_CHUNK: usize = 64;
/// Groups whose words are fetched before any is delivered.
const GROUPS_AT_ONCE: usize = 64;
/// Most words that are fetched of a group: the rest of a longer one follows by itself, as memory that is read in a row does.
const MOST_FETCHED: usize = 64;
/// Most synapses of a group: larger ones are several of the same delay.
const MOST: usize = 0xFFFF;

/// Rows of some senders, with where each begins and its first head.
type Chunk = (Vec<u32>, Vec<(u32, u32)>);

/// What the neurons of a trial send to one part of it.
struct Rows {
    /// Rows of so many senders each: groups of a head (delay and number of synapses) and a word for each synapse; a head of zero ends a row.
    chunks: Vec<Vec<u32>>,
    /// Where the row of each of a trial's slots begins in its chunk, and a copy of its first head: a spike is entered without a look at its row,
    /// which lies far away.
    starts: Vec<(u32, u32)>,
}

/// Stored synapses, sorted by part of a trial, sender and delay.
pub(super) struct SortedRows {
    layout: DueRows,
    parts: Vec<Rows>,
    trial_slots: u32,
}

fn head(delay: u32, synapses: usize) -> u32 {
    delay << 16 | synapses as u32
}

fn of_head(head: u32) -> (u32, usize) {
    (head >> 16, (head & 0xFFFF) as usize)
}

impl SortedRows {
    /// Evaluates every synapse once. `ranges` are the slots of the parts of a trial.
    pub(super) fn build(network: &Network, ranges: &[Range<u32>], layout: DueRows) -> Self {
        let trial_slots = network.trial_slots().max(1);
        let chunks: Vec<Vec<Chunk>> = (0..trial_slots)
            .step_by(ROWS_PER_CHUNK)
            .collect::<Vec<u32>>()
            .into_par_iter()
            .map(|first| build_chunk(network, ranges, &layout, first..(first + ROWS_PER_CHUNK as u32).min(trial_slots)))
            .collect();
        let empty = || Rows { chunks: Vec::with_capacity(chunks.len()), starts: Vec::with_capacity(trial_slots as usize) };
        let mut parts: Vec<Rows> = ranges.iter().map(|_| empty()).collect();
        for chunk in chunks {
            for (part, (words, starts)) in parts.iter_mut().zip(chunk) {
                part.chunks.push(words);
                part.starts.extend(starts);
            }
        }
        Self { layout, parts, trial_slots }
    }

    /// Notes what spikes, told with their step from another one on, send to a partition, part `t` of its trial.
    pub(super) fn enter(&self, network: &Network, t: usize, partition: &mut Partition, spikes: &[u32], step: u32) {
        let rows = &self.parts[t];
        let first = partition.first_slot() / self.trial_slots * self.trial_slots;
        let Some(calendar) = &mut partition.calendar else { return };
        for &entry in spikes {
            let (slot, sent) = (entry & 0x0FFF_FFFF, step + (entry >> 28));
            let Some(row) = slot.checked_sub(first).filter(|row| *row < self.trial_slots) else { continue };
            let (chunk, (at, first_head)) = (row as usize / ROWS_PER_CHUNK, rows.starts[row as usize]);
            let (delay, synapses) = of_head(first_head);
            if synapses > 0 {
                let population = network.population_of_slot(row).id as usize;
                let weights = self.layout.first_weight_of[population];
                calendar.enter(sent + delay, Cursor { chunk: chunk as u32, at, sent, weights });
            }
        }
    }

    /// Adds what is due in a step to a partition's input, part `t` of its trial.
    pub(super) fn deliver(&self, t: usize, partition: &mut Partition, step: u32) {
        let rows = &self.parts[t];
        let (first, words) = (partition.ring_row(step), partition.row_words() * partition.channels);
        let Partition { calendar: Some(calendar), ring, .. } = partition else { return };
        let ring = &mut ring[first..first + words];
        if let Some(stray) = calendar.strays.remove(&step) {
            ring.iter_mut().zip(stray).for_each(|(word, stray)| *word = word.wrapping_add(stray));
        }
        let today = step as usize % calendar.due.len();
        let due = std::mem::take(&mut calendar.due[today]);
        let ahead = (self.layout.mean_group as usize).min(MOST_FETCHED);
        // Read anew for every synapse otherwise.
        let (place_bits, place_mask) = (self.layout.place_bits, self.layout.place_mask());
        for some in due.chunks(GROUPS_AT_ONCE) {
            // Groups lie far apart: reading a word of each of their lines lets the memory fetch many at a time.
            let mut touched = 0;
            for cursor in some {
                let words = &rows.chunks[cursor.chunk as usize][cursor.at as usize..];
                touched = words[..words.len().min(ahead + 1)].iter().step_by(16).fold(touched, |sum, word| sum ^ word);
            }
            std::hint::black_box(touched);
            for cursor in some {
                let words = &rows.chunks[cursor.chunk as usize][..];
                let weights = &self.layout.weights[cursor.weights as usize..];
                let mut at = cursor.at as usize;
                loop {
                    let (delay, synapses) = of_head(words[at]);
                    if synapses == 0 {
                        break;
                    }
                    if cursor.sent + delay != step {
                        calendar.enter(cursor.sent + delay, Cursor { at: at as u32, ..*cursor });
                        break;
                    }
                    for &word in &words[at + 1..at + 1 + synapses] {
                        let place = (word & place_mask) as usize;
                        ring[place] = ring[place].wrapping_add(weights[(word >> place_bits) as usize]);
                    }
                    at += 1 + synapses;
                }
            }
        }
        let mut due = due;
        due.clear();
        calendar.due[today] = due;
    }

    /// Adds what is under way to a partition, part `t` of its trial, to rows of input by steps from one on, through `add`: steps from then,
    /// place in the partition's input, input.
    pub(super) fn under_way(&self, t: usize, partition: &Partition, step: u32, mut add: impl FnMut(usize, usize, i32)) {
        let rows = &self.parts[t];
        let Some(calendar) = &partition.calendar else { return };
        for (at, row) in &calendar.strays {
            row.iter().enumerate().for_each(|(place, input)| add((at - step) as usize, place, *input));
        }
        for cursor in calendar.due.iter().flatten() {
            let words = &rows.chunks[cursor.chunk as usize];
            let mut at = cursor.at as usize;
            while let (delay, synapses @ 1..) = of_head(words[at]) {
                for &word in &words[at + 1..at + 1 + synapses] {
                    let weight = self.layout.weights[(cursor.weights + (word >> self.layout.place_bits)) as usize];
                    add((cursor.sent + delay - step) as usize, (word & self.layout.place_mask()) as usize, weight);
                }
                at += 1 + synapses;
            }
        }
    }
}

/// The rows of some of a trial's slots, part by part, with where each begins.
fn build_chunk(network: &Network, ranges: &[Range<u32>], layout: &DueRows, slots: Range<u32>) -> Vec<Chunk> {
    let mut parts: Vec<Chunk> = ranges.iter().map(|_| (Vec::new(), Vec::new())).collect();
    // Delay and word of each synapse in one number: sorting is most of the work here.
    let mut found: Vec<Vec<u64>> = vec![Vec::new(); ranges.len()];
    for slot in slots {
        let population = network.population_of_slot(slot);
        let source = slot - population.first_slot;
        let first_weights = &layout.first_weight[population.id as usize];
        for (p, first_weight) in network.outgoing(population).iter().zip(first_weights).filter(|(p, _)| source < p.source_size) {
            let (row, first_slot) = (p.row(source), network.populations[p.target].first_slot);
            for s in (0..p.row_length(source)).map(|k| row.synapse(k)) {
                let target = first_slot + s.target;
                let part = ranges.partition_point(|r| r.end <= target);
                let place = target - ranges[part].start + p.channel * (ranges[part].end - ranges[part].start);
                let word = place | (first_weight + s.weight_level) << layout.place_bits;
                found[part].push(u64::from(s.delay) << 32 | u64::from(word));
            }
        }
        for (found, (words, starts)) in found.iter_mut().zip(&mut parts) {
            found.sort_unstable();
            let start = words.len();
            for group in found.chunk_by(|a, b| a >> 32 == b >> 32).flat_map(|same| same.chunks(MOST)) {
                words.push(head((group[0] >> 32) as u32, group.len()));
                words.extend(group.iter().map(|synapse| *synapse as u32));
            }
            words.push(0);
            starts.push((start as u32, words[start]));
            found.clear();
        }
    }
    parts.iter_mut().for_each(|(words, _)| words.shrink_to_fit());
    parts
}
