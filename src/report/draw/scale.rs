//! From values to places on a drawing.

/// A scale of an axis, linear or logarithmic.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Scale {
    logarithmic: bool,
    from: f64,
    to: f64,
    /// Where its ends are drawn.
    ends: [f64; 2],
}

impl Scale {
    /// A linear scale from 0 or below to at least `most`, up to a round number.
    pub(in crate::report) fn linear(least: f64, most: f64, ends: [f64; 2]) -> Self {
        let most = if most > least { most } else { least + 1.0 };
        let step = step(most - least);
        Self { logarithmic: false, from: (least / step).floor() * step, to: (most / step).ceil() * step, ends }
    }

    /// A linear scale between two values as they are.
    pub(in crate::report) fn between(least: f64, most: f64, ends: [f64; 2]) -> Self {
        Self { logarithmic: false, from: least, to: if most > least { most } else { least + 1.0 }, ends }
    }

    /// A logarithmic scale over whole decades around values above 0.
    pub(in crate::report) fn decades(least: f64, most: f64, ends: [f64; 2]) -> Self {
        // What is no number above 0 has no place on such a scale: then there is one decade.
        let fit = |v: f64| v.is_finite() && (1e-100..1e100).contains(&v);
        let (least, most) = if fit(least) && fit(most) { (least, most) } else { (1.0, 10.0) };
        let (from, to) = (10f64.powf(least.log10().floor()), 10f64.powf(most.log10().ceil()));
        Self { logarithmic: true, from, to: if to > from { to } else { from * 10.0 }, ends }
    }

    /// Where its ends are drawn.
    pub(super) fn ends(&self) -> [f64; 2] {
        self.ends
    }

    /// Where a value is drawn.
    pub(in crate::report) fn at(&self, value: f64) -> f64 {
        let part = match self.logarithmic {
            true => (value / self.from).log10() / (self.to / self.from).log10(),
            false => (value - self.from) / (self.to - self.from),
        };
        let part = if part.is_nan() { 0.0 } else { part };
        self.ends[0] + part.clamp(-0.02, 1.02) * (self.ends[1] - self.ends[0])
    }

    /// Values to be written along the axis: round ones, at most about ten.
    pub(in crate::report) fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let (first, last) = (self.from.log10().round(), self.to.log10().round());
            let every = ((last - first) / 10.0).ceil().max(1.0);
            let mut exponent = first;
            let mut all = Vec::new();
            while exponent <= last + 1e-9 {
                all.push(10f64.powf(exponent));
                exponent += every;
            }
            return all;
        }
        let step = step(self.to - self.from);
        let mut value = (self.from / step).ceil() * step;
        let mut all = Vec::new();
        while value <= self.to + 1e-9 * step {
            all.push(if value.abs() < 1e-9 * step { 0.0 } else { value });
            value += step;
        }
        all
    }
}

/// A round step that cuts a span into four to ten.
fn step(span: f64) -> f64 {
    let rough = span / 5.0;
    let magnitude = 10f64.powf(rough.log10().floor());
    let of = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * magnitude >= rough * 0.999).unwrap_or(10.0);
    of * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_drawn_where_they_belong() {
        let log = Scale::decades(0.05, 20.0, [0.0, 400.0]);
        assert_eq!(log.ticks().len(), 5);
        for (value, place) in [(0.01, 0.0), (0.1, 100.0), (1.0, 200.0), (100.0, 400.0)] {
            assert!((log.at(value) - place).abs() < 1e-9, "{value}");
        }
        let linear = Scale::linear(0.0, 47.0, [300.0, 0.0]);
        assert_eq!(linear.ticks(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert!((linear.at(25.0) - 150.0).abs() < 1e-9);
        // Nothing measured, one value, wide spans: never more than a dozen words along an axis.
        for (a, b) in [(0.0, 0.0), (3.0, 3.0), (0.0, 1e-9), (0.0, 7.3e11), (-5.0, 5.0)] {
            let n = Scale::linear(a, b, [0.0, 1.0]).ticks().len();
            assert!((2..=12).contains(&n), "{a} to {b}: {n}");
        }
        assert!(Scale::decades(1e-21, 1e-2, [0.0, 1.0]).ticks().len() <= 11);
    }
}
