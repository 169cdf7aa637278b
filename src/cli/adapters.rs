//! `spikewatt adapters`

use super::print;
use crate::energy::find_meters;
use crate::engine::gpu;
use crate::engine::plan::human_bytes;
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
