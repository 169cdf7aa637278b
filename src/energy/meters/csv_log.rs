//! An external meter that a logger writes to a CSV file while the run goes on: a timestamp and watts in every row.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::MeterKind;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "csv",
    name: "external meter, by a log",
    rank: 21,
    why: "the external meter you gave",
    missed_by: &[],
    find: None,
};

/// A file that grows.
#[derive(Debug)]
pub struct CsvLog {
    info: MeterInfo,
    path: PathBuf,
    /// Bytes read, and the last row as far as it has been written.
    read: u64,
    rest: String,
    line: usize,
    form: Form,
    /// Calendar minus monotonic clock, s, when the file was first read.
    offset_s: Option<f64>,
}

/// How far the calendar may move against the monotonic clock, s.
const CLOCK_TOLERANCE_S: f64 = 0.1;

impl CsvLog {
    /// Opens a file and checks the rows that are there; `scope` is the user's word for what it logs.
    ///
    /// # Errors
    /// A sentence with file, line and what a row must look like.
    pub fn open(path: &Path, scope: Scope) -> Result<Self, String> {
        let text = crate::files::read_text(path).map_err(|e| {
            format!("{}: the meter's log cannot be read ({e}); start the logger first, then this run", path.display())
        })?;
        let mut last = f64::NEG_INFINITY;
        let mut form = Form::default();
        for (i, line) in text.split_inclusive('\n').filter(|l| l.ends_with('\n')).enumerate() {
            let Some((t, _)) = form.parse(line, i).map_err(|why| format!("{}:{}: {why}", path.display(), i + 1))? else {
                continue;
            };
            if t < last {
                return Err(format!(
                    "{}:{}: the timestamps go back by {:.3} s; a log must be in order of time",
                    path.display(),
                    i + 1,
                    last - t
                ));
            }
            last = t;
        }
        let tier = if scope == Scope::Wall { Tier::WallMeter } else { Tier::SampledPower };
        let mut info = MeterInfo::new(KIND.word, format!("log {}", path.display()), tier, scope);
        info.pushes = true;
        Ok(Self { info, path: path.to_owned(), read: 0, rest: String::new(), line: 0, form: Form::default(), offset_s: None })
    }

    /// What was written since the last time.
    fn more(&mut self) -> std::io::Result<String> {
        let mut file = std::fs::File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        self.read += file.read_to_end(&mut bytes)? as u64;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// How a log's rows are written, as its header and its first rows show.
#[derive(Debug, Clone, Copy, Default)]
struct Form {
    /// Columns of the header.
    columns: Option<usize>,
}

impl Form {
    /// Time (seconds since 1970, or RFC 3339) and watts of a row; `None` for an empty row and for a header in the first. Where semicolons or
    /// tabulators separate cells, a comma is a decimal point.
    fn parse(&mut self, row: &str, index: usize) -> Result<Option<(f64, f64)>, String> {
        let row = row.trim();
        if row.is_empty() || row.starts_with('#') {
            return Ok(None);
        }
        let separator = [';', '\t', ','].into_iter().find(|c| row.contains(*c)).unwrap_or(',');
        let cells: Vec<String> = row
            .split(separator)
            .map(|c| c.trim().trim_matches('"'))
            .map(|c| if separator == ',' { c.to_owned() } else { c.replace(',', ".") })
            .collect();
        let cell = |i: usize| cells.get(i).map_or("", String::as_str);
        let seconds = cell(0).parse::<f64>().ok().or_else(|| {
            let at: jiff::Timestamp = cell(0).parse().ok()?;
            Some(at.as_nanosecond() as f64 * 1e-9)
        });
        match (seconds, cell(1).parse::<f64>()) {
            (Some(_), Ok(_)) if self.columns.is_some_and(|n| n != cells.len()) => Err(format!(
                "\"{row}\" has {} cells, its header {}; separate cells by semicolons where commas are decimal points",
                cells.len(),
                self.columns.unwrap_or(0)
            )),
            // Whole numbers in more than two cells, and no header: they may be halves of others, cut at their decimal commas.
            (Some(_), Ok(_))
                if separator == ','
                    && self.columns.is_none()
                    && cells.len() > 2
                    && cells.iter().all(|c| c.bytes().all(|b| b.is_ascii_digit())) =>
            {
                Err(format!(
                    "\"{row}\" can be read in two ways; separate cells by semicolons where commas are decimal points, or write a header"
                ))
            }
            (Some(t), Ok(w)) if t.is_finite() => Ok(Some((t, w))),
            (None, Err(_)) if index == 0 => {
                self.columns = Some(cells.len());
                Ok(None)
            }
            _ => Err(format!(
                "\"{row}\" is no row of a meter's log; write a time (seconds since 1970 or RFC 3339) and watts, as in 1764000000.25,83.1"
            )),
        }
    }
}

impl Meter for CsvLog {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let offset_now_s = clock.unix_s() - clock.now_s();
        let offset_s = *self.offset_s.get_or_insert(offset_now_s);
        if (offset_now_s - offset_s).abs() > CLOCK_TOLERANCE_S {
            let text = format!(
                "the system's clock was set by {:.1} s during the run, so the log's times cannot be trusted",
                offset_now_s - offset_s
            );
            return Err(MeterError::gone(text));
        }
        let text = self.more().map_err(|e| MeterError::passing(format!("{}: {e}", self.path.display())))?;
        self.rest += &text;
        let mut samples = Vec::new();
        while let Some(end) = self.rest.find('\n') {
            let row: String = self.rest.drain(..=end).collect();
            self.line += 1;
            match self.form.parse(row.trim_start_matches('\u{feff}'), self.line - 1) {
                Ok(Some((t, w))) => samples.push(Sample { t_s: t - offset_s, reading: Reading::PowerW(w) }),
                Ok(None) => {}
                Err(why) => return Err(MeterError::passing(format!("{}:{}: {why}", self.path.display(), self.line))),
            }
        }
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_row(row: &str, index: usize) -> Result<Option<(f64, f64)>, String> {
        Form::default().parse(row, index)
    }

    #[test]
    fn rows_hold_a_time_and_watts() {
        assert_eq!(parse_row("1764000000.25,83.1\n", 4), Ok(Some((1_764_000_000.25, 83.1))));
        assert_eq!(parse_row("2025-11-24T16:00:00.5Z; 83.1", 4), Ok(Some((1_764_000_000.5, 83.1))));
        assert_eq!(parse_row("time,power_w", 0), Ok(None));
        assert!(parse_row("time,power_w", 1).expect_err("a header in the middle").contains("1764000000.25,83.1"));
        assert!(parse_row("1764000000", 3).is_err());
    }

    #[test]
    fn decimal_commas_are_read_where_they_cannot_be_separators_and_refused_elsewhere() {
        for row in ["1795602429,032;83,1", "1795602429,032\t83,1", "\"1795602429,032\";\"83,1\""] {
            assert_eq!(parse_row(row, 1), Ok(Some((1_795_602_429.032, 83.1))), "{row}");
        }
        let mut form = Form::default();
        assert_eq!(form.parse("time,power", 0), Ok(None));
        assert!(form.parse("1795602429,032,83,1", 1).expect_err("four cells").contains("has 4 cells, its header 2"));
        assert_eq!(form.parse("1795602429.032,83.1", 2), Ok(Some((1_795_602_429.032, 83.1))));
        // Without a header, rows of whole numbers tell nothing of their commas.
        for row in ["1795602429,032,83,1", "1795602429,83,1"] {
            assert!(parse_row(row, 1).expect_err(row).contains("two ways"), "{row}");
        }
        assert_eq!(parse_row("1795602429.032,83.1,230,0", 1), Ok(Some((1_795_602_429.032, 83.1))));
    }
}
