//! What an adapter can do, as plans need to know it.

use super::Delivery;
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
    /// Most storage buffers a pass may bind.
    pub storage_buffers: u32,
    /// Threads of a subgroup, if the adapter has them and they are always as many.
    pub subgroup_size: Option<u32>,
    /// Whether shaders may use 64-bit integers.
    pub wide_integers: bool,
    /// Whether it is a software adapter, whose workgroups are cheap in parallelism and dear in number.
    pub software: bool,
}

/// Rounds of all loops of a thread that a plan allows for: llvmpipe (Mesa 22.3) cuts them at 65,535.
pub(super) const LOOP_ROUNDS: u32 = 1 << 14;

/// Threads per workgroup of a delivery. On a software adapter one vector register's worth, because each further one reads the
/// projection anew, or as many as it takes to keep clear of [`LOOP_ROUNDS`].
pub(super) fn push_workgroup(network: &Network, delivery: Delivery, limits: &AdapterLimits) -> u32 {
    if !limits.software {
        return 128.min(limits.workgroup_size);
    }
    let out_degree =
        |p: &crate::network::Population| -> u64 { network.outgoing(p).iter().map(|q| 8 + u64::from(q.longest_row())).sum() };
    let longest = network.populations.iter().map(out_degree).max().unwrap_or(0);
    // A procedural synapse may walk a permutation's cycle, two rounds or so.
    let rounds = longest * if delivery == Delivery::Procedural { 4 } else { 1 };
    let enough = [8, 16, 32, 64, 128].into_iter().find(|size| rounds / u64::from(*size) <= u64::from(LOOP_ROUNDS));
    enough.unwrap_or(256).min(limits.workgroup_size)
}
