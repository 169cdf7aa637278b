//! Tables of data beside a scenario, as CSV (also compressed) or Parquet: columns by name, read row by row.

#[cfg(feature = "formats")]
mod parquet_rows;

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::{Number, without_mark};

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    /// As it is written, without blanks around it.
    Text(&'a str),
    /// A number in its own precision.
    #[cfg(feature = "formats")]
    Number(Number),
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Text(text) => f.write_str(text),
            #[cfg(feature = "formats")]
            Cell::Number(n) => n.fmt(f),
        }
    }
}

impl Cell<'_> {
    /// A whole number, or one that may be.
    pub(super) fn whole(&self) -> Option<Number> {
        match self {
            Cell::Text(text) => text.parse::<i128>().ok().map(Number::Whole),
            #[cfg(feature = "formats")]
            Cell::Number(n) => Some(*n),
        }
    }

    /// The nearest number in double precision.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            Cell::Text(text) => text.parse().ok(),
            #[cfg(feature = "formats")]
            Cell::Number(n) => Some(n.value()),
        }
    }

    /// A name of 64 bits.
    pub(super) fn id(&self) -> Option<u64> {
        match self {
            Cell::Text(text) => text.parse().ok(),
            #[cfg(feature = "formats")]
            Cell::Number(n) => n.id(),
        }
    }
}

/// A table that is open.
pub(super) struct DataFile {
    name: String,
    /// What it is, for messages.
    what: &'static str,
    columns: Vec<String>,
    rows: Rows,
}

enum Rows {
    Csv(Box<csv::Reader<Box<dyn Read>>>),
    #[cfg(feature = "formats")]
    Parquet(Box<parquet::file::reader::SerializedFileReader<File>>),
}

/// What is done with a row: its line (CSV) or number (Parquet), and the cells that were asked for.
pub(super) type EachRow<'a> = dyn FnMut(usize, &[Cell<'_>]) -> Result<()> + 'a;

impl DataFile {
    /// Opens a file that ends in `.csv`, `.csv.gz` or `.parquet`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub(super) fn open(path: &Path, what: &'static str) -> Result<Self> {
        let failed = |reason: String| Error::File { path: path.to_owned(), reason };
        let open = || {
            File::open(path).map_err(|e| match e.kind() {
                std::io::ErrorKind::NotFound => failed(format!("no such {what}; its place counts from the scenario file")),
                _ => failed(e.to_string()),
            })
        };
        let name = path.display().to_string();
        match name.rsplit('/').next().unwrap_or(&name) {
            n if n.ends_with(".csv") => Self::csv(name, what, Box::new(open()?)),
            #[cfg(feature = "formats")]
            n if n.ends_with(".csv.gz") => Self::csv(name, what, Box::new(flate2::read::MultiGzDecoder::new(open()?))),
            #[cfg(feature = "formats")]
            n if n.ends_with(".parquet") => {
                let (rows, columns) = parquet_rows::open(&name, open()?)?;
                Ok(Self { name, what, columns, rows: Rows::Parquet(Box::new(rows)) })
            }
            #[cfg(not(feature = "formats"))]
            n if n.ends_with(".parquet") || n.ends_with(".csv.gz") => {
                Err(failed("this was built without Parquet and compressed files; build it with the feature `formats`".into()))
            }
            _ => Err(failed(format!("{} must end in .csv, .csv.gz or .parquet", with_article(what)))),
        }
    }

    /// A text that is embedded as CSV.
    ///
    /// # Errors
    /// [`Error::File`] for a text that is no CSV.
    pub(super) fn embedded(name: &str, what: &'static str, bytes: &'static [u8]) -> Result<Self> {
        Self::csv(name.to_owned(), what, Box::new(bytes))
    }

    fn csv(name: String, what: &'static str, input: Box<dyn Read>) -> Result<Self> {
        let failed = |reason: String| Error::File { path: name.clone().into(), reason };
        let buffered: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 20, input));
        let input: Box<dyn Read> = Box::new(without_mark(buffered).map_err(|e| failed(e.to_string()))?);
        let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(input);
        let header = rows.headers().map_err(|e| failed(e.to_string()))?;
        let columns = header.iter().map(|n| n.trim().to_owned()).collect();
        Ok(Self { name, what, columns, rows: Rows::Csv(Box::new(rows)) })
    }

    /// Its name, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its columns' names.
    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The place of a column.
    pub(super) fn find(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == column)
    }

    /// The same of one that must be there.
    ///
    /// # Errors
    /// [`Error::Input`] with the columns there are.
    pub(super) fn column(&self, column: &str) -> Result<usize> {
        self.find(column).ok_or_else(|| {
            let there = self.columns.join(", ");
            Error::Input(format!("{}: this {} has no column {column}, but {there}", self.name, self.what))
        })
    }

    /// Goes through all rows; `texts` tells of which of the columns words are wanted, not numbers.
    ///
    /// # Errors
    /// Those of `each`, [`Error::File`] for a file that is not as it should be, [`Error::Input`] for a column of another kind.
    #[cfg_attr(not(feature = "formats"), allow(unused_variables, reason = "CSV holds texts"))]
    pub(super) fn each_row(&mut self, columns: &[usize], texts: &[usize], each: &mut EachRow<'_>) -> Result<()> {
        match &mut self.rows {
            Rows::Csv(rows) => csv_rows(&self.name, rows, columns, each),
            #[cfg(feature = "formats")]
            Rows::Parquet(rows) => parquet_rows::each(&self.name, rows, columns, texts, each),
        }
    }
}

fn with_article(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {what}")
}

fn csv_rows(name: &str, rows: &mut csv::Reader<Box<dyn Read>>, columns: &[usize], each: &mut EachRow<'_>) -> Result<()> {
    let failed = |e: csv::Error| Error::File { path: name.into(), reason: e.to_string() };
    let mut record = csv::ByteRecord::new();
    while rows.read_byte_record(&mut record).map_err(failed)? {
        let line = record.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let mut cells = [Cell::Text(""); MOST_COLUMNS];
        for (cell, column) in cells.iter_mut().zip(columns) {
            let text = std::str::from_utf8(&record[*column]).map_err(|_| {
                let text = String::from_utf8_lossy(&record[*column]).trim().to_owned();
                Error::Scenario { file: name.to_owned(), line, message: format!("\"{text}\" is no text in UTF-8") }
            })?;
            *cell = Cell::Text(text.trim());
        }
        each(line, &cells[..columns.len()])?;
    }
    Ok(())
}

/// Most columns that are asked for at once.
const MOST_COLUMNS: usize = 8;
