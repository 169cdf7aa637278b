//! Where two engines part: the first batch after which their states differ, and the pass that made the difference.

#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of neurons, rows and rounds fit 32 bits (src/bounds.rs); steps were rounded"
)]

use std::fmt;

use crate::engine::{Counts, Engine, Snapshot, advance_quietly};
use crate::error::Result;
use crate::network::Network;

/// A pass over a network's data in a batch of steps, as both engines have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Neurons take their input, are stepped and fire.
    Update,
    /// Spikes become input of their targets.
    Delivery,
    /// Synapses change and send.
    Plasticity,
    /// Spikes and events are counted.
    Counting,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Update => "the update of neurons",
            Stage::Delivery => "the delivery of spikes",
            Stage::Plasticity => "the change of synapses",
            Stage::Counting => "the counting of events",
        })
    }
}

/// Where a second engine leaves a first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The pass.
    pub stage: Stage,
    /// The steps of the batch, from the first to before the last.
    pub steps: std::ops::Range<u64>,
    /// What differs first, and both values.
    pub what: String,
}

/// Advances two engines from time 0 and compares their states as they go. Both must be able to give and to take states.
///
/// # Errors
/// The engines'.
pub fn first_divergence(first: &mut dyn Engine, second: &mut dyn Engine, steps: u64, batch: u64) -> Result<Option<Divergence>> {
    first.reset()?;
    second.reset()?;
    let mut agreed = first.snapshot()?;
    let network = first.network().clone();
    if let Some((stage, what)) = difference(&network, &agreed, &second.snapshot()?) {
        return Ok(Some(Divergence { stage, steps: 0..0, what }));
    }
    // Some batches at a time; where they differ, once more from where they did not, batch by batch.
    let batch = batch.max(1);
    let chunk = (steps / 16).div_ceil(batch).max(1) * batch;
    let mut done = 0;
    while done < steps {
        let some = chunk.min(steps - done);
        let (states, counts) = advanced(first, second, some)?;
        if difference(&network, &states[0], &states[1]).is_none() && counts[0] == counts[1] {
            let [state, _] = states;
            agreed = state;
            done += some;
            continue;
        }
        first.resume(&agreed)?;
        second.resume(&agreed)?;
        let mut at = done;
        while at < done + some {
            let one = batch.min(done + some - at);
            let (states, counts) = advanced(first, second, one)?;
            let span = at..at + one;
            if let Some((mut stage, what)) = difference(&network, &states[0], &states[1]) {
                // Some ways to run deliver what is due just before the update. From a state, the host delivers: if that mends it, it was
                // the device's delivery.
                second.resume(&agreed)?;
                advance_quietly(second, one)?;
                if stage == Stage::Update && difference(&network, &states[0], &second.snapshot()?).is_none() {
                    stage = Stage::Delivery;
                }
                return Ok(Some(Divergence { stage, steps: span, what }));
            }
            if counts[0] != counts[1] {
                let what = format!("counted {:?} and {:?}", counts[0], counts[1]);
                return Ok(Some(Divergence { stage: Stage::Counting, steps: span, what }));
            }
            let [state, _] = states;
            agreed = state;
            at += one;
        }
        // It did not come back: what was different was counted, or stood, between the batches.
        let what =
            format!("between steps {done} and {}, but not again when these were repeated one batch at a time", done + some);
        return Ok(Some(Divergence { stage: Stage::Counting, steps: done..done + some, what }));
    }
    Ok(None)
}

/// Advances both, and what became of them; counts begin anew.
fn advanced(first: &mut dyn Engine, second: &mut dyn Engine, steps: u64) -> Result<([Snapshot; 2], [Counts; 2])> {
    let one = |engine: &mut dyn Engine| -> Result<(Snapshot, Counts)> {
        engine.save()?;
        advance_quietly(engine, steps)?;
        Ok((engine.snapshot()?, engine.counts()?))
    };
    let ((a, b), (c, d)) = (one(first)?, one(second)?);
    Ok(([a, c], [b, d]))
}

/// What differs first between two states, in the order in which passes write it.
fn difference(network: &Network, first: &Snapshot, second: &Snapshot) -> Option<(Stage, String)> {
    let slots = network.slots() as usize;
    let place = |slot: usize| {
        let p = network.population_of_slot(slot as u32);
        format!("neuron {} of population {}", slot as u32 - p.first_slot, p.name)
    };
    for (variable, (a, b)) in first.state.iter().zip(&second.state).enumerate() {
        if let Some(slot) = (0..a.len()).find(|slot| a[*slot] != b[*slot]) {
            let p = network.population_of_slot(slot as u32);
            let name = p.model.form().variables.get(variable).map_or("?", |v| &*v.name);
            return Some((Stage::Update, format!("{name} of {} is {} and {}", place(slot), a[slot], b[slot])));
        }
    }
    for ahead in 0..first.pending.len().max(second.pending.len()) {
        let input = |s: &Snapshot, at: usize| s.pending.get(ahead).map_or(0, |row| row[at]);
        let words = network.channels as usize * slots;
        if let Some(at) = (0..words).find(|at| input(first, *at) != input(second, *at)) {
            let (a, b) = (input(first, at), input(second, at));
            let what = format!("input of {}, channel {}, {ahead} steps ahead, is {a} and {b}", place(at % slots), at / slots);
            // What plastic synapses send differs with them.
            let alike = first.plastic == second.plastic && first.recent == second.recent;
            return Some((if alike { Stage::Delivery } else { Stage::Plasticity }, what));
        }
    }
    if first.recent != second.recent {
        return Some((Stage::Update, "the spikes of the last steps differ".to_owned()));
    }
    let parted = first.plastic.iter().zip(&second.plastic).position(|(a, b)| a != b)?;
    let p = &network.plastic[parted].projection;
    let (from, to) = (&network.populations[p.source].name, &network.populations[p.target].name);
    let (a, b) = (&first.plastic[parted], &second.plastic[parted]);
    let what = match (0..a.weights.len()).find(|i| a.weights[*i] != b.weights[*i]) {
        Some(i) => format!("weight {i} from {from} to {to} is {} and {}", a.weights[i], b.weights[i]),
        None => format!("what is remembered of spikes from {from} to {to} differs"),
    };
    Some((Stage::Plasticity, what))
}
