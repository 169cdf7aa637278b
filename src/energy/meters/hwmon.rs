//! AMD and Intel GPUs through the kernel's hwmon interface.
//!
//! Files and units are those of the kernel's documentation: `Documentation/ABI/testing/sysfs-driver-intel-xe-hwmon`,
//! `sysfs-driver-intel-i915-hwmon`, and "hwmon interfaces" of amdgpu. Energies are microjoules, powers microwatts, temperatures
//! millidegrees, clocks hertz.

use std::path::{Path, PathBuf};

use super::super::meter::now;
use super::pci::same_bus;
use super::{MeterKind, denied, read_number};
use crate::energy::{Clock, Condition, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Site, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "hwmon",
    name: "AMD or Intel GPU (hwmon)",
    rank: 31,
    why: "the GPU's own meter",
    missed_by: &[Site::Gpu, Site::IntegratedGpu],
    find: Some(|id| Hwmon::open(Path::new("/sys"), id).map(|m| Box::new(m) as _)),
};

/// A GPU's hwmon folder.
#[derive(Debug)]
pub struct Hwmon {
    info: MeterInfo,
    folder: PathBuf,
    file: PathBuf,
    /// First value of a counter, microjoules; `None` for a power sensor.
    start_uj: Option<u64>,
}

/// The drivers, and the maker's name.
const DRIVERS: [(&str, &str); 3] = [("amdgpu", "AMD GPU"), ("xe", "Intel GPU"), ("i915", "Intel GPU")];
/// What is read, best first: file, whether it counts energy, what it is.
const SOURCES: [(&str, bool, &str); 4] = [
    ("energy1_input", true, "energy counter"),
    ("energy2_input", true, "energy counter of the package"),
    ("power1_average", false, "average power"),
    ("power1_input", false, "instantaneous power"),
];

impl Hwmon {
    /// Looks below a sysfs root (`/sys`) for the GPU with a PCI bus id, or the only one there is.
    ///
    /// # Errors
    /// A sentence that says why there is no meter, and what to do where the kernel denies access.
    pub fn open(root: &Path, pci_bus_id: Option<&str>) -> Result<Self, String> {
        let found: Vec<(String, PathBuf, &str, &str)> =
            monitors(root).into_iter().filter(|(id, ..)| pci_bus_id.is_none_or(|wanted| same_bus(id, wanted))).collect();
        let (id, folder, driver, maker) = match &found[..] {
            [] => {
                let which =
                    pci_bus_id.map_or_else(|| "any AMD or Intel GPU".to_owned(), |id| format!("the GPU at PCI bus id {id}"));
                return Err(format!("the kernel has no hwmon sensors of {which}"));
            }
            [one] => one.clone(),
            many => return Err(format!("{} GPUs with sensors, and the adapter does not tell its PCI bus id", many.len())),
        };
        let mut why = format!("{driver} offers neither energy1_input nor power1_average for {id}");
        let label =
            |n: u32| std::fs::read_to_string(folder.join(format!("energy{n}_label"))).unwrap_or_default().trim().to_owned();
        for (file, counts, what) in SOURCES {
            let path = folder.join(file);
            // Intel's second counter is the package's: a GPU within a processor has that one only.
            let package = file == "energy2_input";
            if package && !["package", "pkg"].contains(&label(2).as_str()) {
                continue;
            }
            match read_number(&path) {
                Ok(value) => {
                    let tier = if counts { Tier::EnergyCounter } else { Tier::SampledPower };
                    let mut info =
                        MeterInfo::new(KIND.word, format!("{driver} {what} of the {maker} at {id}"), tier, Scope::GpuBoard);
                    info.resolution = Some(1e-6);
                    if package || ["package", "pkg"].contains(&label(1).as_str()) {
                        info.scope = Scope::Chip;
                        info.notes.push(
                            "there is no counter of a card: the figures are the package's, without memory and regulators".into(),
                        );
                    }
                    let limit = ["power1_max", "power1_rated_max", "power1_cap_max"]
                        .iter()
                        .filter_map(|f| read_number(&folder.join(f)).ok())
                        .max();
                    if let Some(limit) = limit.filter(|l| *l > 0) {
                        info.plausible_w = (0.0, 2e-6 * limit as f64);
                    }
                    // An APU has no memory clock of its own to tell, and its power is that of the whole chip.
                    if driver == "amdgpu" && !folder.join("freq2_input").exists() {
                        info.scope = Scope::Chip;
                        info.notes.push("this GPU shares its chip with the CPU: the figures belong to both".into());
                    }
                    return Ok(Self { info, folder, file: path, start_uj: counts.then_some(value) });
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => why = denied(&e, &path),
            }
        }
        Err(why)
    }

    fn number(&self, file: &str, unit: f64) -> Option<f64> {
        read_number(&self.folder.join(file)).ok().map(|n| n as f64 * unit)
    }
}

/// PCI bus id, folder, driver and maker of every GPU's monitor. i915 has further monitors for parts of a GPU, named `i915_gt0`: not those.
fn monitors(root: &Path) -> Vec<(String, PathBuf, &'static str, &'static str)> {
    let list = |path: PathBuf| -> Vec<PathBuf> {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
        entries.sort();
        entries
    };
    let mut found = Vec::new();
    for device in list(root.join("bus/pci/devices")) {
        let id = device.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for folder in list(device.join("hwmon")) {
            let name = std::fs::read_to_string(folder.join("name")).unwrap_or_default();
            if let Some((driver, maker)) = DRIVERS.into_iter().find(|(driver, _)| *driver == name.trim()) {
                found.push((id.clone(), folder, driver, maker));
            }
        }
    }
    found
}

impl Meter for Hwmon {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let value = read_number(&self.file).map_err(|e| MeterError::passing(format!("{}: {e}", self.file.display())))?;
        Ok(now(
            clock,
            match self.start_uj {
                Some(start) => Reading::EnergyJ((value as f64 - start as f64) * 1e-6),
                None => Reading::PowerW(value as f64 * 1e-6),
            },
        ))
    }

    fn condition(&mut self) -> Option<Condition> {
        let temperature_c = ["temp1_input", "temp2_input"].iter().find_map(|f| self.number(f, 1e-3));
        let power_limit_w = ["power1_cap", "power1_max"].iter().find_map(|f| self.number(f, 1e-6)).filter(|w| *w > 0.0);
        Some(Condition {
            temperature_c,
            core_clock_mhz: self.number("freq1_input", 1e-6),
            memory_clock_mhz: self.number("freq2_input", 1e-6),
            power_limit_w,
            ..Condition::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::SystemClock;
    use std::fs;

    /// A sysfs tree: PCI bus id, hwmon folder, files.
    type Monitor<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn tree(monitors: &[Monitor<'_>]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for (id, hwmon, files) in monitors {
            let folder = root.path().join("bus/pci/devices").join(id).join("hwmon").join(hwmon);
            fs::create_dir_all(&folder).expect("created");
            for (name, text) in *files {
                fs::write(folder.join(name), format!("{text}\n")).expect("written");
            }
        }
        root
    }

    const NAVI: &[(&str, &str)] = &[
        ("name", "amdgpu"),
        ("power1_average", "43000000"),
        ("power1_cap", "203000000"),
        ("power1_cap_max", "220000000"),
        ("temp1_input", "51000"),
        ("freq1_input", "2450000000"),
        ("freq2_input", "1000000000"),
    ];
    const APU: &[(&str, &str)] =
        &[("name", "amdgpu"), ("power1_input", "9120000"), ("temp1_input", "44000"), ("freq1_input", "800000000")];
    const BATTLEMAGE: &[(&str, &str)] = &[
        ("name", "xe"),
        ("energy1_input", "123456789"),
        ("energy2_input", "99999"),
        ("power1_max", "190000000"),
        ("temp2_input", "47000"),
    ];
    const ARC: &[(&str, &str)] =
        &[("name", "i915"), ("energy1_input", "5000000"), ("power1_max", "0"), ("power1_rated_max", "190000000")];
    const ARC_TILE: &[(&str, &str)] = &[("name", "i915_gt0"), ("energy1_input", "4000000")];

    const LUNAR_LAKE: &[(&str, &str)] = &[("name", "xe"), ("energy2_input", "7000000"), ("energy2_label", "pkg")];
    const UNLABELLED: &[(&str, &str)] = &[("name", "xe"), ("energy2_input", "7000000")];

    #[test]
    fn a_gpu_without_a_card_counts_its_packages_energy() {
        let root = tree(&[("0000:00:02.0", "hwmon3", LUNAR_LAKE)]);
        let mut m = Hwmon::open(root.path(), None).expect("opens");
        assert_eq!((m.info().scope, m.info().tier), (Scope::Chip, Tier::EnergyCounter));
        fs::write(root.path().join("bus/pci/devices/0000:00:02.0/hwmon/hwmon3/energy2_input"), "9500000").expect("written");
        assert_eq!(shown(&mut m), Reading::EnergyJ(2.5));
        // Without a label nobody knows what it counts.
        let root = tree(&[("0000:00:02.0", "hwmon3", UNLABELLED)]);
        assert!(Hwmon::open(root.path(), None).is_err());
    }

    fn shown(meter: &mut Hwmon) -> Reading {
        meter.read(&SystemClock::default()).expect("reads")[0].reading
    }

    #[test]
    fn an_amd_card_shows_its_average_power() {
        let root = tree(&[("0000:03:00.0", "hwmon4", NAVI)]);
        let mut m = Hwmon::open(root.path(), Some("00000000:03:00.0")).expect("opens");
        assert_eq!(m.info().tier, Tier::SampledPower);
        assert_eq!(m.info().scope, Scope::GpuBoard);
        assert_eq!(m.info().plausible_w, (0.0, 440.0));
        assert_eq!(shown(&mut m), Reading::PowerW(43.0));
        let c = m.condition().expect("tells");
        assert_eq!((c.temperature_c, c.core_clock_mhz, c.power_limit_w), (Some(51.0), Some(2450.0), Some(203.0)));
    }

    #[test]
    fn an_apu_is_known_as_a_chip_with_a_cpu_in_it() {
        let root = tree(&[("0000:c4:00.0", "hwmon2", APU)]);
        let mut m = Hwmon::open(root.path(), None).expect("opens");
        assert_eq!(m.info().scope, Scope::Chip);
        assert_eq!(shown(&mut m), Reading::PowerW(9.12));
    }

    #[test]
    fn intel_cards_count_energy_for_the_whole_card_and_not_for_a_tile() {
        for (files, id) in [(BATTLEMAGE, "0000:0b:00.0"), (ARC, "0000:03:00.0")] {
            let root = tree(&[(id, "hwmon3", files), (id, "hwmon4", ARC_TILE), ("0000:ff:00.0", "hwmon9", NAVI)]);
            let mut m = Hwmon::open(root.path(), Some(id)).expect("opens");
            assert_eq!(m.info().tier, Tier::EnergyCounter);
            assert_eq!(shown(&mut m), Reading::EnergyJ(0.0));
            let file = root.path().join("bus/pci/devices").join(id).join("hwmon/hwmon3/energy1_input");
            let before: u64 = read_number(&file).expect("a number");
            fs::write(&file, (before + 2_500_000).to_string()).expect("written");
            assert_eq!(shown(&mut m), Reading::EnergyJ(2.5));
            assert_eq!(m.info().plausible_w, (0.0, 380.0));
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let root = tree(&[("0000:03:00.0", "hwmon4", NAVI), ("0000:04:00.0", "hwmon5", NAVI)]);
        assert!(Hwmon::open(root.path(), None).expect_err("two").contains("2 GPUs"));
        assert!(Hwmon::open(root.path(), Some("0000:07:00.0")).expect_err("none").contains("0000:07:00.0"));
        let bare = tree(&[("0000:03:00.0", "hwmon4", &[("name", "xe")])]);
        assert!(Hwmon::open(bare.path(), None).expect_err("nothing").contains("neither energy1_input nor power1_average"));
    }

    #[test]
    fn a_meter_that_disappears_says_which_file() {
        let root = tree(&[("0000:03:00.0", "hwmon4", NAVI)]);
        let mut m = Hwmon::open(root.path(), None).expect("opens");
        fs::remove_file(&m.file).expect("removed");
        assert!(m.read(&SystemClock::default()).expect_err("gone").text.contains("power1_average"));
    }
}
