//! Statistics that another simulator has of a network, and how far two of its seeds are apart: what a run can be held against.

use super::measures;
use super::trains::Trains;
use crate::math::mean;
use crate::recording::Header;

/// Quantiles of NEST's distributions over neurons and pairs of neurons, column by column.
const MICROCIRCUIT: &str = include_str!("../../assets/reference/microcircuit.csv");
/// Distances between seeds of NEST, which `cargo run --release --example seeds` writes.
const MICROCIRCUIT_SEEDS: &str = include_str!("../../assets/reference/microcircuit_seeds.csv");

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// Firing rates of neurons.
    Rate,
    /// Coefficients of variation of the inter-spike intervals of neurons.
    Cv,
    /// Correlations of the spike counts of pairs of neurons.
    Correlation,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Statistic; 3] = [Statistic::Rate, Statistic::Cv, Statistic::Correlation];

    /// Word in files.
    pub fn word(self) -> &'static str {
        match self {
            Statistic::Rate => "rate",
            Statistic::Cv => "cv",
            Statistic::Correlation => "corr",
        }
    }

    /// Words for tables.
    pub fn words(self) -> &'static str {
        match self {
            Statistic::Rate => "rate, Hz",
            Statistic::Cv => "CV of intervals",
            Statistic::Correlation => "correlation",
        }
    }

    /// Its values in a population.
    pub fn of(self, trains: &Trains, population: usize) -> Vec<f64> {
        match self {
            Statistic::Rate => measures::rates_hz(trains, population),
            Statistic::Cv => measures::cv_isi(trains, population),
            Statistic::Correlation => measures::correlations(trains, population),
        }
    }
}

/// What another simulator found.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// What it is.
    pub name: &'static str,
    /// Biological time it left out at the beginning, ms.
    pub transient_ms: f64,
    /// Biological time it recorded, ms.
    pub bio_ms: f64,
    quantiles: &'static str,
    seeds: &'static str,
}

/// A statistic of a population beside the reference's.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Population.
    pub population: String,
    /// What is compared.
    pub statistic: Statistic,
    /// Mean.
    pub mean: f64,
    /// The reference's mean.
    pub reference_mean: f64,
    /// Kolmogorov-Smirnov distance to the reference.
    pub ks: f64,
    /// Mean distance of two of the reference's seeds.
    pub ks_between_seeds: f64,
    /// Distance up to which they agree.
    pub ks_limit: f64,
}

impl Held {
    /// Whether they agree.
    pub fn agrees(&self) -> bool {
        self.ks <= self.ks_limit
    }
}

impl Reference {
    /// The cortical microcircuit at full scale on NEST 3.10, 10 s after 0.5 s.
    pub fn microcircuit() -> Self {
        Self {
            name: "NEST 3.10, 10 s after 0.5 s",
            transient_ms: 500.0,
            bio_ms: 10_000.0,
            quantiles: MICROCIRCUIT,
            seeds: MICROCIRCUIT_SEEDS,
        }
    }

    /// Its distribution of a statistic over a population, as quantiles.
    pub fn quantiles(&self, statistic: Statistic, population: &str) -> Option<Vec<f64>> {
        let mut lines = self.quantiles.lines().filter(|l| !l.starts_with('#'));
        let name = format!("{}_{population}", statistic.word());
        let column = lines.next()?.split(',').position(|n| n == name)?;
        lines.map(|line| line.split(',').nth(column)?.parse().ok()).collect()
    }

    /// Distances between its seeds: their mean, and the one up to which two count as alike.
    fn between_seeds(&self, statistic: Statistic, population: &str) -> Option<(f64, f64)> {
        let row = self.seeds.lines().filter(|l| !l.starts_with('#')).map(|l| l.split(',').collect::<Vec<_>>());
        let row = row.into_iter().find(|r| r.len() == 5 && r[0] == population && r[1] == statistic.word())?;
        Some((row[2].parse().ok()?, row[4].parse().ok()?))
    }

    /// Whether a recording is of the network it knows: populations of the same names and sizes.
    pub fn is_of(&self, header: &Header) -> bool {
        let neurons = header.populations.iter().filter(|p| !p.source);
        let row = |name: &str| self.seeds.lines().find_map(|l| l.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "));
        let mut known = 0;
        for p in neurons {
            if row(&p.name).and_then(|size| size.parse().ok()) != Some(p.size) {
                return false;
            }
            known += 1;
        }
        known > 0
    }

    /// Holds spike trains against it, statistic by statistic of every population it knows.
    pub fn hold(&self, trains: &Trains) -> Vec<Held> {
        let mut all = Vec::new();
        for p in trains.populations() {
            let population = trains.header.populations[p].name.clone();
            for statistic in Statistic::ALL {
                let (Some(theirs), Some((between, limit))) =
                    (self.quantiles(statistic, &population), self.between_seeds(statistic, &population))
                else {
                    continue;
                };
                let own = statistic.of(trains, p);
                all.push(Held {
                    population: population.clone(),
                    statistic,
                    mean: mean(&own).unwrap_or(0.0),
                    reference_mean: mean(&theirs).unwrap_or(0.0),
                    ks: if own.is_empty() { 1.0 } else { measures::ks_distance(&own, &theirs) },
                    ks_between_seeds: between,
                    ks_limit: limit,
                });
            }
        }
        all
    }
}
