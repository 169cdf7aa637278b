//! What trials of ways to run have found.

use super::Options;
use super::plan::{Candidate, Estimate};

/// A candidate, what the model expects of it, and what a trial measured.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The way to run.
    pub candidate: Candidate,
    /// The model's word.
    pub estimate: Estimate,
    /// Wall time per step, us; the reason where there is none.
    pub measured: std::result::Result<f64, String>,
}

impl Options {
    /// The same, with the way to run that trials found fastest, unless one was asked for.
    pub fn with_fastest(&self, trials: Option<&[Trial]>) -> Self {
        let fastest = trials.and_then(|trials| trials.first()).map(|trial| trial.candidate);
        Self { candidate: self.candidate.or(fastest), ..self.clone() }
    }
}
