//! Ratios of what two runs took, and how far they can be trusted.

use crate::math::student_t95;
use crate::report::format::digits;
use crate::result::Workload;

/// A ratio to the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The ratio; 1 is alike, above 1 is more.
    pub value: f64,
    /// 95 % interval; none from single repetitions.
    pub ci95: Option<[f64; 2]>,
}

impl Ratio {
    /// What a thing is to itself.
    pub(super) fn one() -> Self {
        Self { value: 1.0, ci95: Some([1.0, 1.0]) }
    }

    /// Whether its interval leaves open which is more. Without an interval nothing is known.
    pub fn spans_one(&self) -> bool {
        self.ci95.is_none_or(|[low, high]| low <= 1.0 && high >= 1.0)
    }

    /// As in "1.23 (1.10 to 1.38)".
    pub fn words(&self) -> String {
        match self.ci95 {
            Some([low, high]) if low < high => format!("{} ({} to {})", digits(self.value), digits(low), digits(high)),
            Some(_) => digits(self.value),
            None => format!("{} (no interval)", digits(self.value)),
        }
    }
}

/// Wall time per biological time: medians, with the interval of a difference of means of logarithms (Welch 1947, doi:10.1093/biomet/34.1-2.28).
pub(super) fn time(w: &Workload, b: &Workload) -> Ratio {
    let value = w.realtime_factor / b.realtime_factor;
    let ci95 = spread(&w.wall_s).zip(spread(&b.wall_s)).map(|(a, b)| {
        let variance = a.0 + b.0;
        // Repetitions that agree to the last bit leave no spread to count degrees by.
        let degrees = if variance > 0.0 { variance * variance / (a.0 * a.0 / a.1 + b.0 * b.0 / b.1) } else { a.1 + b.1 };
        interval(value, student_t95(whole(degrees)) * variance.sqrt())
    });
    Ratio { value, ci95 }
}

/// Degrees of freedom, rounded down.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few million repetitions at most")]
fn whole(degrees: f64) -> usize {
    degrees.max(1.0) as usize
}

/// Squared standard error of the mean logarithm, and its degrees of freedom.
fn spread(times: &[f64]) -> Option<(f64, f64)> {
    let logs: Vec<f64> = times.iter().filter(|t| **t > 0.0).map(|t| t.ln()).collect();
    let n = logs.len() as f64;
    (logs.len() > 1).then(|| (crate::math::sample_sd(&logs).powi(2) / n, n - 1.0))
}

fn interval(value: f64, half: f64) -> [f64; 2] {
    [value * (-half).exp(), value * half.exp()]
}

/// Gross joules per event, where both were seen by meters of the same scope.
pub(super) fn energy(w: &Workload, b: &Workload) -> Result<Ratio, String> {
    let ((own, _), (other, _)) = (w.gross_j_per_event(), b.gross_j_per_event());
    let (Some(own), Some(other)) = (own.value, other.value) else { return Err("not measured".into()) };
    let scope = |w: &Workload| w.energy.scope.map_or("no scope", crate::result::Scope::words);
    if w.energy.scope != b.energy.scope {
        return Err(format!("scopes differ: {} and {}", scope(w), scope(b)));
    }
    if other <= 0.0 || own <= 0.0 {
        return Err("cannot be told from nothing".into());
    }
    let value = own / other;
    let ci95 = w.energy.relative_u95.zip(b.energy.relative_u95).map(|(u, v)| interval(value, u.hypot(v)));
    Ok(Ratio { value, ci95 })
}

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;

/// The ratio of two things that ran in turns, from the logarithms of the ratios of each round: their mean, and the interval of a paired
/// bootstrap, by percentiles (Efron 1979, doi:10.1214/aos/1176344552). The same logarithms give the same interval.
pub fn paired(logs: &[f64]) -> Ratio {
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / logs.len() as f64;
    let value = mean(&mut logs.iter().copied()).exp();
    if logs.len() < 3 {
        return Ratio { value, ci95: None };
    }
    let mut random = fastrand::Rng::with_seed(0x5EED);
    let mut means: Vec<f64> =
        (0..RESAMPLES).map(|_| mean(&mut (0..logs.len()).map(|_| logs[random.usize(..logs.len())]))).collect();
    means.sort_by(f64::total_cmp);
    let [low, high] = [RESAMPLES / 40, RESAMPLES - 1 - RESAMPLES / 40].map(|i| means[i].exp());
    Ratio { value, ci95: Some([low, high]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_closed_form() {
        // Two repetitions each, 10 % apart: standard error of each mean logarithm ln(1.1)/2, together ln(1.1)/sqrt(2), two degrees.
        let (a, b) = (spread(&[1.0, 1.1]).expect("two"), spread(&[2.0, 2.2]).expect("two"));
        assert!((a.0 - (1.1f64.ln() / 2.0).powi(2)).abs() < 1e-12 && a == (b.0, 1.0) || (a.0 - b.0).abs() < 1e-12);
        assert_eq!(spread(&[1.0]), None);
        let [low, high] = interval(2.0, 0.1);
        assert!((low * high - 4.0).abs() < 1e-12 && low < 2.0);
    }

    /// Two programs that are alike differ beyond their interval in about one of twenty comparisons; a difference is found.
    #[test]
    fn alike_is_alike_and_a_difference_is_found() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let mut rounds = |shift: f64| -> Vec<f64> { (0..20).map(|_| shift + 0.05 * normal()).collect() };
        let found = (0..200).filter(|_| !paired(&rounds(0.0)).spans_one()).count();
        assert!(found <= 24, "{found} of 200 are told apart, though alike");
        let missed = (0..50).filter(|_| paired(&rounds(0.1)).spans_one()).count();
        assert_eq!(missed, 0, "10 % are seen in twenty rounds of 5 % noise");
        // The interval is that of the mean: 1.96 x 0.05 / sqrt(20).
        let [low, high] = paired(&rounds(0.0)).ci95.expect("an interval");
        assert!(((high / low).ln() / 2.0 / 0.0219 - 1.0).abs() < 0.5, "{low} {high}");
        assert_eq!(paired(&[0.1, 0.2]).ci95, None);
    }

    #[test]
    fn no_interval_no_winner() {
        assert!(Ratio { value: 3.0, ci95: None }.spans_one());
        assert!(Ratio { value: 1.02, ci95: Some([0.99, 1.05]) }.spans_one());
        assert!(!Ratio { value: 1.2, ci95: Some([1.1, 1.3]) }.spans_one());
        assert_eq!(Ratio { value: 1.2, ci95: Some([1.1, 1.3]) }.words(), "1.20 (1.10 to 1.30)");
    }
}
