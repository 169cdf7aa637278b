//! Formulas as text, and what they come to within the ranges of the constants in them.

#![allow(clippy::cast_possible_truncation, reason = "a handful of constants")]

use exmex::{Express, FlatEx, FloatOpsFactory, MatchLiteral, literal_matcher_from_pattern};

use super::Known;
use crate::brain::Derived;
use crate::error::{Error, Result};

// Numbers may have exponents, which the library's own pattern leaves out.
literal_matcher_from_pattern!(Numbers, r"^(\d+\.?\d*([eE][-+]?\d+)?|\.\d+)");

/// Combinations of constants that are tried to find ranges.
const DRAWN: u32 = 4096;
/// Bases of Halton's sequence (doi:10.1007/BF01386213), one for each constant: no formula has more constants with a range.
const BASES: [u32; 8] = [2, 3, 5, 7, 11, 13, 17, 19];

/// A formula of named constants. A minus before a name binds closer than a power.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    parsed: FlatEx<f64, FloatOpsFactory<f64>, Numbers>,
}

impl Formula {
    /// # Errors
    /// [`Error::Internal`] for a text that is no formula.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let parsed = FlatEx::parse(text).map_err(|e| Error::Internal(format!("the formula {text}: {e}")))?;
        Ok(Self { parsed })
    }

    /// The constants in it.
    pub(super) fn names(&self) -> &[String] {
        self.parsed.var_names()
    }

    /// What it comes to.
    ///
    /// # Errors
    /// [`Error::Internal`] for a constant that `value` does not know.
    pub(super) fn value(&self, value: impl Fn(&str) -> Option<f64>) -> Result<f64> {
        let unknown = |name: &String| Error::Internal(format!("the formula {} asks for {name}", self.parsed.unparse()));
        let values: Result<Vec<f64>> = self.names().iter().map(|n| value(n).ok_or_else(|| unknown(n))).collect();
        self.parsed.eval(&values?).map_err(|e| Error::Internal(format!("the formula {}: {e}", self.parsed.unparse())))
    }
}

/// Constants of some formulas: those with a range can be moved.
pub(super) struct Space<'a> {
    known: Vec<(&'a str, &'a Known)>,
    moving: Vec<usize>,
}

impl<'a> Space<'a> {
    pub(super) fn new(known: Vec<(&'a str, &'a Known)>) -> Self {
        let moving = (0..known.len()).filter(|i| known[*i].1.low < known[*i].1.high).collect();
        Self { known, moving }
    }

    /// A combination: each moving constant so far along its range, on a logarithmic scale.
    fn at<'b>(&'b self, along: impl Fn(usize) -> f64 + 'b) -> impl Fn(&str) -> Option<f64> + 'b {
        move |name| {
            let i = self.known.iter().position(|(n, _)| *n == name)?;
            let k = self.known[i].1;
            Some(match self.moving.iter().position(|m| *m == i) {
                Some(which) => k.low * (k.high / k.low).powf(along(which)),
                None => k.value,
            })
        }
    }

    /// Every combination of ends.
    fn corners(&self) -> impl Iterator<Item = u32> {
        0..1u32 << self.moving.len()
    }

    /// Calls a function with every combination that is drawn, evenly over all ranges.
    fn each_drawn<T>(&self, of: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Result<T>) -> Result<Vec<T>> {
        if self.moving.len() > BASES.len() {
            return Err(Error::Internal(format!("a formula of {} constants with ranges", self.moving.len())));
        }
        let drawn = if self.moving.is_empty() { 1 } else { DRAWN };
        (1..=drawn).map(|i| of(&self.at(|which| radical_inverse(i, BASES[which])))).collect()
    }

    /// What a formula comes to with the defaults, in the central 95 % of the combinations, and at most: formulas rise or fall with each constant,
    /// so that corners are the extremes.
    pub(super) fn derived(&self, formula: &Formula) -> Result<Derived> {
        let default = formula.value(|name| self.known.iter().find(|(n, _)| *n == name).map(|(_, k)| k.value))?;
        let mut drawn = self.each_drawn(|at| formula.value(at))?;
        drawn.sort_unstable_by(f64::total_cmp);
        let corner = |c: u32| formula.value(self.at(move |which| f64::from(c >> which & 1)));
        let corners: Vec<f64> = self.corners().map(corner).collect::<Result<_>>()?;
        let quantile = |p: f64| drawn[((drawn.len() - 1) as f64 * p).round() as usize];
        Ok(Derived {
            low: quantile(0.025),
            default,
            high: quantile(0.975),
            extreme_low: corners.iter().copied().fold(f64::INFINITY, f64::min),
            extreme_high: corners.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// In which part of the combinations something holds; 0 and 1 only if it holds in no corner or in all of them.
    pub(super) fn share(&self, holds: impl Fn(&dyn Fn(&str) -> Option<f64>) -> Result<bool>) -> Result<f64> {
        let corners: Vec<bool> =
            self.corners().map(|c| holds(&self.at(move |which| f64::from(c >> which & 1)))).collect::<Result<_>>()?;
        let drawn = self.each_drawn(&holds)?;
        let part = drawn.iter().filter(|h| **h).count() as f64 / drawn.len() as f64;
        let one = 1.0 / f64::from(DRAWN);
        Ok(match (corners.iter().all(|h| *h), corners.iter().any(|h| *h)) {
            (true, _) => part,
            (false, true) => part.clamp(one, 1.0 - one),
            (false, false) => part.min(1.0 - one),
        })
    }
}

/// The digits of a number in a base, mirrored at the point.
fn radical_inverse(mut i: u32, base: u32) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0 / f64::from(base));
    while i > 0 {
        value += f64::from(i % base) * digit;
        i /= base;
        digit /= f64::from(base);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brain::Reference;

    fn known(value: f64, low: f64, high: f64) -> Known {
        Known { value, low, high, unit: String::new(), source: "a test".into(), is_set: false }
    }

    /// Products have ranges in closed form.
    #[test]
    fn ranges_are_those_of_the_closed_form() {
        let (a, b, c) = (known(2.0, 1.0, 3.0), known(1.0, 0.1, 2.0), known(20.0, 5.0, 50.0));
        let reference = |k: &Known| Reference { value: k.value, low: k.low, high: k.high, source: "a test".into() };
        let exact = Derived::of(&[&reference(&a), &reference(&b)], &[&reference(&c)]);
        let space = Space::new(vec![("a", &a), ("b", &b), ("c", &c)]);
        let found = space.derived(&Formula::parse("a * b / c").expect("a formula")).expect("values");
        let near = |x: f64, y: f64, part: f64| assert!((x / y - 1.0).abs() < part, "{x} is not {y}");
        near(found.low, exact.low, 0.01);
        near(found.high, exact.high, 0.01);
        near(found.default, exact.default, 1e-12);
        near(found.extreme_low, exact.extreme_low, 1e-12);
        near(found.extreme_high, exact.extreme_high, 1e-12);
        let share = space.share(|at| Ok(at("b").is_some_and(|b| b > 1.0))).expect("a share");
        near(share, 2f64.ln() / 20f64.ln(), 0.01);
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        for text in ["", "2 * (3", "a b", "unknown(2)"] {
            assert!(Formula::parse(text).is_err(), "{text}");
        }
        assert!(Formula::parse("a + 1").expect("a formula").value(|_| None).is_err());
        let value = |text: &str| Formula::parse(text).expect("a formula").value(|_| Some(3.0)).expect("a value");
        assert!((value("1.5e-3 * x") - 4.5e-3).abs() < 1e-15);
        assert_eq!([value("x^2 - 1E1"), value("-(x^2)"), value("1 / x * 3")], [-1.0, -9.0, 1.0]);
    }
}
