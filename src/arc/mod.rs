//! The search that solves tasks of ARC by trying programs: what a brain is compared with. Tasks, grids, the language of transformations, and the
//! search through sequences of them.

mod grid;
mod language;
mod operations;
mod search;
mod task;

pub use grid::{COLOURS, Grid, MARK, Object, SIDE, objects};
pub use language::{LANGUAGE, Transformation};
pub use search::{Examiner, Found, Guess, Limits, OnCpu, Verdict, hash_of, search};
pub use task::Task;
