//! Adapters and devices.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::memory::free_bytes;
use super::submission::Seal;
use crate::engine::plan::{AdapterLimits, AdapterMemory, Quirks};
use crate::engine::{AdapterDescription, AdapterKind};
use crate::error::{Error, Remedy, Result, TooBig};
use crate::message;
use crate::message::{Message, Term};

/// An adapter that can be opened.
#[derive(Debug, Clone)]
pub struct FoundAdapter {
    /// What it is.
    pub description: AdapterDescription,
    adapter: wgpu::Adapter,
    /// Memory of its own that was free when somebody asked first, bytes.
    free: OnceLock<Option<u64>>,
}

/// How much of the memory a driver grants is used, per cent.
const BUDGET_PERCENT: u8 = 90;

/// Storage buffers that the passes bind at most.
pub(super) const STORAGE_BUFFERS: u32 = 7;

/// Why an adapter cannot be used, if so.
fn missing(adapter: &wgpu::Adapter) -> Option<String> {
    let (limits, flags) = (adapter.limits(), adapter.get_downlevel_capabilities().flags);
    if !flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
        return Some("it has no compute shaders".into());
    }
    let has = limits.max_storage_buffers_per_shader_stage;
    (has < STORAGE_BUFFERS).then(|| format!("a pass may bind {has} storage buffers, {STORAGE_BUFFERS} are needed"))
}

/// Every adapter of this machine that can be used, best first: discrete, integrated, virtual, other, software; native APIs before OpenGL.
pub fn adapters() -> Vec<FoundAdapter> {
    let mut found: Vec<FoundAdapter> = enumerate()
        .into_iter()
        .filter(|adapter| missing(adapter).is_none())
        .map(|adapter| FoundAdapter { description: describe(&adapter.get_info()), adapter, free: OnceLock::new() })
        .collect();
    found.sort_by_key(|a| (a.description.kind, a.description.backend == "OpenGL"));
    found
}

/// The others, with what they lack.
pub fn unusable_adapters() -> Vec<(AdapterDescription, String)> {
    let lacks = |adapter: wgpu::Adapter| missing(&adapter).map(|why| (describe(&adapter.get_info()), why));
    enumerate().into_iter().filter_map(lacks).collect()
}

fn enumerate() -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    // No validation of indirect calls or debugging layers: they cost time and lower limits, and tests cover what they check.
    descriptor.flags = wgpu::InstanceFlags::empty();
    // Where drivers tell a budget, a buffer beyond it is refused instead of moved to the machine's memory, where everything crawls.
    descriptor.memory_budget_thresholds.for_resource_creation = Some(BUDGET_PERCENT);
    pollster::block_on(wgpu::Instance::new(descriptor).enumerate_adapters(wgpu::Backends::all()))
}

fn describe(info: &wgpu::AdapterInfo) -> AdapterDescription {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
        wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
        wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        // OpenGL does not tell software from hardware, but Mesa's software renderers name themselves.
        wgpu::DeviceType::Other if info.name.contains("llvmpipe") || info.name.contains("softpipe") => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Other,
    };
    let backend = match info.backend {
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "DX12",
        wgpu::Backend::Gl => "OpenGL",
        _ => "other",
    };
    let driver =
        [info.driver.as_str(), info.driver_info.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ");
    AdapterDescription {
        name: info.name.clone(),
        backend: backend.to_owned(),
        kind,
        driver: if driver.is_empty() { "unknown".to_owned() } else { driver },
        pci_bus_id: Some(info.device_pci_bus_id.clone()).filter(|id| !id.is_empty()),
    }
}

/// The adapter to use: the best one, or the best whose name, backend or driver contains a text (case does not matter).
///
/// # Errors
/// [`Error::NoAdapter`] that lists what there is.
pub fn choose(found: Vec<FoundAdapter>, substring: Option<&str>) -> Result<FoundAdapter> {
    let list = if found.is_empty() {
        let none = "no graphics adapter was found; install a driver (Mesa's software one is the package mesa-vulkan-drivers on Debian and Ubuntu) or use ";
        message!(none, Term::CpuEngine)
    } else {
        let names: Vec<String> =
            found.iter().map(|a| format!("\"{}\" ({})", a.description.name, a.description.backend)).collect();
        Message::from(format!("there {} {}", if names.len() == 1 { "is" } else { "are" }, names.join(", ")))
    };
    let Some(wanted) = substring else { return found.into_iter().next().ok_or(Error::NoAdapter(list)) };
    let lower = wanted.to_lowercase();
    let matches = |a: &FoundAdapter| {
        let d = &a.description;
        [&d.name, &d.backend, &d.driver].into_iter().any(|s| s.to_lowercase().contains(&lower))
    };
    found.into_iter().find(matches).ok_or_else(|| {
        let mut none = message!("no adapter matches ", Term::Adapter, format!(" \"{wanted}\"; "));
        none.push(list);
        Error::NoAdapter(none)
    })
}

impl FoundAdapter {
    /// Limits a plan needs.
    pub fn limits(&self) -> AdapterLimits {
        let l = self.adapter.limits();
        AdapterLimits {
            binding_bytes: l.max_storage_buffer_binding_size,
            buffer_bytes: l.max_buffer_size,
            workgroup_size: l.max_compute_invocations_per_workgroup.min(l.max_compute_workgroup_size_x),
            storage_buffers: l.max_storage_buffers_per_shader_stage,
            uniform_bytes: l.max_uniform_buffer_binding_size,
            subgroup_size: self.subgroup_size(),
            wide_integers: self.adapter.features().contains(wgpu::Features::SHADER_INT64),
            memory: self.memory(),
            quirks: match self.description.kind {
                AdapterKind::Software => Quirks::SOFTWARE,
                _ => Quirks::NONE,
            },
        }
    }

    /// Whose memory it fills.
    fn memory(&self) -> AdapterMemory {
        // Apple's GPUs share the processor's memory, whatever they are called.
        let shares = self.description.backend == "Metal";
        match self.description.kind {
            AdapterKind::Software | AdapterKind::Integrated => AdapterMemory::Machine,
            _ if shares => AdapterMemory::Machine,
            _ => AdapterMemory::Own(*self.free.get_or_init(|| free_bytes(&self.description))),
        }
    }

    /// Threads of a subgroup, if the adapter has subgroups and they are always as many.
    fn subgroup_size(&self) -> Option<u32> {
        let info = self.adapter.get_info();
        let fixed = info.subgroup_min_size == info.subgroup_max_size && info.subgroup_min_size >= 4;
        (self.adapter.features().contains(wgpu::Features::SUBGROUP) && fixed).then_some(info.subgroup_min_size)
    }

    /// All limits, for listing.
    pub fn raw_limits(&self) -> wgpu::Limits {
        self.adapter.limits()
    }

    /// Optional features the engine knows of, and whether the adapter has them.
    pub fn optional_features(&self) -> Vec<(&'static str, bool)> {
        let features = self.adapter.features();
        [
            ("subgroups", wgpu::Features::SUBGROUP),
            ("timestamps", wgpu::Features::TIMESTAMP_QUERY),
            ("64-bit integers", wgpu::Features::SHADER_INT64),
        ]
        .into_iter()
        .map(|(name, feature)| (name, features.contains(feature)))
        .collect()
    }

    /// Opens the device with all the adapter's limits and the optional features it has.
    ///
    /// # Errors
    /// [`Error::Internal`] with the driver's words.
    pub fn open(&self) -> Result<Device> {
        let optional = wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_INT64;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("spikewatt"),
            required_features: self.adapter.features() & optional,
            required_limits: self.adapter.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(self.adapter.request_device(&descriptor))
            .map_err(|e| Error::Internal(format!("the driver of {} refused a device: {e}", self.description.name)))?;
        let faults = Faults::default();
        let all = faults.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| {
            all.set(|reported| {
                reported.fault.get_or_insert(e.to_string());
            });
        }));
        let all = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                all.set(|reported| reported.lost = Some(format!("the device was lost: {message}")));
            }
        });
        let seal = Seal::new(&device)?;
        Ok(Device {
            device,
            queue,
            faults,
            seal,
            description: self.description.clone(),
            #[cfg(test)]
            loses: Arc::default(),
            #[cfg(test)]
            refuses: Arc::default(),
        })
    }
}

/// What a device reported and nobody has heard yet.
#[derive(Debug, Clone, Default)]
struct Faults(Arc<Mutex<Reported>>);

#[derive(Debug, Default)]
struct Reported {
    /// The first fault since the last question: it belongs to whoever asks next.
    fault: Option<String>,
    /// Why the device is gone, which is for ever.
    lost: Option<String>,
}

impl Faults {
    fn set(&self, set: impl FnOnce(&mut Reported)) {
        set(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The loss of the device, or the first fault, which is heard by this.
    fn take(&self) -> Option<String> {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.lost.clone().or_else(|| reported.fault.take())
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    faults: Faults,
    pub(super) seal: Seal,
    /// The adapter it belongs to.
    pub description: AdapterDescription,
    /// Whether the next submission that is waited for shall be lost, as by a driver's watchdog.
    #[cfg(test)]
    pub(super) loses: Arc<std::sync::atomic::AtomicBool>,
    /// Whether the next buffers shall be refused for want of memory.
    #[cfg(test)]
    pub(super) refuses: Arc<std::sync::atomic::AtomicBool>,
}

impl Device {
    /// Whether the device has failed since somebody asked last.
    ///
    /// # Errors
    /// [`Error::Internal`] with the driver's words.
    pub(super) fn check(&self) -> Result<()> {
        self.faults.take().map_or(Ok(()), |words| Err(self.fault(words)))
    }

    fn fault(&self, words: impl std::fmt::Display) -> Error {
        Error::Internal(format!("{}: {words}", self.description.name))
    }

    /// Does something that makes buffers and pipelines; what goes wrong on the device while it does belongs to it and to nobody after.
    ///
    /// # Errors
    /// [`Error::TooBig`] if memory runs out, [`Error::Internal`] with the driver's words for other faults, and `make`'s own.
    pub(super) fn making<T>(&self, make: impl FnOnce() -> Result<T>) -> Result<T> {
        let filters = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory];
        let scopes = filters.map(|filter| self.device.push_error_scope(filter));
        let made = make();
        // All of them must be closed, the last one first.
        let faults: Vec<wgpu::Error> = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop())).collect();
        let first = faults.into_iter().next();
        #[cfg(test)]
        let first = match self.refuses.swap(false, std::sync::atomic::Ordering::Relaxed) {
            true => Some(wgpu::Error::OutOfMemory { source: "as a test demands".into() }),
            false => first,
        };
        match first {
            Some(wgpu::Error::OutOfMemory { .. }) => {
                let too_big = TooBig::new(format!("{} ran out of memory", self.description.name)).or(Remedy::LessMemory);
                Err(too_big.or(Remedy::CpuEngine).or(Remedy::Smaller).into())
            }
            Some(e) => Err(self.fault(e)),
            None => made,
        }
    }
}
