//! Statistics of spike recordings, as computational neuroscience reports them. What each is and where it comes from:
//! `docs/analysis.md`.
//!
//! ```
//! use spikewatt::analysis::{Trains, analyse};
//! use spikewatt::recording::{Header, Recording, Rows};
//!
//! # fn main() -> spikewatt::Result<()> {
//! # let network = spikewatt::network::Network::build(&spikewatt::scenario::load("membrane")?)?;
//! let mut rows = Rows::default();
//! // Neuron 3 fires every 20 ms.
//! (0..50).for_each(|i| rows.push(200 * i, 0.1, 0, 3));
//! let recording = Recording { header: Header::new(&network, 0.0, 1000.0), rows, ids: Vec::new() };
//! let found = analyse(&Trains::new(&recording, None, None)?);
//! assert_eq!(found.all.silent_share, Some(1.0 - 1.0 / network.neurons() as f64));
//! # Ok(())
//! # }
//! ```

#[doc(hidden)]
pub mod measures;
mod reference;
mod trains;

pub use measures::{Activity, Peak, ks_distance};
pub use reference::{Held, Reference, Statistic};
pub use trains::Trains;

use serde::Serialize;

use crate::math::{mean, sd};

/// Version of the analysis as JSON.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that is computed of a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Version of this form.
    pub schema_version: u32,
    /// What made the recording.
    pub program: String,
    /// Scenario of the recording.
    pub scenario: String,
    /// Seed of the recording.
    pub seed: u64,
    /// Begin of what was analysed, ms.
    pub from_ms: f64,
    /// End, ms.
    pub until_ms: f64,
    /// Population by population.
    pub populations: Vec<Statistics>,
    /// All neurons together.
    pub all: Statistics,
}

/// Statistics of a group of neurons. What cannot be told from the recording is absent (null).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// Name of the population.
    pub name: String,
    /// Neurons.
    pub neurons: usize,
    /// Spikes.
    pub spikes: usize,
    /// Mean firing rate, Hz.
    pub rate_hz: Option<f64>,
    /// Standard deviation of the rate over neurons, Hz.
    pub rate_sd_hz: Option<f64>,
    /// Share of neurons that never fired.
    pub silent_share: Option<f64>,
    /// CV of inter-spike intervals, mean over neurons with at least 5 of them.
    pub cv_isi: Option<f64>,
    /// How many neurons those are.
    pub cv_neurons: usize,
    /// Pairwise correlation of spike counts in 2 ms, mean over pairs of neurons of the population.
    pub correlation: Option<f64>,
    /// Its standard deviation over pairs.
    pub correlation_sd: Option<f64>,
    /// How many pairs those are.
    pub correlation_pairs: usize,
    /// Fano factor of the population's spike count in 1 ms.
    pub fano_1ms: Option<f64>,
    /// The same in 5 ms.
    pub fano_5ms: Option<f64>,
    /// Peak of the power spectrum of the population's spike count.
    pub spectrum_peak: Option<Peak>,
    /// Share of neurons active within windows of rising length.
    pub activity: Vec<Activity>,
}

/// Computes the statistics of spike trains.
pub fn analyse(trains: &Trains) -> Analysis {
    let neurons = trains.populations();
    let name = |p: usize| trains.header.populations[p].name.clone();
    Analysis {
        schema_version: SCHEMA_VERSION,
        program: trains.header.program.clone(),
        scenario: trains.header.scenario.clone(),
        seed: trains.header.seed,
        from_ms: trains.from_ms,
        until_ms: trains.until_ms,
        populations: neurons.iter().map(|p| statistics(trains, &name(*p), &[*p])).collect(),
        all: statistics(trains, "all", &neurons),
    }
}

/// Statistics of some populations together; correlations are those of one population, and absent for several.
fn statistics(trains: &Trains, name: &str, populations: &[usize]) -> Statistics {
    let of_each =
        |measure: fn(&Trains, usize) -> Vec<f64>| -> Vec<f64> { populations.iter().flat_map(|p| measure(trains, *p)).collect() };
    let rates = of_each(measures::rates_hz);
    let cv = of_each(measures::cv_isi);
    let correlations = if populations.len() == 1 { of_each(measures::correlations) } else { Vec::new() };
    let counts_1ms = measures::population_counts(trains, populations, 1.0);
    Statistics {
        name: name.to_owned(),
        neurons: rates.len(),
        spikes: populations.iter().map(|p| trains.of_population(*p).len()).sum(),
        rate_hz: mean(&rates),
        rate_sd_hz: sd(&rates),
        silent_share: mean(&rates.iter().map(|r| f64::from(u8::from(*r == 0.0))).collect::<Vec<_>>()),
        cv_isi: mean(&cv),
        cv_neurons: cv.len(),
        correlation: mean(&correlations),
        correlation_sd: sd(&correlations),
        correlation_pairs: correlations.len(),
        fano_1ms: measures::fano(&counts_1ms),
        fano_5ms: measures::fano(&measures::population_counts(trains, populations, 5.0)),
        spectrum_peak: measures::spectrum_peak(&counts_1ms),
        activity: measures::activity(trains, populations),
    }
}

#[cfg(test)]
mod tests;
