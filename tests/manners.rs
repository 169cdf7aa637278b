//! Promise: the command line understands what people say, and says what is true.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_spikewatt"))
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program().args(arguments).current_dir(folder).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn the_first_word_may_be_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = ["--engine", "cpu", "--scale", "0.02", "--bio-ms", "5", "--repeat", "1", "--json", "x.json", "--quiet"];
    for words in [[&small[..], &["brunel"]].concat(), [&["brunel"], &small[..]].concat(), [&["brunel:sr"], &small[..]].concat()] {
        let output = run(folder.path(), &words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        std::fs::remove_file(folder.path().join("x.json")).expect("the result is there");
    }
    // A word that is nothing is still no scenario, and help is help.
    let output = run(folder.path(), &["brunell"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("unrecognized subcommand"), "{}", said(&output));
    assert!(said(&run(folder.path(), &["--help"])).contains("simulate"));
    assert!(said(&run(folder.path(), &["--version"])).starts_with("spikewatt 0"));
}

#[test]
fn a_key_in_the_wrong_place_is_told_where_it_belongs() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = |population: &str| {
        let neuron = "[[population]]\nname = \"N\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n";
        let text = format!(
            "name = \"t\"\nversion = 1\nbio_ms = 5.0\n\n[[population]]\nname = \"S\"\nsize = 1\n{population}\n\n{neuron}"
        );
        std::fs::write(folder.path().join("s.toml"), text).expect("written");
        let output = run(folder.path(), &["simulate", "s.toml", "--engine", "cpu", "--out", "o.csv"]);
        (output.status.code(), said(&output))
    };
    for (population, words) in [
        (
            "model = \"poisson_source\"\nrate_hz = 5.0\nparameters = { rate_hz = 5.0 }",
            "unknown key `rate_hz` in [[population]], but it is a parameter: parameters = { rate_hz = ... }",
        ),
        ("model = \"spike_times\"\nparameters = { spike_times_ms = [1.0], rate_hz = 3.0 }", "unknown key `rate_hz`"),
        (
            "model = \"spike_times\"\nspike_times_ms = [1.0]\nrate_hz = 3.0",
            "it is a parameter of poisson_source, not of spike_times",
        ),
        ("model = \"regular_source\"\nparameters = { interval_ms = 1.0, size = 3 }", "it belongs in the [[population]] itself"),
        ("model = \"spike_times\"\nspike_times_ms = [1.0]\nparameters = { spike_times_ms = [1.0] }", "give it once"),
        ("model = \"spike_times\"", "parameters = { spike_times_ms = [...] }"),
    ] {
        let (code, message) = scenario(population);
        assert!(code == Some(2) && message.contains(words), "{message}");
        assert!(!message.contains("allowed: \n") && !message.trim_end().ends_with("allowed:"), "{message}");
    }
    // One place for all sources' keys, and the old one is still read.
    for population in
        ["model = \"spike_times\"\nspike_times_ms = [1.0]", "model = \"spike_times\"\nparameters = { spike_times_ms = [1.0] }"]
    {
        assert_eq!(scenario(population).0, Some(0), "{population}");
        assert_eq!(std::fs::read_to_string(folder.path().join("o.csv")).expect("recorded").lines().count(), 3);
    }
}

#[test]
fn trials_that_cannot_be_remembered_are_a_remark() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "no folder").expect("written");
    let arguments = ["simulate", "membrane", "--neurons", "2000", "--bio-ms", "5", "--engine", "gpu", "--tune", "--out", "o.csv"];
    let output = program()
        .args(arguments)
        .env("XDG_CACHE_HOME", folder.path().join("file"))
        .current_dir(folder.path())
        .output()
        .expect("runs");
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("cannot remember the trials"), "{}", said(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("r.csv"), "time_ms,neuron\n1.5,3\n2.5,4\n").expect("written");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    let output = program()
        .args(["analyse", "r.csv", "--json", "-"])
        .stdout(full)
        .stderr(Stdio::piped())
        .current_dir(folder.path())
        .output()
        .expect("runs");
    assert!(output.status.code() == Some(2) && said(&output).contains("cannot be written"), "{}", said(&output));
}

#[test]
#[cfg(unix)]
fn ctrl_c_in_a_transient_says_that_there_is_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["simulate", "membrane", "--engine", "cpu", "--transient-ms", "1000000", "--out", "o.csv"];
    let mut child = program()
        .args(arguments)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("simulating the transient") {
        line.clear();
        assert!(lines.read_line(&mut line).expect("reads") > 0, "it ended before its transient");
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there").success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("reads");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(rest.contains("no file was written") && !rest.contains("has been kept"), "{rest}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
}

#[test]
fn figures_read_as_a_person_would_say_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "name = \"t\"\nversion = 1\nbio_ms = 5.0\n\n[[population]]\nname = \"S\"\nsize = 200\nmodel = \"spike_times\"\nparameters = { spike_times_ms = [1.0] }\n\n[[population]]\nname = \"N\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n";
    std::fs::write(folder.path().join("t.toml"), text).expect("written");
    let output = run(folder.path(), &["simulate", "t.toml", "--engine", "cpu", "--out", "o.csv"]);
    assert!(said(&output).contains("t: 1 neuron and 200 spike sources, 0 synapses"), "{}", said(&output));
    let arguments = ["bench", "izhikevich", "--engine", "cpu", "--bio-ms", "20", "--repeat", "1"];
    let output = run(folder.path(), &arguments);
    assert!(said(&output).contains("ran izhikevich (no background drive)"), "{}", said(&output));
}

#[test]
fn the_cpu_engine_is_not_advised_to_those_who_use_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["plan", "sheet", "--neurons", "250000000", "--engine", "cpu"]);
    let message = said(&output);
    assert!(output.status.code() == Some(2) && !message.contains("--engine cpu"), "{message}");
}

#[test]
#[cfg(unix)]
fn a_watch_nobody_reads_ends() {
    let mut child = program()
        .args(["meters", "--watch", "--engine", "cpu", "--meter-command", "while true; do echo 50; sleep 0.1; done"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    assert!(line.contains("command"), "{line}");
    // The reader is gone now.
    let begin = Instant::now();
    while child.try_wait().expect("asked").is_none() {
        if begin.elapsed() > Duration::from_secs(20) {
            child.kill().expect("killed");
            panic!("it watches on");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_said_of_a_measurement_is_kept_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let meter = [
        "--meter-command",
        "while true; do echo 50; sleep 0.05; done",
        "--gain",
        "1.1",
        "--meter-calibrated",
        "2026-03-31",
        "--room-celsius",
        "21.5",
    ];
    let work =
        ["bench", "brunel", "--engine", "cpu", "--scale", "0.1", "--bio-ms", "200", "--json", "r.json", "--trace", "power.csv"];
    let output = run(folder.path(), &[&work[..], &meter].concat());
    assert!(output.status.success(), "{}", said(&output));
    let result: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("r.json")).expect("a result")).expect("JSON");
    assert_eq!(result["setup"], serde_json::json!({ "room_celsius": 21.5, "meter_calibrated": "2026-03-31", "gain": 1.1 }));
    let power = result["workloads"][0]["energy"]["power_w"]["value"].as_f64().expect("a power");
    assert!((power - 55.0).abs() < 0.5, "{power} W");
    // A meter at the wall stands against the body; one that shows the same under load as idle has nothing to set beside the signalling.
    let brain = &result["workloads"][0]["brain"];
    assert_eq!(brain["gross"]["counterpart"], "body");
    assert!(brain["net"].is_null() || brain["net"]["counterpart"] == "signalling");
    let trace = std::fs::read_to_string(folder.path().join("power.csv")).expect("a trace");
    for needed in
        ["time_s,what,value,unit,of", ",power,55", "window,1,,brunel", "window,0,,brunel", "idle,1,,", "build,1,,brunel"]
    {
        assert!(trace.contains(needed), "no {needed} in the trace");
    }
    for (wrong, words) in [
        (["--gain", "1.1"], "--gain corrects one meter"),
        (["--meter-calibrated", "31.3.2026"], "give a date as in 2026-03-31"),
        (["--room-celsius", "900"], "from -50 to 60"),
        (["--trace", "power.txt"], "ends in .csv"),
    ] {
        let output = run(folder.path(), &[&["bench", "brunel", "--engine", "cpu", "--scale", "0.02"], &wrong[..]].concat());
        assert!(output.status.code() == Some(2) && said(&output).contains(words), "{}", said(&output));
    }
}

/// What a shell and a packager ask for: exit codes where they are looked up, completions, manual pages.
#[test]
fn exit_codes_completions_and_manual_pages_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = said_of(&run(folder.path(), &["--help"])).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("Exit codes: 0 fine, 1 a fault or failed verification, 2 usage or input, 3 a regression, 130 interrupted")
    );
    for (shell, begins) in [("bash", "_spikewatt()"), ("zsh", "#compdef spikewatt"), ("fish", "complete -c spikewatt")] {
        let script = said_of(&run(folder.path(), &["generate", shell]));
        assert!(script.contains(begins), "{shell}: {script}");
    }
    let made = run(folder.path(), &["generate", "man", "--out", "man"]);
    assert!(made.status.success(), "{}", said(&made));
    for page in ["spikewatt.1", "spikewatt-bench.1", "spikewatt-simulate.1"] {
        let text = std::fs::read_to_string(folder.path().join("man").join(page)).expect("a page");
        assert!(text.contains(".TH") && text.contains("spikewatt"), "{page}");
    }
    assert_eq!(run(folder.path(), &["generate", "csh"]).status.code(), Some(2));
    std::fs::write(folder.path().join("file"), "").expect("written");
    let refused = run(folder.path(), &["generate", "man", "--out", "file/man"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
}

fn said_of(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
