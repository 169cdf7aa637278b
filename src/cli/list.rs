//! `spikewatt list`

use crate::error::Result;
use crate::report::format::grouped;
use crate::scenario::catalog;

pub(super) fn run() -> Result<()> {
    for entry in catalog() {
        let s = entry.scenario()?;
        let what = format!("{} (version {}, {} neurons; {})", s.title, s.version, grouped(s.neurons() as i64), s.citation);
        super::print(&format!("{:<18} {what}", s.name));
    }
    Ok(())
}
