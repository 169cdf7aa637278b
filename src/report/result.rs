//! The result file's schema, as types. `assets/result.schema.json` says the same in JSON Schema, and a test holds them together.

use serde::Serialize;

use super::energy::{Energy, MeterReport, PerRepetition};
use crate::bench::{Host, Measurement, MeterAccount};
use crate::brain::{Brain, Counterpart, Derived};
use crate::energy::{Scope, median};
use crate::engine::PassTime;
use crate::network::Network;

/// Version of the schema.
pub const SCHEMA_VERSION: u32 = 4;

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

    /// A number and the half width of its interval.
    pub fn around(value: f64, half_width: f64) -> Self {
        Self { value: Some(value), ci95: Some([value - half_width, value + half_width]), reason: None }
    }

    /// A number with the half width of its interval, if there is one.
    pub fn with_interval(value: f64, half_width: Option<f64>) -> Self {
        match half_width {
            Some(h) => Self::around(value, h),
            None => Self { reason: Some("a single repetition gives no interval".to_owned()), ..Self::exact(value) },
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
    /// `quick` (indicative), `standard` or `publication`.
    pub protocol: String,
    /// Whether the run was broken off.
    pub interrupted: bool,
    /// The machine.
    pub machine: Machine,
    /// What ran the workloads.
    pub engine: EngineInfo,
    /// The meter the verdict rests on.
    pub meter: MeterReport,
    /// The other meters that were read.
    pub other_meters: Vec<MeterReport>,
    /// Workloads in the order in which they were measured; a second round follows the first.
    pub order: Vec<String>,
    /// What the user says of the measurement.
    pub setup: Setup,
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
    /// Energy by the meter the verdict rests on.
    pub energy: Energy,
    /// Energy by the other meters.
    pub other_meters: Vec<Energy>,
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

/// What no program can find out about a measurement.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Setup {
    /// Temperature of the room, degrees Celsius; null if not told.
    pub room_celsius: Option<f64>,
    /// When the deciding meter was calibrated; null if not told.
    pub meter_calibrated: Option<String>,
    /// What its readings are multiplied by; null if nothing.
    pub gain: Option<f64>,
}

/// A machine beside the brain.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Gross joules beside the whole brain, or, of a whole machine, beside the body.
    pub gross: Beside,
    /// Net joules beside the brain's signalling; null without an idle baseline, or where the work takes no more than idleness.
    pub net: Option<Beside>,
    /// How many brains the machine's power would feed.
    pub brains: f64,
    /// How many bodies with a brain.
    pub bodies: f64,
    /// How many LED bulbs.
    pub led_bulbs: f64,
    /// How many incandescent bulbs.
    pub incandescent_bulbs: f64,
}

/// A machine's joules beside those of a counterpart.
#[derive(Debug, Clone, Serialize)]
pub struct Beside {
    /// What they are compared with.
    pub counterpart: Counterpart,
    /// Its energy per spike, J.
    pub j_per_spike: Derived,
    /// Its energy per synaptic event, J.
    pub j_per_synaptic_event: Derived,
    /// The machine's energy per spike as a multiple of that; null without spikes.
    pub spike_multiple: Option<Derived>,
    /// The machine's energy per synaptic event as a multiple of that; null without synapses.
    pub synaptic_event_multiple: Option<Derived>,
}

impl Beside {
    fn new(brain: &Brain, counterpart: Counterpart, per_spike: Option<f64>, per_event: Option<f64>) -> Self {
        let (spike, event) = (brain.j_per_spike(counterpart), brain.j_per_synaptic_event(counterpart));
        Self {
            counterpart,
            j_per_spike: spike,
            j_per_synaptic_event: event,
            spike_multiple: per_spike.map(|v| spike.multiples(v)),
            synaptic_event_multiple: per_event.map(|v| event.multiples(v)),
        }
    }
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
    /// Stamp of the host.
    pub stamp: &'a str,
}

impl Workload {
    /// Puts a workload's figures together.
    pub fn new(ran: &Ran<'_>) -> Self {
        let (network, m) = (ran.network, ran.measurement);
        let wall_s = &m.observation.wall_s;
        let counts = &m.counts;
        let updates = network.neurons() * counts.steps;
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
            wall_s: wall_s.clone(),
            realtime_factor: median(wall_s).unwrap_or(f64::NAN) / ran.bio_ms * 1e3,
            updates,
            spikes: counts.total_spikes(),
            synaptic_events: counts.synaptic_events,
            external_events: counts.total_external(),
            populations,
            spike_checksum: format!("{:016x}", counts.checksum),
            energy: Energy::missing("no meter"),
            other_meters: Vec::new(),
            brain: None,
        }
    }

    /// Sets the wall times of all repetitions.
    pub fn time(&mut self, wall_s: &[f64]) {
        self.wall_s = wall_s.to_vec();
        self.realtime_factor = median(wall_s).unwrap_or(f64::NAN) / self.bio_ms * 1e3;
    }

    /// Puts in what the meters say, the one at `chosen` first.
    pub fn charge(&mut self, meters: &[MeterAccount], chosen: Option<usize>, brain: &Brain) {
        let steps = self.updates / self.neurons.max(1);
        let per = PerRepetition { steps, neurons: self.neurons };
        let mut figures: Vec<Energy> = meters.iter().map(|m| Energy::new(m, per)).collect();
        self.energy = chosen.map_or_else(|| Energy::missing("no meter"), |i| figures.remove(i));
        self.other_meters = figures;
        let scope = chosen.map(|i| meters[i].info.scope);
        self.brain = scope.and_then(|scope| Comparison::new(&self.energy, scope, brain));
    }
}

impl Comparison {
    fn new(energy: &Energy, scope: Scope, brain: &Brain) -> Option<Self> {
        let power = energy.power_w.value?;
        let whole = match scope {
            Scope::Wall | Scope::Battery => Counterpart::Body,
            Scope::GpuBoard | Scope::CpuPackage | Scope::Chip | Scope::Module => Counterpart::Brain,
        };
        // Work that takes no more than idleness has no counterpart.
        let net = energy.net_j_per_spike.value.or(energy.net_j_per_synaptic_event.value).filter(|j| *j > 0.0);
        Some(Self {
            gross: Beside::new(brain, whole, energy.gross_j_per_spike.value, energy.gross_j_per_synaptic_event.value),
            net: net.map(|_| {
                let (spike, event) = (energy.net_j_per_spike.value, energy.net_j_per_synaptic_event.value);
                Beside::new(brain, Counterpart::Signalling, spike, event)
            }),
            brains: power / brain.power_w.value,
            bodies: power / brain.power(Counterpart::Body).default,
            led_bulbs: power / brain.led_bulb_w.value,
            incandescent_bulbs: power / brain.incandescent_bulb_w.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 W gross and 40 W net over a billion events and a million spikes in a second.
    fn energy(net_w: f64) -> Energy {
        Energy {
            power_w: Quantity::exact(60.0),
            gross_j_per_spike: Quantity::exact(60e-6),
            gross_j_per_synaptic_event: Quantity::exact(60e-9),
            net_j_per_spike: Quantity::exact(net_w * 1e-6),
            net_j_per_synaptic_event: Quantity::exact(net_w * 1e-9),
            ..Energy::missing("a test")
        }
    }

    #[test]
    fn joules_stand_beside_what_pays_for_the_same() {
        let brain = Brain::embedded();
        let default = |m: Option<Derived>| m.expect("a multiple").default;
        for (scope, counterpart, watts) in [
            (Scope::GpuBoard, Counterpart::Brain, 15.0),
            (Scope::Module, Counterpart::Brain, 15.0),
            (Scope::Wall, Counterpart::Body, 75.0),
            (Scope::Battery, Counterpart::Body, 75.0),
        ] {
            let c = Comparison::new(&energy(40.0), scope, &brain).expect("a comparison");
            assert_eq!(c.gross.counterpart, counterpart);
            assert!((default(c.gross.synaptic_event_multiple) / (60e-9 / (watts / 2e14)) - 1.0).abs() < 1e-12);
            assert!((default(c.gross.spike_multiple) / (60e-6 / (watts / 86.1e9)) - 1.0).abs() < 1e-12);
            let net = c.net.expect("an idle baseline");
            assert_eq!(net.counterpart, Counterpart::Signalling);
            assert!((default(net.synaptic_event_multiple) / (40e-9 / (15.0 * 0.7 / 2e14)) - 1.0).abs() < 1e-12);
            assert!((c.brains - 4.0).abs() < 1e-12 && (c.bodies - 0.8).abs() < 1e-12);
        }
        // A meter that shows no more under load than idle.
        assert!(Comparison::new(&energy(-1.0), Scope::GpuBoard, &brain).expect("a comparison").net.is_none());
    }
}
