//! NumPy archives: arrays `time_ms`, `population`, `neuron` and perhaps `v_mv`, and the header as the bytes of its JSON in `header`.
//!
//! An array's length stands before its values, so that columns are streamed to files of their own first and joined at the end.

#![allow(clippy::cast_possible_truncation, reason = "numbers of populations and neurons fit 32 bits (src/bounds.rs)")]

use std::fs::File;
use std::io::{BufWriter, Error, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

use npyz::{DType, NpyFile, TypeChar, WriterBuilder};
use zip::write::SimpleFileOptions;

use super::gather::{Gatherer, Whose, times_in_steps};
use super::{Header, Recording, Rows, Sink};
use crate::files::Number;

pub(super) struct Npz {
    file: File,
    columns: Vec<(&'static str, &'static str, BufWriter<File>, u64)>,
    header: Header,
}

impl Npz {
    pub(super) fn new(file: File, folder: &Path, header: &Header, potentials: bool) -> Result<Self> {
        let always = [("time_ms", "<f8"), ("population", "<u4"), ("neuron", "<u4")];
        let id = header.has_ids().then_some(("id", "<u8"));
        let names = always.into_iter().chain(id).chain(potentials.then_some(("v_mv", "<f8")));
        let column = |(name, kind)| Ok((name, kind, BufWriter::new(tempfile::tempfile_in(folder)?), 0));
        let columns = names.map(column).collect::<Result<_>>()?;
        Ok(Self { file, columns, header: header.clone() })
    }
}

impl Sink for Npz {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        for (name, _, file, written) in &mut self.columns {
            *written += rows.len() as u64;
            let mut floats = |values: &[f64]| values.iter().try_for_each(|x| file.write_all(&x.to_le_bytes()));
            match *name {
                "time_ms" => floats(&rows.time_ms)?,
                "v_mv" => floats(&rows.v_mv)?,
                // Of a neuron without a name: 0.
                "id" => rows
                    .population
                    .iter()
                    .zip(&rows.neuron)
                    .try_for_each(|(p, n)| file.write_all(&self.header.id(*p, *n).unwrap_or(0).to_le_bytes()))?,
                "population" => rows.population.iter().try_for_each(|x| file.write_all(&x.to_le_bytes()))?,
                _ => rows.neuron.iter().try_for_each(|x| file.write_all(&x.to_le_bytes()))?,
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>, header: &Header) -> Result<()> {
        let mut zip = zip::ZipWriter::new(BufWriter::new(self.file));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).large_file(true);
        let json = header.json();
        zip.start_file("header.npy", options)?;
        zip.write_all(&preamble("|u1", json.len() as u64)?)?;
        zip.write_all(json.as_bytes())?;
        for (name, kind, column, written) in self.columns {
            zip.start_file(format!("{name}.npy"), options)?;
            zip.write_all(&preamble(kind, written)?)?;
            let mut column = column.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            column.seek(SeekFrom::Start(0))?;
            std::io::copy(&mut column, &mut zip)?;
        }
        zip.finish()?.flush()
    }
}

/// What stands before the values of an array.
fn preamble(kind: &str, length: u64) -> Result<Vec<u8>> {
    let dtype = npyz::DType::Plain(kind.parse().map_err(|_| Error::other("a type that NumPy does not know"))?);
    let mut bytes = Vec::new();
    // A writer of bytes knows no other type: the values follow by themselves.
    match kind {
        "<f8" => drop(npyz::WriteOptions::<f64>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
        "<u8" => drop(npyz::WriteOptions::<u64>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
        "<u4" => drop(npyz::WriteOptions::<u32>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
        _ => drop(npyz::WriteOptions::<u8>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
    }
    Ok(bytes)
}

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let mut zip = zip::ZipArchive::new(file).map_err(|e| e.to_string())?;
    let has = |zip: &zip::ZipArchive<File>, name: &str| zip.index_for_name(&format!("{name}.npy")).is_some();
    let mut header = None;
    if has(&zip, "header") {
        let json: Vec<u8> = numbers(&mut zip, "header")?.iter().map(|n| n.value() as u8).collect();
        header =
            Some(std::str::from_utf8(&json).ok().and_then(Header::from_json).ok_or("its `header` is no header of a recording")?);
    }
    if !has(&zip, "time_ms") || !has(&zip, "neuron") {
        let names: Vec<String> = zip.file_names().flatten().map(|n| n.trim_end_matches(".npy").to_owned()).collect();
        if let Some(steps) = names.iter().find(|n| n.contains("step")) {
            return Err(times_in_steps(steps));
        }
        return Err(format!("it has no arrays `time_ms` and `neuron`, but `{}`", names.join("`, `")));
    }
    let mut optional = |name: &str| if has(&zip, name) { numbers(&mut zip, name).map(Some) } else { Ok(None) };
    let (population, v) = (optional("population")?, optional("v_mv")?);
    let (time, neuron) = (numbers(&mut zip, "time_ms")?, numbers(&mut zip, "neuron")?);
    let length = |values: &Option<Vec<Number>>| values.as_ref().map_or(time.len(), Vec::len);
    if neuron.len() != time.len() || length(&population) != time.len() || length(&v) != time.len() {
        return Err("its arrays differ in length".into());
    }
    let mut rows = Gatherer::new(header);
    for i in 0..time.len() {
        let whose = population.as_ref().map_or(Whose::Untold, |p| Whose::Numbered(p[i]));
        rows.push(time[i].value(), whose, neuron[i], v.as_ref().map(|v| v[i].value())).map_err(|e| format!("entry {i}: {e}"))?;
    }
    Ok(rows.finish())
}

/// An array of numbers of an archive, of whatever type.
fn numbers(zip: &mut zip::ZipArchive<File>, name: &str) -> std::result::Result<Vec<Number>, String> {
    let mut entry = zip.by_name(&format!("{name}.npy")).map_err(|e| format!("its array `{name}`: {e}"))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|e| format!("its array `{name}`: {e}"))?;
    let npy = NpyFile::new(&bytes[..]).map_err(|e| format!("its array `{name}`: {e}"))?;
    let DType::Plain(kind) = npy.dtype() else { return Err(format!("its array `{name}` holds records, not numbers")) };
    // What the array claims must be there before memory is taken for it.
    let size = kind.num_bytes().unwrap_or(0) as u64;
    if npy.len().checked_mul(size).is_none_or(|claimed| claimed > bytes.len() as u64) {
        return Err(format!("its array `{name}` is cut short"));
    }
    let failed = |e: std::io::Error| format!("its array `{name}`: {e}");
    fn whole<T: Into<i128>>(values: Vec<T>) -> Vec<Number> {
        values.into_iter().map(|x| Number::Whole(x.into())).collect()
    }
    match (kind.type_char(), size) {
        (TypeChar::Float, 8) => Ok(npy.into_vec::<f64>().map_err(failed)?.into_iter().map(Number::Real).collect()),
        (TypeChar::Float, 4) => Ok(npy.into_vec::<f32>().map_err(failed)?.into_iter().map(|x| Number::Real(x.into())).collect()),
        (TypeChar::Int, 1) => npy.into_vec::<i8>().map(whole).map_err(failed),
        (TypeChar::Int, 2) => npy.into_vec::<i16>().map(whole).map_err(failed),
        (TypeChar::Int, 4) => npy.into_vec::<i32>().map(whole).map_err(failed),
        (TypeChar::Int, 8) => npy.into_vec::<i64>().map(whole).map_err(failed),
        (TypeChar::Uint, 1) => npy.into_vec::<u8>().map(whole).map_err(failed),
        (TypeChar::Uint, 2) => npy.into_vec::<u16>().map(whole).map_err(failed),
        (TypeChar::Uint, 4) => npy.into_vec::<u32>().map(whole).map_err(failed),
        (TypeChar::Uint, 8) => npy.into_vec::<u64>().map(whole).map_err(failed),
        _ => Err(format!("its array `{name}` holds values of the type {kind}, not numbers")),
    }
}
