//! What a meter is.

use super::Clock;

/// How a power figure was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// A counter or sensor of the hardware.
    Measured,
    /// A model.
    Estimated,
    /// The user's word.
    Assumed,
}

impl Provenance {
    /// Word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Provenance::Measured => "measured",
            Provenance::Estimated => "estimated",
            Provenance::Assumed => "assumed",
        }
    }
}

/// What kind of evidence a figure rests on. Figures of different tiers are never added, and never ranked without saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub enum Tier {
    /// An instrument between the wall and the machine.
    #[serde(rename = "wall meter")]
    WallMeter,
    /// A counter of joules in the hardware.
    #[serde(rename = "energy counter")]
    EnergyCounter,
    /// A power sensor, sampled and integrated.
    #[serde(rename = "sampled power")]
    SampledPower,
    /// A model of the maker's that computes power from activity.
    #[serde(rename = "modelled power")]
    ModelledPower,
    /// The user's word.
    #[serde(rename = "assumed")]
    Assumed,
}

impl Tier {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Tier::WallMeter => "wall meter",
            Tier::EnergyCounter => "energy counter",
            Tier::SampledPower => "sampled power",
            Tier::ModelledPower => "modelled power",
            Tier::Assumed => "assumed",
        }
    }

    /// How figures of this tier are had.
    pub fn provenance(self) -> Provenance {
        match self {
            Tier::Assumed => Provenance::Assumed,
            Tier::ModelledPower => Provenance::Estimated,
            _ => Provenance::Measured,
        }
    }
}

/// What a meter sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub enum Scope {
    /// The whole machine, at the wall.
    #[serde(rename = "whole machine at the wall")]
    Wall,
    /// The whole machine, at its battery.
    #[serde(rename = "whole machine on battery")]
    Battery,
    /// A GPU with its memory and regulators.
    #[serde(rename = "GPU board")]
    GpuBoard,
    /// All CPU packages, with their memory where it is metered.
    #[serde(rename = "CPU package")]
    CpuPackage,
    /// A chip that holds CPU and GPU.
    #[serde(rename = "chip with CPU and GPU")]
    Chip,
    /// A module of processor, GPU and their memory (Grace Hopper).
    #[serde(rename = "module of CPU, GPU and memory")]
    Module,
}

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A GPU with a board of its own.
    Gpu,
    /// A GPU within the processor's package.
    IntegratedGpu,
    /// The processor: the CPU engine and software adapters.
    Cpu,
    /// The processor and GPUs of a machine, which share a network.
    CpuAndGpus,
    /// Several machines, which share a network.
    Hosts,
}

impl Scope {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Scope::Wall => "whole machine at the wall",
            Scope::Battery => "whole machine on battery",
            Scope::GpuBoard => "GPU board",
            Scope::CpuPackage => "CPU package",
            Scope::Chip => "chip with CPU and GPU",
            Scope::Module => "module of CPU, GPU and memory",
        }
    }

    /// Whether a meter of this scope sees work done there: a CPU's work is never charged to a GPU's meter, nor the other way round.
    pub fn sees(self, site: Site) -> bool {
        match self {
            Scope::Wall | Scope::Battery | Scope::Module => site != Site::Hosts,
            Scope::GpuBoard => site == Site::Gpu,
            Scope::CpuPackage | Scope::Chip => matches!(site, Site::IntegratedGpu | Site::Cpu),
        }
    }
}

impl Site {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Site::Gpu => "the GPU",
            Site::IntegratedGpu => "the GPU in the processor's package",
            Site::Cpu => "the CPU",
            Site::CpuAndGpus => "the CPU and GPUs of a machine",
            Site::Hosts => "several machines, each of which would need a meter of its own",
        }
    }
}

/// What the maker or the literature says of a meter's gain.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// How far readings may lie below the truth, part of it, as a negative number.
    pub low: f64,
    /// How far they may lie above.
    pub high: f64,
    /// Who says so.
    pub source: String,
}

/// A meter's description.
#[derive(Debug, Clone, PartialEq)]
pub struct MeterInfo {
    /// Short word by which `--meter` finds it: `nvml`, `rapl`, `command` ...
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// Kind of evidence.
    pub tier: Tier,
    /// What it sees.
    pub scope: Scope,
    /// Smallest difference it can show, in the unit of its readings (J or W); `None` if unknown.
    pub resolution: Option<f64>,
    /// Whether every reading is new. Others are read again and again until their value changes.
    pub pushes: bool,
    /// Part of the time its sensor looks; 1 if nothing else is known.
    pub attention: f64,
    /// Powers it can reasonably show, W. What lies outside is flagged.
    pub plausible_w: (f64, f64),
    /// What is known of its gain.
    pub accuracy: Option<Accuracy>,
    /// What a reader of its figures should know.
    pub notes: Vec<String>,
    /// Why its figures are never to be relied upon for one device's work, if so.
    pub unquotable: Option<String>,
}

/// Power beyond which no single machine goes, W.
pub const ABSURD_W: f64 = 1e5;

impl MeterInfo {
    /// A description with nothing special in it.
    pub fn new(kind: &'static str, name: impl Into<String>, tier: Tier, scope: Scope) -> Self {
        Self {
            kind,
            name: name.into(),
            tier,
            scope,
            resolution: None,
            pushes: false,
            attention: 1.0,
            plausible_w: (0.0, ABSURD_W),
            accuracy: None,
            notes: Vec::new(),
            unquotable: None,
        }
    }

    /// Whether it follows what the machine does; the user's word does not.
    pub fn measures(&self) -> bool {
        self.tier.provenance() != Provenance::Assumed
    }
}

/// What a meter shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Joules since the meter was opened, wrap-around already handled.
    EnergyJ(f64),
    /// Power, W.
    PowerW(f64),
}

/// A reading and its time on the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Time, s.
    pub t_s: f64,
    /// What was read.
    pub reading: Reading,
}

/// The state of a metered device.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Condition {
    /// Temperature, degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Clock of the compute units, MHz.
    pub core_clock_mhz: Option<f64>,
    /// Clock of the memory, MHz.
    pub memory_clock_mhz: Option<f64>,
    /// Power limit in force, W.
    pub power_limit_w: Option<f64>,
    /// What holds the clocks down.
    pub throttling: Vec<String>,
    /// Other processes on the device.
    pub other_processes: Vec<String>,
    /// What its energy counter has shown since the last time over what its power sensor has, where it has both.
    pub counter_over_power: Option<f64>,
}

/// A reading failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct MeterError {
    /// What happened, in the meter's own words.
    pub text: String,
    /// Whether the meter is gone for good.
    pub gone: bool,
}

impl MeterError {
    /// A failure that may pass.
    pub fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), gone: false }
    }

    /// The end of a meter.
    pub fn gone(text: impl Into<String>) -> Self {
        Self { text: text.into(), gone: true }
    }
}

/// A source of energy figures.
pub trait Meter: std::fmt::Debug + Send {
    /// Its description.
    fn info(&self) -> &MeterInfo;

    /// What it shows: one sample, or all that have come since the last call for a meter that pushes. Does not wait.
    ///
    /// # Errors
    /// [`MeterError`].
    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError>;

    /// The state of the device, if the meter can tell.
    fn condition(&mut self) -> Option<Condition> {
        None
    }
}

/// The usual answer of a meter that is read now.
pub(crate) fn now(clock: &dyn Clock, reading: Reading) -> Vec<Sample> {
    vec![Sample { t_s: clock.now_s(), reading }]
}
