//! This machine: what it is, and how much memory it has to give.

use crate::result::Machine;

/// This machine.
pub(super) fn machine() -> Machine {
    let system = sysinfo::System::new().ok().map(|mut s| {
        s.refresh_memory();
        s.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        s
    });
    let cpu = system.as_ref().and_then(|s| s.cpus().first().map(|c| c.brand().trim().to_owned())).filter(|b| !b.is_empty());
    Machine {
        os: sysinfo::System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        cpu: cpu.unwrap_or_else(|| format!("unknown {} processor", std::env::consts::ARCH)),
        logical_cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory_bytes: system.map(|s| s.total_memory()).filter(|m| *m > 0),
        governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        container: container(),
        virtual_machine: virtual_machine(),
    }
}

/// The first line of a file, if it can be read and holds something.
fn line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty())
}

/// The container this program runs in, by the marks that container engines leave.
fn container() -> Option<String> {
    let marks = [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")];
    let marked = marks.iter().find(|(path, _)| std::path::Path::new(path).exists()).map(|(_, name)| (*name).to_owned());
    let told = || std::env::var("container").ok().filter(|name| !name.is_empty());
    let pod = || std::env::var_os("KUBERNETES_SERVICE_HOST").map(|_| "kubernetes".to_owned());
    marked.or_else(told).or_else(pod)
}

/// The virtual machine it runs in, by what the firmware calls itself, or by the processor's word.
fn virtual_machine() -> Option<String> {
    let product = [line("/sys/class/dmi/id/sys_vendor"), line("/sys/class/dmi/id/product_name")];
    let product: Vec<String> = product.into_iter().flatten().collect();
    let known = ["QEMU", "KVM", "VMware", "VirtualBox", "Xen", "Virtual Machine", "Amazon EC2", "Google Compute Engine", "Bochs"];
    let named = known.iter().find(|name| product.iter().any(|p| p.contains(**name))).map(|_| product.join(" "));
    let flagged = || {
        let cpus = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        let flags = cpus.lines().find(|l| l.starts_with("flags"))?;
        flags.split_whitespace().any(|f| f == "hypervisor").then(|| "a hypervisor".to_owned())
    };
    named.or_else(flagged)
}

/// Processors of this machine, also those that this process may not use.
#[cfg(feature = "mpi")]
pub(super) fn cores() -> Option<usize> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    Some(system.cpus().len()).filter(|n| *n > 0)
}

/// Free memory of this machine, bytes; `None` where the system does not tell.
pub(super) fn available_memory() -> Option<u64> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    Some(system.available_memory()).filter(|free| *free > 0)
}
