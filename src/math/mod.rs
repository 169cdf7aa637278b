//! Mathematics that knows nothing of neurons or meters: distributions, their integer tables, and small statistics.

mod distribution;
mod fit;
pub mod quantile;
mod stats;

pub use distribution::Distribution;
pub(crate) use fit::{Fit, fits};
pub use stats::{mean, median, sd, window_lengths_ms};
pub(crate) use stats::{sample_sd, student_t95};
