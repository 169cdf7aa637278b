//! The tables of a result.

#![allow(clippy::cast_possible_wrap, reason = "counts that are shown are below 2^63")]

use super::figures::signs;
use super::format::{digits, grouped, multiple, rtf, si};
use super::rows::Rows;
use crate::result::{Accuracy, Energy, Quantity, RunResult, Workload};

/// A table with the signs of a page.
pub(super) fn signed(mut rows: Rows) -> Rows {
    rows.caption = signs(&rows.caption);
    rows.head.iter_mut().chain(rows.rows.iter_mut().flatten()).for_each(|word| *word = signs(word));
    rows
}

/// All workloads.
pub fn workloads(result: &RunResult) -> Rows {
    let against = result.workloads.iter().find_map(|w| w.brain.as_ref()).map_or("brain", |b| b.gross.counterpart.words());
    let by = result.workloads.iter().find_map(|w| w.energy.tier.zip(w.energy.scope));
    let caption = by.map_or_else(String::new, |(tier, scope)| format!("Joules: gross, {}, {}.", tier.words(), scope.words()));
    let multiple_of = format!("x {against}");
    let head = [
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
        &multiple_of,
    ];
    let mut rows = Rows::new(caption, &head);
    for w in &result.workloads {
        let wall = w.median_wall_s();
        let rate = |n: u64| if n == 0 { "-".to_owned() } else { si(n as f64 / wall, "") };
        let multiples = w.brain.as_ref().and_then(|b| b.gross.synaptic_event_multiple.or(b.gross.spike_multiple));
        rows.push([
            w.scenario.clone(),
            grouped(w.neurons as i64),
            if w.synapses == 0 { "-".into() } else { grouped(w.synapses as i64) },
            rtf(w.realtime_factor),
            rate(w.spikes),
            rate(w.synaptic_events),
            joules(&w.energy, &w.energy.gross_j_per_update),
            joules(&w.energy, &w.energy.gross_j_per_spike),
            if w.synaptic_events == 0 { "-".into() } else { joules(&w.energy, &w.energy.gross_j_per_synaptic_event) },
            interval(&w.energy),
            multiples.map_or_else(|| "-".into(), |m| multiple(m.default)),
        ]);
    }
    rows
}

/// A length of time in words: milliseconds below a second.
pub fn length(ms: f64) -> String {
    if ms < 1000.0 { format!("{} ms", digits(ms)) } else { format!("{} s", digits(ms / 1000.0)) }
}

/// How many neurons of a workload fire at least once in windows, mean over windows: population by population, then all together.
pub fn active(w: &Workload) -> Option<Rows> {
    let a = w.activity.as_ref().filter(|a| !a.active.is_empty())?;
    let each = a.populations.iter().filter(|p| !p.active.is_empty()).map(|p| (p.name.as_str(), &p.active));
    let all = (a.populations.len() > 1).then_some(("all", &a.active));
    let shares = each.chain(all).map(|(name, s)| (name, s.iter().map(|s| s.mean_share).collect()));
    let windows: Vec<f64> = a.active.iter().map(|s| s.window_ms).collect();
    Some(active_shares(format!("Neurons of {} that fire at least once in a window", w.scenario), &windows, shares))
}

/// The same of any shares.
pub fn active_shares<'a>(caption: String, windows_ms: &[f64], shares: impl Iterator<Item = (&'a str, Vec<f64>)>) -> Rows {
    let mut rows = Rows::new(caption, &["active within"]);
    rows.head.extend(windows_ms.iter().map(|ms| length(*ms)));
    for (name, of) in shares {
        rows.push(std::iter::once(name.to_owned()).chain(of.iter().map(|share| format!("{} %", digits(100.0 * share)))));
    }
    rows
}

/// Half width of the interval, with a mark where the figures are not reliable.
fn interval(energy: &Energy) -> String {
    let mark = if energy.reliable == Some(false) { " (!)" } else { "" };
    energy.relative_u95.map_or_else(|| format!("-{mark}"), |u| format!("{} %{mark}", digits(100.0 * u)))
}

fn joules(energy: &Energy, q: &Quantity) -> String {
    match q.value {
        Some(v) => si(v, "J"),
        None if energy.meter.is_none() => "no meter".into(),
        None => "-".into(),
    }
}

/// The same work in the words of NeuroBench (Yik et al. 2025, doi:10.1038/s41467-025-56739-4): what each repetition does, how much of it is
/// nothing, the memory it takes, and power idle, active and dynamic, which is what activity adds to idle.
pub fn neurobench(result: &RunResult) -> Rows {
    let head = [
        "workload",
        "effective ACs",
        "membrane updates",
        "activation sparsity",
        "connection sparsity",
        "footprint",
        "idle",
        "idle, loaded",
        "active",
        "dynamic",
    ];
    let mut rows =
        Rows::new("Per repetition; ACs are accumulations of recurrent synapses, without those of the external drive", &head);
    let watts = |q: Option<f64>| q.map_or_else(|| "not measured".to_owned(), |w| si(w, "W"));
    // Of all pairs of neurons, and of all steps of all neurons.
    let sparsity = |part: f64, of: f64| if of > 0.0 { format!("{:.4}", (1.0 - part / of).max(0.0)) } else { "-".to_owned() };
    for w in &result.workloads {
        let (n, idle, active) = (w.neurons as f64, result.meter.idle_power_w.value, w.energy.power_w.value);
        let planned = || w.plan.memory.map(|m| m.total());
        let footprint = w.device_bytes.or_else(planned);
        rows.push([
            w.scenario.clone(),
            grouped(w.synaptic_events as i64),
            grouped(w.updates as i64),
            sparsity(w.spikes as f64, w.updates as f64),
            if w.synapses == 0 { "-".into() } else { sparsity(w.synapses as f64, n * n) },
            footprint.map_or_else(|| "-".into(), |b| si(b as f64, "B")),
            watts(idle),
            watts(w.energy.loaded_idle_w.value),
            watts(active),
            watts(active.zip(idle).map(|(a, i)| a - i)),
        ]);
    }
    rows
}

/// The energy budget of a workload: what its interval is made of.
pub fn budget(w: &Workload, accuracy: Option<&Accuracy>) -> Option<Rows> {
    let e = &w.energy;
    let expanded = e.relative_u95.filter(|_| !e.budget.is_empty())?;
    let combined = e.relative_combined?;
    let title = format!("energy budget of {}", w.scenario);
    let built = |j: f64| format!("Building the network took {}, which is in no other figure.", si(j, "J"));
    let mut rows =
        Rows::new(e.build_j.value.map_or_else(String::new, built), &[&title, "standard uncertainty", "where it comes from"]);
    let percent = |x: f64| if x == 0.0 { "0 %".to_owned() } else { format!("{} %", digits(100.0 * x)) };
    for p in &e.budget {
        rows.push([p.name.word().to_owned(), percent(p.relative), p.why.clone()]);
    }
    rows.push(["combined".to_owned(), percent(combined), format!("95 % interval: +- {}", percent(expanded))]);
    if let Some(a) = accuracy {
        rows.push([
            "gain of the meter".to_owned(),
            "apart".to_owned(),
            format!("from {} to +{} ({})", percent(a.low), percent(a.high), a.source),
        ]);
    }
    Some(rows)
}
