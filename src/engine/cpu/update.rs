//! The update of a partition: all its blocks, each as its model asks.

#![allow(clippy::cast_possible_truncation, reason = "numbers of a network's parts fit 32 bits (src/bounds.rs)")]

use std::time::{Duration, Instant};

use pulp::{Arch, Simd};

use super::due::SortedRows;
use super::list::Listed;
use super::listed::{ListedBatch, Scratch};
use super::one_by_one::OneByOne;
use super::partition::{Batch, Partition};
use super::rest::Stretch;
use super::synapses::Synapses;
use crate::network::{Dynamics, Network, Population};
use crate::neuron::{BLOCK, Constants};

/// Blocks of a population that follow each other. Each kind of population is compiled by itself for the vector units at hand: all of them in one
/// function would take the compiler minutes.
struct InBlocks<'a, const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool> {
    partition: &'a mut Partition,
    /// The first of them.
    first: Batch<'a>,
    blocks: u32,
    constants: &'a Constants,
}

impl<const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool> pulp::WithSimd
    for InBlocks<'_, CURRENTS, CHANNELS, SWITCHED>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for block in self.first.block..self.first.block + self.blocks {
            let now = Batch { block, ..self.first };
            self.partition.update_block::<S, CURRENTS, CHANNELS, SWITCHED>(simd, now, self.constants);
        }
    }
}

/// Neurons of a list, in the same way.
struct InList<'a, const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool> {
    partition: &'a mut Partition,
    now: ListedBatch<'a>,
    constants: &'a Constants,
    scratch: &'a mut Scratch,
    list: &'a mut Listed,
}

impl<const CURRENTS: usize, const CHANNELS: usize, const SWITCHED: bool> pulp::WithSimd
    for InList<'_, CURRENTS, CHANNELS, SWITCHED>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { partition, now, constants, scratch, list } = self;
        partition.update_listed::<S, CURRENTS, CHANNELS, SWITCHED>(simd, now, constants, scratch, list);
    }
}

/// Never within another function, where the vector units are not known.
#[inline(never)]
fn dispatch<T: pulp::WithSimd>(arch: Arch, work: T) -> T::Output {
    arch.dispatch(work)
}

/// Dispatches work as compiled for its kind of population: whether it keeps synaptic currents, its channels of input, whether a spike may do
/// something to currents.
macro_rules! dispatch_kind {
    ($arch:expr, $kind:expr, $work:ident $fields:tt) => {
        match $kind {
            (false, 1, _) => dispatch($arch, $work::<0, 1, false> $fields),
            (false, _, _) => dispatch($arch, $work::<0, 2, false> $fields),
            (true, 1, false) => dispatch($arch, $work::<1, 1, false> $fields),
            (true, 1, true) => dispatch($arch, $work::<1, 1, true> $fields),
            (true, _, false) => dispatch($arch, $work::<2, 2, false> $fields),
            (true, _, true) => dispatch($arch, $work::<2, 2, true> $fields),
        }
    };
}

impl Partition {
    /// Takes what the spikes of a batch before, told with its step, send here, part `t` of `n` of its trial, and advances by a batch of steps from
    /// one on.
    pub(super) fn run(
        &mut self,
        network: &Network,
        synapses: &Synapses,
        (t, n): (usize, usize),
        (before, spikes): (u32, &[u32]),
        (step, batch): (u32, u32),
    ) {
        self.spikes.clear();
        self.checksums.fill([0; 2]);
        if let Synapses::Sorted(rows) = synapses {
            return self.run_by_steps(network, (rows, t), (before, spikes), (step, batch));
        }
        let begin = Instant::now();
        let direct = self.direct;
        if let (Synapses::Stored(stored), false) = (synapses, direct) {
            stored.deliver(network, (t, n), self, spikes, before);
        }
        let delivered = Instant::now();
        self.update(network, step, batch);
        let updated = Instant::now();
        if direct {
            if let Synapses::Stored(stored) = synapses {
                stored.deliver(network, (t, n), self, spikes, before);
            }
            self.pay_owed();
        }
        self.spent = [updated - delivered, delivered - begin + updated.elapsed()];
    }

    /// The same with synapses that are delivered when due, which cannot wait for the end of a batch.
    fn run_by_steps(
        &mut self,
        network: &Network,
        (rows, t): (&SortedRows, usize),
        (before, spikes): (u32, &[u32]),
        (step, batch): (u32, u32),
    ) {
        self.spent = [Duration::ZERO; 2];
        let mut begin = Instant::now();
        rows.enter(network, t, self, spikes, before);
        let together = self.ring.steps() as u32;
        for offset in (0..batch).step_by(together as usize) {
            let length = together.min(batch - offset);
            (0..length).for_each(|ahead| rows.deliver(t, self, step + offset + ahead));
            let (delivered, first) = (Instant::now(), self.spikes.len());
            self.update(network, step + offset, length);
            self.spikes[first..].iter_mut().for_each(|entry| *entry += offset << 28);
            let updated = Instant::now();
            self.spent[0] += updated - delivered;
            self.spent[1] += delivered - begin;
            begin = updated;
        }
    }

    /// Advances all neurons by a batch of steps from `step` on and lists their spikes.
    fn update(&mut self, network: &Network, step: u32, length: u32) {
        if let Some(rest) = &mut self.rest {
            rest.begin(step, &mut self.state, &mut self.ring);
        }
        let mut scratch = None;
        for i in 0..self.stretches.len() {
            let Stretch { blocks, may_rest, .. } = self.stretches[i].clone();
            let first = self.blocks.start;
            let p = network.population_of_block(first + blocks.start as u32);
            if let (true, Some(rest)) = (may_rest, &mut self.rest)
                && rest.is_watching()
            {
                let mut list = rest.take_list(i);
                let now = ListedBatch { network, p, step, length, watched: Some(i) };
                match &p.dynamics {
                    Dynamics::Vector { constants, has_currents } => {
                        let scratch = scratch.get_or_insert_with(Scratch::new);
                        self.listed(now, (constants, *has_currents), scratch, &mut list);
                    }
                    Dynamics::Scalar(dynamics) => step_one_by_one(p, OneByOne::of_list(self, now, dynamics, &mut list)),
                }
                self.rest.iter_mut().for_each(|rest| rest.give_list(i, std::mem::take(&mut list)));
                continue;
            }
            let mut block = blocks.start as u32 + first;
            let end = blocks.end as u32 + first;
            while block < end {
                let stimulated = |block: &u32| !network.stimuli.of_block(*block).is_empty();
                let now = Batch { network, p, block, step, length };
                match &p.dynamics {
                    Dynamics::Vector { constants, has_currents } if stimulated(&block) => {
                        let begin = (block - first) * BLOCK as u32;
                        let exist = (p.first_slot + p.size - block * BLOCK as u32).min(BLOCK as u32);
                        let mut all = Listed::take(begin..begin + exist, &self.state);
                        let now = ListedBatch { network, p, step, length, watched: None };
                        self.listed(now, (constants, *has_currents), scratch.get_or_insert_with(Scratch::new), &mut all);
                        all.put(&mut self.state);
                        block += 1;
                    }
                    Dynamics::Vector { constants, has_currents } => {
                        let alike = (block..end).find(stimulated).unwrap_or(end) - block;
                        self.in_blocks(now, alike, constants, *has_currents);
                        block += alike;
                    }
                    Dynamics::Scalar(dynamics) => {
                        step_one_by_one(p, OneByOne::of_block(self, now, dynamics));
                        block += 1;
                    }
                }
            }
        }
    }

    /// Blocks from one on, as their model asks.
    fn in_blocks(&mut self, first: Batch<'_>, blocks: u32, constants: &Constants, has_currents: bool) {
        let kind = (has_currents, self.channels, constants.switches.any());
        dispatch_kind!(self.arch, kind, InBlocks { partition: self, first, blocks, constants });
    }

    /// Neurons of a list, as their model asks; `constants` with whether they keep synaptic currents.
    fn listed(&mut self, now: ListedBatch<'_>, constants: (&Constants, bool), scratch: &mut Scratch, list: &mut Listed) {
        let (constants, has_currents) = constants;
        let kind = (has_currents, self.channels, constants.switches.any());
        dispatch_kind!(self.arch, kind, InList { partition: self, now, constants, scratch, list });
    }
}

fn step_one_by_one(p: &Population, neurons: OneByOne<'_>) {
    let has_step = p.model.visit(neurons);
    assert!(has_step, "no plan has {} run here", p.model.name());
}
