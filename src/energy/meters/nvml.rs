//! NVIDIA GPUs through NVML, which is loaded at run time if the driver brings it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use nvml_wrapper::enum_wrappers::device::{Clock as NvmlClock, TemperatureSensor};
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id;
use nvml_wrapper::{Device, Nvml};

use super::super::meter::now;
use super::MeterKind;
use super::nvidia_facts::{Company, CrossCheck, accuracy, attention, scope};
use super::pci::same_bus;
use crate::energy::{Clock, Condition, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Site, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "nvml",
    name: "NVIDIA GPU (NVML)",
    rank: 30,
    why: "the GPU's own meter",
    missed_by: &[Site::Gpu],
    find: Some(|id| Nvidia::open(id).map(|m| Box::new(m) as _)),
};

/// Which of NVML's figures is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The total-energy counter (Volta and later).
    Counter { start_mj: u64 },
    /// Power now.
    Instant,
    /// Power averaged by the driver, over a second on most GPUs.
    Average,
}

/// An NVIDIA GPU: its total-energy counter where it has one, else its instantaneous power, else its average power.
#[derive(Debug)]
pub(crate) struct Nvidia {
    nvml: Nvml,
    index: u32,
    info: MeterInfo,
    source: Source,
    company: Company,
    check: CrossCheck,
}

/// Who was on NVIDIA's GPUs before this program opened one.
static BEFORE: Mutex<Option<BTreeSet<u32>>> = Mutex::new(None);

/// The processes that use this machine's GPUs beside this program.
#[derive(Debug)]
pub struct Bystanders;

impl Bystanders {
    /// Remembers who is there, once; to be called before an adapter is opened.
    pub fn remember() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        before.get_or_insert_with(|| {
            let Ok(nvml) = Nvml::init() else { return BTreeSet::new() };
            let devices = (0..nvml.device_count().unwrap_or(0)).filter_map(|i| nvml.device_by_index(i).ok());
            devices.flat_map(|device| processes(&device)).collect()
        });
    }
}

/// Processes on a device, by the numbers NVML tells.
fn processes(device: &Device<'_>) -> BTreeSet<u32> {
    let compute = device.running_compute_processes().unwrap_or_default();
    let graphics = device.running_graphics_processes().unwrap_or_default();
    compute.iter().chain(&graphics).map(|p| p.pid).collect()
}

impl Nvidia {
    /// Opens the GPU with a PCI bus id, or the only one there is.
    pub(crate) fn open(pci_bus_id: Option<&str>) -> Result<Self, String> {
        let nvml = Nvml::init().map_err(|e| format!("no NVIDIA driver library ({e})"))?;
        let count = nvml.device_count().map_err(|e| format!("NVML does not answer: {e}"))?;
        let index = match pci_bus_id {
            Some(id) => index_of(&nvml, count, id).ok_or_else(|| format!("no NVIDIA GPU at PCI bus id {id}"))?,
            None if count == 1 => 0,
            None => return Err(format!("{count} NVIDIA GPUs, and the adapter does not tell its PCI bus id")),
        };
        let (info, source) = {
            let device = nvml.device_by_index(index).map_err(|e| format!("NVML does not open GPU {index}: {e}"))?;
            let name = device.name().unwrap_or_else(|_| "NVIDIA GPU".into());
            let source = source(&device).map_err(|e| format!("{name} tells neither energy nor power: {e}"))?;
            (describe(&device, &name, source), source)
        };
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
        Ok(Self { nvml, index, info, source, company: Company::after(before), check: CrossCheck::default() })
    }
}

/// The GPU at a PCI bus id.
fn index_of(nvml: &Nvml, count: u32, id: &str) -> Option<u32> {
    (0..count).find(|i| nvml.device_by_index(*i).and_then(|d| d.pci_info()).is_ok_and(|p| same_bus(&p.bus_id, id)))
}

/// Free memory of the NVIDIA GPU at a PCI bus id, bytes.
#[cfg(feature = "gpu")]
pub(crate) fn free_bytes(pci_bus_id: &str) -> Option<u64> {
    let nvml = Nvml::init().ok()?;
    let index = index_of(&nvml, nvml.device_count().ok()?, pci_bus_id)?;
    let memory = nvml.device_by_index(index).ok()?.memory_info().ok()?;
    Some(memory.free)
}

fn source(device: &Device<'_>) -> Result<Source, NvmlError> {
    if let Ok(start_mj) = device.total_energy_consumption() {
        return Ok(Source::Counter { start_mj });
    }
    match instant_mw(device) {
        Ok(_) => Ok(Source::Instant),
        Err(_) => device.power_usage().map(|_| Source::Average),
    }
}

/// Power now, mW.
fn instant_mw(device: &Device<'_>) -> Result<f64, NvmlError> {
    let fields = device.field_values_for(&[FieldId(field_id::NVML_FI_DEV_POWER_INSTANT)])?;
    let sample = fields.into_iter().next().ok_or(NvmlError::NotSupported)??;
    match sample.value? {
        SampleValue::U32(mw) => Ok(f64::from(mw)),
        SampleValue::U64(mw) => Ok(mw as f64),
        _ => Err(NvmlError::NotSupported),
    }
}

fn describe(device: &Device<'_>, name: &str, source: Source) -> MeterInfo {
    let (what, tier) = match source {
        Source::Counter { .. } => ("total-energy counter", Tier::EnergyCounter),
        Source::Instant => ("instantaneous power", Tier::SampledPower),
        Source::Average => ("average power", Tier::SampledPower),
    };
    let mut info = MeterInfo::new(KIND.word, format!("NVML {what} of {name}"), tier, scope(name));
    info.resolution = Some(1e-3);
    info.attention = attention(name);
    if info.attention < 1.0 {
        info.notes.push(format!(
            "its sensor looks about {:.0} % of the time (arXiv:2312.02741): only steady loads and long windows are measured well",
            100.0 * info.attention
        ));
    }
    if info.scope == Scope::Module {
        info.notes.push("on this board NVML may show the module's power, processor and memory included".into());
    }
    info.accuracy = Some(accuracy(name));
    if let Ok(limits) = device.power_management_limit_constraints() {
        // Short excursions beyond the limit are real; twice the limit is not.
        info.plausible_w = (0.0, 2.0 * f64::from(limits.max_limit) * 1e-3);
    }
    if device.mig_mode().is_ok_and(|m| m.current == 1) || device.mig_is_mig_device_handle().unwrap_or(false) {
        info.unquotable = Some(
            "MIG is on: the figures belong to the whole card, all of its instances together, and cannot be charged to one".into(),
        );
    }
    info.unquotable = info.unquotable.take().or_else(|| sharing(device));
    info
}

/// Whose energy the figures hold, where the card is shared with virtual machines.
#[cfg(target_os = "linux")]
fn sharing(device: &Device<'_>) -> Option<String> {
    use nvml_wrapper::enum_wrappers::device::GpuVirtualizationMode;
    match device.virtualization_mode().ok()? {
        GpuVirtualizationMode::Vgpu => {
            Some("this is a virtual GPU: the figures belong to the whole card, all of its guests together".into())
        }
        GpuVirtualizationMode::HostVgpu | GpuVirtualizationMode::HostVsga => {
            Some("the card is shared with virtual machines: the figures belong to all of them together".into())
        }
        _ => None,
    }
}

/// NVML tells it on Linux only.
#[cfg(not(target_os = "linux"))]
fn sharing(_: &Device<'_>) -> Option<String> {
    None
}

impl Meter for Nvidia {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let failed = |e: NvmlError| match e {
            NvmlError::GpuLost | NvmlError::Uninitialized => MeterError::gone(format!("NVML: {e}")),
            e => MeterError::passing(format!("NVML: {e}")),
        };
        let device = self.nvml.device_by_index(self.index).map_err(failed)?;
        let reading = match self.source {
            // Negative after a reset of the counter, which the trace notices.
            Source::Counter { start_mj } => {
                let counter_j = (device.total_energy_consumption().map_err(failed)? as f64 - start_mj as f64) * 1e-3;
                // The sensor beside it, now and then: which of two that disagree is wrong only another meter can tell.
                let now_s = clock.now_s();
                if self.check.is_due(now_s)
                    && let Ok(power_w) = instant_mw(&device).or_else(|_| device.power_usage().map(f64::from)).map(|mw| mw * 1e-3)
                {
                    self.check.take(now_s, counter_j, power_w);
                }
                Reading::EnergyJ(counter_j)
            }
            Source::Instant => Reading::PowerW(instant_mw(&device).map_err(failed)? * 1e-3),
            Source::Average => Reading::PowerW(f64::from(device.power_usage().map_err(failed)?) * 1e-3),
        };
        Ok(now(clock, reading))
    }

    fn condition(&mut self) -> Option<Condition> {
        let device = self.nvml.device_by_index(self.index).ok()?;
        let others = self.company.others(&processes(&device), std::process::id());
        let throttling = device.current_throttle_reasons().map(|r| {
            let names = r.iter_names().map(|(name, _)| name.to_lowercase().replace('_', " "));
            names.filter(|n| !["gpu idle", "none"].contains(&n.as_str())).collect()
        });
        Some(Condition {
            temperature_c: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
            core_clock_mhz: device.clock_info(NvmlClock::SM).ok().map(f64::from),
            memory_clock_mhz: device.clock_info(NvmlClock::Memory).ok().map(f64::from),
            power_limit_w: device.enforced_power_limit().ok().map(|mw| f64::from(mw) * 1e-3),
            throttling: throttling.unwrap_or_default(),
            other_processes: others.into_iter().map(|pid| format!("process {pid}")).collect(),
            counter_over_power: self.check.ratio(),
        })
    }
}
