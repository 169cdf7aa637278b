//! Checkpoints: all that a recorded run needs to go on elsewhere, in one file that is there as a whole or not at all.
//!
//! A line that tells what it is, the version of the program, bytes of the rest and their hash (XXH3, 128 bits), then the rest: what was asked for,
//! counts, rows and the state of the network. A file that was cut off or changed is refused, as is one of another version.

use std::path::Path;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use super::Journal;
use crate::engine::{Counts, NetworkId, Snapshot};
use crate::error::{Error, Result};
use crate::files::{temporary_beside, write_whole};
use crate::network::Network;

/// How such a file begins.
const MARK: &str = "spikewatt checkpoint";

/// What was asked of a run, as far as what it records depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What is recorded, as it was spelled.
    pub record: Vec<String>,
    /// Steps between two samples of the potentials.
    pub interval: u64,
    /// Steps before the recording begins.
    pub first: u64,
    /// Steps that are recorded.
    pub steps: u64,
}

/// Where a recorded run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What it is a part of.
    pub asked: Asked,
    /// What was counted since the recording began.
    pub counts: Counts,
    /// What was recorded.
    pub journal: Journal,
    /// The network's state.
    pub state: Snapshot,
}

impl Checkpoint {
    /// Writes it; a file that was there before stays until this one is complete.
    ///
    /// # Errors
    /// [`Error::File`], for instance for a full disk.
    pub fn write(&self, path: &Path) -> Result<()> {
        let body =
            postcard::to_stdvec(self).map_err(|e| Error::Internal(format!("a checkpoint cannot be put into bytes: {e}")))?;
        let mut bytes = format!("{}{} {:032x}\n", head(), body.len(), XxHash3_128::oneshot(&body)).into_bytes();
        bytes.extend(body);
        write_whole(path, &bytes).map_err(|e| cannot_write(path, &e))
    }

    /// Checks that one can be written, before anything has run.
    ///
    /// # Errors
    /// [`Error::File`] with the reason.
    pub fn try_place(path: &Path) -> Result<()> {
        temporary_beside(path).map(drop).map_err(|e| cannot_write(path, &e))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Error::File`] for a file that is none, one of another version of this program, and one that was cut off or changed.
    pub fn read(path: &Path) -> Result<Self> {
        let error = |reason: String| Error::File { path: path.to_owned(), reason };
        let bytes = std::fs::read(path)
            .map_err(|e| error(format!("the checkpoint cannot be read ({e}); give its name, or begin anew")))?;
        Self::from_bytes(&bytes).map_err(error)
    }

    /// Reads one from its bytes.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        const DAMAGED: &str = "this checkpoint was cut off or changed; begin anew, or go on from a copy that is whole";
        let end = bytes.iter().take(200).position(|b| *b == b'\n');
        let (line, body) = match end {
            Some(end) => (&bytes[..end], &bytes[end + 1..]),
            None => (bytes, &[][..]),
        };
        let line = std::str::from_utf8(line).unwrap_or_default();
        if !line.starts_with(MARK) {
            return Err("this is no checkpoint of spikewatt; give the file that a run has kept, or begin anew".into());
        }
        let Some(told) = line.strip_prefix(&head()) else {
            let version = line[MARK.len()..].split_whitespace().next().unwrap_or("?");
            let own = env!("CARGO_PKG_VERSION");
            return Err(match end {
                Some(_) => {
                    format!("this checkpoint is of version {version} of spikewatt, and this is {own}; go on with that one")
                }
                None => DAMAGED.into(),
            });
        };
        let hash = format!("{} {:032x}", body.len(), XxHash3_128::oneshot(body));
        if told != hash {
            return Err(DAMAGED.into());
        }
        postcard::from_bytes(body).map_err(|e| format!("this checkpoint cannot be read ({e}); begin anew"))
    }

    /// Refuses to go on with something else than was begun.
    ///
    /// # Errors
    /// [`Error::Input`] with what is different.
    pub fn check(&self, asked: &Asked, network: &Network) -> Result<()> {
        let (own, here) = (&self.state.network, NetworkId::of(network));
        let Asked { record, interval, first, steps } = &self.asked;
        let different = [
            ("scenario", own.scenario.clone(), here.scenario),
            ("scenario's text, hash", own.hash.clone(), here.hash),
            ("seed", own.seed.to_string(), here.seed.to_string()),
            ("number of neurons", own.neurons.to_string(), here.neurons.to_string()),
            ("number of synapses", own.synapses.to_string(), here.synapses.to_string()),
            ("what is recorded", record.join(" "), asked.record.join(" ")),
            ("steps between two samples", interval.to_string(), asked.interval.to_string()),
            ("steps before the recording", first.to_string(), asked.first.to_string()),
            ("steps that are recorded", steps.to_string(), asked.steps.to_string()),
        ];
        if let Some((what, own, asked)) = different.iter().find(|(_, own, asked)| own != asked) {
            return Err(Error::Input(format!(
                "the checkpoint is of another run ({what}: {own}, not {asked}); give the same, or begin anew"
            )));
        }
        let zero = Counts::zero_of(network);
        let shape = |counts: &Counts| [counts.spikes.len(), counts.external_events.len(), counts.trial_checksums.len()];
        let within = self.state.step <= first + steps && self.counts.steps == self.state.step.saturating_sub(*first);
        match shape(&self.counts) == shape(&zero) && within {
            true => Ok(()),
            false => Err(Error::Input("the checkpoint does not have the shape of its network; begin anew".into())),
        }
    }
}

fn cannot_write(path: &Path, e: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), reason: format!("the checkpoint cannot be written here ({e}); give another name") }
}

/// How the first line of a checkpoint of this version begins.
fn head() -> String {
    format!("{MARK} {} ", env!("CARGO_PKG_VERSION"))
}
