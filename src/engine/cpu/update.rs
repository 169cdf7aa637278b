//! The update of a partition: all its blocks, each as its model asks.

#![allow(clippy::cast_possible_truncation, reason = "numbers of a network's parts fit 32 bits (src/bounds.rs)")]

use pulp::Simd;

use super::one_by_one::OneByOne;
use super::partition::{Batch, Partition};
use crate::network::{Dynamics, Network};

/// An update of a partition, to be compiled for the vector units at hand.
pub(super) struct Update<'a> {
    pub(super) partition: &'a mut Partition,
    pub(super) network: &'a Network,
    pub(super) step: u32,
    pub(super) batch: u32,
}

impl pulp::WithSimd for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.partition.update(simd, self.network, self.step, self.batch);
    }
}

impl Partition {
    /// Advances all neurons by a batch of steps from `step` on and lists their spikes.
    #[inline(always)]
    fn update<S: Simd>(&mut self, simd: S, network: &Network, step: u32, batch: u32) {
        self.spikes.clear();
        self.checksum = [0; 2];
        if let Some(rest) = &mut self.rest {
            rest.begin();
        }
        for i in 0..self.blocks.len() {
            let groups = self.rest.as_mut().map_or(u64::MAX, |rest| rest.groups_to_step(i, step, batch));
            if groups == 0 {
                continue;
            }
            let block = self.blocks.start + i as u32;
            let p = network.population_of_block(block);
            let now = Batch { network, p, block, step, length: batch, groups: groups.to_ne_bytes() };
            match &p.dynamics {
                Dynamics::Vector { constants: c, has_currents } => {
                    // Who watches for rest is another function: where nobody does, nothing is paid for it.
                    let watches = self.rest.as_ref().is_some_and(|rest| rest.watches(i));
                    match (*has_currents, self.channels, watches) {
                        (false, 1, false) => self.update_block::<S, 0, 1, false>(simd, now, c),
                        (false, 1, true) => self.update_block::<S, 0, 1, true>(simd, now, c),
                        (false, _, false) => self.update_block::<S, 0, 2, false>(simd, now, c),
                        (false, _, true) => self.update_block::<S, 0, 2, true>(simd, now, c),
                        (true, 1, false) => self.update_block::<S, 1, 1, false>(simd, now, c),
                        (true, 1, true) => self.update_block::<S, 1, 1, true>(simd, now, c),
                        (true, _, false) => self.update_block::<S, 2, 2, false>(simd, now, c),
                        (true, _, true) => self.update_block::<S, 2, 2, true>(simd, now, c),
                    }
                }
                Dynamics::Scalar(dynamics) => {
                    let has_step = p.model.visit(OneByOne::new(self, now, dynamics));
                    assert!(has_step, "no plan has {} run here", p.model.name());
                }
            }
        }
    }
}
