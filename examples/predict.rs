//! Prints what the cost model expects of GPUs: real-time factor and joules per synaptic event of the built-in workloads, to be held against
//! measurements. Rates and events are those of a run on the CPU engine.
//!
//! `cargo run --release --example predict`

use spikewatt::Network;
use spikewatt::engine::cpu::CpuEngine;
use spikewatt::engine::plan::{GpuPlan, known_devices};
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::scenario::{Scale, load};

/// Biological time after which activity is counted, and for how long, ms.
const TRANSIENT_MS: f64 = 100.0;
const COUNTED_MS: f64 = 100.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| workload | neurons | rate, Hz | events per s | device | way to run | dispatches per step | workgroups | us per step | RTF | nJ per event at expected, at most power |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, factor) in [
        ("microcircuit", 1.0),
        ("microcircuit:dc", 1.0),
        ("brunel", 1.0),
        ("cuba", 1.0),
        ("sheet", 1.0),
        ("membrane", 1.0),
        ("membrane", 16.0),
    ] {
        let network = Network::build(&load(name)?.scaled(Scale::Factor(factor))?)?;
        let mut engine = CpuEngine::new(network.clone(), &Options::default())?;
        advance_quietly(&mut engine, network.steps(TRANSIENT_MS))?;
        engine.save()?;
        engine.restore()?;
        advance_quietly(&mut engine, network.steps(COUNTED_MS))?;
        let counts = engine.counts()?;
        let spikes: u64 = counts.spikes.iter().sum();
        let rate_hz = spikes as f64 / network.neurons() as f64 / COUNTED_MS * 1e3;
        let events = counts.synaptic_events as f64 / COUNTED_MS * 1e3;
        for device in known_devices() {
            let Ok(plan) = GpuPlan::new(&network, &Options::default(), &device.limits) else {
                println!(
                    "| {name} | {} | {rate_hz:.1} | {events:.2e} | {} | does not fit | | | | | |",
                    network.neurons(),
                    device.name
                );
                continue;
            };
            let us = plan.estimate(&network, &device.limits, rate_hz).total_us();
            let rtf = us / (network.scenario.dt_ms * 1e3);
            let each = |watts: f64| if events > 0.0 { format!("{:.1}", watts * rtf / events * 1e9) } else { "-".into() };
            println!(
                "| {name} | {} | {rate_hz:.1} | {events:.2e} | {} | {} | {:.2} | {} | {us:.1} | {rtf:.3} | {}, {} |",
                network.neurons(),
                device.name,
                plan.candidate,
                plan.dispatches_per_step(),
                plan.workgroups(),
                each(device.watts.0),
                each(device.watts.1)
            );
        }
    }
    Ok(())
}
