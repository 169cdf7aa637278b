//! What elementary work costs on GPUs nobody has measured yet: numbers from data sheets and published measurements, told in
//! `docs/performance.md`. They only have to rank ways to run; `--tune` measures.

/// What elementary work costs on a GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeviceModel {
    /// One dispatch, its start and the barrier after it, us.
    pub dispatch_us: f64,
    /// One access to memory that another has to wait for, out of the second-level cache, us.
    pub access_us: f64,
    /// Processors that each run workgroups of their own.
    pub processors: u32,
    /// Scattered 32-bit additions to a ring buffer in the second-level cache, per us.
    pub additions: f64,
    /// Synapses evaluated anew, per us.
    pub evaluations: f64,
    /// Steps of a neuron with one state variable and a background drive, per us.
    pub updates: f64,
    /// Bytes of the second-level cache.
    pub cache_bytes: f64,
    /// What 64-bit integers do to an update: NVIDIA has the instruction, others make it of many.
    pub wide_integers: f64,
}

/// A desktop GPU of no known kind.
pub const DESKTOP: DeviceModel = DeviceModel {
    dispatch_us: 2.0,
    access_us: 0.15,
    processors: 64,
    additions: 12e3,
    evaluations: 4e3,
    updates: 60e3,
    cache_bytes: 16e6,
    wide_integers: 1.0,
};
/// NVIDIA's, for computing: H100 and its like.
pub const NVIDIA_HOPPER: DeviceModel = DeviceModel {
    dispatch_us: 2.8,
    access_us: 0.25,
    processors: 132,
    additions: 30e3,
    evaluations: 8e3,
    updates: 180e3,
    cache_bytes: 40e6,
    wide_integers: 0.8,
};
/// NVIDIA's, for desktops, of the size of an RTX 4090.
pub const NVIDIA_ADA: DeviceModel = DeviceModel {
    dispatch_us: 1.0,
    access_us: 0.11,
    processors: 128,
    additions: 25e3,
    evaluations: 10e3,
    updates: 155e3,
    cache_bytes: 60e6,
    ..NVIDIA_HOPPER
};
/// AMD's, for desktops, of the size of an RX 7900.
pub const AMD_RDNA: DeviceModel = DeviceModel {
    dispatch_us: 3.0,
    access_us: 0.15,
    processors: 96,
    additions: 12e3,
    evaluations: 6e3,
    updates: 100e3,
    cache_bytes: 80e6,
    wide_integers: 1.0,
};
/// Intel's, for desktops, of the size of an Arc A770.
pub const INTEL_ARC: DeviceModel = DeviceModel {
    dispatch_us: 6.0,
    access_us: 0.2,
    processors: 32,
    additions: 5e3,
    evaluations: 2e3,
    updates: 40e3,
    cache_bytes: 14e6,
    wide_integers: 1.1,
};
/// Apple's, of the size of an M3 Max.
pub const APPLE: DeviceModel = DeviceModel {
    dispatch_us: 4.0,
    access_us: 0.2,
    processors: 40,
    additions: 4e3,
    evaluations: 1.5e3,
    updates: 23e3,
    cache_bytes: 40e6,
    wide_integers: 1.1,
};
/// One that shares a desktop processor's memory, of the size of an Intel Xe with 96 units.
pub const INTEGRATED: DeviceModel = DeviceModel {
    dispatch_us: 6.0,
    access_us: 0.3,
    processors: 12,
    additions: 1e3,
    evaluations: 400.0,
    updates: 7.3e3,
    cache_bytes: 4e6,
    wide_integers: 1.1,
};
/// A telephone's.
pub const PHONE: DeviceModel = DeviceModel {
    dispatch_us: 20.0,
    access_us: 0.4,
    processors: 6,
    additions: 300.0,
    evaluations: 100.0,
    updates: 2e3,
    cache_bytes: 2e6,
    wide_integers: 1.1,
};

impl DeviceModel {
    /// The model of an adapter by what its driver calls it.
    pub fn of(name: &str, integrated: bool) -> Self {
        let name = name.to_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match () {
            () if is(&["adreno", "mali", "immortalis", "powervr", "xclipse"]) => PHONE,
            () if is(&["apple"]) => APPLE,
            () if integrated => INTEGRATED,
            () if is(&["h100", "h200", "a100", "b100", "b200", "gh200"]) => NVIDIA_HOPPER,
            () if is(&["nvidia", "geforce", "rtx", "tesla", "quadro"]) => NVIDIA_ADA,
            () if is(&["radeon", "amd", "instinct"]) => AMD_RDNA,
            () if is(&["arc", "intel"]) => INTEL_ARC,
            () => DESKTOP,
        }
    }
}
