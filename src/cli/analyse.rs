//! `spikewatt analyse`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::print;
use super::table::aligned;
use crate::analysis::{Analysis, Statistics, Trains, analyse};
use crate::error::{Error, Result};
use crate::recording::{self, Neurons};
use crate::report::format::{digits, grouped};
use crate::report::tables;

/// Arguments of `analyse`.
#[derive(Debug, Clone, Args)]
pub(super) struct AnalyseArgs {
    /// A recording of spikes (.parquet, .csv, .npz or .dat)
    file: PathBuf,
    /// Leave out what comes before this time, in ms
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    from_ms: Option<f64>,
    /// Leave out what comes after this time, in ms
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    until_ms: Option<f64>,
    /// For files of other programs: how many neurons there are (1000), or their numbers (101-200), so that silent ones count
    #[arg(long, value_name = "N|A-B")]
    neurons: Option<Neurons>,
    /// Also write everything as JSON; - for standard output, without the tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &AnalyseArgs) -> Result<()> {
    let recording = recording::read(&args.file)?;
    let about = |e: Error| match e {
        e @ (Error::Input(_) | Error::Asked(_)) => Error::Input(format!("{}: {}", args.file.display(), super::in_flags(&e))),
        e => e,
    };
    let recording = match &args.neurons {
        Some(neurons) => recording.with_neurons(neurons).map_err(about)?,
        None => recording,
    };
    let trains = Trains::new(&recording, args.from_ms, args.until_ms).map_err(about)?;
    drop(recording);
    let analysis = analyse(&trains);
    let text = || serde_json::to_string_pretty(&analysis).map_err(|e| Error::Internal(format!("the analysis as JSON: {e}")));
    match &args.json {
        Some(path) if path.as_os_str() == "-" => {
            let mut out = std::io::stdout().lock();
            let written = writeln!(out, "{}", text()?).and_then(|()| out.flush());
            // A reader that has gone away is no fault; a full disk is.
            return match written {
                Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(Error::File { path: "standard output".into(), reason: format!("the analysis cannot be written ({e})") })
                }
                _ => Ok(()),
            };
        }
        Some(path) => {
            super::sweep::sweep_beside(path);
            let text = text()?;
            let failed = |e: &std::io::Error| Error::File { path: path.clone(), reason: e.to_string() };
            let mut file = crate::files::temporary_beside(path).map_err(|e| failed(&e))?;
            writeln!(file, "{text}").map_err(|e| failed(&e))?;
            file.persist(path).map_err(|e| failed(&e.error))?;
        }
        None => {}
    }
    print(&format!(
        "{}: {}, {} to {} ms\n\n{}\n\n{}",
        args.file.display(),
        analysis.scenario,
        analysis.from_ms,
        analysis.until_ms,
        statistics_table(&analysis),
        activity_table(&analysis)
    ));
    Ok(())
}

/// All populations and, where there are several, all neurons together.
fn rows(analysis: &Analysis) -> Vec<&Statistics> {
    let all = (analysis.populations.len() > 1).then_some(&analysis.all);
    analysis.populations.iter().chain(all).collect()
}

fn right(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn statistics_table(analysis: &Analysis) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "population",
        "neurons",
        "rate Hz",
        "sd Hz",
        "silent",
        "CV ISI",
        "correlation",
        "Fano 1 ms",
        "Fano 5 ms",
        "peak Hz",
        "x median",
    ]);
    for s in rows(analysis) {
        let number = |x: Option<f64>, places: usize| x.map_or("-".into(), |x| format!("{x:.places$}"));
        table.add_row([
            s.name.clone(),
            grouped(s.neurons as i64),
            number(s.rate_hz, 3),
            number(s.rate_sd_hz, 3),
            s.silent_share.map_or("-".into(), |x| format!("{:.1} %", 100.0 * x)),
            number(s.cv_isi, 3),
            number(s.correlation, 5),
            s.fano_1ms.map_or("-".into(), digits),
            s.fano_5ms.map_or("-".into(), digits),
            number(s.spectrum_peak.map(|p| p.frequency_hz), 1),
            s.spectrum_peak.map_or("-".into(), |p| digits(p.over_median)),
        ]);
    }
    right(table)
}

fn activity_table(analysis: &Analysis) -> Table {
    let windows: Vec<f64> = analysis.all.activity.iter().map(|a| a.window_ms).collect();
    let shares = rows(analysis).into_iter().map(|s| (s.name.as_str(), s.activity.iter().map(|a| a.mean_share).collect()));
    aligned(&tables::active_shares(String::new(), &windows, shares), |i| i > 0)
}
