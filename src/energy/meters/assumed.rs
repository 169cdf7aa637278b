//! The user's word for the power.

use crate::energy::{Meter, MeterError, MeterInfo, Provenance, Reading, Scope};

/// A constant power given by the user.
#[derive(Debug)]
pub struct Assumed {
    info: MeterInfo,
    watts: f64,
}

impl Assumed {
    /// A power in watts, for work done where `scope` says.
    pub fn new(watts: f64, scope: Scope) -> Self {
        let info = MeterInfo { name: format!("--watts {watts}"), provenance: Provenance::Assumed, scope, resolution: None };
        Self { info, watts }
    }
}

impl Meter for Assumed {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self) -> Result<Reading, MeterError> {
        Ok(Reading::PowerW(self.watts))
    }
}
