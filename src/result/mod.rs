//! The result of a benchmark: what is written, read again, reported and compared.
//!
//! Types only, and the reader of files of every version since the third. The schema in `assets/result.schema.json` is derived from the
//! types (`cargo run --example schema` writes it, a test compares). Nothing here measures.
//!
//! ```
//! let schema: serde_json::Value = serde_json::from_str(&spikewatt::result::schema()).expect("JSON");
//! assert_eq!(schema["title"], "spikewatt result");
//! let refused = spikewatt::result::from_json("{}").expect_err("no result");
//! assert!(!refused.to_string().is_empty());
//! ```

pub mod arc;
pub mod claims;
mod comparison;
mod energy;
mod exchange;
mod machine;
pub mod project;
mod quantity;
mod read;
mod realisation;
mod sittings;
mod sound;
mod versions;
mod workload;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use comparison::{Beside, Comparison};
pub use energy::{Activity, Conditions, Energy, Meter, Phase, PowerTrace, WindowEnergy};
pub use exchange::ExchangeCost;
pub use machine::{Adapter, Build, Engine, EngineKind, Machine, Program, Rank, Setup};
pub use quantity::Quantity;
pub use read::{from_json, read};
pub use realisation::{Admission, Agreement, Realisation, Spread, Spreads, StatisticAgreement};
pub use workload::{
    ActiveShare, ActivityOverTime, Ending, Outcome, PopulationOverTime, PopulationRate, Raster, RasterRow, Trial, Workload,
};

// Words of lower rooms that stand in a result.
pub use crate::brain::{Brain, Counterpart, Derived, Reference};
pub use crate::energy::{Accuracy, Component, ComponentKind, ProfileName, Provenance, Scope, Tier, Warning};
pub use crate::engine::{AdapterKind, PassTime, PlanSummary};
pub use crate::neuron::Class;
pub use crate::scenario::DriveKind;

/// Version of the schema.
pub const SCHEMA_VERSION: u32 = 8;

/// Everything a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spikewatt result")]
pub struct RunResult {
    /// Version of the schema.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// Program, version, commit.
    pub program: Program,
    /// Time of the run's start, UTC.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"))]
    pub created_utc: String,
    /// The profile; quick is indicative.
    pub protocol: ProfileName,
    /// Whether the run was broken off.
    pub interrupted: bool,
    /// The machine.
    pub machine: Machine,
    /// What ran the workloads.
    pub engine: Engine,
    /// The meter the verdict rests on.
    pub meter: Meter,
    /// The other meters that were read.
    pub other_meters: Vec<Meter>,
    /// Workloads in the order in which they were measured; a second round follows the first.
    pub order: Vec<String>,
    /// What went on when.
    pub phases: Vec<Phase>,
    /// What the user says of the measurement.
    pub setup: Setup,
    /// The brain's constants.
    pub brain: Brain,
    /// What became of every workload that was asked for, in the order in which they were asked for.
    pub outcomes: Vec<Outcome>,
    /// The workloads that were measured, in the same order; one that failed in the second order keeps the figures of the first.
    pub workloads: Vec<Workload>,
}

/// The JSON Schema of a result file, as text.
pub fn schema() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let schema = settings.for_serialize().into_generator().into_root_schema_for::<RunResult>();
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
