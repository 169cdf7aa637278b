//! `spikewatt collect`

use std::path::PathBuf;

use clap::Args;

use crate::error::{Error, Result};
use crate::report::compare::read_all;
use crate::report::format::counted;
use crate::report::write_fleet;

/// Arguments of `collect`.
#[derive(Debug, Clone, Args)]
pub(super) struct CollectArgs {
    /// Result files of `bench`, folders of them, or patterns such as "fleet/*.json"
    #[arg(value_name = "RESULT.json", required = true)]
    files: Vec<String>,
    /// Where the rows go (.parquet)
    #[arg(long, short, value_name = "FILE", default_value = "fleet.parquet")]
    output: PathBuf,
}

pub(super) fn run(args: &CollectArgs) -> Result<()> {
    let failed = |reason: String| Error::File { path: args.output.clone(), reason };
    if args.output.extension().is_none_or(|e| e != "parquet") {
        return Err(failed("rows are written as Parquet; give a name that ends in .parquet".into()));
    }
    let cannot = |e: std::io::Error| failed(format!("the rows cannot be written here ({e}); give another place with --output"));
    super::catch_interrupts();
    let mut paths = Vec::new();
    for text in &args.files {
        paths.extend(super::compare::meant(text)?);
    }
    let inputs: Vec<&std::path::Path> = paths.iter().map(PathBuf::as_path).collect();
    super::report::apart(&inputs, &[("--output", Some(&args.output))])?;
    if crate::files::is_stream(&args.output) {
        return Err(failed("rows go into a file, and this is none; give another place with --output".into()));
    }
    let entries = read_all(&paths)?;
    if super::STOP.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Error::Stopped("interrupted before anything was written".into()));
    }
    super::sweep::sweep_beside(&args.output);
    let file = crate::files::temporary_beside(&args.output).map_err(cannot)?;
    let rows = write_fleet(file.reopen().map_err(cannot)?, &entries).map_err(cannot)?;
    file.persist(&args.output).map_err(|e| cannot(e.error))?;
    super::print(&format!(
        "{}: {} of {}",
        args.output.display(),
        counted(rows as u64, "row"),
        counted(entries.len() as u64, "result")
    ));
    Ok(())
}
