//! `spikewatt adapters`

use std::path::Path;

use super::print;
use crate::energy::find_meters;
use crate::engine::plan::human_bytes;
use crate::engine::{AdapterDescription, AdapterKind, gpu};
use crate::error::Result;

pub(super) fn run() -> Result<()> {
    let found = gpu::adapters();
    print("Adapters, best first:");
    for (i, a) in found.iter().enumerate() {
        let (d, l) = (&a.description, a.raw_limits());
        print(&format!("{}. {} ({}, {})", i + 1, d.name, d.backend, d.kind.words()));
        print(&format!("   driver    {}", d.driver));
        if let Some(id) = &d.pci_bus_id {
            print(&format!("   PCI bus   {id}"));
        }
        print(&format!(
            "   limits    {} per binding, {} per buffer, {} storage buffers per stage, {} threads and {} of memory per workgroup",
            human_bytes(l.max_storage_buffer_binding_size),
            human_bytes(l.max_buffer_size),
            l.max_storage_buffers_per_shader_stage,
            l.max_compute_invocations_per_workgroup,
            human_bytes(u64::from(l.max_compute_workgroup_storage_size))
        ));
        let features: Vec<String> =
            a.optional_features().into_iter().map(|(name, has)| format!("{name}: {}", if has { "yes" } else { "no" })).collect();
        print(&format!("   optional  {} (the engine needs none of them)", features.join(", ")));
    }
    if found.is_empty() {
        print("   none; install a driver (Mesa's software one is the package mesa-vulkan-drivers on Debian and Ubuntu)");
    }
    for (d, why) in gpu::unusable_adapters() {
        print(&format!("-  {} ({}, {}): not usable, {why}", d.name, d.backend, d.kind.words()));
    }
    print(&format!("{}. built-in CPU engine, {} thread(s), always there", found.len() + 1, rayon::current_num_threads()));
    for hint in hints(Path::new("/"), &found.iter().map(|a| a.description.clone()).collect::<Vec<_>>()) {
        print(&hint);
    }
    print("");
    print("Energy meters:");
    let bus = found.iter().find_map(|a| a.description.pci_bus_id.clone());
    for candidate in find_meters(bus.as_deref()) {
        match candidate.meter {
            Ok(meter) => {
                let i = meter.info();
                print(&format!("   {:<26} {} ({}, {})", candidate.kind.name, i.name, i.tier.words(), i.scope.words()));
            }
            Err(reason) => print(&format!("   {:<26} none: {reason}", candidate.kind.name)),
        }
    }
    print("   --watts W                  always there (assumed); spikewatt meters says more");
    Ok(())
}

/// What may be missing where a GPU should be among the adapters and is not.
fn hints(root: &Path, found: &[AdapterDescription]) -> Vec<String> {
    let mut hints = Vec::new();
    let vulkan = |name: &str| found.iter().any(|a| a.backend == "Vulkan" && a.name.to_lowercase().contains(name));
    if root.join("proc/driver/nvidia/version").exists() && !vulkan("nvidia") {
        hints.push("   There is NVIDIA's driver, but no Vulkan on it: nvidia_icd.json is missing in /usr/share/vulkan/icd.d or /etc/vulkan/icd.d; containers need the capability \"graphics\" (NVIDIA_DRIVER_CAPABILITIES=all).".to_owned());
    }
    let version = std::fs::read_to_string(root.join("proc/version")).unwrap_or_default().to_lowercase();
    if version.contains("microsoft") && found.iter().all(|a| a.kind == AdapterKind::Software) {
        hints.push("   This is WSL, whose only Vulkan driver for GPUs does not conform and is passed over: run spikewatt for Windows instead.".to_owned());
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_missing_is_told() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(root.path().join("proc/driver/nvidia")).expect("made");
        std::fs::write(root.path().join("proc/version"), "Linux version 5.15 (Microsoft@Microsoft.com)").expect("written");
        std::fs::write(root.path().join("proc/driver/nvidia/version"), "NVRM").expect("written");
        let of = |name: &str, kind| AdapterDescription {
            name: name.into(),
            backend: "Vulkan".into(),
            kind,
            driver: String::new(),
            pci_bus_id: None,
        };
        assert_eq!(hints(root.path(), &[of("llvmpipe", AdapterKind::Software)]).len(), 2);
        assert!(hints(root.path(), &[of("NVIDIA H100", AdapterKind::Discrete)]).is_empty());
    }
}
