//! Distributions of quantities.

/// A distribution of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Always this value.
    Constant(f64),
    /// Normal, kept inside bounds by redrawing or by clipping.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation, positive.
        sd: f64,
        /// Lower bound.
        min: Option<f64>,
        /// Upper bound.
        max: Option<f64>,
        /// Values outside are drawn again (true) or set to the bound (false).
        redraw: bool,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        min: f64,
        /// Upper bound.
        max: f64,
    },
    /// `from + (to - from) r^exponent` with r uniform between 0 and 1.
    Power {
        /// Value at r = 0.
        from: f64,
        /// Value at r = 1.
        to: f64,
        /// Exponent, positive.
        exponent: f64,
    },
    /// exp(N) with N normal, times a sign.
    Lognormal {
        /// Median, not 0; all values have its sign.
        median: f64,
        /// Standard deviation of the logarithm, positive.
        sigma: f64,
        /// Lower bound; values below are set to it.
        min: Option<f64>,
        /// Upper bound; values above are set to it.
        max: Option<f64>,
    },
}

impl Distribution {
    /// A normal distribution without bounds.
    pub fn normal(mean: f64, sd: f64) -> Self {
        Distribution::Normal { mean, sd, min: None, max: None, redraw: true }
    }

    /// A typical value: the mean, before any bounds.
    pub fn middle(&self) -> f64 {
        match *self {
            Distribution::Constant(x) | Distribution::Normal { mean: x, .. } => x,
            Distribution::Uniform { min, max } => 0.5 * (min + max),
            Distribution::Power { from, to, exponent } => from + (to - from) / (1.0 + exponent),
            Distribution::Lognormal { median, sigma, .. } => median * libm::exp(0.5 * sigma * sigma),
        }
    }

    /// The distribution of a positive factor times the values of this one.
    pub fn times(&self, factor: f64) -> Self {
        match *self {
            Distribution::Constant(x) => Distribution::Constant(x * factor),
            Distribution::Uniform { min, max } => Distribution::Uniform { min: min * factor, max: max * factor },
            Distribution::Power { from, to, exponent } => Distribution::Power { from: from * factor, to: to * factor, exponent },
            Distribution::Lognormal { median, sigma, min, max } => Distribution::Lognormal {
                median: median * factor,
                sigma,
                min: min.map(|x| x * factor),
                max: max.map(|x| x * factor),
            },
            Distribution::Normal { mean, sd, min, max, redraw } => Distribution::Normal {
                mean: mean * factor,
                sd: sd * factor,
                min: min.map(|x| x * factor),
                max: max.map(|x| x * factor),
                redraw,
            },
        }
    }

    /// The bounds no value leaves.
    pub fn bounds(&self) -> (f64, f64) {
        match *self {
            Distribution::Constant(v) => (v, v),
            Distribution::Normal { min, max, .. } => (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY)),
            Distribution::Uniform { min, max } => (min, max),
            Distribution::Power { from, to, .. } => (from.min(to), from.max(to)),
            Distribution::Lognormal { median, min, max, .. } if median < 0.0 => {
                (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(0.0))
            }
            Distribution::Lognormal { min, max, .. } => (min.unwrap_or(0.0), max.unwrap_or(f64::INFINITY)),
        }
    }
}
