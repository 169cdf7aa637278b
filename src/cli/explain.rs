//! `spikewatt plan --explain`: the ways to run that were considered, and why one won.

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};

use crate::engine::plan::{Candidate, GpuPlan};
use crate::engine::{Host, Options, Trial};
use crate::error::Result;
use crate::network::Network;

/// Rows shown of the candidates nobody tried.
const MOST_ROWS: usize = 12;

/// A table of candidates, cheapest first, and a sentence on the winner.
///
/// # Errors
/// [`crate::Error::TooBig`] if nothing can run.
pub(super) fn explanation(
    host: &Host,
    network: &Network,
    options: &Options,
    remembered: Option<Candidate>,
    trials: Option<&[Trial]>,
) -> Result<String> {
    let Some((adapter, _)) = host.device() else {
        return Ok(
            "The CPU engine has one way to run: a partition per thread, which owns its neurons and their input.".to_owned()
        );
    };
    let limits = adapter.limits();
    let winner = GpuPlan::new(network, &Options { candidate: remembered, ..options.clone() }, &limits)?.candidate;
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["", "way to run", "dispatch", "update", "delivery", "expected", "measured"]);
    for column in 2..7 {
        if let Some(c) = table.column_mut(column) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    let us = |x: f64| format!("{x:.1}");
    let ranked = GpuPlan::candidates(network, options, &limits);
    let mut shown = 0;
    let mut kinds = Vec::new();
    let mut left_out = 0;
    for (candidate, estimate) in &ranked {
        let trial = trials.and_then(|t| t.iter().find(|t| t.candidate == *candidate));
        let possible = match GpuPlan::with(network, options, &limits, *candidate) {
            Ok(plan) if plan.candidate == *candidate => Ok(()),
            Ok(plan) => Err(plan.note.unwrap_or_else(|| "impossible here".to_owned())),
            Err(e) => Err(e.to_string()),
        };
        // The best of every kind is shown, however far behind.
        let kind = (candidate.strategy, candidate.walk);
        let first_of_kind = !kinds.contains(&kind);
        kinds.push(kind);
        if trial.is_none() && *candidate != winner && !first_of_kind && shown >= MOST_ROWS {
            left_out += 1;
            continue;
        }
        shown += 1;
        let measured = match (trial, &possible) {
            (Some(Trial { measured: Ok(x), .. }), _) => us(*x),
            (Some(Trial { measured: Err(e), .. }), _) => e.clone(),
            (None, Err(why)) => format!("impossible: {why}"),
            (None, Ok(())) => "-".to_owned(),
        };
        let mark = if *candidate == winner { "*" } else { "" };
        let e = estimate;
        table.add_row([
            mark.to_owned(),
            candidate.to_string(),
            us(e.dispatch_us),
            us(e.update_us),
            us(e.delivery_us),
            us(e.total_us()),
            measured,
        ]);
    }
    let why = if trials.is_some() {
        "The marked way was the fastest in the trials and has been remembered."
    } else if remembered.is_some() {
        "The marked way was the fastest in earlier trials on this adapter; --tune tries again."
    } else {
        "The marked way is the cheapest by the cost model that is possible here; --tune measures."
    };
    let left = if left_out > 0 { format!(" {left_out} more were considered.") } else { String::new() };
    Ok(format!("Microseconds per step; the cost model assumes 8 Hz.\n{table}\n{why}{left}"))
}
