//! Comma-separated values: a comment with the header, a line with the names of the columns, a line per row.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Error, Result, Seek, SeekFrom, Write};

use super::{Header, Recorded, Recording, Rows, Sink};

/// How the comment begins.
pub(super) const COMMENT: &str = "# spikewatt ";

pub(super) struct Csv {
    writer: csv::Writer<BufWriter<File>>,
    names: Vec<String>,
    comment: usize,
}

impl Csv {
    pub(super) fn new(file: File, header: &Header, potentials: bool) -> Result<Self> {
        let mut file = BufWriter::new(file);
        let comment = comment(header);
        write!(file, "{comment}")?;
        let mut writer = csv::Writer::from_writer(file);
        let columns = ["time_ms", "population", "neuron", "v_mv"];
        writer.write_record(&columns[..if potentials { 4 } else { 3 }])?;
        Ok(Self { writer, names: header.populations.iter().map(|p| p.name.clone()).collect(), comment: comment.len() })
    }
}

impl Sink for Csv {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        for i in 0..rows.len() {
            self.writer.write_field(rows.time_ms[i].to_string())?;
            self.writer.write_field(&self.names[rows.population[i] as usize])?;
            self.writer.write_field(rows.neuron[i].to_string())?;
            if let Some(v) = rows.v_mv.get(i) {
                self.writer.write_field(v.to_string())?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, header: &Header) -> Result<()> {
        let file = self.writer.into_inner().map_err(|e| Error::other(e.to_string()))?;
        rewrite(file, header, self.comment)
    }
}

/// The line with the header, with room for changes.
pub(super) fn comment(header: &Header) -> String {
    format!("{COMMENT}{}{:40}\n", header.json(), "")
}

/// Replaces the line with the header, as long as it is.
pub(super) fn rewrite(mut file: BufWriter<File>, header: &Header, length: usize) -> Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let line = comment(header);
    let line = line.trim_end();
    writeln!(file, "{line}{}", " ".repeat((length - 1).saturating_sub(line.len())))?;
    file.flush()
}

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let mut file = BufReader::new(file);
    let mut first = String::new();
    file.read_line(&mut first).map_err(|e| e.to_string())?;
    let header = first.strip_prefix(COMMENT).and_then(Header::from_json);
    file.rewind().map_err(|e| e.to_string())?;
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file);
    let names = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| names.iter().position(|n| n == name);
    let (Some(time), Some(neuron)) = (column("time_ms"), column("neuron")) else {
        return Err("it has no columns `time_ms` and `neuron`".into());
    };
    let (population, v) = (column("population"), column("v_mv"));
    let mut header_out = header.unwrap_or_else(|| foreign(Vec::new()));
    let known = !header_out.populations.is_empty();
    let mut rows = Rows::default();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| e.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let number =
            |i: usize| record[i].trim().parse::<f64>().map_err(|_| format!("line {line}: \"{}\" is no number", &record[i]));
        let name = population.map_or("all", |i| &record[i]);
        let id = match header_out.find(name) {
            Some(id) => id,
            None if known => return Err(format!("line {line}: population \"{name}\" is not in its header")),
            None => {
                header_out.populations.push(Recorded { name: name.to_owned(), size: 0, source: false });
                header_out.populations.len() as u32 - 1
            }
        };
        rows.time_ms.push(number(time)?);
        rows.population.push(id);
        rows.neuron
            .push(record[neuron].trim().parse().map_err(|_| format!("line {line}: \"{}\" is no neuron", &record[neuron]))?);
        if let Some(v) = v {
            rows.v_mv.push(number(v)?);
        }
    }
    if !known {
        complete(&mut header_out, &rows);
    }
    Ok(Recording { header: header_out, rows })
}

/// The header of a file of another program.
pub(super) fn foreign(populations: Vec<Recorded>) -> Header {
    Header {
        program: "unknown".into(),
        scenario: "unknown".into(),
        scenario_version: 0,
        scenario_hash: String::new(),
        seed: 0,
        dt_ms: 0.1,
        from_ms: 0.0,
        until_ms: 0.0,
        populations,
    }
}

/// Sizes and duration as the rows show them.
pub(super) fn complete(header: &mut Header, rows: &Rows) {
    for (population, neuron) in rows.population.iter().zip(&rows.neuron) {
        let p = &mut header.populations[*population as usize];
        p.size = p.size.max(neuron + 1);
    }
    header.until_ms = rows.time_ms.iter().copied().fold(0.0, f64::max);
}
