//! The result file and what is shown of it.

pub mod energy;
pub mod format;
pub mod result;
mod table;
mod verdict;
mod write;

pub use result::RunResult;
pub use table::{budget_table, pass_table, table};
pub use verdict::verdict;
pub use write::ResultFile;
