//! Edge lists in Parquet, column by column.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use std::fs::File;

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{EdgeList, Expected, Reader, columns};
use crate::bounds;
use crate::error::{Error, Result};
use crate::files::parquet_column::NumberColumn;

/// Rows of a column that are read at a time.
const AT_ONCE: usize = 1 << 16;

/// Reads a file that ends in `.parquet`.
pub(super) fn read(file: &str, input: File, expected: Expected<'_>) -> Result<EdgeList> {
    let failed = |e: parquet::errors::ParquetError| Error::File { path: file.into(), reason: e.to_string() };
    let parquet = SerializedFileReader::new(input).map_err(failed)?;
    let schema = parquet.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<&str> = schema.columns().iter().map(|c| c.name()).collect();
    let (source, target, weight, delay) = columns(file, names.iter().copied())?;
    let rows = parquet.metadata().file_metadata().num_rows();
    if u64::try_from(rows).map_or(true, |rows| rows > bounds::MAX_ROWS) {
        return Err(Error::Input(format!(
            "{file}: its footer tells of {rows} rows; an edge list has at most {}",
            bounds::MAX_ROWS
        )));
    }
    // A footer may promise more than there is: memory is taken as rows come.
    let mut reader = Reader { file, expected, edges: Vec::with_capacity((rows as usize).min(AT_ONCE)) };
    let about = |column: usize, why: String| Error::Input(format!("{file}: the column {} {why}", names[column]));
    for group in 0..parquet.num_row_groups() {
        let group = parquet.get_row_group(group).map_err(failed)?;
        let open =
            |column: usize| Ok::<_, Error>((column, NumberColumn::open(group.as_ref(), column).map_err(|e| about(column, e))?));
        let (mut source, mut target) = (open(source)?, open(target)?);
        let (mut weight, mut delay) = (weight.map(open).transpose()?, delay.map(open).transpose()?);
        let next = |column: &mut (usize, NumberColumn), n: usize| column.1.next(n).map_err(|e| about(column.0, e));
        let mut left = group.metadata().num_rows().max(0) as usize;
        while left > 0 {
            let n = left.min(AT_ONCE);
            let (sources, targets) = (next(&mut source, n)?, next(&mut target, n)?);
            let weights = weight.as_mut().map(|c| next(c, n)).transpose()?;
            let delays = delay.as_mut().map(|c| next(c, n)).transpose()?;
            for i in 0..n {
                let row = reader.edges.len() + 1;
                let weight = weights.as_ref().map_or(1.0, |w| w[i].value());
                reader.push(row, [sources[i], targets[i]], weight, delays.as_ref().map(|d| d[i].value()))?;
            }
            left -= n;
        }
    }
    reader.finish(weight.is_some(), delay.is_some())
}
