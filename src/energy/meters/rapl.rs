//! CPU packages and their memory through the kernel's powercap interface (RAPL; AMD processors answer there as well).

use std::path::{Path, PathBuf};

use super::super::meter::now;
use super::{MeterKind, denied, read_number};
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Site, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "rapl",
    name: "CPU package (RAPL)",
    rank: 50,
    why: "the processor's own meter",
    missed_by: &[Site::IntegratedGpu, Site::Cpu],
    find: Some(|_| Rapl::open(Path::new("/sys/class/powercap")).map(|m| Box::new(m) as _)),
};

/// All CPU packages of the machine and, where it is metered, their memory, added up.
#[derive(Debug)]
pub struct Rapl {
    info: MeterInfo,
    zones: Vec<Zone>,
}

#[derive(Debug)]
struct Zone {
    energy: PathBuf,
    /// Value at which the counter starts again from 0, microjoules; `None` if the kernel does not tell.
    range_uj: Option<u64>,
    last_uj: u64,
    last_s: f64,
    /// Since the meter was opened; less than before after a reset, which the trace notices.
    total_uj: i64,
}

impl Zone {
    /// Takes a value in. Where a counter went back, it has wrapped if that makes a power the zone can have, else it was reset, and what it
    /// counted meanwhile is unknown.
    fn take(&mut self, now_uj: u64, now_s: f64, most_w: f64) {
        let wrapped = self.range_uj.and_then(|range| now_uj.checked_add(range.checked_sub(self.last_uj)?));
        let believable = |uj: u64| uj as f64 * 1e-6 <= most_w * (now_s - self.last_s).max(1e-3);
        self.total_uj += match wrapped {
            _ if now_uj >= self.last_uj => (now_uj - self.last_uj) as i64,
            Some(uj) if believable(uj) => uj as i64,
            _ => -((self.last_uj - now_uj) as i64),
        };
        (self.last_uj, self.last_s) = (now_uj, now_s);
    }
}

/// Power beyond which no processor package or its memory goes, W, where the kernel tells no limit.
const MOST_W: f64 = 2000.0;

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
        let mut endless = false;
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
            let range_uj = read_number(&folder.join("max_energy_range_uj")).ok().filter(|range| *range > 0);
            endless |= range_uj.is_none();
            zones.push(Zone { energy, range_uj, last_uj, last_s: f64::NEG_INFINITY, total_uj: 0 });
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
        let mut info = MeterInfo::new(KIND.word, name, Tier::EnergyCounter, Scope::CpuPackage);
        info.resolution = Some(1e-6);
        if limit_uw > 0 {
            // Short boosts go to about twice the sustained limit; memory comes on top.
            info.plausible_w = (0.0, 4e-6 * limit_uw as f64);
        }
        if endless {
            info.notes.push("the kernel does not tell where a counter starts again (max_energy_range_uj): when it does, that moment's energy is lost, and its window is left out".into());
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
            "the kernel denies access to {}; run as root, or allow it until the next reboot with: sudo chmod a+r {}/*/energy_uj (for good with a udev rule that does the same)",
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
        let most_w = if self.info.plausible_w.1 < MOST_W { self.info.plausible_w.1 } else { MOST_W };
        for z in &mut self.zones {
            let now_uj = read_number(&z.energy).map_err(|e| MeterError::passing(format!("{}: {e}", z.energy.display())))?;
            z.take(now_uj, clock.now_s(), most_w);
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

    /// Suspended machines and reloaded drivers begin again at 0: read as a wrap, that would be as much as 262 kJ.
    #[test]
    fn a_counter_that_went_back_has_wrapped_only_if_that_is_believable() {
        let zone = |range_uj| Zone { energy: PathBuf::new(), range_uj, last_uj: 262_000_000_000, last_s: 10.0, total_uj: 5 };
        // 143 J in a second, through the end of the range.
        let mut wrapped = zone(Some(262_143_328_850));
        wrapped.take(0, 11.0, 2000.0);
        assert_eq!(wrapped.total_uj, 5 + 143_328_850);
        // 65 kJ in a second is no wrap, nor is anything where the range is unknown.
        for range in [Some(327_000_000_000), None, Some(1000)] {
            let mut reset = zone(range);
            reset.take(1_000_000, 11.0, 2000.0);
            assert_eq!(reset.total_uj, 5 - 261_999_000_000, "{range:?}");
            reset.take(3_000_000, 12.0, 2000.0);
            assert_eq!(reset.total_uj, 5 - 261_997_000_000, "it goes on from there");
        }
    }

    #[test]
    fn a_range_that_cannot_be_read_is_said() {
        let root = tree(&[("intel-rapl:0", "package-0\n", "900\n")]);
        fs::remove_file(root.path().join("intel-rapl:0/max_energy_range_uj")).expect("removed");
        let rapl = Rapl::open(root.path()).expect("opens");
        assert!(rapl.info().notes.iter().any(|n| n.contains("max_energy_range_uj")), "{:?}", rapl.info().notes);
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
