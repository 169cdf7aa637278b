//! Comma-separated values: a comment with the header, a line with the names of the columns, a line per row.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Error, Result, Seek, SeekFrom, Write};

use super::gather::{Gatherer, Whose, times_in_steps};
use super::{Header, Recording, Rows, Sink};
use crate::files::{Number, without_mark};

/// How the comment begins.
pub(super) const COMMENT: &str = "# spikewatt ";

pub(super) struct Csv {
    writer: csv::Writer<BufWriter<File>>,
    header: Header,
    comment: usize,
}

impl Csv {
    pub(super) fn new(file: File, header: &Header, potentials: bool) -> Result<Self> {
        let mut file = BufWriter::new(file);
        let comment = comment(header);
        write!(file, "{comment}")?;
        let mut writer = csv::Writer::from_writer(file);
        let columns = [("time_ms", true), ("population", true), ("neuron", true), ("id", header.has_ids()), ("v_mv", potentials)];
        writer.write_record(columns.iter().filter(|(_, there)| *there).map(|(name, _)| name))?;
        Ok(Self { writer, header: header.clone(), comment: comment.len() })
    }
}

impl Sink for Csv {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        for i in 0..rows.len() {
            self.writer.write_field(rows.time_ms[i].to_string())?;
            self.writer.write_field(&self.header.populations[rows.population[i] as usize].name)?;
            self.writer.write_field(rows.neuron[i].to_string())?;
            if self.header.has_ids() {
                let id = self.header.id(rows.population[i], rows.neuron[i]);
                self.writer.write_field(id.map_or_else(String::new, |id| id.to_string()))?;
            }
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
    let mut file = without_mark(BufReader::new(file)).map_err(|e| e.to_string())?;
    let mut first = String::new();
    let begin = file.stream_position().map_err(|e| e.to_string())?;
    file.read_line(&mut first).map_err(|e| e.to_string())?;
    let header = first.strip_prefix(COMMENT).and_then(Header::from_json);
    file.seek(SeekFrom::Start(begin)).map_err(|e| e.to_string())?;
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file);
    let names = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| names.iter().position(|n| n.trim() == name);
    let (Some(time), Some(neuron)) = (column("time_ms"), column("neuron").or(column("sender"))) else {
        if let Some(steps) = names.iter().find(|n| n.trim().contains("step")) {
            return Err(times_in_steps(steps.trim()));
        }
        let written: Vec<&str> = names.iter().map(str::trim).collect();
        return Err(format!("it has no columns `time_ms` and `neuron`, separated by commas, but `{}`", written.join("`, `")));
    };
    let (population, v) = (column("population"), column("v_mv"));
    let mut rows = Gatherer::new(header);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| e.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let number =
            |i: usize| record[i].trim().parse::<f64>().map_err(|_| format!("line {line}: \"{}\" is no number", &record[i]));
        let whole = record[neuron].trim().parse::<i64>();
        let whole = whole.map_err(|_| format!("line {line}: \"{}\" is no neuron; write its number", &record[neuron]))?;
        let whose = population.map_or(Whose::Untold, |i| Whose::Named(&record[i]));
        let v = v.map(number).transpose()?;
        rows.push(number(time)?, whose, Number::Whole(whole.into()), v).map_err(|e| format!("line {line}: {e}"))?;
    }
    Ok(rows.finish())
}
