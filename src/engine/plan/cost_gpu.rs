//! The cost model for GPUs: a dispatch takes its start and the barrier after it, the chain of accesses that wait for each other, and then whatever
//! is longer: all the work at the device's rates, or one workgroup's part of it as often as workgroups stand in a row. Small networks are
//! bound by chains, so that few large workgroups are dear (`docs/performance.md`).

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use super::candidate::{Candidate, Estimate, part_stepped};
use super::device_model::DeviceModel;
use super::rows::tiles_of;
use super::{Strategy, Walk};
use crate::network::{Network, Projection};
use crate::neuron::BLOCK;

/// What is not hidden of the shorter one of two things that overlap.
const NOT_HIDDEN: f64 = 0.25;
/// Threads a processor holds, and those of a step with own spikes, which takes many registers: on an H100 305 workgroups of 256 took 1.6 times
/// as long as their longest part, as if no more than 2 were on a processor at a time.
const RESIDENT_THREADS: f64 = 1536.0;
const RESIDENT_STEPS: f64 = 512.0;
/// A step of four neurons in one thread, without and with the noise of a background drive, in accesses.
const STEP: f64 = 0.6;
const DRIVE: f64 = 1.6;
/// What looking up a row makes of an addition.
const LOOKING_UP: f64 = 1.2;
/// How many times its share of the device's additions a processor makes alone: an H100's takes 4 us for a row of 3,873 synapses.
const ALONE: f64 = 4.0;
/// What is left of additions where whole rows are added to all steps ahead, not what is due to the next ones: on an H100 `brunel` takes 2.7 us
/// a step instead of 2.3.
const SCATTERED: f64 = 0.85;
/// What is left of additions where each tells that it wakes its target.
const WAKING: f64 = 0.8;
/// A barrier of a workgroup, in accesses.
const BARRIER: f64 = 0.15;

/// What the work of a batch is made of.
struct Load<'a> {
    network: &'a Network,
    candidate: &'a Candidate,
    device: &'a DeviceModel,
    batch: f64,
    neurons: f64,
    /// Part of the neurons that are stepped.
    part_stepped: f64,
    /// Spikes and synaptic events of a batch, and synapses of a row.
    spikes: f64,
    events: f64,
    row: f64,
    /// Ring-buffer additions per us, less where the ring does not fit the cache.
    additions: f64,
}

impl<'a> Load<'a> {
    fn new(network: &'a Network, candidate: &'a Candidate, device: &'a DeviceModel, rate_hz: f64) -> Self {
        let (batch, neurons) = (f64::from(candidate.batch), network.neurons().max(1) as f64);
        let spikes = neurons * rate_hz * network.scenario.dt_ms * 1e-3 * batch;
        let row = network.synapses() as f64 / network.trial_neurons().max(1) as f64;
        let delays = if candidate.strategy.waits() { 0 } else { network.max_delay };
        let ring = f64::from(network.slots()) * 4.0 * f64::from((delays + candidate.batch) * network.channels);
        // What does not fit is fetched anew.
        let near = (device.cache_bytes / ring.max(1.0)).min(1.0);
        let scattered = if candidate.strategy == Strategy::StoredPush { SCATTERED } else { 1.0 };
        let scattered = if candidate.rests { scattered * WAKING } else { scattered };
        let additions = device.additions * scattered * (0.25 + 0.75 * near);
        let part_stepped = part_stepped(network, candidate);
        Self { network, candidate, device, batch, neurons, part_stepped, spikes, events: spikes * row, row, additions }
    }

    /// Time of a dispatch beyond its start: a chain of accesses, then all the work or one workgroup's, as often as they stand in a row.
    fn dispatch(&self, groups: f64, size: u32, chain: f64, serial: f64, total_us: f64) -> f64 {
        let threads = if self.candidate.strategy == Strategy::StoredOwn { RESIDENT_STEPS } else { RESIDENT_THREADS };
        let at_once = f64::from(self.device.processors) * (threads / f64::from(size)).clamp(1.0, 16.0);
        let rows = (groups / at_once).ceil().max(1.0);
        let serial_us = rows * serial * self.device.access_us;
        // They overlap, but not wholly.
        chain * self.device.access_us + total_us.max(serial_us) + NOT_HIDDEN * total_us.min(serial_us)
    }

    /// Work of all updates of a batch, us.
    fn updates_us(&self) -> f64 {
        let driven: f64 = self.network.populations.iter().filter(|p| !p.poisson.is_empty()).map(|p| f64::from(p.size)).sum();
        let further = f64::from(self.network.state_variables() - 1);
        let work = 0.4 + 0.6 * driven / self.neurons + 0.3 * further;
        let wide = if self.candidate.wide_integers { self.device.wide_integers } else { 1.0 };
        self.neurons * self.part_stepped * self.batch * work * wide / self.device.updates
    }

    /// Steps of a batch in one thread, in accesses.
    fn steps(&self) -> f64 {
        let driven = self.network.populations.iter().any(|p| !p.poisson.is_empty());
        self.batch * if driven { DRIVE } else { STEP }
    }

    fn update_us(&self) -> f64 {
        let size = self.candidate.workgroup_size;
        let groups = (f64::from(self.network.slots()) * self.part_stepped / 4.0 / f64::from(size)).ceil();
        self.dispatch(groups, size, 7.0, self.steps(), self.updates_us())
    }

    /// Additions, and evaluations of synapses where they are not kept.
    fn events_us(&self) -> f64 {
        let evaluated =
            if self.candidate.delivery() == super::Delivery::Procedural { self.events / self.device.evaluations } else { 0.0 };
        // A pull looks every synapse's row up among those that its workgroup has opened.
        let looked_up = if self.candidate.strategy.pulls() { LOOKING_UP } else { 1.0 };
        self.events * looked_up / self.additions + evaluated
    }

    /// Accesses of a workgroup that adds a part of a row, four words at a time: a word and an addition, and rounds that overlap.
    fn row(&self, part: f64, size: u32) -> f64 {
        2.0 + 0.4 * ((part / (4.0 * f64::from(size))).ceil() - 1.0).max(0.0)
    }

    fn push_us(&self) -> f64 {
        let size = self.candidate.delivery_workgroup_size;
        let outgoing = f64::from(self.network.populations.iter().map(|p| p.out_count).max().unwrap_or(1).max(1));
        let (groups, serial) = match self.candidate.strategy.waits() {
            // Spikes are visited until their longest delay has passed, by 2,048 workgroups in turns.
            true => {
                let spans = (f64::from(self.network.max_delay - self.network.min_delay + 1) / self.batch).ceil();
                let visits = (self.spikes * spans / 2048.0).ceil().max(1.0);
                (2048.0, visits * (3.0 + self.row(self.row / spans, size)))
            }
            false => (256.0 * outgoing, (self.spikes / 256.0).ceil().max(1.0) * (3.0 + self.row(self.row / outgoing, size))),
        };
        self.dispatch(groups, size, 6.0, serial, self.events_us())
    }

    /// Accesses of a workgroup that pulls its tile's input.
    fn pull_serial(&self, tiles: f64) -> f64 {
        let size = f64::from(self.candidate.delivery_workgroup_size);
        let visits: f64 = self
            .network
            .projections
            .iter()
            .map(|p: &Projection| {
                self.spikes * f64::from(p.source_size) / self.neurons * f64::from(tiles_of(self.network, p, self.candidate))
            })
            .sum();
        let own = (self.events / tiles, visits / tiles);
        let barriers = 2.0 * BARRIER * if self.candidate.walk == Walk::Subgroups { 2.0 } else { 2.0 * size.log2() + 2.0 };
        match self.candidate.walk {
            Walk::Serial => own.1 * 6.0,
            Walk::Balanced | Walk::Subgroups => (own.1 / size).ceil().max(1.0) * (6.0 + barriers) + (own.0 / size).ceil() * 5.0,
        }
    }

    fn tiles(&self) -> f64 {
        let slots = self.candidate.tile_blocks.max(1) * BLOCK as u32;
        self.network.populations.iter().map(|p| f64::from(p.size.div_ceil(slots))).sum()
    }

    fn pull_us(&self) -> f64 {
        let tiles = self.tiles();
        self.dispatch(tiles, self.candidate.delivery_workgroup_size, 4.0, self.pull_serial(tiles), self.events_us())
    }

    fn step_us(&self) -> f64 {
        let (tiles, size) = (self.tiles(), self.candidate.workgroup_size);
        let passes = (f64::from(self.candidate.tile_blocks.max(1)) * BLOCK as f64 / 4.0 / f64::from(size)).ceil();
        let serial = self.pull_serial(tiles) + passes * (5.0 + self.steps());
        self.dispatch(tiles, size, 6.0, serial, self.updates_us() + self.events_us())
    }

    fn own_us(&self) -> f64 {
        let (blocks, size) = (f64::from(self.network.slots()) / BLOCK as f64, self.candidate.workgroup_size);
        let mean = self.spikes / blocks;
        // The most spikes of any block: the dispatch waits for it.
        let most = mean + (2.0 * mean * blocks.ln().max(1.0)).sqrt() + 1.0;
        let serial = self.steps() * (BLOCK as f64 / 4.0 / f64::from(size)).ceil() + most * (1.0 + self.row(self.row, size));
        let alone = most * self.row / (ALONE * self.additions / f64::from(self.device.processors));
        self.dispatch(blocks, size, 7.0, serial + alone / self.device.access_us, self.updates_us() + self.events_us())
    }
}

/// What the model expects of a candidate whose parts need so many dispatches: of updates and of deliveries.
pub(super) fn estimate(
    network: &Network,
    candidate: &Candidate,
    device: &DeviceModel,
    dispatches: f64,
    rate_hz: f64,
) -> Estimate {
    let load = Load::new(network, candidate, device, rate_hz);
    let (update, delivery) = match candidate.strategy {
        _ if network.synapses() == 0 => (load.update_us(), 0.0),
        Strategy::StoredStep => (0.0, load.step_us()),
        Strategy::StoredOwn => (0.0, load.own_us()),
        Strategy::StoredPull => (load.update_us(), load.pull_us()),
        _ => (load.update_us(), load.push_us()),
    };
    let per_step = |us: f64| us / load.batch;
    Estimate {
        dispatch_us: per_step(dispatches * device.dispatch_us),
        update_us: per_step(update),
        delivery_us: per_step(delivery),
    }
}
