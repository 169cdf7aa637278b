//! What stands in for an adapter where the library was built without them: nothing is ever opened.

use super::EngineChoice;
use crate::engine::plan::{Candidate, PlanSummary};
use crate::engine::{AdapterDescription, Engine, Options, Trial};
use crate::error::{Error, Result};
use crate::message::Message;
use crate::network::Network;

/// No adapter.
#[derive(Debug)]
pub(super) enum Opened {}

impl Opened {
    pub(super) fn open(choice: EngineChoice, wanted: Option<&str>) -> Result<(Option<Self>, Option<Message>)> {
        match choice == EngineChoice::Gpu || wanted.is_some() {
            true => Err(Error::NoAdapter("this was built without graphics adapters; build it with the feature `gpu`".into())),
            false => Ok((None, None)),
        }
    }

    pub(super) fn gpu(_: usize) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn one_of(wanted: Option<&str>, _: usize) -> Result<Self> {
        // Always refused.
        Self::open(EngineChoice::Gpu, wanted)
            .and_then(|(opened, _)| opened.ok_or_else(|| Error::NoAdapter("there is none".into())))
    }

    pub(super) fn barred(&self) -> Option<Message> {
        match *self {}
    }

    pub(super) fn description(&self) -> &AdapterDescription {
        match *self {}
    }

    pub(super) fn remembered(&self, _: &Network, _: &Options) -> Option<Candidate> {
        match *self {}
    }

    pub(super) fn tune(&self, _: &Network, _: &Options, _: &mut dyn FnMut(&str)) -> Result<Vec<Trial>> {
        match *self {}
    }

    pub(super) fn engine(&self, _: Network, _: &Options) -> Result<Box<dyn Engine>> {
        match *self {}
    }

    pub(super) fn copy_bytes_per_s(&self) -> Result<f64> {
        match *self {}
    }

    pub(super) fn plan(&self, _: &Network, _: &Options) -> Result<PlanSummary> {
        match *self {}
    }
}
