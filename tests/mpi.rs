//! Promise: processes that `mpirun` starts have the spikes of one, and what goes wrong in one of them ends all, in words.
//!
//! `./test --mpi` runs this; it needs MPI (Debian: libopenmpi-dev openmpi-bin libclang-dev), and is left out without the feature.

#![cfg(feature = "mpi")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spikewatt");

/// A command that starts so many processes; more than there are cores, and as root, where that is so.
fn mpirun(folder: &Path) -> Command {
    let mut command = Command::new("mpirun");
    for (name, value) in [
        ("OMPI_ALLOW_RUN_AS_ROOT", "1"),
        ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
        ("OMPI_MCA_rmaps_base_oversubscribe", "1"),
        ("OMPI_MCA_mpi_yield_when_idle", "1"),
        // No mechanism that containers forbid.
        ("OMPI_MCA_btl_vader_single_copy_mechanism", "none"),
    ] {
        command.env(name, value);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn fine(out: &Output) -> String {
    let (said, wrong) = (text(&out.stdout), text(&out.stderr));
    assert!(out.status.success(), "{}\n{said}\n{wrong}", out.status);
    said
}

/// Scenarios of all kinds against the CPU engine with one partition and procedural synapses.
#[test]
fn processes_have_the_spikes_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = ["brunel", "microcircuit:dc", "sheet", "cuba", "coba", "coffee", "fly:sham"];
    // Synapses that are data are stored.
    for (ranks, ways, scenarios) in [("2", &[][..], &all[..]), ("3", &["--synapses", "procedural"][..], &all[..6])] {
        let mut command = mpirun(folder.path());
        command.args(["-n", ranks, PROGRAM, "verify", "--bio-ms", "50"]).args(scenarios).args(ways);
        let said = fine(&command.output().expect("mpirun runs"));
        assert_eq!(said.matches(": EQUAL").count(), scenarios.len(), "{said}");
        assert!(said.contains(&format!("{ranks} ranks on ")), "{said}");
    }
    // One of them on an adapter.
    let mut command = mpirun(folder.path());
    command.args(["-n", "1", PROGRAM, "verify", "brunel", "cuba", "--bio-ms", "50", ":"]);
    command.args(["-n", "1", PROGRAM, "verify", "brunel", "cuba", "--bio-ms", "50", "--engine", "gpu"]);
    let said = fine(&command.output().expect("mpirun runs"));
    assert_eq!(said.matches(": EQUAL").count(), 2, "{said}");
    // While the next batch runs; the leader says so for all.
    let mut command = mpirun(folder.path());
    command.args(["-n", "1", PROGRAM, "verify", "brunel", "sheet", "--bio-ms", "50", "--overlap", ":"]);
    command.args(["-n", "2", PROGRAM, "verify", "brunel", "sheet", "--bio-ms", "50"]);
    let said = fine(&command.output().expect("mpirun runs"));
    assert_eq!(said.matches(": EQUAL").count(), 2, "{said}");
    // Over sockets, as between hosts.
    let mut command = mpirun(folder.path());
    let said = fine(
        &command.args(["-n", "2", "--mca", "btl", "tcp,self", PROGRAM, "verify", "brunel", "larva"]).output().expect("runs"),
    );
    assert_eq!(said.matches(": EQUAL").count(), 2, "{said}");
}

#[test]
fn a_recording_of_several_processes_is_that_of_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulate = ["simulate", "brunel", "--bio-ms", "200", "--record", "spikes", "--engine", "cpu", "--quiet", "--out"];
    fine(&Command::new(PROGRAM).current_dir(&folder).args(simulate).arg("one.csv").output().expect("runs"));
    let mut command = mpirun(folder.path());
    fine(&command.args(["-n", "3", PROGRAM]).args(simulate).arg("three.csv").output().expect("runs"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a recording");
    assert!(read("one.csv").lines().count() > 1000 && read("one.csv") == read("three.csv"));
}

#[test]
fn processes_that_are_not_alike_are_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = |seed: &'static str| ["-n", "1", PROGRAM, "bench", "brunel", "--scale", "0.1", "--repeat", "1", "--seed", seed];
    let out = mpirun(folder.path()).args(bench("1")).arg(":").args(bench("2")).output().expect("runs");
    let wrong = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{wrong}");
    assert!(wrong.contains("rank 1 on ") && wrong.contains("seed 2") && wrong.contains("on all ranks"), "{wrong}");
    assert_eq!(wrong.matches("start the same program").count(), 1, "said once: {wrong}");
    assert!(!folder.path().join("spikewatt-result.json").exists(), "nothing is written");
    // One that cannot read what it was started for tells why.
    let missing = ["-n", "1", PROGRAM, "bench", "nowhere.toml"];
    let out = mpirun(folder.path()).args(bench("1")).arg(":").args(missing).output().expect("runs");
    assert!(out.status.code() == Some(2) && text(&out.stderr).contains("rank 1 on "), "{}", text(&out.stderr));
}

/// The processes of a program that a child has started.
fn started_by(child: &Child) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        if parent == Some(child.id()) && stat.contains("(spikewatt)") {
            found.push(id);
        }
    }
    found.sort_unstable();
    found
}

/// A rank that is killed ends the run, which says so; what was complete is kept.
#[test]
fn a_rank_that_is_killed_ends_the_run_and_what_was_complete_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("spikewatt-result.json");
    let mut command = mpirun(folder.path());
    command.args(["-n", "3", PROGRAM, "bench", "brunel", "coffee", "--scale", "0.1", "--repeat", "20", "--plain"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mpirun starts");
    let complete = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains("\"complete\""));
    let until = Instant::now() + Duration::from_secs(120);
    while !complete() {
        assert!(
            Instant::now() < until && child.try_wait().expect("waits").is_none(),
            "the first workload was not complete in time"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let ranks = started_by(&child);
    assert_eq!(ranks.len(), 3, "three processes");
    let killed = Command::new("kill").args(["-9", &ranks[1].to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let until = Instant::now() + Duration::from_secs(60);
    while child.try_wait().expect("waits").is_none() {
        assert!(Instant::now() < until, "the run did not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    let out = child.wait_with_output().expect("ends");
    let wrong = text(&out.stderr) + &text(&out.stdout);
    assert!(!out.status.success() && wrong.contains("rank 1"), "{wrong}");
    let kept = std::fs::read_to_string(&file).expect("a result");
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("a whole result");
    assert_eq!(kept["workloads"][0]["scenario"], "brunel");
    assert_eq!(kept["workloads"].as_array().map(Vec::len), Some(1), "the second was not complete");
}

/// Two hosts, as far as their names tell, each with a meter of its own: the joules of both are told, and of one meter once.
#[test]
fn the_meters_of_all_hosts_are_added_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = |watts: u32| {
        format!(
            "exec {PROGRAM} bench brunel --scale 0.1 --profile quick --plain --meter-command 'while echo {watts}; do sleep 0.02; done'"
        )
    };
    let power_w = |name: &str| {
        let result = std::fs::read_to_string(folder.path().join("spikewatt-result.json")).expect("a result");
        let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
        let energy = &result["workloads"][0]["energy"];
        assert!(result["meter"]["name"].as_str().is_some_and(|meter| meter.contains(name)), "{}", result["meter"]);
        energy["power_w"]["value"].as_f64().unwrap_or_else(|| panic!("{energy}"))
    };
    // On one host the first rank reads it for both.
    let mut command = mpirun(folder.path());
    fine(&command.args(["-n", "2", "sh", "-c", &bench(30)]).output().expect("runs"));
    let alone = power_w("echo 30");
    assert!((alone - 30.0).abs() < 0.5, "{alone} W");

    let on = |host: &str, watts: u32| {
        let script = format!("hostname {host}; {}", bench(watts));
        ["-n", "1", "unshare", "--map-root-user", "--uts", "sh", "-c", &script].map(str::to_owned)
    };
    let mut command = mpirun(folder.path());
    let said = fine(&command.args(on("one", 30)).arg(":").args(on("two", 50)).output().expect("runs"));
    let both = power_w("sum of while echo 30");
    assert!((both - 80.0).abs() < 1.5, "{both} W\n{said}");
    // Meters that see different things are not added.
    let mut command = mpirun(folder.path());
    let different = on("two", 50).map(|word| word.replace("--plain", "--plain --meter-scope board"));
    let said = fine(&command.args(on("one", 30)).arg(":").args(different).output().expect("runs"));
    assert!(said.contains("rank 1 on two") && !said.contains(" J "), "{said}");
}
