//! Results of a fleet as one Parquet file: a row per workload and machine, for whatever engine of queries a reader has.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::compare::Entry;
use crate::result::{Class, Workload};

/// Version of the columns: it rises when one changes its meaning or goes.
pub const FLEET_VERSION: u32 = 1;

/// What a row is made of.
struct Row<'a> {
    entry: &'a Entry,
    w: &'a Workload,
}

/// How a column's value is found; none where it was not measured or is not known.
enum Column {
    Text(fn(&Row<'_>) -> Option<String>),
    Whole(fn(&Row<'_>) -> Option<u64>),
    Real(fn(&Row<'_>) -> Option<f64>),
    Truth(fn(&Row<'_>) -> Option<bool>),
}

use Column::{Real, Text, Truth, Whole};

/// Name and value of every column, in the order of the file.
const COLUMNS: [(&str, Column); 47] = [
    ("name", Text(|r| Some(r.entry.name.clone()))),
    ("file", Text(|r| Some(r.entry.path.display().to_string()))),
    ("created_utc", Text(|r| Some(r.entry.result.created_utc.clone()))),
    ("program_version", Text(|r| Some(r.entry.result.program.version.clone()))),
    ("git_commit", Text(|r| Some(r.entry.result.program.git_commit.clone()))),
    ("os", Text(|r| Some(r.entry.result.machine.os.clone()))),
    ("cpu", Text(|r| Some(r.entry.result.machine.cpu.clone()))),
    ("logical_cpus", Whole(|r| Some(r.entry.result.machine.logical_cpus as u64))),
    ("memory_bytes", Whole(|r| r.entry.result.machine.memory_bytes)),
    ("is_gpu", Truth(|r| Some(r.entry.result.engine.is_gpu))),
    ("threads", Whole(|r| r.entry.result.engine.threads.map(|n| n as u64))),
    ("adapter", Text(|r| r.entry.result.engine.adapter.as_ref().map(|a| a.name.clone()))),
    ("backend", Text(|r| r.entry.result.engine.adapter.as_ref().map(|a| a.backend.clone()))),
    ("driver", Text(|r| r.entry.result.engine.adapter.as_ref().map(|a| a.driver.clone()))),
    ("profile", Text(|r| Some(r.entry.result.protocol.word().trim_end_matches(" profile").to_owned()))),
    ("workload", Text(|r| Some(r.w.scenario.clone()))),
    ("workload_version", Whole(|r| Some(r.w.scenario_version.into()))),
    ("workload_hash", Text(|r| Some(r.w.scenario_hash.clone()))),
    ("class", Text(|r| Some(if r.w.class == Class::Exact { "exact" } else { "tolerant" }.to_owned()))),
    ("drive", Text(|r| Some(r.w.drive.word().to_owned()))),
    ("scale", Real(|r| Some(r.w.scale))),
    ("seed", Whole(|r| Some(r.w.seed))),
    ("neurons", Whole(|r| Some(r.w.neurons))),
    ("synapses", Whole(|r| Some(r.w.synapses))),
    ("dt_ms", Real(|r| Some(r.w.dt_ms))),
    ("bio_ms", Real(|r| Some(r.w.bio_ms))),
    ("spike_checksum", Text(|r| Some(r.w.spike_checksum.clone()))),
    ("repetitions", Whole(|r| Some(r.w.wall_s.len() as u64))),
    ("build_s", Real(|r| Some(r.w.build_s))),
    ("realtime_factor", Real(|r| Some(r.w.realtime_factor))),
    ("updates", Whole(|r| Some(r.w.updates))),
    ("spikes", Whole(|r| Some(r.w.spikes))),
    ("synaptic_events", Whole(|r| Some(r.w.synaptic_events))),
    ("external_events", Whole(|r| Some(r.w.external_events))),
    ("device_bytes", Whole(|r| r.w.device_bytes)),
    ("peak_host_bytes", Whole(|r| r.w.peak_host_bytes)),
    ("meter", Text(|r| r.w.energy.meter.clone())),
    ("evidence", Text(|r| r.w.energy.tier.map(|t| t.words().to_owned()))),
    ("scope", Text(|r| r.w.energy.scope.map(|s| s.words().to_owned()))),
    ("reliable", Truth(|r| r.w.energy.reliable)),
    ("relative_u95", Real(|r| r.w.energy.relative_u95)),
    ("power_w", Real(|r| r.w.energy.power_w.value)),
    ("gross_j", Real(|r| r.w.energy.gross_j.value)),
    ("gross_j_per_update", Real(|r| r.w.energy.gross_j_per_update.value)),
    ("gross_j_per_spike", Real(|r| r.w.energy.gross_j_per_spike.value)),
    ("gross_j_per_synaptic_event", Real(|r| r.w.energy.gross_j_per_synaptic_event.value)),
    ("net_j_per_synaptic_event", Real(|r| r.w.energy.net_j_per_synaptic_event.value)),
];

/// Writes the rows of all workloads; tells how many there are.
///
/// # Errors
/// Those of the file.
pub fn write_fleet(file: File, entries: &[Entry]) -> std::io::Result<usize> {
    let rows: Vec<Row<'_>> =
        entries.iter().flat_map(|entry| entry.result.workloads.iter().map(move |w| Row { entry, w })).collect();
    write(file, &rows).map_err(std::io::Error::other)?;
    Ok(rows.len())
}

fn write(file: File, rows: &[Row<'_>]) -> Result<(), ParquetError> {
    let kind = |column: &Column, name: &str| match column {
        Text(_) => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
        Whole(_) => format!("OPTIONAL INT64 {name} (INTEGER(64, false));"),
        Real(_) => format!("OPTIONAL DOUBLE {name};"),
        Truth(_) => format!("OPTIONAL BOOLEAN {name};"),
    };
    let fields: String = COLUMNS.iter().map(|(name, column)| kind(column, name)).collect();
    let schema = parse_message_type(&format!("message fleet {{ {fields} }}"))?;
    let version = KeyValue::new("spikewatt_fleet_version".to_owned(), FLEET_VERSION.to_string());
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).set_key_value_metadata(Some(vec![version]));
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties.build()))?;
    let mut group = writer.next_row_group()?;
    for (_, column) in &COLUMNS {
        let Some(mut own) = group.next_column()? else { break };
        match column {
            Text(of) => {
                let (levels, values) = column_of(rows, |r| of(r).map(|t| ByteArray::from(t.into_bytes())));
                own.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
            }
            Whole(of) => {
                let (levels, values) = column_of(rows, |r| of(r).map(u64::cast_signed));
                own.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
            }
            Real(of) => {
                let (levels, values) = column_of(rows, of);
                own.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
            }
            Truth(of) => {
                let (levels, values) = column_of(rows, of);
                own.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
            }
        }
        own.close()?;
    }
    group.close()?;
    writer.close().map(drop)
}

/// Whether each row has a value, and the values that there are.
fn column_of<T>(rows: &[Row<'_>], of: impl Fn(&Row<'_>) -> Option<T>) -> (Vec<i16>, Vec<T>) {
    let all: Vec<Option<T>> = rows.iter().map(of).collect();
    (all.iter().map(|v| i16::from(v.is_some())).collect(), all.into_iter().flatten().collect())
}
