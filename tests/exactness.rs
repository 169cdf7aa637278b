//! Promise: the same spikes everywhere, bit for bit, whatever the engine, the delivery strategy, the batch length, the workgroup
//! size, the shards or the number of partitions.

mod common;

use common::{adapter, cpu, delta_population, exp_population, gpu, head, network, projection, recording, run};
use proptest::prelude::*;
use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::plan::{AdapterLimits, Candidate, GpuPlan, Quirks, Walk};
use spikewatt::engine::{Delivery, Engine, Options, advance_quietly, plan};
use spikewatt::network::Network;

/// Ways to run a network that must all agree.
fn variants() -> Vec<(&'static str, bool, Options)> {
    let o = recording;
    vec![
        ("cpu, one partition", false, Options { partitions: Some(1), ..o() }),
        ("cpu, five partitions, one step per batch", false, Options { partitions: Some(5), batch: Some(1), ..o() }),
        (
            "cpu, three partitions, procedural",
            false,
            Options { partitions: Some(3), delivery: Some(Delivery::Procedural), ..o() },
        ),
        ("cpu, delivered when due", false, Options { partitions: Some(3), when_due: Some(true), ..o() }),
        ("cpu, delivered when due, two steps per batch", false, Options { batch: Some(2), when_due: Some(true), ..o() }),
        ("cpu, ring buffers", false, Options { when_due: Some(false), ..o() }),
        ("gpu, stored", true, Options { delivery: Some(Delivery::Stored), ..o() }),
        ("gpu, procedural", true, Options { delivery: Some(Delivery::Procedural), ..o() }),
        ("gpu, one step per batch, workgroups of 32", true, Options { batch: Some(1), workgroup_size: Some(32), ..o() }),
        ("gpu, two steps per batch, workgroups of 256", true, Options { batch: Some(2), workgroup_size: Some(256), ..o() }),
        (
            "gpu, one batch per submission, workgroups of 48",
            true,
            Options { batches_per_submission: Some(1), workgroup_size: Some(48), ..o() },
        ),
        ("gpu, many small shards", true, Options { max_binding_bytes: Some(256 << 10), ..o() }),
    ]
}

/// Every `stride`-th candidate from the first on is run, and of the ways on an adapter the even ones if the first is even, else the odd ones: all of
/// them take minutes (`./test --full`).
fn variants_agree(network: &Network, steps: u64, first: usize, stride: usize) -> Result<usize, TestCaseError> {
    let (reference, counts) = run(cpu(network, &recording()).as_mut(), steps);
    // Every way to run the network that a plan for this adapter, or for a GPU with the same limits, would consider.
    let software = adapter().0.limits();
    let mut candidates: Vec<Candidate> = Vec::new();
    for quirks in [Quirks::SOFTWARE, Quirks::NONE] {
        let limits = AdapterLimits { quirks, ..software };
        candidates.extend(GpuPlan::candidates(network, &recording(), &limits).into_iter().map(|(candidate, _)| candidate));
    }
    for candidate in candidates.into_iter().skip(first % stride).step_by(stride) {
        let options = Options { candidate: Some(candidate), ..recording() };
        let Ok(plan) = GpuPlan::with(network, &options, &software, candidate) else { continue };
        prop_assert_eq!(plan.candidate, candidate, "the plan is not what was asked for");
        let mut engine = gpu(network, &options);
        let (spikes, other) = run(engine.as_mut(), steps);
        prop_assert_eq!(spikewatt::bench::first_difference(&reference, &spikes), None, "{}", candidate);
        prop_assert_eq!(&counts, &other, "{}", candidate);
    }
    for (i, (name, on_gpu, options)) in variants().into_iter().enumerate() {
        if on_gpu && !common::full() && i % 2 != first % 2 {
            continue;
        }
        let mut engine = if on_gpu { gpu(network, &options) } else { cpu(network, &options) };
        let (spikes, other) = run(engine.as_mut(), steps);
        prop_assert_eq!(spikewatt::bench::first_difference(&reference, &spikes), None, "{} ({})", name, engine.plan().line);
        prop_assert_eq!(&counts, &other, "{} ({})", name, engine.plan().line);
    }
    Ok(reference.len())
}

/// A random small network: two or three populations of either model, any rules, distributed weights and delays.
fn random_network() -> impl Strategy<Value = String> {
    let rule = prop_oneof![
        (0u32..4000).prop_map(|n| format!("rule = \"fixed_total_number\"\nnumber = {n}")),
        (0u32..40).prop_map(|k| format!("rule = \"fixed_indegree\"\nindegree = {k}")),
        (0.0f64..0.3, any::<bool>())
            .prop_map(|(p, a)| format!("rule = \"pairwise_bernoulli\"\nprobability = {p:?}\nautapses = {a}")),
        any::<bool>().prop_map(|a| format!("rule = \"all_to_all\"\nautapses = {a}")),
    ];
    let delay = prop_oneof![
        (1u32..30).prop_map(|d| format!("delay_ms = {:?}", f64::from(d) / 10.0)),
        Just("delay_ms = { distribution = \"normal\", mean = 1.5, sd = 0.75, min = 0.05 }".to_owned()),
        Just("delay_ms = { distribution = \"uniform\", min = 0.5, max = 2.0 }".to_owned()),
    ];
    let links = prop::collection::vec((0usize..3, 0usize..3, rule, delay, any::<bool>()), 1..6);
    (
        1u64..1000,
        prop::array::uniform3(20u32..400),
        any::<[bool; 3]>(),
        prop_oneof![Just(0.5), Just(2.0)],
        prop_oneof![Just(0.0), Just(2.0)],
        links,
    )
        .prop_map(|(seed, sizes, exponential, tau_in, t_ref, links)| {
            let mut text = head(seed);
            for (i, size) in sizes.into_iter().enumerate() {
                text += &match exponential[i] {
                    true => exp_population(&format!("P{i}"), size, tau_in, 9000.0, 90.0),
                    false => delta_population(&format!("P{i}"), size, t_ref, 11_000.0, 0.1),
                };
            }
            for (source, target, rule, delay, distributed) in links {
                let (unit, w) = if exponential[target] { ("pa", 60.0) } else { ("mv", 0.1) };
                let sign = if source == 2 { -4.0 } else { 1.0 };
                let weight = match distributed {
                    true => format!(
                        "weight_{unit} = {{ distribution = \"normal\", mean = {:?}, sd = {:?}, {} = 0.0 }}",
                        w * sign,
                        w * 0.1,
                        if sign > 0.0 { "min" } else { "max" }
                    ),
                    false => format!("weight_{unit} = {:?}", w * sign),
                };
                text += &projection(&format!("P{source}"), &format!("P{target}"), &format!("{rule}\n{weight}\n{delay}"));
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if common::full() { 24 } else { 4 }, max_shrink_iters: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spikes_are_the_same_in_every_way_to_run_a_random_network(text in random_network(), first in 0usize..8) {
        variants_agree(&network(&text), 150, first, if common::full() { 8 } else { 24 })?;
    }
}

#[test]
fn spikes_are_the_same_for_several_seeds_of_a_network_with_every_rule() {
    // Between them every seventh candidate or so, or each with everyone.
    for (seed, first, stride) in [(1, 0, 14), (99, 7, 14)] {
        let stride = if common::full() { 1 } else { stride };
        let text = head(seed)
            + &exp_population("E", 300, 0.5, 12_000.0, 87.8)
            + &exp_population("I", 300, 2.0, 9_000.0, 87.8)
            + &delta_population("D", 700, 2.0, 11_000.0, 0.1)
            + &projection("E", "I", "rule = \"one_to_one\"\nweight_pa = 200.0\ndelay_ms = 0.3")
            + &projection("E", "D", "rule = \"fixed_indegree\"\nindegree = 30\nweight_mv = 0.2\ndelay_ms = 1.5")
            + &projection(
                "D",
                "E",
                "rule = \"fixed_total_number\"\nnumber = 9000\nweight_pa = { distribution = \"normal\", mean = 50.0, sd = 5.0, min = 0.0 }\ndelay_ms = { distribution = \"normal\", mean = 1.5, sd = 0.75, min = 0.05 }",
            )
            + &projection("I", "E", "rule = \"pairwise_bernoulli\"\nprobability = 0.1\nweight_pa = -300.0\ndelay_ms = 0.8")
            + &projection(
                "I",
                "I",
                "rule = \"all_to_all\"\nautapses = false\nweight_pa = { distribution = \"uniform\", min = -2.0, max = -1.0 }\ndelay_ms = 0.8",
            );
        let spikes = variants_agree(&network(&text), 400, first, stride).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert!(spikes > 500, "a silent network proves nothing: {spikes} spikes");
    }
}

/// Every other one: those that are left out run in fewer ways in `tests/matrix.rs`.
#[test]
fn the_built_in_scenarios_give_the_same_spikes_on_both_engines() {
    let all = [
        ("brunel", 0.2, 50.0),
        ("membrane", 0.01, 50.0),
        ("microcircuit", 0.02, 50.0),
        ("microcircuit:dc", 0.02, 50.0),
        ("sheet", 0.05, 40.0),
        ("cuba", 1.0, 50.0),
        ("coffee", 0.005, 230.0),
    ];
    for (i, (name, factor, ms)) in all.into_iter().enumerate().step_by(if common::full() { 1 } else { 2 }) {
        let scenario = spikewatt::scenario::load(name)
            .expect("built in")
            .scaled(spikewatt::scenario::Scale::Factor(factor))
            .expect("scales");
        let n = Network::build(&scenario).expect("a network");
        let spikes = variants_agree(&n, n.steps(ms), 3 + i / 2, if common::full() { 10 } else { 60 })
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(spikes > 50, "{name}: {spikes} spikes");
    }
}

/// The head of a group counts to 65,535; a sender with more synapses of one delay has several groups. With a third of the targets, 16 bits hold
/// their places, and groups have one weight each.
#[test]
fn a_sender_with_very_many_synapses_reaches_them_all_when_they_are_due() {
    let to = |weight: f64| {
        let drawn = format!("rule = \"fixed_total_number\"\nnumber = 600_000\nweight_mv = {weight:?}\ndelay_ms = 1.2");
        projection("S", "T", &drawn)
    };
    let text = head(5)
        + &delta_population("S", 2, 2.0, 11_000.0, 1.0)
        + &delta_population("T", 140_000, 2.0, 10.0, 0.1)
        + &to(4.0)
        + &to(-1.0);
    let n = network(&text);
    let one = |parts, when_due| {
        let mut engine = cpu(&n, &Options { partitions: Some(parts), when_due: Some(when_due), ..recording() });
        assert_eq!(engine.plan().line.contains("delivered when due"), when_due, "{}", engine.plan().line);
        run(engine.as_mut(), 200)
    };
    let expected = one(2, false);
    assert!(expected.1.total_spikes() > 70_000, "many targets were reached: {:?}", expected.1);
    for parts in [2, 3] {
        assert!(one(parts, true) == expected, "{parts} parts");
    }
}

#[test]
fn different_seeds_give_different_spikes() {
    let text = |seed| head(seed) + &delta_population("D", 500, 2.0, 11_000.0, 0.1);
    let checksum = |seed| run(cpu(&network(&text(seed)), &Options::default()).as_mut(), 300).1.checksum;
    assert_ne!(checksum(1), checksum(2));
}

#[test]
fn coming_back_to_a_saved_state_repeats_the_same_spikes() {
    let text = head(5)
        + &delta_population("E", 600, 2.0, 12_000.0, 0.1)
        + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 50\nweight_mv = 0.1\ndelay_ms = 1.1");
    let n = network(&text);
    for engine in [cpu(&n, &recording()), gpu(&n, &recording())] {
        let mut engine = engine;
        advance_quietly(engine.as_mut(), 137).expect("advances");
        engine.save().expect("saves");
        let first = run(engine.as_mut(), 200);
        engine.restore().expect("restores");
        let second = run(engine.as_mut(), 200);
        assert!(!first.0.is_empty());
        assert_eq!(first, second);
        engine.reset().expect("resets");
        let from_zero = run(engine.as_mut(), 337);
        let late: Vec<_> = from_zero.0.into_iter().filter(|s| s.step >= 137).collect();
        assert_eq!(late, first.0, "saving changed the course of events");
    }
}

#[test]
fn engines_on_one_device_may_run_on_several_threads_at_once() {
    let text = head(6)
        + &delta_population("E", 400, 2.0, 12_000.0, 0.1)
        + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 20\nweight_mv = 0.1\ndelay_ms = 1.1");
    let n = network(&text);
    let reference = run(cpu(&n, &recording()).as_mut(), 60);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..if common::full() { 40 } else { 12 } {
                    let options = Options { batches_per_submission: Some(1), ..recording() };
                    assert_eq!(run(gpu(&n, &options).as_mut(), 60), reference);
                }
            });
        }
    });
}

/// An empty projection has delays of its own, which no ring buffer needs to hold.
#[test]
fn empty_projections_change_nothing() {
    let connected = "rule = \"fixed_indegree\"\nindegree = 20\nweight_mv = 0.1\ndelay_ms = 0.1";
    let empty = [
        "rule = \"fixed_indegree\"\nindegree = 0",
        "rule = \"fixed_total_number\"\nnumber = 0",
        "rule = \"pairwise_bernoulli\"\nprobability = 0.0",
    ];
    let all = empty.into_iter().flat_map(|rule| [(rule, true), (rule, false)]);
    for (i, (rule, with)) in all.enumerate().filter(|(i, _)| common::full() || [0, 3, 4].contains(i)) {
        let mut text = head(7) + &delta_population("E", 300, 2.0, 13_000.0, 0.1);
        text += &projection("E", "E", &format!("{rule}\nweight_mv = 0.1\ndelay_ms = 40.0"));
        if with {
            text += &projection("E", "E", connected);
        }
        let spikes = variants_agree(&network(&text), 300, 2 + i, if common::full() { 16 } else { 24 })
            .unwrap_or_else(|e| panic!("{rule}: {e}"));
        assert!(spikes > 50, "{spikes} spikes");
    }
}

/// The candidates of a plan differ in all that tuning may vary; what is run above must not miss one.
#[test]
fn every_strategy_walk_and_integer_width_is_among_the_candidates() {
    let text = head(1)
        + &delta_population("D", 3000, 2.0, 11_000.0, 0.1)
        + &projection("D", "D", "rule = \"fixed_indegree\"\nindegree = 300\nweight_mv = 0.1\ndelay_ms = 1.5");
    let n = network(&text);
    let software = adapter().0.limits();
    let all: Vec<Candidate> = [Quirks::SOFTWARE, Quirks::NONE]
        .into_iter()
        .flat_map(|quirks| {
            let limits = AdapterLimits { quirks, subgroup_size: Some(8), wide_integers: true, ..software };
            GpuPlan::candidates(&n, &Options::default(), &limits)
        })
        .map(|(candidate, _)| candidate)
        .collect();
    for strategy in plan::Strategy::ALL {
        assert!(all.iter().any(|c| c.strategy == strategy), "{strategy:?}");
    }
    for walk in [Walk::Serial, Walk::Balanced, Walk::Subgroups] {
        assert!(all.iter().any(|c| c.strategy.pulls() && c.walk == walk), "{walk:?}");
    }
    assert!(all.iter().any(|c| c.wide_integers) && all.iter().any(|c| !c.wide_integers));
}

/// Synapses in several textures, as a software adapter holds those of a large network.
#[test]
fn spikes_are_the_same_with_synapses_in_textures() {
    let text = head(4)
        + &delta_population("E", 2000, 2.0, 11_000.0, 0.1)
        + &exp_population("I", 500, 2.0, 9_000.0, 87.8)
        + &projection(
            "E",
            "E",
            "rule = \"fixed_indegree\"\nindegree = 400\nweight_mv = 0.1\ndelay_ms = { distribution = \"uniform\", min = 0.5, max = 2.0 }",
        )
        + &projection("E", "I", "rule = \"fixed_indegree\"\nindegree = 400\nweight_pa = 20.0\ndelay_ms = 1.5")
        + &projection("I", "E", "rule = \"fixed_indegree\"\nindegree = 100\nweight_mv = -0.5\ndelay_ms = 0.8");
    let n = network(&text);
    let limits = AdapterLimits { quirks: Quirks::SOFTWARE, ..adapter().0.limits() };
    let options = Options { max_binding_bytes: Some(256 << 10), ..recording() };
    let all = GpuPlan::candidates(&n, &options, &limits);
    let candidate = all.iter().map(|(c, _)| *c).find(|c| c.strategy == plan::Strategy::StoredByDelay).expect("considered");
    let options = Options { candidate: Some(candidate), ..options };
    let textures = GpuPlan::with(&n, &options, &limits, candidate).expect("fits").texture_count();
    assert!(textures > 1, "{textures} textures");
    let reference = run(cpu(&n, &recording()).as_mut(), 200);
    assert_eq!(run(gpu(&n, &options).as_mut(), 200), reference);
}

/// A network that fires all at once fills lists and loops as no other.
#[test]
fn spikes_of_a_network_that_fires_all_at_once_are_delivered_all_the_same() {
    let text = head(3)
        + &delta_population("D", 40_000, 2.0, 0.0, 0.1).replace("min = 0.0, max = 20.0", "min = 19.0, max = 20.5")
        + &projection("D", "D", "rule = \"fixed_indegree\"\nindegree = 100\nweight_mv = 0.3\ndelay_ms = 1.0");
    let n = network(&text);
    let (reference, counts) = run(cpu(&n, &recording()).as_mut(), 30);
    let at_once = reference.iter().filter(|s| s.step == 0).count();
    assert!(at_once > 5_000, "{at_once} spikes at once");
    let limits = AdapterLimits { quirks: Quirks::SOFTWARE, ..adapter().0.limits() };
    let candidates = GpuPlan::candidates(&n, &recording(), &limits);
    for wanted in plan::Strategy::ALL.into_iter().filter(|s| s.delivery() == Delivery::Stored) {
        let possible = |c: &&Candidate| c.strategy == wanted && GpuPlan::with(&n, &recording(), &limits, **c).is_ok();
        let all: Vec<Candidate> = candidates.iter().map(|(c, _)| *c).collect();
        // A software adapter would cut the loops of a fused step.
        let Some(candidate) = all.iter().find(possible) else {
            assert_eq!(wanted, plan::Strategy::StoredStep);
            continue;
        };
        let mut engine = gpu(&n, &Options { candidate: Some(*candidate), ..recording() });
        assert_eq!(run(engine.as_mut(), 30), (reference.clone(), counts.clone()), "{candidate}");
    }
}

/// Words of rows that have no room for the whole delay: the place in the row tells the rest.
#[test]
fn own_spikes_arrive_when_they_should_although_words_hold_a_part_of_the_delay() {
    let levels = "weight_mv = { distribution = \"uniform\", min = 0.0, max = 0.4 }";
    let text = head(9)
        + &delta_population("D", 66_000, 2.0, 9_000.0, 0.1).replace("min = 0.0, max = 20.0", "min = 10.0, max = 20.1")
        + &projection(
            "D",
            "D",
            &format!(
                "rule = \"fixed_indegree\"\nindegree = 12\n{levels}\ndelay_ms = {{ distribution = \"uniform\", min = 0.3, max = 38.0 }}"
            ),
        );
    let n = network(&text);
    let (adapter, device) = adapter();
    let limits = AdapterLimits { quirks: Quirks::NONE, ..adapter.limits() };
    let all = GpuPlan::candidates(&n, &recording(), &limits);
    let candidate = all.iter().map(|(c, _)| *c).find(|c| c.strategy == plan::Strategy::StoredOwn).expect("considered");
    let options = Options { candidate: Some(candidate), ..recording() };
    GpuPlan::with(&n, &options, &adapter.limits(), candidate).expect("fits");
    let mut engine = GpuEngine::new(n.clone(), &options, adapter, device).expect("the engine");
    let wraps = engine.gpu_plan().delay_rows.as_ref().map(|rows| rows.wraps(&n));
    assert!(wraps.is_some_and(|wraps| wraps >= 2), "{wraps:?}");
    let reference = run(cpu(&n, &recording()).as_mut(), 450);
    assert!(reference.0.iter().filter(|s| s.step > 300).count() > 1000, "{} spikes", reference.0.len());
    assert_eq!(run(&mut engine, 450), reference);
}

/// Dispatches that may be short only: most batches are bursts, which the host has delivered in parts.
#[test]
fn spikes_that_are_too_many_for_a_dispatch_are_delivered_in_parts() {
    let all = |weight: &str, delay: &str| {
        let drive = if weight.ends_with("_mv") { "0.3" } else { "12.0" };
        format!("rule = \"fixed_indegree\"\nindegree = 60\n{weight} = {drive}\ndelay_ms = {delay}")
    };
    let spread = "{ distribution = \"uniform\", min = 0.4, max = 2.5 }";
    let delta = head(6)
        + &delta_population("D", 1500, 2.0, 9_000.0, 0.1).replace("min = 0.0, max = 20.0", "min = 15.0, max = 20.5")
        + &delta_population("F", 500, 2.0, 9_000.0, 0.1)
        + &projection("D", "D", &all("weight_mv", "1.0"))
        + &projection("D", "F", &all("weight_mv", spread))
        + &projection("F", "D", &all("weight_mv", "0.4"));
    let stdp = "stdp = { lambda = 0.01, alpha = 1.5, tau_plus_ms = 15.0, tau_minus_ms = 35.0, w_max_pa = 30.0 }";
    let plastic = head(6)
        + &exp_population("E", 600, 2.0, 9_000.0, 120.0)
        + &projection("E", "E", &all("weight_pa", spread))
        + &projection("E", "E", &format!("{}\n{stdp}", all("weight_pa", "0.8")));
    for (k, (text, steps)) in [(delta, 45), (plastic, 110)].into_iter().enumerate() {
        let n = network(&text);
        let reference = run(cpu(&n, &recording()).as_mut(), steps);
        assert!(reference.0.len() > 500, "{} spikes", reference.0.len());
        let mut elsewhere = cpu(&n, &recording());
        advance_quietly(elsewhere.as_mut(), 25).expect("advances");
        let halfway = elsewhere.snapshot().expect("a state");
        let (adapter, device) = adapter();
        for (s, strategy) in plan::Strategy::ALL.into_iter().enumerate() {
            let limits = AdapterLimits { quirks: Quirks::NONE, ..adapter.limits() };
            let all = GpuPlan::candidates(&n, &recording(), &limits);
            let Some(candidate) = all.iter().map(|(c, _)| *c).find(|c| c.strategy == strategy) else {
                assert!(!n.plastic.is_empty() || strategy == plan::Strategy::ProceduralByDelay, "{strategy:?}");
                continue;
            };
            let (mut bursts, mut parts) = (Vec::new(), Vec::new());
            // Without bursts by default every other strategy, which the other network turns round.
            let ways = if common::full() { 3 } else { 1 + (s + k) % 2 };
            for most_events in [Some(500), None, Some(5_000)].into_iter().take(ways) {
                let options = Options { candidate: Some(candidate), most_dispatch_events: most_events, ..recording() };
                let mut engine = GpuEngine::new(n.clone(), &options, adapter, device).expect("the engine");
                // In pieces, so that some end with a burst.
                for piece in [1, 3, 16, steps - 20] {
                    advance_quietly(&mut engine, piece).expect("advances");
                }
                let got = (engine.take_spikes().expect("spikes"), engine.counts().expect("counts"));
                assert_eq!(got, reference, "{candidate}, {most_events:?} events");
                bursts.push(engine.bursts());
                // A state that was taken elsewhere brings input that the host owes to the next batches.
                engine.resume(&halfway).expect("resumes");
                advance_quietly(&mut engine, steps - 25).expect("advances");
                let rest: Vec<_> = reference.0.iter().filter(|s| s.step >= 25).copied().collect();
                assert_eq!(engine.take_spikes().expect("spikes"), rest, "{candidate}, {most_events:?} events, resumed");
                parts.push(engine.gpu_plan().dispatches.parts);
            }
            assert!(bursts[0] > 2 && bursts.get(1).is_none_or(|n| *n == 0), "{candidate}: {bursts:?} bursts, {parts:?} parts");
            let fused = matches!(strategy, plan::Strategy::StoredStep | plan::Strategy::StoredOwn);
            let divided = !fused && n.plastic.is_empty();
            assert!(!divided || parts[0] > 1, "{candidate}: {parts:?} parts");
        }
    }
}

/// Sources that fire several times in a step, off the grid and on it, reach their targets as often on every engine and in every way to run.
#[test]
fn sources_that_fire_several_times_in_a_step_are_delivered_alike() {
    let source = |name: &str, size: u32, model: &str, parameters: &str| {
        format!("[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"{model}\"\nparameters = {{ {parameters} }}\n\n")
    };
    let text = head(8)
        + &source("fast", 300, "poisson_source", "rate_hz = 9000.0")
        + &source("regular", 20, "regular_source", "interval_ms = 0.25")
        + &exp_population("E", 400, 2.0, 3_000.0, 60.0)
        + &projection("fast", "E", "rule = \"fixed_indegree\"\nindegree = 10\nweight_pa = 3.0\ndelay_ms = 0.4")
        + &projection(
            "regular",
            "E",
            "rule = \"pairwise_bernoulli\"\nprobability = 0.2\nweight_pa = 2.0\ndelay_ms = { distribution = \"uniform\", min = 0.3, max = 2.0 }",
        )
        + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 20\nweight_pa = 5.0\ndelay_ms = 1.5");
    let n = network(&text);
    let spikes = variants_agree(&n, 300, 1, if common::full() { 3 } else { 9 }).unwrap_or_else(|e| panic!("{e}"));
    // 300 sources of 9,000 Hz for 30 ms are 81,000 spikes, and 20 of 4,000 Hz 2,400.
    let counts = run(cpu(&n, &recording()).as_mut(), 300).1;
    assert!((counts.spikes[0] as f64 - 81_000.0).abs() < 4.0 * 81_000f64.sqrt(), "{}", counts.spikes[0]);
    assert!(counts.spikes[1] == 2400 && spikes > 82_000, "{} and {spikes}", counts.spikes[1]);
}

/// Each quirk changes plans in its own way, and no spike.
#[test]
fn no_quirk_of_an_adapter_changes_a_spike() {
    let text = head(6)
        + &exp_population("E", 900, 2.0, 12_000.0, 87.8)
        + &projection(
            "E",
            "E",
            "rule = \"fixed_indegree\"\nindegree = 100\nweight_pa = 15.0\ndelay_ms = { distribution = \"uniform\", min = 0.5, max = 2.0 }",
        )
        + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 25\nweight_pa = -70.0\ndelay_ms = 0.8");
    let n = network(&text);
    let expected = run(cpu(&n, &recording()).as_mut(), 300);
    assert!(expected.1.total_spikes() > 500);
    let none = Quirks::NONE;
    let all = [
        none,
        Quirks { runs_on_processor: true, ..none },
        Quirks { cuts_loops: true, ..none },
        Quirks { fast_uniforms: true, ..none },
        Quirks { large_textures: true, ..none },
        Quirks::SOFTWARE,
    ];
    let mut plans = Vec::new();
    for quirks in all {
        let options = Options { quirks: Some(quirks), max_binding_bytes: Some(256 << 10), ..recording() };
        let plan = GpuPlan::new(&n, &options, &adapter().0.limits()).expect("a plan");
        plans.push((plan.constant_weights, plan.textures.is_some(), plan.groups_at_a_time, plan.delivery_grid, plan.candidate));
        assert!(run(gpu(&n, &options).as_mut(), 300) == expected, "{quirks:?}: {plan}");
    }
    let own = plans.iter().filter(|plan| **plan != plans[0]).count();
    assert!(own >= 3, "quirks change plans: {plans:#?}");
}
