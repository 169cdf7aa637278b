//! What makes engines for a benchmark.

use super::machine;
use crate::engine::{self, Host, Options};
use crate::error::Result;
use crate::network::Network;
use crate::result::Engine;

/// What makes engines for a session.
pub trait Engines {
    /// Builds an engine for a network; what a user should know is told to `say`.
    ///
    /// # Errors
    /// Those of the engine; they end the workload, not the session.
    fn ready(&self, network: Network, say: &mut dyn FnMut(&str)) -> Result<Box<dyn engine::Engine>>;

    /// What it is, for the result.
    fn describe(&self) -> Engine;

    /// Bytes per second that a copy of its memory moves, if that can be told.
    ///
    /// # Errors
    /// The engine's.
    fn copy_bytes_per_s(&self) -> Result<Option<f64>> {
        Ok(None)
    }
}

/// A host with the options that a user gave.
#[derive(Debug)]
pub struct HostEngines<'a> {
    /// The host.
    pub host: &'a Host,
    /// How networks are to be run.
    pub options: Options,
    /// Whether ways to run are tried first.
    pub tune: bool,
}

impl Engines for HostEngines<'_> {
    fn ready(&self, network: Network, say: &mut dyn FnMut(&str)) -> Result<Box<dyn engine::Engine>> {
        self.host.ready(network, &self.options, self.tune, say)
    }

    fn describe(&self) -> Engine {
        machine::engine(self.host)
    }

    fn copy_bytes_per_s(&self) -> Result<Option<f64>> {
        self.host.copy_bytes_per_s().map(Some)
    }
}
