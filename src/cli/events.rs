//! What a benchmark does, as JSON lines while it runs, for dashboards and graphical interfaces.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::bench::Event;
use crate::error::{Error, Result};
use crate::result::{RunResult, Workload};

/// A stream of events; without a place, none.
pub(super) struct Events {
    path: PathBuf,
    out: Option<Box<dyn Write>>,
    begin: Instant,
    /// Workloads whose figures were told, and from how many repetitions.
    told: Vec<(usize, usize)>,
}

impl Events {
    /// Opens the stream before anything runs; `-` is standard output.
    ///
    /// # Errors
    /// [`Error::File`] where nothing can be written.
    pub(super) fn open(path: Option<&Path>) -> Result<Self> {
        let out: Option<Box<dyn Write>> = match path {
            None => None,
            Some(path) if path.as_os_str() == "-" => Some(Box::new(std::io::stdout())),
            Some(path) => {
                let failed = |e: std::io::Error| Error::File {
                    path: path.to_owned(),
                    reason: format!("events cannot be written here ({e}); give another place with --events"),
                };
                Some(Box::new(std::fs::File::create(path).map_err(failed)?))
            }
        };
        Ok(Self { path: path.unwrap_or(Path::new("")).to_owned(), out, begin: Instant::now(), told: Vec::new() })
    }

    /// Writes a line; a reader that has gone away ends the stream, not the run.
    fn tell(&mut self, event: &str, mut what: Value) {
        let Some(out) = &mut self.out else { return };
        what["event"] = event.into();
        what["t_s"] = json!((self.begin.elapsed().as_secs_f64() * 1e3).round() / 1e3);
        if let Err(e) = writeln!(out, "{what}").and_then(|()| out.flush()) {
            eprintln!("spikewatt: {}: no more events are written ({e})", self.path.display());
            self.out = None;
        }
    }

    pub(super) fn stage(&mut self, stage: &str, steps: u64) {
        self.tell("stage", json!({"stage": stage, "steps": steps}));
    }

    pub(super) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Idle(seconds) => self.tell("idle", json!({"seconds": seconds})),
            Event::IdlePower(Ok(p)) => self.tell("idle_power", json!({"watts": p.watts, "uncertainty_w": p.uncertainty_w})),
            Event::IdlePower(Err(why)) => self.tell("idle_power", json!({"watts": null, "reason": why})),
            Event::Copying => self.tell("copying", json!({})),
            Event::Begin(scenario, position, of) => {
                self.tell("begin", json!({"workload": scenario.name, "position": position, "of": of}));
            }
            Event::Remark(text) => self.tell("remark", json!({"text": text})),
            Event::Failed(e) => self.tell("failed", json!({"reason": super::in_flags(e)})),
            Event::End => self.tell("end", json!({})),
        }
    }

    /// The figures of what has been measured since the last time.
    pub(super) fn renewed(&mut self, result: &RunResult) {
        for (i, w) in result.workloads.iter().enumerate() {
            let known = (i, w.wall_s.len());
            if !self.told.contains(&known) {
                self.told.push(known);
                self.tell("measured", figures(w));
            }
        }
    }

    /// The last line.
    pub(super) fn done(&mut self, result: &RunResult) {
        let outcomes: Vec<Value> =
            result.outcomes.iter().map(|o| json!({"workload": o.scenario, "ending": o.ending, "reason": o.reason})).collect();
        self.tell("done", json!({"interrupted": result.interrupted, "outcomes": outcomes}));
    }
}

fn figures(w: &Workload) -> Value {
    json!({
        "workload": w.scenario,
        "realtime_factor": w.realtime_factor,
        "spikes": w.spikes,
        "synaptic_events": w.synaptic_events,
        "spike_checksum": w.spike_checksum,
        "power_w": w.energy.power_w.value,
        "gross_j_per_synaptic_event": w.energy.gross_j_per_synaptic_event.value,
        "relative_u95": w.energy.relative_u95,
    })
}
