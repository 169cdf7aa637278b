//! Rows sorted by delay: all synapses of a sender in one row, those of one delay side by side, so that a delivery finds the ones that
//! are due. A word holds the target's place, the low bits of the delay, and the level in the weights of the sender's population.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::collections::HashMap;

use super::Strategy;
use crate::error::{Result, TooBig};
use crate::network::Network;

/// Longest delay in steps: the counters of a build must fit workgroup memory (`MAX_DELAYS` in `build_by_delay.wgsl`).
const MAX_DELAY: u32 = 2048;

/// How often the low bits of the delay may begin anew in a row whose words do not hold the rest (`row_own.wgsl`).
const MOST_WRAPS: u32 = 3;

/// Bits that tell so many things apart.
pub(super) fn bits(n: u32) -> u32 {
    32 - n.saturating_sub(1).leading_zeros()
}

/// How rows sorted by delay are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelayRows {
    /// Bits of a target's place.
    pub target_bits: u32,
    /// Low bits of the delay that a word keeps: as many as tell the steps of a batch apart.
    pub delay_bits: u32,
    /// What the populations send.
    pub outgoing: Vec<Outgoing>,
}

/// What a population sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Shortest delay, steps.
    pub delay_min: u32,
    /// Delays from the shortest to the longest, both included.
    pub delay_span: u32,
    /// Weights of all its projections, those to channel 0 first; projections with the same weights share them.
    pub weights: Vec<i32>,
    /// How many of them go to channel 0.
    pub split: u32,
    /// Where each projection's weights begin.
    pub first_weight: Vec<u32>,
}

impl DelayRows {
    /// How a strategy needs a network's rows for batches of a number of steps: with as much of the delay as tells the steps of a batch apart;
    /// or as much as there is room for, if the place in the row can tell the rest ([`Self::wraps`]).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(network: &Network, strategy: Strategy, batch: u32) -> Result<Self> {
        if strategy != Strategy::StoredOwn {
            return Self::new(network, batch);
        }
        let whole = bits(network.max_delay + 1);
        let shortest = Self::new(network, 1)?;
        let room = 32 - shortest.target_bits - bits(shortest.levels());
        let rows = Self { delay_bits: whole.min(room), ..shortest };
        match rows.wraps(network) <= MOST_WRAPS {
            true => Ok(rows),
            false => Err(TooBig::new("sorted by delay, a synapse with its delay needs more than 32 bits").into()),
        }
    }

    /// How often the low bits of the delay begin anew up to the longest delay.
    pub fn wraps(&self, network: &Network) -> u32 {
        network.max_delay >> self.delay_bits
    }

    /// Most weights of a population.
    fn levels(&self) -> u32 {
        self.outgoing.iter().map(|o| o.weights.len() as u32).max().unwrap_or(0)
    }

    /// How to write a network's rows for batches of a number of steps.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if delays are too long or a synapse needs more than 32 bits.
    pub fn new(network: &Network, batch: u32) -> Result<Self> {
        if network.max_delay > MAX_DELAY {
            return Err(TooBig::new(format!("sorting by delay takes delays of up to {MAX_DELAY} steps")).into());
        }
        let outgoing: Vec<Outgoing> = network.populations.iter().map(|p| outgoing(network, p)).collect();
        let rows = Self { target_bits: bits(network.slots()), delay_bits: bits(batch), outgoing };
        if rows.target_bits + rows.delay_bits + bits(rows.levels()) > 32 {
            return Err(TooBig::new("sorted by delay, a synapse needs more than 32 bits").into());
        }
        Ok(rows)
    }
}

/// What a population sends.
pub(super) fn outgoing(network: &Network, population: &crate::network::Population) -> Outgoing {
    let projections = network.outgoing(population);
    let ranges = projections.iter().filter(|p| p.synapses() > 0).map(|p| p.delay_range());
    let Some((delay_min, delay_max)) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Outgoing { first_weight: vec![0; projections.len()], ..Outgoing::default() };
    };
    let mut own = Outgoing { delay_min, delay_span: delay_max - delay_min + 1, ..Outgoing::default() };
    own.first_weight = vec![0; projections.len()];
    for channel in 0..network.channels {
        let mut known: HashMap<&[i32], u32> = HashMap::new();
        for (p, first) in projections.iter().zip(&mut own.first_weight).filter(|(p, _)| p.channel == channel) {
            *first = *known.entry(&p.weights).or_insert_with(|| {
                own.weights.extend_from_slice(&p.weights);
                (own.weights.len() - p.weights.len()) as u32
            });
        }
        if channel == 0 {
            own.split = own.weights.len() as u32;
        }
    }
    own
}
