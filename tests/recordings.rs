//! Promise: what is recorded can be read elsewhere, as the documentation says; and what is analysed is what was simulated.

#[path = "common/python.rs"]
mod python;

use std::path::Path;
use std::process::{Command, Output};

fn spikewatt(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(arguments).current_dir(folder).output().expect("runs")
}

#[test]
fn the_documented_python_example_reads_what_was_recorded() {
    let text = include_str!("../docs/recording.md");
    let code = text.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["brunel.npz", "brunel.parquet", "brunel.csv", "brunel.dat"] {
        let arguments = ["simulate", "brunel", "--scale", "0.1", "--bio-ms", "200", "--engine", "cpu", "--quiet", "--out", file];
        let output = spikewatt(folder.path(), &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::write(folder.path().join("example.py"), code).expect("written");
    let output = Command::new(python::python()).arg("example.py").current_dir(folder.path()).output().expect("runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success(), "{err}");
    // The rates are those that `analyse` finds, in any format.
    for file in ["brunel.npz", "brunel.parquet", "brunel.csv", "brunel.dat"] {
        let output = spikewatt(folder.path(), &["analyse", file, "--json", "-"]);
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        let analysis: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for population in analysis["populations"].as_array().expect("populations") {
            let (name, spikes) = (population["name"].as_str().expect("a name"), population["spikes"].as_u64().expect("a number"));
            let line = format!("{name} {spikes} {:.3} Hz", population["rate_hz"].as_f64().expect("a rate"));
            assert!(spikes > 100 && out.lines().any(|l| l == line), "{file}: no line \"{line}\" in:\n{out}");
        }
    }
}

/// Potentials beside spikes, of chosen neurons at chosen times.
#[test]
fn potentials_are_recorded_beside_spikes() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "simulate",
        "cuba",
        "--bio-ms",
        "50",
        "--transient-ms",
        "10",
        "--interval-ms",
        "0.5",
        "--record",
        "spikes:I",
        "--record",
        "v:E:0-2,7",
        "--engine",
        "cpu",
        "--out",
        "cuba.csv",
    ];
    let output = spikewatt(folder.path(), &arguments);
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("cuba-v.csv: 400 potentials"), "{out}");
    let potentials = std::fs::read_to_string(folder.path().join("cuba-v.csv")).expect("a file");
    let rows: Vec<&str> = potentials.lines().skip(2).collect();
    assert_eq!((rows.len(), rows[0].split(',').take(3).collect::<Vec<_>>()), (400, vec!["10.5", "E", "0"]));
    let spikes = std::fs::read_to_string(folder.path().join("cuba.csv")).expect("a file");
    assert!(spikes.lines().skip(2).count() > 10 && spikes.lines().skip(2).all(|l| l.split(',').nth(1) == Some("I")));
    let output = spikewatt(folder.path(), &["analyse", "cuba-v.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("a recording of potentials"));
}
