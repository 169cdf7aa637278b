//! A result in words, and the writing of its file. Knows results, not how they were measured.
//!
//! ```
//! use spikewatt::report::format::{counted, grouped, si};
//!
//! assert_eq!((si(7.5e-14, "J"), grouped(1_234_567), counted(1, "spike")), ("75.0 fJ".into(), "1,234,567".into(), "1 spike".into()));
//! ```

pub mod arc;
pub mod claims;
pub mod compare;
mod draw;
mod exports;
pub mod figures;
#[cfg(feature = "formats")]
mod fleet;
pub mod format;
mod long;
mod of_run;
mod page;
pub mod project;
pub mod published;
mod rows;
pub mod seeds;
pub mod tables;
mod verdict;
mod write;

pub use exports::{github_benchmark, junit, prometheus};
pub use figures::Figure;
#[cfg(feature = "formats")]
pub use fleet::{FLEET_VERSION, write_fleet};
pub use long::long_form;
pub use of_run::{all_figures, of_run, short_markdown};
pub use page::{Page, Section};
pub use rows::Rows;
pub use verdict::{headline, verdict};
pub use write::ResultFile;
