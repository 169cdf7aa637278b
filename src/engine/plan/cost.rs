//! The cost model: what a candidate should take, from bytes, events and dispatches. It only has to rank; `--tune` measures.

use super::candidate::{Candidate, Estimate, part_stepped};
use super::cost_gpu;
use super::limits::AdapterLimits;
use super::rows::tiles_of;
use super::{Strategy, Walk};
use crate::network::Network;

/// What elementary work costs on a class of adapters.
struct Costs {
    /// One dispatch, its start and the barrier after it, us.
    dispatch_us: f64,
    /// One step of one neuron with one state variable and no drive, and what each further variable and a drive add, ns.
    update_ns: f64,
    variable_ns: f64,
    drive_ns: f64,
    /// Reading and clearing a step's input, per channel, ns.
    input_ns: f64,
    /// Loading and storing a neuron's state once per batch, per variable, ns.
    state_ns: f64,
    /// One synaptic event, its synapse read from memory and added to a ring buffer that lies in a near cache, ns.
    event_ns: f64,
    /// The same by a delivery of what is due, ns.
    due_event_ns: f64,
    /// What evaluating the synapse adds, ns.
    evaluate_ns: f64,
    /// What a ring buffer beyond the near cache adds, ns.
    far_ns: f64,
    /// Bytes of the near cache, as far as one workgroup can count on it.
    near_bytes: f64,
    /// One visit of a spike to a tile, serial and balanced, ns.
    visit_ns: f64,
    balanced_visit_ns: f64,
    /// One visit to a spike by a delivery of what is due, ns.
    due_visit_ns: f64,
    /// What one dispatch for update and delivery of own spikes adds to a step of a neuron, ns.
    own_ns: f64,
    /// What each further neuron shard that a push adds to at once costs per event, ns.
    window_ns: f64,
    /// Noting whom an event reaches, where those who rest are left alone, ns.
    wake_ns: f64,
    /// Workgroups at work at the same time.
    parallel: f64,
}

/// Two cores with Mesa's llvmpipe, measured on the development machine (`docs/performance.md`).
const SOFTWARE: Costs = Costs {
    dispatch_us: 40.0,
    update_ns: 0.8,
    variable_ns: 0.8,
    drive_ns: 1.2,
    input_ns: 1.5,
    state_ns: 1.8,
    event_ns: 6.5,
    due_event_ns: 4.0,
    evaluate_ns: 8.5,
    far_ns: 14.0,
    near_bytes: 3e6,
    visit_ns: 1000.0,
    balanced_visit_ns: 4000.0,
    due_visit_ns: 250.0,
    own_ns: 15.0,
    window_ns: 5.0,
    wake_ns: 2.0,
    parallel: 2.0,
};

/// Longest delay for which a candidate's ring buffers have room, steps.
fn delays_of(network: &Network, candidate: &Candidate) -> u32 {
    if candidate.strategy.waits() { 0 } else { network.max_delay }
}

/// Neurons that spikes of neighbours, which are delivered one after the other, reach: on a sheet those within the longest distance.
fn reached(network: &Network) -> u32 {
    let of_population = |id: usize| {
        let to = network.projections.iter().filter(|p| p.target == id);
        to.map(|p| p.lattice.as_ref().map_or(p.target_size, |l| l.reach().min(p.target_size))).max().unwrap_or(0)
    };
    (0..network.populations.len()).map(of_population).sum()
}

/// What the model expects of a network whose neurons fire at a mean rate.
pub(super) fn estimate(network: &Network, candidate: &Candidate, limits: &AdapterLimits, rate_hz: f64) -> Estimate {
    let costs = SOFTWARE;
    let batch = f64::from(candidate.batch);
    let near_ring =
        f64::from(reached(network)) * 4.0 * f64::from((delays_of(network, candidate) + candidate.batch) * network.channels);
    // What does not fit the near cache is fetched anew at every access.
    let far = costs.far_ns * (1.0 - costs.near_bytes / near_ring.max(1.0)).max(0.0);
    let binding = limits.binding_bytes.min(limits.buffer_bytes).min(1 << 31) as f64;
    let ring_bytes =
        f64::from(network.slots()) * 4.0 * f64::from((delays_of(network, candidate) + candidate.batch) * network.channels);
    let synapse_bytes = network.synapses() as f64 * 4.0;
    let neuron_shards = (ring_bytes / binding).ceil().max(1.0);
    let synapse_shards = match candidate.strategy {
        Strategy::ProceduralPush | Strategy::ProceduralByDelay => 1.0,
        Strategy::StoredByDelay if limits.quirks.large_textures => 1.0,
        _ => (synapse_bytes / binding).ceil().max(1.0),
    };
    let windows = f64::from(limits.storage_buffers.saturating_sub(4).max(1));
    let dispatches = match candidate.strategy {
        _ if network.synapses() == 0 => neuron_shards,
        Strategy::StoredStep | Strategy::StoredOwn => 1.0,
        Strategy::StoredPull => neuron_shards + synapse_shards,
        Strategy::StoredByDelay | Strategy::ProceduralByDelay => 1.0 + synapse_shards,
        Strategy::StoredPush | Strategy::ProceduralPush => neuron_shards + synapse_shards * (neuron_shards / windows).ceil(),
    };

    // What another way to run does without is not risked.
    let doubt = if limits.quirks.doubtful_barriers && candidate.strategy.shares_memory() { 100.0 } else { 1.0 };
    if !limits.quirks.runs_on_processor {
        let estimate = cost_gpu::estimate(network, candidate, &limits.device, dispatches, rate_hz);
        return Estimate { delivery_us: estimate.delivery_us * doubt, ..estimate };
    }
    let neurons = network.neurons() as f64;
    let driven: f64 = network.populations.iter().filter(|p| !p.poisson.is_empty()).map(|p| f64::from(p.size)).sum();
    let further = f64::from(network.state_variables() - 1);
    let mut per_step = costs.update_ns + costs.variable_ns * further + costs.drive_ns * driven / neurons.max(1.0);
    if network.synapses() > 0 {
        per_step += costs.input_ns * f64::from(network.channels);
    }
    // No adapter is known to have vector instructions for the 64-bit product.
    if candidate.wide_integers {
        per_step *= 1.05;
    }
    // Barriers, and input read by atomics.
    if candidate.strategy == Strategy::StoredOwn {
        per_step += costs.own_ns;
    }
    let stepped = neurons * part_stepped(network, candidate);
    let update = stepped * (per_step + costs.state_ns * (1.0 + further) / batch);

    let spikes = neurons * rate_hz * network.scenario.dt_ms * 1e-3;
    let events = network.synapses() as f64 / network.trial_neurons().max(1) as f64 * spikes;
    let delivery = match candidate.strategy {
        Strategy::ProceduralPush | Strategy::StoredPush | Strategy::StoredOwn => {
            let evaluate = if candidate.strategy == Strategy::ProceduralPush { costs.evaluate_ns } else { 0.0 };
            let further_windows = neuron_shards.min(windows) - 1.0;
            let wake = if candidate.rests { costs.wake_ns } else { 0.0 };
            events * (costs.event_ns + far + evaluate + wake + costs.window_ns * further_windows)
        }
        Strategy::StoredByDelay | Strategy::ProceduralByDelay => {
            let evaluate = if candidate.strategy == Strategy::ProceduralByDelay { costs.evaluate_ns } else { 0.0 };
            // A spike is visited until its longest delay has passed.
            let visits = spikes * (f64::from(network.max_delay - network.min_delay + 1) / batch).ceil();
            events * (costs.due_event_ns + far + evaluate) + visits * costs.due_visit_ns / costs.parallel
        }
        Strategy::StoredPull | Strategy::StoredStep => {
            // A step touches few of a tile's words, so that a tile's ring buffers stay near only if all of them do.
            let visits: f64 = network
                .projections
                .iter()
                .map(|p| spikes * f64::from(p.source_size) / neurons * f64::from(tiles_of(network, p, candidate)))
                .sum();
            match candidate.walk {
                Walk::Serial => events * (costs.event_ns + far) + visits * costs.visit_ns / costs.parallel,
                Walk::Balanced | Walk::Subgroups => {
                    events * (costs.event_ns + far) + visits * costs.balanced_visit_ns / costs.parallel
                }
            }
        }
    };
    Estimate { dispatch_us: dispatches * costs.dispatch_us / batch, update_us: update * 1e-3, delivery_us: delivery * 1e-3 }
}
