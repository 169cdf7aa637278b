//! `--checkpoint` and `--resume`: where a run stands, kept in a file while it goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use crate::engine::{Counts, Engine};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::recording::{Asked, Checkpoint, Journal, Keep, Leg};

/// Seconds from one checkpoint to the next, unless others are given.
const EVERY_S: f64 = 60.0;
/// After a checkpoint there is none for at least so many times as long as it took.
const TIMES_ITS_COST: u32 = 20;

/// What is to be kept of a run, and what it goes on from.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct KeepArgs {
    /// Keep in this file where the run stands, now and then and when it is broken off; removed when the run is complete
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    checkpoint: Option<PathBuf>,
    /// Go on from this checkpoint, on any engine, with the same spikes as without a break; it is kept up like one of --checkpoint
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Seconds from one checkpoint to the next; 60 by default
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    checkpoint_s: Option<f64>,
}

impl KeepArgs {
    /// Whether anything is asked for.
    pub(super) fn any(&self) -> bool {
        self.path().is_some()
    }

    /// The file, old or new.
    pub(super) fn path(&self) -> Option<&Path> {
        self.checkpoint.as_deref().or(self.resume.as_deref())
    }

    /// What keeps a run, and the checkpoint it goes on from; `None` if nothing is asked for.
    pub(super) fn keeper(&self, asked: Asked, network: &Network) -> Result<Option<Keeper>> {
        let every_s = self.checkpoint_s.unwrap_or(EVERY_S);
        if !(0.0..=1e9).contains(&every_s) {
            return Err(Error::Input(format!("--checkpoint-s {every_s}: give seconds from 0 on")));
        }
        let Some(path) = self.path() else {
            return match self.checkpoint_s {
                Some(s) => Err(Error::Input(format!("--checkpoint-s {s}: name the file too, with --checkpoint FILE"))),
                None => Ok(None),
            };
        };
        super::sweep::sweep_beside(path);
        let from = match &self.resume {
            Some(path) => {
                let checkpoint = Checkpoint::read(path)?;
                checkpoint.check(&asked, network)?;
                Some(checkpoint)
            }
            None if path.exists() => {
                let path = path.display();
                return Err(Error::Input(format!(
                    "{path} is there already; go on from it with --resume {path}, or give another name, or remove it"
                )));
            }
            None => {
                Checkpoint::try_place(path)?;
                None
            }
        };
        Ok(Some(Keeper {
            path: path.to_owned(),
            every: Duration::from_secs_f64(every_s),
            next: Instant::now() + Duration::from_secs_f64(every_s),
            counts: Counts::zero_of(network),
            asked,
            from,
            trouble: None,
        }))
    }
}

/// Keeps where a run stands.
#[derive(Debug)]
pub(super) struct Keeper {
    path: PathBuf,
    every: Duration,
    next: Instant,
    asked: Asked,
    /// What was counted before the run was broken off.
    counts: Counts,
    from: Option<Checkpoint>,
    /// Why the last checkpoint was not written.
    trouble: Option<Error>,
}

impl Keeper {
    /// Refuses a file that the run writes something else to: it would be replaced, and then removed.
    pub(super) fn stands_apart<'a>(&self, mut outputs: impl Iterator<Item = &'a Path>) -> Result<()> {
        match outputs.find(|output| crate::files::is_same(output, &self.path)) {
            Some(_) => Err(Error::File {
                path: self.path.clone(),
                reason: "the checkpoint and what the run writes lead to the same file; give different names".into(),
            }),
            None => Ok(()),
        }
    }

    /// Takes an engine to where the run was broken off; what is left of it.
    pub(super) fn take_up(&mut self, engine: &mut dyn Engine) -> Result<Leg> {
        let Asked { first, steps, .. } = self.asked;
        let Some(Checkpoint { counts, journal, state, .. }) = self.from.take() else { return Ok(Leg::whole(first, steps)) };
        engine.resume(&state)?;
        self.counts = counts;
        Ok(Leg { first, done: state.step.saturating_sub(first), steps, journal })
    }

    /// Counts of the whole run.
    pub(super) fn counts(&self, engine: &mut dyn Engine) -> Result<Counts> {
        // What is counted before the recording does not count.
        match engine.step() < self.asked.first {
            true => Ok(self.counts.clone()),
            false => Ok(self.counts.and_then(&engine.counts()?)),
        }
    }

    /// Removes the file: the run is complete.
    pub(super) fn forget(&self) {
        let _ = std::fs::remove_file(&self.path);
    }

    /// What a user should know of a run that was broken off, or failed.
    pub(super) fn words(&self) -> String {
        let path = self.path.display();
        match (&self.trouble, self.path.exists()) {
            (None, true) => format!("go on from here with --resume {path}"),
            (Some(e), true) => {
                format!("the last checkpoint could not be written ({e}); go on from the one before with --resume {path}")
            }
            (Some(e), false) => format!("no checkpoint could be written ({e})"),
            (None, false) => "no checkpoint was written yet".to_owned(),
        }
    }
}

impl Keep for Keeper {
    fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    fn keep(&mut self, engine: &mut dyn Engine, journal: &Journal) -> Result<()> {
        let begin = Instant::now();
        let checkpoint = Checkpoint {
            asked: self.asked.clone(),
            counts: self.counts(engine)?,
            journal: journal.clone(),
            state: engine.snapshot()?,
        };
        // A run is worth more than its checkpoint.
        self.trouble = checkpoint.write(&self.path).err();
        self.next = Instant::now() + self.every.max(begin.elapsed() * TIMES_ITS_COST);
        Ok(())
    }
}
