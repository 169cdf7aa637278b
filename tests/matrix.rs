//! Every implementation that is there gives the checksums that are written down in `tests/data/checksums.toml`: a driver that miscompiles does
//! not pass, and neither does a change that nobody meant.
//!
//! `SPIKEWATT_RENEW=1 cargo test --test matrix` writes them anew, for a workload that has a new version. With `SPIKEWATT_FULL=1`
//! every adapter runs every workload in three ways, else the first in two and others in one, and the CPU engine in six, else in
//! three; `scripts/matrix` does all, on SwiftShader too.

mod common;

use std::fmt::Write;

use spikewatt::engine::cpu::CpuEngine;
use spikewatt::engine::gpu::{FoundAdapter, GpuEngine, adapters};
use spikewatt::engine::{Delivery, Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::scenario::{Scale, catalog, load};

use common::workloads::{FILE, Workload, known, network};

const HEAD: &str = "# Spikes and checksums that every implementation must give (tests/matrix.rs). `SPIKEWATT_RENEW=1 cargo test --test matrix`\n\
                    # writes them anew: only for a workload whose version has changed.\n";

/// What an engine counts.
fn counted(engine: &mut dyn Engine, workload: &Workload) -> (u64, String) {
    let steps = engine.network().steps(workload.bio_ms);
    advance_quietly(engine, steps).expect("advances");
    let counts = engine.counts().expect("counts");
    (counts.total_spikes(), format!("{:016x}", counts.checksum))
}

#[track_caller]
fn holds(engine: &mut dyn Engine, workload: &Workload, how: &str) {
    let (spikes, checksum) = counted(engine, workload);
    let (scenario, version, plan) = (&workload.scenario, workload.version, engine.plan().line);
    assert_eq!((spikes, &checksum), (workload.spikes, &workload.checksum), "{scenario} version {version} on {how}: {plan}");
}

fn parts(n: usize) -> Options {
    Options { partitions: Some(n), ..Options::default() }
}

#[test]
fn the_cpu_engine_gives_the_checksums_that_are_written_down() {
    if std::env::var_os("SPIKEWATT_RENEW").is_some() {
        let mut text = HEAD.to_owned();
        for mut w in known() {
            let network = network(&w);
            w.version = network.scenario.version;
            (w.spikes, w.checksum) = counted(common::cpu(&network, &parts(2)).as_mut(), &w);
            let Workload { scenario, version, factor, bio_ms, spikes, checksum } = w;
            write!(
                text,
                "\n[[workload]]\nscenario = \"{scenario}\"\nversion = {version}\nfactor = {factor:?}\nbio_ms = {bio_ms:?}\nspikes = {spikes}\nchecksum = \"{checksum}\"\n"
            )
            .expect("a text grows");
        }
        std::fs::write(FILE, text).expect("written");
    }
    let full = common::full();
    for (i, w) in known().into_iter().enumerate() {
        let network = network(&w);
        assert_eq!(network.scenario.version, w.version, "{}: a new version has new checksums (SPIKEWATT_RENEW=1)", w.scenario);
        assert!(w.spikes > 50, "{}: {} spikes prove nothing", w.scenario, w.spikes);
        for (k, (how, options)) in [
            ("one part", parts(1)),
            ("two parts", parts(2)),
            ("seven parts", parts(7)),
            // As many neurons as an AVX2 register holds, and one at a time.
            ("vectors of eight", Options { lanes: Some(8), ..parts(2) }),
            ("one neuron at a time", Options { lanes: Some(1), ..parts(2) }),
            (
                "seven parts, one step per batch, procedural",
                Options { batch: Some(1), delivery: Some(Delivery::Procedural), ..parts(7) },
            ),
        ]
        .into_iter()
        .enumerate()
        {
            // By default every other way, and of the next workload those between.
            if !full && (i + k) % 2 == 1 {
                continue;
            }
            // Synapses that are data are stored.
            let procedural = options.delivery.is_some();
            let mut engine = match CpuEngine::new(network.clone(), &options) {
                Err(spikewatt::Error::Asked(_)) if procedural => continue,
                engine => engine.expect("the CPU engine"),
            };
            holds(&mut engine, &w, &format!("the CPU engine, {how}"));
        }
    }
}

/// Every scenario that promises equal spikes and needs no data is there.
#[test]
fn every_exact_scenario_has_its_checksum() {
    let known = known();
    for entry in catalog().iter().filter(|entry| entry.data.is_none()) {
        let scenario = load(entry.name).expect("built in");
        let small = scenario.scaled(Scale::Factor(0.05)).unwrap_or_else(|_| load(entry.name).expect("built in"));
        let exact = Network::build(&small).expect("a network").class() == spikewatt::neuron::Class::Exact;
        let written = known.iter().any(|w| w.scenario == entry.name);
        assert_eq!(written, exact, "{}", entry.name);
    }
}

/// Whatever this machine lists: Mesa's llvmpipe through Vulkan and through OpenGL, SwiftShader, a GPU.
#[test]
fn every_adapter_gives_the_checksums_that_are_written_down() {
    let found = adapters();
    assert!(
        !found.is_empty(),
        "no adapter is there; ./test installs a software one (Debian: apt-get install mesa-vulkan-drivers)"
    );
    // At once: while one compiles, another computes.
    std::thread::scope(|scope| {
        for (a, adapter) in found.iter().enumerate() {
            scope.spawn(move || every_workload_on(adapter, a));
        }
    });
}

/// Every workload on one of the adapters, by its number.
fn every_workload_on(adapter: &FoundAdapter, a: usize) {
    let device = adapter.open().expect("the adapter opens");
    let name = format!("{} ({})", adapter.description.name, adapter.description.backend);
    println!("{name}");
    // What every adapter may be asked for; the device refuses to give more.
    let least = adapter.within_guaranteed_limits();
    let least_device = least.open().expect("the adapter opens");
    for (i, w) in known().into_iter().enumerate() {
        let network = network(&w);
        let tight = Options {
            max_binding_bytes: Some(1 << 20),
            workgroup_size: Some(32),
            batches_per_submission: Some(1),
            // Ring buffers of as few rows as there may be.
            batch: Some(1),
            ..Options::default()
        };
        let mut ways = vec![
            ("as planned", adapter, &device, Options::default()),
            ("within WebGPU's guaranteed limits", &least, &least_device, Options::default()),
            ("small shards and workgroups", adapter, &device, tight),
        ];
        if !common::full() {
            // The last two take turns from workload to workload; on further adapters all three.
            if a == 0 {
                ways.remove(1 + i % 2);
            } else {
                ways = vec![ways.swap_remove((i + a) % 3)];
            }
        }
        for (how, adapter, device, options) in ways {
            let mut engine = match GpuEngine::new(network.clone(), &options, adapter, device) {
                Ok(engine) => engine,
                // A network that such small shards cannot hold is no fault of the adapter.
                Err(spikewatt::Error::TooBig(_)) if options.workgroup_size.is_some() => continue,
                Err(e) => panic!("{} on {name}, {how}: {e}", w.scenario),
            };
            holds(&mut engine, &w, &format!("{name}, {how}"));
            println!("  {} {how}: {}", w.scenario, w.checksum);
        }
    }
}
