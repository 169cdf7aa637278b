//! Parameters of neuron models as data: what scenario files may give, with which defaults and within which ranges.

use super::Model;
use crate::bounds;

/// Range a parameter must lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRange {
    /// Any finite number.
    Any,
    /// Above 0.
    Positive,
    /// At least 0.
    NotNegative,
}

impl ParameterRange {
    /// Whether it holds a number.
    pub fn holds(self, x: f64) -> bool {
        match self {
            ParameterRange::Any => x.is_finite(),
            ParameterRange::Positive => x.is_finite() && x > 0.0,
            ParameterRange::NotNegative => x.is_finite() && x >= 0.0,
        }
    }
}

/// A parameter of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its key: the name NEST gives it, in lower case, and its unit.
    pub key: &'static str,
    /// Its value if none is given; `None` where one must be.
    pub default: Option<f64>,
    /// Where it must lie.
    pub range: ParameterRange,
}

/// A parameter that must be given.
pub(super) const fn required(key: &'static str, range: ParameterRange) -> Parameter {
    Parameter { key, default: None, range }
}

/// A parameter with a default.
pub(super) const fn optional(key: &'static str, range: ParameterRange, default: f64) -> Parameter {
    Parameter { key, default: Some(default), range }
}

/// The values of one neuron's parameters, in the order of [`Model::parameters`].
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The model.
    pub model: Model,
    /// One value for each of its parameters.
    pub values: &'a [f64],
}

impl Values<'_> {
    /// The value of a parameter the model has.
    pub fn get(&self, key: &str) -> f64 {
        self.find(key).unwrap_or_else(|| panic!("{} has no parameter {key}", self.model.name()))
    }

    /// The value of a parameter, if the model has it.
    pub fn find(&self, key: &str) -> Option<f64> {
        self.model.parameters().iter().position(|p| p.key == key).map(|i| self.values[i])
    }

    /// The rule that these values break, if any: the key and what must hold.
    pub fn check(&self, dt_ms: f64) -> Result<(), (&'static str, String)> {
        for (p, value) in self.model.parameters().iter().zip(self.values) {
            // A default may stand for "not given", outside of what may be.
            if p.default != Some(*value) && !p.range.holds(*value) {
                let words = match p.range {
                    ParameterRange::Any => "a finite number",
                    ParameterRange::Positive => "a finite number above 0",
                    ParameterRange::NotNegative => "a finite number of at least 0",
                };
                return Err((p.key, format!("`{}` = {value} must be {words}", p.key)));
            }
        }
        for (p, value) in self.model.parameters().iter().zip(self.values) {
            if p.key.starts_with("tau_") && *value > bounds::SLOWEST * dt_ms {
                let most = bounds::SLOWEST;
                return Err((
                    p.key,
                    format!(
                        "`{}` = {value} ms is over {most} steps of {dt_ms} ms, too slow for what a step leaves of it to be told; lower it, or take a longer dt_ms",
                        p.key
                    ),
                ));
            }
        }
        let above = |low: &'static str, high: &str, why: &str| match (self.find(low), self.find(high)) {
            (Some(a), Some(b)) if a >= b => Err((low, format!("`{low}` = {a} must lie below `{high}` = {b}, {why}"))),
            _ => Ok(()),
        };
        above("v_reset_mv", "v_th_mv", "or the neuron fires for ever")?;
        above("v_reset_mv", "v_peak_mv", "or the neuron fires for ever")?;
        above("c_mv", "v_th_mv", "or the neuron fires for ever")?;
        above("e_in_mv", "e_ex_mv", "or inhibition excites")?;
        if let Some(interval) = self.find("interval_ms").filter(|_| self.model == Model::RegularSource)
            && interval < dt_ms * (1.0 - 1e-9)
        {
            return Err((
                "interval_ms",
                format!(
                    "`interval_ms` = {interval} is shorter than a step of {dt_ms} ms; take a shorter dt_ms, or several sources"
                ),
            ));
        }
        if let Some(n) = self.find("substeps")
            && (n.fract() != 0.0 || !(1.0..=64.0).contains(&n))
        {
            return Err(("substeps", format!("`substeps` = {n} must be a whole number from 1 to 64")));
        }
        let slowest = dt_ms / self.find("substeps").unwrap_or(1.0);
        if self.model == Model::HhCondExpTraub && slowest > 0.05 {
            return Err((
                "substeps",
                format!("a substep of {slowest} ms is too long for this model, over 0.05 ms; raise `substeps` or lower dt_ms"),
            ));
        }
        Ok(())
    }
}
