//! Promise: a scenario that is accepted has one checksum on every engine, or is refused in words.
//!
//! Scenarios are generated: sizes from one neuron up, time steps, delays, rules, drives and plasticity in all combinations. The fuzzer
//! (`scripts/fuzz scenario_runs`) does the same with engines of the processor, for half a million texts.

mod common;

use common::ranks::with_ranks;
use common::{delta_population, exp_population, projection};
use spikewatt::engine::ranks::RankedEngine;
use spikewatt::engine::{Counts, Delivery, Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::scenario::parse;
use spikewatt::{Error, Result};

const STEPS: u64 = 300;

/// A scenario by its number.
fn scenario(number: u64) -> String {
    let mut draw = fastrand::Rng::with_seed(number);
    let dt_ms = [0.1, 0.25, 1.0][draw.usize(..3)];
    let mut text = format!("name = \"generated\"\nversion = 1\ndt_ms = {dt_ms:?}\nseed = {number}\n\n");
    let exp = draw.bool();
    let names = ["A", "B", "C"];
    let sizes: Vec<u32> = names[..draw.usize(1..4)].iter().map(|_| [1, 7, 100, 256, 257, 700][draw.usize(..6)]).collect();
    for (name, size) in names.iter().zip(&sizes) {
        let rate_hz = [0.0, 900.0, 12_000.0][draw.usize(..3)];
        text += &match exp {
            true => exp_population(name, *size, [0.5, 3.0, 40.0][draw.usize(..3)], rate_hz, 90.0),
            false => delta_population(name, *size, [0.0, 2.0][draw.usize(..2)], rate_hz, 1.1),
        };
    }
    if draw.bool() {
        text += "[[population]]\nname = \"S\"\nsize = 30\nmodel = \"poisson_source\"\nparameters = { rate_hz = 300.0 }\n\n";
        let weight = if exp { "weight_pa = 400.0" } else { "weight_mv = 4.0" };
        text += &projection("S", "A", &format!("rule = \"fixed_outdegree\"\noutdegree = 20\n{weight}\ndelay_ms = 1.0"));
    }
    for _ in 0..draw.usize(..4) {
        let (source, target) = (draw.usize(..sizes.len()), draw.usize(..sizes.len()));
        let rule = [
            "rule = \"fixed_indegree\"\nindegree = 12",
            "rule = \"fixed_outdegree\"\noutdegree = 9",
            "rule = \"fixed_total_number\"\nnumber = 2000",
            "rule = \"pairwise_bernoulli\"\nprobability = 0.05",
            "rule = \"all_to_all\"",
        ][draw.usize(..5)];
        let size = [0.4, 20.0][draw.usize(..2)] * if draw.bool() { 1.0 } else { -1.0 };
        let weight = if exp { format!("weight_pa = {:?}", 10.0 * size) } else { format!("weight_mv = {:?}", 0.1 * size) };
        let delay = [
            format!("delay_ms = {dt_ms:?}"),
            format!("delay_ms = {:?}", 20.0 * dt_ms),
            format!("delay_ms = {{ distribution = \"uniform\", min = {:?}, max = {:?} }}", 2.0 * dt_ms, 40.0 * dt_ms),
        ];
        let short_term = ["", "\nshort_term = { u = 0.5, tau_rec_ms = 80.0, tau_fac_ms = 0.0 }"][usize::from(draw.u8(..4) == 0)];
        let rest = format!("{rule}\n{weight}\n{}{short_term}", delay[draw.usize(..3)]);
        text += &projection(names[source], names[target], &rest);
    }
    text
}

fn counts(mut engine: Box<dyn Engine>) -> Result<Counts> {
    advance_quietly(engine.as_mut(), STEPS)?;
    engine.counts()
}

/// What two ranks count.
fn ranked(network: &Network) -> Result<Counts> {
    with_ranks(2, std::slice::from_ref(network), &|_| Options::default(), |joined| {
        counts(Box::new(RankedEngine::new(joined, network.clone(), &Options::default())?))
    })
}

#[test]
fn what_is_accepted_has_one_checksum_on_every_engine() {
    let (mut accepted, mut spoke) = (0, 0);
    for number in 0..40 {
        let text = scenario(number);
        let built = parse("generated.toml", &text, None).and_then(|s| Network::build(&s));
        let network = match built {
            Ok(network) => network,
            // In words, with what to do.
            Err(e @ (Error::Scenario { .. } | Error::Input(_))) => {
                assert!(e.to_string().len() > 30, "{e}");
                continue;
            }
            Err(e) => panic!("{e}\n{text}"),
        };
        accepted += 1;
        let one = counts(common::cpu(&network, &Options { partitions: Some(1), ..Options::default() }));
        spoke += usize::from(one.as_ref().is_ok_and(|c| c.total_spikes() > 0));
        let same = |how: &str, other: Result<Counts>| match (&one, &other) {
            (Ok(one), Ok(other)) => assert_eq!(one, other, "{how}\n{text}"),
            // What leaves its scale is refused in words, everywhere.
            (Err(Error::Input(_)), Err(Error::Input(why))) => assert!(why.contains("lower the weights"), "{how}: {why}"),
            _ => panic!("{how}: {one:?} and {other:?}\n{text}"),
        };
        let anew = Options { partitions: Some(3), delivery: Some(Delivery::Procedural), batch: Some(1), ..Options::default() };
        same("the CPU engine, evaluated anew", counts(common::cpu(&network, &anew)));
        same("the adapter", counts(common::gpu(&network, &Options::default())));
        match ranked(&network) {
            // One block cannot be shared.
            Err(Error::Input(why)) if why.contains("too few") => {}
            shared => same("two ranks", shared),
        }
    }
    assert!(accepted > 25 && spoke > 15, "{accepted} of 40 were accepted, {spoke} spoke");
}
