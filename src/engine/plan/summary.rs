//! What people and reports want to know of a plan.

use super::{CpuPlan, Delivery, GpuPlan, Memory};

/// How an engine runs a network.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSummary {
    /// In one line.
    pub line: String,
    /// What a user should know, such as why synapses are not stored; null if nothing.
    pub note: Option<String>,
    /// Whether synapses are stored; null without synapses, and in results of before version 5.
    pub stored: Option<bool>,
    /// Steps advanced before their spikes are delivered; null in results of before version 5.
    pub steps_per_batch: Option<u32>,
    /// Parts the neurons are cut into: partitions of the CPU engine, shards of an adapter; null in results of before version 5.
    pub neuron_parts: Option<usize>,
    /// Parts the stored synapses are cut into, on adapters.
    pub synapse_parts: Option<usize>,
    /// Memory by part, bytes; null in results of before version 5.
    pub memory: Option<Memory>,
}

impl CpuPlan {
    /// The plan in words and figures.
    pub fn summary(&self) -> PlanSummary {
        let has_synapses = self.delivery == Delivery::Procedural || self.memory.synapses + self.memory.plastic > 0;
        PlanSummary {
            line: self.to_string(),
            note: self.note.clone(),
            stored: has_synapses.then_some(self.delivery == Delivery::Stored),
            steps_per_batch: Some(self.batch),
            neuron_parts: Some(self.partitions.len()),
            synapse_parts: None,
            memory: Some(self.memory),
        }
    }
}

impl GpuPlan {
    /// The plan in words and figures.
    pub fn summary(&self) -> PlanSummary {
        PlanSummary {
            line: self.to_string(),
            note: self.note.clone(),
            stored: self.has_synapses.then_some(self.delivery == Delivery::Stored),
            steps_per_batch: Some(self.candidate.batch),
            neuron_parts: Some(self.neuron_shards.len()),
            synapse_parts: self.has_synapses.then_some(self.synapse_shards.len()),
            memory: Some(self.memory),
        }
    }
}
