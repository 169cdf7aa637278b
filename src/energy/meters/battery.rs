//! Laptop batteries: what they are discharged with is what the whole machine takes.

use starship_battery::units::power::watt;
use starship_battery::{Battery, Manager, State};

use super::super::meter::now;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// All batteries of the machine, added up.
#[derive(Debug)]
pub(crate) struct Batteries {
    info: MeterInfo,
    manager: Manager,
    batteries: Vec<Battery>,
}

impl Batteries {
    /// Opens the batteries, if the machine runs on them.
    pub(crate) fn open() -> Result<Self, String> {
        let failed = |e: starship_battery::Error| format!("batteries cannot be read: {e}");
        let manager = Manager::new().map_err(failed)?;
        let batteries: Vec<Battery> = manager.batteries().map_err(failed)?.filter_map(Result::ok).collect();
        if batteries.is_empty() {
            return Err("this machine has no battery".into());
        }
        discharge_w(batteries.iter().map(|b| (b.state(), f64::from(b.energy_rate().get::<watt>()))))?;
        let mut info = MeterInfo::new("battery", "battery discharge", Tier::SampledPower, Scope::Battery);
        info.plausible_w = (0.0, 500.0);
        info.notes.push("coarse: batteries tell their power every few seconds at best".into());
        Ok(Self { info, manager, batteries })
    }
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
        for b in &mut self.batteries {
            self.manager.refresh(b).map_err(|e| MeterError::passing(format!("battery: {e}")))?;
        }
        let rates = self.batteries.iter().map(|b| (b.state(), f64::from(b.energy_rate().get::<watt>())));
        Ok(now(clock, Reading::PowerW(discharge_w(rates).map_err(MeterError::passing)?)))
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
