//! Apache Parquet: columns `time_ms`, `population` (name), `neuron`, perhaps `id` (its name in data) and `v_mv`; the header as the file's `spikewatt` metadata.

#![allow(clippy::cast_possible_truncation, reason = "numbers of populations and neurons fit 32 bits (src/bounds.rs)")]

use std::fs::File;
use std::io::{Error, Result};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::gather::{Gatherer, Whose, times_in_steps};
use super::{Header, Recording, Rows, Sink};
use crate::bounds;
use crate::files::Number;
use crate::files::parquet_column::{NumberColumn, values};
use crate::files::parquet_file;

/// Rows of a row group.
const GROUP: usize = 1 << 20;

pub(super) struct Parquet {
    writer: SerializedFileWriter<File>,
    names: Vec<ByteArray>,
    header: Header,
    waiting: Rows,
}

impl Parquet {
    pub(super) fn new(file: File, header: &Header, potentials: bool) -> Result<Self> {
        let v = if potentials { "REQUIRED DOUBLE v_mv;" } else { "" };
        let id = if header.has_ids() { "OPTIONAL INT64 id (INTEGER(64, false));" } else { "" };
        let message = format!(
            "message recording {{ REQUIRED DOUBLE time_ms; REQUIRED BYTE_ARRAY population (UTF8); REQUIRED INT32 neuron (INTEGER(32, false)); {id} {v} }}"
        );
        let schema = parse_message_type(&message).map_err(Error::other)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(Error::other)?;
        let names = header.populations.iter().map(|p| ByteArray::from(p.name.as_str())).collect();
        Ok(Self { writer, names, header: header.clone(), waiting: Rows::default() })
    }

    /// Writes the waiting rows as one group.
    fn group(&mut self) -> std::result::Result<(), parquet::errors::ParquetError> {
        let rows = std::mem::take(&mut self.waiting);
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in 0.. {
            let Some(mut writer) = group.next_column()? else { break };
            match column {
                0 => writer.typed::<DoubleType>().write_batch(&rows.time_ms, None, None)?,
                1 => {
                    let names: Vec<ByteArray> = rows.population.iter().map(|p| self.names[*p as usize].clone()).collect();
                    writer.typed::<ByteArrayType>().write_batch(&names, None, None)?
                }
                2 => {
                    let neurons: Vec<i32> = rows.neuron.iter().map(|n| *n as i32).collect();
                    writer.typed::<Int32Type>().write_batch(&neurons, None, None)?
                }
                3 if self.header.has_ids() => {
                    let ids = rows.population.iter().zip(&rows.neuron).map(|(p, n)| self.header.id(*p, *n));
                    let ids: Vec<Option<u64>> = ids.collect();
                    let levels: Vec<i16> = ids.iter().map(|id| i16::from(id.is_some())).collect();
                    // Unsigned numbers stand in the same 64 bits.
                    let values: Vec<i64> = ids.into_iter().flatten().map(u64::cast_signed).collect();
                    writer.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?
                }
                _ => writer.typed::<DoubleType>().write_batch(&rows.v_mv, None, None)?,
            };
            writer.close()?;
        }
        group.close().map(drop)
    }
}

impl Sink for Parquet {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        self.waiting.time_ms.extend_from_slice(&rows.time_ms);
        self.waiting.population.extend_from_slice(&rows.population);
        self.waiting.neuron.extend_from_slice(&rows.neuron);
        self.waiting.v_mv.extend_from_slice(&rows.v_mv);
        if self.waiting.len() >= GROUP { self.group().map_err(Error::other) } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>, header: &Header) -> Result<()> {
        self.group().map_err(Error::other)?;
        self.writer.append_key_value_metadata(KeyValue { key: "spikewatt".into(), value: Some(header.json()) });
        self.writer.close().map(drop).map_err(Error::other)
    }
}

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let reader = parquet_file::open(file)?;
    let metadata = reader.metadata().file_metadata();
    let json =
        metadata.key_value_metadata().into_iter().flatten().find(|kv| kv.key == "spikewatt").and_then(|kv| kv.value.as_deref());
    let header = match json {
        Some(json) => Some(Header::from_json(json).ok_or("its `spikewatt` metadata are no header of a recording")?),
        None => None,
    };
    if u64::try_from(metadata.num_rows()).map_or(true, |rows| rows > bounds::MAX_ROWS) {
        return Err(format!("its footer tells of {} rows; a recording has at most {}", metadata.num_rows(), bounds::MAX_ROWS));
    }
    let schema = metadata.schema_descr_ptr();
    let names: Vec<&str> = schema.columns().iter().map(|c| c.name()).collect();
    let find = |name: &str| names.iter().position(|n| *n == name);
    let (Some(time), Some(neuron)) = (find("time_ms"), find("neuron").or(find("sender"))) else {
        return Err(match names.iter().find(|n| n.contains("step")) {
            Some(steps) => times_in_steps(steps),
            None => format!("it has no columns `time_ms` and `neuron`, but `{}`", names.join("`, `")),
        });
    };
    let (population, v) = (find("population"), find("v_mv"));
    let about = |column: usize, why: String| format!("the column `{}` {why}", names[column]);
    let mut rows = Gatherer::new(header);
    let mut row = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(|e| e.to_string())?;
        let open =
            |column: usize| Ok::<_, String>((column, NumberColumn::open(group.as_ref(), column).map_err(|e| about(column, e))?));
        let (mut time, mut neuron, mut v) = (open(time)?, open(neuron)?, v.map(open).transpose()?);
        let mut population = population.map(|i| Populations::open(group.as_ref(), i).map_err(|e| about(i, e))).transpose()?;
        let next = |column: &mut (usize, NumberColumn), n: usize| column.1.next(n).map_err(|e| about(column.0, e));
        let mut left = group.metadata().num_rows().max(0) as usize;
        while left > 0 {
            let n = left.min(AT_ONCE);
            let (times, neurons) = (next(&mut time, n)?, next(&mut neuron, n)?);
            let potentials = v.as_mut().map(|c| next(c, n)).transpose()?;
            let of = population.as_mut().map(|p| p.next(n)).transpose().map_err(|e| format!("the column `population` {e}"))?;
            for i in 0..n {
                row += 1;
                let whose = match &of {
                    None => Whose::Untold,
                    Some(Batch::Names(names)) => Whose::Named(&names[i]),
                    Some(Batch::Numbers(numbers)) => Whose::Numbered(numbers[i]),
                };
                let v = potentials.as_ref().map(|v| v[i].value());
                rows.push(times[i].value(), whose, neurons[i], v).map_err(|e| format!("row {row}: {e}"))?;
            }
            left -= n;
        }
    }
    Ok(rows.finish())
}

/// Rows that are read at a time.
const AT_ONCE: usize = 1 << 16;

/// The column of populations: names or numbers.
enum Populations {
    Names(ColumnReaderImpl<ByteArrayType>),
    Numbers(NumberColumn),
}

enum Batch {
    Names(Vec<String>),
    Numbers(Vec<Number>),
}

impl Populations {
    fn open(group: &dyn RowGroupReader, index: usize) -> std::result::Result<Self, String> {
        match parquet_file::column(group, index)? {
            ColumnReader::ByteArrayColumnReader(reader) => Ok(Self::Names(reader)),
            _ => NumberColumn::open(group, index).map(Self::Numbers),
        }
    }

    fn next(&mut self, n: usize) -> std::result::Result<Batch, String> {
        match self {
            Self::Numbers(column) => column.next(n).map(Batch::Numbers),
            Self::Names(reader) => {
                let names = values(reader, n, |bytes| {
                    bytes.as_utf8().map(str::to_owned).map_err(|_| "holds bytes that are no text".to_owned())
                });
                names.map(Batch::Names)
            }
        }
    }
}
