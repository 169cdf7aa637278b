//! Promise: how many neurons fire at least once within windows from 1 ms to the whole run is counted on the device, and is what an analysis finds
//! in a recording of the same run, population by population, whatever the plan.

mod common;

use common::{adapter, cpu, delta_population, exp_population, gpu, head, lively, network, projection, recording};
use spikewatt::analysis::{Trains, analyse};
use spikewatt::engine::plan::{Candidate, GpuPlan};
use spikewatt::engine::{Engine, Options, Spike, WindowPlan, WindowShare, advance_quietly};
use spikewatt::network::Network;
use spikewatt::recording::{Header, Recording, Rows};
use spikewatt::scenario::Scale;

/// What an analysis finds in the spikes of a run from a step on: of every population that is of neurons, and of all.
fn found(n: &Network, spikes: &[Spike], from: u64, steps: u64) -> Vec<Vec<[f64; 3]>> {
    let dt = n.scenario.dt_ms;
    let mut rows = Rows::default();
    spikes.iter().for_each(|s| rows.push(s.step.into(), dt, s.population, s.neuron));
    let header = Header::new(n, from as f64 * dt, (from + steps) as f64 * dt);
    let a = analyse(&Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None).expect("trains"));
    let of = |s: &spikewatt::analysis::Statistics| s.activity.iter().map(|a| [a.window_ms, a.mean_share, a.most_share]).collect();
    a.populations.iter().chain([&a.all]).map(of).collect()
}

/// The same as an engine has counted.
fn watched(engine: &mut dyn Engine, plan: &WindowPlan) -> Vec<Vec<[f64; 3]>> {
    let words = engine.watched().expect("words");
    assert!(engine.watched().expect("words").is_empty(), "it is over");
    let all: Vec<usize> = (0..engine.network().populations.len()).collect();
    let each = all.iter().map(|i| plan.shares(&words, &[*i]));
    let own = |shares: Vec<WindowShare>| shares.iter().map(|s| [s.window_ms, s.mean, s.most]).collect();
    each.chain([plan.shares(&words, &all)]).filter(|s| !s.is_empty()).map(own).collect()
}

fn assert_alike(a: &[Vec<[f64; 3]>], b: &[Vec<[f64; 3]>], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!((0..3).all(|i| (a[i] - b[i]).abs() < 1e-9), "{what}: {a:?} is not {b:?}");
    }
}

/// Neurons that fire in every step, seldom, never and in bursts; sources; several delays.
fn networks() -> Vec<(&'static str, Network, u64, u64)> {
    let restless = delta_population("often", 700, 0.0, 6_000.0, 12.0);
    let bursting = delta_population("now and then", 900, 2.0, 12_000.0, 0.1)
        + "[[population]]\nname = \"S\"\nsize = 30\nmodel = \"spike_times\"\nspike_times_ms = [3.0, 40.0, 55.0, 100.0]\n\n"
        + "[[population]]\nname = \"P\"\nsize = 30\nmodel = \"poisson_source\"\nparameters = { rate_hz = 9000.0 }\n\n"
        + &delta_population("hit", 1300, 2.0, 0.0, 0.1)
        + &projection("S", "hit", "rule = \"fixed_outdegree\"\noutdegree = 900\nweight_mv = 3.0\ndelay_ms = 0.4")
        + &projection("P", "hit", "rule = \"fixed_outdegree\"\noutdegree = 9\nweight_mv = 1.0\ndelay_ms = 1.4")
        + &projection("now and then", "hit", "rule = \"fixed_indegree\"\nindegree = 40\nweight_mv = 0.5\ndelay_ms = 1.5");
    let alone = delta_population("A", 4000, 2.0, 12_000.0, 0.1) + &exp_population("B", 2500, 0.5, 13_000.0, 87.81);
    vec![
        ("often", network(&(head(4) + &restless)), 0, 137),
        ("bursting", network(&(head(5) + &bursting)), 333, 1234),
        ("alone", network(&(head(6) + &alone)), 64, 800),
        ("plastic", network(&lively()), 100, 600),
    ]
}

#[test]
fn windows_are_what_an_analysis_finds_in_a_recording() {
    let stride = if common::full() { 1 } else { 2 };
    for (i, (name, n, from, steps)) in networks().into_iter().enumerate() {
        let mut engine = cpu(&n, &recording());
        advance_quietly(engine.as_mut(), from).expect("advances");
        engine.take_spikes().expect("spikes");
        let plan = WindowPlan::new(&n, steps).expect("a plan");
        engine.watch(&plan).expect("watches");
        advance_quietly(engine.as_mut(), steps).expect("advances");
        let expected = found(&n, &engine.take_spikes().expect("spikes"), from, steps);
        let all = &expected[expected.len() - 1];
        assert!(0.0 < all[0][1] && all[0][1] < all[all.len() - 1][1] && all[0][1] <= all[0][2], "{name}: {all:?}");
        assert_alike(&watched(engine.as_mut(), &plan), &expected, &format!("{name}, CPU engine"));

        let (found_adapter, _) = adapter();
        let limits = found_adapter.limits();
        let mut candidates: Vec<Candidate> =
            GpuPlan::candidates(&n, &Options::default(), &limits).into_iter().map(|(candidate, _)| candidate).collect();
        // Each strategy once, with and without rest.
        candidates.sort_by_key(|c| (c.strategy.words(), c.rests));
        candidates.dedup_by_key(|c| (c.strategy, c.rests));
        let mut options: Vec<(String, Options)> = candidates
            .into_iter()
            .map(|candidate| {
                let delivery = Some(candidate.delivery());
                (format!("{candidate:?}"), Options { candidate: Some(candidate), delivery, ..Options::default() })
            })
            .collect();
        // Weights that change are in one binding.
        if n.plastic.is_empty() {
            options.push((
                "small shards".into(),
                Options { max_binding_bytes: Some(if name == "alone" { 24 << 10 } else { 128 << 10 }), ..Options::default() },
            ));
        }
        options.push(("bursts".into(), Options { most_dispatch_events: Some(3000), ..Options::default() }));
        options.push(("short submissions".into(), Options { batches_per_submission: Some(3), ..recording() }));
        // By default every other way, and of the next network those between.
        for (what, options) in options.into_iter().skip(i % stride).step_by(stride) {
            let mut engine = gpu(&n, &options);
            advance_quietly(engine.as_mut(), from).expect("advances");
            engine.watch(&plan).expect("watches");
            // In several calls, of lengths that are no whole batches.
            for part in [steps / 3 + 1, steps - steps / 3 - 1] {
                advance_quietly(engine.as_mut(), part).expect("advances");
            }
            assert_alike(&watched(engine.as_mut(), &plan), &expected, &format!("{name}, {what}"));
        }
    }
}

/// What clears counts ends it, and whoever does not ask pays nothing.
#[test]
fn windows_end_with_the_counts() {
    let n = network(&(head(6) + &delta_population("A", 400, 2.0, 12_000.0, 0.1)));
    let plan = WindowPlan::new(&n, 200).expect("a plan");
    for mut engine in [cpu(&n, &Options::default()), gpu(&n, &Options::default())] {
        assert!(engine.watched().expect("words").is_empty());
        engine.watch(&plan).expect("watches");
        engine.save().expect("saves");
        assert!(engine.watched().expect("words").is_empty());
        engine.watch(&plan).expect("watches");
        advance_quietly(engine.as_mut(), 200).expect("advances");
        let first = engine.watched().expect("words");
        engine.restore().expect("restores");
        engine.watch(&plan).expect("watches");
        advance_quietly(engine.as_mut(), 200).expect("advances");
        assert_eq!(engine.watched().expect("words"), first);
        assert!(plan.shares(&first, &[0]).last().is_some_and(|s| s.mean > 0.2));
    }
}

/// The seven regions of `coffee` light up in turn, each in its own time, and rates differ from neuron to neuron as widely as in cortex.
#[test]
fn regions_light_up_in_turn() {
    let scenario = spikewatt::scenario::load("coffee").and_then(|s| s.scaled(Scale::Neurons(40_000))).expect("scales");
    let n = Network::build(&scenario).expect("a network");
    let mut engine = cpu(&n, &recording());
    advance_quietly(engine.as_mut(), n.steps(scenario.transient_ms)).expect("advances");
    engine.take_spikes().expect("spikes");
    advance_quietly(engine.as_mut(), n.steps(scenario.bio_ms)).expect("advances");
    let spikes = engine.take_spikes().expect("spikes");
    // When each region is driven, ms.
    for (region, from, until) in [
        ("occipital", 200, 700),
        ("frontal", 500, 1000),
        ("basal-ganglia", 800, 1300),
        ("motor", 900, 1500),
        ("cerebellum", 950, 1600),
        ("sensorimotor", 1050, 1500),
        ("parietal", 1300, 1700),
    ] {
        let p = n.populations.iter().find(|p| p.name == format!("{region}-E")).expect("a region");
        let rate = |from: u64, until: u64| {
            let within = spikes.iter().filter(|s| s.population == p.id && (from * 10..until * 10).contains(&u64::from(s.step)));
            within.count() as f64 / f64::from(p.size) / ((until - from) as f64 * 1e-3)
        };
        // From its first 50 ms on; against the begin, when only the first two are driven, or a time when it is not.
        let quiet = if region == "occipital" { rate(800, 1500) } else { rate(100, 200) };
        let driven = rate(from + 50, until);
        assert!(
            (0.02..2.0).contains(&quiet) && (3.0..20.0).contains(&driven) && driven > 4.0 * quiet,
            "{region}: {quiet} and {driven} Hz"
        );
    }
    let mut counts = std::collections::HashMap::new();
    spikes.iter().for_each(|s| *counts.entry((s.population, s.neuron)).or_insert(0.0) += 1.0);
    let logs: Vec<f64> = counts.values().map(|c: &f64| c.ln()).collect();
    let spread = spikewatt::math::sd(&logs).expect("many");
    assert!((0.6..1.6).contains(&spread), "{spread}");
}
