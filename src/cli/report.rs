//! `spikewatt report`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::{Error, Result};
use crate::report::{all_figures, github_benchmark, junit, long_form, of_run, prometheus};
use crate::result::{RunResult, from_json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// One self-contained page
    #[default]
    Html,
    /// Text ready to be pasted
    Markdown,
    /// A row per metric
    Csv,
    /// The figures, one file each, into a folder
    Svg,
    /// JUnit XML, a workload a test case
    Junit,
    /// What github-action-benchmark takes (customSmallerIsBetter)
    Github,
    /// Prometheus' text format, for a textfile collector
    Prometheus,
}

impl Format {
    /// What its files end in.
    fn ending(self) -> &'static str {
        match self {
            Format::Html => "html",
            Format::Markdown => "md",
            Format::Csv => "csv",
            Format::Svg => "svg",
            Format::Junit => "xml",
            Format::Github => "benchmark.json",
            Format::Prometheus => "prom",
        }
    }
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub(super) struct ReportArgs {
    /// A result file of `bench`
    #[arg(value_name = "RESULT.json")]
    file: PathBuf,
    /// Where the report goes; - for standard output. By default beside the result, with the format's ending; a folder for svg
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &ReportArgs) -> Result<()> {
    let failed = |reason: String| Error::File { path: args.file.clone(), reason };
    let text = crate::files::read_text(&args.file).map_err(|e| failed(format!("the result cannot be read ({e})")))?;
    let result = from_json(&text).map_err(failed)?;
    let output = args.output.clone().unwrap_or_else(|| match args.format {
        Format::Svg => args.file.with_extension("figures"),
        format => args.file.with_extension(format.ending()),
    });
    if output == args.file {
        return Err(Error::Input(format!("{}: the report would replace the result; give another --output", output.display())));
    }
    match args.format {
        Format::Html => put(&output, &page(&result, &text)?),
        Format::Markdown => put(&output, &of_run(&result, &super::words::flag, &text).markdown()),
        Format::Csv => put(&output, &long_form([&result])?),
        Format::Junit => put(&output, &junit(&result)),
        Format::Github => put(&output, &github_benchmark(&result)?),
        Format::Prometheus => put(&output, &prometheus(&result)),
        Format::Svg => figures(&output, &result),
    }
}

/// The page of a result.
pub(super) fn page(result: &RunResult, json: &str) -> Result<String> {
    of_run(result, &super::words::flag, json).html()
}

/// Writes a text to a file, as a whole, or to standard output.
pub(super) fn put(path: &Path, text: &str) -> Result<()> {
    if path.as_os_str() == "-" {
        super::print(text.trim_end());
        return Ok(());
    }
    write_whole(path, text)?;
    eprintln!("Report: {}", path.display());
    Ok(())
}

/// Writes a file that is there as a whole or not at all.
pub(super) fn write_whole(path: &Path, text: &str) -> Result<()> {
    super::sweep::sweep_beside(path);
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    if path.is_dir() {
        return Err(failed("the report cannot be written here: this is a folder; give a file name with --output".into()));
    }
    let cannot = |e: std::io::Error| failed(format!("the report cannot be written here ({e}); give another path with --output"));
    let mut file = crate::files::temporary_beside(path).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    file.persist(path).map_err(|e| cannot(e.error))?;
    Ok(())
}

/// Refuses a place for a page where none can be, before anything runs.
pub(super) fn check(path: &Path, result: &Path) -> Result<()> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    if path == result {
        return Err(failed("the page would replace the result; give another name with --html".into()));
    }
    if path.is_dir() {
        return Err(failed("the page cannot be written here: this is a folder; give a file name with --html".into()));
    }
    crate::files::temporary_beside(path)
        .map(drop)
        .map_err(|e| failed(format!("the page cannot be written here ({e}); give another place with --html")))
}

/// Every figure as a file of its own.
fn figures(folder: &Path, result: &RunResult) -> Result<()> {
    if folder.as_os_str() == "-" {
        return Err(Error::Input("figures are files of their own; give a folder with --output".into()));
    }
    let failed = |e: std::io::Error| Error::File {
        path: folder.to_owned(),
        reason: format!("this folder cannot be made ({e}); give another one with --output"),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let all = all_figures(result);
    for figure in &all {
        write_whole(&folder.join(format!("{}.svg", figure.id)), &figure.svg())?;
    }
    eprintln!("Report: {} figures in {}", all.len(), folder.display());
    Ok(())
}
