//! What can go wrong, and the exit code each case ends with.

use std::fmt;
use std::path::PathBuf;

use crate::message;
use crate::message::{Message, Term};

/// Every error of the library. Each message is one sentence that says where, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The user's input cannot be used as it is.
    #[error("{0}")]
    Input(String),
    /// A scenario text is wrong at a known place.
    #[error("{file}:{line}: {message}")]
    Scenario {
        /// File name, or the name of a built-in scenario.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// A user's neuron model does not compile.
    #[error("{file}:{line}:{column}: {message}")]
    Model {
        /// Its file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// Something the caller asked for cannot be.
    #[error("{0}")]
    Asked(Message),
    /// No adapter fits what was asked for.
    #[error("{0}")]
    NoAdapter(Message),
    /// The network does not fit.
    #[error("{0}")]
    TooBig(TooBig),
    /// Ctrl-C or a termination signal arrived.
    #[error("interrupted; what was complete by then has been kept")]
    Interrupted,
    /// The same, where nothing was complete yet: says so.
    #[error("{0}")]
    Stopped(String),
    /// Two runs that must agree did not.
    #[error("{0}")]
    Mismatch(String),
    /// Something takes more than is allowed: a line for each.
    #[error("{0}")]
    Regression(String),
    /// A fault of the program, the driver or the device.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl Error {
    /// Exit code of the process: 2 for bad input, 3 for a regression, 130 after an interruption, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Input(_)
            | Error::Scenario { .. }
            | Error::Model { .. }
            | Error::File { .. }
            | Error::Asked(_)
            | Error::NoAdapter(_)
            | Error::TooBig(_) => 2,
            Error::Regression(_) => 3,
            Error::Interrupted | Error::Stopped(_) => 130,
            Error::Mismatch(_) | Error::Internal(_) => 1,
        }
    }
}

/// A way out for a network that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Run on the CPU engine.
    CpuEngine,
    /// Scale it to about so many neurons.
    Neurons(u64),
    /// Run so many trials at once, if any.
    Trials(u64),
    /// Evaluate synapses anew for every spike, with so many bytes.
    ProceduralSynapses(u64),
    /// Evaluate synapses anew for every spike, which needs less memory.
    LessMemory,
    /// Take a smaller network.
    Smaller,
    /// Shorten its delays.
    ShorterDelays,
}

impl Remedy {
    fn message(&self) -> Message {
        match self {
            Remedy::CpuEngine => message!("use ", Term::CpuEngine),
            Remedy::Neurons(n) => message!(format!("about {n} neurons fit ("), Term::Neurons, format!(" {n})")),
            Remedy::Trials(n) => format!("run {} trials at once", n.max(&1)).into(),
            Remedy::ProceduralSynapses(bytes) => {
                message!("use ", Term::ProceduralSynapses, format!(", which needs {}", human_bytes(*bytes)))
            }
            Remedy::LessMemory => message!("use ", Term::ProceduralSynapses),
            Remedy::Smaller => "take a smaller network".into(),
            Remedy::ShorterDelays => "shorten the delays".into(),
        }
    }
}

/// Why a network does not fit, and what a caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooBig {
    /// What is too big for what.
    pub what: String,
    /// What it needs, bytes, where that is known.
    pub need_bytes: Option<u64>,
    /// What there is, bytes, where that is known.
    pub have_bytes: Option<u64>,
    /// Ways out; any of them will do.
    pub remedies: Vec<Remedy>,
}

impl TooBig {
    /// A sentence without bytes or ways out.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), need_bytes: None, have_bytes: None, remedies: Vec::new() }
    }

    /// The same with bytes that are needed and there.
    #[must_use]
    pub fn bytes(self, need: u64, have: u64) -> Self {
        Self { need_bytes: Some(need), have_bytes: Some(have), ..self }
    }

    /// The same with one more way out.
    #[must_use]
    pub fn or(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }

    /// The sentence, with the ways out.
    pub fn message(&self) -> Message {
        let mut message = Message::from(self.what.clone());
        for (i, remedy) in self.remedies.iter().enumerate() {
            message.push(if i == 0 { "; " } else { ", or " });
            message.push(remedy.message());
        }
        message
    }
}

impl From<TooBig> for Error {
    fn from(too_big: TooBig) -> Self {
        Error::TooBig(too_big)
    }
}

impl fmt::Display for TooBig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl Error {
    /// The message with a caller's words for what it can give: flags on a command line, keywords in another language.
    pub fn in_words_of(&self, caller: &dyn Fn(Term) -> String) -> String {
        match self {
            Error::Asked(message) | Error::NoAdapter(message) => message.in_words_of(caller),
            Error::TooBig(too_big) => too_big.message().in_words_of(caller),
            other => other.to_string(),
        }
    }
}

/// Bytes in a unit people read.
pub fn human_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

/// Result with [`enum@Error`].
pub type Result<T> = std::result::Result<T, Error>;
