//! Edge lists: projections from data, one row per synapse, as CSV or Parquet.
//!
//! Columns `source` and `target` number neurons within their populations from 0; `weight` (in the unit of the target's weights, times the
//! projection's own weight) and `delay` (ms) may be absent. Other columns are passed over.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

#[cfg(feature = "formats")]
mod parquet_edges;

use std::fs::File;
use std::hash::Hasher;
use std::io::{BufRead, BufReader};
use std::path::Path;

use rayon::prelude::*;

use super::hash::Fnv;
use crate::bounds;
use crate::error::{Error, Result};
use crate::files::{Number, without_mark};
use crate::grid::{self, is_multiple};

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

/// What a list is checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Names and sizes of both populations.
    pub(super) source: (&'a str, u32),
    pub(super) target: (&'a str, u32),
    pub(super) dt_ms: f64,
    /// Whether a pair may stand in it several times.
    pub(super) duplicates: bool,
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

    /// Checks and keeps a row; `place` is its line, or its number.
    fn push(&mut self, place: usize, ends: [Number; 2], weight: f64, delay_ms: Option<f64>) -> Result<()> {
        let mut numbers = [0; 2];
        let populations = [("source", self.expected.source), ("target", self.expected.target)];
        for ((number, end), (what, (name, size))) in numbers.iter_mut().zip(ends).zip(populations) {
            *number = end.index().filter(|n| *n < size).ok_or_else(|| {
                self.refuse(place, format!("{what} {end} is no neuron of population \"{name}\", which has 0 to {}", size - 1))
            })?;
        }
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
        let twice = edges.windows(2).find(|w| (w[0].source, w[0].target) == (w[1].source, w[1].target));
        if let (Some([e, _]), false) = (twice, expected.duplicates) {
            let times = edges.iter().filter(|x| (x.source, x.target) == (e.source, e.target)).count();
            return Err(Error::Input(format!(
                "{file}: the pair {} to {} stands {times} times; sum its weights, or allow it with duplicates = \"keep\"",
                e.source, e.target
            )));
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

/// Reads a list that is embedded as CSV.
pub(super) fn from_bytes(file: &str, bytes: &[u8], expected: Expected<'_>) -> Result<EdgeList> {
    from_csv(file, bytes, expected)
}

/// Reads a file that ends in `.csv` or `.parquet`.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Scenario`] with the line (CSV) or the number of the row (Parquet) for a row
/// that is out of range, [`Error::Input`] for missing columns and for pairs that stand in it twice.
pub(super) fn read(path: &Path, expected: Expected<'_>) -> Result<EdgeList> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    let open = || {
        File::open(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => failed("no such edge list; its place counts from the scenario file".into()),
            _ => failed(e.to_string()),
        })
    };
    let name = path.display().to_string();
    match path.extension().and_then(|e| e.to_str()) {
        Some("csv") => from_csv(&name, BufReader::with_capacity(1 << 20, open()?), expected),
        #[cfg(feature = "formats")]
        Some("parquet") => parquet_edges::read(&name, open()?, expected),
        #[cfg(not(feature = "formats"))]
        Some("parquet") => Err(failed("this was built without Parquet files; build it with the feature `formats`".into())),
        _ => Err(failed("an edge list must end in .csv or .parquet".into())),
    }
}

/// Places of the columns: sources, targets, weights, delays.
fn columns<'a>(file: &str, names: impl Iterator<Item = &'a str>) -> Result<(usize, usize, Option<usize>, Option<usize>)> {
    let names: Vec<&str> = names.map(str::trim).collect();
    let find = |name: &str| names.iter().position(|n| *n == name);
    let required = |name: &str| {
        find(name).ok_or_else(|| {
            Error::Input(format!(
                "{file}: an edge list needs the columns source and target, and may have weight and delay; it has {}",
                names.join(", ")
            ))
        })
    };
    Ok((required("source")?, required("target")?, find("weight"), find("delay")))
}

fn from_csv(file: &str, input: impl BufRead, expected: Expected<'_>) -> Result<EdgeList> {
    let failed = |e: csv::Error| Error::File { path: file.into(), reason: e.to_string() };
    let input = without_mark(input).map_err(|e| Error::File { path: file.into(), reason: e.to_string() })?;
    let mut csv = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(input);
    let (source, target, weight, delay) = columns(file, csv.headers().map_err(failed)?.clone().iter())?;
    let mut reader = Reader { file, expected, edges: Vec::new() };
    let mut record = csv::ByteRecord::new();
    while csv.read_byte_record(&mut record).map_err(failed)? {
        let line = record.position().map_or(0, csv::Position::line) as usize;
        let text = |i: usize| String::from_utf8_lossy(&record[i]).trim().to_owned();
        let parsed = |i: usize| std::str::from_utf8(&record[i]).ok().map(str::trim);
        let number = |i: usize| {
            let read = parsed(i).and_then(|t| t.parse::<f64>().ok());
            read.ok_or_else(|| reader.refuse(line, format!("\"{}\" is no number", text(i))))
        };
        let end = |i: usize| {
            let read = parsed(i).and_then(|t| t.parse::<i64>().ok());
            read.map(|n| Number::Whole(n.into()))
                .ok_or_else(|| reader.refuse(line, format!("\"{}\" is no neuron; write its number, from 0 on", text(i))))
        };
        let ends = [end(source)?, end(target)?];
        let (w, d) = (weight.map(number).transpose()?.unwrap_or(1.0), delay.map(number).transpose()?);
        reader.push(line, ends, w, d)?;
    }
    reader.finish(weight.is_some(), delay.is_some())
}
