//! A run that is recorded: advances an engine piece by piece and writes what was asked for after each.

#![allow(clippy::cast_possible_truncation, reason = "numbers of populations and neurons fit 32 bits (src/bounds.rs)")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::journal::{Journal, Sample};
use super::{Header, Rows, Selection, Writer};
use crate::engine::{Engine, Spike, Tick};
use crate::error::{Error, Result};

/// Spikes a piece should have: enough to write well, few enough to hold.
const SPIKES_PER_PIECE: u64 = 1 << 20;
/// Longest piece, steps.
const LONGEST_PIECE: u64 = 10_000;
/// A piece that takes longer is followed by shorter ones, so that who waits for an end of the run does not wait long.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Rows that are written at once when what was recorded before is.
const ROWS_AT_ONCE: usize = 1 << 16;

/// Neurons of a population.
type Probed = (usize, Vec<u32>);

/// Writes a run to files.
#[derive(Debug)]
pub struct Recorder {
    spikes: Option<(Writer, Vec<bool>)>,
    potentials: Option<(Writer, Vec<Probed>)>,
    /// Steps between two samples of the potentials.
    interval: u64,
    paths: [PathBuf; 2],
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// What a row is.
    pub what: &'static str,
    /// How many of them.
    pub rows: u64,
}

/// What of a run is to be done.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Step at which the recording begins.
    pub first: u64,
    /// Steps that have been recorded.
    pub done: u64,
    /// Steps that are to be, in all.
    pub steps: u64,
    /// What was recorded in those that have; [`Recorder::replay`] writes it.
    pub journal: Journal,
}

impl Leg {
    /// A whole run.
    pub fn whole(first: u64, steps: u64) -> Self {
        Self { first, done: 0, steps, journal: Journal::default() }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The files, complete up to where the run came.
    pub written: Vec<Written>,
    /// What ended it before its end: [`Error::Interrupted`] for a tick, or the engine's own error.
    pub ended: Option<Error>,
}

/// Who keeps where a run stands, so that it can go on from there.
pub trait Keep {
    /// Whether it is time to.
    fn is_due(&self) -> bool;

    /// Keeps what has been recorded, and the state of the engine.
    ///
    /// # Errors
    /// Those that shall end the run.
    fn keep(&mut self, engine: &mut dyn Engine, journal: &Journal) -> Result<()>;
}

impl Recorder {
    /// Begins the files: spikes go to `path`, potentials to `path` as well unless there are both; then to `NAME-v.ENDING` beside it.
    /// Potentials are sampled every `interval` steps.
    ///
    /// # Errors
    /// [`Error::Input`] or [`Error::File`] where no file can be written.
    pub fn create(path: &Path, header: &Header, selections: &[Selection], interval: u64) -> Result<Self> {
        let mut fire = vec![false; header.populations.len()];
        let mut potentials: Vec<Probed> = Vec::new();
        for s in selections {
            match s {
                Selection::Spikes(populations) => populations.iter().for_each(|p| fire[*p] = true),
                Selection::Potentials { population, neurons } => match potentials.iter_mut().find(|(p, _)| p == population) {
                    None => potentials.push((*population, neurons.clone())),
                    Some((_, known)) => {
                        known.extend(neurons);
                        known.sort_unstable();
                        known.dedup();
                    }
                },
            }
        }
        let spikes = fire.contains(&true);
        let beside = match spikes {
            true => path.with_file_name(format!(
                "{}-v.{}",
                path.file_stem().unwrap_or_default().to_string_lossy(),
                path.extension().unwrap_or_default().to_string_lossy()
            )),
            false => path.to_owned(),
        };
        let spikes = spikes.then(|| Writer::create(path, &header.of_some(|p| fire[p]), false)).transpose()?;
        let with_v = (!potentials.is_empty())
            .then(|| Writer::create(&beside, &header.of_some(|p| potentials.iter().any(|(q, _)| *q == p)), true))
            .transpose()?;
        Ok(Self {
            spikes: spikes.map(|w| (w, fire)),
            potentials: with_v.map(|w| (w, potentials)),
            interval: interval.max(1),
            paths: [path.to_owned(), beside],
        })
    }

    /// Where the files will be: spikes, potentials.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let there = [self.spikes.is_some(), self.potentials.is_some()];
        self.paths.iter().zip(there).filter(|(_, there)| *there).map(|(path, _)| path.as_path())
    }

    /// Writes what a run had recorded before it was broken off. Its rows are kept on, so that it can be broken off again.
    ///
    /// # Errors
    /// Those of the files.
    pub fn replay(&mut self, journal: &Journal, dt_ms: f64) -> Result<()> {
        if let Some((writer, _)) = &mut self.spikes {
            let mut spikes = journal.spikes().peekable();
            while spikes.peek().is_some() {
                let mut rows = Rows::default();
                spikes.by_ref().take(ROWS_AT_ONCE).for_each(|s| rows.push(s.step.into(), dt_ms, s.population, s.neuron));
                writer.write(&rows)?;
            }
        }
        if let Some((writer, _)) = &mut self.potentials {
            let mut samples = journal.samples().peekable();
            while samples.peek().is_some() {
                writer.write(&rows_of(samples.by_ref().take(ROWS_AT_ONCE), dt_ms))?;
            }
        }
        Ok(())
    }

    /// Advances an engine from `leg.done` steps after the recording's beginning to its end, and completes the files; they end where the run did, if a
    /// tick breaks it off or the engine fails. `keep` is told now and then where it stands.
    ///
    /// # Errors
    /// Those of the files. What ended the run itself stands in [`Ended::ended`].
    pub fn run(
        mut self,
        engine: &mut dyn Engine,
        leg: Leg,
        tick: &mut Tick<'_>,
        mut keep: Option<&mut dyn Keep>,
    ) -> Result<Ended> {
        let dt = engine.network().scenario.dt_ms;
        let Leg { first, mut done, steps, mut journal } = leg;
        engine.take_spikes()?;
        let (mut piece, mut ended) = (100, None);
        while done < steps && ended.is_none() {
            let now = match self.potentials {
                Some(_) => self.interval - done % self.interval,
                None => piece,
            };
            let now = now.min(steps - done);
            let begin = Instant::now();
            let advanced = engine.advance(now, &mut |_| ControlFlow::Continue(())).and_then(|()| engine.take_spikes());
            let spikes = match advanced {
                Ok(spikes) => spikes,
                Err(e) => {
                    ended = Some(e);
                    break;
                }
            };
            let longest = if begin.elapsed() > LONGEST_WAIT { now / 2 } else { piece * 2 };
            piece = (SPIKES_PER_PIECE * now / (spikes.len() as u64).max(1)).clamp(1, longest.clamp(1, LONGEST_PIECE));
            done += now;
            self.write_spikes(&spikes, dt, keep.is_some().then_some(&mut journal))?;
            if self.potentials.is_some() && done % self.interval == 0 {
                match self.sample(engine, first + done) {
                    Ok(samples) => self.write_samples(&samples, dt, keep.is_some().then_some(&mut journal))?,
                    Err(e) => {
                        ended = Some(e);
                        break;
                    }
                }
            }
            if tick(done).is_break() && done < steps {
                ended = Some(Error::Interrupted);
            }
            if let Some(keep) = keep.as_deref_mut().filter(|keep| done < steps && (ended.is_some() || keep.is_due()))
                && let Err(e) = keep.keep(engine, &journal)
            {
                ended = Some(e);
            }
        }
        let until_ms = (first + done) as f64 * dt;
        let mut written = Vec::new();
        for (writer, path, what) in [
            (self.spikes.map(|(w, _)| w), &self.paths[0], "spike"),
            (self.potentials.map(|(w, _)| w), &self.paths[1], "potential"),
        ] {
            if let Some(writer) = writer {
                written.push(Written { path: path.clone(), what, rows: writer.finish(until_ms)? });
            }
        }
        Ok(Ended { written, ended })
    }

    /// Writes those of an engine's spikes that were asked for.
    fn write_spikes(&mut self, spikes: &[Spike], dt_ms: f64, mut kept: Option<&mut Journal>) -> Result<()> {
        let Some((writer, fire)) = &mut self.spikes else { return Ok(()) };
        let mut rows = Rows::default();
        for s in spikes.iter().filter(|s| fire[s.population as usize]) {
            rows.push(s.step.into(), dt_ms, s.population, s.neuron);
            if let Some(journal) = &mut kept {
                journal.spike(s);
            }
        }
        writer.write(&rows)
    }

    /// The potentials that were asked for, before a step.
    fn sample(&self, engine: &mut dyn Engine, step: u64) -> Result<Vec<Sample>> {
        let mut samples = Vec::new();
        for (population, neurons) in self.potentials.iter().flat_map(|(_, selected)| selected) {
            let (Some(first), Some(last)) = (neurons.first(), neurons.last()) else { continue };
            let potentials = engine.potentials_mv(*population, *first..last + 1)?;
            samples.extend(neurons.iter().map(|neuron| Sample {
                step: (step - 1) as u32,
                population: *population as u32,
                neuron: *neuron,
                v_mv: potentials[(neuron - first) as usize],
            }));
        }
        Ok(samples)
    }

    fn write_samples(&mut self, samples: &[Sample], dt_ms: f64, kept: Option<&mut Journal>) -> Result<()> {
        let Some((writer, _)) = &mut self.potentials else { return Ok(()) };
        if let Some(journal) = kept {
            samples.iter().for_each(|s| journal.sample(s));
        }
        writer.write(&rows_of(samples.iter().copied(), dt_ms))
    }
}

fn rows_of(samples: impl IntoIterator<Item = Sample>, dt_ms: f64) -> Rows {
    let mut rows = Rows::default();
    for s in samples {
        rows.push(s.step.into(), dt_ms, s.population, s.neuron);
        rows.v_mv.push(s.v_mv);
    }
    rows
}
