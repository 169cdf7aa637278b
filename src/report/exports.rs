//! A result for other programs: test tabs, trend pages, fleets of machines.

use std::fmt::Write;

use super::draw::escaped;
use crate::error::{Error, Result};
use crate::result::{Ending, Quantity, RunResult, Workload};

/// JUnit XML: a workload is a test case. Characters that XML forbids are left out.
pub fn junit(result: &RunResult) -> String {
    let clean = escaped;
    let of = |ending| result.outcomes.iter().filter(|o| o.ending == ending).count();
    let seconds = |w: &Workload| w.build_s + w.wall_s.iter().sum::<f64>();
    let total: f64 = result.workloads.iter().map(seconds).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"spikewatt\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{total:.3}\" timestamp=\"{}\">\n",
        result.outcomes.len(),
        of(Ending::Failed),
        of(Ending::Skipped),
        clean(result.created_utc.trim_end_matches('Z'))
    );
    for o in &result.outcomes {
        let w = result.workloads.iter().find(|w| w.scenario == o.scenario);
        let reason = clean(o.reason.as_deref().unwrap_or("no reason is told"));
        let _ = write!(
            text,
            "<testcase classname=\"spikewatt.bench\" name=\"{}\" time=\"{:.3}\">",
            clean(&o.scenario),
            w.map_or(0.0, seconds)
        );
        match o.ending {
            Ending::Complete => {}
            Ending::Failed => text += &format!("<failure message=\"{reason}\"/>"),
            Ending::Skipped => text += &format!("<skipped message=\"{reason}\"/>"),
        }
        if let Some(w) = w {
            let joules = |q: &Quantity| q.value.map_or_else(|| "not measured".to_owned(), |j| format!("{j:e} J"));
            let per_event = joules(&w.energy.gross_j_per_synaptic_event);
            let _ = write!(
                text,
                "<system-out>RTF {}, checksum {}, per synaptic event {per_event}</system-out>",
                w.realtime_factor,
                clean(&w.spike_checksum)
            );
        }
        text += "</testcase>\n";
    }
    text + "</testsuite>\n</testsuites>\n"
}

/// What github-action-benchmark takes as `customSmallerIsBetter`.
///
/// # Errors
/// [`Error::Internal`] if it cannot be put into JSON.
pub fn github_benchmark(result: &RunResult) -> Result<String> {
    let mut all = Vec::new();
    let engine = engine(result);
    for w in &result.workloads {
        let extra = format!("{engine}, {}, checksum {}", w.drive.words(), w.spike_checksum);
        let seconds = w.bio_ms * 1e-3;
        let (low, high) = w.wall_s.iter().fold((f64::INFINITY, 0.0f64), |(a, b), v| (a.min(*v), b.max(*v)));
        let range =
            if high > 0.0 && seconds > 0.0 { format!("{:.3} to {:.3}", low / seconds, high / seconds) } else { String::new() };
        all.push(serde_json::json!({"name": format!("{}: real-time factor", w.scenario), "unit": "s/s", "value": w.realtime_factor, "range": range, "extra": extra}));
        for (what, q) in per_events(w) {
            if let Some(j) = q.value {
                let range = q.ci95.map_or_else(String::new, |[low, high]| format!("{low:e} to {high:e}"));
                all.push(serde_json::json!({"name": format!("{}: joules per {what}", w.scenario), "unit": "J", "value": j, "range": range, "extra": extra}));
            }
        }
    }
    let text = serde_json::to_string_pretty(&all).map_err(|e| Error::Internal(format!("JSON of benchmarks: {e}")))?;
    Ok(text + "\n")
}

/// The text format of Prometheus, for its node exporter's textfile collector: base units, no time stamps.
pub fn prometheus(result: &RunResult) -> String {
    let label = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace(|c: char| c.is_control(), " ");
    let engine = label(&engine(result));
    let mut text = String::new();
    let mut family = |name: &str, help: &str, values: Vec<(String, f64)>| {
        if !values.is_empty() {
            let _ = writeln!(text, "# HELP spikewatt_{name} {help}\n# TYPE spikewatt_{name} gauge");
            for (labels, value) in values {
                let _ = writeln!(text, "spikewatt_{name}{{{labels}}} {value}");
            }
        }
    };
    // What ran several times is told apart by its number.
    let run =
        |w: &Workload| result.workloads.iter().take_while(|o| !std::ptr::eq(*o, w)).filter(|o| o.scenario == w.scenario).count();
    let of = |w: &Workload| {
        format!("run=\"{}\",", run(w))
            + &format!("workload=\"{}\",engine=\"{engine}\",drive=\"{}\"", label(&w.scenario), w.drive.word())
    };
    let each = |value: &dyn Fn(&Workload) -> Option<f64>| -> Vec<(String, f64)> {
        result.workloads.iter().filter_map(|w| value(w).map(|v| (of(w), v))).collect()
    };
    family("realtime_factor", "Wall time over biological time.", each(&|w| Some(w.realtime_factor)));
    family(
        "synaptic_events_per_second",
        "Synaptic events per second of wall time.",
        each(&|w| Some(w.synaptic_events as f64 / w.median_wall_s()).filter(|v| v.is_finite())),
    );
    family(
        "spikes_per_second",
        "Spikes per second of wall time.",
        each(&|w| Some(w.spikes as f64 / w.median_wall_s()).filter(|v| v.is_finite())),
    );
    family("power_watts", "Mean power while the workload ran.", each(&|w| w.energy.power_w.value));
    family("joules_per_synaptic_event", "Gross energy per synaptic event.", each(&|w| w.energy.gross_j_per_synaptic_event.value));
    family("joules_per_spike", "Gross energy per spike.", each(&|w| w.energy.gross_j_per_spike.value));
    family("joules_per_update", "Gross energy per neuron update.", each(&|w| w.energy.gross_j_per_update.value));
    let complete = |o: &crate::result::Outcome| f64::from(u8::from(o.ending == Ending::Complete));
    let endings = result.outcomes.iter().enumerate().map(|(i, o)| {
        let run = result.outcomes[..i].iter().filter(|p| p.scenario == o.scenario).count();
        (format!("run=\"{run}\",workload=\"{}\",engine=\"{engine}\"", label(&o.scenario)), complete(o))
    });
    family("complete", "1 if the workload was measured to its end.", endings.collect());
    text
}

fn per_events(w: &Workload) -> [(&'static str, &Quantity); 3] {
    let e = &w.energy;
    [("synaptic event", &e.gross_j_per_synaptic_event), ("spike", &e.gross_j_per_spike), ("update", &e.gross_j_per_update)]
}

fn engine(result: &RunResult) -> String {
    result.engine.adapter.as_ref().map_or_else(|| "CPU engine".to_owned(), |a| a.name.clone())
}
