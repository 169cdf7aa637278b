//! The update of a partition: all its blocks, each as its model asks.

#![allow(clippy::cast_possible_truncation, reason = "numbers of a network's parts fit 32 bits (src/bounds.rs)")]

use std::time::{Duration, Instant};

use pulp::Simd;

use super::Synapses;
use super::due::SortedRows;
use super::list::Listed;
use super::listed::{ListedBatch, Scratch};
use super::one_by_one::OneByOne;
use super::partition::{Batch, Partition};
use super::rest::Stretch;
use crate::network::{Dynamics, Network, Population};
use crate::neuron::{BLOCK, Constants};

/// An update of a partition, to be compiled for the vector units at hand.
struct Update<'a> {
    partition: &'a mut Partition,
    network: &'a Network,
    step: u32,
    batch: u32,
}

impl pulp::WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.partition.update(simd, self.network, self.step, self.batch);
    }
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
        self.arch.dispatch(Update { partition: &mut *self, network, step, batch });
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
        let together = self.ring_steps as u32;
        for offset in (0..batch).step_by(together as usize) {
            let length = together.min(batch - offset);
            (0..length).for_each(|ahead| rows.deliver(t, self, step + offset + ahead));
            let (delivered, first) = (Instant::now(), self.spikes.len());
            self.arch.dispatch(Update { partition: &mut *self, network, step: step + offset, batch: length });
            self.spikes[first..].iter_mut().for_each(|entry| *entry += offset << 28);
            let updated = Instant::now();
            self.spent[0] += updated - delivered;
            self.spent[1] += delivered - begin;
            begin = updated;
        }
    }

    /// Advances all neurons by a batch of steps from `step` on and lists their spikes.
    #[inline(always)]
    fn update<S: Simd>(&mut self, simd: S, network: &Network, step: u32, length: u32) {
        if let Some(rest) = &mut self.rest {
            rest.begin(step, &mut self.state);
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
                let now = ListedBatch { network, p, step, length, watched: true };
                match &p.dynamics {
                    Dynamics::Vector { constants, has_currents } => {
                        let scratch = scratch.get_or_insert_with(Scratch::new);
                        self.listed(simd, now, (constants, *has_currents), scratch, &mut list);
                    }
                    Dynamics::Scalar(dynamics) => step_one_by_one(p, OneByOne::of_list(self, now, dynamics, &mut list)),
                }
                self.rest.iter_mut().for_each(|rest| rest.give_list(i, std::mem::take(&mut list)));
                continue;
            }
            for block in blocks.start as u32 + first..blocks.end as u32 + first {
                let now = Batch { network, p, block, step, length };
                match &p.dynamics {
                    Dynamics::Vector { constants, has_currents } if !network.stimuli.of_block(block).is_empty() => {
                        let begin = (block - first) * BLOCK as u32;
                        let exist = (p.first_slot + p.size - block * BLOCK as u32).min(BLOCK as u32);
                        let mut all = Listed::take(begin..begin + exist, &self.state);
                        let now = ListedBatch { network, p, step, length, watched: false };
                        self.listed(simd, now, (constants, *has_currents), scratch.get_or_insert_with(Scratch::new), &mut all);
                        all.put(&mut self.state);
                    }
                    Dynamics::Vector { constants: c, has_currents } => match (*has_currents, self.channels, c.switches.any()) {
                        (false, 1, _) => self.update_block::<S, 0, 1, false>(simd, now, c),
                        (false, _, _) => self.update_block::<S, 0, 2, false>(simd, now, c),
                        (true, 1, false) => self.update_block::<S, 1, 1, false>(simd, now, c),
                        (true, 1, true) => self.update_block::<S, 1, 1, true>(simd, now, c),
                        (true, _, false) => self.update_block::<S, 2, 2, false>(simd, now, c),
                        (true, _, true) => self.update_block::<S, 2, 2, true>(simd, now, c),
                    },
                    Dynamics::Scalar(dynamics) => step_one_by_one(p, OneByOne::of_block(self, now, dynamics)),
                }
            }
        }
    }

    /// Neurons of a list, as their model asks; `constants` with whether they keep synaptic currents.
    #[inline(always)]
    fn listed<S: Simd>(
        &mut self,
        simd: S,
        now: ListedBatch<'_>,
        constants: (&Constants, bool),
        scratch: &mut Scratch,
        list: &mut Listed,
    ) {
        let (c, has_currents) = constants;
        match (has_currents, self.channels, c.switches.any()) {
            (false, 1, _) => self.update_listed::<S, 0, 1, false>(simd, now, c, scratch, list),
            (false, _, _) => self.update_listed::<S, 0, 2, false>(simd, now, c, scratch, list),
            (true, 1, false) => self.update_listed::<S, 1, 1, false>(simd, now, c, scratch, list),
            (true, 1, true) => self.update_listed::<S, 1, 1, true>(simd, now, c, scratch, list),
            (true, _, false) => self.update_listed::<S, 2, 2, false>(simd, now, c, scratch, list),
            (true, _, true) => self.update_listed::<S, 2, 2, true>(simd, now, c, scratch, list),
        }
    }
}

fn step_one_by_one(p: &Population, neurons: OneByOne<'_>) {
    let has_step = p.model.visit(neurons);
    assert!(has_step, "no plan has {} run here", p.model.name());
}
