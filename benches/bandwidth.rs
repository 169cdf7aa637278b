//! `cargo bench --bench bandwidth`: membrane updates on the CPU engine against a plain parallel copy of memory, alternating.
//!
//! A step of N neurons has to load and store N potentials: 8 bytes per update, as a copy of N words loads and stores them. A batch of
//! steps does so once, so its effective rate (8 bytes times updates per second) may even pass that of the copy.

#![allow(missing_docs, reason = "a program, not a library")]

use std::time::Instant;

use rayon::prelude::*;
use spikewatt::engine::{Options, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::scenario::{Scale, load};

const NEURONS: u64 = 10_000_000;
const ROUNDS: usize = 7;

fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}

fn main() {
    let scenario = load("membrane").and_then(|s| s.scaled(Scale::Neurons(NEURONS))).expect("built in");
    let network = Network::build(&scenario).expect("a network");
    let mut engines: Vec<(&str, CpuEngine, u64)> = [("1 step per batch", 1), ("16 steps per batch", 16)]
        .into_iter()
        .map(|(name, batch)| {
            let options = Options { batch: Some(batch), ..Options::default() };
            (name, CpuEngine::new(network.clone(), &options).expect("an engine"), 16)
        })
        .collect();
    // As many words as a copy needs to touch as much memory as the potentials fill.
    let source = vec![1u32; NEURONS as usize];
    let mut target = vec![0u32; NEURONS as usize];
    let chunk = (NEURONS as usize).div_ceil(rayon::current_num_threads());
    let mut copied = Vec::new();
    let mut updated = vec![Vec::new(); engines.len()];
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..8 {
            target.par_chunks_mut(chunk).zip(source.par_chunks(chunk)).for_each(|(t, s)| t.copy_from_slice(s));
            std::hint::black_box(&mut target);
        }
        copied.push(8.0 * 8.0 * NEURONS as f64 / begin.elapsed().as_secs_f64());
        for ((_, engine, steps), rates) in engines.iter_mut().zip(&mut updated) {
            let begin = Instant::now();
            advance_quietly(engine, *steps).expect("advances");
            rates.push(8.0 * (NEURONS * *steps) as f64 / begin.elapsed().as_secs_f64());
        }
    }
    let copy = median(copied);
    println!("{NEURONS} neurons, {} threads, medians of {ROUNDS}", rayon::current_num_threads());
    println!("{:<40} {:>6.2} GB/s", "parallel copy", copy * 1e-9);
    for ((name, _, _), rates) in engines.iter().zip(updated) {
        let rate = median(rates);
        println!(
            "{:<40} {:>6.2} GB/s  {:>4.0} % of the copy",
            format!("membrane, {name}, 8 B per update"),
            rate * 1e-9,
            100.0 * rate / copy
        );
    }
}
