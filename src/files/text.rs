//! Texts as other programs write them: some begin with a byte-order mark.

use std::io::{BufRead, Error, Read, Result};
use std::path::Path;

/// Bytes of a text that is read as a whole (a result, a scenario, a model, a log): far more than any has; what a file without end is cut at.
const MAX_TEXT_BYTES: u64 = 256 << 20;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a file, without a mark.
///
/// # Errors
/// Those of the file, and for a text without end.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(MAX_TEXT_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_TEXT_BYTES {
        return Err(Error::other(format!("it has more than {} MiB", MAX_TEXT_BYTES >> 20)));
    }
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// A reader that stands behind a mark, if there is one.
pub(crate) fn without_mark<R: BufRead>(mut input: R) -> Result<R> {
    let begin = input.fill_buf()?;
    if begin.starts_with(MARK) {
        input.consume(MARK.len());
    }
    Ok(input)
}
