//! The machine's engines: the chosen adapter, opened once, or the processor.

#[cfg_attr(not(feature = "gpu"), path = "none.rs")]
mod opened;

use self::opened::Opened;
use super::plan::{CpuPlan, PlanSummary};
use super::ranks::{Member, RankedEngine, Ranks};
use super::{AdapterDescription, AdapterKind, Engine, Options, Trial, cpu, cpu::CpuEngine};
use crate::error::Result;
use crate::message::Message;
use crate::network::Network;

/// Which engine the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineChoice {
    /// The best adapter, or the CPU engine if there is none.
    #[default]
    Auto,
    /// An adapter, or an error.
    Gpu,
    /// The built-in CPU engine.
    Cpu,
}

/// What will run the workloads.
#[derive(Debug)]
pub struct Host {
    adapter: Option<Opened>,
    /// The ranks that share networks, if there are several.
    ranks: Option<Ranks>,
    /// Why the CPU engine was taken although an adapter would have been preferred, or what an adapter's self-check found.
    pub note: Option<Message>,
}

impl Host {
    /// Opens the engine.
    ///
    /// # Errors
    /// [`crate::Error::NoAdapter`] if an adapter was asked for and none fits.
    pub fn open(choice: EngineChoice, adapter: Option<&str>) -> Result<Self> {
        let (adapter, note) = Opened::open(choice, adapter)?;
        Ok(Self { adapter, ranks: None, note })
    }

    /// The engine of one of several processes on a machine, the first of which has number 0: a GPU of its own while there are any, then the
    /// processor; if adapters were asked for, one of those that were meant, in turn.
    ///
    /// # Errors
    /// Those of [`Host::open`].
    pub fn of_rank(choice: EngineChoice, adapter: Option<&str>, number: usize) -> Result<Self> {
        let opened = match choice {
            EngineChoice::Cpu => None,
            EngineChoice::Auto if adapter.is_none() => Opened::gpu(number)?,
            EngineChoice::Auto | EngineChoice::Gpu => Some(Opened::one_of(adapter, number)?),
        };
        let note = opened.as_ref().and_then(Opened::barred);
        Ok(Self { adapter: opened, ranks: None, note })
    }

    /// The engines of several ranks, which this process leads.
    pub fn on(ranks: Ranks) -> Self {
        let of = |(rank, member): (usize, &Member)| Some(format!("{}: {}", member.name(rank), member.note.as_ref()?));
        let notes: Vec<String> = ranks.members().iter().enumerate().filter_map(of).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; ").into());
        Self { adapter: None, ranks: Some(ranks), note }
    }

    /// The ranks that share networks, if there are several.
    pub fn ranks(&self) -> Option<&Ranks> {
        self.ranks.as_ref()
    }

    /// The adapter, unless the CPU engine runs.
    pub fn adapter(&self) -> Option<&AdapterDescription> {
        self.adapter.as_ref().map(Opened::description)
    }

    /// Whether a GPU does the work: neither a software adapter nor the CPU engine is one.
    pub fn is_gpu(&self) -> bool {
        self.adapter().is_some_and(|a| a.kind != AdapterKind::Software)
    }

    /// What nobody must take for a GPU's figures, in capitals; empty for a GPU.
    pub fn stamp(&self) -> &'static str {
        match self.adapter() {
            None if self.ranks.as_ref().is_some_and(|ranks| ranks.members().iter().any(|m| m.is_gpu)) => "",
            None => "CPU ENGINE, NOT A GPU",
            Some(a) if a.kind == AdapterKind::Software => "SOFTWARE ADAPTER, NOT A GPU",
            Some(_) => "",
        }
    }

    /// One line that names the engine.
    pub fn line(&self) -> String {
        match self.adapter() {
            None if let Some(ranks) = &self.ranks => ranks.line(),
            None => format!("built-in CPU engine, {} thread(s)", rayon::current_num_threads()),
            Some(a) => format!("{} ({}, {}), driver {}", a.name, a.backend, a.kind.words(), a.driver),
        }
    }

    /// The adapter and its device, unless the CPU engine runs.
    #[cfg(feature = "gpu")]
    pub fn device(&self) -> Option<(&super::gpu::FoundAdapter, &super::gpu::Device)> {
        self.adapter.as_ref().map(Opened::device)
    }

    /// Options with the way to run that trials on this adapter found fastest for this network, if any did.
    pub fn tuned(&self, network: &Network, options: &Options) -> Options {
        let known = self.adapter.as_ref().and_then(|a| a.remembered(network, options));
        Options { candidate: options.candidate.or(known), ..options.clone() }
    }

    /// Tries ways to run a network on the adapter and remembers the fastest; `None` for the CPU engine, which has nothing to try.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if nothing can run. An outcome that cannot be kept is told to `say`.
    pub fn tune(&self, network: &Network, options: &Options, say: &mut dyn FnMut(&str)) -> Result<Option<Vec<Trial>>> {
        self.adapter.as_ref().map(|a| a.tune(network, options, say)).transpose()
    }

    /// Builds an engine for a network, run in the way that trials found fastest: those of now, if `try_ways` asks for them, or of earlier.
    /// What a user should know is told to `say`.
    ///
    /// # Errors
    /// Those of the engines.
    pub fn ready(
        &self,
        network: Network,
        options: &Options,
        try_ways: bool,
        say: &mut dyn FnMut(&str),
    ) -> Result<Box<dyn Engine>> {
        let trials = if try_ways { self.tune(&network, options, say)? } else { None };
        let options = self.tuned(&network, &options.with_fastest(trials.as_deref()));
        let engine = self.engine(network, &options)?;
        if let Some(note) = engine.plan().note {
            say(&note);
        }
        Ok(engine)
    }

    /// Builds an engine for a network.
    ///
    /// # Errors
    /// Those of the engines.
    pub fn engine(&self, network: Network, options: &Options) -> Result<Box<dyn Engine>> {
        match (&self.adapter, &self.ranks) {
            (Some(adapter), _) => adapter.engine(network, options),
            (None, Some(ranks)) => Ok(Box::new(RankedEngine::new(ranks.clone(), network, options)?)),
            (None, None) => Ok(Box::new(CpuEngine::new(network, options)?)),
        }
    }

    /// Bytes per second that a copy of the engine's memory moves, read and written together.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] without memory for it, [`crate::Error::Internal`] if the device failed.
    pub fn copy_bytes_per_s(&self) -> Result<f64> {
        match &self.adapter {
            None => Ok(cpu::copy_bytes_per_s()),
            Some(adapter) => adapter.copy_bytes_per_s(),
        }
    }

    /// Plans a network without building it.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`].
    pub fn plan(&self, network: &Network, options: &Options) -> Result<PlanSummary> {
        match (&self.adapter, &self.ranks) {
            (Some(adapter), _) => adapter.plan(network, options),
            (None, Some(ranks)) => Ok(ranks.plan(network, options)?.0),
            (None, None) => Ok(CpuPlan::new(network, options)?.summary()),
        }
    }
}
