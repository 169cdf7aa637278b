//! The columns of NEST's ASCII recordings: sender (neurons numbered through from 1) and time, separated by tabulators.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Result, Write};

use super::csv::{COMMENT, comment, complete, foreign, rewrite};
use super::{Header, Recorded, Recording, Rows, Sink};

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

pub(super) fn read(file: File) -> std::result::Result<Recording, String> {
    let mut header: Option<Header> = None;
    let mut rows = Rows::default();
    let mut first = Vec::new();
    for (i, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|e| e.to_string())?;
        if let Some(json) = line.strip_prefix(COMMENT) {
            header = Header::from_json(json);
            first = header.iter().flat_map(Header::first_ids).collect();
        }
        if !line.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let mut fields = line.split_ascii_whitespace();
        let mut number = |what: &str| {
            let field = fields.next().and_then(|f| f.parse::<f64>().ok());
            field.ok_or_else(|| format!("line {}: there is no {what}", i + 1))
        };
        let (sender, time) = (number("sender")? as u64, number("time")?);
        let population = first.partition_point(|f| *f <= sender).saturating_sub(1);
        rows.time_ms.push(time);
        rows.population.push(population as u32);
        rows.neuron.push((sender - first.get(population).copied().unwrap_or(0)) as u32);
        if let Ok(v) = number("potential") {
            rows.v_mv.push(v);
        }
    }
    let header = header.unwrap_or_else(|| {
        let mut header = foreign(vec![Recorded { name: "all".into(), size: 0, source: false }]);
        complete(&mut header, &rows);
        header
    });
    Ok(Recording { header, rows })
}
