//! `spikewatt claims`

use std::path::PathBuf;

use clap::Args;

use super::print;
use crate::error::{Error, Result};
use crate::report::claims;
use crate::result::{self, RunResult};

/// Arguments of `claims`.
#[derive(Debug, Clone, Args)]
pub(super) struct ClaimsArgs {
    /// A result whose measured figures join in
    result: Option<PathBuf>,
    /// Set a constant: its value, or LOW:VALUE:HIGH
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Only the claims of these names
    #[arg(long, value_name = "NAME")]
    claim: Vec<String>,
    /// Print everything as JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print everything as Markdown
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(args: &ClaimsArgs) -> Result<()> {
    let result: Option<RunResult> = args.result.as_deref().map(result::read).transpose()?;
    let mut all = result::claims::claims(result.as_ref())?;
    for set in &args.set {
        let wrong = |why: String| Error::Input(format!("--set {set}: {why}"));
        let (name, numbers) =
            numbers(set).ok_or_else(|| wrong("give a constant and a number, NAME=VALUE or NAME=LOW:VALUE:HIGH".into()))?;
        all.set(name, numbers).map_err(|e| wrong(e.to_string()))?;
    }
    let mut worked_out = all.check()?;
    for name in &args.claim {
        if !worked_out.iter().any(|c| c.name == *name) {
            let names: Vec<&str> = worked_out.iter().map(|c| c.name.as_str()).collect();
            return Err(Error::Input(format!("--claim {name}: no claim has this name; there are: {}", names.join(", "))));
        }
    }
    worked_out.retain(|c| args.claim.is_empty() || args.claim.contains(&c.name));
    print(&match (args.json, args.markdown) {
        (true, _) => serde_json::to_string_pretty(&worked_out).map_err(|e| Error::Internal(format!("claims as JSON: {e}")))?,
        (_, true) => claims::markdown(&worked_out),
        _ => claims::text(&worked_out),
    });
    Ok(())
}

/// `NAME=VALUE` or `NAME=LOW:VALUE:HIGH`.
fn numbers(set: &str) -> Option<(&str, [f64; 3])> {
    let (name, value) = set.split_once('=')?;
    let parts: Vec<f64> = value.split(':').map(|x| x.trim().parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [value] => Some((name.trim(), [value; 3])),
        [low, value, high] => Some((name.trim(), [low, value, high])),
        _ => None,
    }
}
