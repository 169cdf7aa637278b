//! Distributions as integer tables, computed once on the host.
//!
//! A device never evaluates `exp` or `log` to draw a number: it looks a uniform word up in one of these tables. They are
//! computed in double precision with `libm`, whose results are the same on every operating system.

#![allow(
    clippy::cast_possible_truncation,
    reason = "times and counts are rounded and within bounds that were checked; float casts saturate"
)]

use super::Distribution;

/// Equiprobable levels of a weight table: 8 bits of a stored synapse.
pub const WEIGHT_LEVELS: usize = 256;
/// Equiprobable levels of a delay table.
pub const DELAY_LEVELS: usize = 4096;
/// Equiprobable levels of an initial-state table.
pub const STATE_LEVELS: usize = 4096;

/// Inverse of the standard normal distribution function, to full double precision: a rational first guess (Acklam's
/// published coefficients would do as well; this one is Abramowitz & Stegun 26.2.23) polished by Newton-Halley steps on
/// `erfc`.
///
/// `p` must lie strictly between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    let (tail, sign) = if p < 0.5 { (p, -1.0) } else { (1.0 - p, 1.0) };
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let guess = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    let mut x = guess;
    for _ in 0..4 {
        // f(x) = upper tail - tail; the density is -f'.
        let f = 0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2) - tail;
        let density = libm::exp(-0.5 * x * x) * 0.398_942_280_401_432_7;
        let step = f / density;
        x += step / (1.0 - 0.5 * x * step);
    }
    sign * x
}

/// Standard normal distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The value of a distribution at probability `p` in (0, 1).
pub fn quantile(distribution: &Distribution, p: f64) -> f64 {
    match *distribution {
        Distribution::Constant(value) => value,
        Distribution::Uniform { min, max } => min + (max - min) * p,
        Distribution::Power { from, to, exponent } => from + (to - from) * libm::pow(p, exponent),
        Distribution::Lognormal { median, sigma, min, max } => {
            let x = median * libm::exp(sigma * normal_quantile(p));
            x.max(min.unwrap_or(f64::NEG_INFINITY)).min(max.unwrap_or(f64::INFINITY))
        }
        Distribution::Normal { mean, sd, min, max, redraw } => {
            if redraw {
                let below = min.map_or(0.0, |m| normal_cdf((m - mean) / sd));
                let above = max.map_or(1.0, |m| normal_cdf((m - mean) / sd));
                let inside = below + (above - below) * p;
                mean + sd * normal_quantile(inside.clamp(1e-300, 1.0 - 1e-16))
            } else {
                let x = mean + sd * normal_quantile(p);
                x.max(min.unwrap_or(f64::NEG_INFINITY)).min(max.unwrap_or(f64::INFINITY))
            }
        }
    }
}

/// `levels` equiprobable values of a distribution, in the order of their quantiles. Each level is the mean of its own slice; the whole is
/// then stretched about its mean so that the standard deviation is the distribution's own, not the slightly smaller one
/// that slicing leaves, and kept inside the distribution's bounds. A constant has one level.
pub fn levels(distribution: &Distribution, levels: usize) -> Vec<f64> {
    if let Distribution::Constant(value) = *distribution {
        return vec![value];
    }
    const FINE: usize = 32;
    let n = levels * FINE;
    let fine: Vec<f64> = (0..n).map(|i| quantile(distribution, (i as f64 + 0.5) / n as f64)).collect();
    let mean = fine.iter().sum::<f64>() / n as f64;
    let variance = fine.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
    let coarse: Vec<f64> = fine.chunks(FINE).map(|slice| slice.iter().sum::<f64>() / FINE as f64).collect();
    let sliced = coarse.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / levels as f64;
    let stretch = if sliced > 0.0 { libm::sqrt(variance / sliced) } else { 1.0 };
    let (low, high) = distribution.bounds();
    coarse.iter().map(|x| (mean + (x - mean) * stretch).max(low).min(high)).collect()
}

/// The lowest and the highest value that neurons can have of a distribution.
pub fn extremes(distribution: &Distribution) -> (f64, f64) {
    let levels = levels(distribution, STATE_LEVELS);
    let (first, last) = (levels[0], levels[levels.len() - 1]);
    (first.min(last), first.max(last))
}

/// A distribution of delays on the time grid: `DELAY_LEVELS` values in steps, at least 1. A constant has one level.
pub fn delay_levels_steps(distribution: &Distribution, dt_ms: f64) -> Vec<u32> {
    let to_steps = |ms: f64| libm::round(ms / dt_ms).max(1.0) as u32;
    match distribution {
        Distribution::Constant(ms) => vec![to_steps(*ms)],
        _ => (0..DELAY_LEVELS).map(|i| to_steps(quantile(distribution, (i as f64 + 0.5) / DELAY_LEVELS as f64))).collect(),
    }
}

/// Thresholds of a Poisson distribution with the given mean: the number of arrivals for a uniform word `u` is the number of
/// thresholds at or below `u`. Entry k is P(X <= k) x 2^32, rounded; the table ends where that reaches 2^32.
pub fn poisson_thresholds(mean: f64) -> Vec<u32> {
    let mut thresholds = Vec::new();
    let mut term = libm::exp(-mean);
    let mut cumulative = 0.0;
    let mut k = 0.0;
    loop {
        cumulative += term;
        let scaled = libm::round(cumulative * 4294967296.0);
        // Past the mean, stop where the remaining tail is below the resolution of a word.
        if scaled >= 4294967295.5 || (k > mean && term * 4294967296.0 < 1e-3) {
            return thresholds;
        }
        thresholds.push(scaled as u32);
        k += 1.0;
        term *= mean / k;
    }
}

/// The number of arrivals a word stands for; see [`poisson_thresholds`].
#[inline(always)]
pub fn poisson_count(thresholds: &[u32], word: u32) -> u32 {
    // They rise.
    thresholds.iter().take_while(|t| word >= **t).count() as u32
}

/// A binomial variate by inversion from the mode outwards; exact up to double rounding, and the same on every platform.
/// `u` is uniform in [0, 1). Needs about two standard deviations of steps.
pub fn binomial(n: u64, p: f64, u: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    let nf = n as f64;
    let mode = libm::floor((nf + 1.0) * p).min(nf);
    let log_pmf = libm::lgamma(nf + 1.0) - libm::lgamma(mode + 1.0) - libm::lgamma(nf - mode + 1.0)
        + mode * libm::log(p)
        + (nf - mode) * libm::log1p(-p);
    let pmf = libm::exp(log_pmf);
    let odds = p / (1.0 - p);
    let (mut left, mut right) = (mode, mode);
    let (mut p_left, mut p_right) = (pmf, pmf);
    let mut rest = u - pmf;
    while rest >= 0.0 {
        let before = rest;
        if right < nf {
            p_right *= (nf - right) / (right + 1.0) * odds;
            right += 1.0;
            rest -= p_right;
            if rest < 0.0 {
                return right as u64;
            }
        }
        if left > 0.0 {
            p_left *= left / ((nf - left + 1.0) * odds);
            left -= 1.0;
            rest -= p_left;
            if rest < 0.0 {
                return left as u64;
            }
        }
        if rest == before {
            break; // Both tails have underflowed: u was within rounding of 1.
        }
    }
    mode as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_quantile_inverts_the_distribution_function() {
        for p in [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.999, 1.0 - 1e-9] {
            let back = normal_cdf(normal_quantile(p));
            assert!((back - p).abs() <= 1e-12 * p.max(1e-3), "{p}: {back}");
        }
        assert!((normal_quantile(0.975) - 1.959963984540054).abs() < 1e-12);
    }

    #[test]
    fn a_normal_table_has_the_distributions_mean_and_sd() {
        let d = Distribution::Normal { mean: 87.81, sd: 8.781, min: Some(0.0), max: None, redraw: true };
        let table = levels(&d, WEIGHT_LEVELS);
        let mean = table.iter().sum::<f64>() / 256.0;
        let sd = (table.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 256.0).sqrt();
        assert!((mean - 87.81).abs() < 1e-3, "{mean}");
        assert!((sd - 8.781).abs() < 2e-3, "{sd}");
        assert!(table.is_sorted());
        // Kolmogorov-Smirnov distance to the distribution itself: at most half a level and a little.
        for (i, x) in table.iter().enumerate() {
            let cdf = normal_cdf((x - 87.81) / 8.781);
            assert!((cdf - (i as f64 + 0.5) / 256.0).abs() < 1.0 / 256.0);
        }
    }

    #[test]
    fn redrawn_and_clipped_normals_differ_as_they_should() {
        let redrawn = Distribution::Normal { mean: 0.0, sd: 1.0, min: Some(0.0), max: None, redraw: true };
        let clipped = Distribution::Normal { mean: 0.0, sd: 1.0, min: Some(0.0), max: None, redraw: false };
        let mean = |d| levels(d, 256).iter().sum::<f64>() / 256.0;
        assert!((mean(&redrawn) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-3);
        assert!((mean(&clipped) - 1.0 / (2.0 * std::f64::consts::PI).sqrt()).abs() < 1e-3);
    }

    #[test]
    fn poisson_tables_follow_the_distribution() {
        for mean in [0.01, 0.5, 1.28, 2.32, 17.0, 60.0] {
            let t = poisson_thresholds(mean);
            // Exact moments of the tabulated distribution, against mean and variance of the true one.
            let (mut m1, mut m2, mut last) = (0.0, 0.0, 0.0);
            for (k, &x) in t.iter().chain(std::iter::once(&0)).enumerate() {
                let upper = if k == t.len() { 4294967296.0 } else { f64::from(x) };
                let p = (upper - last) / 4294967296.0;
                last = upper;
                m1 += p * k as f64;
                m2 += p * (k * k) as f64;
            }
            assert!((m1 - mean).abs() < 1e-6 * mean.max(1.0), "mean {m1} for {mean}");
            assert!((m2 - m1 * m1 - mean).abs() < 1e-5 * mean.max(1.0), "variance for {mean}");
            assert_eq!(poisson_count(&t, 0) as usize, t.iter().filter(|x| **x == 0).count());
            assert_eq!(poisson_count(&t, u32::MAX) as usize, t.len());
        }
    }

    #[test]
    fn binomial_draws_have_the_right_mean_and_variance() {
        for (n, p) in [(10u64, 0.3), (1000, 0.01), (298_880, 0.0004), (5, 0.99)] {
            let draws = 20_000;
            let xs: Vec<f64> = (0..draws).map(|i| binomial(n, p, (i as f64 + 0.5) / draws as f64) as f64).collect();
            let mean = xs.iter().sum::<f64>() / draws as f64;
            let variance = xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws as f64;
            let (em, ev) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - em).abs() < 0.01 * em.max(0.1), "{n} {p}: mean {mean}");
            assert!((variance - ev).abs() < 0.02 * ev.max(0.1), "{n} {p}: variance {variance}");
        }
        assert_eq!(binomial(0, 0.5, 0.7), 0);
        assert_eq!(binomial(9, 1.0, 0.7), 9);
        assert!(binomial(100, 0.5, 1.0 - f64::EPSILON) <= 100);
    }
}
