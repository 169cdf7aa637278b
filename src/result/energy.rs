//! The energy side of a result: meters, joules, and the budget of their uncertainty.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Accuracy, Component, Provenance, Quantity, Scope, Tier, Warning};

/// A meter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Name; null without a meter.
    pub name: Option<String>,
    /// How its figures are had; null without a meter.
    pub provenance: Option<Provenance>,
    /// Kind of evidence; null without a meter.
    pub tier: Option<Tier>,
    /// What it sees; null without a meter.
    pub scope: Option<Scope>,
    /// Step of its scale, J or W as it shows; null if unknown.
    pub resolution: Option<f64>,
    /// Measured time between renewals, s; null if its value was not seen to change.
    pub update_period_s: Option<f64>,
    /// What is known of its gain; null if nothing is.
    pub accuracy: Option<Accuracy>,
    /// Power of the quiet machine, W.
    pub idle_power_w: Quantity,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Why this one decides; null for the others and without a meter.
    pub chosen: Option<String>,
    /// Why there is no meter and how to get one; null with a meter.
    pub how_to_get_one: Option<String>,
    /// What it showed over the run; null if it showed nothing.
    pub power: Option<PowerTrace>,
}

impl Meter {
    /// No meter, and why.
    pub fn none(how_to_get_one: &str) -> Self {
        Self {
            name: None,
            provenance: None,
            tier: None,
            scope: None,
            resolution: None,
            update_period_s: None,
            accuracy: None,
            idle_power_w: Quantity::missing("no meter"),
            notes: Vec::new(),
            chosen: None,
            how_to_get_one: Some(how_to_get_one.to_owned()),
            power: None,
        }
    }
}

/// Power over time, thinned: the mean between each time and the one before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerTrace {
    /// Times since the start of the run, s; one more than powers.
    pub t_s: Vec<f64>,
    /// Mean power from a time to the next, W.
    pub power_w: Vec<f64>,
}

/// What went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Activity {
    /// The machine was left alone, for the idle baseline.
    #[serde(rename = "idle")]
    Idle,
    /// It was left alone with a network loaded and ready.
    #[serde(rename = "loaded idle")]
    LoadedIdle,
    /// It was left alone until it was about as cool as before.
    #[serde(rename = "cool-down")]
    CoolDown,
    /// A network was built.
    #[serde(rename = "build")]
    Build,
    /// A workload ran until power was steady.
    #[serde(rename = "warm-up")]
    WarmUp,
    /// A workload was measured.
    #[serde(rename = "window")]
    Window,
}

impl Activity {
    /// Word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Activity::Idle => "idle",
            Activity::LoadedIdle => "loaded idle",
            Activity::CoolDown => "cool-down",
            Activity::Build => "build",
            Activity::WarmUp => "warm-up",
            Activity::Window => "window",
        }
    }
}

/// A stretch of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// What went on.
    pub what: Activity,
    /// Which workload; null where none was loaded.
    pub workload: Option<String>,
    /// Begin, s since the start of the run.
    pub from_s: f64,
    /// End, s.
    pub to_s: f64,
}

/// Energy of a workload. `gross` is all the device drew, `net` gross minus idle power x duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// The meter; null without one.
    pub meter: Option<String>,
    /// Provenance of every figure below; null without a meter.
    pub provenance: Option<Provenance>,
    /// Kind of evidence of every figure below; null without a meter.
    pub tier: Option<Tier>,
    /// What the meter sees; null without one.
    pub scope: Option<Scope>,
    /// Windows measured and used.
    pub windows: usize,
    /// Whether the figures can be relied upon; null without any.
    pub reliable: Option<bool>,
    /// What a reader must be told.
    pub warnings: Vec<Warning>,
    /// Mean power, W.
    pub power_w: Quantity,
    /// Power with the network loaded and ready, W; in none of the figures below.
    pub loaded_idle_w: Quantity,
    /// Gross energy of one repetition, J.
    pub gross_j: Quantity,
    /// Net energy of one repetition, J.
    pub net_j: Quantity,
    /// Gross energy per neuron update, J.
    pub gross_j_per_update: Quantity,
    /// Gross energy per spike, J.
    pub gross_j_per_spike: Quantity,
    /// Gross energy per synaptic event, J.
    pub gross_j_per_synaptic_event: Quantity,
    /// Net energy per neuron update, J.
    pub net_j_per_update: Quantity,
    /// Net energy per spike, J.
    pub net_j_per_spike: Quantity,
    /// Net energy per synaptic event, J.
    pub net_j_per_synaptic_event: Quantity,
    /// Energy of building the network, J; in none of the figures above.
    pub build_j: Quantity,
    /// Half width of the 95 % interval of gross energies, part of the value; null from a single window.
    pub relative_u95: Option<f64>,
    /// Standard uncertainty of gross energies, all components of the budget together, part of the value; null from a single window.
    pub relative_combined: Option<f64>,
    /// Components of that uncertainty.
    pub budget: Vec<Component>,
    /// How long the meter took to show nine tenths of the load, s; null if that could not be seen.
    pub response_s: Option<f64>,
    /// The device's state in the windows; null if the meter cannot tell.
    pub conditions: Option<Conditions>,
    /// The windows one by one.
    pub by_window: Vec<WindowEnergy>,
}

/// Energy and work of a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowEnergy {
    /// Begin, s since the start of the run.
    pub from_s: f64,
    /// End, s.
    pub to_s: f64,
    /// Which order of the workloads it belongs to, from 0.
    pub order: u32,
    /// Energy, J.
    pub energy_j: f64,
    /// Steps of the network.
    pub steps: u64,
    /// Spikes.
    pub spikes: u64,
    /// Synaptic events.
    pub synaptic_events: u64,
}

/// The device's state over all windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// First and last temperature, degrees Celsius.
    pub temperature_c: Option<[f64; 2]>,
    /// Lowest and highest clock of the compute units, MHz.
    pub core_clock_mhz: Option<[f64; 2]>,
    /// Lowest and highest clock of the memory, MHz.
    pub memory_clock_mhz: Option<[f64; 2]>,
    /// Power limit, W.
    pub power_limit_w: Option<f64>,
    /// Everything that held the clocks down at some time.
    pub throttling: Vec<String>,
    /// Every other process seen on the device.
    pub other_processes: Vec<String>,
    /// Joules of the energy counter over those of the power sensor, all windows together; null without both.
    pub counter_over_power: Option<f64>,
}

impl Energy {
    /// Without figures.
    pub fn missing(reason: &str) -> Self {
        let none = || Quantity::missing(reason);
        Self {
            meter: None,
            provenance: None,
            tier: None,
            scope: None,
            windows: 0,
            reliable: None,
            warnings: Vec::new(),
            power_w: none(),
            loaded_idle_w: none(),
            gross_j: none(),
            net_j: none(),
            gross_j_per_update: none(),
            gross_j_per_spike: none(),
            gross_j_per_synaptic_event: none(),
            net_j_per_update: none(),
            net_j_per_spike: none(),
            net_j_per_synaptic_event: none(),
            build_j: none(),
            relative_u95: None,
            relative_combined: None,
            budget: Vec::new(),
            response_s: None,
            conditions: None,
            by_window: Vec::new(),
        }
    }
}
