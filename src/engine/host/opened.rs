//! An adapter that was opened, with the ways to run on it.

use super::EngineChoice;
use crate::engine::gpu::{self, Device, FoundAdapter, GpuEngine};
use crate::engine::plan::{Candidate, GpuPlan, PlanSummary};
use crate::engine::tune::{TuningCache, tune};
use crate::engine::{AdapterDescription, AdapterKind, Engine, Options, Trial};
use crate::error::Result;
use crate::message;
use crate::message::{Message, Term};
use crate::network::Network;

/// An adapter and its device.
#[derive(Debug)]
pub(super) struct Opened {
    adapter: FoundAdapter,
    device: Device,
}

impl Opened {
    /// Opens what a user chose; and what is to be said: why there is none, if one would have been
    /// preferred, or what its self-check found.
    pub(super) fn open(choice: EngineChoice, wanted: Option<&str>) -> Result<(Option<Self>, Option<Message>)> {
        if choice == EngineChoice::Cpu {
            return Ok((None, None));
        }
        let found = gpu::adapters();
        if choice == EngineChoice::Gpu || wanted.is_some() {
            let adapter = gpu::choose(found, wanted)?;
            let device = adapter.open()?;
            let opened = Self { adapter, device };
            let note = opened.barred();
            return Ok((Some(opened), note));
        }
        if found.is_empty() {
            let none = "no graphics adapter was found, so the built-in CPU engine runs (";
            return Ok((None, Some(message!(none, Term::Adapters, " says more)"))));
        }
        let adapter = gpu::choose(found, None)?;
        Ok(match adapter.open() {
            Ok(device) => {
                let opened = Self { adapter, device };
                let note = opened.barred();
                (Some(opened), note)
            }
            Err(e) => (None, Some(format!("{e}; the built-in CPU engine runs instead").into())),
        })
    }

    /// One of this machine's GPUs, by its number; whoever comes after the last one has none.
    pub(super) fn gpu(number: usize) -> Result<Option<Self>> {
        let all = gpu::adapters().into_iter().filter(|a| a.description.kind != AdapterKind::Software).collect();
        let Some(adapter) = gpu::each_once(all).into_iter().nth(number) else { return Ok(None) };
        let device = adapter.open()?;
        Ok(Some(Self { adapter, device }))
    }

    /// One of the adapters that a user chose, or of those of the best kind, by number; whoever comes after the last one begins anew.
    pub(super) fn one_of(wanted: Option<&str>, number: usize) -> Result<Self> {
        let adapter = gpu::choose_one_of(gpu::adapters(), wanted, number)?;
        let device = adapter.open()?;
        Ok(Self { adapter, device })
    }

    /// What the adapter's self-check found, if it found anything.
    pub(super) fn barred(&self) -> Option<Message> {
        self.adapter.barred().map(Message::from)
    }

    pub(super) fn description(&self) -> &AdapterDescription {
        &self.adapter.description
    }

    pub(super) fn device(&self) -> (&FoundAdapter, &Device) {
        (&self.adapter, &self.device)
    }

    /// The device, or another one of the same adapter if it was lost: that ends the work that lost it, and no other.
    fn alive(&self) -> Result<Device> {
        if self.device.is_lost() { self.adapter.open() } else { Ok(self.device.clone()) }
    }

    /// The way to run that earlier trials found fastest.
    pub(super) fn remembered(&self, network: &Network, options: &Options) -> Option<Candidate> {
        TuningCache::of_user()?.get(self.description(), network, options)
    }

    /// Tries ways to run and remembers the fastest.
    pub(super) fn tune(&self, network: &Network, options: &Options, say: &mut dyn FnMut(&str)) -> Result<Vec<Trial>> {
        let trials = tune(&self.adapter, &self.alive()?, network, options, say)?;
        if let (Some(best), Some(cache)) = (trials.first(), TuningCache::of_user()) {
            // What cannot be remembered can be tried again: no reason to give up.
            if let Err(e) = cache.put(self.description(), network, options, best) {
                say(&e.to_string());
            }
        }
        Ok(trials)
    }

    pub(super) fn engine(&self, network: Network, options: &Options) -> Result<Box<dyn Engine>> {
        Ok(Box::new(GpuEngine::new(network, options, &self.adapter, &self.alive()?)?))
    }

    pub(super) fn copy_bytes_per_s(&self) -> Result<f64> {
        self.alive()?.copy_bytes_per_s()
    }

    pub(super) fn plan(&self, network: &Network, options: &Options) -> Result<PlanSummary> {
        Ok(GpuPlan::new(network, options, &self.adapter.limits())?.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::advance_quietly;
    use crate::scenario::{Scale, load};

    #[test]
    fn after_a_device_was_lost_the_next_workload_has_another() {
        let (opened, _) = Opened::open(EngineChoice::Gpu, None)
            .expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
        let opened = opened.expect("an adapter was asked for");
        let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
        let network = Network::build(&scenario).expect("a network");
        let run = |lost: bool| {
            let mut engine = opened.engine(network.clone(), &Options::default())?;
            if lost {
                opened.device.is_taken_out();
            }
            advance_quietly(engine.as_mut(), 200)?;
            engine.counts()
        };
        let right = run(false).expect("runs");
        run(true).expect_err("the device is gone");
        assert_eq!(run(false).expect("runs on another device"), right);
    }
}
