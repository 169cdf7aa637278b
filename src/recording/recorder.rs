//! A run that is recorded: advances an engine piece by piece and writes what was asked for after each.

#![allow(clippy::cast_possible_truncation, reason = "numbers of populations and neurons fit 32 bits (src/bounds.rs)")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{Header, Rows, Selection, Writer};
use crate::engine::{Engine, Tick};
use crate::error::{Error, Result};

/// Spikes a piece should have: enough to write well, few enough to hold.
const SPIKES_PER_PIECE: u64 = 1 << 20;
/// Longest piece, steps.
const LONGEST_PIECE: u64 = 10_000;

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

    /// Advances an engine, which stands at step `first`, by `steps` and completes the files. If a tick breaks off, they end where it did.
    ///
    /// # Errors
    /// Those of the engine and of the files; [`Error::Interrupted`] after the files were completed.
    pub fn run(mut self, engine: &mut dyn Engine, first: u64, steps: u64, tick: &mut Tick<'_>) -> Result<Vec<Written>> {
        let dt = engine.network().scenario.dt_ms;
        engine.take_spikes()?;
        let (mut done, mut piece, mut interrupted) = (0, 100, false);
        while done < steps && !interrupted {
            let now = match self.potentials {
                Some(_) => self.interval,
                None => piece,
            };
            let now = now.min(steps - done);
            engine.advance(now, &mut |_| ControlFlow::Continue(()))?;
            done += now;
            let spikes = self.write_spikes(engine, dt)?;
            piece = (SPIKES_PER_PIECE * now / spikes.max(1)).clamp(1, (piece * 2).min(LONGEST_PIECE));
            if now == self.interval {
                self.write_potentials(engine, first + done, dt)?;
            }
            interrupted = tick(done).is_break();
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
        if interrupted && done < steps { Err(Error::Interrupted) } else { Ok(written) }
    }

    /// Takes an engine's spikes and writes those asked for; how many there were.
    fn write_spikes(&mut self, engine: &mut dyn Engine, dt_ms: f64) -> Result<u64> {
        let Some((writer, fire)) = &mut self.spikes else { return Ok(0) };
        let spikes = engine.take_spikes()?;
        let mut rows = Rows::default();
        for s in spikes.iter().filter(|s| fire[s.population as usize]) {
            rows.push(s.step.into(), dt_ms, s.population, s.neuron);
        }
        writer.write(&rows)?;
        Ok(spikes.len() as u64)
    }

    fn write_potentials(&mut self, engine: &mut dyn Engine, step: u64, dt_ms: f64) -> Result<()> {
        let Some((writer, selected)) = &mut self.potentials else { return Ok(()) };
        let mut rows = Rows::default();
        for (population, neurons) in selected {
            let (Some(first), Some(last)) = (neurons.first(), neurons.last()) else { continue };
            let potentials = engine.potentials_mv(*population, *first..last + 1)?;
            for neuron in neurons.iter() {
                rows.push(step - 1, dt_ms, *population as u32, *neuron);
                rows.v_mv.push(potentials[(neuron - first) as usize]);
            }
        }
        writer.write(&rows)
    }
}
