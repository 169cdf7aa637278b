//! A meter whose readings are multiplied by a gain that its owner has found by calibration.

use crate::energy::{Clock, Condition, Meter, MeterError, MeterInfo, Reading, Sample};

/// A calibrated meter.
#[derive(Debug)]
pub struct Gained {
    meter: Box<dyn Meter>,
    info: MeterInfo,
    gain: f64,
}

impl Gained {
    /// Multiplies a meter's readings.
    pub fn new(meter: Box<dyn Meter>, gain: f64) -> Self {
        let mut info = meter.info().clone();
        info.notes.push(format!("its readings are multiplied by {gain}"));
        info.plausible_w = (info.plausible_w.0 * gain, info.plausible_w.1 * gain);
        info.resolution = info.resolution.map(|r| r * gain);
        // What its maker says of its gain has been corrected.
        info.accuracy = None;
        Self { meter, info, gain }
    }
}

impl Meter for Gained {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let corrected = |s: Sample| Sample {
            reading: match s.reading {
                Reading::EnergyJ(j) => Reading::EnergyJ(j * self.gain),
                Reading::PowerW(w) => Reading::PowerW(w * self.gain),
            },
            ..s
        };
        Ok(self.meter.read(clock)?.into_iter().map(corrected).collect())
    }

    fn condition(&mut self) -> Option<Condition> {
        self.meter.condition()
    }
}
