//! Promise: machines can be put beside each other, without a winner where none can be told, and somebody's result can be checked.

#[cfg(feature = "formats")]
#[path = "common/python.rs"]
mod python;
#[path = "common/results.rs"]
mod results;

use std::process::Command;

use results::{newest, run, said, write};
use spikewatt::report::compare::{compare, read_all};
use spikewatt::result::read;

#[test]
fn no_winner_where_none_can_be_told_and_no_comparison_of_unlike_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = newest();
    write(folder.path(), "a.json", &base);
    let mut other = base.clone();
    other.workloads[0].wall_s = base.workloads[0].wall_s.iter().map(|s| 3.0 * s).collect();
    other.workloads[0].realtime_factor *= 3.0;
    other.workloads[1].spike_checksum = "0000000000000000".into();
    write(folder.path(), "b.json", &other);
    let entries = read_all(&[folder.path().to_owned()]).expect("results");
    let all = compare(&entries, 0).expect("a comparison");
    let pair = |name: &str| all.pairs.iter().find(|p| p.entry.name == "b" && p.workload.scenario == name);
    let slower = pair("microcircuit").expect("compares");
    assert!((slower.time.value - 3.0).abs() < 1e-9);
    // Three times as long each: the interval is that of the repetitions' spread, around 3.
    let [low, high] = slower.time.ci95.expect("an interval");
    assert!((low * high - 9.0).abs() < 1e-9, "{low} and {high}");
    assert!((slower.energy.as_ref().expect("joules").value - 1.0).abs() < 1e-12);
    assert!(slower.energy.as_ref().expect("joules").spans_one());
    assert!(pair("brunel").is_none() && all.refused.iter().any(|r| r.contains("WRONG SPIKES")), "{:?}", all.refused);
    // Each kind of difference is refused by name.
    type Change = fn(&mut spikewatt::Workload);
    let changes: [(Change, &str); 5] = [
        (|w| w.scenario_version += 1, "version"),
        (|w| w.drive = spikewatt::result::DriveKind::None, "background"),
        (|w| w.neurons += 1, "neurons"),
        (|w| w.seed += 1, "seed"),
        (|w| w.bio_ms *= 2.0, "counted time"),
    ];
    for (change, word) in changes {
        let mut unlike = base.clone();
        unlike.workloads.iter_mut().for_each(change);
        write(folder.path(), "b.json", &unlike);
        let entries = read_all(&[folder.path().to_owned()]).expect("results");
        let refused = compare(&entries, 0).expect_err(word).to_string();
        assert!(refused.contains(word), "{word}: {refused}");
    }
    let mut scope = base.clone();
    scope.workloads.iter_mut().for_each(|w| w.energy.scope = Some(spikewatt::result::Scope::GpuBoard));
    write(folder.path(), "b.json", &scope);
    let entries = read_all(&[folder.path().to_owned()]).expect("results");
    let all = compare(&entries, 0).expect("times compare");
    let unlike = all.pairs.iter().find(|p| p.entry.name == "b").expect("a pair");
    assert!(unlike.energy.as_ref().is_err_and(|e| e.contains("scopes differ")), "{:?}", unlike.energy);
}

#[test]
fn a_regression_ends_with_3_after_the_report_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = newest();
    let mut slow = base.clone();
    let w = &mut slow.workloads[0];
    (w.wall_s, w.realtime_factor) = (vec![10.0, 10.1, 9.9, 10.05], 100.0 * w.realtime_factor);
    let (a, b) = (write(folder.path(), "a.json", &base), write(folder.path(), "b.json", &slow));
    let output = run(folder.path(), &["compare", &a, &b, "--fail-if-slower", "5%", "--html", "c.html", "--csv", "c.csv"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("microcircuit of b: slower"), "{}", said(&output));
    let page = std::fs::read_to_string(folder.path().join("c.html")).expect("the page was written first");
    assert!(page.contains("microcircuit: ratios to a") && !page.contains("undefined"), "the page is not whole");
    assert!(folder.path().join("c.csv").is_file());
    // The same machine twice regresses in nothing, and faster is no regression.
    for (first, second) in [(&a, &a), (&b, &a)] {
        let output = run(folder.path(), &["compare", first, second, "--fail-if-slower", "5%", "--fail-if-energy", "0.05"]);
        assert!(output.status.success(), "{}", said(&output));
    }
    let output = run(folder.path(), &["compare", "*.json", "--markdown"]);
    assert!(output.status.success() && said(&output).contains("| workload"), "{}", said(&output));
}

#[test]
fn a_result_is_checked_by_running_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let small =
        ["bench", "cuba", "celegans", "--engine", "cpu", "--bio-ms", "20", "--repeat", "2", "--json", "a.json", "--quiet"];
    assert!(run(folder.path(), &small).status.success());
    let output = run(folder.path(), &["check", "a.json"]);
    assert!(output.status.success() && said(&output).matches("EQUAL").count() == 2, "{}", said(&output));
    assert!(said(&output).contains("within 5 %"), "{}", said(&output));
    // Somebody else's machine, and spikes that never were.
    let mut other = read(&folder.path().join("a.json")).expect("a result");
    other.machine.cpu = "another processor".into();
    other.workloads[0].spike_checksum = "0123456789abcdef".into();
    other.workloads[1].scenario_version += 1;
    write(folder.path(), "b.json", &other);
    let output = run(folder.path(), &["check", "b.json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for word in ["another machine", "DIFFERENT", "the spikes of cuba", "Not checked: celegans"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
    other.workloads.truncate(1);
    other.workloads[0].scenario = "nothing".into();
    write(folder.path(), "c.json", &other);
    let output = run(folder.path(), &["check", "c.json"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("nothing of this result"), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn commands_take_turns() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["compare", "--interleave", "sleep 0.01", "sleep 0.2", "--rounds", "5"]);
    assert!(output.status.success() && said(&output).contains("Time: B takes"), "{}", said(&output));
    let program = env!("CARGO_BIN_EXE_spikewatt");
    let bench =
        |more: &str| format!("{program} bench cuba --bio-ms 10 --repeat 2 --engine cpu --watts 20 --json - --quiet {more}");
    let output = run(folder.path(), &["compare", "--interleave", &bench(""), &bench("--synapses procedural"), "--rounds", "3"]);
    assert!(output.status.success(), "{}", said(&output));
    for word in ["real-time factors", "Joules per event"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
    // Other work is no difference in speed.
    let output = run(folder.path(), &["compare", "--interleave", &bench(""), &bench("--seed 5"), "--rounds", "3"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("seed"), "{}", said(&output));
    let output = run(folder.path(), &["compare", "--interleave", "true", "exit 7", "--rounds", "3"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("exit code 7"), "{}", said(&output));
}

/// The documented queries, by the engine they are written for.
#[cfg(feature = "formats")]
#[test]
fn the_documented_queries_of_a_fleet_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut result = newest();
    std::fs::create_dir(folder.path().join("fleet")).expect("a folder");
    result.workloads.iter_mut().for_each(|w| w.energy.reliable = Some(true));
    let joules = result.workloads[1].energy.gross_j_per_synaptic_event.value.expect("joules");
    for (i, name) in ["fleet/a.json", "fleet/b.json", "fleet/c.json"].into_iter().enumerate() {
        let mut own = result.clone();
        own.workloads[1].energy.gross_j_per_synaptic_event.value = [Some(joules), Some(2.0 * joules), None][i];
        if i == 2 {
            own.workloads[0].spike_checksum = "ffffffffffffffff".into();
            own.workloads[0].energy.reliable = Some(false);
        }
        write(folder.path(), name, &own);
    }
    let output = run(folder.path(), &["collect", "fleet", "-o", "fleet.parquet"]);
    assert!(output.status.success() && said(&output).contains("6 rows of 3 results"), "{}", said(&output));
    let document = include_str!("../docs/reports.md");
    let queries: Vec<&str> = document.split("```sql\n").skip(1).filter_map(|t| t.split("```").next()).collect();
    assert_eq!(queries.len(), 2);
    let answers = |query: &str| -> Vec<serde_json::Value> {
        let script = "import duckdb, json, sys\nprint(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))";
        let output =
            Command::new(python::python()).args(["-c", script, query]).current_dir(folder.path()).output().expect("Python runs");
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let ranking = answers(queries[0]);
    let times: Vec<f64> = ranking.iter().filter(|r| r[0] == "brunel").map(|r| r[5].as_f64().expect("a number")).collect();
    assert_eq!(times, [1.0, 2.0], "{ranking:?}");
    assert_eq!(ranking.iter().filter(|r| r[0] == "microcircuit").count(), 2, "an unreliable figure is left out: {ranking:?}");
    let wrong = answers(queries[1]);
    assert!(wrong.len() == 1 && wrong[0][0] == "microcircuit", "{wrong:?}");
    // Bad input.
    let output = run(folder.path(), &["collect", "fleet", "-o", "fleet.csv"]);
    assert!(output.status.code() == Some(2) && said(&output).contains(".parquet"), "{}", said(&output));
    let output = run(folder.path(), &["collect", "nowhere", "-o", "x.parquet"]);
    assert!(output.status.code() == Some(2) && !folder.path().join("x.parquet").exists(), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn nothing_is_replaced_that_is_read_or_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (write(folder.path(), "a.json", &newest()), write(folder.path(), "b.json", &newest()));
    let before = std::fs::read(&a).expect("a result");
    std::os::unix::fs::symlink(&a, folder.path().join("link.json")).expect("a link");
    for arguments in [
        vec!["report", "a.json", "-o", "./a.json"],
        vec!["report", "link.json", "-o", &a],
        vec!["compare", "a.json", "b.json", "--html", "./b.json"],
        vec!["compare", "a.json", "b.json", "--csv", "link.json"],
        vec!["compare", "b.json", "--baseline", "a.json", "--html", "a.json"],
        vec!["compare", "a.json", "b.json", "--html", "x", "--csv", "./x"],
        vec!["bench", "cuba", "--json", "x.json", "--html", "./x.json"],
        vec!["bench", "cuba", "--json", "x.json", "--events", "x.json"],
        vec!["render", "cuba", "-o", "x.png", "--raster", "nowhere/x.svg"],
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
    }
    assert!(std::fs::read(&a).expect("a result") == before && folder.path().join("link.json").is_symlink());
    // A pipe takes the page and stays a pipe.
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("a text")
    });
    let output = run(folder.path(), &["report", "a.json", "-o", "pipe"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(reader.join().expect("reads").contains("</html>") && !pipe.is_file());
    // Wrong spikes are a failed verification, and what was not run is said.
    let mut wrong = newest();
    wrong.workloads[0].spike_checksum = "0000000000000000".into();
    write(folder.path(), "b.json", &wrong);
    let output = run(folder.path(), &["compare", &a, &b, "--fail-if-slower", "5%"]);
    assert!(output.status.code() == Some(1) && said(&output).contains("WRONG SPIKES"), "{}", said(&output));
    wrong.workloads.remove(0);
    write(folder.path(), "b.json", &wrong);
    let output = run(folder.path(), &["compare", &a, &b]);
    assert!(output.status.success() && said(&output).contains("has not run it"), "{}", said(&output));
    // A regression in turns is one as well.
    let output = run(folder.path(), &["compare", "--interleave", "true", "sleep 0.1", "--rounds", "5", "--fail-if-slower", "5%"]);
    assert!(output.status.code() == Some(3) && said(&output).contains("B takes more time"), "{}", said(&output));
}
