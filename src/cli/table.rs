//! Tables on the terminal.

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};

use crate::report::format::{grouped, si};
use crate::report::{Rows, seeds, tables};
use crate::result::{Accuracy, RunResult, Workload};

/// Words in columns; those of the columns told are aligned right.
pub(super) fn aligned(rows: &Rows, right: impl Fn(usize) -> bool) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(&rows.head);
    for row in &rows.rows {
        table.add_row(row);
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        if right(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A table with its caption below.
pub(super) fn captioned(table: &Table, rows: &Rows) -> String {
    if rows.caption.is_empty() { table.to_string() } else { format!("{table}\n{}", rows.caption) }
}

/// All workloads in one table, headed by the stamp where no GPU did the work.
pub(super) fn table(result: &RunResult) -> String {
    let rows = tables::workloads(result);
    let stamp = if result.engine.stamp.is_empty() { String::new() } else { format!("*** {} ***\n", result.engine.stamp) };
    stamp + &captioned(&aligned(&rows, |i| i > 0), &rows)
}

/// Seeds of a workload, what they make of it, its statistics and whether it may stand beside what is published: what there is of it.
pub(super) fn seed_tables(w: &Workload) -> Vec<String> {
    let shown = |rows: Rows| format!("{}\n{}", rows.caption, aligned(&rows, |i| i > 0));
    let tables = [seeds::trials(w), seeds::realisations(w), seeds::spreads(w), seeds::accuracy(w)];
    let mut texts: Vec<String> = tables.into_iter().flatten().map(shown).collect();
    texts.extend(w.admission.as_ref().map(|a| {
        let why: String = a.why_not.iter().map(|why| format!("\n- {why}")).collect();
        seeds::admission(w, a) + &why
    }));
    texts
}

/// How many neurons are active in windows, or why that is not known.
pub(super) fn active_table(w: &Workload) -> String {
    match tables::active(w) {
        Some(rows) => format!("{}\n{}", rows.caption, aligned(&rows, |i| i > 0)),
        None => format!("{}: there was no room to count who is active.", w.scenario),
    }
}

/// The energy budget of a workload: what its interval is made of.
pub(super) fn budget_table(w: &Workload, accuracy: Option<&Accuracy>) -> Option<String> {
    tables::budget(w, accuracy).map(|rows| captioned(&aligned(&rows, |i| i == 1), &rows))
}

/// Where a workload's time went, pass by pass, with the bytes each pass had to move at least.
pub(super) fn pass_table(w: &Workload, copy: Option<f64>) -> String {
    if w.passes.is_empty() {
        return format!("{}: this adapter has no timestamps, so its passes cannot be timed.", w.scenario);
    }
    let total: f64 = w.passes.iter().map(|p| p.seconds).sum();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([w.scenario.as_str(), "dispatches", "time", "each", "share", "bytes", "bytes/s", "of a copy"]);
    let dash = || "-".to_owned();
    for p in &w.passes {
        table.add_row([
            p.name.to_string(),
            grouped(p.dispatches as i64),
            si(p.seconds, "s"),
            si(p.seconds / p.dispatches.max(1) as f64, "s"),
            format!("{:.0} %", 100.0 * p.seconds / total),
            p.bytes.map_or_else(dash, |b| si(b as f64, "B")),
            p.bytes_per_second().map_or_else(dash, |b| si(b, "B/s")),
            p.bytes_per_second().zip(copy).map_or_else(dash, |(b, c)| format!("{:.0} %", 100.0 * b / c)),
        ]);
    }
    for column in 1..8 {
        if let Some(c) = table.column_mut(column) {
            c.set_cell_alignment(CellAlignment::Right);
        }
    }
    // A pass of its own has a start and an end of its own, and does not overlap with its neighbours.
    let short = w.passes.iter().any(|p| p.seconds < SHORT_PASS_S * p.dispatches.max(1) as f64);
    let caution = if short {
        "\nPasses of microseconds: each is timed with its own start and end, which cost a GPU 2 to 10 us, so that their sum is more than a step takes; compare plans by the real-time factor."
    } else {
        ""
    };
    let roof = copy.map_or_else(String::new, |c| format!("\nA copy of memory moves {} here.", si(c, "B/s")));
    format!("{table}{roof}{caution}\nPlan: {}", w.plan.line)
}

/// Passes that are shorter are mostly start and end when they are timed by themselves, s.
const SHORT_PASS_S: f64 = 20e-6;
