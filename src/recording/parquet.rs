//! Apache Parquet: columns `time_ms`, `population` (name), `neuron` and perhaps `v_mv`; the header as the file's `spikewatt` metadata.

use std::fs::File;
use std::io::{Error, Result};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::RowAccessor;
use parquet::schema::parser::parse_message_type;

use super::{Header, Recording, Rows, Sink};

/// Rows of a row group.
const GROUP: usize = 1 << 20;

pub(super) struct Parquet {
    writer: SerializedFileWriter<File>,
    names: Vec<ByteArray>,
    waiting: Rows,
}

impl Parquet {
    pub(super) fn new(file: File, header: &Header, potentials: bool) -> Result<Self> {
        let v = if potentials { "REQUIRED DOUBLE v_mv;" } else { "" };
        let message = format!(
            "message recording {{ REQUIRED DOUBLE time_ms; REQUIRED BYTE_ARRAY population (UTF8); REQUIRED INT32 neuron (INTEGER(32, false)); {v} }}"
        );
        let schema = parse_message_type(&message).map_err(Error::other)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(Error::other)?;
        let names = header.populations.iter().map(|p| ByteArray::from(p.name.as_str())).collect();
        Ok(Self { writer, names, waiting: Rows::default() })
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
    let reader = SerializedFileReader::new(file).map_err(|e| e.to_string())?;
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let json = metadata.into_iter().flatten().find(|kv| kv.key == "spikewatt").and_then(|kv| kv.value.as_deref());
    let header = json.and_then(Header::from_json).ok_or("it has no `spikewatt` metadata")?;
    let potentials = reader.metadata().file_metadata().schema_descr().num_columns() > 3;
    let mut rows = Rows::default();
    for row in reader.get_row_iter(None).map_err(|e| e.to_string())? {
        let row = row.map_err(|e| e.to_string())?;
        let name = row.get_string(1).map_err(|e| e.to_string())?;
        rows.time_ms.push(row.get_double(0).map_err(|e| e.to_string())?);
        rows.population.push(header.find(name).ok_or_else(|| format!("population \"{name}\" is not in its header"))?);
        rows.neuron.push(row.get_uint(2).map_err(|e| e.to_string())?);
        if potentials {
            rows.v_mv.push(row.get_double(3).map_err(|e| e.to_string())?);
        }
    }
    Ok(Recording { header, rows })
}
