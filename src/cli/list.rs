//! `spikewatt list`

use crate::error::Result;
use crate::report::format::counted;
use crate::scenario::catalog;

pub(super) fn run() -> Result<()> {
    for entry in catalog() {
        let what = if entry.data.is_some() {
            let (title, citation) = entry.title()?;
            format!("{title} (needs data: --data; {citation})")
        } else {
            let s = entry.scenario(None)?;
            format!("{} (version {}, {}; {})", s.title, s.version, counted(s.neurons(), "neuron"), s.citation)
        };
        super::print(&format!("{:<18} {what}", entry.name));
    }
    Ok(())
}
