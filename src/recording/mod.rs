//! Recordings: spikes and potentials written to files while a simulation runs, and read back.
//!
//! A file's ending chooses its format: `.parquet`, `.csv`, `.npz` (NumPy) or `.dat` (the columns of NEST's ASCII recordings). Rows are
//! streamed; the file appears under its name when it is complete, never before. Every format carries the same [`Header`].
//!
//! ```
//! use spikewatt::recording::{self, Header, Rows, Writer};
//!
//! # fn main() -> spikewatt::Result<()> {
//! # let network = spikewatt::network::Network::build(&spikewatt::scenario::load("membrane")?)?;
//! # let folder = tempfile::tempdir().expect("a folder");
//! let path = folder.path().join("spikes.csv");
//! let mut writer = Writer::create(&path, &Header::new(&network, 0.0, 100.0), false)?;
//! let mut rows = Rows::default();
//! rows.push(41, 0.1, 0, 7);
//! writer.write(&rows)?;
//! writer.finish(100.0)?;
//! assert_eq!(recording::read(&path)?.rows.len(), 1);
//! # Ok(())
//! # }
//! ```

mod checkpoint;
mod csv;
mod gather;
mod journal;
mod nest;
#[cfg(feature = "formats")]
mod npz;
#[cfg(feature = "formats")]
mod parquet;
mod recorder;
mod selection;
mod weights;

pub use checkpoint::{Asked, Checkpoint};
pub use journal::{Journal, Sample};
pub use recorder::{Ended, Keep, Leg, Recorder, Written};
pub use selection::Selection;
pub use weights::{weight_files, write_weights};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bounds;
use crate::error::{Error, Result};
#[cfg(feature = "formats")]
use crate::files::folder_of;
use crate::files::temporary_beside;
use crate::message;
use crate::message::Term;
use crate::network::Network;
use crate::scenario::NeuronIds;

/// What a recording tells of itself: as JSON in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// `spikewatt` and its version.
    pub program: String,
    /// Scenario, its version and the hash of its text.
    pub scenario: String,
    /// Version of the scenario's content.
    pub scenario_version: u32,
    /// Hash of the scenario's text.
    pub scenario_hash: String,
    /// Seed.
    pub seed: u64,
    /// Time step, ms.
    pub dt_ms: f64,
    /// Times from which and until which was recorded, ms from the start of the simulation.
    pub from_ms: f64,
    /// End, ms.
    pub until_ms: f64,
    /// Populations, in the order of their numbers.
    pub populations: Vec<Recorded>,
}

/// A population of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Name.
    pub name: String,
    /// Neurons.
    pub size: u32,
    /// Whether it is one of spike sources.
    #[serde(default)]
    pub source: bool,
    /// Whether it was recorded.
    #[serde(default = "yes")]
    pub recorded: bool,
    /// Names of its neurons in data, which stand in a column of their own; what is read has none.
    #[serde(skip)]
    pub ids: Option<Arc<NeuronIds>>,
}

/// Files of earlier versions tell only what was recorded.
fn yes() -> bool {
    true
}

impl Header {
    /// The header of a network's recording.
    pub fn new(network: &Network, from_ms: f64, until_ms: f64) -> Self {
        let s = &network.scenario;
        let recorded = |p: &crate::network::Population| Recorded {
            name: p.name.clone(),
            size: p.size,
            source: p.model.is_source(),
            recorded: true,
            ids: s.populations.get(p.origin() as usize).and_then(|spec| spec.ids.clone()),
        };
        Self {
            program: concat!("spikewatt ", env!("CARGO_PKG_VERSION")).into(),
            scenario: s.name.clone(),
            scenario_version: s.version,
            scenario_hash: s.hash.clone(),
            seed: network.seed,
            dt_ms: s.dt_ms,
            from_ms,
            until_ms,
            populations: network.populations.iter().map(recorded).collect(),
        }
    }

    /// The same of a file that holds some populations only.
    pub fn of_some(&self, recorded: impl Fn(usize) -> bool) -> Self {
        let populations = self.populations.iter().enumerate();
        let populations = populations.map(|(i, p)| Recorded { recorded: recorded(i), ..p.clone() }).collect();
        Self { populations, ..self.clone() }
    }

    /// Whether neurons of any population have names in data.
    fn has_ids(&self) -> bool {
        self.populations.iter().any(|p| p.ids.is_some())
    }

    /// The name of a neuron in data.
    fn id(&self, population: u32, neuron: u32) -> Option<u64> {
        self.populations.get(population as usize)?.ids.as_ref()?.all().get(neuron as usize).copied()
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Number of the first neuron of every population if all are numbered through from 1, as NEST does.
    fn first_ids(&self) -> Vec<u64> {
        let mut next = 1;
        let first = |p: &Recorded| {
            let first = next;
            next += u64::from(p.size);
            first
        };
        self.populations.iter().map(first).collect()
    }
}

/// Rows of a recording, column by column. Times are ends of steps, ms from the start of the simulation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Time, ms.
    pub time_ms: Vec<f64>,
    /// Number of the population.
    pub population: Vec<u32>,
    /// Number of the neuron within it, from 0.
    pub neuron: Vec<u32>,
    /// Membrane potential, mV; empty for spikes.
    pub v_mv: Vec<f64>,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.time_ms.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time_ms.is_empty()
    }

    /// Adds the end of a step as a time.
    pub fn push(&mut self, step: u64, dt_ms: f64, population: u32, neuron: u32) {
        // Without the noise of binary fractions: a nanosecond is finer than any time step.
        self.time_ms.push(((step + 1) as f64 * dt_ms * 1e6).round() / 1e6);
        self.population.push(population);
        self.neuron.push(neuron);
    }
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    #[cfg(feature = "formats")]
    Parquet,
    Csv,
    #[cfg(feature = "formats")]
    Npz,
    Nest,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()) {
            #[cfg(feature = "formats")]
            Some("parquet") => Ok(Format::Parquet),
            Some("csv") => Ok(Format::Csv),
            #[cfg(feature = "formats")]
            Some("npz") => Ok(Format::Npz),
            #[cfg(not(feature = "formats"))]
            Some(ending @ ("parquet" | "npz")) => Err(Error::Input(format!(
                "{}: this was built without .{ending} files; build it with the feature `formats`, or end the file in .csv or .dat",
                path.display()
            ))),
            Some("dat") => Ok(Format::Nest),
            _ => Err(Error::Input(format!(
                "{}: the ending chooses the format of a recording; end it in .parquet, .csv, .npz or .dat (NEST's columns)",
                path.display()
            ))),
        }
    }
}

/// What a format does with rows.
trait Sink {
    /// Writes rows.
    fn write(&mut self, rows: &Rows) -> std::io::Result<()>;
    /// Writes what comes last, and the header as it is now known to be.
    fn finish(self: Box<Self>, header: &Header) -> std::io::Result<()>;
}

/// A recording being written.
pub struct Writer {
    path: PathBuf,
    header: Header,
    file: tempfile::NamedTempFile,
    sink: Box<dyn Sink>,
    rows: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins a recording, of potentials or of spikes. Nothing appears at `path` before [`Writer::finish`].
    ///
    /// # Errors
    /// [`Error::Input`] for an ending that is no format's, [`Error::File`] where no file can be written.
    pub fn create(path: &Path, header: &Header, potentials: bool) -> Result<Self> {
        let format = Format::of(path)?;
        let file = temporary_beside(path).map_err(|e| file_error(path, &e))?;
        let handle = file.reopen().map_err(|e| file_error(path, &e))?;
        let sink: std::io::Result<Box<dyn Sink>> = match format {
            #[cfg(feature = "formats")]
            Format::Parquet => parquet::Parquet::new(handle, header, potentials).map(|s| Box::new(s) as _),
            Format::Csv => csv::Csv::new(handle, header, potentials).map(|s| Box::new(s) as _),
            #[cfg(feature = "formats")]
            Format::Npz => npz::Npz::new(handle, folder_of(path), header, potentials).map(|s| Box::new(s) as _),
            Format::Nest => nest::Nest::new(handle, header, potentials).map(|s| Box::new(s) as _),
        };
        Ok(Self { path: path.to_owned(), header: header.clone(), file, sink: sink.map_err(|e| file_error(path, &e))?, rows: 0 })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// [`Error::File`], for instance for a full disk.
    pub fn write(&mut self, rows: &Rows) -> Result<()> {
        self.rows += rows.len() as u64;
        self.sink.write(rows).map_err(|e| file_error(&self.path, &e))
    }

    /// Completes the recording, which ends at `until_ms`, and lets it appear; gives the number of rows.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(mut self, until_ms: f64) -> Result<u64> {
        self.header.until_ms = until_ms;
        self.sink.finish(&self.header).map_err(|e| file_error(&self.path, &e))?;
        self.file.as_file().sync_all().map_err(|e| file_error(&self.path, &e))?;
        self.file.persist(&self.path).map_err(|e| file_error(&self.path, &e.error))?;
        Ok(self.rows)
    }
}

fn file_error(path: &Path, e: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), reason: e.to_string() }
}

/// A recording that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What it tells of itself. For files of other programs: the neurons that stand in it.
    pub header: Header,
    /// Its rows.
    pub rows: Rows,
    /// The numbers of the neurons in files of other programs, rising, population by population; empty for a recording of this one.
    pub ids: Vec<Vec<u32>>,
}

impl Recording {
    /// Adds neurons that never fired to a file of another program: so many in all, or all of a range of numbers.
    ///
    /// # Errors
    /// [`Error::Input`] for a recording that tells its neurons, one of several populations, or fewer neurons than stand in it.
    pub fn with_neurons(mut self, neurons: &Neurons) -> Result<Self> {
        let refuse = |why: String| Error::Asked(message!(Term::Neurons, why));
        let [ids] = &self.ids[..] else {
            return Err(refuse(match self.ids.is_empty() {
                true => ": the recording tells itself how many neurons there are; leave it out".into(),
                false => {
                    format!(": the file has {} populations, so that one number is not enough; leave it out", self.ids.len())
                }
            }));
        };
        match *neurons {
            Neurons::Number(n) if (n as usize) < ids.len() => {
                return Err(refuse(format!(" {n}: {} neurons stand in the file; give at least as many", ids.len())));
            }
            Neurons::Number(n) => self.header.populations[0].size = n,
            Neurons::Range(first, last) => {
                if let Some(other) = ids.iter().find(|id| !(first..=last).contains(*id)) {
                    let why = format!(" {first}-{last}: neuron {other} stands in the file; give a range that holds it");
                    return Err(refuse(why));
                }
                let at: Vec<u32> = ids.iter().map(|id| id - first).collect();
                self.rows.neuron.iter_mut().for_each(|n| *n = at[*n as usize]);
                self.header.populations[0].size = last - first + 1;
            }
        }
        Ok(self)
    }
}

/// Which neurons there are beside those that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neurons {
    /// So many in all.
    Number(u32),
    /// All numbers of a range, both ends included.
    Range(u32, u32),
}

impl std::str::FromStr for Neurons {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let number = |t: &str| t.trim().parse::<u32>().ok().filter(|n| *n <= bounds::MAX_RECORDED_NEURON);
        let read = match text.split_once('-') {
            Some((a, b)) => number(a).zip(number(b)).filter(|(a, b)| a <= b).map(|(a, b)| Neurons::Range(a, b)),
            None => number(text).filter(|n| *n > 0).map(Neurons::Number),
        };
        read.ok_or_else(|| {
            format!(
                "give a number of neurons such as 1000, or a range of numbers such as 101-200, up to {}",
                bounds::MAX_RECORDED_NEURON
            )
        })
    }
}

/// Reads a recording.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read or is no recording; [`Error::Input`] for an unknown ending.
pub fn read(path: &Path) -> Result<Recording> {
    let format = Format::of(path)?;
    let file = std::fs::File::open(path).map_err(|e| file_error(path, &e))?;
    let read = match format {
        #[cfg(feature = "formats")]
        Format::Parquet => parquet::read(file),
        Format::Csv => csv::read(file),
        #[cfg(feature = "formats")]
        Format::Npz => npz::read(file),
        Format::Nest => nest::read(file),
    };
    read.map_err(|reason| Error::File { path: path.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            program: "spikewatt test".into(),
            scenario: "x".into(),
            scenario_version: 1,
            scenario_hash: "0".into(),
            seed: 1,
            dt_ms: 0.1,
            from_ms: 10.0,
            until_ms: 20.0,
            populations: ["E", "I, \"odd\""]
                .map(|name| Recorded { name: name.into(), size: 10, source: false, recorded: true, ids: None })
                .to_vec(),
        }
    }

    #[test]
    fn every_format_gives_back_what_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        for potentials in [false, true] {
            let mut rows = Rows::default();
            for i in 0..70_000u32 {
                rows.push(u64::from(100 + i / 700), 0.1, i % 2, i % 10);
                if potentials {
                    rows.v_mv.push(-65.0 + f64::from(i) / 1024.0);
                }
            }
            for name in ["r.parquet", "r.csv", "r.npz", "r.dat"] {
                let path = folder.path().join(name);
                let mut writer = Writer::create(&path, &header(), potentials).expect("created");
                assert!(!path.exists(), "{name} appeared before it was complete");
                let part = |from: usize, to: usize| Rows {
                    time_ms: rows.time_ms[from..to].to_vec(),
                    population: rows.population[from..to].to_vec(),
                    neuron: rows.neuron[from..to].to_vec(),
                    v_mv: if potentials { rows.v_mv[from..to].to_vec() } else { Vec::new() },
                };
                writer.write(&part(0, 50_000)).expect("written");
                writer.write(&part(50_000, 70_000)).expect("written");
                assert_eq!(writer.finish(15.0).expect("finished"), 70_000);
                let back = read(&path).expect("read");
                assert_eq!(back.header, Header { until_ms: 15.0, ..header() }, "{name}");
                assert!(back.rows == rows, "{name}: {:?}", back.rows.time_ms.get(..5));
                std::fs::remove_file(&path).expect("removed");
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "temporary files are left");
    }
}
