//! What ran: program, machine and engine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AdapterKind;

/// The program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// `spikewatt`.
    pub name: String,
    /// Version.
    pub version: String,
    /// Git commit it was built from, or `unknown`.
    pub git_commit: String,
    /// How it was built; null in results of before version 5.
    pub build: Option<Build>,
}

/// How a program was built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// `release` or `debug`.
    pub profile: String,
    /// Compiler and version.
    pub compiler: String,
    /// What it was built for.
    pub target: String,
    /// Version of wgpu, which speaks to adapters; null if it was built without.
    pub wgpu: Option<String>,
}

/// The machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Operating system.
    pub os: String,
    /// Processor.
    pub cpu: String,
    /// Logical processors.
    pub logical_cpus: usize,
    /// Memory, bytes; null if the system does not tell.
    pub memory_bytes: Option<u64>,
    /// What decides the processor's clock, as Linux names it; null if the system does not tell.
    pub governor: Option<String>,
    /// Kind of container the program ran in; null if none was noticed.
    pub container: Option<String>,
    /// Kind of virtual machine it ran in; null if none was noticed.
    pub virtual_machine: Option<String>,
}

/// What kind of engine ran the workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// Through an adapter, which need not be a GPU.
    Gpu,
    /// The built-in CPU engine.
    Cpu,
}

/// The engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// `gpu` (through an adapter) or `cpu`.
    pub kind: EngineKind,
    /// Whether a GPU did the work.
    pub is_gpu: bool,
    /// What nobody must take for a GPU's figures; empty for a GPU.
    pub stamp: String,
    /// Threads of the CPU engine; null for an adapter.
    pub threads: Option<usize>,
    /// Bytes per second that a copy of its memory moves, read and written together; null if that was not measured.
    pub copy_bytes_per_s: Option<f64>,
    /// The adapter; null for the CPU engine.
    pub adapter: Option<Adapter>,
    /// Why this engine, if not the preferred one.
    pub note: Option<String>,
    /// The processes that shared the networks, rank by rank; left out where there was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranks: Vec<Rank>,
}

/// One of several processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// Host it ran on.
    pub host: String,
    /// Its engine, in a line.
    pub engine: String,
}

/// An adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// Name.
    pub name: String,
    /// Graphics API.
    pub backend: String,
    /// Kind.
    pub kind: AdapterKind,
    /// Driver and version.
    pub driver: String,
    /// PCI bus id, if known.
    pub pci_bus_id: Option<String>,
}

/// What no program can find out about a measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Temperature of the room, degrees Celsius; null if not told.
    pub room_celsius: Option<f64>,
    /// When the deciding meter was calibrated, as in 2026-03-31; null if not told.
    pub meter_calibrated: Option<String>,
    /// What its readings are multiplied by; null if nothing.
    pub gain: Option<f64>,
}
