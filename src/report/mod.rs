//! A result in words, and the writing of its file. Knows results, not how they were measured.

pub mod format;
mod verdict;
mod write;

pub use verdict::verdict;
pub use write::ResultFile;
