//! Promise: it runs for as long as it is asked to, in the same memory, to the same spikes.
//!
//! Seconds here; `SPIKEWATT_SOAK_S=1800 cargo test --release --test soak -- --nocapture` runs for half an hour on each engine.

mod common;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::scenario::{Scale, load};

/// Stretches of a soak: in each an engine is built, goes back to its saved state and on again until its time is over, and is dropped.
const STRETCHES: usize = 30;

/// Bytes of memory this process holds, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| 1024 * kib)
}

fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// One at a time: the memory is the process's.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn the_cpu_engine_stays_as_it_is() {
    soak("CPU engine", &|network| common::cpu(network, &Options::default()));
}

#[test]
fn an_adapter_stays_as_it_is() {
    soak("adapter", &|network| common::gpu(network, &Options::default()));
}

fn soak(name: &str, make: &dyn Fn(&Network) -> Box<dyn Engine>) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let seconds = std::env::var("SPIKEWATT_SOAK_S").ok().map_or(4.0, |s| s.parse::<f64>().expect("a number of seconds"));
    let stretch = Duration::from_secs_f64(seconds / STRETCHES as f64);
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.05)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let (mut memory, mut checksum, mut runs) = (Vec::new(), None, 0);
    for i in 0..STRETCHES {
        let begin = Instant::now();
        let mut engine = make(&network);
        advance_quietly(engine.as_mut(), 200).expect("advances");
        engine.save().expect("saves");
        let mut first = true;
        while first || begin.elapsed() < stretch {
            first = false;
            engine.restore().expect("restores");
            advance_quietly(engine.as_mut(), 300).expect("advances");
            let counts = engine.counts().expect("counts");
            assert!(counts.total_spikes() > 100, "{name}: {} spikes prove nothing", counts.total_spikes());
            assert_eq!(*checksum.get_or_insert(counts.checksum), counts.checksum, "{name}, stretch {i}");
            runs += 1;
        }
        drop(engine);
        memory.extend(resident_bytes());
    }
    println!("{name}: {runs} runs in {seconds} s, checksum {:016x} in every one", checksum.unwrap_or_default());
    if !memory.is_empty() {
        // The first stretches fill what is kept for later.
        let (early, late) = (median(&memory[5..15]), median(&memory[20..]));
        println!("{name}: {early} bytes early, {late} late");
        let slack = if seconds < 60.0 { 4 << 20 } else { 0 };
        assert!(late <= early + (early / 100).max(slack), "{name}: memory grows from {early} to {late} bytes: {memory:?}");
    }
}
