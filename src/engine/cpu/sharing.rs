//! A share of a network: the spikes of every batch are told to all others, before the next one or while it is advanced.

#![allow(clippy::cast_possible_truncation, reason = "steps fit 32 bits (src/bounds.rs)")]

use std::sync::Arc;

use super::super::exchange::Exchange;
use super::super::plan::{CpuPlan, Options};
use super::{CpuEngine, Pending};
use crate::error::{Error, Result};
use crate::network::Network;

impl CpuEngine {
    /// Builds what this engine owns of a network ([`Options::share`]) that it shares with others, whose spikes it hears through `exchange`: it
    /// advances with all others in step.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit the machine's memory.
    pub fn sharing(network: Network, options: &Options, exchange: Exchange) -> Result<Self> {
        let plan = CpuPlan::new(&network, options)?;
        let threads = rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build();
        let threads = threads.map_err(|e| Error::Internal(format!("no threads can be started: {e}")))?;
        let made = Self::with(network, plan, options, Some(exchange))?;
        Ok(Self { threads: Some(Arc::new(threads)), ..made })
    }

    /// A batch, whose spikes all others are told before the next one begins.
    pub(super) fn run_then_tell(&mut self, exchange: &mut Exchange, batch: u32) -> Result<bool> {
        let step = self.step as u32;
        let (own, mut spikes) = (self.work(batch), Vec::new());
        let stops = exchange.spikes(&own, self.wants_to_stop, &mut spikes)?;
        self.plastic_step(step, &spikes);
        self.note(step, batch, &own);
        self.pending = Pending { step, spikes };
        Ok(stops)
    }

    /// A batch, while the spikes of the one before travel.
    pub(super) fn run_while_told(&mut self, exchange: &mut Exchange, batch: u32) -> Result<bool> {
        let step = self.step as u32;
        let (mut own, mut stops) = (Vec::new(), false);
        match self.untold.take() {
            Some(before) => {
                let mut spikes = Vec::new();
                let wants_to_stop = self.wants_to_stop;
                stops =
                    exchange.spikes_during(&before.spikes, wants_to_stop, &mut spikes, Some(&mut || own = self.work(batch)))?;
                self.pending = Pending { step: before.step, spikes };
            }
            None => own = self.work(batch),
        }
        self.note(step, batch, &own);
        self.untold = Some(Pending { step, spikes: own });
        Ok(stops)
    }

    /// Tells all others of the last batch before a rest. Whether anybody wants to stop.
    pub(super) fn tell_the_last(&mut self) -> Result<bool> {
        let (Some(exchange), Some(last)) = (&mut self.exchange, self.untold.take()) else { return Ok(false) };
        let mut spikes = Vec::new();
        let stops = exchange.spikes(&last.spikes, self.wants_to_stop, &mut spikes)?;
        if self.pending.spikes.is_empty() {
            self.pending = Pending { step: last.step, spikes };
        } else {
            // Two batches are within 16 steps.
            let later = last.step - self.pending.step;
            self.pending.spikes.extend(spikes.iter().map(|entry| entry + (later << 28)));
        }
        Ok(stops)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::{Delivery, Share};
    use crate::scenario::{Scale, load};

    /// Who is heard does not depend on whether synapses are kept, and is not everybody where connections are near.
    #[test]
    fn those_with_targets_here_are_heard() {
        for (name, scale, blocks) in
            [("celegans", 1.0, &[[0, 1]][..]), ("sheet", 0.2, &[[0, 9], [30, 34]]), ("brunel", 0.1, &[[3, 5]])]
        {
            let n =
                Network::build(&load(name).expect("built in").scaled(Scale::Factor(scale)).expect("scales")).expect("a network");
            let share = Some(Share { blocks: blocks.iter().map(|[first, end]| *first..*end).collect(), synapses: 0.1 });
            let [kept, not] = [Delivery::Stored, Delivery::Procedural].map(|delivery| {
                let options = Options { delivery: Some(delivery), share: share.clone(), ..Options::default() };
                let options = if n.has_lists() { Options { delivery: None, ..options } } else { options };
                let engine = CpuEngine::new(n.clone(), &options).expect("an engine");
                engine.synapses.senders(&n, share.as_ref(), engine.plan.parts_of_trial)
            });
            assert!(kept == not, "{name}");
            assert_eq!(kept, share.as_ref().expect("a share").heard(&n), "{name}");
            assert!(kept.contains(&true) && (name == "brunel" || kept[..n.neurons() as usize].contains(&false)), "{name}");
        }
    }
}
