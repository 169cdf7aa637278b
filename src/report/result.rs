//! The result file's schema, as types. `assets/result.schema.json` says the same in JSON Schema, and a test holds them together.

use serde::Serialize;

use crate::bench::{Host, Measurement};
use crate::brain::{Brain, Derived};
use crate::energy::{MeterInfo, estimate, median};
use crate::engine::PassTime;
use crate::network::Network;

/// Version of the schema.
pub const SCHEMA_VERSION: u32 = 2;

/// A number, or null and the reason why it was not measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quantity {
    /// The number.
    pub value: Option<f64>,
    /// 95 % confidence interval.
    pub ci95: Option<[f64; 2]>,
    /// Why the value, or its interval, is null.
    pub reason: Option<String>,
}

impl Quantity {
    /// Not measured.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self { value: None, ci95: None, reason: Some(reason.into()) }
    }

    /// A number without an interval.
    pub fn exact(value: f64) -> Self {
        Self { value: Some(value), ci95: None, reason: None }
    }

    /// Mean and interval of several measurements.
    pub fn of(values: &[f64]) -> Self {
        match estimate(values) {
            None => Self::missing("nothing was measured"),
            Some(e) => Self {
                value: Some(e.mean),
                ci95: e.half_width.map(|h| [e.mean - h, e.mean + h]),
                reason: e.half_width.is_none().then(|| "a single repetition gives no interval".to_owned()),
            },
        }
    }

    /// The quantity multiplied by a factor; a division by zero says why it is missing.
    fn scaled(&self, factor: f64, why_infinite: &str) -> Self {
        if !factor.is_finite() {
            return Self::missing(why_infinite);
        }
        Self {
            value: self.value.map(|v| v * factor),
            ci95: self.ci95.map(|c| c.map(|v| v * factor)),
            reason: self.reason.clone(),
        }
    }
}

/// Everything a run found.
#[derive(Debug, Clone, Serialize)]
pub struct RunResult {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Program, version, commit.
    pub program: Program,
    /// Time of the run's start, UTC.
    pub created_utc: String,
    /// `quick` (indicative) or `standard`.
    pub protocol: String,
    /// Whether the run was broken off.
    pub interrupted: bool,
    /// The machine.
    pub machine: Machine,
    /// What ran the workloads.
    pub engine: EngineInfo,
    /// What measured the energy.
    pub meter: MeterReport,
    /// The brain's constants.
    pub brain: Brain,
    /// The workloads that were completed.
    pub workloads: Vec<Workload>,
    /// The workloads that were not, and why.
    pub failures: Vec<Failure>,
}

/// The program.
#[derive(Debug, Clone, Serialize)]
pub struct Program {
    /// `spikewatt`.
    pub name: String,
    /// Version.
    pub version: String,
    /// Git commit it was built from, or `unknown`.
    pub git_commit: String,
}

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Operating system.
    pub os: String,
    /// Processor.
    pub cpu: String,
    /// Logical processors.
    pub logical_cpus: usize,
    /// Memory, bytes; null if the system does not tell.
    pub memory_bytes: Option<u64>,
}

/// The engine.
#[derive(Debug, Clone, Serialize)]
pub struct EngineInfo {
    /// `gpu` (through an adapter) or `cpu`.
    pub kind: &'static str,
    /// Whether a GPU did the work.
    pub is_gpu: bool,
    /// What nobody must take for a GPU's figures; empty for a GPU.
    pub stamp: String,
    /// Threads of the CPU engine; null for an adapter.
    pub threads: Option<usize>,
    /// The adapter; null for the CPU engine.
    pub adapter: Option<AdapterReport>,
    /// Why this engine, if not the preferred one.
    pub note: Option<String>,
}

/// An adapter.
#[derive(Debug, Clone, Serialize)]
pub struct AdapterReport {
    /// Name.
    pub name: String,
    /// Graphics API.
    pub backend: String,
    /// Kind.
    pub kind: crate::engine::gpu::AdapterKind,
    /// Driver and version.
    pub driver: String,
    /// PCI bus id, if known.
    pub pci_bus_id: Option<String>,
}

/// The meter.
#[derive(Debug, Clone, Serialize)]
pub struct MeterReport {
    /// Name; null without a meter.
    pub name: Option<String>,
    /// `measured`, `estimated` or `assumed`; null without a meter.
    pub provenance: Option<&'static str>,
    /// What it sees; null without a meter.
    pub scope: Option<&'static str>,
    /// Power of the quiet machine, W.
    pub idle_power_w: Quantity,
    /// Why there is no meter and how to get one; null with a meter.
    pub how_to_get_one: Option<String>,
}

/// A completed workload.
#[derive(Debug, Clone, Serialize)]
pub struct Workload {
    /// Scenario, with its variant.
    pub scenario: String,
    /// Version of the scenario.
    pub scenario_version: u32,
    /// Hash of its text.
    pub scenario_hash: String,
    /// Factor on the neuron numbers.
    pub scale: f64,
    /// `exact`: the checksum is the same on every engine.
    pub class: crate::neuron::Class,
    /// `poisson`, `dc` or `none`.
    pub drive: crate::scenario::DriveKind,
    /// What must be read with the figures; empty for a GPU.
    pub stamp: String,
    /// How it was run.
    pub plan: String,
    /// Where the time went, pass by pass, if that was asked for and the device can tell.
    pub passes: Vec<PassTime>,
    /// Seed.
    pub seed: u64,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Uncounted biological time, ms.
    pub transient_ms: f64,
    /// Counted biological time, ms.
    pub bio_ms: f64,
    /// Wall time to build network and engine, s.
    pub build_s: f64,
    /// Wall time of every repetition, s.
    pub wall_s: Vec<f64>,
    /// Realtime factor: wall / biological time, median of the repetitions.
    pub realtime_factor: f64,
    /// Neuron updates per repetition.
    pub updates: u64,
    /// Spikes per repetition.
    pub spikes: u64,
    /// Spikes sent over recurrent synapses per repetition.
    pub synaptic_events: u64,
    /// External Poisson arrivals per repetition.
    pub external_events: u64,
    /// Rates per population.
    pub populations: Vec<PopulationRate>,
    /// Order-independent checksum of all spikes of a repetition, 16 hexadecimal digits.
    pub spike_checksum: String,
    /// Energy.
    pub energy: Energy,
    /// Comparison with the brain; null without energy.
    pub brain: Option<Comparison>,
}

/// Rate of a population.
#[derive(Debug, Clone, Serialize)]
pub struct PopulationRate {
    /// Name.
    pub name: String,
    /// Neurons.
    pub neurons: u32,
    /// Spikes.
    pub spikes: u64,
    /// Mean rate, Hz.
    pub rate_hz: f64,
}

/// Energy of a workload. `gross` is all the device drew, `net` gross minus idle power x duration.
#[derive(Debug, Clone, Serialize)]
pub struct Energy {
    /// Provenance of every figure below; null without a meter.
    pub provenance: Option<&'static str>,
    /// Windows measured.
    pub windows: usize,
    /// Mean power, W.
    pub power_w: Quantity,
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
}

/// A machine beside the brain.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The brain's energy per spike, J.
    pub brain_j_per_spike: Derived,
    /// The brain's energy per synaptic event, J.
    pub brain_j_per_synaptic_event: Derived,
    /// Gross energy per spike as a multiple of the brain's; null without spikes.
    pub spike_multiple: Option<Derived>,
    /// Gross energy per synaptic event as a multiple of the brain's; null without synapses.
    pub synaptic_event_multiple: Option<Derived>,
    /// How many brains the machine's power would feed.
    pub brains: f64,
    /// How many LED bulbs.
    pub led_bulbs: f64,
    /// How many incandescent bulbs.
    pub incandescent_bulbs: f64,
}

/// A workload that was not completed.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Scenario.
    pub scenario: String,
    /// Why.
    pub reason: String,
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let system = sysinfo::System::new().ok().map(|mut s| {
            s.refresh_memory();
            s.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
            s
        });
        let cpu = system.as_ref().and_then(|s| s.cpus().first().map(|c| c.brand().trim().to_owned())).filter(|b| !b.is_empty());
        Self {
            os: sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
            cpu: cpu.unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH)),
            logical_cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_bytes: system.map(|s| s.total_memory()).filter(|m| *m > 0),
        }
    }
}

impl Program {
    /// This program.
    pub fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            git_commit: env!("SPIKEWATT_GIT_COMMIT").into(),
        }
    }
}

impl EngineInfo {
    /// The host's engine.
    pub fn of(host: &Host) -> Self {
        Self {
            kind: if host.adapter().is_some() { "gpu" } else { "cpu" },
            is_gpu: host.is_gpu(),
            stamp: host.stamp().into(),
            threads: host.adapter().is_none().then(rayon::current_num_threads),
            adapter: host.adapter().map(|a| AdapterReport {
                name: a.name.clone(),
                backend: a.backend.clone(),
                kind: a.kind,
                driver: a.driver.clone(),
                pci_bus_id: a.pci_bus_id.clone(),
            }),
            note: host.note.clone(),
        }
    }
}

/// What a workload was, for [`Workload::new`].
#[derive(Debug)]
pub struct Ran<'a> {
    /// The network.
    pub network: &'a Network,
    /// How it was run.
    pub plan: String,
    /// Where the time went.
    pub passes: Vec<PassTime>,
    /// Uncounted biological time, ms.
    pub transient_ms: f64,
    /// Counted biological time, ms.
    pub bio_ms: f64,
    /// Wall time to build it, s.
    pub build_s: f64,
    /// What was measured.
    pub measurement: &'a Measurement,
    /// The meter, or why there is none.
    pub meter: Result<&'a MeterInfo, &'a str>,
    /// Idle power, W, or why it is unknown.
    pub idle_power_w: &'a Quantity,
    /// Stamp of the host.
    pub stamp: &'a str,
}

impl Workload {
    /// Puts a workload's figures together.
    pub fn new(ran: &Ran<'_>, brain: &Brain) -> Self {
        let (network, m) = (ran.network, ran.measurement);
        let counts = &m.counts;
        let updates = network.neurons() * counts.steps;
        let energy = Energy::new(ran, updates);
        let populations = network
            .populations
            .iter()
            .zip(&counts.spikes)
            .map(|(p, spikes)| PopulationRate {
                name: p.name.clone(),
                neurons: p.size,
                spikes: *spikes,
                rate_hz: *spikes as f64 / f64::from(p.size) / ran.bio_ms * 1e3,
            })
            .collect();
        Self {
            scenario: network.scenario.name.clone(),
            scenario_version: network.scenario.version,
            scenario_hash: network.scenario.hash.clone(),
            scale: network.scenario.scale,
            class: network.class(),
            drive: network.scenario.drive,
            stamp: ran.stamp.into(),
            plan: ran.plan.clone(),
            passes: ran.passes.clone(),
            seed: network.seed,
            neurons: network.neurons(),
            synapses: network.synapses(),
            dt_ms: network.scenario.dt_ms,
            transient_ms: ran.transient_ms,
            bio_ms: ran.bio_ms,
            build_s: ran.build_s,
            wall_s: m.wall_s.clone(),
            realtime_factor: median(&m.wall_s).unwrap_or(f64::NAN) / ran.bio_ms * 1e3,
            updates,
            spikes: counts.total_spikes(),
            synaptic_events: counts.synaptic_events,
            external_events: counts.total_external(),
            populations,
            spike_checksum: format!("{:016x}", counts.checksum),
            brain: Comparison::new(&energy, brain),
            energy,
        }
    }
}

impl Energy {
    fn new(ran: &Ran<'_>, updates: u64) -> Self {
        let m = ran.measurement;
        let reason = match (ran.meter, &m.meter_failure) {
            (Err(_), _) => Some("no meter".to_owned()),
            (Ok(_), Some(failure)) => Some(format!("the meter failed: {failure}")),
            _ => None,
        };
        let per_repetition = |f: &dyn Fn(&crate::bench::WindowMeasurement) -> f64| match &reason {
            Some(reason) => Quantity::missing(reason.clone()),
            None => Quantity::of(&m.windows.iter().map(f).collect::<Vec<_>>()),
        };
        let power_w = per_repetition(&|w| w.energy.energy_j / w.energy.duration_s);
        let gross_j = per_repetition(&|w| w.energy.energy_j / f64::from(w.repetitions));
        let net_j = match (ran.idle_power_w.value, &reason) {
            (_, Some(reason)) => Quantity::missing(reason.clone()),
            (None, None) => Quantity::missing(ran.idle_power_w.reason.clone().unwrap_or_else(|| "no idle baseline".into())),
            (Some(idle), None) => {
                per_repetition(&|w| (w.energy.energy_j - idle * w.energy.duration_s) / f64::from(w.repetitions))
            }
        };
        let per = |q: &Quantity, n: u64, what: &str| q.scaled(1.0 / n as f64, what);
        let (spikes, events) = (m.counts.total_spikes(), m.counts.synaptic_events);
        let (no_spikes, no_events) = ("there were no spikes", "the workload has no synaptic events");
        Self {
            provenance: if reason.is_none() { ran.meter.ok().map(|i| i.provenance.word()) } else { None },
            windows: m.windows.len(),
            gross_j_per_update: per(&gross_j, updates, "there were no updates"),
            gross_j_per_spike: per(&gross_j, spikes, no_spikes),
            gross_j_per_synaptic_event: per(&gross_j, events, no_events),
            net_j_per_update: per(&net_j, updates, "there were no updates"),
            net_j_per_spike: per(&net_j, spikes, no_spikes),
            net_j_per_synaptic_event: per(&net_j, events, no_events),
            power_w,
            gross_j,
            net_j,
        }
    }
}

impl Comparison {
    fn new(energy: &Energy, brain: &Brain) -> Option<Self> {
        let power = energy.power_w.value?;
        let (spike, event) = (brain.j_per_spike(), brain.j_per_synaptic_event());
        Some(Self {
            brain_j_per_spike: spike,
            brain_j_per_synaptic_event: event,
            spike_multiple: energy.gross_j_per_spike.value.map(|v| spike.multiples(v)),
            synaptic_event_multiple: energy.gross_j_per_synaptic_event.value.map(|v| event.multiples(v)),
            brains: power / brain.power_w.value,
            led_bulbs: power / brain.led_bulb_w.value,
            incandescent_bulbs: power / brain.incandescent_bulb_w.value,
        })
    }
}
