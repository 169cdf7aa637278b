//! Parquet files as they come from outside: what is damaged ends with a sentence, not with a panic of the library that decodes it.

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

const DAMAGED: &str = "the file is damaged: it cannot be decoded as Parquet; write it anew";

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread now is that of a library over a damaged file, and will be told as such.
#[cfg(feature = "cli")]
pub(crate) fn is_guarded() -> bool {
    GUARDED.get()
}

/// Has the library read something; a panic on its way is an error like any other.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let before = GUARDED.replace(true);
    // What the reading has changed is not looked at after a panic: the file is given up.
    let outcome = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    outcome.unwrap_or_else(|_| Err(DAMAGED.into()))
}

/// Opens a file whose footer makes sense.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn open(file: File) -> Result<SerializedFileReader<File>, String> {
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let reader = guarded(|| SerializedFileReader::new(file).map_err(|e| format!("{DAMAGED} ({e})")))?;
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

/// Opens a column of a group of rows, none of whose pages tells of more values than it can hold: the library makes room for as many as it is told.
///
/// # Errors
/// The library's words, for instance for a column that is not there.
pub(crate) fn column(group: &dyn RowGroupReader, index: usize) -> Result<ColumnReader, String> {
    guarded(|| {
        let chunk = group.metadata().column(index);
        let pages = group.get_column_page_reader(index).map_err(|e| e.to_string())?;
        let values = u64::try_from(chunk.num_values()).unwrap_or(0);
        Ok(get_column_reader(chunk.column_descr_ptr(), Box::new(Pages { pages, values })))
    })
}

/// Pages of a column of so many values.
struct Pages {
    pages: Box<dyn PageReader>,
    values: u64,
}

impl Pages {
    fn checked(&self, page: Option<Page>) -> ParquetResult<Option<Page>> {
        let fits = match &page {
            None => true,
            // A value of a dictionary takes a byte at least.
            Some(Page::DictionaryPage { buf, num_values, .. }) => *num_values as usize <= buf.len(),
            Some(page) => u64::from(page.num_values()) <= self.values,
        };
        if fits {
            Ok(page)
        } else {
            Err(ParquetError::General("a page tells of more values than there are: the file is damaged; write it anew".into()))
        }
    }
}

impl Iterator for Pages {
    type Item = ParquetResult<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> ParquetResult<Option<Page>> {
        let page = self.pages.get_next_page()?;
        self.checked(page)
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> ParquetResult<bool> {
        self.pages.at_record_boundary()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> File {
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        file.rewind().expect("back");
        file
    }

    /// A kilobyte whose first page, a dictionary, tells of hundreds of millions of values; and footers that point outside of the file.
    #[test]
    fn what_a_file_tells_of_itself_is_not_believed() {
        let damaged = include_bytes!("../../tests/data/damaged/values_without_end.parquet");
        let reader = open(file(damaged)).expect("its footer makes sense");
        let group = reader.get_row_group(0).expect("a group");
        let ColumnReader::Int64ColumnReader(mut numbers) = column(group.as_ref(), 0).expect("opens") else {
            panic!("no numbers")
        };
        let read = guarded(|| numbers.read_records(2, None, None, &mut Vec::new()).map_err(|e| e.to_string()));
        assert!(read.as_ref().is_err_and(|why| why.contains("more values than there are")), "{read:?}");
        let cut = open(file(&damaged[..damaged.len() - 9])).map(drop);
        assert!(cut.is_err(), "{cut:?}");
    }

    #[test]
    fn a_panic_over_a_damaged_file_is_an_error() {
        assert!(!is_guarded());
        let read = guarded(|| -> Result<(), String> { panic!("as a library does") });
        assert_eq!(read, Err(DAMAGED.to_owned()));
        assert!(!is_guarded());
    }
}
