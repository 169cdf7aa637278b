//! How much memory of its own an adapter has free, where the system tells.

use std::path::Path;

use crate::engine::AdapterDescription;

/// Free bytes of a GPU with memory of its own: what Linux tells of AMD's, what NVIDIA's library tells; nothing where nobody tells.
pub(super) fn free_bytes(adapter: &AdapterDescription) -> Option<u64> {
    let id = adapter.pci_bus_id.as_deref()?;
    told_by_linux(Path::new("/sys/bus/pci/devices"), id).or_else(|| told_by_nvml(id))
}

/// What the driver `amdgpu` tells: bytes of all its memory, less those in use.
fn told_by_linux(devices: &Path, id: &str) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(devices.join(id).join(name)).ok()?.trim().parse::<u64>().ok();
    Some(read("mem_info_vram_total")?.saturating_sub(read("mem_info_vram_used")?))
}

#[cfg(feature = "meters")]
fn told_by_nvml(id: &str) -> Option<u64> {
    crate::energy::nvidia_free_bytes(id)
}

#[cfg(not(feature = "meters"))]
fn told_by_nvml(_: &str) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amd_tells_what_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = folder.path().join("0000:03:00.0");
        std::fs::create_dir(&of).expect("made");
        std::fs::write(of.join("mem_info_vram_total"), "25753026560\n").expect("written");
        assert_eq!(told_by_linux(folder.path(), "0000:03:00.0"), None);
        std::fs::write(of.join("mem_info_vram_used"), "753026560\n").expect("written");
        assert_eq!(told_by_linux(folder.path(), "0000:03:00.0"), Some(25_000_000_000));
        assert_eq!(told_by_linux(folder.path(), "0000:04:00.0"), None);
    }
}
