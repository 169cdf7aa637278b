//! The user's word for the power.

use super::super::meter::now;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// A constant power given by the user.
#[derive(Debug)]
pub struct Assumed {
    info: MeterInfo,
    watts: f64,
}

impl Assumed {
    /// A power in watts, for work done where `scope` says.
    pub fn new(watts: f64, scope: Scope) -> Self {
        Self { info: MeterInfo::new("watts", format!("--watts {watts}"), Tier::Assumed, scope), watts }
    }
}

impl Meter for Assumed {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        Ok(now(clock, Reading::PowerW(self.watts)))
    }
}
