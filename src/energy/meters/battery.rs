//! Laptop batteries: what they are discharged with is what the whole machine takes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use starship_battery::units::power::watt;
use starship_battery::{Battery, Manager, State};

use super::super::meter::now;
use super::MeterKind;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "battery",
    name: "battery",
    rank: 60,
    why: "the only meter that sees this work, together with the rest of the machine",
    missed_by: &[],
    find: Some(|_| Batteries::open().map(|m| Box::new(m) as _)),
};

/// Time between two looks at the batteries; they are renewed every few seconds at best.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// All batteries of the machine, added up. Some systems tie them to the thread that opened them, so one of their own reads them.
#[derive(Debug)]
pub(crate) struct Batteries {
    info: MeterInfo,
    shown: Arc<Mutex<Result<f64, String>>>,
}

impl Batteries {
    /// Opens the batteries, if the machine runs on them.
    pub(crate) fn open() -> Result<Self, String> {
        let (send, first) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut opened = open();
            let shown = Arc::new(Mutex::new(opened.as_mut().map_err(|e| e.clone()).and_then(look)));
            if send.send(Arc::clone(&shown)).is_err() {
                return;
            }
            drop(send);
            // As long as the meter holds the other end.
            while let Ok(opened) = opened.as_mut()
                && Arc::strong_count(&shown) > 1
            {
                std::thread::sleep(LOOK_EVERY);
                let seen = look(opened);
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            }
        });
        let shown = first.recv().map_err(|e| format!("batteries cannot be read: {e}"))?;
        shown.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let mut info = MeterInfo::new(KIND.word, "battery discharge", Tier::SampledPower, Scope::Battery);
        info.plausible_w = (0.0, 500.0);
        info.notes.push("coarse: batteries tell their power every few seconds at best".into());
        Ok(Self { info, shown })
    }
}

fn open() -> Result<(Manager, Vec<Battery>), String> {
    let failed = |e: starship_battery::Error| format!("batteries cannot be read: {e}");
    let manager = Manager::new().map_err(failed)?;
    let batteries: Vec<Battery> = manager.batteries().map_err(failed)?.filter_map(Result::ok).collect();
    if batteries.is_empty() {
        return Err("this machine has no battery".into());
    }
    Ok((manager, batteries))
}

fn look((manager, batteries): &mut (Manager, Vec<Battery>)) -> Result<f64, String> {
    for b in batteries.iter_mut() {
        manager.refresh(b).map_err(|e| format!("battery: {e}"))?;
    }
    if on_mains(Path::new("/sys/class/power_supply")) {
        return Err(MAINS.into());
    }
    discharge_w(batteries.iter().map(|b| (b.state(), f64::from(b.energy_rate().get::<watt>()))))
}

/// On mains power a battery's figure says nothing of what the machine takes, and some keep showing their last discharge.
const MAINS: &str = "the machine runs on mains power; unplug it to meter its battery";

/// Whether a power supply that is no battery is plugged in, by the kernel's folder of power supplies (Linux; elsewhere there is none).
fn on_mains(supplies: &Path) -> bool {
    let read = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap_or_default().trim().to_owned();
    let Ok(entries) = std::fs::read_dir(supplies) else { return false };
    entries.flatten().map(|e| e.path()).any(|folder| {
        matches!(read(&folder, "type").as_str(), "Mains" | "USB")
            && read(&folder, "online") == "1"
            && read(&folder, "scope") != "Device"
    })
}

/// Power drawn from batteries, W; a machine on mains power says nothing through them.
fn discharge_w(batteries: impl Iterator<Item = (State, f64)>) -> Result<f64, String> {
    let mut sum = None;
    for (state, watts) in batteries {
        if state == State::Discharging {
            sum = Some(sum.unwrap_or(0.0) + watts.abs());
        }
    }
    sum.ok_or_else(|| MAINS.into())
}

impl Meter for Batteries {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(now(clock, Reading::PowerW(shown.map_err(MeterError::passing)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_discharging_batteries_count() {
        let two = [(State::Discharging, 7.5), (State::Full, 0.0), (State::Discharging, -2.5)];
        assert_eq!(discharge_w(two.into_iter()), Ok(10.0));
        let plugged = discharge_w([(State::Charging, 30.0)].into_iter()).expect_err("on mains power");
        assert!(plugged.contains("unplug"));
    }

    #[test]
    fn a_plugged_supply_is_seen() {
        let root = tempfile::tempdir().expect("a folder");
        let supply = |name: &str, kind: &str, online: &str| {
            let folder = root.path().join(name);
            std::fs::create_dir_all(&folder).expect("created");
            std::fs::write(folder.join("type"), format!("{kind}\n")).expect("written");
            std::fs::write(folder.join("online"), format!("{online}\n")).expect("written");
        };
        supply("BAT0", "Battery", "1");
        supply("AC", "Mains", "0");
        assert!(!on_mains(root.path()) && !on_mains(&root.path().join("nowhere")));
        supply("AC", "Mains", "1");
        assert!(on_mains(root.path()));
    }
}
