//! Laptop batteries: what they are discharged with is what the whole machine takes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use starship_battery::units::power::watt;
use starship_battery::{Battery, Manager, State};

use super::super::meter::now;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

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
        let mut info = MeterInfo::new("battery", "battery discharge", Tier::SampledPower, Scope::Battery);
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
    discharge_w(batteries.iter().map(|b| (b.state(), f64::from(b.energy_rate().get::<watt>()))))
}

/// Power drawn from batteries, W; a machine on mains power says nothing through them.
fn discharge_w(batteries: impl Iterator<Item = (State, f64)>) -> Result<f64, String> {
    let mut sum = None;
    for (state, watts) in batteries {
        if state == State::Discharging {
            sum = Some(sum.unwrap_or(0.0) + watts.abs());
        }
    }
    sum.ok_or_else(|| "the machine runs on mains power; unplug it to meter its battery".into())
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
}
