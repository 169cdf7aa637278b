//! Texts as other programs write them: some begin with a byte-order mark.

use std::io::{BufRead, Result};
use std::path::Path;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a file, without a mark.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)?;
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
