//! Synapses of the CPU engine: stored rows, sorted by the partition of their targets, or none at all.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::partition::Partition;
use super::rest::Rest;
use crate::network::connectivity::WordLayout;
use crate::network::{Network, Projection};

/// Rows of a projection that are built as one piece of work.
const ROWS_PER_TASK: usize = 64;

/// Spikes whose rows are looked up before any is delivered.
const SPIKES_AT_ONCE: usize = 64;

/// The slots of some parts, in rising order: all of a trial, or those that this engine owns.
pub(super) struct Owned<'a> {
    ranges: &'a [Range<u32>],
    all: bool,
}

impl<'a> Owned<'a> {
    pub(super) fn of(network: &Network, ranges: &'a [Range<u32>]) -> Self {
        let owned: u32 = ranges.iter().map(|r| r.end - r.start).sum();
        Self { ranges, all: owned == network.trial_slots() }
    }

    /// The part that owns a slot, if any does.
    #[inline(always)]
    pub(super) fn part(&self, slot: u32) -> Option<usize> {
        let part = self.ranges.partition_point(|r| r.end <= slot);
        (self.all || self.ranges.get(part).is_some_and(|r| r.start <= slot)).then_some(part)
    }

    /// How many synapses of some rows end here, at targets from a slot on.
    fn synapses(&self, p: &Projection, first_slot: u32, rows: Range<usize>) -> usize {
        if self.all {
            return (p.row_start_or_end(rows.end) - p.row_start_or_end(rows.start)) as usize;
        }
        let own = |i: usize| {
            let row = p.row(i as u32);
            (0..p.row_length(i as u32)).filter(|k| self.part(first_slot + row.synapse(*k).target).is_some()).count()
        };
        rows.map(own).sum()
    }
}

/// The part of a sender's row that goes to a partition.
#[derive(Clone, Copy)]
struct Part<'a> {
    p: &'a Projection,
    layout: WordLayout,
    words: &'a [u32],
    /// The spike's step, counted from the batch's first.
    offset: u32,
}

/// Stored synapses of all projections, in the network's order.
pub(super) struct Stored {
    projections: Vec<StoredProjection>,
}

struct StoredProjection {
    layout: WordLayout,
    /// Packed synapses, row after row; within a row sorted by partition.
    words: Vec<u32>,
    /// Where the part of row i for partition t begins: entry `i x partitions + t`; one more at the end.
    segments: Vec<u32>,
}

impl Stored {
    /// Evaluates every synapse. `ranges` are the slots of the parts of a trial, in rising order; what ends elsewhere is left out. The plan has made
    /// sure that each fits a word.
    pub(super) fn build(network: &Network, ranges: &[Range<u32>]) -> Self {
        Self { projections: network.kept_projections().iter().map(|p| StoredProjection::build(network, p, ranges)).collect() }
    }

    /// Marks the slots that send anything here, of `n` parts.
    pub(super) fn mark_senders(&self, network: &Network, n: usize, senders: &mut [bool]) {
        for (p, stored) in network.kept_projections().iter().zip(&self.projections) {
            let first = network.populations[p.source].first_slot as usize;
            for (row, ends) in stored.segments.windows(n + 1).step_by(n).enumerate() {
                senders[first + row] |= ends[0] < ends[n];
            }
        }
    }

    /// Adds what spikes of the batch from `step` on send to a partition, part `t` of `n` of its trial.
    pub(super) fn deliver(
        &self,
        network: &Network,
        (t, n): (usize, usize),
        partition: &mut Partition,
        spikes: &[u32],
        step: u32,
    ) {
        // Where the input of step + k begins, for every k a batch offset and a delay can add up to.
        let direct = partition.direct;
        let rows: Vec<usize> = (0..2 * partition.ring.steps() as u32).map(|k| partition.ring.row(step + k)).collect();
        // Spikes stay in their trial.
        let trial = network.trial_slots().max(1);
        let own = partition.first_slot() / trial * trial
            ..(partition.first_slot() + partition.row_words() as u32).next_multiple_of(trial);
        let mut parts: Vec<Part<'_>> = Vec::new();
        for some in spikes.chunks(SPIKES_AT_ONCE) {
            parts.clear();
            for &entry in some {
                let (slot, offset) = (entry & 0x0FFF_FFFF, entry >> 28);
                if !own.contains(&slot) {
                    continue;
                }
                let population = network.population_of_slot(slot);
                let row = (slot - population.first_slot) as usize * n + t;
                let first = population.out_first as usize % self.projections.len().max(1);
                for (p, stored) in network.outgoing(population).iter().zip(&self.projections[first..]) {
                    let words = &stored.words[stored.segments[row] as usize..stored.segments[row + 1] as usize];
                    // An empty projection's delays may lie beyond the ring buffers.
                    if !words.is_empty() {
                        parts.push(Part { p, layout: stored.layout, words, offset });
                    }
                }
            }
            // Rows lie far apart: reading where each part begins and ends lets the memory fetch many of them at a time.
            let touched = parts.iter().fold(0, |sum, part| sum ^ part.words[0] ^ part.words[part.words.len() - 1]);
            std::hint::black_box(touched);
            for Part { p, layout, words, offset } in parts.iter().copied() {
                let base = (network.populations[p.target].first_slot as usize).wrapping_sub(partition.first_slot() as usize);
                if direct {
                    let currents = partition.currents(p.channel as usize);
                    for &word in words {
                        let s = layout.unpack(word);
                        let at = base.wrapping_add(s.target as usize);
                        currents[at] = currents[at].wrapping_add(p.weights[s.weight_level as usize]);
                    }
                    continue;
                }
                let mut words = words;
                if let Some(rest) = &mut partition.rest {
                    if rest.is_by_place() {
                        let delivered = deliver_to_few(rest, &Part { p, layout, words, offset }, base, step);
                        words = &words[delivered..];
                        if words.is_empty() {
                            continue;
                        }
                        rest.leave_places(&mut partition.ring);
                    }
                    mark_due(rest, &Part { p, layout, words, offset }, base, step);
                }
                let rows = &rows[(offset + layout.delay_min) as usize..];
                let base = base.wrapping_add(p.channel as usize * partition.row_words());
                let ring = &mut partition.ring.words[..];
                for &word in words {
                    let s = layout.unpack(word);
                    let at = rows[(s.delay - layout.delay_min) as usize].wrapping_add(base).wrapping_add(s.target as usize);
                    ring[at] = ring[at].wrapping_add(p.weights[s.weight_level as usize]);
                }
            }
        }
    }
}

/// Marks in which steps a part of a row reaches whom, if anybody asks. Beside the loop that adds, it would slow that.
#[inline(never)]
fn mark_due(rest: &mut Rest, part: &Part<'_>, base: usize, step: u32) {
    if !rest.is_watching() {
        return;
    }
    let layout = part.layout;
    let first = step + part.offset + layout.delay_min;
    let row = rest.row_of(first);
    for &word in part.words {
        let s = layout.unpack(word);
        let ahead = s.delay - layout.delay_min;
        rest.mark_row(row + ahead as usize, first + ahead, base.wrapping_add(s.target as usize));
    }
}

/// Delivers a part of a row to the places of those whom it reaches; how much of it, if these are too many.
#[inline(never)]
fn deliver_to_few(rest: &mut Rest, part: &Part<'_>, base: usize, step: u32) -> usize {
    let Part { p, layout, words, offset } = *part;
    let row = rest.row_of(step + offset + layout.delay_min);
    let mut delivered = 0;
    while let Some(mut few) = rest.few(p.channel as usize) {
        for &word in &words[delivered..] {
            let s = layout.unpack(word);
            let row = row + (s.delay - layout.delay_min) as usize;
            if !few.add(base.wrapping_add(s.target as usize), row, p.weights[s.weight_level as usize]) {
                break;
            }
            delivered += 1;
        }
        // Somebody sleeps.
        let Some(&word) = words.get(delivered) else { break };
        if !rest.wake_at_place(base.wrapping_add(layout.unpack(word).target as usize)) {
            break;
        }
    }
    delivered
}

impl StoredProjection {
    fn build(network: &Network, p: &Projection, ranges: &[Range<u32>]) -> Self {
        let n = ranges.len();
        let layout = p.word_layout().expect("the plan stores only projections whose synapses fit a word");
        let first_slot = network.populations[p.target].first_slot;
        let owned = Owned::of(network, ranges);
        let rows: Vec<Range<usize>> = (0..p.source_size as usize)
            .step_by(ROWS_PER_TASK)
            .map(|begin| begin..(begin + ROWS_PER_TASK).min(p.source_size as usize))
            .collect();
        let lengths: Vec<usize> = rows.par_iter().map(|rows| owned.synapses(p, first_slot, rows.clone())).collect();
        let all: usize = lengths.iter().sum();
        let mut words = vec![0u32; all];
        let mut segments = vec![0u32; p.source_size as usize * n + 1];
        segments[p.source_size as usize * n] = all as u32;

        // Cut both vectors at the same rows, so that every task writes its own piece.
        let mut tasks = Vec::new();
        let (mut words_left, mut segments_left) = (&mut words[..], &mut segments[..p.source_size as usize * n]);
        let mut first = 0;
        for (rows, length) in rows.into_iter().zip(lengths) {
            let (w, rest) = std::mem::take(&mut words_left).split_at_mut(length);
            words_left = rest;
            let (s, rest) = std::mem::take(&mut segments_left).split_at_mut(rows.len() * n);
            segments_left = rest;
            tasks.push((rows, first, w, s));
            first += length;
        }
        tasks.into_par_iter().for_each(|(rows, first, words, segments)| {
            let begin = rows.start;
            let mut parts: Vec<Vec<u32>> = vec![Vec::new(); n];
            let mut at = 0;
            for i in rows {
                let row = p.row(i as u32);
                for k in 0..p.row_length(i as u32) {
                    let s = row.synapse(k);
                    if let Some(part) = owned.part(first_slot + s.target) {
                        parts[part].push(layout.pack(s));
                    }
                }
                for (t, part) in parts.iter_mut().enumerate() {
                    segments[(i - begin) * n + t] = (first + at) as u32;
                    words[at..at + part.len()].copy_from_slice(part);
                    at += part.len();
                    part.clear();
                }
            }
        });
        Self { layout, words, segments }
    }
}

/// Procedural synapses: evaluated when a spike is delivered, sorted into one bucket per partition, then added.
pub(super) struct Procedural {
    ranges: Vec<Range<u32>>,
    /// `[task][partition]` of (ring row step, slot in partition and channel, weight).
    buckets: Vec<Vec<Vec<Arrival>>>,
}

#[derive(Clone, Copy)]
struct Arrival {
    step: u32,
    at: u32,
    weight: i32,
}

impl Procedural {
    pub(super) fn new(ranges: &[Range<u32>]) -> Self {
        let n = ranges.len();
        Self { ranges: ranges.to_vec(), buckets: (0..n).map(|_| (0..n).map(|_| Vec::new()).collect()).collect() }
    }

    /// Adds the synapses of all spikes to the partitions' rings.
    pub(super) fn deliver(&mut self, network: &Network, partitions: &mut [Partition], spikes: &[u32], step: u32) {
        let (ranges, owned) = (&self.ranges, Owned::of(network, &self.ranges));
        let share = spikes.len().div_ceil(ranges.len());
        self.buckets.par_iter_mut().enumerate().for_each(|(task, buckets)| {
            buckets.iter_mut().for_each(Vec::clear);
            for &entry in spikes.iter().skip(task * share).take(share) {
                let (slot, now) = (entry & 0x0FFF_FFFF, step + (entry >> 28));
                let population = network.population_of_slot(slot);
                let source = slot - population.first_slot;
                for p in network.outgoing(population) {
                    let row = p.row(source);
                    let first_slot = network.populations[p.target].first_slot;
                    for k in 0..p.row_length(source) {
                        let s = row.synapse(k);
                        let slot = first_slot + s.target;
                        let Some(part) = owned.part(slot) else { continue };
                        let slots = ranges[part].end - ranges[part].start;
                        buckets[part].push(Arrival {
                            step: now + s.delay,
                            at: slot - ranges[part].start + p.channel * slots,
                            weight: p.weights[s.weight_level as usize],
                        });
                    }
                }
            }
        });
        let buckets = &self.buckets;
        partitions.par_iter_mut().enumerate().for_each(|(t, partition)| {
            for a in buckets.iter().flat_map(|task| &task[t]) {
                let (channel, slot) = (a.at as usize / partition.row_words(), a.at as usize % partition.row_words());
                if partition.direct {
                    let current = &mut partition.currents(channel)[slot];
                    *current = current.wrapping_add(a.weight);
                    continue;
                }
                let word = partition.ring.at(a.step, channel, slot);
                *word = word.wrapping_add(a.weight);
                if let Some(rest) = &mut partition.rest {
                    rest.mark(a.step, slot);
                }
            }
        });
    }
}
