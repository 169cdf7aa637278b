//! CPU packages and their memory through the kernel's powercap interface (RAPL; AMD processors answer there as well).

use std::path::{Path, PathBuf};

use super::super::meter::now;
use super::{denied, read_number};
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// All CPU packages of the machine and, where it is metered, their memory, added up.
#[derive(Debug)]
pub struct Rapl {
    info: MeterInfo,
    zones: Vec<Zone>,
}

#[derive(Debug)]
struct Zone {
    energy: PathBuf,
    /// Value at which the counter starts again from 0, microjoules.
    range_uj: u64,
    last_uj: u64,
    total_uj: u64,
}

impl Rapl {
    /// Opens the packages below a powercap folder (`/sys/class/powercap`).
    ///
    /// # Errors
    /// A sentence that says why there is no meter, and what to do where the kernel denies access.
    pub fn open(root: &Path) -> Result<Self, String> {
        let entries = std::fs::read_dir(root)
            .map_err(|_| format!("this system has no {}: no RAPL counter (virtual machines rarely have one)", root.display()))?;
        let mut zones = Vec::new();
        let (mut packages, mut memories, mut limit_uw) = (0, 0, 0);
        let mut folders: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        folders.sort();
        for folder in folders {
            let name = std::fs::read_to_string(folder.join("name")).unwrap_or_default();
            // The same package may answer a second time through memory-mapped registers ("intel-rapl-mmio"): count it once.
            let mmio = folder.file_name().is_some_and(|n| n.to_string_lossy().contains("mmio"));
            match name.trim() {
                _ if mmio => continue,
                "dram" => memories += 1,
                package if package.starts_with("package-") => {
                    packages += 1;
                    limit_uw += read_number(&folder.join("constraint_0_max_power_uw")).unwrap_or(0);
                }
                _ => continue,
            }
            let energy = folder.join("energy_uj");
            let last_uj = read_number(&energy).map_err(|e| unreadable(&e, &energy, root))?;
            let range_uj = read_number(&folder.join("max_energy_range_uj")).unwrap_or(u64::MAX);
            zones.push(Zone { energy, range_uj, last_uj, total_uj: 0 });
        }
        if packages == 0 {
            return Err(format!("{} lists no CPU package: no RAPL counter (virtual machines rarely have one)", root.display()));
        }
        let mut name = match packages {
            1 => "RAPL counter of the CPU package".to_owned(),
            n => format!("RAPL counters of {n} CPU packages"),
        };
        if memories > 0 {
            name += " and memory";
        }
        let mut info = MeterInfo::new("rapl", name, Tier::EnergyCounter, Scope::CpuPackage);
        info.resolution = Some(1e-6);
        if limit_uw > 0 {
            // Short boosts go to about twice the sustained limit; memory comes on top.
            info.plausible_w = (0.0, 4e-6 * limit_uw as f64);
        }
        if memories == 0 {
            info.notes.push("memory is not metered on this machine".into());
        }
        Ok(Self { info, zones })
    }
}

/// Why a counter cannot be read, and what to do.
fn unreadable(e: &std::io::Error, energy: &Path, root: &Path) -> String {
    match e.kind() {
        std::io::ErrorKind::PermissionDenied => format!(
            "the kernel denies access to {}; run as root, or allow it with: sudo chmod a+r {}/*/energy_uj",
            energy.display(),
            root.display()
        ),
        _ => denied(e, energy),
    }
}

impl Meter for Rapl {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let mut sum = 0;
        for z in &mut self.zones {
            let now = read_number(&z.energy).map_err(|e| MeterError::passing(format!("{}: {e}", z.energy.display())))?;
            z.total_uj += if now >= z.last_uj { now - z.last_uj } else { now + z.range_uj.saturating_sub(z.last_uj) };
            z.last_uj = now;
            sum += z.total_uj;
        }
        Ok(now(clock, Reading::EnergyJ(sum as f64 * 1e-6)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::SystemClock;
    use std::fs;

    fn tree(packages: &[(&str, &str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (folder, name, energy) in packages {
            let dir = root.path().join(folder);
            fs::create_dir_all(&dir).expect("created");
            fs::write(dir.join("name"), name).expect("written");
            fs::write(dir.join("energy_uj"), energy).expect("written");
            fs::write(dir.join("max_energy_range_uj"), "1000\n").expect("written");
        }
        root
    }

    fn joules(rapl: &mut Rapl) -> f64 {
        match rapl.read(&SystemClock::default()).expect("reads")[0].reading {
            Reading::EnergyJ(j) => j,
            other => panic!("{other:?} is no energy"),
        }
    }

    #[test]
    fn packages_and_memory_are_added_up_and_wrap_around() {
        let root = tree(&[
            ("intel-rapl:0", "package-0\n", "900\n"),
            ("intel-rapl:1", "package-1\n", "100\n"),
            ("intel-rapl:0:0", "core\n", "5\n"),
            ("intel-rapl:0:1", "dram\n", "990\n"),
            ("intel-rapl-mmio:0", "package-0\n", "900\n"),
        ]);
        let mut rapl = Rapl::open(root.path()).expect("opens");
        assert_eq!(rapl.info().name, "RAPL counters of 2 CPU packages and memory");
        assert_eq!(joules(&mut rapl), 0.0);
        fs::write(root.path().join("intel-rapl:0/energy_uj"), "50\n").expect("written");
        fs::write(root.path().join("intel-rapl:1/energy_uj"), "300\n").expect("written");
        fs::write(root.path().join("intel-rapl:0:1/energy_uj"), "20\n").expect("written");
        let j = joules(&mut rapl);
        assert!((j - (150.0 + 200.0 + 30.0) * 1e-6).abs() < 1e-12, "{j}");
    }

    #[test]
    fn a_machine_without_packages_says_so() {
        let root = tree(&[]);
        assert!(Rapl::open(root.path()).expect_err("nothing there").contains("no RAPL counter"));
        assert!(Rapl::open(&root.path().join("nowhere")).expect_err("nothing there").contains("no RAPL counter"));
    }

    #[test]
    fn a_denied_counter_says_how_to_allow_it() {
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let message = unreadable(&denied, Path::new("/p/intel-rapl:0/energy_uj"), Path::new("/p"));
        assert!(
            message.contains("denies access to /p/intel-rapl:0/energy_uj") && message.contains("sudo chmod a+r /p/*/energy_uj")
        );
    }

    #[test]
    fn a_counter_that_is_no_number_is_named() {
        let root = tree(&[("intel-rapl:0", "package-0\n", "many\n")]);
        assert!(Rapl::open(root.path()).expect_err("not a number").contains("energy_uj"));
    }
}
