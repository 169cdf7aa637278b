//! How long a dispatch may take at worst. Drivers end what takes long: Windows after 2 s, macOS after some hundred milliseconds on a machine
//! in use, `amdgpu` after 10 s. Nobody can tell before how many neurons will fire in a batch, so a delivery that finds more spikes than a dispatch
//! may take leaves them to the host, which delivers them in parts, a submission each: a *burst*. What is expected to be more than
//! that is cut into parts from the start, and so are updates of very many neurons.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "spikes and synapses of a batch are bounded by the network's (src/bounds.rs)"
)]

use super::candidate::RATE_HZ;
use super::{AdapterLimits, Candidate, Delivery, Strategy};
use crate::network::{Network, Population, Projection};
use crate::neuron::BLOCK;

/// Most synaptic events of a dispatch.
pub(super) const MOST_EVENTS: u64 = 50_000_000;
/// Longest that they may be expected to take, us.
pub(super) const LONGEST_US: f64 = 50_000.0;
/// Most neurons times steps of a dispatch: 50 ms at 4 x 10^9 per second.
pub(super) const MOST_UPDATES: u64 = 200_000_000;
/// By how much a batch may exceed the expected number of events before it is a burst.
const MARGIN: f64 = 4.0;

/// The bounds of a plan's dispatches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispatches {
    /// Dispatches of a delivery, each of a part of the spikes.
    pub parts: u32,
    /// Spikes in the list beyond which a delivery is a burst; of one block, where workgroups deliver their own.
    pub most_spikes: u32,
    /// Spikes that a dispatch delivers after a burst.
    pub after_burst: u32,
    /// Workgroups that deliver so many each.
    pub senders: u64,
    /// Synaptic events that a spike in the list stands for, at most.
    pub events_each: u64,
    /// Dispatches of each pass of plastic projections.
    pub plastic_parts: u32,
    /// Dispatches of an update of a shard.
    pub update_parts: u32,
}

/// Most synaptic events of a dispatch on an adapter, as it adds or evaluates them: fewer where it is slow.
pub(super) fn most_events(limits: &AdapterLimits, delivery: Delivery) -> u64 {
    let rate = match delivery {
        Delivery::Stored => limits.device.additions,
        Delivery::Procedural => limits.device.evaluations,
    };
    match limits.quirks.runs_on_processor {
        // Nothing ends what takes long there.
        true => MOST_EVENTS,
        false => MOST_EVENTS.min((LONGEST_US * rate) as u64),
    }
}

impl Dispatches {
    /// The bounds for a candidate, whose shards of neurons have up to so many slots; `most_events` is of a dispatch.
    pub(super) fn new(network: &Network, candidate: &Candidate, shard_slots: u64, most_events: u64) -> Self {
        let events_each = network.populations.iter().map(|p| events_of_a_spike(network, candidate, p)).max().unwrap_or(0).max(1);
        let per_part = (most_events / events_each).max(1);
        let expected = network.neurons() as f64 * RATE_HZ * network.scenario.dt_ms * 1e-3 * f64::from(candidate.batch);
        let mean_row = network.static_synapses() as f64 / network.trial_neurons().max(1) as f64;
        let wanted = (MARGIN * expected * mean_row / most_events as f64).ceil();
        // Fused deliveries are one dispatch with the update.
        let own = candidate.strategy == Strategy::StoredOwn;
        let parts =
            if own || candidate.strategy == Strategy::StoredStep { 1 } else { wanted.clamp(1.0, f64::from(MOST_PARTS)) as u32 };
        let plastic: u64 = network.plastic.iter().map(|p| 2 * p.projection.synapses()).sum();
        let plastic_most = plastic.saturating_mul(network.most_spikes_of_one(1));
        let senders = if own { (shard_slots / BLOCK as u64).max(1) } else { 1 };
        Self {
            parts,
            most_spikes: u32::try_from(per_part / senders * u64::from(parts)).unwrap_or(u32::MAX),
            after_burst: u32::try_from(per_part).unwrap_or(u32::MAX),
            senders,
            events_each,
            plastic_parts: plastic_most.div_ceil(most_events).clamp(1, u64::from(MOST_PARTS)) as u32,
            update_parts: (shard_slots * u64::from(candidate.batch)).div_ceil(MOST_UPDATES).max(1) as u32,
        }
    }

    /// Parts in which so many spikes are delivered after a burst.
    #[cfg(feature = "gpu")]
    pub(crate) fn parts_of(&self, spikes: u64) -> u32 {
        u32::try_from(spikes.div_ceil(self.after_burst.into()).max(1)).unwrap_or(u32::MAX)
    }

    /// Events of the worst dispatch of a delivery, whatever fires.
    pub fn worst_events(&self) -> u64 {
        u64::from(self.most_spikes.div_ceil(self.parts).max(self.after_burst / self.senders as u32))
            * self.senders
            * self.events_each
    }

    /// Whether a block has more spikes than it may deliver itself in more than one of a thousand batches, at expected rates: its spikes are counted
    /// as independent ones, whose number passes its mean by six of its standard deviations and four more less often.
    pub(super) fn is_often_a_burst(&self, network: &Network, candidate: &Candidate) -> bool {
        let mean = BLOCK as f64 * RATE_HZ * MARGIN * network.scenario.dt_ms * 1e-3 * f64::from(candidate.batch);
        f64::from(self.most_spikes) < mean + 6.0 * mean.sqrt() + 4.0
    }
}

/// Most parts of a pass.
const MOST_PARTS: u32 = 64;

/// Synaptic events that a spike of a population stands for in one delivery: all it sends, or what may be due in a batch.
fn events_of_a_spike(network: &Network, candidate: &Candidate, population: &Population) -> u64 {
    let of = |p: &Projection| {
        let all = u64::from(p.longest_row());
        if candidate.strategy.waits() { all.min(due_at_once(p, candidate.batch)) } else { all }
    };
    network.outgoing(population).iter().map(of).sum()
}

/// Synapses of a row that are due in one batch: six standard deviations above the mean of its fullest window.
fn due_at_once(p: &Projection, batch: u32) -> u64 {
    let (row, levels) = (f64::from(p.longest_row()), p.delays.len());
    if levels == 0 {
        return p.longest_row().into();
    }
    let within = |first: &u32| p.delays.iter().filter(|d| (*first..first + batch).contains(d)).count();
    let distinct: std::collections::BTreeSet<u32> = p.delays.iter().copied().collect();
    let fullest = distinct.iter().map(within).max().unwrap_or(levels);
    let mean = row * fullest as f64 / levels as f64;
    (mean + 6.0 * mean.sqrt() + 8.0).ceil() as u64
}
