//! What is shown of a result, and the writing of its file. Knows results, not how they were measured.

pub mod format;
mod table;
mod verdict;
mod write;

pub use table::{budget_table, pass_table, table};
pub use verdict::verdict;
pub use write::ResultFile;
