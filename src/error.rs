//! What can go wrong, and the exit code each case ends with.

use std::path::PathBuf;

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
    /// No adapter fits what was asked for.
    #[error("{0}")]
    NoAdapter(String),
    /// The network does not fit the adapter.
    #[error("{0}")]
    TooBig(String),
    /// Ctrl-C or a termination signal arrived.
    #[error("interrupted; what was complete by then has been kept")]
    Interrupted,
    /// The same, where nothing was complete yet: says so.
    #[error("{0}")]
    Stopped(String),
    /// Two runs that must agree did not.
    #[error("{0}")]
    Mismatch(String),
    /// A fault of the program, the driver or the device.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl Error {
    /// Exit code of the process: 2 for bad input, 130 after an interruption, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Input(_)
            | Error::Scenario { .. }
            | Error::Model { .. }
            | Error::File { .. }
            | Error::NoAdapter(_)
            | Error::TooBig(_) => 2,
            Error::Interrupted | Error::Stopped(_) => 130,
            Error::Mismatch(_) | Error::Internal(_) => 1,
        }
    }
}

/// Result with [`enum@Error`].
pub type Result<T> = std::result::Result<T, Error>;
