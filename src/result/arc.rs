//! What a search through programs found in tasks of ARC, beside people.

use serde::Serialize;

use super::{Brain, Program, Provenance};
use crate::error::{Error, Result};

/// A search of all tasks to one depth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArcDepth {
    /// Most transformations of a program.
    pub depth: usize,
    /// Tasks.
    pub tasks: usize,
    /// Tasks whose answers are known.
    pub known: usize,
    /// Of these: the first guess is right in every test.
    pub solved: usize,
    /// One of three guesses is.
    pub solved_in_three: usize,
    /// Tasks with a guess.
    pub guessed: usize,
    /// Programs tried.
    pub tried: u64,
    /// States they came to that no other came to before; those of the last depth are not told apart.
    pub distinct: u64,
    /// Tasks of which some depth had more states than were taken further.
    pub cut: usize,
    /// Wall time, s.
    pub wall_s: f64,
    /// Gross joules; null without a meter.
    pub gross_j: Option<f64>,
}

/// A task's first guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArcTask {
    /// Its name.
    pub name: String,
    /// The program, transformation by transformation; null if none was found.
    pub program: Option<Vec<String>>,
    /// Whether colours are exchanged at its end.
    pub recolours: bool,
    /// Whether it is right; null without a guess or a known answer.
    pub is_right: Option<bool>,
    /// What it predicts, test by test, row by row.
    pub outputs: Vec<Vec<Vec<u8>>>,
}

/// A search, depth by depth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArcRun {
    /// What searched.
    pub program: Program,
    /// On what.
    pub machine: String,
    /// The adapter, or the CPU engine.
    pub engine: String,
    /// Transformations of the language.
    pub transformations: usize,
    /// The meter; null without one.
    pub meter: Option<String>,
    /// How its figures are had.
    pub provenance: Option<Provenance>,
    /// Depth by depth.
    pub depths: Vec<ArcDepth>,
    /// Task by task, to the last depth.
    pub tasks: Vec<ArcTask>,
    /// People.
    pub people: People,
}

/// People who were measured at such tasks (LeGris et al. 2025, doi:10.1038/s41597-025-05687-1), with a brain of 15 W.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct People {
    /// Tasks they solve, in up to three guesses.
    pub solved_share: f64,
    /// Time of a solved task, s.
    pub solved_s: f64,
    /// Time of a task, solved or not, s.
    pub all_s: f64,
    /// Power of a brain, W.
    pub power_w: f64,
    /// Part of it that thinking adds.
    pub extra: f64,
}

impl People {
    /// With the embedded constants.
    ///
    /// # Errors
    /// [`Error::Internal`] if they are not there, which a test excludes.
    pub fn embedded() -> Result<Self> {
        let claims = crate::brain::claims::Claims::of(&Brain::embedded())?;
        let value = |name: &str| {
            claims.constants().get(name).map(|k| k.value).ok_or_else(|| Error::Internal(format!("no constant is called {name}")))
        };
        Ok(Self {
            solved_share: value("arc_solved_by_people")?,
            solved_s: value("arc_seconds")?,
            all_s: value("arc_all_seconds")?,
            power_w: value("power_w")?,
            extra: value("thinking_extra")?,
        })
    }

    /// Joules of a task, solved or not.
    pub fn j_per_task(&self) -> f64 {
        self.power_w * self.all_s
    }

    /// Joules of all tasks, for each that is solved.
    pub fn j_per_solved(&self) -> f64 {
        self.j_per_task() / self.solved_share
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn people_take_what_the_constants_say() {
        let p = super::People::embedded().expect("constants");
        assert!((p.j_per_task() - 15.0 * 260.0).abs() < 1e-9 && (p.j_per_solved() - 15.0 * 260.0 / 0.762).abs() < 1e-9);
    }
}
