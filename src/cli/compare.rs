//! `spikewatt compare`

use std::path::{Path, PathBuf};

use clap::Args;

use super::table::{aligned, captioned};
use crate::error::{Error, Result};
use crate::report::compare::{Compared, Entry, compare, compared, long_rows, name_apart, read_all, short};

/// Arguments of `compare`.
#[derive(Debug, Clone, Args)]
pub(super) struct CompareArgs {
    /// Result files of `bench`, folders of them, or patterns such as "fleet/*.json"; the first is the reference
    #[arg(value_name = "RESULT.json", required_unless_present = "interleave", conflicts_with = "interleave")]
    files: Vec<String>,
    /// The result that the others stand against, instead of the first
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Run two commands of this machine in turns instead, and compare their times; with results on standard output (bench --json -),
    /// their real-time factors and joules
    #[arg(long, num_args = 2, value_names = ["CMD A", "CMD B"], conflicts_with_all = ["html", "csv", "baseline", "markdown"])]
    interleave: Option<Vec<String>>,
    /// Most rounds of --interleave
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Half width of the interval at which --interleave ends
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    precision: f64,
    /// Also write a page for people (.html)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Also write every ratio as a row of plain numbers (.csv)
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print the table as Markdown, ready to be pasted
    #[arg(long)]
    markdown: bool,
    /// End with exit code 3 if a workload takes so much longer than the reference's, beyond its interval
    #[arg(long, value_name = "SHARE", value_parser = share)]
    fail_if_slower: Option<f64>,
    /// The same for joules per event
    #[arg(long, value_name = "SHARE", value_parser = share)]
    fail_if_energy: Option<f64>,
}

/// A share such as 5% or 0.05.
fn share(text: &str) -> std::result::Result<f64, String> {
    let wrong = || format!("{text} is no share; give one such as 5%");
    let value = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|p| p / 100.0),
        None => text.parse(),
    };
    value.ok().filter(|v| v.is_finite() && (0.0..=1000.0).contains(v)).ok_or_else(wrong)
}

pub(super) fn run(args: &CompareArgs) -> Result<()> {
    if let Some([a, b]) = args.interleave.as_deref() {
        return super::interleave::run([a, b], args.rounds, args.precision, [args.fail_if_slower, args.fail_if_energy]);
    }
    let mut paths = Vec::new();
    for text in &args.files {
        paths.extend(meant(text)?);
    }
    let inputs: Vec<&Path> = paths.iter().chain(&args.baseline).map(PathBuf::as_path).collect();
    let outputs = [("--html", &args.html), ("--csv", &args.csv)].map(|(flag, path)| (flag, path.as_deref()));
    super::report::apart(&inputs, &outputs)?;
    let mut entries = read_all(&paths)?;
    let base = reference(args, &mut entries)?;
    if entries.len() < 2 {
        return Err(Error::Input(format!("{} stands alone; give at least two results to compare", entries[0].path.display())));
    }
    let all = compare(&entries, base)?;
    say(args, &all);
    if let Some(path) = &args.csv {
        super::report::write_whole(path, &long_rows(&all).csv()?)?;
        eprintln!("Rows: {}", path.display());
    }
    if let Some(path) = &args.html {
        super::report::write_whole(path, &compared(&all).html()?)?;
        eprintln!("Page: {}", path.display());
    }
    // Reports first: whoever looks at a failure wants them.
    let slower = args.fail_if_slower.map(|than| all.slower(than)).unwrap_or_default();
    let hungrier = args.fail_if_energy.map(|than| all.hungrier(than)).unwrap_or_default();
    let lines: Vec<String> = slower.into_iter().chain(hungrier).collect();
    if args.fail_if_slower.is_some() && !all.unjudged().is_empty() {
        eprintln!("Not judged, for want of repetitions: {}.", all.unjudged().join(", "));
    }
    if all.wrong {
        return Err(Error::Mismatch("spikes are wrong: the same work has different checksums, see above".into()));
    }
    if lines.is_empty() { Ok(()) } else { Err(Error::Regression(lines.join("\n"))) }
}

/// The files that a word stands for: itself, or those that fit the pattern.
pub(super) fn meant(text: &str) -> Result<Vec<PathBuf>> {
    let path = PathBuf::from(text);
    if path.exists() || !text.contains(['*', '?', '[']) {
        return Ok(vec![path]);
    }
    let wrong = |e: String| Error::Input(format!("{text}: {e}"));
    let found = glob::glob(text).map_err(|e| wrong(format!("this is no pattern ({e})")))?;
    let all: Vec<PathBuf> = found.filter_map(std::result::Result::ok).collect();
    if all.is_empty() { Err(wrong("no file fits this pattern".into())) } else { Ok(all) }
}

/// Where the reference stands; reads it if it is not among the files.
fn reference(args: &CompareArgs, entries: &mut Vec<Entry>) -> Result<usize> {
    let Some(path) = &args.baseline else { return Ok(0) };
    if let Some(at) = entries.iter().position(|e| crate::files::is_same(&e.path, path)) {
        return Ok(at);
    }
    entries.splice(0..0, read_all(std::slice::from_ref(path))?);
    name_apart(entries);
    Ok(0)
}

fn say(args: &CompareArgs, all: &Compared<'_>) {
    let rows = short(all);
    if args.markdown {
        super::print(&format!("{}\n{}", rows.markdown(), rows.caption));
    } else {
        super::print(&captioned(&aligned(&rows, |i| [2, 3, 5, 6].contains(&i)), &rows));
    }
    for line in all.refused.iter().take(20) {
        super::print(&format!("Not compared: {line}."));
    }
    if all.refused.len() > 20 {
        super::print(&format!("Not compared: {} more.", all.refused.len() - 20));
    }
}
