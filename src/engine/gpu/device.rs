//! Adapters and devices.

use std::sync::{Arc, Mutex};

use crate::engine::plan::{AdapterLimits, Quirks};
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
}

/// Every adapter of this machine, best first: discrete, integrated, virtual, other, software; native APIs before OpenGL.
pub fn adapters() -> Vec<FoundAdapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    // No validation of indirect calls or debugging layers: they cost time and lower limits, and tests cover what they check.
    descriptor.flags = wgpu::InstanceFlags::empty();
    let instance = wgpu::Instance::new(descriptor);
    let mut found: Vec<FoundAdapter> = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
        .into_iter()
        .filter(|a| a.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS))
        .map(|adapter| FoundAdapter { description: describe(&adapter.get_info()), adapter })
        .collect();
    found.sort_by_key(|a| (a.description.kind, a.description.backend == "OpenGL"));
    found
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
            quirks: match self.description.kind {
                AdapterKind::Software => Quirks::SOFTWARE,
                _ => Quirks::NONE,
            },
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
        let fault = Fault::default();
        let slot = fault.clone();
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| slot.set(e.to_string())));
        let slot = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                slot.set(format!("the device was lost: {message}"));
            }
        });
        Ok(Device { device, queue, fault, description: self.description.clone() })
    }
}

/// The first fault a device reported.
#[derive(Debug, Clone, Default)]
struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn set(&self, message: String) {
        if let Ok(mut slot) = self.0.lock() {
            slot.get_or_insert(message);
        }
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    fault: Fault,
    /// The adapter it belongs to.
    pub description: AdapterDescription,
}

impl Device {
    /// Whether the device has failed since it was opened.
    ///
    /// # Errors
    /// [`Error::TooBig`] for exhausted memory, else [`Error::Internal`].
    pub(super) fn check(&self) -> Result<()> {
        let fault = self.fault.0.lock().ok().and_then(|f| f.clone());
        match fault {
            None => Ok(()),
            Some(message) if message.to_lowercase().contains("out of memory") => {
                let too_big = TooBig::new(format!("{} ran out of memory", self.description.name)).or(Remedy::LessMemory);
                Err(too_big.or(Remedy::CpuEngine).or(Remedy::Smaller).into())
            }
            Some(message) => Err(Error::Internal(format!("{}: {message}", self.description.name))),
        }
    }
}
