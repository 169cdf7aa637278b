//! An external meter that a logger writes to a CSV file while the run goes on: a timestamp and watts in every row.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// A file that grows.
#[derive(Debug)]
pub struct CsvLog {
    info: MeterInfo,
    path: PathBuf,
    /// Bytes read, and the last row as far as it has been written.
    read: u64,
    rest: String,
    line: usize,
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
        for (i, line) in text.split_inclusive('\n').filter(|l| l.ends_with('\n')).enumerate() {
            let Some((t, _)) = parse_row(line, i).map_err(|why| format!("{}:{}: {why}", path.display(), i + 1))? else {
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
        let mut info = MeterInfo::new("csv", format!("log {}", path.display()), tier, scope);
        info.pushes = true;
        Ok(Self { info, path: path.to_owned(), read: 0, rest: String::new(), line: 0, offset_s: None })
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

/// Time (seconds since 1970, or RFC 3339) and watts of a row; `None` for an empty row and for a header in the first.
fn parse_row(row: &str, index: usize) -> Result<Option<(f64, f64)>, String> {
    let row = row.trim();
    if row.is_empty() || row.starts_with('#') {
        return Ok(None);
    }
    let mut cells = row.split([',', ';', '\t']).map(|c| c.trim().trim_matches('"'));
    let (time, watts) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
    let seconds = time.parse::<f64>().ok().or_else(|| {
        let at: jiff::Timestamp = time.parse().ok()?;
        Some(at.as_nanosecond() as f64 * 1e-9)
    });
    match (seconds, watts.parse::<f64>()) {
        (Some(t), Ok(w)) if t.is_finite() => Ok(Some((t, w))),
        (None, Err(_)) if index == 0 => Ok(None),
        _ => Err(format!(
            "\"{row}\" is no row of a meter's log; write a time (seconds since 1970 or RFC 3339) and watts, as in 1764000000.25,83.1"
        )),
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
            match parse_row(&row, self.line - 1) {
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

    #[test]
    fn rows_hold_a_time_and_watts() {
        assert_eq!(parse_row("1764000000.25,83.1\n", 4), Ok(Some((1_764_000_000.25, 83.1))));
        assert_eq!(parse_row("2025-11-24T16:00:00.5Z; 83.1", 4), Ok(Some((1_764_000_000.5, 83.1))));
        assert_eq!(parse_row("time,power_w", 0), Ok(None));
        assert!(parse_row("time,power_w", 1).expect_err("a header in the middle").contains("1764000000.25,83.1"));
        assert!(parse_row("1764000000", 3).is_err());
    }
}
