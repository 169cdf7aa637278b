//! Files: those that appear when they are complete, and what foreign ones hold.

pub(crate) mod number;
pub(crate) mod parquet_column;
mod temporary;
mod text;

pub(crate) use number::Number;
pub(crate) use temporary::{folder_of, temporary_beside};
pub(crate) use text::{read_text, without_mark};
