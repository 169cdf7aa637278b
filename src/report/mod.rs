//! A result in words, and the writing of its file. Knows results, not how they were measured.
//!
//! ```
//! use spikewatt::report::format::{counted, grouped, si};
//!
//! assert_eq!((si(7.5e-14, "J"), grouped(1_234_567), counted(1, "spike")), ("75.0 fJ".into(), "1,234,567".into(), "1 spike".into()));
//! ```

pub mod format;
mod verdict;
mod write;

pub use verdict::verdict;
pub use write::ResultFile;
