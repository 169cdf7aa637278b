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
use super::due_words::{Head, MOST, Word};
use super::partition::Partition;
use super::store::Owned;
use crate::engine::plan::DueRows;
use crate::network::Network;

/// Senders whose rows are built as one piece of work and kept together.
const ROWS_PER_CHUNK: usize = 64;
/// Groups whose words are fetched before any is delivered.
const GROUPS_AT_ONCE: usize = 64;
/// Most lines of memory that are fetched of a group: the rest of a longer one follows by itself, as memory that is read in a row does.
const LINES_FETCHED: usize = 4;
/// Bytes of such a line.
const LINE: usize = 64;

/// Rows of some senders, with where each begins and the delay of its first group.
type Chunk<W> = (Vec<W>, Vec<(u32, u32)>);

/// What the neurons of a trial send to one part of it.
struct Rows<W> {
    /// Rows of so many senders each.
    chunks: Vec<Vec<W>>,
    /// Where the row of each of a trial's slots begins in its chunk, and the delay of its first group, zero for no synapse: a spike is entered without
    /// a look at its row, which lies far away.
    starts: Vec<(u32, u32)>,
}

/// The rows of all parts, in words that hold them.
enum Parts {
    Whole(Vec<Rows<u32>>),
    Half(Vec<Rows<u16>>),
}

/// Stored synapses, sorted by part of a trial, sender and delay.
pub(super) struct SortedRows {
    layout: DueRows,
    parts: Parts,
    trial_slots: u32,
}

impl SortedRows {
    /// Evaluates every synapse once. `ranges` are the slots of the parts of a trial, in rising order; what ends elsewhere is left out.
    pub(super) fn build(network: &Network, ranges: &[Range<u32>], layout: DueRows) -> Self {
        let parts = match layout.shares_weights {
            true => Parts::Half(build(network, ranges, &layout)),
            false => Parts::Whole(build(network, ranges, &layout)),
        };
        Self { layout, parts, trial_slots: network.trial_slots().max(1) }
    }

    /// Marks the slots of a trial that send anything here.
    pub(super) fn mark_senders(&self, senders: &mut [bool]) {
        fn mark<W>(parts: &[Rows<W>], senders: &mut [bool]) {
            for part in parts {
                senders.iter_mut().zip(&part.starts).for_each(|(sends, (_, delay))| *sends |= *delay > 0);
            }
        }
        match &self.parts {
            Parts::Whole(parts) => mark(parts, senders),
            Parts::Half(parts) => mark(parts, senders),
        }
    }

    /// Notes what spikes, told with their step from another one on, send to a partition, part `t` of its trial.
    pub(super) fn enter(&self, network: &Network, t: usize, partition: &mut Partition, spikes: &[u32], step: u32) {
        let starts = match &self.parts {
            Parts::Whole(parts) => &parts[t].starts,
            Parts::Half(parts) => &parts[t].starts,
        };
        let first = partition.first_slot() / self.trial_slots * self.trial_slots;
        let Some(calendar) = &mut partition.calendar else { return };
        for &entry in spikes {
            let (slot, sent) = (entry & 0x0FFF_FFFF, step + (entry >> 28));
            let Some(row) = slot.checked_sub(first).filter(|row| *row < self.trial_slots) else { continue };
            let (at, delay) = starts[row as usize];
            if delay > 0 {
                let population = network.population_of_slot(row).id as usize;
                let weights = self.layout.first_weight_of[population];
                let chunk = row / ROWS_PER_CHUNK as u32;
                calendar.enter(sent + delay, Cursor { chunk, at, sent, weights });
            }
        }
    }

    /// Adds what is due in a step to a partition's input, part `t` of its trial.
    pub(super) fn deliver(&self, t: usize, partition: &mut Partition, step: u32) {
        match &self.parts {
            Parts::Whole(parts) => deliver(&self.layout, &parts[t], partition, step),
            Parts::Half(parts) => deliver(&self.layout, &parts[t], partition, step),
        }
    }

    /// Adds what is under way to a partition, part `t` of its trial, to rows of input by steps from one on, through `add`: steps from then,
    /// place in the partition's input, input.
    pub(super) fn under_way(&self, t: usize, partition: &Partition, step: u32, add: impl FnMut(usize, usize, i32)) {
        match &self.parts {
            Parts::Whole(parts) => under_way(&self.layout, &parts[t], partition, step, add),
            Parts::Half(parts) => under_way(&self.layout, &parts[t], partition, step, add),
        }
    }
}

fn deliver<W: Word>(layout: &DueRows, rows: &Rows<W>, partition: &mut Partition, step: u32) {
    let Partition { calendar: Some(calendar), ring, .. } = partition else { return };
    let ring = ring.step(step);
    if let Some(stray) = calendar.strays.remove(&step) {
        ring.iter_mut().zip(stray).for_each(|(word, stray)| *word = word.wrapping_add(stray));
    }
    let today = step as usize % calendar.due.len();
    let mut due = std::mem::take(&mut calendar.due[today]);
    let line = LINE / size_of::<W>();
    let ahead = (W::HEAD + layout.mean_group as usize).min(LINES_FETCHED * line);
    // Read anew for every synapse otherwise.
    let (place_bits, place_mask) = (layout.place_bits, layout.place_mask());
    for some in due.chunks(GROUPS_AT_ONCE) {
        // Groups lie far apart: reading a word of each of their lines lets the memory fetch many at a time.
        let mut touched = 0;
        for cursor in some {
            let words = &rows.chunks[cursor.chunk as usize][cursor.at as usize..];
            touched = words[..words.len().min(ahead)].iter().step_by(line).fold(touched, |sum, word| sum ^ word.bits());
        }
        std::hint::black_box(touched);
        for cursor in some {
            let words = &rows.chunks[cursor.chunk as usize][..];
            let weights = &layout.weights[cursor.weights as usize..];
            let mut at = cursor.at as usize;
            loop {
                let Head { delay, synapses, weight } = W::head(&words[at..]);
                if synapses == 0 {
                    break;
                }
                if cursor.sent + delay != step {
                    calendar.enter(cursor.sent + delay, Cursor { at: at as u32, ..*cursor });
                    break;
                }
                let end = at + W::HEAD + synapses;
                let shared = weights[weight as usize];
                for word in &words[at + W::HEAD..end] {
                    let word = word.bits();
                    let place = (word & place_mask) as usize;
                    let weight = if W::SHARES_WEIGHT { shared } else { weights[(word >> place_bits) as usize] };
                    ring[place] = ring[place].wrapping_add(weight);
                }
                at = end;
            }
        }
    }
    due.clear();
    calendar.due[today] = due;
}

fn under_way<W: Word>(
    layout: &DueRows,
    rows: &Rows<W>,
    partition: &Partition,
    step: u32,
    mut add: impl FnMut(usize, usize, i32),
) {
    let Some(calendar) = &partition.calendar else { return };
    for (at, row) in &calendar.strays {
        row.iter().enumerate().for_each(|(place, input)| add((at - step) as usize, place, *input));
    }
    for cursor in calendar.due.iter().flatten() {
        let words = &rows.chunks[cursor.chunk as usize];
        let mut at = cursor.at as usize;
        while let Head { delay, synapses: synapses @ 1.., weight } = W::head(&words[at..]) {
            let end = at + W::HEAD + synapses;
            for word in words[at + W::HEAD..end].iter().map(|word| word.bits()) {
                let level = if W::SHARES_WEIGHT { weight } else { word >> layout.place_bits };
                let input = layout.weights[(cursor.weights + level) as usize];
                add((cursor.sent + delay - step) as usize, (word & layout.place_mask()) as usize, input);
            }
            at = end;
        }
    }
}

fn build<W: Word>(network: &Network, ranges: &[Range<u32>], layout: &DueRows) -> Vec<Rows<W>> {
    let trial_slots = network.trial_slots().max(1);
    let chunks: Vec<Vec<Chunk<W>>> = (0..trial_slots)
        .step_by(ROWS_PER_CHUNK)
        .collect::<Vec<u32>>()
        .into_par_iter()
        .map(|first| build_chunk(network, ranges, layout, first..(first + ROWS_PER_CHUNK as u32).min(trial_slots)))
        .collect();
    let empty = || Rows { chunks: Vec::with_capacity(chunks.len()), starts: Vec::with_capacity(trial_slots as usize) };
    let mut parts: Vec<Rows<W>> = ranges.iter().map(|_| empty()).collect();
    for chunk in chunks {
        for (part, (words, starts)) in parts.iter_mut().zip(chunk) {
            part.chunks.push(words);
            part.starts.extend(starts);
        }
    }
    parts
}

/// The rows of some of a trial's slots, part by part, with where each begins.
fn build_chunk<W: Word>(network: &Network, ranges: &[Range<u32>], layout: &DueRows, slots: Range<u32>) -> Vec<Chunk<W>> {
    let mut parts: Vec<Chunk<W>> = ranges.iter().map(|_| (Vec::new(), Vec::new())).collect();
    // Delay, weight and place of each synapse in one number: sorting is most of the work here.
    let mut found: Vec<Vec<u64>> = vec![Vec::new(); ranges.len()];
    let owned = Owned::of(network, ranges);
    let group_bits = if W::SHARES_WEIGHT { layout.place_bits } else { 32 };
    for slot in slots {
        let population = network.population_of_slot(slot);
        let source = slot - population.first_slot;
        let first_weights = &layout.first_weight[population.id as usize];
        for (p, first_weight) in network.outgoing(population).iter().zip(first_weights).filter(|(p, _)| source < p.source_size) {
            let (row, first_slot) = (p.row(source), network.populations[p.target].first_slot);
            for s in (0..p.row_length(source)).map(|k| row.synapse(k)) {
                let target = first_slot + s.target;
                let Some(part) = owned.part(target) else { continue };
                let place = target - ranges[part].start + p.channel * (ranges[part].end - ranges[part].start);
                let weight = u64::from(first_weight + s.weight_level) << layout.place_bits;
                found[part].push(u64::from(s.delay) << 32 | weight | u64::from(place));
            }
        }
        for (found, (words, starts)) in found.iter_mut().zip(&mut parts) {
            found.sort_unstable();
            starts.push((words.len() as u32, found.first().map_or(0, |synapse| (synapse >> 32) as u32)));
            for group in found.chunk_by(|a, b| a >> group_bits == b >> group_bits).flat_map(|same| same.chunks(MOST)) {
                let (delay, level) = ((group[0] >> 32) as u32, group[0] as u32 >> layout.place_bits);
                let weight = if W::SHARES_WEIGHT { level } else { 0 };
                W::write_head(words, Head { delay, synapses: group.len(), weight });
                words.extend(group.iter().map(|synapse| W::of(*synapse as u32)));
            }
            W::write_head(words, Head { delay: 0, synapses: 0, weight: 0 });
            found.clear();
        }
    }
    parts.iter_mut().for_each(|(words, _)| words.shrink_to_fit());
    parts
}
