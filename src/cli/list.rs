//! `spikewatt list`

use crate::error::Result;
use crate::report::format::counted;
use crate::scenario::catalog;

pub(super) fn run() -> Result<()> {
    for entry in catalog() {
        let s = entry.scenario()?;
        let what = format!("{} (version {}, {}; {})", s.title, s.version, counted(s.neurons(), "neuron"), s.citation);
        super::print(&format!("{:<18} {what}", s.name));
    }
    Ok(())
}
