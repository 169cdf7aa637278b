//! Promise: weights change as they do in NEST, on every engine alike, and events stay counted.
//!
//! `tests/data/nest/plasticity.csv`: weights at every presynaptic spike, by `benches/peers/nest_plasticity.py`.

mod common;

use common::{cpu, gpu, head, lively, network, projection, recording, run};
use spikewatt::engine::plan::GpuPlan;
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::scenario::parse;

const DT_MS: f64 = 0.1;

/// Rule, time of the presynaptic spike, weight.
type Row = (String, f64, f64);

/// NEST's pre- and postsynaptic spike times, and its rows.
fn nest() -> (Vec<f64>, Vec<f64>, Vec<Row>) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/nest/plasticity.csv")).expect("the data");
    let times = |key: &str| -> Vec<f64> {
        let line = text.lines().find_map(|l| l.strip_prefix(key)).expect(key);
        line.split_whitespace().map(|t| t.parse().expect("a time")).collect()
    };
    let rows = text.lines().filter(|l| !l.starts_with('#')).skip(1).map(|l| {
        let cells: Vec<&str> = l.split(',').collect();
        (cells[0].to_owned(), cells[1].parse().expect("a time"), cells[2].parse().expect("a weight"))
    });
    (times("# pre_ms: "), times("# post_ms: "), rows.collect())
}

/// A population that fires at given times.
fn firing(name: &str, times: &[f64]) -> String {
    let list: Vec<String> = times.iter().map(|t| format!("{t:.1}")).collect();
    format!("[[population]]\nname = \"{name}\"\nsize = 1\nmodel = \"spike_times\"\nspike_times_ms = [{}]\n\n", list.join(", "))
}

const POST: &str = "[[population]]\nname = \"post\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 0.0 }\n\n";

/// A neuron that is made to fire at given times, with a synapse whose weights, 1000 times smaller than NEST's, never make it fire.
fn pair(pre: &[f64], post: &[f64], rule: &str) -> Network {
    let early: Vec<f64> = post.iter().map(|t| t - DT_MS).collect();
    let text = head(1)
        + &firing("pre", pre)
        + &(if early.is_empty() { String::new() } else { firing("teacher", &early) })
        + POST
        + &(if early.is_empty() {
            String::new()
        } else {
            projection("teacher", "post", "rule = \"one_to_one\"\nweight_mv = 100.0\ndelay_ms = 0.1")
        })
        + &projection("pre", "post", &format!("rule = \"one_to_one\"\ndelay_ms = 1.5\n{rule}"));
    network(&text)
}

/// The weight of the only plastic synapse, as NEST counts it.
fn weight(engine: &mut dyn Engine) -> f64 {
    f64::from(engine.plastic_words(0).expect("weights")[0]) / f64::from(1 << 30) * 100.0
}

#[test]
fn spike_timing_dependent_weights_follow_nest() {
    let (pre, post, rows) = nest();
    for rule in ["all_to_all:00", "all_to_all:01", "all_to_all:10", "all_to_all:11"].into_iter().chain([
        "nearest_neighbour:00",
        "nearest_neighbour:01",
        "nearest_neighbour:10",
        "nearest_neighbour:11",
    ]) {
        let (pairing, mu) = rule.split_once(':').expect("two parts");
        let stdp = format!(
            "weight_mv = 0.05\nstdp = {{ pairing = \"{pairing}\", lambda = 0.05, alpha = 1.05, mu_plus = {}, mu_minus = {}, tau_plus_ms = 20.0, tau_minus_ms = 30.0, w_max_mv = 0.1 }}",
            &mu[..1],
            &mu[1..]
        );
        let n = pair(&pre, &post, &stdp);
        let expected: Vec<(f64, f64)> = rows.iter().filter(|r| r.0 == rule).map(|r| (r.1, r.2)).collect();
        assert_eq!(expected.len(), pre.len());
        // That both engines agree bit for bit is shown below: two rules are enough here.
        let adapter = ["all_to_all:01", "nearest_neighbour:10"].contains(&rule).then(|| ("adapter", gpu(&n, &recording())));
        for (name, mut engine) in [("CPU engine", cpu(&n, &recording()))].into_iter().chain(adapter) {
            let (mut done, mut worst) = (0, 0.0f64);
            for (t, w) in &expected {
                let step = (t / DT_MS).round() as u64;
                advance_quietly(engine.as_mut(), step - done).expect("advances");
                done = step;
                worst = worst.max((weight(engine.as_mut()) - w).abs());
            }
            println!("{rule:<22} {name:<10} {} weights, at most {worst:.1e} of 100 from NEST's", expected.len());
            // A neuron that may fire in every step has the coarsest traces there are.
            assert!(worst < 2e-5, "{rule} on the {name}: {worst}");
            let fired = engine.take_spikes().expect("spikes").iter().filter(|s| s.population == 2).count();
            // Spikes of the last part of the second may still be to come.
            assert!(fired >= post.len() - 2 && fired <= post.len(), "{fired} of {} spikes", post.len());
        }
    }
}

#[test]
fn short_term_plasticity_follows_nest() {
    let (pre, _, rows) = nest();
    for (rule, parameters) in
        [("depressing", "u = 0.5, tau_rec_ms = 200.0"), ("facilitating", "u = 0.15, tau_rec_ms = 50.0, tau_fac_ms = 600.0")]
    {
        let n = pair(&pre, &[], &format!("weight_mv = 0.1\nshort_term = {{ {parameters} }}"));
        let unit = n.populations[1].scales.w_bits;
        for (name, mut engine) in [("CPU engine", cpu(&n, &recording())), ("adapter", gpu(&n, &recording()))] {
            let (mut done, mut worst) = (0, 0.0f64);
            for (_, t, w) in rows.iter().filter(|r| r.0 == rule) {
                // What arrives is what the potential jumps by.
                let step = ((t + 1.5) / DT_MS).round() as u64;
                advance_quietly(engine.as_mut(), step - 1 - done).expect("advances");
                let before = engine.potentials_mv(1, 0..1).expect("a potential")[0];
                advance_quietly(engine.as_mut(), 1).expect("advances");
                done = step;
                let jump = engine.potentials_mv(1, 0..1).expect("a potential")[0] - before * (-DT_MS / 10.0f64).exp();
                worst = worst.max((jump * 1000.0 - w).abs());
            }
            println!("{rule:<13} {name:<10} at most {worst:.1e} of 100 from NEST's (input in 2^-{unit} mV)");
            assert!(worst < 2e-3, "{rule} on the {name}: {worst}");
        }
    }
}

/// One pair of spikes: the change is lambda exp(-t / tau_plus), or -alpha lambda exp(-t / tau_minus), where t is the time from one to the
/// other at the synapse.
#[test]
fn a_pairs_change_is_the_closed_form() {
    for between in [-80.0, -40.0, -20.0, -5.0, -0.1, 0.0, 0.1, 5.0, 20.0, 40.0, 80.0f64] {
        // The target's spike reaches the synapse 1.5 ms after it fires; a second sender's spike far away changes nothing here.
        let (pre, post) = (100.0, 100.0 + between - 1.5);
        let n = pair(
            &[pre],
            &[post],
            "weight_mv = 0.05\nstdp = { lambda = 0.01, alpha = 1.5, tau_plus_ms = 15.0, tau_minus_ms = 35.0, w_max_mv = 0.1 }",
        );
        let expected = match between {
            0.0 => 0.0,
            t if t > 0.0 => 0.01 * (-t / 15.0f64).exp(),
            t => -0.015 * (t / 35.0f64).exp(),
        };
        let adapter = [-5.0, 0.0, 20.0].contains(&between).then(|| gpu(&n, &recording()));
        for mut engine in [cpu(&n, &recording())].into_iter().chain(adapter) {
            advance_quietly(engine.as_mut(), 2500).expect("advances");
            let change = weight(engine.as_mut()) / 100.0 - 0.5;
            assert!((change - expected).abs() < 2e-8, "{between} ms: {change}, closed form {expected}");
        }
    }
}

#[test]
fn plastic_networks_are_the_same_on_every_engine() {
    let n = network(&lively());
    assert_eq!((n.plastic.len(), n.projections.len(), n.max_batch()), (4, 1, 1));
    let mut first = cpu(&n, &recording());
    let expected = run(first.as_mut(), 1200);
    let weights = |e: &mut dyn Engine| (0..4).map(|i| e.plastic_words(i).expect("weights")).collect::<Vec<_>>();
    let expected_weights = weights(first.as_mut());
    println!("{:?}", expected.1);
    assert!(expected.1.spikes.iter().all(|spikes| *spikes > 100));
    // Events are what senders have synapses, whatever their weights do.
    let degrees = n.out_degrees();
    let events = expected.0.iter().filter(|s| s.population < 2);
    let events: u64 =
        events.map(|s| u64::from(degrees[(n.populations[s.population as usize].first_slot + s.neuron) as usize])).sum();
    assert_eq!(expected.1.synaptic_events, events);
    // Something was learnt, in both directions.
    let still = weights(cpu(&n, &recording()).as_mut());
    let moved =
        |a: &[i32], b: &[i32]| (a.iter().zip(b).filter(|(a, b)| a > b).count(), a.iter().zip(b).filter(|(a, b)| a < b).count());
    for i in 0..4 {
        let (up, down) = moved(&expected_weights[i], &still[i]);
        println!("projection {i}: {} synapses, {up} stronger, {down} weaker", still[i].len());
        let stdp = n.plastic[i].stdp().is_some();
        assert!(stdp == (up > 50) && stdp == (down > 50));
    }
    let one = Options { partitions: Some(1), ..recording() };
    let five = Options { partitions: Some(5), ..recording() };
    let short = Options { batches_per_submission: Some(7), workgroup_size: Some(32), ..recording() };
    let procedural = Options { delivery: Some(spikewatt::engine::Delivery::Procedural), ..recording() };
    for (name, mut engine) in [
        ("one partition", cpu(&n, &one)),
        ("five partitions", cpu(&n, &five)),
        ("adapter", gpu(&n, &recording())),
        ("adapter, short submissions", gpu(&n, &short)),
        ("adapter, procedural", gpu(&n, &procedural)),
    ] {
        assert!(run(engine.as_mut(), 1200) == expected, "{name}");
        assert!(weights(engine.as_mut()) == expected_weights, "{name}: weights");
        // Back to the beginning, then on from a saved state.
        engine.reset().expect("resets");
        assert!(weights(engine.as_mut()) == still, "{name}: weights after a reset");
        advance_quietly(engine.as_mut(), 700).expect("advances");
        engine.save().expect("saves");
        let there = run(engine.as_mut(), 500);
        assert!(weights(engine.as_mut()) == expected_weights, "{name}: weights after a save");
        engine.restore().expect("restores");
        assert!(run(engine.as_mut(), 500) == there, "{name}: after a restore");
        assert!(weights(engine.as_mut()) == expected_weights, "{name}: weights after a restore");
    }
}

/// Weights that were learnt are written as an edge list, with which another scenario goes on.
#[test]
fn learnt_weights_are_written_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let rest = "lambda = 0.05, mu_minus = 1, tau_plus_ms = 15.0, tau_minus_ms = 30.0, w_max_pa = 120.0 }";
    let text = |rule: &str| {
        head(9)
            + &common::exp_population("E", 300, 0.5, 12_000.0, 87.0)
            + &projection("E", "E", &format!("{rule}\nstdp = {{ {rest}"))
    };
    let drawn = "rule = \"fixed_indegree\"\nindegree = 20\nweight_pa = { distribution = \"uniform\", min = 0.0, max = 100.0 }\ndelay_ms = 1.5";
    let n = network(&text(drawn));
    let mut engine = gpu(&n, &recording());
    advance_quietly(engine.as_mut(), 1000).expect("advances");
    let file = folder.path().join("learnt.csv");
    let files = spikewatt::recording::weight_files(&file, &n).expect("a file");
    assert_eq!(files, [(0, file.clone())]);
    let written = spikewatt::recording::write_weights(&file, engine.as_mut(), 0).expect("written");
    assert_eq!(written.rows, 6000);
    let words = engine.plastic_words(0).expect("weights");

    let scenario = folder.path().join("on.toml");
    std::fs::write(&scenario, text("rule = \"edge_list\"\nfile = \"learnt.csv\"\nduplicates = \"keep\"")).expect("written");
    let on =
        Network::build(&spikewatt::scenario::load(scenario.to_str().expect("a path")).expect("a scenario")).expect("a network");
    let mut engine = cpu(&on, &recording());
    let read = engine.plastic_words(0).expect("weights");
    // Sorted by target there: compare what each sender has in all.
    let sums = |n: &Network, words: &[i32]| -> Vec<f64> {
        let mut words = words.iter().map(|w| f64::from(*w));
        let c = &n.plastic[0].projection;
        (0..c.source_size).map(|i| (0..c.row_length(i)).map(|_| words.next().expect("a weight")).sum()).collect()
    };
    let apart = sums(&n, &words).iter().zip(sums(&on, &read)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("sums of a sender's weights differ by at most {:.1e} of the largest weight", apart / f64::from(1 << 30));
    // Single precision, and at most 65,536 different weights.
    assert!(apart / f64::from(1 << 30) < 30.0 * 2e-5, "{apart}");

    let message = |path: &str, n: &Network| spikewatt::recording::weight_files(path.as_ref(), n).expect_err(path).to_string();
    assert!(message("w.parquet", &n).contains("ends in .csv"));
    assert!(
        message("w.csv", &network(&(head(1) + &common::exp_population("E", 3, 0.5, 1.0, 1.0))))
            .contains("no projection with `stdp`")
    );
}

/// Every neuron fires at once, again and again: long lists of spikes, long rows and columns, in few steps. A software adapter must not cut
/// its loops.
#[test]
fn a_network_that_fires_all_at_once_learns_all_the_same() {
    let text = head(3)
        + "[[population]]\nname = \"N\"\nsize = 8000\nmodel = \"lif_psc_delta\"\nv_init_mv = 30.0\nparameters = { tau_m_ms = 20.0, e_l_mv = 30.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n\n"
        + &projection(
            "N",
            "N",
            "rule = \"fixed_indegree\"\nindegree = 1500\nweight_mv = 0.003\ndelay_ms = 1.5\nstdp = { lambda = 0.01, alpha = 1.1, mu_minus = 1, tau_plus_ms = 20.0, tau_minus_ms = 20.0, w_max_mv = 0.006 }",
        );
    let n = network(&text);
    let mut engines = [cpu(&n, &recording()), gpu(&n, &recording())];
    let [a, b] = engines.each_mut().map(|engine| run(engine.as_mut(), 300));
    assert!(a.1.spikes[0] >= 16_000 && a == b, "{:?} and {:?}", a.1, b.1);
    let [a, b] = engines.each_mut().map(|engine| engine.plastic_words(0).expect("weights"));
    assert!(a == b);
}

/// A way to run that was found for another network, where it is impossible: the plan decides.
#[test]
fn ways_to_run_that_cannot_hold_plastic_synapses_are_passed_over() {
    let n = network(&lively());
    let limits = common::adapter().0.limits();
    let still = network(
        &(head(9)
            + &common::exp_population("E", 900, 1.5, 12_000.0, 87.0)
            + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 50\nweight_pa = 50.0\ndelay_ms = 1.5")),
    );
    let ways = GpuPlan::candidates(&still, &Options::default(), &limits);
    assert!(
        ways.iter().any(|(c, _)| c.batch > 1)
            && ways.iter().any(|(c, _)| c.strategy.waits())
            && ways.iter().any(|(c, _)| c.strategy.pulls())
    );
    for (candidate, _) in ways {
        let plan = GpuPlan::new(&n, &Options { candidate: Some(candidate), ..Options::default() }, &limits).expect("a plan");
        assert!(plan.candidate.batch == 1 && !plan.candidate.strategy.waits() && !plan.candidate.strategy.pulls(), "{candidate}");
    }
}

#[test]
fn rules_that_cannot_be_are_refused() {
    let good = "lambda = 0.05, tau_plus_ms = 20.0, tau_minus_ms = 30.0, w_max_mv = 0.1";
    let refuse = |rest: &str| {
        let text =
            head(1) + &firing("pre", &[1.0]) + POST + &projection("pre", "post", &format!("rule = \"one_to_one\"\n{rest}"));
        parse("s.toml", &text, None).expect_err(rest).to_string()
    };
    for (rest, said) in [
        (
            format!("weight_mv = 0.2\ndelay_ms = 1.0\nstdp = {{ {good} }}"),
            "must lie from 0 to `w_max_mv` = 0.1, not from 0.2 to 0.2",
        ),
        (format!("weight_mv = -0.1\ndelay_ms = 1.0\nstdp = {{ {good} }}"), "must lie from 0 to"),
        (
            format!("weight_mv = 0.1\ndelay_ms = {{ distribution = \"uniform\", min = 1.0, max = 2.0 }}\nstdp = {{ {good} }}"),
            "needs one delay for all its synapses",
        ),
        (format!("weight_mv = 0.1\ndelay_ms = 1.0\nstdp = {{ {good}, mu_plus = 0.5 }}"), "must be 0 (additive) or 1"),
        (
            format!("weight_mv = 0.1\ndelay_ms = 1.0\nstdp = {{ {good}, pairing = \"none\" }}"),
            "\"all_to_all\" or \"nearest_neighbour\"",
        ),
        (
            format!("weight_mv = 0.1\ndelay_ms = 1.0\nstdp = {{ {good} }}\nshort_term = {{ u = 0.5, tau_rec_ms = 100.0 }}"),
            "either `stdp` or `short_term`",
        ),
        ("weight_mv = 0.1\ndelay_ms = 1.0\nshort_term = { u = 1.5, tau_rec_ms = 100.0 }".into(), "at most 1"),
        ("weight_mv = 0.1\ndelay_ms = 1.0\nshort_term = { u = 0.5, tau_rec_ms = 0.0 }".into(), "above 0"),
        ("weight_mv = 0.1\ndelay_ms = 1.0\nstdp = { lambda = 0.05 }".into(), "lacks the key `tau_plus_ms`"),
    ] {
        let message = refuse(&rest);
        assert!(message.contains(said), "{rest}: {message}");
    }
}

/// The example in assets/examples: weights that were spread evenly begin to part.
#[test]
fn inputs_compete_in_the_example() {
    let scenario =
        spikewatt::scenario::load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/stdp.toml")).expect("the example");
    let n = Network::build(&scenario).expect("a network");
    let mut engine = cpu(&n, &recording());
    let tenths = |engine: &mut dyn Engine| {
        let mut counts = [0; 10];
        for w in engine.plastic_words(0).expect("weights") {
            counts[((i64::from(w) * 10) >> 30).min(9) as usize] += 1;
        }
        counts
    };
    let before = tenths(engine.as_mut());
    advance_quietly(engine.as_mut(), 150_000).expect("advances");
    let after = tenths(engine.as_mut());
    println!("weights by tenths of the largest: {before:?} at first, {after:?} after 15 s");
    assert!(before.iter().all(|n| (60..140).contains(n)));
    assert!(after[0] > 140 && after[0] > 2 * after[9] && after.iter().sum::<i32>() == 1000);
}

/// Several spikes of a source in one step are one event of their plastic synapses with a multiplicity, as in NEST, on both engines.
#[test]
fn synapses_of_sources_that_fire_several_times_in_a_step_change_alike_on_both_engines() {
    let source = "[[population]]\nname = \"fast\"\nsize = 40\nmodel = \"poisson_source\"\nparameters = { rate_hz = 7000.0 }\n\n";
    let neurons = "[[population]]\nname = \"N\"\nsize = 30\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n\n";
    for (weight, rule) in [
        (0.2, "stdp = { lambda = 0.01, tau_plus_ms = 20.0, tau_minus_ms = 20.0, w_max_mv = 0.4 }"),
        (
            0.2,
            "stdp = { pairing = \"nearest_neighbour\", lambda = 0.01, alpha = 1.2, tau_plus_ms = 20.0, tau_minus_ms = 30.0, w_max_mv = 0.4 }",
        ),
        (5.0, "short_term = { u = 0.3, tau_rec_ms = 100.0, tau_fac_ms = 20.0 }"),
    ] {
        let text = head(9)
            + source
            + neurons
            + &projection(
                "fast",
                "N",
                &format!("rule = \"fixed_indegree\"\nindegree = 20\nweight_mv = {weight:?}\ndelay_ms = 1.0\n{rule}"),
            );
        let n = network(&text);
        let mut engines = [cpu(&n, &Options { partitions: Some(3), ..recording() }), gpu(&n, &recording())];
        let [a, b] = engines.each_mut().map(|e| run(e.as_mut(), 500));
        assert_eq!(spikewatt::bench::first_difference(&a.0, &b.0), None, "{rule}");
        assert_eq!(a.1, b.1, "{rule}");
        let [a_words, b_words] = engines.each_mut().map(|e| e.plastic_words(0).expect("weights"));
        assert!(a_words == b_words && a.1.total_spikes() >= 30, "{rule}: {} spikes", a.1.total_spikes());
    }
}

/// What a multiplicity is worth: two spikes in one step through short-term depression send twice what one sends, not one and then a second.
#[test]
fn a_multiplicity_counts_what_is_sent_and_not_the_change() {
    // At 20,000 Hz two spikes a step arrive on average; u = 1 leaves nothing for a second event, and slow recovery little for the next step.
    let text = head(3)
        + "[[population]]\nname = \"S\"\nsize = 200\nmodel = \"poisson_source\"\nparameters = { rate_hz = 20000.0 }\n\n"
        + "[[population]]\nname = \"N\"\nsize = 200\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 1e6, e_l_mv = 0.0, v_th_mv = 1e5, v_reset_mv = 0.0, t_ref_ms = 0.0 }\n\n"
        + &projection(
            "S",
            "N",
            "rule = \"one_to_one\"\nweight_mv = 1.0\ndelay_ms = 0.1\nshort_term = { u = 1.0, tau_rec_ms = 1e7 }",
        );
    let n = network(&text);
    let mut engine = cpu(&n, &Options::default());
    advance_quietly(engine.as_mut(), 40).expect("advances");
    let sent = engine.potentials_mv(1, 0..200).expect("potentials");
    // The first step with any spike sends the whole resource once for each of them: whole numbers, with the mean of a Poisson count that is not 0.
    let mean = sent.iter().sum::<f64>() / 200.0;
    let expected = 2.0 / (1.0 - (-2.0f64).exp());
    assert!(sent.iter().all(|v| (v - v.round()).abs() < 0.01 && *v > 0.9), "{sent:?}");
    assert!((mean - expected).abs() < 0.35, "{mean} for {expected}");
}
