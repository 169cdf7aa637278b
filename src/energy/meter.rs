//! What a meter is.

/// How a power figure was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// A counter or sensor of the hardware.
    Measured,
    /// A model.
    Estimated,
    /// The user's word.
    Assumed,
}

impl Provenance {
    /// Word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Provenance::Measured => "measured",
            Provenance::Estimated => "estimated",
            Provenance::Assumed => "assumed",
        }
    }
}

/// What a meter sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// A GPU board.
    Gpu,
    /// All CPU packages.
    CpuPackage,
}

impl Scope {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Scope::Gpu => "GPU board",
            Scope::CpuPackage => "CPU package",
        }
    }
}

/// A meter's description.
#[derive(Debug, Clone, PartialEq)]
pub struct MeterInfo {
    /// Name.
    pub name: String,
    /// How its figures come about.
    pub provenance: Provenance,
    /// What it sees.
    pub scope: Scope,
    /// Smallest difference it can show, in the unit of its readings (J or W); `None` if unknown.
    pub resolution: Option<f64>,
}

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Joules since the meter was opened, wrap-around already handled.
    EnergyJ(f64),
    /// Present power, watts.
    PowerW(f64),
}

/// A reading failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct MeterError(pub String);

/// A source of energy figures.
pub trait Meter: std::fmt::Debug {
    /// Its description.
    fn info(&self) -> &MeterInfo;
    /// Reads it.
    ///
    /// # Errors
    /// [`MeterError`] in the meter's own words.
    fn read(&mut self) -> Result<Reading, MeterError>;
}
