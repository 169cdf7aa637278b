//! Spike trains: a recording sorted by neuron.

#![allow(clippy::cast_possible_truncation, reason = "windows of a recording are counted, whose length was checked")]

use crate::bounds;
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;
use crate::recording::{Header, Recording};

/// A stretch of a recording, neuron by neuron.
#[derive(Debug, Clone)]
pub struct Trains {
    /// What the recording tells of itself.
    pub header: Header,
    /// Begin, ms: spikes after it count.
    pub from_ms: f64,
    /// End, ms: spikes up to and at it count.
    pub until_ms: f64,
    /// For each population where each neuron's spikes begin in `times`, and where the last one's end.
    first: Vec<Vec<usize>>,
    /// Times since `from_ms`, ms, rising for each neuron.
    times: Vec<f64>,
}

impl Trains {
    /// Sorts the spikes of a recording, or of a part of its time.
    ///
    /// # Errors
    /// [`Error::Input`] for a recording of potentials, a neuron beyond its population, or a time that is not within the recording.
    pub fn new(recording: &Recording, from_ms: Option<f64>, until_ms: Option<f64>) -> Result<Self> {
        let Recording { header, rows, .. } = recording;
        if !rows.v_mv.is_empty() {
            let why = "this is a recording of potentials; statistics are those of spikes (";
            return Err(Error::Asked(message!(why, Term::Record, " spikes)")));
        }
        let (from, until) = (from_ms.unwrap_or(header.from_ms), until_ms.unwrap_or(header.until_ms));
        let within = from >= header.from_ms && until <= header.until_ms + 1e-6 && from < until;
        if !within {
            return Err(Error::Input(format!(
                "from {from} to {until} ms: the recording goes from {} to {} ms; choose a part of it",
                header.from_ms, header.until_ms
            )));
        }
        if until - from > bounds::LONGEST_ANALYSIS_MS {
            let most = bounds::LONGEST_ANALYSIS_MS;
            let why = format!(
                "from {from} to {until} ms is too long to be analysed at once, over {most:e} ms; choose a part of it with "
            );
            return Err(Error::Asked(message!(why, Term::FromMs, " and ", Term::UntilMs)));
        }
        let sizes: Vec<usize> = header.populations.iter().map(|p| p.size as usize).collect();
        let mut offset: Vec<usize> = sizes.iter().scan(0, |sum, n| Some(std::mem::replace(sum, *sum + n))).collect();
        offset.push(sizes.iter().sum());
        let mut places = Vec::with_capacity(rows.len());
        let mut ends = vec![0usize; offset[sizes.len()] + 1];
        for i in 0..rows.len() {
            let (population, neuron, time) = (rows.population[i] as usize, rows.neuron[i] as usize, rows.time_ms[i]);
            if sizes.get(population).is_none_or(|n| neuron >= *n) {
                return Err(Error::Input(format!("row {}: there is no neuron {neuron} in population {population}", i + 1)));
            }
            let counts = time > from + 1e-9 && time <= until + 1e-9;
            places.push(if counts { offset[population] + neuron } else { usize::MAX });
            if counts {
                ends[offset[population] + neuron + 1] += 1;
            }
        }
        for i in 1..ends.len() {
            ends[i] += ends[i - 1];
        }
        let mut next = ends.clone();
        let mut times = vec![0.0; ends[ends.len() - 1]];
        for (i, &place) in places.iter().enumerate().filter(|(_, p)| **p != usize::MAX) {
            times[next[place]] = rows.time_ms[i] - from;
            next[place] += 1;
        }
        for bounds in ends.windows(2) {
            times[bounds[0]..bounds[1]].sort_unstable_by(f64::total_cmp);
        }
        let first = offset.windows(2).map(|o| ends[o[0]..=o[1]].to_vec()).collect();
        Ok(Self { header: header.clone(), from_ms: from, until_ms: until, first, times })
    }

    /// How long the stretch is, ms.
    pub fn duration_ms(&self) -> f64 {
        self.until_ms - self.from_ms
    }

    /// Neurons of a population.
    pub fn neurons(&self, population: usize) -> usize {
        self.first[population].len() - 1
    }

    /// Spike times of a neuron since the begin of the stretch, ms, rising.
    pub fn of(&self, population: usize, neuron: usize) -> &[f64] {
        &self.times[self.first[population][neuron]..self.first[population][neuron + 1]]
    }

    /// Spike times of a population, neuron by neuron.
    pub fn of_population(&self, population: usize) -> &[f64] {
        let first = &self.first[population];
        &self.times[first[0]..first[first.len() - 1]]
    }

    /// The numbers of the populations that were recorded: neurons, and spike sources only where there are no neurons.
    pub fn populations(&self) -> Vec<usize> {
        let recorded: Vec<usize> = (0..self.first.len()).filter(|p| self.header.populations[*p].recorded).collect();
        let neurons: Vec<usize> = recorded.iter().copied().filter(|p| !self.header.populations[*p].source).collect();
        if neurons.is_empty() { recorded } else { neurons }
    }
}

/// Which bin a time falls into: bin k holds times after `k * width` and up to `(k + 1) * width`, as a spike's time is the end of its step.
pub(super) fn bin(time_ms: f64, width_ms: f64) -> usize {
    ((time_ms - 1e-6) / width_ms).max(0.0) as usize
}
