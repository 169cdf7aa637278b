//! Parquet files as they come from outside: what is damaged ends with a sentence, not with a panic of the library that decodes it.

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::file::reader::{FileReader, SerializedFileReader};

const DAMAGED: &str = "the file is damaged: it cannot be decoded as Parquet; write it anew";

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread now is that of a library over a damaged file, and will be told as such.
#[cfg(feature = "cli")]
pub(crate) fn is_guarded() -> bool {
    GUARDED.get()
}

/// Reads something of a Parquet file; a panic on the way is an error like any other. Nothing that the reading has changed is looked at after one.
pub(crate) fn guarded<T, E>(read: impl FnOnce() -> Result<T, E>, damaged: impl FnOnce(String) -> E) -> Result<T, E> {
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    outcome.unwrap_or_else(|_| Err(damaged(DAMAGED.into())))
}

/// Opens a file whose footer makes sense.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn open(file: File) -> Result<SerializedFileReader<File>, String> {
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let reader = guarded(|| SerializedFileReader::new(file).map_err(|e| e.to_string()), |damaged| damaged)?;
    for group in reader.metadata().row_groups() {
        for chunk in group.columns() {
            let begin = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
            let range = u64::try_from(begin).ok().zip(u64::try_from(chunk.compressed_size()).ok());
            if range.and_then(|(begin, length)| begin.checked_add(length)).is_none_or(|end| end > bytes) {
                return Err(DAMAGED.into());
            }
        }
    }
    Ok(reader)
}
