//! spikewatt: how many joules a machine spends per neural event, and how that compares with a brain that runs on 15 W.
//!
//! The way through the house: a [`scenario`] (TOML) becomes a [`network`] (fixed-point constants, integer tables, connectivity as
//! functions), a plan (layout and strategy for one adapter), an [`engine`] that runs it, counts that are read back, joules from
//! [`energy`] meters, a [`result`] that sets them beside the [`brain`], and a [`report`] of it. A [`mod@bench`] does it all.
//!
//! Load, build, run, count, and what it costs at an assumed power:
//!
//! ```
//! use spikewatt::{Brain, Counterpart, CpuEngine, Engine, Network, Options, Scale, advance_quietly, load};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let scenario = load("brunel")?.scaled(Scale::Neurons(1000))?;
//! let mut engine = CpuEngine::new(Network::build(&scenario)?, &Options::default())?;
//! let steps = engine.network().steps(50.0);
//! let begin = std::time::Instant::now();
//! advance_quietly(&mut engine, steps)?;
//! let seconds = begin.elapsed().as_secs_f64();
//! let counts = engine.counts()?;
//! assert!(counts.total_spikes() > 1000 && counts.synaptic_events > counts.total_spikes());
//!
//! let joules_per_event = 45.0 * seconds / counts.synaptic_events as f64;
//! let brain = Brain::embedded().j_per_synaptic_event(Counterpart::Brain);
//! println!("{joules_per_event:.2e} J per synaptic event, the brain {:.2e} J", brain.default);
//! # Ok(())
//! # }
//! ```
//!
//! A whole benchmark, with idle baseline, meters and windows, is a [`bench::Session`]; a result file is read by [`result::read()`].

#![forbid(unsafe_code)]
// Where numbers are cut, the file says why it may.
#![warn(clippy::cast_possible_truncation)]

#[cfg(feature = "analysis")]
pub mod analysis;
pub mod arc;
pub mod bench;
#[doc(hidden)]
pub mod bounds;
pub mod brain;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod energy;
pub mod engine;
pub mod error;
mod files;
mod grid;
#[doc(hidden)]
pub mod math;
mod message;
pub mod network;
pub mod neuron;
pub mod recording;
pub mod report;
pub mod result;
pub mod scenario;
#[cfg(feature = "pictures")]
pub mod view;

// The front page: what most programs need, room by room. Everything else is reached through the rooms.
#[cfg(feature = "analysis")]
pub use analysis::{Analysis, Trains, analyse};
pub use bench::{Ended, Engines, Event, HostEngines, Instruments, Job, Listener, MeterChoice, Progress, Session, verify};
pub use brain::{Brain, Counterpart};
pub use energy::{Meter, Monitor, Profile, ProfileName, find_meters};
pub use engine::cpu::CpuEngine;
#[cfg(feature = "gpu")]
pub use engine::gpu::{Device, FoundAdapter, GpuEngine, adapters};
pub use engine::{
    Arrival, Counts, Delivery, Engine, EngineChoice, Host, Options, PlanSummary, Snapshot, Spike, Tick, advance_quietly,
    advance_with,
};
pub use error::{Error, Remedy, Result, TooBig};
pub use message::{Message, Piece, Term};
pub use network::{Network, Population, Projection};
pub use neuron::{Class, Model, NeuronModel, Parameter, Role};
pub use recording::{Recorder, Recording, Selection};
pub use report::verdict;
pub use result::{Machine, RunResult, SCHEMA_VERSION, Setup, Workload};
pub use scenario::{Distribution, Scale, Scenario, catalog, load, parse};
