//! Where synapses come from: tables, rows sorted by the step in which they are due, or their rule.

use std::ops::Range;

use super::due::SortedRows;
use super::store::{Procedural, Stored};
use crate::engine::plan::{CpuPlan, Delivery, Share};
use crate::network::Network;

pub(super) enum Synapses {
    Stored(Stored),
    Sorted(SortedRows),
    Procedural(Procedural),
}

impl Synapses {
    /// What a plan asks for, for parts that own some slots each.
    pub(super) fn of(network: &Network, plan: &CpuPlan, slots: &[Range<u32>]) -> Self {
        match (plan.delivery, &plan.due) {
            (Delivery::Stored, Some(due)) => Self::Sorted(SortedRows::build(network, &plan.slots_of_parts(), due.clone())),
            (Delivery::Stored, None) => Self::Stored(Stored::build(network, &plan.slots_of_parts())),
            (Delivery::Procedural, _) => Self::Procedural(Procedural::new(slots)),
        }
    }

    /// Whether each slot has targets here, as far as that is known without evaluating its synapses; stored ones are those of `n` parts.
    pub(super) fn senders(&self, network: &Network, share: Option<&Share>, n: usize) -> Vec<bool> {
        let mut senders = vec![false; network.slots() as usize];
        match self {
            Synapses::Stored(stored) => stored.mark_senders(network, n, &mut senders),
            Synapses::Sorted(sorted) => sorted.mark_senders(&mut senders),
            Synapses::Procedural(_) => return share.map_or_else(|| vec![true; senders.len()], |share| share.heard(network)),
        }
        senders
    }
}
