//! A number, or the reason why there is none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number, or null and the reason why it was not measured. A quantity that was not measured is never 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The number.
    pub value: Option<f64>,
    /// 95 % confidence interval.
    pub ci95: Option<[f64; 2]>,
    /// Why the value, or its interval, is null.
    pub reason: Option<String>,
}

impl Quantity {
    /// Not measured.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self { value: None, ci95: None, reason: Some(reason.into()) }
    }

    /// A number without an interval.
    pub fn exact(value: f64) -> Self {
        Self { value: Some(value), ci95: None, reason: None }
    }

    /// A number and the half width of its interval.
    pub fn around(value: f64, half_width: f64) -> Self {
        Self { value: Some(value), ci95: Some([value - half_width, value + half_width]), reason: None }
    }

    /// A number with the half width of its interval, if there is one.
    pub fn with_interval(value: f64, half_width: Option<f64>) -> Self {
        match half_width {
            Some(h) => Self::around(value, h),
            None => Self { reason: Some("a single repetition gives no interval".to_owned()), ..Self::exact(value) },
        }
    }
}
