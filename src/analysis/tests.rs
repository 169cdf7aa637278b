#![allow(clippy::cast_possible_truncation, reason = "words and neurons of small tests")]
use super::*;
use crate::network::random::{Purpose, key, threefry};
use crate::recording::{Header, Recorded, Recording, Rows};
use glam::UVec4;
use measures::*;

/// A recording of 10 s of one population, from (neuron, time in ms).
fn trains(size: u32, spikes: impl IntoIterator<Item = (u32, f64)>) -> Trains {
    let header = Header {
        program: "test".into(),
        scenario: "test".into(),
        scenario_version: 1,
        scenario_hash: String::new(),
        seed: 1,
        dt_ms: 0.1,
        from_ms: 1000.0,
        until_ms: 11_000.0,
        populations: vec![Recorded { name: "E".into(), size, source: false, recorded: true, ids: None }],
    };
    let mut rows = Rows::default();
    for (neuron, time) in spikes {
        rows.time_ms.push(1000.0 + time);
        rows.population.push(0);
        rows.neuron.push(neuron);
    }
    Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None).expect("trains")
}

/// Independent Bernoulli spikes with a probability per step of 0.1 ms, over 10 s.
fn bernoulli(size: u32, probability: f64) -> Vec<(u32, f64)> {
    let limit = (probability * 4_294_967_296.0) as u32;
    let key = key(5, Purpose::InitialState, 0);
    let mut spikes = Vec::new();
    for step in 0..100_000u32 {
        for four in 0..size.div_ceil(4) {
            let words = threefry(key, UVec4::new(step, four, 0, 0)).to_array();
            for (i, word) in words.into_iter().enumerate() {
                if word < limit && four * 4 + (i as u32) < size {
                    spikes.push((four * 4 + i as u32, f64::from(step + 1) * 0.1));
                }
            }
        }
    }
    spikes
}

#[test]
fn regular_spikes_have_no_variation_and_a_peak_at_their_rate() {
    // All neurons together, every 12.5 ms: 80 Hz.
    let t = trains(10, (0..800).flat_map(|i| (0..10).map(move |n| (n, f64::from(i) * 12.5 + 0.1))));
    let a = analyse(&t);
    let s = &a.populations[0];
    assert_eq!((s.neurons, s.spikes, s.rate_hz, s.rate_sd_hz), (10, 8000, Some(80.0), Some(0.0)));
    assert!(s.cv_isi.expect("intervals") < 1e-9);
    assert!((s.correlation.expect("pairs") - 1.0).abs() < 1e-9);
    assert_eq!(s.correlation_pairs, 45);
    // One bin of 12.5 holds 10 spikes, the others none: variance 10^2 p (1 - p), mean 10 p.
    assert!((s.fano_1ms.expect("counts") - 10.0 * (1.0 - 0.08)).abs() < 1e-9);
    let peak = s.spectrum_peak.expect("a spectrum").frequency_hz;
    assert!((peak / 80.0).fract().min(1.0 - (peak / 80.0).fract()) < 0.01, "{peak}");
    let within = |ms: f64| s.activity.iter().find(|a| a.window_ms == ms).expect("this window").mean_share;
    assert!((within(1.0) - 0.08).abs() < 1e-9);
    assert_eq!((within(20.0), within(10_000.0)), (1.0, 1.0));
}

#[test]
fn poisson_spikes_have_unit_variation_no_correlation_and_the_activity_of_their_rate() {
    let t = trains(200, bernoulli(200, 2e-3));
    let a = analyse(&t);
    let s = &a.all;
    assert!((s.rate_hz.expect("a rate") - 20.0).abs() < 0.3, "{:?}", s.rate_hz);
    // 200 neurons with 200 intervals each: standard error of the mean CV about 0.004; a record that ends hides long intervals, about 2 %.
    assert!((s.cv_isi.expect("intervals") - 0.98).abs() < 0.015, "{:?}", s.cv_isi);
    let p = &a.populations[0];
    assert!(p.correlation.expect("pairs").abs() < 0.001, "{:?}", p.correlation);
    // Pearson's coefficient of 5,000 independent bins.
    assert!((p.correlation_sd.expect("pairs") - 5000f64.powf(-0.5)).abs() < 0.001, "{:?}", p.correlation_sd);
    assert!((p.fano_1ms.expect("counts") - 1.0).abs() < 0.06 && (p.fano_5ms.expect("counts") - 1.0).abs() < 0.12);
    let within = |ms: f64| p.activity.iter().find(|a| a.window_ms == ms).expect("this window").mean_share;
    for ms in [1.0f64, 10.0, 50.0, 200.0] {
        let expected = 1.0 - (-0.02 * ms).exp();
        assert!((within(ms) - expected).abs() < 0.01, "{ms} ms: {} instead of {expected}", within(ms));
    }
}

#[test]
fn silence_gives_no_figures_instead_of_wrong_ones() {
    let a = analyse(&trains(5, []));
    let s = &a.all;
    assert_eq!((s.rate_hz, s.silent_share, s.cv_isi, s.fano_1ms), (Some(0.0), Some(1.0), None, None));
    assert_eq!((s.correlation, s.spectrum_peak), (None, None));
    assert!(s.activity.iter().all(|a| a.mean_share == 0.0));
}

#[test]
fn a_spike_at_a_border_belongs_to_the_bin_that_ends_there() {
    let t = trains(1, [(0, 1.0), (0, 1.1), (0, 10_000.0)]);
    let counts = population_counts(&t, &[0], 1.0);
    assert_eq!((counts.len(), counts[0], counts[1], counts[9_999]), (10_000, 1.0, 1.0, 1.0));
}

#[test]
fn parts_of_the_time_are_cut_out_and_refused() {
    let recording = Recording { header: trains(1, []).header, rows: Rows::default(), ids: Vec::new() };
    assert!(Trains::new(&recording, Some(2000.0), Some(3000.0)).is_ok());
    for (from, until) in [(500.0, 3000.0), (2000.0, 12_000.0), (3000.0, 2000.0)] {
        let e = Trains::new(&recording, Some(from), Some(until)).expect_err("not within");
        assert!(e.to_string().contains("from 1000 to 11000 ms"), "{e}");
    }
}

#[test]
fn the_distance_of_samples_is_that_of_their_distributions() {
    assert_eq!(ks_distance(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.0);
    assert_eq!(ks_distance(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
    assert!((ks_distance(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0]) - 0.5).abs() < 1e-12);
    assert!((ks_distance(&[1.0, 1.0, 2.0], &[1.0, 2.0, 2.0]) - 1.0 / 3.0).abs() < 1e-12);
}
