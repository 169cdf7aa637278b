//! Engines: what advances a network. The CPU engine and the GPU engine stand behind one trait and give the same spikes.
//!
//! ```
//! use spikewatt::engine::{Engine, Options, advance_quietly, cpu::CpuEngine};
//! use spikewatt::network::Network;
//! use spikewatt::scenario::{Scale, load};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let network = Network::build(&load("brunel")?.scaled(Scale::Neurons(1000))?)?;
//! let mut one = CpuEngine::new(network.clone(), &Options::default())?;
//! advance_quietly(&mut one, 500)?;
//! // A state goes on with the same spikes on any other engine.
//! let state = one.snapshot()?;
//! let mut other = CpuEngine::new(network, &Options { partitions: Some(1), ..Options::default() })?;
//! other.resume(&state)?;
//! one.save()?;
//! advance_quietly(&mut one, 300)?;
//! advance_quietly(&mut other, 300)?;
//! assert_eq!(one.counts()?, other.counts()?);
//! # Ok(())
//! # }
//! ```

mod adapter;
pub mod cpu;
mod exchange;
#[cfg(feature = "gpu")]
pub mod gpu;
mod host;
mod light;
mod pass_times;
pub mod plan;
pub mod ranks;
mod snapshot;
mod spikes;
mod trial;
#[cfg(feature = "gpu")]
mod tune;
mod windows;

pub use adapter::{AdapterDescription, AdapterKind};
pub use host::{EngineChoice, Host};
pub use light::LightPlan;
pub use pass_times::PassTime;
pub use plan::{Delivery, Options, PlanSummary};
pub use snapshot::{Arrival, NetworkId, PlasticState, Snapshot};
pub use spikes::{Spike, checksum_term, spike_entry};
pub use trial::Trial;
#[cfg(feature = "gpu")]
pub use tune::{TuningCache, tune};
pub use windows::{WindowPlan, WindowShare};

use crate::error::Result;
use crate::network::Network;
use crate::neuron::Fault;
use std::ops::{ControlFlow, Range};

/// What was counted since the last reset or restore.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Steps advanced.
    pub steps: u64,
    /// Spikes of each population.
    pub spikes: Vec<u64>,
    /// External arrivals: those of each population's Poisson drive; for a population of spike sources, the spikes it sent over synapses.
    pub external_events: Vec<u64>,
    /// Spikes of spike sources, which are no neurons.
    pub source_spikes: u64,
    /// Spikes of neurons sent over synapses: the sum of their out-degrees.
    pub synaptic_events: u64,
    /// Sum over all spikes of a 64-bit hash of (population, neuron, step), two 32-bit halves each modulo 2^32; independent of
    /// the order in which spikes are seen.
    pub checksum: u64,
    /// That of every trial: equal to that of the trial alone.
    pub trial_checksums: Vec<u64>,
}

impl Counts {
    /// Zero counts for a network.
    pub fn zero(populations: usize) -> Self {
        Self { spikes: vec![0; populations], external_events: vec![0; populations], ..Self::default() }
    }

    /// Zero counts for a network and its trials.
    pub fn zero_of(network: &Network) -> Self {
        Self { trial_checksums: vec![0; network.trial_count() as usize], ..Self::zero(network.populations.len()) }
    }

    /// The counts of a run together with those of what followed it.
    ///
    /// # Panics
    /// If they are of different networks.
    #[must_use]
    pub fn and_then(&self, next: &Counts) -> Self {
        let sums = |a: &[u64], b: &[u64]| {
            assert_eq!(a.len(), b.len(), "counts of different networks");
            a.iter().zip(b).map(|(a, b)| a + b).collect()
        };
        assert_eq!(self.trial_checksums.len(), next.trial_checksums.len(), "counts of different networks");
        Self {
            steps: self.steps + next.steps,
            spikes: sums(&self.spikes, &next.spikes),
            external_events: sums(&self.external_events, &next.external_events),
            source_spikes: self.source_spikes + next.source_spikes,
            synaptic_events: self.synaptic_events + next.synaptic_events,
            checksum: spikes::add_values(self.checksum, next.checksum),
            trial_checksums: self
                .trial_checksums
                .iter()
                .zip(&next.trial_checksums)
                .map(|(a, b)| spikes::add_values(*a, *b))
                .collect(),
        }
    }

    /// Spikes of all neurons; those of spike sources do not count.
    pub fn total_spikes(&self) -> u64 {
        self.spikes.iter().sum::<u64>() - self.source_spikes
    }

    /// The same counts with the spikes of a network's sources told apart.
    fn with_sources(mut self, network: &Network) -> Self {
        let sources = network.populations.iter().zip(&self.spikes).filter(|(p, _)| p.model.is_source());
        self.source_spikes = sources.map(|(_, n)| n).sum();
        self
    }

    /// External arrivals at all populations.
    pub fn total_external(&self) -> u64 {
        self.external_events.iter().sum()
    }
}

/// Called between pieces of work with the steps done so far in this call; `Break` stops the advance with
/// [`crate::Error::Interrupted`].
pub type Tick<'a> = dyn FnMut(u64) -> ControlFlow<()> + 'a;

/// Something that advances a network.
pub trait Engine: Send {
    /// The network it holds.
    fn network(&self) -> &Network;

    /// How it runs it.
    fn plan(&self) -> PlanSummary;

    /// Back to time 0, counts cleared.
    fn reset(&mut self) -> Result<()>;

    /// Keeps the present state, so that [`Engine::restore`] can come back to it; counts are cleared.
    fn save(&mut self) -> Result<()>;

    /// Back to the saved state (or to time 0 if none was saved), counts cleared.
    fn restore(&mut self) -> Result<()>;

    /// The present state, in a form that any engine can resume.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if the device failed.
    fn snapshot(&mut self) -> Result<Snapshot>;

    /// Goes to a state that was taken on this or another engine; counts are cleared.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for the state of another network.
    fn resume(&mut self, snapshot: &Snapshot) -> Result<()>;

    /// Adds input from outside, for instance from neurons that another engine advances.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for an arrival in a step that is over, or beyond the network's longest delay.
    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()>;

    /// Delivers to its neurons what neurons of others have fired that share the network with it: spikes of steps that are over, before any of them
    /// arrives. `false` from an engine that cannot do so, which has delivered nothing.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if the device failed.
    fn hear(&mut self, _spikes: &[Spike]) -> Result<bool> {
        Ok(false)
    }

    /// Advances by a number of steps and waits until they are done.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`] if a tick broke off; [`crate::Error::Internal`] if the device failed.
    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()>;

    /// Counts since the last reset, save or restore.
    fn counts(&mut self) -> Result<Counts>;

    /// Steps since time 0.
    fn step(&self) -> u64;

    /// Records spikes from here on, or no longer; an engine that was built to record always does. Tells whether it records now: one that
    /// advances its neurons in several groups, one after the other, does only if it was built to.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if the device failed.
    fn listen(&mut self, on: bool) -> Result<bool>;

    /// Takes the spikes recorded so far, sorted by step, population and neuron; empty unless recording was asked for.
    fn take_spikes(&mut self) -> Result<Vec<Spike>>;

    /// Counts from here on who fires in windows, as a plan says, where spikes are listed: nothing of it comes back to the host before
    /// [`Engine::watched`]. Whatever clears counts ends it; an engine that cannot do so counts nothing.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if there is no room for it, [`crate::Error::Internal`] if the device failed.
    fn watch(&mut self, _plan: &WindowPlan) -> Result<()> {
        Ok(())
    }

    /// Ends it; the words that [`WindowPlan`] reads, none if nothing was watched.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if the device failed.
    fn watched(&mut self) -> Result<Vec<u32>> {
        Ok(Vec::new())
    }

    /// Notes from here on when neurons fire, in a buffer of the device that it works on, whose form the plan tells; `None` from an engine that
    /// has no device, or none that can do so.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if there is no room for it, [`crate::Error::Internal`] if the device failed.
    #[cfg(feature = "gpu")]
    fn light(&mut self, _plan: &LightPlan) -> Result<Option<wgpu::Buffer>> {
        Ok(None)
    }

    /// Advances by a number of steps and times each pass on its own; slower than [`Engine::advance`], with the same result. An empty
    /// list means that the device cannot tell.
    ///
    /// # Errors
    /// Those of [`Engine::advance`].
    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>>;

    /// The weight words of a plastic projection, sender by sender in the order of its rows: parts of the largest weight in units of 2^-30
    /// (STDP), or input units (short-term).
    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>>;

    /// Membrane potentials of some neurons of a population, mV; refractory neurons are at reset.
    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>>;
}

/// The error of a neuron whose state is not right any more: slot, a step by which it happened, and what it is.
fn fault(network: &Network, (slot, step, fault): (u32, u32, Fault)) -> crate::Error {
    let p = network.population_of_slot(slot);
    let spec = &network.scenario.populations[p.origin() as usize];
    let typical = spec.typical();
    let (what, remedy) = p.model.fault_words(fault, p.model.values(&typical), &p.scales, network.scenario.dt_ms);
    crate::Error::Input(format!(
        "neuron {} of population \"{}\" ({}) {what}, by step {step}, {:.4} ms: {remedy}",
        slot - p.first_slot,
        p.name,
        p.model.name(),
        (f64::from(step) + 1.0) * network.scenario.dt_ms
    ))
}

/// Refuses to pass the last step that can be numbered, or that a refractory time beyond counting allows.
fn check_steps(network: &Network, now: u64, more: u64) -> Result<()> {
    match now.checked_add(more).is_none_or(|end| end > network.max_steps) {
        true => Err(crate::Error::Input(network.scenario.too_many_steps())),
        false => Ok(()),
    }
}

/// Advances by a number of steps, and stops after every so many for a hook, which may look at the engine, take its spikes or its state, or
/// exchange spikes with another ([`Engine::inject`]); `Break` ends the advance.
///
/// # Errors
/// Those of [`Engine::advance`] and of the hook.
pub fn advance_with(
    engine: &mut dyn Engine,
    steps: u64,
    every: u64,
    hook: &mut dyn FnMut(&mut dyn Engine) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut done = 0;
    while done < steps {
        let some = every.clamp(1, steps - done);
        advance_quietly(engine, some)?;
        done += some;
        if hook(engine)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Advances without interruption or progress.
///
/// # Errors
/// Those of [`Engine::advance`].
pub fn advance_quietly(engine: &mut dyn Engine, steps: u64) -> Result<()> {
    engine.advance(steps, &mut |_| ControlFlow::Continue(()))
}
