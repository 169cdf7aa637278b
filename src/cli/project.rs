//! `spikewatt project`

use std::path::PathBuf;

use clap::Args;

use super::print;
use super::table::{aligned, captioned};
use crate::error::{Error, Result};
use crate::report::project;
use crate::result::project::{Asked, Brains, project as carried_over};
use crate::result::read;

/// Arguments of `project`.
#[derive(Debug, Clone, Args)]
pub(super) struct ProjectArgs {
    /// Results of one machine, with at least three sizes between them
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// Whose brain
    #[arg(long, value_name = "BRAIN", default_value = "human")]
    of: String,
    /// Machines that share the work
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    machines: Option<u64>,
    /// Memory of a machine's device, GiB; by default that of the machine, for the CPU engine
    #[arg(long, value_name = "G", allow_negative_numbers = true)]
    memory_gib: Option<f64>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ProjectArgs) -> Result<()> {
    let brains = Brains::embedded();
    let brain = brains.of(&args.of).map_err(|e| Error::Input(format!("--of: {e}")))?;
    if let Some(g) = args.memory_gib.filter(|g| !(*g > 0.0 && g.is_finite())) {
        return Err(Error::Input(format!("--memory-gib {g}: give a number above 0")));
    }
    let results = args.results.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let asked = Asked { machines: args.machines, memory_bytes: args.memory_gib.map(|g| g * f64::from(1 << 30)) };
    let p = carried_over(&results, brain, asked)?;
    if args.json {
        print(&serde_json::to_string_pretty(&p).map_err(|e| Error::Internal(format!("the projection as JSON: {e}")))?);
        return Ok(());
    }
    if !p.stamp.is_empty() {
        print(&format!("*** {} ***", p.stamp));
    }
    let sizes = project::sizes(&p);
    print(&format!("{}\n", captioned(&aligned(&sizes, |i| i > 0), &sizes)));
    let lines = project::lines(&p);
    let width = lines.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    for (what, words) in lines {
        print(&format!("{what:width$}  {words}"));
    }
    let records = project::records(&p);
    print(&format!("\n{}:\n{}\n\n{}", records.caption, aligned(&records, |i| i == 3), project::caveat(&p)));
    Ok(())
}
