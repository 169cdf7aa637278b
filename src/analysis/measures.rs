//! The measures, one function each. What each is and where it comes from: docs/analysis.md.

#![allow(clippy::cast_possible_truncation, reason = "windows of a recording are counted, whose length was checked")]

use rayon::prelude::*;
use rustfft::algorithm::Radix4;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection};

use super::trains::{Trains, bin};
use crate::math::{mean, sd, window_lengths_ms};

/// Intervals a neuron must have for its CV to count.
pub const FEWEST_INTERVALS: usize = 5;
/// Neurons whose pairs are correlated.
pub const CORRELATED: usize = 200;
/// Bins of the counts that are correlated, ms.
pub const CORRELATION_BIN_MS: f64 = 2.0;
/// Bins of one segment of the power spectrum, 1 ms each.
pub const SEGMENT: usize = 1024;
/// Lowest frequency that may be the spectrum's peak, Hz.
pub const LOWEST_PEAK_HZ: f64 = 5.0;

/// Firing rate of every neuron, Hz.
pub fn rates_hz(trains: &Trains, population: usize) -> Vec<f64> {
    let seconds = trains.duration_ms() / 1000.0;
    (0..trains.neurons(population)).map(|n| trains.of(population, n).len() as f64 / seconds).collect()
}

/// Coefficient of variation of the inter-spike intervals of every neuron that has at least [`FEWEST_INTERVALS`] of them.
pub fn cv_isi(trains: &Trains, population: usize) -> Vec<f64> {
    let of = |n: usize| {
        let intervals: Vec<f64> = trains.of(population, n).windows(2).map(|t| t[1] - t[0]).collect();
        (intervals.len() >= FEWEST_INTERVALS).then(|| Some(sd(&intervals)? / mean(&intervals)?)).flatten()
    };
    (0..trains.neurons(population)).filter_map(of).collect()
}

/// Pearson correlation of the spike counts in bins of [`CORRELATION_BIN_MS`], for all pairs among up to [`CORRELATED`] neurons that
/// fired: evenly spread over those of the population.
pub fn correlations(trains: &Trains, population: usize) -> Vec<f64> {
    let bins = (trains.duration_ms() / CORRELATION_BIN_MS).floor();
    if bins < 2.0 {
        return Vec::new();
    }
    let fired: Vec<usize> = (0..trains.neurons(population)).filter(|n| !trains.of(population, *n).is_empty()).collect();
    let taken = fired.len().min(CORRELATED);
    let chosen = (0..taken).map(|i| fired[i * fired.len() / taken]);
    let sparse: Vec<Vec<(usize, f64)>> = chosen
        .map(|n| {
            let mut counts: Vec<(usize, f64)> = Vec::new();
            for b in trains.of(population, n).iter().map(|t| bin(*t, CORRELATION_BIN_MS)).filter(|b| (*b as f64) < bins) {
                match counts.last_mut() {
                    Some(last) if last.0 == b => last.1 += 1.0,
                    _ => counts.push((b, 1.0)),
                }
            }
            counts
        })
        .collect();
    let moments: Vec<(f64, f64)> = sparse
        .iter()
        .map(|counts| {
            let mean = counts.iter().map(|c| c.1).sum::<f64>() / bins;
            (mean, counts.iter().map(|c| c.1 * c.1).sum::<f64>() / bins - mean * mean)
        })
        .collect();
    let pair = |i: usize, j: usize| {
        let ((mean_i, var_i), (mean_j, var_j)) = (moments[i], moments[j]);
        let covariance = dot(&sparse[i], &sparse[j]) / bins - mean_i * mean_j;
        (var_i > 0.0 && var_j > 0.0).then(|| covariance / (var_i * var_j).sqrt())
    };
    (0..sparse.len()).into_par_iter().flat_map_iter(|i| (0..i).filter_map(move |j| pair(i, j))).collect()
}

/// Sum of the products of two sparse vectors.
fn dot(a: &[(usize, f64)], b: &[(usize, f64)]) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += x.1 * y.1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// Spike counts of some populations together, in bins of a width; a bin that is not whole is left out.
pub fn population_counts(trains: &Trains, populations: &[usize], width_ms: f64) -> Vec<f64> {
    let mut counts = vec![0.0; (trains.duration_ms() / width_ms + 1e-6).floor() as usize];
    for time in populations.iter().flat_map(|p| trains.of_population(*p)) {
        if let Some(count) = counts.get_mut(bin(*time, width_ms)) {
            *count += 1.0;
        }
    }
    counts
}

/// Fano factor: variance over mean of counts.
pub fn fano(counts: &[f64]) -> Option<f64> {
    let m = mean(counts)?;
    (counts.len() > 1 && m > 0.0).then_some(())?;
    Some(sd(counts)?.powi(2) / m)
}

/// The peak of a power spectrum.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Peak {
    /// Its frequency, Hz.
    pub frequency_hz: f64,
    /// Its power over the median of all frequencies.
    pub over_median: f64,
}

/// Peak of the power spectrum of spike counts in bins of 1 ms, by Welch's method: segments of [`SEGMENT`] bins that overlap by half,
/// each without its mean and under a Hann window. `None` for less than one segment, or silence.
pub fn spectrum_peak(counts_1ms: &[f64]) -> Option<Peak> {
    // The planner would compile every transform of the library, for every width of vectors, to do this one.
    let fft = Radix4::new(SEGMENT, FftDirection::Forward);
    let window: Vec<f64> =
        (0..SEGMENT).map(|i| 0.5 - 0.5 * (2.0 * std::f64::consts::PI * i as f64 / SEGMENT as f64).cos()).collect();
    let mut power = vec![0.0; SEGMENT / 2 + 1];
    for begin in (0..counts_1ms.len().saturating_sub(SEGMENT - 1)).step_by(SEGMENT / 2) {
        let segment = &counts_1ms[begin..begin + SEGMENT];
        let level = mean(segment)?;
        let mut spectrum: Vec<Complex<f64>> =
            segment.iter().zip(&window).map(|(x, w)| Complex::new((x - level) * w, 0.0)).collect();
        fft.process(&mut spectrum);
        power.iter_mut().zip(&spectrum).for_each(|(sum, c)| *sum += c.norm_sqr());
    }
    let hz = |i: usize| i as f64 * 1000.0 / SEGMENT as f64;
    let lowest = (0..power.len()).find(|i| hz(*i) >= LOWEST_PEAK_HZ)?;
    let at = (lowest..power.len()).max_by(|a, b| power[*a].total_cmp(&power[*b]))?;
    let mut sorted = power[1..].to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    (median > 0.0).then(|| Peak { frequency_hz: hz(at), over_median: power[at] / median })
}

/// How many neurons are active within windows of a length.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Activity {
    /// Length of the windows, ms.
    pub window_ms: f64,
    /// Share of the neurons that fire at least once in a window, mean over windows.
    pub mean_share: f64,
    /// The same in the window with the most.
    pub most_share: f64,
}

/// Activity of some populations together, in windows from 1 ms on up to the whole stretch, which follow one another.
pub fn activity(trains: &Trains, populations: &[usize]) -> Vec<Activity> {
    let neurons: usize = populations.iter().map(|p| trains.neurons(*p)).sum();
    let duration = trains.duration_ms();
    let lengths = window_lengths_ms(duration);
    let of = |window_ms: f64| {
        let mut active = vec![0u32; (duration / window_ms + 1e-6).floor().max(1.0) as usize];
        let windows = active.len();
        for (p, n) in populations.iter().flat_map(|p| (0..trains.neurons(*p)).map(move |n| (*p, n))) {
            let mut last = usize::MAX;
            for b in trains.of(p, n).iter().map(|t| bin(*t, window_ms)).filter(|b| *b < windows) {
                if b != last {
                    active[b] += 1;
                    last = b;
                }
            }
        }
        let share = |n: f64| n / neurons.max(1) as f64;
        Activity {
            window_ms,
            mean_share: share(active.iter().map(|n| f64::from(*n)).sum::<f64>() / active.len() as f64),
            most_share: share(active.iter().copied().max().map_or(0.0, f64::from)),
        }
    };
    lengths.into_par_iter().map(of).collect()
}

/// Kolmogorov-Smirnov distance of two samples: the largest difference of their cumulative distributions.
pub fn ks_distance(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |x: &[f64]| {
        let mut x = x.to_vec();
        x.sort_unstable_by(f64::total_cmp);
        x
    };
    let (a, b) = (sorted(a), sorted(b));
    let (mut i, mut j, mut worst) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        worst = worst.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    worst
}
