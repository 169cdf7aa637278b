//! Checkpoints: a run that was broken off goes on with the same spikes, and what is damaged or of another run is refused.

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use spikewatt::recording::{Checkpoint, read};

/// Enough for several pieces: some seconds of work.
const NETWORK: &str = r#"
version = 1
name = "kept"
title = "A network that is broken off"
dt_ms = 0.1
bio_ms = 8000.0
transient_ms = 50.0
[[population]]
name = "E"
size = 2000
model = "lif_psc_exp"
parameters = { tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 0.5 }
poisson = { rate_hz = 9000.0, weight_pa = 87.8 }
[[projection]]
source = "E"
target = "E"
rule = "fixed_indegree"
indegree = 100
weight_pa = -40.0
delay_ms = { distribution = "uniform", min = 0.5, max = 3.0 }
"#;

fn simulate(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikewatt"));
    command
        .args(["simulate", "kept.toml", "--record", "spikes", "--record", "v:E:0-4", "--interval-ms", "0.7"])
        .args(more)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, more: &[&str]) -> Output {
    simulate(folder, more).output().expect("starts")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The checksum that a run prints.
fn checksum(output: &Output) -> String {
    let words = words(output);
    let (_, rest) = words.split_once("checksum ").unwrap_or_else(|| panic!("no checksum: {words}"));
    rest.chars().take(16).collect()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("kept.toml"), NETWORK).expect("written");
    folder
}

/// Begins a run that keeps checkpoints all the time, and kills it after a while; whether there is a checkpoint then.
fn killed(folder: &Path, begins: &[&str], after: Duration) -> bool {
    let mut child = simulate(folder, begins).spawn().expect("starts");
    std::thread::sleep(after);
    // SIGKILL: nothing of the program sees it coming.
    let _ = child.kill();
    child.wait().expect("ends");
    folder.join("c").exists()
}

/// Kills a run again and again, on one engine and the other; what it ends with is what a run without a break has. `SPIKEWATT_FULL=1`: more often.
#[test]
fn a_run_that_is_killed_again_and_again_ends_with_the_same_spikes() {
    let folder = folder();
    let folder = folder.path();
    let whole = run(folder, &["--engine", "cpu", "--out", "whole.csv"]);
    assert!(whole.status.success(), "{}", words(&whole));
    let times = if common::full() { 120 } else { 12 };
    let mut random = 1u64;
    let mut resumed = 0;
    for i in 0..times {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_millis(30 + (random >> 33) % 900);
        let engine = if i % 4 == 3 { "gpu" } else { "cpu" };
        let begins = match folder.join("c").exists() {
            true => ["--resume", "c", "--checkpoint-s", "0", "--engine", engine, "--out", "parts.csv"],
            false => ["--checkpoint", "c", "--checkpoint-s", "0", "--engine", engine, "--out", "parts.csv"],
        };
        resumed += usize::from(begins[0] == "--resume");
        if killed(folder, &begins, after) {
            Checkpoint::read(&folder.join("c")).expect("a checkpoint is whole or not there");
        }
    }
    assert!(resumed > 0, "no kill left a checkpoint");
    let begins = if folder.join("c").exists() { "--resume" } else { "--checkpoint" };
    let last = run(folder, &[begins, "c", "--engine", "cpu", "--out", "parts.csv"]);
    assert!(last.status.success(), "{}", words(&last));
    assert_eq!(checksum(&last), checksum(&whole));
    for name in ["parts.csv", "parts-v.csv"] {
        let other = name.replace("parts", "whole");
        assert_eq!(read(&folder.join(name)).expect("a recording"), read(&folder.join(other)).expect("a recording"), "{name}");
    }
    let mut left: Vec<_> = std::fs::read_dir(folder).expect("listed").map(|e| e.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["kept.toml", "parts-v.csv", "parts.csv", "whole-v.csv", "whole.csv"], "checkpoint and leftovers are swept");
}

/// Interrupted as by Ctrl-C, a run tells how to go on.
#[test]
#[cfg(unix)]
fn what_was_interrupted_goes_on_and_what_is_damaged_or_of_another_run_is_refused() {
    let folder = folder();
    let folder = folder.path();
    let mut child = simulate(folder, &["--checkpoint", "c", "--engine", "cpu", "--out", "r.csv", "--bio-ms", "60000"])
        .spawn()
        .expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill is there").success());
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let bytes = std::fs::read(folder.join("c")).expect("a checkpoint");
    Checkpoint::from_bytes(&bytes).expect("whole");
    // Cut off anywhere, or with any bit changed.
    for i in 0..200 {
        let at = (i * 7919 * 31) % bytes.len();
        assert!(Checkpoint::from_bytes(&bytes[..at]).is_err(), "cut off after {at} bytes");
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (i % 8);
        assert!(Checkpoint::from_bytes(&changed).is_err(), "byte {at} changed");
    }
    let resume = |more: &[&str]| {
        let mut all = vec!["--resume", "c", "--engine", "cpu", "--out", "r.csv"];
        all.extend(more);
        run(folder, &all)
    };
    let cases: [(&[&str], &str); 5] = [
        (&["--bio-ms", "60000", "--seed", "2"], "seed: 1, not 2"),
        (&["--bio-ms", "50000"], "steps that are recorded: 600000, not 500000"),
        (&["--bio-ms", "60000", "--scale", "0.5"], "number of neurons: 2000, not 1000"),
        (&["--bio-ms", "60000", "--interval-ms", "1.4"], "given"),
        (&["--bio-ms", "60000", "--activity"], "leave it out"),
    ];
    for (more, expected) in cases {
        let output = resume(more);
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {words}");
        assert!(expected == "given" || words.contains(expected), "{more:?}: {words}");
    }
    let output = run(folder, &["--checkpoint", "c", "--out", "r.csv"]);
    assert!(output.status.code() == Some(2) && words(&output).contains("--resume c"), "{}", words(&output));
    let text =
        String::from_utf8_lossy(&bytes).replacen(&format!("checkpoint {}", env!("CARGO_PKG_VERSION")), "checkpoint 0.0.1", 1);
    assert!(Checkpoint::from_bytes(text.as_bytes()).expect_err("another version").contains("version 0.0.1"));
    std::fs::write(folder.join("c"), &bytes[..bytes.len() / 2]).expect("written");
    let output = resume(&["--bio-ms", "60000"]);
    assert!(output.status.code() == Some(2) && words(&output).contains("cut off or changed"), "{}", words(&output));
}
