//! What all meters showed over a run, and what went on meanwhile, as a table.

use std::fmt::Write;
use std::path::Path;

use super::Instruments;
use crate::error::{Error, Result};
use crate::files::temporary_beside;
use crate::result::Phase;

/// Writes `time_s,what,value,unit,of`: a row for every renewal of every meter (`of` is its word), and two for every phase (value 1 when it
/// begins and 0 when it ends; `of` is the workload), in order of time. Times count from the start of the run.
///
/// # Errors
/// [`Error::File`].
pub fn write_trace(path: &Path, instruments: &Instruments, phases: &[Phase]) -> Result<u64> {
    let mut rows: Vec<(f64, String)> = Vec::new();
    for i in 0..instruments.monitor.meters() {
        let channel = instruments.monitor.channel(i);
        let (unit, what) = if channel.trace.counts_energy == Some(true) { ("J", "energy") } else { ("W", "power") };
        let kind = channel.info().kind;
        rows.extend(channel.trace.updates.iter().map(|u| (u.t_s, format!("{what},{},{unit},{kind}", u.value))));
    }
    for p in phases {
        let (what, of) = (p.what.word(), p.workload.as_deref().unwrap_or_default());
        rows.push((p.from_s, format!("{what},1,,{of}")));
        rows.push((p.to_s, format!("{what},0,,{of}")));
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = String::from("time_s,what,value,unit,of\n");
    for (t, rest) in &rows {
        let _ = writeln!(text, "{t:.6},{rest}");
    }
    let failed =
        |e: &std::io::Error| Error::File { path: path.to_owned(), reason: format!("the power trace cannot be written ({e})") };
    let mut file = temporary_beside(path).map_err(|e| failed(&e))?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(rows.len() as u64)
}
