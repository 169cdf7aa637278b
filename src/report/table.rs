//! The table on the terminal.

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};

use super::format::{grouped, multiple, si};
use super::result::{Quantity, RunResult};

/// All workloads in one table, headed by the stamp where no GPU did the work.
pub fn table(result: &RunResult) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
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
        "x brain",
    ]);
    for w in &result.workloads {
        let wall = w.realtime_factor * w.bio_ms * 1e-3;
        let rate = |n: u64| if n == 0 { "-".to_owned() } else { si(n as f64 / wall, "") };
        let multiples = w.brain.as_ref().and_then(|b| b.synaptic_event_multiple.or(b.spike_multiple));
        table.add_row([
            w.scenario.clone(),
            grouped(w.neurons as i64),
            if w.synapses == 0 { "-".into() } else { grouped(w.synapses as i64) },
            super::format::digits(w.realtime_factor),
            rate(w.spikes),
            rate(w.synaptic_events),
            joules(&w.energy.gross_j_per_update),
            joules(&w.energy.gross_j_per_spike),
            if w.synaptic_events == 0 { "-".into() } else { joules(&w.energy.gross_j_per_synaptic_event) },
            multiples.map_or_else(|| "-".into(), |m| multiple(m.default)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let stamp = if result.engine.stamp.is_empty() { String::new() } else { format!("*** {} ***\n", result.engine.stamp) };
    format!("{stamp}{table}")
}

fn joules(q: &Quantity) -> String {
    match (q.value, &q.reason) {
        (Some(v), _) => si(v, "J"),
        (None, Some(reason)) if reason == "no meter" => "no meter".into(),
        (None, _) => "-".into(),
    }
}
