//! A result in long form: a row per metric, for spreadsheets and data frames.

use super::Rows;
use crate::result::{Quantity, RunResult, Workload};

const HEAD: [&str; 13] = [
    "schema_version",
    "created_utc",
    "machine",
    "engine",
    "workload",
    "version",
    "drive",
    "metric",
    "unit",
    "repetition",
    "value",
    "low95",
    "high95",
];

/// A row for every metric and repetition of some results.
pub fn long_form<'a>(results: impl IntoIterator<Item = &'a RunResult>) -> Rows {
    let mut rows = Rows::new("", &HEAD);
    for result in results {
        let engine = result.engine.adapter.as_ref().map_or("CPU engine", |a| a.name.as_str());
        for w in &result.workloads {
            for row in metrics(w) {
                let own = [
                    result.schema_version.to_string(),
                    result.created_utc.clone(),
                    result.machine.cpu.clone(),
                    engine.to_owned(),
                    w.scenario.clone(),
                    w.scenario_version.to_string(),
                    w.drive.word().to_owned(),
                ];
                rows.push(own.into_iter().chain(row));
            }
        }
    }
    rows
}

/// Metric, unit, repetition, value and interval; what was not measured has no row.
fn metrics(w: &Workload) -> Vec<[String; 6]> {
    let row = |metric: &str, unit: &str, repetition: String, value: f64, ci95: Option<[f64; 2]>| {
        let end = |i: usize| ci95.map_or_else(String::new, |c| c[i].to_string());
        [metric.to_owned(), unit.to_owned(), repetition, value.to_string(), end(0), end(1)]
    };
    let mut rows: Vec<_> = w.wall_s.iter().enumerate().map(|(i, s)| row("wall", "s", i.to_string(), *s, None)).collect();
    let plain = [
        ("realtime_factor", "1", w.realtime_factor),
        ("build", "s", w.build_s),
        ("neurons", "1", w.neurons as f64),
        ("synapses", "1", w.synapses as f64),
        ("updates", "1", w.updates as f64),
        ("spikes", "1", w.spikes as f64),
        ("synaptic_events", "1", w.synaptic_events as f64),
        ("external_events", "1", w.external_events as f64),
    ];
    rows.extend(plain.map(|(metric, unit, value)| row(metric, unit, String::new(), value, None)));
    let bytes = [("peak_host_bytes", w.peak_host_bytes), ("device_bytes", w.device_bytes)];
    rows.extend(bytes.into_iter().filter_map(|(m, b)| b.map(|b| row(m, "B", String::new(), b as f64, None))));
    let e = &w.energy;
    let quantities: [(&str, &str, &Quantity); 11] = [
        ("power", "W", &e.power_w),
        ("loaded_idle_power", "W", &e.loaded_idle_w),
        ("gross", "J", &e.gross_j),
        ("net", "J", &e.net_j),
        ("build_energy", "J", &e.build_j),
        ("gross_per_update", "J", &e.gross_j_per_update),
        ("gross_per_spike", "J", &e.gross_j_per_spike),
        ("gross_per_synaptic_event", "J", &e.gross_j_per_synaptic_event),
        ("net_per_update", "J", &e.net_j_per_update),
        ("net_per_spike", "J", &e.net_j_per_spike),
        ("net_per_synaptic_event", "J", &e.net_j_per_synaptic_event),
    ];
    for r in &w.realisations {
        let seed = |metric: &str| format!("seed_{}_{metric}", r.seed);
        rows.push(row(&seed("realtime_factor"), "1", String::new(), r.realtime_factor, None));
        rows.push(row(&seed("synaptic_events"), "1", String::new(), r.synaptic_events as f64, None));
        let joules = &r.gross_j_per_synaptic_event;
        rows.extend(joules.value.map(|v| row(&seed("gross_per_synaptic_event"), "J", String::new(), v, joules.ci95)));
    }
    rows.extend(quantities.iter().filter_map(|(m, unit, q)| q.value.map(|v| row(m, unit, String::new(), v, q.ci95))));
    rows
}
