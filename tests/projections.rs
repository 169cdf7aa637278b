//! Promise: what a whole brain would take is computed from several measured sizes of one machine, by a fit with its residuals, or refused.

use std::path::Path;
use std::process::{Command, Output};

use spikewatt::result::project::{Asked, Brains, project};
use spikewatt::result::{Provenance, RunResult, Workload, read};

/// A kept result of a GPU whose workloads are of made-up machines: so many neurons, synapses for each, Hz; wall time and joules by `cost`
/// (of updates and events of a second of life).
fn made(sizes: &[(u64, u64, f64)], cost: impl Fn(f64, f64) -> (f64, f64)) -> RunResult {
    let mut result = read(Path::new("docs/measurements/2026-11-26-h100-sheet-1M.json")).expect("a kept result");
    let pattern: Workload = result.workloads[0].clone();
    let workload = |(neurons, out, hz): &(u64, u64, f64)| {
        let mut w = pattern.clone();
        w.bio_ms = 500.0;
        w.dt_ms = 0.1;
        (w.neurons, w.synapses) = (*neurons, neurons * out);
        let spikes = *neurons as f64 * hz * 0.5;
        (w.updates, w.spikes, w.synaptic_events) = (neurons * 5000, spikes as u64, (spikes * *out as f64) as u64);
        let (wall, joules) = cost(2.0 * w.updates as f64, 2.0 * w.synaptic_events as f64);
        w.realtime_factor = wall;
        w.energy.provenance = Some(Provenance::Measured);
        w.energy.gross_j.value = Some(joules / 2.0);
        let memory = w.plan.memory.as_mut().expect("a memory");
        (memory.state, memory.ring, memory.synapses, memory.plastic, memory.tables) =
            (neurons * 40, 0, neurons * out * 4, 0, neurons * 60);
        w.plan.stored = Some(true);
        w
    };
    result.workloads = sizes.iter().map(workload).collect();
    result
}

const SIZES: [(u64, u64, f64); 5] =
    [(10_000, 1000, 5.0), (100_000, 100, 2.0), (1_000_000, 2000, 4.0), (4_000_000, 500, 9.0), (50_000, 8000, 3.0)];

fn near(a: f64, b: f64) {
    assert!((a / b - 1.0).abs() < 1e-6, "{a} is not {b}");
}

#[test]
fn a_machine_of_known_costs_is_carried_over_by_hand() {
    let result = made(&SIZES, |updates, events| (0.02 + 2e-11 * updates + 3e-10 * events, 1.0 + 4e-9 * updates + 5e-8 * events));
    let brains = Brains::embedded();
    let human = brains.of("human").expect("a brain");
    let asked = Asked { machines: Some(1000), memory_bytes: Some(1e11) };
    let p = project(std::slice::from_ref(&result), human, asked).expect("a projection");
    let (updates, events) = (86.1e9 * 1e4, 2e14);
    near(p.time.per_update, 2e-11);
    near(p.time.per_event, 3e-10);
    near(p.wall_s.value, 0.02 + 2e-11 * updates + 3e-10 * events);
    let joules = 1.0 + 4e-9 * updates + 5e-8 * events;
    near(p.joules.expect("joules").value, joules);
    near(p.as_brains.expect("brains").value, joules / 15.0);
    near(p.as_households.expect("households").value, joules / 400.0);
    near(p.stored_bytes.expect("bytes").value, 86.1e9 * 100.0 + 2e14 * 4.0);
    near(p.procedural_bytes.value, 86.1e9 * 100.0);
    near(p.machines_for_memory.expect("machines").value, 8087.0);
    near(p.wall_s_on_machines.expect("a time").value, p.wall_s.value / 1000.0);
    near(p.network_bytes.value, 86.1e9 * 4.0 * 999.0);
    near(p.network_bytes_each.value, 86.1e9 * 4.0 * 0.999);
    near(p.beyond[0], 86.1e9 / 4e6);
    assert!(p.wall_s.low < p.wall_s.value && p.wall_s.value < p.wall_s.high && p.records.len() >= 5);
    assert!(p.sizes.iter().all(|s| s.wall_off.abs() < 1e-6));
    // A fourth of a second of life more at each size, and a machine that is off by turns, are told.
    let turns = std::cell::Cell::new(1.0);
    let uneven = made(&SIZES, |updates, events| {
        turns.set(-turns.get());
        ((0.02 + 2e-11 * updates + 3e-10 * events) * (1.0 + 0.2 * turns.get()), 1.0)
    });
    let p = project(&[uneven], human, Asked::default()).expect("a projection");
    assert!(p.time.spread > 0.1 && p.sizes.iter().any(|s| s.wall_off.abs() > 0.1), "{:?}", p.time);
}

/// Sizes of one kind do not tell updates from events: the range holds what either makes of it.
#[test]
fn what_sizes_do_not_tell_apart_widens_the_range() {
    let alike = [(10_000, 1000, 5.0), (100_000, 1000, 5.0), (1_000_000, 1000, 5.0)];
    let result = made(&alike, |updates, events| (2e-11 * updates + 3e-10 * events, 1.0));
    let brains = Brains::embedded();
    let p = project(&[result], brains.of("human").expect("a brain"), Asked::default()).expect("a projection");
    assert!(p.time.fits >= 2, "{:?}", p.time);
    let true_one = 2e-11 * 86.1e13 + 3e-10 * 2e14;
    assert!(p.wall_s.low < true_one && true_one < p.wall_s.high, "{:?}", p.wall_s);
}

#[test]
fn joules_need_a_meter_at_every_size() {
    let mut result = made(&SIZES, |updates, events| (2e-11 * updates + 3e-10 * events, 1.0 + 4e-9 * updates));
    result.workloads[2].energy.provenance = Some(Provenance::Assumed);
    let brains = Brains::embedded();
    let p = project(&[result], brains.of("mouse").expect("a brain"), Asked::default()).expect("a projection");
    assert!(p.joules.is_none() && p.no_energy.is_some_and(|why| why.contains("assumed watts")));
}

fn told(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).arg("project").args(args).output().expect("runs")
}

#[test]
fn what_tells_nothing_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, result: &RunResult| {
        let path = folder.path().join(name);
        std::fs::write(&path, serde_json::to_string(result).expect("JSON")).expect("written");
        path.display().to_string()
    };
    let cost = |updates: f64, events: f64| (0.02 + 2e-11 * updates + 3e-10 * events, 1.0);
    let good = put("good.json", &made(&SIZES, cost));
    let one = put("one.json", &made(&SIZES[..1], cost));
    let close = put("close.json", &made(&[(1000, 10, 1.0), (1100, 10, 1.0), (1200, 10, 1.0)], cost));
    let faster = put("faster.json", &made(&SIZES, |updates, _| (1e10 / updates, 1.0)));
    let mut other = made(&SIZES, cost);
    other.engine.adapter.as_mut().expect("an adapter").name = "another".into();
    let other = put("other.json", &other);
    let mut steps = made(&SIZES, cost);
    steps.workloads[1].dt_ms = 0.5;
    let steps = put("steps.json", &steps);
    for (args, words) in [
        (vec![one.as_str()], "1 different sizes"),
        (vec![close.as_str()], "over a factor of 1.2"),
        (vec![faster.as_str()], "do not take longer"),
        (vec![good.as_str(), other.as_str()], "several machines"),
        (vec![steps.as_str()], "one time step"),
        (vec![good.as_str(), "--of", "dog"], "there are: human"),
        (vec![good.as_str(), "--memory-gib", "-1"], "--memory-gib -1"),
        (vec!["assets/systems.toml"], "assets/systems.toml"),
    ] {
        let output = told(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(words) && said.trim().lines().count() == 1, "{args:?}: {said}");
    }
    let output = told(&[good.as_str(), "--of", "fly", "--machines", "4"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("an adult fruit fly") && said.contains("LEONARDO"), "{said}");
    let output = told(&[good.as_str(), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["brain"]["name"], "human");
}
