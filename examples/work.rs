//! Prints what a step of the built-in workloads is made of on this machine's adapter: dispatches, workgroups, submissions, host time, bytes read
//! back of a recording.
//!
//! `cargo run --release --example work`

use spikewatt::Network;
use spikewatt::engine::gpu::{self, GpuEngine};
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::scenario::{Scale, load};

/// Biological time of each run, ms.
const BIO_MS: f64 = 100.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let adapter = gpu::choose(gpu::adapters(), None)?;
    let device = adapter.open()?;
    println!("{}\n", adapter.description.name);
    println!(
        "| workload | scale | way to run | dispatches per step | workgroups of an update | batches per submission | host us per step | bytes read back per spike |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, factor) in [
        ("membrane", 0.1),
        ("brunel", 1.0),
        ("microcircuit", 0.2),
        ("sheet", 0.2),
        ("cuba", 1.0),
        ("coba", 1.0),
        ("izhikevich", 1.0),
    ] {
        let network = Network::build(&load(name)?.scaled(Scale::Factor(factor))?)?;
        let steps = network.steps(BIO_MS);
        let mut engine = GpuEngine::new(network, &Options { record: true, ..Options::default() }, &adapter, &device)?;
        advance_quietly(&mut engine, steps)?;
        let (work, spikes) = (engine.work(), engine.take_spikes()?.len());
        println!(
            "| {name} | {factor} | {} | {:.2} | {} | {:.1} | {:.1} | {:.1} |",
            engine.gpu_plan().candidate,
            work.dispatches as f64 / steps as f64,
            engine.gpu_plan().workgroups(),
            work.batches as f64 / work.submissions as f64,
            work.host.as_secs_f64() * 1e6 / steps as f64,
            work.read_back as f64 / spikes.max(1) as f64
        );
    }
    Ok(())
}
