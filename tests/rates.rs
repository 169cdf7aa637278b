//! Promise: the standard workloads fire as theory and independent simulators say.
//!
//! `SPIKEWATT_FULL=1` (set by `./test --full`) runs the microcircuit at full size against its published rates; otherwise it runs
//! at a tenth of its size against NEST.

mod common;

use common::cpu;
use spikewatt::engine::{Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::neuron::LifParameters;
use spikewatt::scenario::{Scale, load};

/// Rates of each population after a transient, Hz.
fn rates(network: &Network, transient_ms: f64, bio_ms: f64) -> Vec<f64> {
    let mut engine = cpu(network, &Options::default());
    advance_quietly(engine.as_mut(), network.steps(transient_ms)).expect("advances");
    engine.save().expect("saves");
    advance_quietly(engine.as_mut(), network.steps(bio_ms)).expect("advances");
    let counts = engine.counts().expect("counts");
    counts.spikes.iter().zip(&network.populations).map(|(s, p)| *s as f64 / f64::from(p.size) / bio_ms * 1e3).collect()
}

fn scaled(name: &str, factor: f64) -> Network {
    Network::build(&load(name).expect("built in").scaled(Scale::Factor(factor)).expect("scales")).expect("a network")
}

/// Mean rate of a leaky integrate-and-fire neuron under Gaussian white noise of the same mean and variance as small delta
/// synapses under Poisson drive (Siegert 1951, doi:10.1103/PhysRev.81.617; in the form of Brunel 2000, doi:10.1023/A:1008925309027).
fn siegert_hz(rate_hz: f64, weight_mv: f64, tau_ms: f64, threshold_mv: f64, reset_mv: f64, t_ref_ms: f64) -> f64 {
    let mu = weight_mv * rate_hz * 1e-3 * tau_ms;
    let sigma = (weight_mv * weight_mv * rate_hz * 1e-3 * tau_ms).sqrt();
    let (a, b) = ((reset_mv - mu) / sigma, (threshold_mv - mu) / sigma);
    let n = 100_000;
    let h = (b - a) / f64::from(n);
    let integral: f64 = (0..n).map(|i| a + (f64::from(i) + 0.5) * h).map(|u| (u * u).exp() * libm::erfc(-u)).sum::<f64>() * h;
    1e3 / (t_ref_ms + tau_ms * std::f64::consts::PI.sqrt() * integral)
}

#[test]
fn membrane_fires_at_siegerts_rate() {
    let n = scaled("membrane", 0.02);
    let spec = &n.scenario.populations[0];
    let d = spec.poisson.expect("driven");
    let p = LifParameters::of(spec.model.values(&spec.typical()));
    let expected = siegert_hz(d.rate_hz, d.weight, p.tau_m_ms, p.v_th_mv, p.v_reset_mv, p.t_ref_ms);
    let got = rates(&n, 200.0, 1000.0)[0];
    println!("membrane: {got:.3} Hz, Siegert {expected:.3} Hz");
    assert!((got / expected - 1.0).abs() < 0.02, "{got} Hz, Siegert {expected} Hz");
}

#[test]
fn brunel_fires_as_in_nest() {
    let got = rates(&scaled("brunel", 1.0), 500.0, 500.0);
    println!("brunel: {got:.2?} Hz");
    // NEST 3.10, two seeds: 37.54 and 37.79 Hz (E), 37.66 and 37.90 Hz (I); within 5 %.
    for (rate, nest) in got.iter().zip([37.67, 37.78]) {
        assert!((rate / nest - 1.0).abs() < 0.05, "{rate} Hz, NEST {nest} Hz");
    }
}

#[test]
fn cuba_fires_as_in_brian2() {
    // The rate of the excitatory neurons depends on the realisation of the network, so several are averaged.
    let mut scenario = load("cuba").expect("built in");
    let mut mean = [0.0; 2];
    for seed in 1..=6 {
        scenario.seed = seed;
        let got = rates(&Network::build(&scenario).expect("a network"), 1000.0, 4000.0);
        println!("cuba, seed {seed}: {got:.3?} Hz");
        mean = [mean[0] + got[0] / 6.0, mean[1] + got[1] / 6.0];
    }
    println!("cuba, mean of six seeds: {mean:.3?} Hz");
    // Brian2 2.9, five seeds over 9 s: 5.43 to 5.74 Hz, mean 5.596 (E), 5.55 to 5.61 Hz, mean 5.577 (I).
    for (rate, (brian2, within)) in mean.iter().zip([(5.596, 0.08), (5.577, 0.03)]) {
        assert!((rate / brian2 - 1.0).abs() < within, "{rate} Hz, Brian2 {brian2} Hz");
    }
}

#[test]
fn the_sheet_is_homogeneous_and_keeps_its_rate_at_every_size() {
    let small = rates(&scaled("sheet", 0.1), 50.0, 100.0);
    let large = rates(&scaled("sheet", 0.4), 50.0, 100.0);
    println!("sheet at scales 0.1 and 0.4: {small:.3?} {large:.3?} Hz");
    for (a, b) in small.iter().zip(&large) {
        assert!((2.0..8.0).contains(a) && (a / b - 1.0).abs() < 0.2, "{a} Hz and {b} Hz");
    }
}

#[test]
fn microcircuit_fires_as_in_nest() {
    if common::full() {
        // Long-run rates of the maintained NEST implementation at full scale.
        let published = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];
        let got = rates(&scaled("microcircuit", 1.0), 500.0, 2000.0);
        println!("microcircuit: {got:.3?} Hz");
        for (rate, expected) in got.iter().zip(published) {
            assert!((rate / expected - 1.0).abs() < 0.10, "{rate} Hz, published {expected} Hz: {got:.3?}");
        }
    } else {
        // NEST 3.10 at a tenth of the neurons and full in-degrees, over seeds: so small a network's rates differ from one to the next.
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("data/reference/networks.json")).expect("the reference is JSON");
        let seeds: Vec<Vec<f64>> =
            serde_json::from_value(reference["microcircuit:0.1"]["rates"].clone()).expect("rates by seed and population");
        let got = rates(&scaled("microcircuit", 0.1), 500.0, 2000.0);
        println!("microcircuit at scale 0.1: {got:.3?} Hz");
        for (population, rate) in got.iter().enumerate() {
            let n = seeds.len() as f64;
            let mean = seeds.iter().map(|s| s[population]).sum::<f64>() / n;
            let sd = (seeds.iter().map(|s| (s[population] - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            assert!((rate - mean).abs() < 3.5 * sd, "{rate} Hz, NEST {mean:.3} +- {sd:.3} Hz: {got:.3?}");
        }
    }
}

#[test]
fn the_microcircuit_has_its_published_size() {
    let n = scaled("microcircuit", 1.0);
    assert_eq!((n.neurons(), n.synapses()), (77_169, 298_880_968));
    let b = scaled("brunel", 1.0);
    assert_eq!((b.neurons(), b.synapses()), (12_500, 15_625_000));
}
