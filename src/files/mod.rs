//! Files: those that appear when they are complete, and what foreign ones hold.

pub(crate) mod number;
#[cfg(feature = "formats")]
pub(crate) mod parquet_column;
#[cfg(feature = "formats")]
pub(crate) mod parquet_file;
mod temporary;
mod text;
mod whole;

pub(crate) use number::Number;
#[cfg(feature = "formats")]
pub(crate) use temporary::folder_of;
#[cfg(feature = "cli")]
pub(crate) use temporary::temporaries_beside;
pub(crate) use temporary::temporary_beside;
pub(crate) use text::{read_text, without_mark};
#[cfg(feature = "cli")]
pub(crate) use whole::is_same;
pub(crate) use whole::{is_stream, write_whole};
