//! The columns of NEST's ASCII recordings: sender (neurons numbered through from 1) and time, separated by tabulators.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Result, Write};

use super::csv::{COMMENT, comment, rewrite};
use super::gather::{Gatherer, Whose, times_in_steps};
use super::{Header, Recording, Rows, Sink};
use crate::files::{Number, without_mark};

pub(super) struct Nest {
    file: BufWriter<File>,
    first: Vec<u64>,
    comment: usize,
}

impl Nest {
    pub(super) fn new(file: File, header: &Header, potentials: bool) -> Result<Self> {
        let mut file = BufWriter::new(file);
        let comment = comment(header);
        write!(file, "{comment}")?;
        writeln!(file, "sender\ttime_ms{}", if potentials { "\tV_m" } else { "" })?;
        Ok(Self { file, first: header.first_ids(), comment: comment.len() })
    }
}

impl Sink for Nest {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        for i in 0..rows.len() {
            let sender = self.first[rows.population[i] as usize] + u64::from(rows.neuron[i]);
            write!(self.file, "{sender}\t{}", rows.time_ms[i])?;
            if let Some(v) = rows.v_mv.get(i) {
                write!(self.file, "\t{v}")?;
            }
            writeln!(self.file)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, header: &Header) -> Result<()> {
        rewrite(self.file, header, self.comment)
    }
}

/// Where the columns stand.
struct Columns {
    sender: usize,
    time: usize,
    potential: Option<usize>,
}

impl Columns {
    /// By the names of a line, or as they stand in files without one.
    fn of(line: &str) -> std::result::Result<Self, String> {
        let names: Vec<&str> = line.split_ascii_whitespace().collect();
        let find = |name: &str| names.iter().position(|n| *n == name);
        if let (None, Some(steps)) = (find("time_ms"), names.iter().find(|n| n.contains("step"))) {
            return Err(times_in_steps(steps));
        }
        match (find("sender"), find("time_ms")) {
            (Some(sender), Some(time)) => Ok(Self { sender, time, potential: find("V_m") }),
            _ => Err(format!("it has no columns `sender` and `time_ms`, but `{}`", names.join("`, `"))),
        }
    }
}

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let mut columns = Columns { sender: 0, time: 1, potential: None };
    let mut rows = Gatherer::new(None);
    let mut first: Vec<u64> = Vec::new();
    let mut named = false;
    let file = without_mark(BufReader::new(file)).map_err(|e| e.to_string())?;
    for (i, line) in file.lines().enumerate() {
        let line = line.map_err(|e| e.to_string())?;
        if let Some(header) = line.strip_prefix(COMMENT).and_then(Header::from_json) {
            first = header.first_ids();
            rows = Gatherer::new(Some(header));
        }
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !named && line.trim_start().starts_with(|c: char| c.is_alphabetic()) {
            columns = Columns::of(&line)?;
            named = true;
            continue;
        }
        let place = |why: String| format!("line {}: {why}", i + 1);
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let number = |at: usize, what: &str| {
            let field = fields.get(at).ok_or_else(|| place(format!("there is no {what}")))?;
            field.parse::<f64>().map_err(|_| place(format!("\"{field}\" is no {what}")))
        };
        let sender = fields.get(columns.sender).and_then(|f| f.parse::<u64>().ok());
        let sender = sender.ok_or_else(|| place(format!("\"{}\" is no sender", fields.get(columns.sender).unwrap_or(&""))))?;
        let (whose, neuron) = match first.partition_point(|f| *f <= sender) {
            _ if first.is_empty() => (Whose::Untold, sender),
            0 => return Err(place(format!("there is no sender {sender} in its header"))),
            at => (Whose::Numbered(Number::Whole(at as i128 - 1)), sender - first[at - 1]),
        };
        let v = columns.potential.map(|at| number(at, "potential")).transpose()?;
        rows.push(number(columns.time, "time")?, whose, Number::Whole(neuron.into()), v).map_err(place)?;
    }
    Ok(rows.finish())
}
