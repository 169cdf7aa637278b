//! `cargo bench --bench kernels`: the kernels one by one, on both engines, at sizes that take seconds. Throughput is in items: neuron
//! updates, synaptic events or random words per second.

#![allow(missing_docs, reason = "a program, not a library")]

use divan::Bencher;
use divan::counter::ItemsCount;
use glam::UVec4;
use spikewatt::engine::gpu::{self, GpuEngine};
use spikewatt::engine::plan::GpuPlan;
use spikewatt::engine::{Delivery, Engine, Options, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::network::random::{Purpose, key, threefry, threefry_wide};
use spikewatt::neuron::Role;
use spikewatt::scenario::{Distribution, Scale, load};

fn main() {
    divan::main();
}

fn network(name: &str, scale: Scale) -> Network {
    Network::build(&load(name).and_then(|s| s.scaled(scale)).expect("built in")).expect("a network")
}

fn on_adapter(network: Network, options: &Options) -> GpuEngine {
    let adapter = gpu::choose(gpu::adapters(), None).expect("an adapter; ./test installs a software one");
    let device = adapter.open().expect("opens");
    GpuEngine::new(network, options, &adapter, &device).expect("an engine")
}

/// Times steps of an engine after a start-up transient; `items` tells from the counts what is counted.
fn steps(bencher: Bencher<'_, '_>, mut engine: impl Engine, steps: u64, items: impl Fn(&spikewatt::engine::Counts) -> u64) {
    advance_quietly(&mut engine, 500).expect("advances");
    engine.save().expect("saves");
    advance_quietly(&mut engine, steps).expect("advances");
    let count = items(&engine.counts().expect("counts"));
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        engine.restore().expect("restores");
        advance_quietly(&mut engine, steps).expect("advances");
    });
}

/// As many random words as a fold over vectors makes, so that nothing else is timed.
struct RandomWords;

impl pulp::WithSimd for RandomWords {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> u32 {
        let key = divan::black_box(key(1, Purpose::Drive, 0));
        let mut all = simd.splat_u32s(0);
        for i in (0..RANDOM_WORDS).step_by(4 * S::U32_LANES) {
            for word in threefry_wide(simd, key, i as u32 / 4, 7) {
                all = simd.xor_u32s(all, word);
            }
        }
        bytemuck::cast_slice::<S::u32s, u32>(&[all])[0]
    }
}

const RANDOM_WORDS: usize = 64 * 1024;

#[divan::bench]
fn random_words(bencher: Bencher<'_, '_>) {
    let arch = pulp::Arch::new();
    bencher.counter(ItemsCount::new(RANDOM_WORDS)).bench(|| arch.dispatch(RandomWords));
}

/// The same one counter at a time, as synapses that are evaluated one by one draw theirs.
#[divan::bench]
fn random_words_one_by_one(bencher: Bencher<'_, '_>) {
    let key = divan::black_box(key(1, Purpose::Synapse, 0));
    let of = |i: usize| threefry(key, UVec4::new(i as u32, 7, 0, 0));
    bencher.counter(ItemsCount::new(RANDOM_WORDS)).bench(|| (0..RANDOM_WORDS / 4).fold(UVec4::ZERO, |all, i| all ^ of(i)));
}

#[divan::bench(sample_count = 10, args = ["membrane", "brunel", "microcircuit"])]
fn cpu_updates(bencher: Bencher<'_, '_>, name: &str) {
    let network = network(name, Scale::Neurons(20_000));
    let neurons = network.neurons();
    let engine = CpuEngine::new(network, &Options::default()).expect("an engine");
    steps(bencher, engine, 200, |c| neurons * c.steps);
}

/// What updates take at least: of few neurons, without synapses, all stepped, their state in registers for 16 steps.
#[divan::bench(sample_count = 10, args = ["cuba", "fly:sham", "assets/examples/fly-background.toml:ten-hz", "brunel", "microcircuit"])]
fn cpu_updates_alone(bencher: Bencher<'_, '_>, name: &str) {
    let mut scenario = load(name).and_then(|s| s.scaled(Scale::Neurons(20_000))).expect("there");
    scenario.projections.clear();
    scenario.stimuli.clear();
    // Without inhibition all would fire all the time.
    for p in &mut scenario.populations {
        let at = p.model.position(Role::Threshold).expect("a model with a threshold");
        p.parameters[at] = Distribution::Constant(1000.0);
    }
    let network = Network::build(&scenario).expect("a network");
    let neurons = network.neurons();
    let engine = CpuEngine::new(network, &Options { steps_all: true, ..Options::default() }).expect("an engine");
    steps(bencher, engine, 2000, |c| neurons * c.steps);
}

/// What synaptic events take at least on one thread: words that follow each other, input that fits the nearest cache.
#[divan::bench]
fn additions_near(bencher: Bencher<'_, '_>) {
    const PLACES: u32 = 4096;
    let words: Vec<u32> = (0..RANDOM_WORDS as u32).map(|i| (i.wrapping_mul(0x9E37_79B9) % PLACES) | ((i % 16) << 12)).collect();
    let (weights, mut input) = (divan::black_box([3i32; 16]), vec![0i32; PLACES as usize]);
    bencher.counter(ItemsCount::new(words.len())).bench_local(|| {
        for &word in &words {
            let place = (word & (PLACES - 1)) as usize;
            input[place] = input[place].wrapping_add(weights[(word >> 12) as usize]);
        }
    });
}

#[divan::bench(sample_count = 10, args = [("brunel", Delivery::Stored), ("brunel", Delivery::Procedural), ("sheet", Delivery::Procedural)])]
fn cpu_events(bencher: Bencher<'_, '_>, (name, delivery): (&str, Delivery)) {
    let engine =
        CpuEngine::new(network(name, Scale::Neurons(10_000)), &Options { delivery: Some(delivery), ..Options::default() });
    steps(bencher, engine.expect("an engine"), 200, |c| c.synaptic_events);
}

/// Work per event as a network is cut into more parts than there are threads: what is left of it on as many cores.
#[divan::bench(sample_count = 7, args = [("brunel", 1), ("brunel", 2), ("brunel", 4), ("brunel", 8), ("brunel", 16), ("microcircuit", 1), ("microcircuit", 2), ("microcircuit", 4), ("microcircuit", 8), ("microcircuit", 16)])]
fn cpu_partitions(bencher: Bencher<'_, '_>, (name, partitions): (&str, usize)) {
    let options = Options { partitions: Some(partitions), ..Options::default() };
    let engine = CpuEngine::new(network(name, Scale::Factor(1.0)), &options).expect("an engine");
    steps(bencher, engine, 1000, |c| c.synaptic_events);
}

/// The best candidate of each strategy.
#[divan::bench(sample_count = 5, args = [0, 1, 2, 3, 4, 5])]
fn adapter_events(bencher: Bencher<'_, '_>, which: usize) {
    let adapter = gpu::choose(gpu::adapters(), None).expect("an adapter; ./test installs a software one");
    let network = network("brunel", Scale::Factor(0.2));
    let strategy = spikewatt::engine::plan::Strategy::ALL[which];
    let best = GpuPlan::candidates(&network, &Options::default(), &adapter.limits())
        .into_iter()
        .map(|(candidate, _)| candidate)
        .find(|c| c.strategy == strategy && GpuPlan::with(&network, &Options::default(), &adapter.limits(), *c).is_ok());
    let Some(candidate) = best else { return };
    println!("{candidate}");
    let engine = on_adapter(network, &Options { candidate: Some(candidate), ..Options::default() });
    steps(bencher, engine, 150, |c| c.synaptic_events);
}

#[divan::bench(sample_count = 5)]
fn adapter_updates(bencher: Bencher<'_, '_>) {
    let network = network("membrane", Scale::Neurons(100_000));
    let neurons = network.neurons();
    steps(bencher, on_adapter(network, &Options::default()), 160, |c| neurons * c.steps);
}
