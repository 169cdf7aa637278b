//! Promise: meters are listed with what they can do, external ones are read, and bad ones are told in a sentence while the run's other
//! results are kept.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

fn spikewatt(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(args).current_dir(folder).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A meter that plays 80 W on average: see the script.
fn known_load() -> String {
    format!("python3 {}/tests/data/meters/known_load.py", env!("CARGO_MANIFEST_DIR"))
}

const RUN: [&str; 9] = ["bench", "brunel", "--engine", "cpu", "--scale", "0.1", "--json", "r.json", "--bio-ms=200"];

fn bench(folder: &Path, more: &[&str]) -> (Output, Value) {
    let o = spikewatt(folder, &[&RUN[..], more].concat());
    assert!(o.status.success(), "{}", text(&o.stderr));
    let result = serde_json::from_str(&std::fs::read_to_string(folder.join("r.json")).expect("a result")).expect("JSON");
    (o, result)
}

fn follows_the_schema(result: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../assets/result.schema.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(result).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn number(v: &Value) -> f64 {
    v["value"].as_f64().unwrap_or_else(|| panic!("a number: {v}"))
}

fn warnings(result: &Value) -> String {
    result["workloads"][0]["energy"]["warnings"].to_string()
}

#[test]
fn meters_are_listed_or_missed_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let o = spikewatt(folder.path(), &["meters", "--engine", "cpu"]);
    let said = text(&o.stdout);
    assert!(o.status.success(), "{}", text(&o.stderr));
    for word in ["--watts W", "--meter-command CMD", "--meter-csv FILE", "Work on the CPU"] {
        assert!(said.contains(word), "\"{word}\" is not in: {said}");
    }
    let o = spikewatt(folder.path(), &["meters", "--engine", "cpu", "--meter-command", &known_load()]);
    let said = text(&o.stdout);
    for word in ["wall meter", "whole machine at the wall", "update period", "granted", "10", "ms", "would be measured with"] {
        assert!(said.contains(word), "\"{word}\" is not in: {said}");
    }
}

#[test]
fn live_power_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let o = spikewatt(
        folder.path(),
        &[
            "meters",
            "--engine",
            "cpu",
            "--watch",
            "--seconds",
            "2",
            "--meter-command",
            "while :; do echo 12.5 W; sleep 0.05; done",
        ],
    );
    assert!(o.status.success());
    assert_eq!(text(&o.stdout).lines().filter(|l| l.contains("command 12.5 W")).count(), 2, "{}", text(&o.stdout));
}

#[test]
fn a_known_load_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let (o, result) = bench(folder.path(), &["--meter-command", &known_load()]);
    follows_the_schema(&result);
    let energy = &result["workloads"][0]["energy"];
    assert_eq!(energy["tier"], "wall meter");
    assert_eq!(result["meter"]["scope"], "whole machine at the wall");
    let watts = number(&energy["power_w"]);
    // Windows of a second see the load's turns of 0.7 s not quite evenly.
    assert!((watts / 80.0 - 1.0).abs() < 0.06, "{watts} W instead of 80");
    assert!((number(&result["meter"]["idle_power_w"]) / 80.0 - 1.0).abs() < 0.06);
    let period = result["meter"]["update_period_s"].as_f64().expect("measured");
    assert!((period - 0.1).abs() < 0.05, "renewed every {period} s instead of 0.1");
    assert!(energy["budget"].as_array().is_some_and(|b| b.len() >= 4));
    // A network is charged for when it was built, apart from everything else. So small a one is built before the counter moves, or on a busy machine
    // while it moves a time or two, which is too little for a figure, and that is said; within a second it moves ten times.
    let (build_j, build_s) = (&energy["build_j"], result["workloads"][0]["build_s"].as_f64().expect("measured"));
    match build_j["reason"].as_str() {
        None => assert!(number(build_j) > 0.0),
        Some(why) if why.contains("did not move") => assert!(build_s < 1.0, "{why}"),
        Some(why) => assert!(why.contains("renewed too seldom") && (0.5 * period..1.0).contains(&build_s), "{build_s} s: {why}"),
    }
    assert!(text(&o.stdout).contains("indicative"));
}

#[test]
fn several_meters_are_recorded_and_one_decides() {
    let folder = tempfile::tempdir().expect("a folder");
    let (o, result) = bench(
        folder.path(),
        &["--watts", "45", "--meter-command", &known_load(), "--meter", "command", "--meter-scope", "package"],
    );
    follows_the_schema(&result);
    assert_eq!(result["meter"]["tier"], "energy counter");
    assert_eq!(result["meter"]["chosen"], "your choice");
    let other = &result["workloads"][0]["other_meters"][0];
    assert_eq!(other["tier"], "assumed");
    assert!((number(&other["power_w"]) - 45.0).abs() < 1e-6);
    assert!(
        text(&o.stdout).contains("Beside it (brunel): 45.0 W by your word, 45 W (assumed, CPU package)"),
        "{}",
        text(&o.stdout)
    );
}

#[test]
fn a_meter_that_ends_in_the_middle_keeps_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let (o, result) = bench(folder.path(), &["--meter-command", "for i in 1 2 3 4 5 6 7 8 9 10; do echo 30 W; sleep 0.1; done"]);
    follows_the_schema(&result);
    let w = &result["workloads"][0];
    assert!(w["spikes"].as_u64().is_some_and(|n| n > 0));
    assert_eq!(w["energy"]["gross_j"]["value"], Value::Null);
    assert!(warnings(&result).contains("the meter's command ended"), "{}", warnings(&result));
    assert!(text(&o.stdout).contains("NOT RELIABLE (brunel): no joules"), "{}", text(&o.stdout));
}

#[test]
fn a_publication_measures_in_two_orders() {
    let folder = tempfile::tempdir().expect("a folder");
    let (o, result) = bench(folder.path(), &["membrane", "--profile", "publication", "--repeat", "2", "--watts", "45"]);
    follows_the_schema(&result);
    assert_eq!(result["protocol"], "publication");
    let order: Vec<&str> = result["order"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(order.len(), 4);
    assert!(order.iter().eq(order.iter().rev()), "the second order is the first reversed: {order:?}");
    for w in result["workloads"].as_array().expect("a list") {
        assert_eq!(w["wall_s"].as_array().map(Vec::len), Some(4), "both orders count");
        assert_eq!(w["energy"]["windows"], 4);
    }
    assert!(text(&o.stdout).contains("read a wall meter beside the machine's own"), "{}", text(&o.stdout));
}

#[test]
fn absurd_watts_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, result) = bench(folder.path(), &["--meter-command", "while :; do echo -5 W; sleep 0.05; done"]);
    follows_the_schema(&result);
    assert_eq!(result["workloads"][0]["energy"]["reliable"], false);
    assert!(warnings(&result).contains("the meter showed -5.0 W, outside 0 to 100000 W"), "{}", warnings(&result));
}

#[test]
fn a_log_is_followed_and_one_that_ends_early_is_told() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    for (covers, words) in [(true, ""), (false, "last reading comes")] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.csv");
        std::fs::write(&path, format!("time,power_w\n{:.3},50\n", now())).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_spikewatt"))
            .args(RUN)
            .args(["--meter-csv", "log.csv"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let begin = now();
        while child.try_wait().expect("there").is_none() {
            if covers || now() - begin < 2.0 {
                let mut log = std::fs::OpenOptions::new().append(true).open(&path).expect("opens");
                writeln!(log, "{:.3},50", now()).expect("written");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let result: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.path().join("r.json")).expect("a result")).expect("JSON");
        follows_the_schema(&result);
        let energy = &result["workloads"][0]["energy"];
        if covers {
            assert!((number(&energy["power_w"]) - 50.0).abs() < 1e-6, "{energy}");
        } else {
            assert_eq!(energy["gross_j"]["value"], Value::Null);
            assert!(warnings(&result).contains(words), "{}", warnings(&result));
        }
    }
}

#[test]
fn bad_meters_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.csv"), "time,power_w\n1764000000,50\n1764000001,fifty\n").expect("written");
    std::fs::write(folder.path().join("back.csv"), "1764000001,50\n1764000000,50\n").expect("written");
    for (more, words) in [
        (&["--meter-command", "echo hello"][..], &["--meter-command \"echo hello\"", "\"hello\" is no figure", "12.5 W"][..]),
        (&["--meter-command", "exit 3"], &["it ended", "before it printed a figure"]),
        (&["--meter-csv", "none.csv"], &["none.csv", "start the logger first"]),
        (&["--meter-csv", "bad.csv"], &["bad.csv:3: ", "1764000001,fifty", "1764000000.25,83.1"]),
        (&["--meter-csv", "back.csv"], &["back.csv:2: ", "go back by 1.000 s"]),
        (&["--meter", "geiger"], &["--meter \"geiger\"", "spikewatt meters"]),
        (&["--meter-scope", "wall"], &["--meter-scope", "--meter-command or --meter-csv"]),
        (
            &["--meter-command", "while :; do echo 5 W; sleep 0.1; done", "--meter-scope", "board", "--meter", "command"],
            &["GPU board", "the CPU"],
        ),
        (&["--watts", "-3"], &["--watts -3"]),
    ] {
        let o = spikewatt(folder.path(), &[&RUN[..], more].concat());
        let said = text(&o.stderr);
        assert_eq!(o.status.code(), Some(2), "{more:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{more:?}: \"{word}\" is not in: {said}");
        }
        assert!(!folder.path().join("r.json").exists(), "{more:?} left a result");
    }
    let o = spikewatt(folder.path(), &["meters", "--self-test", "--engine", "cpu", "--watts", "5"]);
    assert_eq!(o.status.code(), Some(2), "{}", text(&o.stderr));
    assert!(text(&o.stderr).contains("no meter to test"));
}
