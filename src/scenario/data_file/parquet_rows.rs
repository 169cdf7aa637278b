//! Rows of a Parquet file, column by column.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use std::fs::File;

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::{Cell, EachRow, MOST_COLUMNS};
use crate::bounds;
use crate::error::{Error, Result};
use crate::files::Number;
use crate::files::parquet_column::{NumberColumn, values};
use crate::files::parquet_file;

/// Rows of a column that are read at a time.
const AT_ONCE: usize = 1 << 16;

fn failed(file: &str, reason: String) -> Error {
    Error::File { path: file.into(), reason }
}

/// Opens a file; and its columns' names.
pub(super) fn open(file: &str, input: File) -> Result<(SerializedFileReader<File>, Vec<String>)> {
    let rows = parquet_file::open(input).map_err(|e| failed(file, e))?;
    let metadata = rows.metadata().file_metadata();
    let columns = metadata.schema_descr().columns().iter().map(|c| c.name().to_owned()).collect();
    let count = metadata.num_rows();
    if u64::try_from(count).map_or(true, |n| n > bounds::MAX_ROWS) {
        let most = bounds::MAX_ROWS;
        return Err(Error::Input(format!("{file}: its footer tells of {count} rows; a table has at most {most}")));
    }
    Ok((rows, columns))
}

/// A column of a group of rows.
enum Column {
    Numbers(NumberColumn),
    Texts(ColumnReader),
}

/// Some of its values.
enum Values {
    Numbers(Vec<Number>),
    Texts(Vec<String>),
}

impl Column {
    fn open(group: &dyn RowGroupReader, index: usize, text: bool) -> std::result::Result<Self, String> {
        let numbers = NumberColumn::open(group, index);
        match (numbers, text) {
            (Ok(numbers), _) => Ok(Column::Numbers(numbers)),
            (Err(why), false) => Err(why),
            (Err(why), true) => match parquet_file::column(group, index) {
                Ok(reader @ (ColumnReader::ByteArrayColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_))) => {
                    Ok(Column::Texts(reader))
                }
                _ => Err(why),
            },
        }
    }

    fn next(&mut self, n: usize) -> std::result::Result<Values, String> {
        let text = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map_err(|_| "holds bytes that are no text in UTF-8".to_owned())?;
            Ok(text.trim().to_owned())
        };
        match self {
            Column::Numbers(numbers) => numbers.next(n).map(Values::Numbers),
            Column::Texts(reader) => match reader {
                ColumnReader::ByteArrayColumnReader(r) => values(r, n, |x| text(x.data())),
                ColumnReader::FixedLenByteArrayColumnReader(r) => values(r, n, |x| text(x.data())),
                _ => Err("holds no text".into()),
            }
            .map(Values::Texts),
        }
    }
}

/// Goes through all rows.
pub(super) fn each(
    file: &str,
    rows: &SerializedFileReader<File>,
    columns: &[usize],
    texts: &[usize],
    each: &mut EachRow<'_>,
) -> Result<()> {
    let names: Vec<String> =
        rows.metadata().file_metadata().schema_descr().columns().iter().map(|c| c.name().to_owned()).collect();
    let about = |column: usize, why: String| Error::Input(format!("{file}: the column {} {why}", names[column]));
    let mut row = 0;
    for group in 0..rows.num_row_groups() {
        let group = rows.get_row_group(group).map_err(|e| failed(file, e.to_string()))?;
        let mut open = Vec::new();
        for &column in columns {
            let opened = Column::open(group.as_ref(), column, texts.contains(&column)).map_err(|e| about(column, e))?;
            open.push((column, opened));
        }
        let mut left = group.metadata().num_rows().max(0) as usize;
        while left > 0 {
            let n = left.min(AT_ONCE);
            let mut read = Vec::new();
            for (column, opened) in &mut open {
                read.push(opened.next(n).map_err(|e| about(*column, e))?);
            }
            for i in 0..n {
                row += 1;
                let mut cells = [Cell::Text(""); MOST_COLUMNS];
                for (cell, values) in cells.iter_mut().zip(&read) {
                    *cell = match values {
                        Values::Numbers(numbers) => Cell::Number(numbers[i]),
                        Values::Texts(texts) => Cell::Text(&texts[i]),
                    };
                }
                each(row, &cells[..columns.len()])?;
            }
            left -= n;
        }
    }
    Ok(())
}
