//! Edge lists: projections from data, one row per synapse, as CSV (also compressed) or Parquet.
//!
//! Columns `source` and `target` tell neurons: by their numbers within their populations, from 0, or by their names where a population has
//! names (`ids`). `weight` (in the unit of the target's weights, times the projection's own weight) and `delay` (ms) may be absent, and a
//! column of words may tell signs. Columns may be called otherwise (`columns`); others are passed over.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use std::hash::Hasher;

use rayon::prelude::*;

use super::NeuronIds;
use super::data_file::{Cell, DataFile};
use super::hash::Fnv;
use crate::bounds;
use crate::error::{Error, Result};
use crate::grid::{self, is_multiple};

/// What an edge list is called in messages.
pub(super) const WHAT: &str = "edge list";

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Sender, counted within its population.
    pub source: u32,
    /// Target, counted within its population.
    pub target: u32,
    /// Weight; 1 if the file has no column of them.
    pub weight: f64,
    /// Delay, steps; 0 if the file has no column of them.
    pub delay: u32,
}

/// The synapses of a projection, sorted by sender and target.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeList {
    /// The synapses.
    pub edges: Vec<Edge>,
    /// Whether the file tells their weights.
    pub has_weights: bool,
    /// Whether the file tells their delays.
    pub has_delays: bool,
    /// Hash of the synapses.
    pub hash: u64,
}

impl EdgeList {
    /// The smallest |weight| but 0; infinite if there is none.
    pub fn smallest_weight(&self) -> f64 {
        self.edges.iter().map(|e| e.weight.abs()).filter(|w| *w > 0.0).fold(f64::INFINITY, f64::min)
    }
}

/// What is done with a pair that stands in a list several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// It is refused.
    Refuse,
    /// Each row is a synapse.
    Keep,
    /// They are one synapse, whose weight is their sum.
    Sum,
}

/// How the columns of a list are called, and what words say of signs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) weight: Option<String>,
    pub(super) delay: Option<String>,
    /// A column of words, and the factor each stands for.
    pub(super) sign: Option<(String, Vec<(String, f64)>)>,
}

impl Default for Columns {
    /// `source` and `target`; `weight` and `delay` if they are there.
    fn default() -> Self {
        Self { source: "source".into(), target: "target".into(), weight: None, delay: None, sign: None }
    }
}

/// What a list is checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Names and sizes of both populations, and their neurons' names, if rows have these.
    pub(super) source: (&'a str, u32, Option<&'a NeuronIds>),
    pub(super) target: (&'a str, u32, Option<&'a NeuronIds>),
    pub(super) dt_ms: f64,
    pub(super) duplicates: Duplicates,
    pub(super) columns: &'a Columns,
}

/// The columns as they are read, row by row, with what tells a row's place in messages.
struct Reader<'a> {
    file: &'a str,
    expected: Expected<'a>,
    edges: Vec<Edge>,
}

impl Reader<'_> {
    fn refuse(&self, place: usize, message: String) -> Error {
        Error::Scenario { file: self.file.to_owned(), line: place, message }
    }

    /// The neuron that a cell tells.
    fn end(&self, place: usize, what: &str, cell: Cell<'_>) -> Result<u32> {
        let (name, size, ids) = if what == "source" { self.expected.source } else { self.expected.target };
        if let Some(ids) = ids {
            let number = cell.id().and_then(|id| ids.number(id));
            return number.ok_or_else(|| {
                self.refuse(place, format!("{what} {cell} is not among the neurons that population \"{name}\" lists"))
            });
        }
        let written = || self.refuse(place, format!("\"{cell}\" is no neuron; write its number, from 0 on"));
        let number = cell.whole().ok_or_else(written)?;
        number.index().filter(|n| *n < size).ok_or_else(|| {
            self.refuse(place, format!("{what} {number} is no neuron of population \"{name}\", which has 0 to {}", size - 1))
        })
    }

    fn number(&self, place: usize, cell: Cell<'_>) -> Result<f64> {
        cell.real().ok_or_else(|| self.refuse(place, format!("\"{cell}\" is no number")))
    }

    /// What a word says of the sign of a weight.
    fn sign(&self, place: usize, cell: Cell<'_>) -> Result<f64> {
        let known = self.expected.columns.sign.as_ref().map_or(&[][..], |(_, words)| words);
        let word = cell.to_string();
        let found = known.iter().find(|(w, _)| *w == word).map(|(_, factor)| *factor);
        found.ok_or_else(|| self.refuse(place, format!("nothing tells the sign of \"{word}\"; add it to `sign`")))
    }

    /// Checks and keeps a row; `place` is its line, or its number.
    fn push(&mut self, place: usize, numbers: [u32; 2], weight: f64, delay_ms: Option<f64>) -> Result<()> {
        if !weight.is_finite() || weight.abs() > bounds::LARGEST {
            return Err(self.refuse(place, format!("the weight {weight} is no finite number of at most {:e}", bounds::LARGEST)));
        }
        let dt_ms = self.expected.dt_ms;
        let delay = match delay_ms {
            None => 0,
            Some(ms) if !(ms >= dt_ms * (1.0 - 1e-6) && grid::steps(ms, dt_ms) <= bounds::LONGEST_DELAY.into()) => {
                let most = bounds::LONGEST_DELAY;
                return Err(self.refuse(place, format!("the delay {ms} ms must be from one to {most} steps of dt_ms = {dt_ms}")));
            }
            Some(ms) if !is_multiple(ms, dt_ms) => {
                return Err(self.refuse(place, format!("the delay {ms} ms is not a multiple of dt_ms = {dt_ms}")));
            }
            Some(ms) => grid::steps(ms, dt_ms) as u32,
        };
        if self.edges.len() as u64 >= bounds::MAX_SYNAPSES {
            return Err(self.refuse(
                place,
                format!("an edge list has at most {} rows; split it into several projections", bounds::MAX_SYNAPSES),
            ));
        }
        self.edges.push(Edge { source: numbers[0], target: numbers[1], weight, delay });
        Ok(())
    }

    fn finish(self, has_weights: bool, has_delays: bool) -> Result<EdgeList> {
        let Reader { file, expected, mut edges } = self;
        // The whole row is the key, so that the order of the file's rows changes nothing.
        edges.par_sort_unstable_by_key(|e| (e.source, e.target, e.delay, e.weight.to_bits()));
        let same = |a: &Edge, b: &Edge| (a.source, a.target) == (b.source, b.target);
        match expected.duplicates {
            Duplicates::Keep => {}
            Duplicates::Refuse => {
                if let Some([e, _]) = edges.windows(2).find(|w| same(&w[0], &w[1])) {
                    let times = edges.iter().filter(|x| same(x, e)).count();
                    return Err(Error::Input(format!(
                        "{file}: the pair {} to {} stands {times} times; give duplicates = \"sum\" for one synapse with the sum of its weights, or \"keep\" for a synapse each",
                        e.source, e.target
                    )));
                }
            }
            Duplicates::Sum => {
                if let Some([a, b]) = edges.windows(2).find(|w| same(&w[0], &w[1]) && w[0].delay != w[1].delay) {
                    return Err(Error::Input(format!(
                        "{file}: the pair {} to {} stands in it with delays of {} and {} steps, which cannot be one synapse; give duplicates = \"keep\"",
                        a.source, a.target, a.delay, b.delay
                    )));
                }
                edges.dedup_by(|next, kept| {
                    let one = same(next, kept);
                    kept.weight += if one { next.weight } else { 0.0 };
                    one
                });
                edges.shrink_to_fit();
            }
        }
        let mut hash = Fnv::default();
        for e in &edges {
            for word in [e.source, e.target, e.delay] {
                hash.write(&word.to_le_bytes());
            }
            hash.write(&e.weight.to_bits().to_le_bytes());
        }
        Ok(EdgeList { edges, has_weights, has_delays, hash: hash.finish() })
    }
}

/// Reads a list.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Scenario`] with the line (CSV) or the number of the row (Parquet) for a row
/// that is out of range, [`Error::Input`] for missing columns and for pairs that stand in it twice.
pub(super) fn read(mut data: DataFile, expected: Expected<'_>) -> Result<EdgeList> {
    let file = data.name().to_owned();
    let called = expected.columns;
    let usual = called.source == "source" && called.target == "target";
    let (Some(source), Some(target)) = (data.find(&called.source), data.find(&called.target)) else {
        let there = data.columns().join(", ");
        return Err(Error::Input(match usual {
            true => format!(
                "{file}: an edge list needs the columns source and target, and may have weight and delay; it has {there}; `columns` tells how they are called"
            ),
            false => format!("{file}: it has no columns {} and {}, but {there}", called.source, called.target),
        }));
    };
    // What is called by its name must be there; what is not may be.
    let optional = |given: &Option<String>, usual: &str| match given {
        Some(name) => data.column(name).map(Some),
        None => Ok(data.find(usual)),
    };
    let (weight, delay) = (optional(&called.weight, "weight")?, optional(&called.delay, "delay")?);
    let sign = called.sign.as_ref().map(|(name, _)| data.column(name)).transpose()?;
    let columns: Vec<usize> = [Some(source), Some(target), weight, delay, sign].into_iter().flatten().collect();
    let texts: Vec<usize> = sign.into_iter().collect();
    let at = |column: Option<usize>| column.and_then(|c| columns.iter().position(|x| *x == c));
    let [weight_at, delay_at, sign_at] = [at(weight), at(delay), at(sign)];
    let mut reader = Reader { file: &file, expected, edges: Vec::new() };
    data.each_row(&columns, &texts, &mut |place, cells| {
        let ends = [reader.end(place, "source", cells[0])?, reader.end(place, "target", cells[1])?];
        let weight = weight_at.map(|i| reader.number(place, cells[i])).transpose()?.unwrap_or(1.0);
        let delay = delay_at.map(|i| reader.number(place, cells[i])).transpose()?;
        let sign = sign_at.map(|i| reader.sign(place, cells[i])).transpose()?.unwrap_or(1.0);
        reader.push(place, ends, sign * weight, delay)
    })?;
    reader.finish(weight.is_some() || sign.is_some(), delay.is_some())
}
