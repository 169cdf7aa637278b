//! What an adapter can do, as plans need to know it.

use super::device_model::DeviceModel;
use super::{Delivery, Options};
use crate::network::Network;

/// What an adapter allows, as far as a plan needs to know.
#[derive(Debug, Clone, Copy)]
pub struct AdapterLimits {
    /// Largest storage binding, bytes.
    pub binding_bytes: u64,
    /// Largest buffer, bytes.
    pub buffer_bytes: u64,
    /// Largest workgroup.
    pub workgroup_size: u32,
    /// How much of a uniform buffer a pass may see, bytes.
    pub uniform_bytes: u64,
    /// Most storage buffers a pass may bind.
    pub storage_buffers: u32,
    /// Threads of a subgroup, if the adapter has them and they are always as many.
    pub subgroup_size: Option<u32>,
    /// Whether shaders may use 64-bit integers.
    pub wide_integers: bool,
    /// Whose memory it fills.
    pub memory: AdapterMemory,
    /// What its self-check found wrong.
    pub barred: Barred,
    /// What work costs on it.
    pub device: DeviceModel,
    /// What is out of the ordinary about it.
    pub quirks: Quirks,
}

/// What an adapter has got wrong in its self-check, so that ways to run which rest on it are barred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Barred {
    /// Memory that the threads of a workgroup share behind a barrier.
    pub workgroup_sharing: bool,
    /// Counters in it.
    pub workgroup_counters: bool,
    /// Sums over subgroups.
    pub subgroups: bool,
    /// 64-bit integers.
    pub wide_integers: bool,
}

impl Barred {
    /// Whether nothing may rest on what the threads of a workgroup share.
    pub fn shared_memory(&self) -> bool {
        self.workgroup_counters || self.workgroup_sharing
    }

    /// In words, if anything is.
    pub fn words(&self) -> Option<String> {
        let all = [
            (self.workgroup_sharing, "memory shared by a workgroup"),
            (self.workgroup_counters, "counters in a workgroup's memory"),
            (self.subgroups, "sums over subgroups"),
            (self.wide_integers, "64-bit integers"),
        ];
        let wrong: Vec<&str> = all.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
        (!wrong.is_empty())
            .then(|| format!("the adapter's self-check failed for {}; what needs them is not used", wrong.join(", ")))
    }
}

/// Whose memory an adapter fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdapterMemory {
    /// The machine's: software adapters, integrated GPUs, Apple's.
    Machine,
    /// Its own, of which so many bytes are free, where somebody tells.
    Own(Option<u64>),
}

impl AdapterMemory {
    /// Bytes that a plan may fill.
    pub(super) fn free(self, options: &Options) -> u64 {
        match self {
            AdapterMemory::Machine => super::memory::machine_memory(options),
            AdapterMemory::Own(free) => free.map_or(u64::MAX, |free| free / 10 * 9),
        }
    }
}

impl AdapterLimits {
    /// The largest storage buffer, bytes.
    pub(super) fn binding(&self) -> u64 {
        self.binding_bytes.min(self.buffer_bytes).min(1 << 31)
    }

    /// The same within what a caller allows.
    pub(super) fn under(&self, options: &Options) -> Self {
        let binding_bytes = options.max_binding_bytes.map_or(self.binding_bytes, |most| most.min(self.binding_bytes));
        Self { binding_bytes, quirks: options.quirks.unwrap_or(self.quirks), ..*self }
    }
}

/// What may be out of the ordinary about an adapter, by name; each changes plans in its own way, and no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quirks {
    /// Its threads are lanes of the machine's processor: workgroups are dear in number, each thread of the processor takes a contiguous
    /// part of a dispatch, and memory is the machine's.
    pub runs_on_processor: bool,
    /// It ends loops after 65,535 rounds without a word (llvmpipe, Mesa 22.3).
    pub cuts_loops: bool,
    /// It reads single words from a uniform buffer as fast as from any; on GPUs, threads take turns there.
    pub fast_uniforms: bool,
    /// It binds far larger textures than buffers.
    pub large_textures: bool,
    /// Its compiler is known to drop barriers where a thread tells others something (wgpu 4500): what does without is preferred.
    pub doubtful_barriers: bool,
}

impl Quirks {
    /// Those of a GPU.
    pub const NONE: Quirks = Quirks {
        runs_on_processor: false,
        cuts_loops: false,
        fast_uniforms: false,
        large_textures: false,
        doubtful_barriers: false,
    };
    /// Those of a software adapter.
    pub const SOFTWARE: Quirks =
        Quirks { runs_on_processor: true, cuts_loops: true, fast_uniforms: true, large_textures: true, ..Quirks::NONE };
}

/// Rounds of all loops of a thread that a plan allows for where an adapter [cuts loops](Quirks::cuts_loops).
pub(super) const LOOP_ROUNDS: u32 = 1 << 14;

/// Threads per workgroup of a delivery. On a software adapter one vector register's worth, because each further one reads the
/// projection anew, or as many as it takes to keep clear of [`LOOP_ROUNDS`].
pub(super) fn push_workgroup(network: &Network, delivery: Delivery, limits: &AdapterLimits) -> u32 {
    if !limits.quirks.runs_on_processor {
        return 128.min(limits.workgroup_size);
    }
    let out_degree =
        |p: &crate::network::Population| -> u64 { network.outgoing(p).iter().map(|q| 8 + u64::from(q.longest_row())).sum() };
    let longest = network.populations.iter().map(out_degree).max().unwrap_or(0);
    if !limits.quirks.cuts_loops {
        return 8.min(limits.workgroup_size);
    }
    // A procedural synapse may walk a permutation's cycle, two rounds or so.
    let rounds = longest * if delivery == Delivery::Procedural { 4 } else { 1 };
    let enough = [8, 16, 32, 64, 128].into_iter().find(|size| rounds / u64::from(*size) <= u64::from(LOOP_ROUNDS));
    enough.unwrap_or(256).min(limits.workgroup_size)
}
