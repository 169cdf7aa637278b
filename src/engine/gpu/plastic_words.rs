//! Plastic projections as words of tables and buffers.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use super::layout::PlasticProjection;
use crate::network::plasticity::{Decay, Plasticity, ShortTerm, SpikeMemory, Stdp};
use crate::network::{self, Network};

/// Words of a memory; `MEMORY_WORDS` in `shaders/plastic/rule.wgsl`.
pub(super) const MEMORY_WORDS: usize = 3;

/// Everything about plastic projections that is told in words: entries of the tables and contents of the buffers.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) projections: Vec<PlasticProjection>,
    /// Rows, columns and decays; places in them count from the first.
    pub(super) lists: Vec<u32>,
    pub(super) synapses: Vec<u32>,
    pub(super) incoming: Vec<u32>,
    pub(super) memories: Vec<u32>,
    pub(super) first: Vec<u32>,
}

impl Words {
    pub(super) fn new(network: &Network) -> Self {
        let mut words = Self::default();
        let slot_bits = 32 - network.slots().saturating_sub(1).leading_zeros();
        for p in &network.plastic {
            words.first.push(words.synapses.len() as u32 / 2);
            words.add(network, p, slot_bits);
        }
        words.first.push(words.synapses.len() as u32 / 2);
        words
    }

    fn list(&mut self, values: impl IntoIterator<Item = u32>) -> u32 {
        let first = self.lists.len() as u32;
        self.lists.extend(values);
        first
    }

    fn decay(&mut self, table: &Decay) -> u32 {
        self.list(table.iter().map(|x| *x as u32))
    }

    fn forget(&mut self, neurons: u32) -> u32 {
        let first = self.memories.len() as u32;
        self.memories
            .extend((0..neurons).flat_map(|_| [SpikeMemory::NONE.x as u32, SpikeMemory::NONE.u as u32, SpikeMemory::NONE.last]));
        first
    }

    fn add(&mut self, network: &Network, p: &network::PlasticProjection, slot_bits: u32) {
        let c = &p.projection;
        let (source, target) = (&network.populations[c.source], &network.populations[c.target]);
        let begin = self.synapses.len() as u32 / 2;
        let mut columns: Vec<Vec<[u32; 2]>> = vec![Vec::new(); if p.stdp().is_some() { c.target_size as usize } else { 0 }];
        let mut rows = vec![begin];
        for i in 0..c.source_size {
            let row = c.row(i);
            for s in (0..c.row_length(i)).map(|k| row.synapse(k)) {
                if let Some(column) = columns.get_mut(s.target as usize) {
                    column.push([self.synapses.len() as u32 / 2, i]);
                }
                let weight = c.weights[s.weight_level as usize] as u32;
                self.synapses.extend([(target.first_slot + s.target) | s.delay << slot_bits, weight]);
            }
            rows.push(self.synapses.len() as u32 / 2);
        }
        let mut column_ends = vec![self.incoming.len() as u32 / 2];
        for column in columns {
            self.incoming.extend(column.iter().flatten());
            column_ends.push(self.incoming.len() as u32 / 2);
        }
        let common = PlasticProjection {
            source_first_slot: source.first_slot,
            source_size: c.source_size,
            target_first_slot: target.first_slot,
            target_size: c.target_size,
            rows_first: self.list(rows),
            senders_first: self.forget(c.source_size),
            channel: c.channel,
            slot_bits,
            ..Default::default()
        };
        let own = match &p.rule {
            Plasticity::Stdp(stdp) => self.stdp(common, stdp, p.delay(), column_ends),
            Plasticity::ShortTerm(rule) => self.short_term(common, rule),
        };
        self.projections.push(own);
    }

    fn stdp(&mut self, common: PlasticProjection, rule: &Stdp, delay: u32, column_ends: Vec<u32>) -> PlasticProjection {
        PlasticProjection {
            stdp: 1,
            columns_first: self.list(column_ends),
            targets_first: self.forget(common.target_size),
            delay,
            nearest: u32::from(rule.nearest),
            trace_bits: rule.trace_bits,
            plus: rule.plus.mantissa,
            plus_shift: rule.plus.shift,
            plus_limit: rule.plus_limit,
            minus: rule.minus.mantissa,
            minus_shift: rule.minus.shift,
            minus_limit: rule.minus_limit,
            mu_plus: u32::from(rule.mu_plus),
            mu_minus: u32::from(rule.mu_minus),
            scale: rule.w_max,
            decay_plus: self.decay(&rule.decay_plus),
            decay_minus: self.decay(&rule.decay_minus),
            ..common
        }
    }

    fn short_term(&mut self, common: PlasticProjection, rule: &ShortTerm) -> PlasticProjection {
        PlasticProjection {
            scale: rule.u,
            decay_plus: self.decay(&rule.recovery),
            decay_minus: self.decay(&rule.facilitation),
            ..common
        }
    }

    /// The entries of the tables if they begin at a place.
    pub(super) fn tables(&self, place: u32) -> Vec<u32> {
        let lists = place + (self.projections.len() * size_of::<PlasticProjection>() / 4) as u32;
        let placed: Vec<PlasticProjection> = self
            .projections
            .iter()
            .map(|p| PlasticProjection {
                rows_first: p.rows_first + lists,
                columns_first: p.columns_first + lists,
                decay_plus: p.decay_plus + lists,
                decay_minus: p.decay_minus + lists,
                ..*p
            })
            .collect();
        [bytemuck::cast_slice(&placed), &self.lists[..]].concat()
    }
}
