//! Ranges of derived figures: products and quotients of constants that are known within bounds.

#![allow(clippy::cast_possible_truncation, reason = "a handful of ranges")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reference;

/// A derived quantity. Its range is the central 95 % if every constant lies anywhere between its bounds, on a logarithmic scale and
/// independently of the others; its extremes have every constant at the end that moves it most, all at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// 2.5 % lie below.
    pub low: f64,
    /// With the default of every constant.
    pub default: f64,
    /// 2.5 % lie above.
    pub high: f64,
    /// Least the constants allow.
    pub extreme_low: f64,
    /// Most the constants allow.
    pub extreme_high: f64,
}

impl Derived {
    /// The product of some constants over that of others.
    pub fn of(above: &[&Reference], below: &[&Reference]) -> Self {
        let product = |side: &[&Reference], of: fn(&Reference) -> f64| side.iter().map(|r| of(r)).product::<f64>();
        let extreme_low = product(above, |r| r.low) / product(below, |r| r.high);
        let extreme_high = product(above, |r| r.high) / product(below, |r| r.low);
        let widths: Vec<f64> = above.iter().chain(below).map(|r| (r.high / r.low).ln()).filter(|w| *w > 0.0).collect();
        let (low, high) = (quantile(&widths, 0.025), quantile(&widths, 0.975));
        Self {
            low: extreme_low * low.exp(),
            default: product(above, |r| r.value) / product(below, |r| r.value),
            high: extreme_low * high.exp(),
            extreme_low,
            extreme_high,
        }
    }

    /// How many times this a machine's figure is. The low multiple comes from the high reference.
    pub fn multiples(&self, machine: f64) -> Derived {
        Derived {
            low: machine / self.high,
            default: machine / self.default,
            high: machine / self.low,
            extreme_low: machine / self.extreme_high,
            extreme_high: machine / self.extreme_low,
        }
    }
}

/// The value below which a sum of independent uniform numbers, each from 0 to one of `widths`, lies with a probability.
fn quantile(widths: &[f64], probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, widths.iter().sum::<f64>());
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if below(widths, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The probability that such a sum lies below x: by inclusion and exclusion of the corners of the box that x cuts off (Feller 1971, An
/// Introduction to Probability Theory and Its Applications II, I.9).
fn below(widths: &[f64], x: f64) -> f64 {
    let n = widths.len() as i32;
    let mut volume = 0.0;
    for corner in 0..1u32 << widths.len() {
        let cut: f64 = widths.iter().enumerate().filter(|(i, _)| corner >> i & 1 == 1).map(|(_, w)| w).sum();
        let sign = if corner.count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        volume += sign * (x - cut).max(0.0).powi(n);
    }
    let factorial: f64 = (1..=n).map(f64::from).product();
    volume / factorial / widths.iter().product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(low: f64, high: f64) -> Reference {
        Reference { value: (low * high).sqrt(), low, high, source: "a test".into() }
    }

    #[test]
    fn one_constant_keeps_nineteen_twentieths_of_its_range() {
        let d = Derived::of(&[&between(1.0, 1e4)], &[]);
        assert!((d.low.log10() - 0.1).abs() < 1e-9 && (d.high.log10() - 3.9).abs() < 1e-9, "{d:?}");
        assert_eq!((d.extreme_low, d.extreme_high), (1.0, 1e4));
    }

    #[test]
    fn ranges_hold_nineteen_of_twenty_combinations() {
        let (a, b, c) = (between(1.0, 3.0), between(0.1, 2.0), between(5.0, 50.0));
        let d = Derived::of(&[&a, &b], &[&c]);
        let mut random = fastrand::Rng::with_seed(7);
        let mut draw = |r: &Reference| r.low * (r.high / r.low).powf(random.f64());
        let n = 200_000;
        let drawn: Vec<f64> = (0..n).map(|_| draw(&a) * draw(&b) / draw(&c)).collect();
        let share = |inside: &dyn Fn(f64) -> bool| drawn.iter().filter(|x| inside(**x)).count() as f64 / f64::from(n);
        assert!((share(&|x| x < d.low) - 0.025).abs() < 0.002);
        assert!((share(&|x| x > d.high) - 0.025).abs() < 0.002);
        assert!(drawn.iter().all(|x| (d.extreme_low..=d.extreme_high).contains(x)));
    }

    #[test]
    fn a_constant_without_a_range_adds_none() {
        let exact = Reference { value: 2.0, low: 2.0, high: 2.0, source: "a test".into() };
        let d = Derived::of(&[&exact, &between(1.0, 10.0)], &[]);
        let alone = Derived::of(&[&between(1.0, 10.0)], &[]);
        assert!((d.low / alone.low - 2.0).abs() < 1e-9 && (d.high / alone.high - 2.0).abs() < 1e-9);
    }
}
