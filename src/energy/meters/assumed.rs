//! The user's word for the power.

use super::super::meter::now;
use super::MeterKind;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind =
    MeterKind { word: "watts", name: "your word", rank: 10, why: "you gave it", missed_by: &[], find: None };

/// A constant power given by the user.
#[derive(Debug)]
pub struct Assumed {
    info: MeterInfo,
    watts: f64,
}

impl Assumed {
    /// A power in watts, for work done where `scope` says.
    pub fn new(watts: f64, scope: Scope) -> Self {
        Self { info: MeterInfo::new(KIND.word, format!("your word, {watts} W"), Tier::Assumed, scope), watts }
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
