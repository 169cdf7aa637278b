//! Kept results, and the program run on them.

#![allow(dead_code, reason = "every test file is a program of its own and uses its own share of this")]

use std::path::Path;
use std::process::{Command, Output};

use spikewatt::result::{RunResult, read};

pub(crate) const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/results");

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(arguments).current_dir(folder).output().expect("runs")
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

pub(crate) fn newest() -> RunResult {
    read(&Path::new(KEPT).join("version-5.json")).expect("a result")
}

pub(crate) fn write(folder: &Path, name: &str, result: &RunResult) -> String {
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_string(result).expect("JSON")).expect("writes");
    path.display().to_string()
}
