//! Promise: the result file is complete, says what was not measured, follows its schema, and is never half-written.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_spikewatt"))
}

fn parsed(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the result is there")).expect("the result is JSON")
}

fn follows_the_schema(result: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../assets/result.schema.json")).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(result).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn bench(folder: &Path, more: &[&str]) -> Value {
    let base = ["bench", "--bio-ms", "10", "--scale", "0.02", "--repeat", "3", "--json", "r.json"];
    let o = program().args(base).args(more).current_dir(folder).output().expect("starts");
    assert!(o.status.success(), "{}", String::from_utf8_lossy(&o.stderr));
    parsed(&folder.join("r.json"))
}

#[test]
fn a_result_follows_its_schema_with_and_without_joules() {
    let folder = tempfile::tempdir().expect("a folder");
    for more in [
        &["membrane", "brunel", "microcircuit", "microcircuit:dc", "--engine", "cpu", "--watts", "45"][..],
        &["membrane", "brunel", "--engine", "gpu"],
    ] {
        let result = bench(folder.path(), more);
        follows_the_schema(&result);
        // A schema that lets everything pass would prove nothing.
        let mut spoiled = result.clone();
        spoiled["workloads"][0]["spikes"] = Value::from(-1);
        let schema: Value = serde_json::from_str(include_str!("../assets/result.schema.json")).expect("JSON");
        assert!(!jsonschema::is_valid(&schema, &spoiled));
    }
}

#[test]
fn an_assumed_power_gives_assumed_joules() {
    let folder = tempfile::tempdir().expect("a folder");
    let result = bench(folder.path(), &["brunel", "--engine", "cpu", "--watts", "45"]);
    let w = &result["workloads"][0];
    let energy = &w["energy"];
    assert_eq!(energy["provenance"], "assumed");
    assert_eq!(energy["windows"], 3);
    assert_eq!(energy["net_j"]["value"], Value::Null);
    assert!(energy["net_j"]["reason"].as_str().is_some_and(|r| r.contains("idle baseline")));
    let number = |v: &Value| v["value"].as_f64().expect("a number");
    assert!((number(&energy["power_w"]) - 45.0).abs() < 1e-6);
    let (gross, events) = (number(&energy["gross_j"]), w["synaptic_events"].as_f64().expect("counted"));
    assert!((number(&energy["gross_j_per_synaptic_event"]) - gross / events).abs() < 1e-12 * gross);
    assert!(energy["gross_j"]["ci95"].is_array());
    assert!((w["brain"]["brains"].as_f64().expect("a number") - 3.0).abs() < 1e-6, "45 W feed three brains of 15 W");
    assert!((w["brain"]["incandescent_bulbs"].as_f64().expect("a number") - 0.6).abs() < 1e-6);
}

#[test]
fn what_was_not_measured_is_null_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let result = bench(folder.path(), &["membrane", "--engine", "cpu", "--watts", "45"]);
    let per_event = &result["workloads"][0]["energy"]["gross_j_per_synaptic_event"];
    assert_eq!(per_event["value"], Value::Null);
    assert!(per_event["reason"].as_str().is_some_and(|r| r.contains("no synaptic events")));
    assert_eq!(result["workloads"][0]["brain"]["gross"]["synaptic_event_multiple"], Value::Null);
}

#[test]
fn both_engines_write_the_same_counts_and_checksums() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["membrane", "brunel", "microcircuit", "microcircuit:dc"];
    let [a, b] = ["cpu", "gpu"].map(|engine| bench(folder.path(), &[&names[..], &["--engine", engine]].concat()));
    assert_eq!(a["engine"]["kind"], "cpu");
    assert_eq!(b["engine"]["kind"], "gpu");
    for (x, y) in a["workloads"].as_array().expect("a list").iter().zip(b["workloads"].as_array().expect("a list")) {
        for key in [
            "scenario",
            "scenario_hash",
            "spike_checksum",
            "spikes",
            "synaptic_events",
            "external_events",
            "updates",
            "populations",
        ] {
            assert_eq!(x[key], y[key], "{key} of {}", x["scenario"]);
        }
    }
    assert_eq!(a["workloads"][2]["drive"], "poisson");
    assert_eq!(a["workloads"][3]["drive"], "dc");
}

#[test]
fn standard_output_takes_the_result_and_nothing_else() {
    let o = program()
        .args(["bench", "brunel", "--engine", "cpu", "--scale", "0.02", "--bio-ms", "5", "--repeat", "1", "--json", "-"])
        .output()
        .expect("starts");
    assert!(o.status.success());
    follows_the_schema(&serde_json::from_slice(&o.stdout).expect("nothing but JSON"));
    assert!(String::from_utf8_lossy(&o.stderr).contains("CPU ENGINE, NOT A GPU"), "people read the rest on standard error");
}

#[test]
fn quiet_prints_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["bench", "brunel", "--engine", "cpu", "--scale", "0.02", "--bio-ms", "5", "--repeat", "1", "--quiet"];
    let o = program().args(args).current_dir(folder.path()).output().expect("starts");
    assert!(o.status.success() && o.stdout.is_empty() && o.stderr.is_empty(), "{o:?}");
    follows_the_schema(&parsed(&folder.path().join("spikewatt-result.json")));
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let committed = include_str!("../assets/result.schema.json").replace("\r\n", "\n");
    assert!(committed == spikewatt::result::schema(), "renew it with: cargo run --example schema > assets/result.schema.json");
}

/// What is written can be read, and what is read and written again is the same.
#[test]
fn a_result_that_was_written_can_be_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = bench(folder.path(), &["brunel", "cuba", "--engine", "cpu", "--watts", "45", "--passes"]);
    let read = spikewatt::result::read(&folder.path().join("r.json")).expect("reads");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), written);
    assert!(read.workloads.iter().all(|w| w.plan.memory.is_some() && w.peak_host_bytes.is_none_or(|b| b > 1_000_000)));
    // Rates over time are those of the whole, 100 steps in bins of 2.
    for w in &read.workloads {
        let seen = w.activity.as_ref().expect("an activity");
        assert!((seen.bin_ms - 0.2).abs() < 1e-12);
        // The longer the window, the more neurons are active in it; whatever fires is active in the longest.
        let shares: Vec<f64> = seen.active.iter().map(|a| a.mean_share).collect();
        assert_eq!(shares[0] > 0.0, w.spikes > 0, "{}", w.scenario);
        assert!(shares.len() == 4 && shares.is_sorted() && shares[3] <= 1.0, "{:?}", seen.active);
        assert!(seen.active.iter().all(|a| a.most_share >= a.mean_share) && shares[3] == seen.active[3].most_share);
        assert!(shares[3] * w.neurons as f64 <= w.spikes as f64 + 0.5);
        let raster = seen.raster.as_ref().expect("a raster");
        assert!(raster.rows.iter().all(|row| (*row as usize) < raster.neurons.len()));
        assert!(raster.times_ms.is_sorted() && raster.times_ms.iter().all(|ms| *ms <= raster.until_ms));
        for (over_time, p) in seen.populations.iter().zip(&w.populations) {
            let mean = over_time.rate_hz.iter().sum::<f64>() / over_time.rate_hz.len() as f64;
            assert!(over_time.rate_hz.len() == 50 && (mean - p.rate_hz).abs() < 1e-6 * (1.0 + mean), "{mean} and {}", p.rate_hz);
        }
    }
    assert!(read.workloads[0].spikes > 0 && !read.workloads[0].activity.as_ref().expect("seen").active.is_empty());
    assert!(read.program.build.expect("it knows").wgpu.is_some());
}

/// Results of earlier versions, as those versions wrote them.
#[test]
fn older_results_are_read_as_todays() {
    let read = |path: &str| spikewatt::result::read(Path::new(path)).unwrap_or_else(|e| panic!("{e}"));
    let third = read("docs/measurements/2026-11-25-known-load-cpu-engine.json");
    let w = &third.workloads[0];
    assert_eq!((third.schema_version, w.scenario.as_str(), w.neurons), (spikewatt::result::SCHEMA_VERSION, "brunel", 12_500));
    let per_event = w.energy.gross_j_per_synaptic_event.value.expect("measured");
    // The comparison is made anew: a wall meter stands against the body, 75 W over 2e14 events a second.
    let multiple = w.brain.as_ref().expect("compared").gross.synaptic_event_multiple.expect("events").default;
    assert!((multiple / (per_event / (75.0 / 2e14)) - 1.0).abs() < 1e-9);
    let fourth = read("tests/data/results/version-4.json");
    assert_eq!(fourth.outcomes.iter().map(|o| o.scenario.as_str()).collect::<Vec<_>>(), ["brunel", "cuba"]);
    let older: Value = serde_json::from_str(include_str!("data/results/version-4.json")).expect("JSON");
    assert_eq!(serde_json::to_value(&fourth.workloads[1].brain).expect("JSON"), older["workloads"][1]["brain"]);
    assert_eq!(fourth.workloads[0].plan.line, older["workloads"][0]["plan"].as_str().expect("a line"));
    for result in [third, fourth] {
        follows_the_schema(&serde_json::to_value(&result).expect("JSON"));
    }
}

#[cfg(unix)]
fn send(signal: &str, child: &std::process::Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
    assert!(sent.success());
}

/// Interrupts a run in its second workload, which alone would take minutes; a signal that comes twice at once is one.
#[test]
#[cfg(unix)]
fn ctrl_c_in_the_middle_keeps_what_was_complete() {
    for (engine, signals) in [("cpu", vec!["-HUP"]), ("gpu", vec!["-INT", "-INT"])] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.json");
        std::fs::write(folder.path().join("long.toml"), LONG).expect("written");
        let mut child = program()
            .args(["bench", "brunel", "long.toml", "--scale", "0.2", "--repeat", "1", "--engine", engine, "--json", "r.json"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let begin = Instant::now();
        while !path.exists() {
            assert!(begin.elapsed() < Duration::from_secs(120), "the first workload never ended");
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(700));
        signals.iter().for_each(|signal| send(signal, &child));
        let interrupted = Instant::now();
        let status = child.wait().expect("ends");
        assert_eq!(status.code(), Some(130));
        assert!(interrupted.elapsed() < Duration::from_secs(20), "it went on for {:?}", interrupted.elapsed());
        let result = parsed(&path);
        follows_the_schema(&result);
        assert_eq!(result["interrupted"], true);
        assert_eq!(result["workloads"].as_array().map(Vec::len), Some(1), "the first workload is kept");
        assert_eq!(result["outcomes"][0]["ending"], "complete");
        assert_eq!((&result["outcomes"][1]["scenario"], &result["outcomes"][1]["ending"]), (&"long".into(), &"skipped".into()));
        let files: Vec<_> = std::fs::read_dir(folder.path()).expect("listed").map(|e| e.expect("an entry").file_name()).collect();
        assert_eq!(files.len(), 2, "no temporary file is left: {files:?}");
    }
}

/// What one sitting has complete, the next leaves as it is; what it has not, it runs, to the same spikes.
#[test]
fn what_was_broken_off_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let bench = |more: &[&str]| {
        program()
            .args(["bench", "brunel", "membrane", "--repeat", "1", "--engine", "cpu"])
            .args(if more.contains(&"--scale") { &[][..] } else { &["--scale", "0.05"] })
            .args(more)
            .current_dir(folder.path())
            .output()
            .expect("runs")
    };
    assert!(bench(&["--bio-ms", "100", "--json", "r.json"]).status.success());
    let whole = parsed(&path);
    let mut broken = whole.clone();
    broken["interrupted"] = true.into();
    broken["order"] = serde_json::json!(["brunel"]);
    broken["outcomes"][1] = serde_json::json!({ "scenario": "membrane", "ending": "skipped", "reason": "the run was broken off before it was measured" });
    broken["workloads"].as_array_mut().expect("workloads").truncate(1);
    std::fs::write(&path, broken.to_string()).expect("written");

    let another = "brunel was another network then, or ran for other times";
    for (more, why) in [
        (["--bio-ms", "120"], another),
        (["--seed", "5"], another),
        (["--scale", "0.06"], another),
        (["--trials", "2"], another),
        (["--seeds", "2"], another),
        (["--watts", "30"], "it is of another meter"),
    ] {
        let times: &[&str] = if more[0] == "--bio-ms" { &[] } else { &["--bio-ms", "100"] };
        let refused = bench(&[&more, times, &["--resume", "r.json"]].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(why) && said.contains("begin anew"), "{said}");
        assert_eq!(parsed(&path), broken, "a refused run changes nothing");
    }
    let gone_on = bench(&["--bio-ms", "100", "--resume", "r.json"]);
    assert!(gone_on.status.success(), "{}", String::from_utf8_lossy(&gone_on.stderr));
    let both = parsed(&path);
    follows_the_schema(&both);
    assert_eq!(both["interrupted"], false);
    assert_eq!(both["workloads"][0], whole["workloads"][0]);
    assert_eq!(both["outcomes"], whole["outcomes"]);
    assert_eq!(both["workloads"][1]["spike_checksum"], whole["workloads"][1]["spike_checksum"]);
    assert_eq!(both["order"], serde_json::json!(["brunel", "membrane"]));
    let nothing = bench(&["--bio-ms", "100", "--resume", "r.json"]);
    assert!(nothing.status.success() && String::from_utf8_lossy(&nothing.stdout).contains("Nothing is left to do"));
    assert_eq!(parsed(&path), both);
}

/// A second press ends a run at once, whatever it is about: here it waits for somebody to read its page from a pipe, and nobody does.
#[test]
#[cfg(unix)]
fn a_second_press_ends_everything_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(Command::new("mkfifo").arg("page").current_dir(folder.path()).status().expect("mkfifo is there").success());
    let mut child = program()
        .args(["bench", "membrane", "--scale", "0.001", "--bio-ms", "10", "--repeat", "1", "--engine", "cpu"])
        .args(["--json", "r.json", "--html", "page"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let (path, begin) = (folder.path().join("r.json"), Instant::now());
    while !path.exists() {
        assert!(begin.elapsed() < Duration::from_secs(120), "the workload never ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    send("-TERM", &child);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(child.try_wait().expect("a child"), None, "one press waits for what is under way");
    send("-INT", &child);
    let pressed = Instant::now();
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(pressed.elapsed() < Duration::from_secs(2), "it went on for {:?}", pressed.elapsed());
    follows_the_schema(&parsed(&path));
}

#[cfg(unix)]
const LONG: &str = r#"name = "long"
version = 1
bio_ms = 1000000.0

[[population]]
name = "N"
size = 20000
model = "lif_psc_delta"
parameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }
poisson = { rate_hz = 11000.0, weight_mv = 0.1 }
"#;

/// A disk that is full at the end: the figures are kept elsewhere, and it is said where.
#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_kept_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = |temporary: &Path| {
        program()
            .args([
                "bench",
                "membrane",
                "--scale",
                "0.01",
                "--bio-ms",
                "20",
                "--repeat",
                "1",
                "--engine",
                "cpu",
                "--json",
                "/dev/full",
            ])
            .current_dir(folder.path())
            .env("TMPDIR", temporary)
            .output()
            .expect("runs")
    };
    let output = bench(folder.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let kept = std::fs::read_dir(folder.path()).expect("listed").map(|e| e.expect("an entry").path()).next().expect("a file");
    assert!(said.contains(&kept.display().to_string()) && said.contains("No space left"), "{said}");
    follows_the_schema(&parsed(&kept));
    // Nor is there a place for temporary files.
    let output = bench(Path::new("/nowhere"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let (begin, end) = (said.find("\n{").expect("a document"), said.rfind("\n}").expect("its end"));
    follows_the_schema(&serde_json::from_str(&said[begin..end + 2]).expect("JSON"));
}
