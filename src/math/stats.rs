//! Small statistics.

/// Two-sided 95 % quantile of Student's t (tabulated to 30 degrees of freedom, then the usual expansion).
pub(crate) fn student_t95(degrees: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
        2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    match TABLE.get(degrees.wrapping_sub(1)) {
        Some(t) => *t,
        None => 1.959_964 + 2.372_27 / degrees as f64,
    }
}

/// Mean; `None` without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of all there are; `None` without values.
pub fn sd(values: &[f64]) -> Option<f64> {
    let m = mean(values)?;
    Some((values.iter().map(|x| (x - m).powi(2)).sum::<f64>() / values.len() as f64).sqrt())
}

/// Standard deviation of a sample; 0 for fewer than two values.
pub(crate) fn sample_sd(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// Median; `None` without values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(sorted[n / 2]),
        _ => Some((sorted[n / 2 - 1] + sorted[n / 2]) / 2.0),
    }
}

/// Lengths of windows in which neurons are active or not, ms: 1, 2, 5, 10 and so on, and the whole of a stretch.
pub fn window_lengths_ms(stretch_ms: f64) -> Vec<f64> {
    let steps = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|d| d * 10f64.powi(power)));
    let mut lengths: Vec<f64> = steps.take_while(|ms| *ms < stretch_ms - 1e-6).collect();
    lengths.push(stretch_ms);
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_follow_student() {
        assert!((student_t95(2) - 4.303).abs() < 1e-9);
        assert!((student_t95(60) - 2.000).abs() < 2e-3);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
