//! GPUs as plans see them, without having one: for predictions, and for tests of what is planned for them.

use super::device_model::{AMD_RDNA, APPLE, DeviceModel, INTEGRATED, INTEL_ARC, NVIDIA_ADA, NVIDIA_HOPPER, PHONE};
use super::limits::{AdapterLimits, AdapterMemory, Barred, Quirks};

/// A GPU as plans see it, without having one: limits as drivers report them, and what its board draws.
#[derive(Debug, Clone, Copy)]
pub struct KnownDevice {
    /// Its name.
    pub name: &'static str,
    /// What it allows.
    pub limits: AdapterLimits,
    /// Power at which it is expected to run small kernels, and its limit, W.
    pub watts: (f64, f64),
}

/// Devices that plans are tried for.
pub fn known_devices() -> Vec<KnownDevice> {
    let limits = |model: DeviceModel, binding_mib: u64, memory: AdapterMemory| AdapterLimits {
        binding_bytes: binding_mib << 20,
        buffer_bytes: binding_mib << 20,
        workgroup_size: 1024,
        storage_buffers: 16,
        uniform_bytes: 65_536,
        subgroup_size: Some(32),
        wide_integers: true,
        memory,
        barred: Barred::default(),
        device: model,
        quirks: Quirks::NONE,
    };
    let own = |gib: u64| AdapterMemory::Own(Some(gib << 30));
    let metal = Quirks { doubtful_barriers: true, ..Quirks::NONE };
    let narrow = |l: AdapterLimits| AdapterLimits { workgroup_size: 256, subgroup_size: None, wide_integers: false, ..l };
    let known = |name, limits, watts| KnownDevice { name, limits, watts };
    vec![
        known("H100", limits(NVIDIA_HOPPER, 4095, own(78)), (220.0, 700.0)),
        known("RTX 4090", limits(NVIDIA_ADA, 4095, own(23)), (150.0, 450.0)),
        known("RX 7900 XTX", AdapterLimits { subgroup_size: None, ..limits(AMD_RDNA, 4095, own(23)) }, (140.0, 355.0)),
        known("Arc A770", AdapterLimits { subgroup_size: None, ..limits(INTEL_ARC, 4095, own(15)) }, (90.0, 225.0)),
        known(
            "M3 Max",
            AdapterLimits { quirks: metal, ..narrow(limits(APPLE, 4096, AdapterMemory::Own(Some(24 << 30)))) },
            (25.0, 40.0),
        ),
        known("Xe, 96 units", narrow(limits(INTEGRATED, 1024, AdapterMemory::Own(Some(8 << 30)))), (15.0, 20.0)),
        known(
            "telephone",
            AdapterLimits { storage_buffers: 8, ..narrow(limits(PHONE, 128, AdapterMemory::Own(Some(2 << 30)))) },
            (3.0, 5.0),
        ),
    ]
}
