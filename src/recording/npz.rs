//! NumPy archives: arrays `time_ms`, `population`, `neuron` and perhaps `v_mv`, and the header as the bytes of its JSON in `header`.
//!
//! An array's length stands before its values, so that columns are streamed to files of their own first and joined at the end.

use std::fs::File;
use std::io::{BufWriter, Error, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

use npyz::{NpyFile, WriterBuilder};
use zip::write::SimpleFileOptions;

use super::{Header, Recording, Rows, Sink};

pub(super) struct Npz {
    file: File,
    columns: Vec<(&'static str, &'static str, BufWriter<File>, u64)>,
}

impl Npz {
    pub(super) fn new(file: File, folder: &Path, potentials: bool) -> Result<Self> {
        let names = [("time_ms", "<f8"), ("population", "<u4"), ("neuron", "<u4"), ("v_mv", "<f8")];
        let column = |(name, kind)| Ok((name, kind, BufWriter::new(tempfile::tempfile_in(folder)?), 0));
        let columns = names.into_iter().take(if potentials { 4 } else { 3 }).map(column).collect::<Result<_>>()?;
        Ok(Self { file, columns })
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
        "<u4" => drop(npyz::WriteOptions::<u32>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
        _ => drop(npyz::WriteOptions::<u8>::new().dtype(dtype).shape(&[length]).writer(&mut bytes).begin_nd()?),
    }
    Ok(bytes)
}

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let mut zip = zip::ZipArchive::new(file).map_err(|e| e.to_string())?;
    let json = array::<u8>(&mut zip, "header")?;
    let header = std::str::from_utf8(&json).ok().and_then(Header::from_json).ok_or("its `header` is no header of a recording")?;
    let rows = Rows {
        time_ms: array(&mut zip, "time_ms")?,
        population: array(&mut zip, "population")?,
        neuron: array(&mut zip, "neuron")?,
        v_mv: if zip.index_for_name("v_mv.npy").is_some() { array(&mut zip, "v_mv")? } else { Vec::new() },
    };
    if rows.population.len() != rows.len() || rows.neuron.len() != rows.len() {
        return Err("its arrays differ in length".into());
    }
    Ok(Recording { header, rows })
}

/// An array of an archive.
pub(crate) fn array<T: npyz::Deserialize>(zip: &mut zip::ZipArchive<File>, name: &str) -> std::result::Result<Vec<T>, String> {
    let mut entry = zip.by_name(&format!("{name}.npy")).map_err(|_| format!("it has no array `{name}`"))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    let npy = NpyFile::new(&bytes[..]).map_err(|e| e.to_string())?;
    npy.into_vec().map_err(|e| format!("its array `{name}`: {e}"))
}
