//! The table on the terminal.

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};

use crate::report::format::{self, grouped, multiple, si};
use crate::result::{Accuracy, Energy, Quantity, RunResult, Workload};

/// All workloads in one table, headed by the stamp where no GPU did the work.
pub(super) fn table(result: &RunResult) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let against = result.workloads.iter().find_map(|w| w.brain.as_ref()).map_or("brain", |b| b.gross.counterpart.words());
    table.set_header([
        "workload",
        "neurons",
        "synapses",
        "RTF",
        "spikes/s",
        "syn. events/s",
        "J/update",
        "J/spike",
        "J/syn. event",
        "+- 95 %",
        &format!("x {against}"),
    ]);
    for w in &result.workloads {
        let wall = w.realtime_factor * w.bio_ms * 1e-3;
        let rate = |n: u64| if n == 0 { "-".to_owned() } else { si(n as f64 / wall, "") };
        let multiples = w.brain.as_ref().and_then(|b| b.gross.synaptic_event_multiple.or(b.gross.spike_multiple));
        table.add_row([
            w.scenario.clone(),
            grouped(w.neurons as i64),
            if w.synapses == 0 { "-".into() } else { grouped(w.synapses as i64) },
            format::digits(w.realtime_factor),
            rate(w.spikes),
            rate(w.synaptic_events),
            joules(&w.energy, &w.energy.gross_j_per_update),
            joules(&w.energy, &w.energy.gross_j_per_spike),
            if w.synaptic_events == 0 { "-".into() } else { joules(&w.energy, &w.energy.gross_j_per_synaptic_event) },
            interval(&w.energy),
            multiples.map_or_else(|| "-".into(), |m| multiple(m.default)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let stamp = if result.engine.stamp.is_empty() { String::new() } else { format!("*** {} ***\n", result.engine.stamp) };
    let by = result.workloads.iter().find_map(|w| w.energy.tier.zip(w.energy.scope));
    let by = by.map_or_else(String::new, |(tier, scope)| format!("\nJoules: gross, {}, {}.", tier.words(), scope.words()));
    format!("{stamp}{table}{by}")
}

/// Half width of the interval, with a mark where the figures are not reliable.
fn interval(energy: &Energy) -> String {
    let mark = if energy.reliable == Some(false) { " (!)" } else { "" };
    energy.relative_u95.map_or_else(|| format!("-{mark}"), |u| format!("{} %{mark}", format::digits(100.0 * u)))
}

/// The energy budget of a workload: what its interval is made of.
pub(super) fn budget_table(w: &Workload, accuracy: Option<&Accuracy>) -> Option<String> {
    let e = &w.energy;
    let expanded = e.relative_u95.filter(|_| !e.budget.is_empty())?;
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([&format!("energy budget of {}", w.scenario), "standard uncertainty", "where it comes from"]);
    let percent = |x: f64| if x == 0.0 { "0 %".to_owned() } else { format!("{} %", format::digits(100.0 * x)) };
    for p in &e.budget {
        table.add_row([p.name.word().to_owned(), percent(p.relative), p.why.clone()]);
    }
    let combined = e.relative_combined?;
    table.add_row(["combined".to_owned(), percent(combined), format!("95 % interval: +- {}", percent(expanded))]);
    if let Some(a) = accuracy {
        table.add_row([
            "gain of the meter".to_owned(),
            "apart".to_owned(),
            format!("from {} to +{} ({})", percent(a.low), percent(a.high), a.source),
        ]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let built = e
        .build_j
        .value
        .map_or_else(String::new, |j| format!("\nBuilding the network took {}, which is in no other figure.", si(j, "J")));
    Some(format!("{table}{built}"))
}

fn joules(energy: &Energy, q: &Quantity) -> String {
    match q.value {
        Some(v) => si(v, "J"),
        None if energy.meter.is_none() => "no meter".into(),
        None => "-".into(),
    }
}

/// Where a workload's time went, pass by pass, with the bytes each pass had to move at least.
pub(super) fn pass_table(w: &Workload) -> String {
    if w.passes.is_empty() {
        return format!("{}: this adapter has no timestamps, so its passes cannot be timed.", w.scenario);
    }
    let total: f64 = w.passes.iter().map(|p| p.seconds).sum();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([w.scenario.as_str(), "dispatches", "time", "each", "share", "bytes", "bytes/s"]);
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
        ]);
    }
    for column in 1..7 {
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
    format!("{table}{caution}\nPlan: {}", w.plan.line)
}

/// Passes that are shorter are mostly start and end when they are timed by themselves, s.
const SHORT_PASS_S: f64 = 20e-6;
