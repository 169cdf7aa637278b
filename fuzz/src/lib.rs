//! What is done with malformed input: every reader of the program that takes a file of a user. A case fails if it panics, takes longer than
//! libFuzzer's limit, or needs more memory than its size allows.

mod memory;

use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

use spikewatt::energy::{CsvLog, Scope};
use spikewatt::engine::cpu::CpuEngine;
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::recording::Checkpoint;
use spikewatt::{recording, result, scenario};
use twox_hash::XxHash3_128;

/// Bytes that a case may need whatever its size, and for each of its own.
const ROOM: usize = 64 << 20;
const PER_BYTE: usize = 4096;

/// Runs a case within its bound of memory.
pub fn check(bytes: &[u8], target: fn(&[u8])) {
    static HOOK: Once = Once::new();
    // Panics of the Parquet library are caught by who calls it: the fuzzer's hook, which ends the process, is not to see them.
    HOOK.call_once(|| {
        let fuzzers = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.location().is_some_and(|at| at.file().contains("/parquet-")) {
                fuzzers(info);
            }
        }));
    });
    memory::begin();
    target(bytes);
    let (most, allowed) = (memory::most(), ROOM + PER_BYTE * bytes.len());
    assert!(most <= allowed, "{} bytes took {most} bytes of memory, more than {allowed}", bytes.len());
}

/// A file of this process, in memory where the system has a place for that.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let base = if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
        let folder = base.join(format!("spikewatt-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    });
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// A file of one of some kinds, the first byte's.
fn file_of(kinds: &[&str], bytes: &[u8]) -> Option<PathBuf> {
    let (kind, rest) = bytes.split_first()?;
    Some(file(&format!("case.{}", kinds[*kind as usize % kinds.len()]), rest))
}

/// A description of a network.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(e) = scenario::parse("case.toml", text, None) {
        assert!(!e.to_string().is_empty());
    }
}

/// A description of a small network, which must run alike in one part and in three, resting or not, or say why it does not.
pub fn scenario_runs(bytes: &[u8]) {
    const MOST: u64 = 2_000;
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scenario) = scenario::parse("case.toml", text, None) else { return };
    if scenario.populations.iter().map(|p| u64::from(p.size)).sum::<u64>() > MOST {
        return;
    }
    if Network::build(&scenario).is_ok_and(|network| network.synapses() > 100 * MOST) {
        return;
    }
    let ways = [Options { partitions: Some(1), ..Options::default() }, Options { partitions: Some(3), steps_all: true, ..Options::default() }];
    let ends = ways.map(|options| {
        let network = Network::build(&scenario).map_err(|e| e.to_string())?;
        let mut engine = CpuEngine::new(network, &options).map_err(|e| e.to_string())?;
        advance_quietly(&mut engine, 40).map_err(|e| e.to_string())?;
        engine.counts().map(|counts| (counts.checksum, counts.synaptic_events)).map_err(|e| e.to_string())
    });
    match ends {
        [Ok(one), Ok(three)] => assert_eq!(one, three, "the same spikes in one part and in three"),
        [one, three] => assert_eq!(one.is_ok(), three.is_ok(), "{one:?} and {three:?}"),
    }
}

/// A list of synapses: CSV, CSV compressed, Parquet.
pub fn edge_list(bytes: &[u8]) {
    let Some(path) = file_of(&["csv", "parquet", "csv.gz"], bytes) else { return };
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let text = format!(
        "name = \"case\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"A\"\nsize = 50\nmodel = \"lif_psc_delta\"\nparameters = {{ c_m_pf = 250.0, tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }}\n\n[[projection]]\nsource = \"A\"\ntarget = \"A\"\nrule = \"edge_list\"\nfile = \"{name}\"\n"
    );
    let _ = scenario::load(&file("edges.toml", text.as_bytes()).to_string_lossy());
}

/// A recording: CSV, Parquet, NumPy's archive, NEST's columns.
pub fn recording(bytes: &[u8]) {
    let Some(path) = file_of(&["csv", "parquet", "npz", "dat"], bytes) else { return };
    let _ = recording::read(&path);
}

/// A result.
pub fn result(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(result) = result::from_json(text) {
        let page = spikewatt::report::of_run(&result, &|_| String::new(), text);
        assert!(!page.markdown().is_empty());
        let _ = page.html();
        let _ = (spikewatt::report::junit(&result), spikewatt::report::prometheus(&result));
    }
}

/// How a checkpoint of this version begins.
static HEAD: OnceLock<Vec<u8>> = OnceLock::new();

fn head() -> Vec<u8> {
    let own = include_str!("../../Cargo.toml");
    let version = own.lines().find_map(|line| line.strip_prefix("version = ")).expect("a version").trim_matches('"');
    format!("spikewatt checkpoint {version} ").into_bytes()
}

/// A checkpoint whose length and hash are right, so that what it holds is read.
pub fn checkpoint(bytes: &[u8]) {
    let _ = Checkpoint::from_bytes(bytes);
    let Some(body) = bytes.iter().position(|byte| *byte == b'\n').map(|end| &bytes[end + 1..]) else { return };
    let mut sealed = format!("{} {:032x}\n", body.len(), XxHash3_128::oneshot(body)).into_bytes();
    sealed.splice(..0, HEAD.get_or_init(head).iter().copied());
    sealed.extend_from_slice(body);
    let _ = Checkpoint::from_bytes(&sealed);
}

/// A neuron model of a user, in WGSL behind a header.
pub fn user_model(bytes: &[u8]) {
    file("case.wgsl", bytes);
    let text = "name = \"case\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"A\"\nsize = 50\nmodel = \"case.wgsl\"\nparameters = {}\n";
    let _ = scenario::load(&file("model.toml", text.as_bytes()).to_string_lossy());
}

/// A log of an external meter.
pub fn meter_log(bytes: &[u8]) {
    let _ = CsvLog::open(&file("case.csv", bytes), Scope::Wall);
}
