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
