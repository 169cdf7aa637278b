//! What runs a benchmark: the program, its engine, and how much memory is held.

use crate::engine::Host;
use crate::result::{Adapter, Build, Engine, EngineKind, Program, Rank};

/// This program.
pub fn program() -> Program {
    let wgpu = env!("SPIKEWATT_WGPU");
    Program {
        name: env!("CARGO_PKG_NAME").into(),
        version: env!("CARGO_PKG_VERSION").into(),
        git_commit: env!("SPIKEWATT_GIT_COMMIT").into(),
        build: Some(Build {
            profile: env!("SPIKEWATT_PROFILE").into(),
            compiler: env!("SPIKEWATT_COMPILER").into(),
            target: env!("SPIKEWATT_TARGET").into(),
            wgpu: (!wgpu.is_empty()).then(|| wgpu.to_owned()),
        }),
    }
}

/// Most memory this program has held so far, bytes.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes =
        status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    Some(kilobytes * 1024)
}

/// What a host is in a result.
pub(super) fn engine(host: &Host) -> Engine {
    Engine {
        kind: if host.adapter().is_some() { EngineKind::Gpu } else { EngineKind::Cpu },
        is_gpu: host.is_gpu(),
        stamp: host.stamp().into(),
        threads: host.adapter().is_none().then(rayon::current_num_threads),
        copy_bytes_per_s: None,
        adapter: host.adapter().map(|a| Adapter {
            name: a.name.clone(),
            backend: a.backend.clone(),
            kind: a.kind,
            driver: a.driver.clone(),
            pci_bus_id: a.pci_bus_id.clone(),
        }),
        note: host.note.as_ref().map(ToString::to_string),
        ranks: host
            .ranks()
            .iter()
            .flat_map(|ranks| ranks.members())
            .map(|m| Rank { host: m.host.clone(), engine: m.engine.clone() })
            .collect(),
    }
}
