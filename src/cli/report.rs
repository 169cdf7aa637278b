//! `spikewatt report`

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
            Format::Github => "benchmark",
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
        // Beside what is no file there is no place.
        _ if crate::files::is_stream(&args.file) => "-".into(),
        Format::Svg => args.file.with_extension("figures"),
        format => args.file.with_extension(format.ending()),
    });
    apart(&[&args.file], &[("--output", Some(&output))])?;
    match args.format {
        Format::Html => put(&output, &page(&result, &text)?),
        Format::Markdown => put(&output, &of_run(&result, &super::words::flag, &text).markdown()),
        Format::Csv => put(&output, &long_form([&result]).csv()?),
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
        use std::io::Write;
        let mut out = std::io::stdout();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        return match written {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Error::File { path: "standard output".into(), reason: format!("the report cannot be written ({e})") })
            }
            _ => Ok(()),
        };
    }
    write_whole(path, text)?;
    eprintln!("Report: {}", path.display());
    Ok(())
}

/// Writes a file that is there as a whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    if path.is_dir() {
        return Err(failed("this cannot be written here: it is a folder; give a file name".into()));
    }
    if !crate::files::is_stream(path) {
        super::sweep::sweep_beside(path);
    }
    crate::files::write_whole(path, bytes.as_ref())
        .map_err(|e| failed(format!("this cannot be written here ({e}); give another path")))
}

/// Refuses outputs that would replace an input, or each other.
pub(super) fn apart(inputs: &[&Path], outputs: &[(&str, Option<&Path>)]) -> Result<()> {
    let given: Vec<(&str, &Path)> = outputs.iter().filter_map(|(flag, path)| path.map(|p| (*flag, p))).collect();
    for (i, (flag, path)) in given.iter().enumerate() {
        let failed = |reason: String| Error::File { path: path.to_path_buf(), reason };
        if inputs.iter().any(|input| crate::files::is_same(input, path)) {
            return Err(failed(format!("this would replace what is read; give another name with {flag}")));
        }
        if let Some((other, _)) = given[..i].iter().find(|(_, p)| crate::files::is_same(p, path)) {
            return Err(failed(format!("{other} and {flag} lead to the same file; give different names")));
        }
        if path.is_dir() {
            return Err(failed(format!("this is a folder; give a file name with {flag}")));
        }
        if path.as_os_str() != "-" && !crate::files::is_stream(path) {
            // The system's own words would name the temporary file.
            let why = |e: &std::io::Error| match e.kind() {
                std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
                kind => kind.to_string(),
            };
            crate::files::temporary_beside(path)
                .map(drop)
                .map_err(|e| failed(format!("nothing can be written here ({}); give another place with {flag}", why(&e))))?;
        }
    }
    Ok(())
}

/// Every figure as a file of its own.
fn figures(folder: &Path, result: &RunResult) -> Result<()> {
    if folder.as_os_str() == "-" {
        return Err(Error::Input("figures are files of their own; give a folder with --output".into()));
    }
    if folder.is_file() {
        return Err(Error::File {
            path: folder.to_owned(),
            reason: "figures go into a folder, and this is a file; give another --output".into(),
        });
    }
    let failed = |e: std::io::Error| Error::File {
        path: folder.to_owned(),
        reason: format!("this folder cannot be made ({e}); give another one with --output"),
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let all = all_figures(result);
    for figure in &all {
        write_whole(&folder.join(format!("{}.svg", figure.id)), figure.svg())?;
    }
    eprintln!("Report: {} figures in {}", all.len(), folder.display());
    Ok(())
}
