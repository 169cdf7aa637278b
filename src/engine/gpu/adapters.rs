//! Adapters: what there are, what they can do, and the opening of one.

use std::sync::{Arc, OnceLock};

use super::device::Device;
use super::memory::free_bytes;
use super::self_check;
use crate::engine::plan::device_model::DeviceModel;
use crate::engine::plan::{AdapterLimits, AdapterMemory, Barred, Quirks};
use crate::engine::{AdapterDescription, AdapterKind};
use crate::error::{Error, Result};
use crate::message;
use crate::message::{Message, Term};

/// An adapter that can be opened.
#[derive(Debug, Clone)]
pub struct FoundAdapter {
    /// What it is.
    pub description: AdapterDescription,
    adapter: wgpu::Adapter,
    /// What found it, for whoever draws on a window.
    #[cfg(feature = "window")]
    instance: wgpu::Instance,
    /// Memory of its own that was free when somebody asked first, bytes.
    free: Arc<OnceLock<Option<u64>>>,
    /// What its self-check bars, once it has been opened.
    barred: Arc<OnceLock<Barred>>,
    /// Whether only that is used which WebGPU guarantees.
    least: bool,
    /// Whether a driver grants no device any more, as a test demands.
    #[cfg(test)]
    pub(super) vanished: bool,
}

/// How much of the memory a driver grants is used, per cent.
const BUDGET_PERCENT: u8 = 90;

/// Storage buffers that the passes bind at most.
pub(super) const STORAGE_BUFFERS: u32 = 8;

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
    found_by(&wgpu::Instance::new(descriptor()))
}

/// The same for drawing on a display: OpenGL must know it beforehand.
#[cfg(feature = "window")]
pub(crate) fn adapters_on(display: winit::event_loop::OwnedDisplayHandle) -> Vec<FoundAdapter> {
    found_by(&wgpu::Instance::new(descriptor().with_display_handle(Box::new(display))))
}

fn found_by(instance: &wgpu::Instance) -> Vec<FoundAdapter> {
    let mut found: Vec<FoundAdapter> = enumerate(instance)
        .into_iter()
        .filter(|adapter| missing(adapter).is_none())
        .map(|adapter| FoundAdapter {
            description: describe(&adapter.get_info()),
            adapter,
            #[cfg(feature = "window")]
            instance: instance.clone(),
            free: Arc::default(),
            barred: Arc::default(),
            least: false,
            #[cfg(test)]
            vanished: false,
        })
        .collect();
    found.sort_by_key(|a| (a.description.kind, a.description.backend == "OpenGL"));
    found
}

/// The others, with what they lack.
pub fn unusable_adapters() -> Vec<(AdapterDescription, String)> {
    let lacks = |adapter: wgpu::Adapter| missing(&adapter).map(|why| (describe(&adapter.get_info()), why));
    enumerate(&wgpu::Instance::new(descriptor())).into_iter().filter_map(lacks).collect()
}

fn descriptor() -> wgpu::InstanceDescriptor {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    // No validation of indirect calls or debugging layers: they cost time and lower limits, and tests cover what they check.
    descriptor.flags = wgpu::InstanceFlags::empty();
    // Where drivers tell a budget, a buffer beyond it is refused instead of moved to the machine's memory, where everything crawls.
    descriptor.memory_budget_thresholds.for_resource_creation = Some(BUDGET_PERCENT);
    descriptor
}

fn enumerate(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
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
    found.into_iter().find(|a| is_meant(&a.description, wanted)).ok_or_else(|| {
        let mut none = message!("no adapter matches ", Term::Adapter, format!(" \"{wanted}\"; "));
        none.push(list);
        Error::NoAdapter(none)
    })
}

/// Whether a user's text means an adapter.
fn is_meant(d: &AdapterDescription, text: &str) -> bool {
    let lower = text.to_lowercase();
    [&d.name, &d.backend, &d.driver].into_iter().any(|s| s.to_lowercase().contains(&lower))
}

/// Each device once, whichever drivers offer it besides: the first of them.
pub(crate) fn each_once(found: Vec<FoundAdapter>) -> Vec<FoundAdapter> {
    let once = places_of_each(&found.iter().map(|a| &a.description).collect::<Vec<_>>());
    found.into_iter().enumerate().filter(|(i, _)| once.contains(i)).map(|(_, adapter)| adapter).collect()
}

fn places_of_each(found: &[&AdapterDescription]) -> Vec<usize> {
    let mut once: Vec<usize> = Vec::new();
    for (i, d) in found.iter().enumerate() {
        // Two cards of a kind have one name, too, but not through two drivers.
        let same = |other: &usize| match (&d.pci_bus_id, &found[*other].pci_bus_id) {
            (Some(a), Some(b)) => a == b,
            _ => d.name == found[*other].name && d.backend != found[*other].backend,
        };
        if !once.iter().any(same) {
            once.push(i);
        }
    }
    once
}

/// The adapter of one of several processes, by its number: of all that are meant, or without a text of all GPUs, or of all software adapters where
/// there is no GPU, one after the other.
///
/// # Errors
/// Those of [`choose`].
pub(crate) fn choose_one_of(found: Vec<FoundAdapter>, substring: Option<&str>, number: usize) -> Result<FoundAdapter> {
    let best = found.first().is_some_and(|a| a.description.kind != AdapterKind::Software);
    let meant = |a: &FoundAdapter| match substring {
        Some(text) => is_meant(&a.description, text),
        None => !best || a.description.kind != AdapterKind::Software,
    };
    let all = each_once(found.iter().filter(|a| meant(a)).cloned().collect());
    match all.len() {
        0 => choose(found, substring),
        n => Ok(all[number % n].clone()),
    }
}

impl FoundAdapter {
    /// The same adapter with no more than WebGPU guarantees everywhere: 8 storage buffers, bindings of 128 MiB, workgroups of 256 threads and
    /// 16 KiB, no optional feature.
    pub fn within_guaranteed_limits(&self) -> Self {
        Self { least: true, barred: Arc::default(), ..self.clone() }
    }

    fn granted(&self) -> (wgpu::Features, wgpu::Limits) {
        let optional = wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_INT64;
        match self.least {
            true => (wgpu::Features::empty(), wgpu::Limits::default()),
            false => (self.adapter.features() & optional, self.adapter.limits()),
        }
    }

    /// Limits a plan needs.
    pub fn limits(&self) -> AdapterLimits {
        let (features, l) = self.granted();
        let barred = self.barred.get().copied().unwrap_or_default();
        AdapterLimits {
            binding_bytes: l.max_storage_buffer_binding_size,
            buffer_bytes: l.max_buffer_size,
            workgroup_size: l.max_compute_invocations_per_workgroup.min(l.max_compute_workgroup_size_x),
            storage_buffers: l.max_storage_buffers_per_shader_stage,
            uniform_bytes: l.max_uniform_buffer_binding_size,
            subgroup_size: self.subgroup_size().filter(|_| !barred.subgroups),
            wide_integers: features.contains(wgpu::Features::SHADER_INT64) && !barred.wide_integers,
            memory: self.memory(),
            barred,
            device: DeviceModel::of(&self.description.name, self.description.kind == AdapterKind::Integrated),
            quirks: match self.description.kind {
                AdapterKind::Software => Quirks::SOFTWARE,
                _ => Quirks { doubtful_barriers: self.description.backend == "Metal", ..Quirks::NONE },
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
        (self.granted().0.contains(wgpu::Features::SUBGROUP) && fixed).then_some(info.subgroup_min_size)
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
        let (required_features, required_limits) = self.granted();
        #[cfg(test)]
        let required_limits = match self.vanished {
            true => wgpu::Limits { max_storage_buffers_per_shader_stage: u32::MAX, ..required_limits },
            false => required_limits,
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("spikewatt"),
            required_features,
            required_limits,
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(self.adapter.request_device(&descriptor)).map_err(|e| {
            Error::Internal(format!(
                "the driver of {} refused a device; if it has just been unplugged or updated, try again: {e}",
                self.description.name
            ))
        })?;
        let device = Device::new(device, queue, self.description.clone())?;
        let barred = self_check::check(&device, &self.limits())?;
        let _ = self.barred.set(barred);
        Ok(device)
    }

    /// The surface of a window.
    ///
    /// # Errors
    /// [`Error::Input`] if this adapter's graphics API has none for it.
    #[cfg(feature = "window")]
    pub(crate) fn surface(&self, window: Arc<winit::window::Window>) -> Result<wgpu::Surface<'static>> {
        let cannot =
            |e: wgpu::CreateSurfaceError| Error::Input(format!("{} cannot draw on this display: {e}", self.description.name));
        self.instance.create_surface(window).map_err(cannot)
    }

    /// What it can do with the surface of a window; nothing if it cannot draw on it.
    #[cfg(feature = "window")]
    pub(crate) fn on_surface(&self, surface: &wgpu::Surface<'_>) -> wgpu::SurfaceCapabilities {
        surface.get_capabilities(&self.adapter)
    }

    /// What its self-check found that bars ways to run, in words; after it has been opened.
    pub fn barred(&self) -> Option<String> {
        self.barred.get().and_then(Barred::words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cards of one kind are told apart by their places on the bus, or because one driver offers both; what two drivers offer is one card.
    #[test]
    fn every_card_counts_once() {
        let of = |name: &str, backend: &str, bus: Option<&str>| AdapterDescription {
            name: name.into(),
            backend: backend.into(),
            kind: AdapterKind::Discrete,
            driver: "a driver".into(),
            pci_bus_id: bus.map(Into::into),
        };
        let all = [
            of("H200", "Vulkan", Some("0000:01:00.0")),
            of("H200", "Vulkan", Some("0000:02:00.0")),
            of("H200", "DX12", Some("0000:02:00.0")),
            of("Intel Xe", "Vulkan", None),
            of("H200", "OpenGL", None),
            of("Intel Xe", "OpenGL", None),
            of("Apple M4", "Metal", None),
            of("Arc", "Vulkan", None),
            of("Arc", "Vulkan", None),
        ];
        let places = places_of_each(&all.iter().collect::<Vec<_>>());
        assert_eq!(places, [0, 1, 3, 6, 7, 8]);
    }

    /// Processes take what is meant in turn: here all adapters of this machine.
    #[test]
    fn processes_take_adapters_in_turn() {
        let found = each_once(adapters());
        let name = |a: &FoundAdapter| (a.description.name.clone(), a.description.backend.clone());
        let one = |number| choose_one_of(adapters(), Some(""), number).map(|a| name(&a)).expect("an adapter");
        for number in 0..2 * found.len() {
            assert_eq!(one(number), name(&found[number % found.len()]));
        }
        let none = choose_one_of(adapters(), Some("nobody's"), 1).expect_err("nobody's").to_string();
        assert!(none.contains("nobody's") && none.contains(&found[0].description.name), "{none}");
    }
}
