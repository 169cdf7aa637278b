//! What the leading rank asks of all ranks.

use serde::{Deserialize, Serialize};

use super::Ranks;
use crate::engine::{Arrival, Counts, NetworkId, PassTime, Snapshot, Spike, WindowPlan};
use crate::error::{Error, Result};

/// What every rank is to do next, in the order of [`crate::engine::Engine`]'s methods.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Command {
    /// Builds the rank's share of a network, to record spikes or not, and to let them travel while the next batch is advanced or not.
    Build(NetworkId, bool, Option<bool>),
    /// Lets the engine go.
    Drop,
    /// Does nothing: who has something to say beside may do so.
    Tell,
    Reset,
    Save,
    Restore,
    Snapshot,
    Resume(Box<Snapshot>),
    Inject(Vec<Arrival>),
    Advance(u64),
    Counts,
    Listen(bool),
    TakeSpikes,
    Watch(WindowPlan),
    Watched,
    TimePasses(u64),
    PlasticWords(usize),
    Potentials(usize, std::ops::Range<u32>),
    /// Nothing more will be asked.
    End,
}

/// What a rank answers, beside whether it went well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Answer {
    Nothing,
    /// Its plan in a line, and its memory by part.
    Plan(Box<crate::engine::PlanSummary>),
    Snapshot(Box<Snapshot>),
    Counts(Box<Counts>),
    Listens(bool),
    Spikes(Vec<Spike>),
    Words(Vec<u32>),
    PlasticWords(Vec<i32>),
    Passes(Vec<PassTime>),
    Potentials(Vec<f64>),
}

/// What kind of error it was, so that it ends the program in the same way on whichever rank it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Input,
    Internal,
    Interrupted,
}

/// An error on its way to the leader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    kind: Kind,
    text: String,
}

impl Told {
    pub(super) fn of(error: &Error) -> Self {
        let kind = match error {
            Error::Interrupted | Error::Stopped(_) => Kind::Interrupted,
            e if e.exit_code() == 2 => Kind::Input,
            _ => Kind::Internal,
        };
        let text = match error {
            Error::Internal(text) => text.clone(),
            e => e.to_string(),
        };
        Self { kind, text }
    }
}

/// Words from a value and back.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(|e| Error::Internal(format!("what ranks say to each other cannot be written: {e}")))
}

pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|e| {
        Error::Internal(format!("what another rank says cannot be read; start the same program on all of them: {e}"))
    })
}

/// Brings the answers of all ranks to the leader, which gets them rank by rank if all went well, and hears what they say beside. Everybody hears what
/// went wrong on a rank, with its name; of an interruption only where nothing else went wrong.
///
/// # Errors
/// [`Error::Internal`] if a rank is gone.
pub(super) fn agree(ranks: &Ranks, own: Result<Answer>) -> Result<Result<Vec<Answer>>> {
    let communicator = ranks.communicator.as_ref();
    let (told, own) = match own {
        Ok(answer) => (Ok(answer), None),
        Err(e) => (Err(Told::of(&e)), Some(e)),
    };
    let beside = ranks.beside.as_ref().map(|b| b.tell()).unwrap_or_default();
    let gathered = communicator.gather(&encode(&(told, beside))?)?;
    let mut said: Vec<std::result::Result<Answer, Told>> = Vec::new();
    for (rank, bytes) in gathered.iter().enumerate() {
        let (answer, beside): (_, Vec<u8>) = decode(bytes)?;
        said.push(answer);
        if let Some(ears) = ranks.beside.as_ref().filter(|_| !beside.is_empty()) {
            ears.hear(rank, &beside);
        }
    }
    // The leader tells all how it went.
    let wrong: Vec<(usize, Told)> =
        said.iter().enumerate().filter_map(|(rank, said)| Some((rank, said.as_ref().err()?.clone()))).collect();
    let first = wrong.iter().find(|(_, told)| told.kind != Kind::Interrupted).or(wrong.first());
    let mut verdict = encode(&first)?;
    communicator.broadcast(&mut verdict)?;
    let Some((rank, Told { kind, text })) = decode::<Option<(usize, Told)>>(&verdict)? else {
        return Ok(Ok(said.into_iter().flatten().collect()));
    };
    Ok(match (kind, own) {
        // One's own error has its own form.
        (_, Some(own)) if rank == communicator.rank() => Err(own),
        (Kind::Interrupted, _) => Err(Error::Interrupted),
        (kind, _) => {
            let text = format!("{}: {text}", ranks.name(rank));
            Err(if kind == Kind::Input { Error::Input(text) } else { Error::Internal(text) })
        }
    })
}
