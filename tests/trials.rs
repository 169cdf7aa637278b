//! Promise: trials that run at once over one copy of the synapses are, spike by spike, those that run alone, on every engine, and independent
//! realisations of all that is drawn while a network runs.

mod common;

use common::{adapter, cpu, delta_population, exp_population, gpu, head, network, projection, run};
use spikewatt::engine::plan::{Candidate, Delivery, GpuPlan};
use spikewatt::engine::{Engine, Options, Spike, advance_quietly};
use spikewatt::network::Network;
use spikewatt::{load, scenario::Scale};

/// Networks that differ in how they are driven, how they are stepped and how they are connected.
fn networks() -> Vec<(&'static str, Network)> {
    let between = "delay_ms = { distribution = \"uniform\", min = 0.4, max = 3.0 }";
    let recurrent = |degree: u32, weight: &str| format!("rule = \"fixed_indegree\"\nindegree = {degree}\n{weight}\n{between}");
    let noisy = "[[population]]\nname = \"N\"\nsize = 300\nmodel = \"lif_psc_alpha\"\nnoise = { mean_pa = 0.0, sd_pa = 600.0, interval_ms = 0.5 }\nparameters = { tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 5.0, i_e_pa = 400.0 }\n\n";
    let built = |name: &str, scale: f64| {
        Network::build(&load(name).expect("built in").scaled(Scale::Factor(scale)).expect("scales")).expect("a network")
    };
    vec![
        (
            "drives and two models",
            network(
                &(head(3)
                    + &exp_population("E", 500, 0.5, 9000.0, 87.0)
                    + &delta_population("D", 300, 2.0, 9000.0, 0.2)
                    + &projection("E", "E", &recurrent(40, "weight_pa = 60.0"))
                    + &projection("E", "D", &recurrent(30, "weight_mv = 0.3"))
                    + &projection("D", "E", &recurrent(20, "weight_pa = -200.0"))),
            ),
        ),
        (
            "noise, and sources",
            network(
                &(head(4)
                    + noisy
                    + "[[population]]\nname = \"S\"\nsize = 30\nmodel = \"poisson_source\"\nparameters = { rate_hz = 80.0 }\n\n"
                    + &projection("S", "N", &recurrent(10, "weight_pa = 400.0"))
                    + &projection("N", "N", &recurrent(10, "weight_pa = -90.0"))),
            ),
        ),
        // Edge lists and stimuli; most neurons rest.
        ("larva", Network::build(&load("larva").expect("built in")).expect("a network")),
        ("fly:sham", built("fly:sham", 0.03)),
        ("membrane", built("membrane", 0.02)),
    ]
}

/// A trial alone: its spikes and its checksum.
fn alone(network: &Network, trial: u32, steps: u64) -> (Vec<Spike>, u64) {
    let one = network.clone().with_trials(trial..trial + 1).expect("a trial");
    let (spikes, counts) = run(cpu(&one, &Options { record: true, ..Options::default() }).as_mut(), steps);
    assert!(counts.trial_checksums == [counts.checksum]);
    (spikes, counts.checksum)
}

/// Whether an engine's trials fired as they do alone.
fn same(engine: &mut dyn Engine, apart: &[(Vec<Spike>, u64)], steps: u64, what: &str) {
    let (spikes, counts) = run(engine, steps);
    let network = engine.network();
    let populations = network.trial_populations().len() as u32;
    for (i, (own, sum)) in (0u32..).zip(apart) {
        let of_trial = spikes.iter().filter(|s| s.population / populations == i);
        let of_trial: Vec<Spike> = of_trial.map(|s| Spike { population: s.population % populations, ..*s }).collect();
        assert_eq!((of_trial.len(), counts.trial_checksums[i as usize]), (own.len(), *sum), "{what}, trial {i}");
        assert!(of_trial == *own, "{what}, trial {i}");
    }
}

#[test]
fn trials_at_once_are_those_that_run_alone() {
    let (adapter, _) = adapter();
    for (name, n) in networks() {
        let steps = n.steps(60.0);
        let first = 1;
        let apart: Vec<(Vec<Spike>, u64)> = (first..first + 3).map(|trial| alone(&n, trial, steps)).collect();
        assert!(apart.iter().all(|(spikes, _)| !spikes.is_empty()), "{name}: a silent trial tells nothing");
        assert!(apart[0].1 != apart[1].1 && apart[1].1 != apart[2].1 && apart[0].1 != apart[2].1, "{name}: trials are alike");
        let (plain, _) = run(cpu(&n, &Options { record: true, ..Options::default() }).as_mut(), steps);
        assert!(alone(&n, 0, steps).0 == plain, "{name}: trial 0 is the network as it is");
        let all = n.clone().with_trials(first..first + 3).expect("trials");
        assert_eq!((all.synapses(), all.neurons()), (n.synapses(), 3 * n.neurons()), "{name}: one copy of the synapses");
        let deliveries: &[Delivery] = if n.has_lists() { &[Delivery::Stored] } else { &[Delivery::Stored, Delivery::Procedural] };
        for partitions in [1, 2, 7] {
            for delivery in deliveries {
                let options =
                    Options { record: true, partitions: Some(partitions), delivery: Some(*delivery), ..Options::default() };
                same(cpu(&all, &options).as_mut(), &apart, steps, &format!("{name}, {partitions} partitions, {delivery:?}"));
                if *delivery == Delivery::Stored {
                    let due = Options { when_due: Some(true), steps_all: true, ..options };
                    same(cpu(&all, &due).as_mut(), &apart, steps, &format!("{name}, {partitions} partitions, when due"));
                }
            }
        }
        // A way to run of each strategy, with and without rest; one with several shards of synapses and neurons.
        let mut seen = Vec::new();
        for max_binding_bytes in [None, Some(300_000)] {
            let options = Options { record: true, max_binding_bytes, ..Options::default() };
            for (candidate, _) in GpuPlan::candidates(&all, &options, &adapter.limits()) {
                let kind = (candidate.strategy, candidate.rests, max_binding_bytes);
                let options = Options { candidate: Some(candidate), delivery: Some(candidate.delivery()), ..options.clone() };
                let fits: Option<Candidate> =
                    GpuPlan::with(&all, &options, &adapter.limits(), candidate).ok().map(|plan| plan.candidate);
                if seen.contains(&kind) || fits != Some(candidate) {
                    continue;
                }
                seen.push(kind);
                same(gpu(&all, &options).as_mut(), &apart, steps, &format!("{name}, {candidate}, {max_binding_bytes:?}"));
            }
        }
        assert!(!seen.is_empty() && (n.synapses() == 0 || seen.len() >= deliveries.len()), "{name}: {seen:?}");
    }
}

#[test]
fn a_state_of_trials_goes_on_elsewhere() {
    let n = networks().swap_remove(3).1.with_trials(0..2).expect("trials");
    let steps = n.steps(40.0);
    let mut whole = cpu(&n, &Options::default());
    advance_quietly(whole.as_mut(), 2 * steps).expect("advances");
    let mut first = cpu(&n, &Options::default());
    advance_quietly(first.as_mut(), steps).expect("advances");
    let half = first.counts().expect("counts");
    let taken = first.snapshot().expect("a state");
    let mut second = gpu(&n, &Options::default());
    second.resume(&taken).expect("resumes");
    advance_quietly(second.as_mut(), steps).expect("advances");
    let (all, rest) = (whole.counts().expect("counts"), second.counts().expect("counts"));
    assert_eq!(all.total_spikes(), half.total_spikes() + rest.total_spikes());
    let state = |engine: &mut dyn Engine| engine.snapshot().expect("a state").state;
    assert!(state(whole.as_mut()) == state(second.as_mut()));
}

/// External arrivals of a trial are Poisson with a mean in closed form, and those of different trials do not go together.
#[test]
fn trials_are_independent_poisson_realisations() {
    let (size, rate_hz, bio_ms) = (60, 40.0, 500.0);
    let n = network(&(head(5) + &delta_population("D", size, 2.0, rate_hz, 0.01)));
    let trials = 400u32;
    let steps = n.steps(bio_ms);
    let mut engine = cpu(&n.with_trials(0..2 * trials).expect("trials"), &Options::default());
    advance_quietly(engine.as_mut(), steps).expect("advances");
    let counts: Vec<f64> = engine.counts().expect("counts").external_events.iter().map(|n| *n as f64).collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / (counts.len() as f64 - 1.0);
    let expected = f64::from(size) * rate_hz * bio_ms * 1e-3;
    // Five standard errors: of a mean of 800 Poisson numbers, of their variance, of a correlation of 400 pairs.
    assert!((mean - expected).abs() < 5.0 * (expected / counts.len() as f64).sqrt(), "{mean} arrivals, {expected} expected");
    assert!(
        (variance / expected - 1.0).abs() < 5.0 * (2.0 / counts.len() as f64).sqrt(),
        "variance {variance}, {expected} expected"
    );
    let pairs =
        counts.chunks_exact(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / f64::from(trials) / variance;
    assert!(pairs.abs() < 5.0 / f64::from(trials).sqrt(), "neighbours go together: {pairs}");
}

#[test]
fn what_cannot_be_shared_is_refused() {
    let plastic = network(&common::lively());
    let told = |n: Network, trials: std::ops::Range<u32>| n.with_trials(trials).expect_err("refused").to_string();
    assert!(told(plastic.clone(), 0..2).contains("plastic"));
    // Alone it is what it was.
    assert_eq!(plastic.with_trials(0..1).expect("the network itself").trial_count(), 1);
    let (_, n) = networks().swap_remove(0);
    assert!(told(n.clone(), 3..3).contains("trials are 1 to"));
    assert!(told(n.clone(), 0..65_537).contains("trials are 1 to"));
    let large = Network::build(&load("membrane").expect("built in")).expect("a network");
    assert!(told(large, 0..60_000).contains("can be told apart"));
}
