//! Times on the grid of time steps. Times and steps are given in decimals, so a quotient of two of them is a whole number only within
//! rounding.

#![allow(
    clippy::cast_possible_truncation,
    reason = "times and counts are rounded and within bounds that were checked; float casts saturate"
)]

/// Largest distance from a whole number of steps that rounding of decimal input explains: some ulps of the quotient, and what arithmetic in
/// the program that wrote the input may have added.
fn tolerance(steps: f64) -> f64 {
    1e-6 + 1e-15 * steps.abs()
}

/// Whether a time lies on the grid.
pub(crate) fn is_multiple(ms: f64, dt_ms: f64) -> bool {
    let steps = ms / dt_ms;
    (steps - steps.round()).abs() < tolerance(steps)
}

/// Steps a time takes, rounded to nearest.
pub(crate) fn steps(ms: f64, dt_ms: f64) -> u64 {
    (ms / dt_ms).round() as u64
}

/// Steps until a time has passed: off the grid, rounded up, as NEST does with refractory times.
pub(crate) fn steps_up(ms: f64, dt_ms: f64) -> u64 {
    let steps = ms / dt_ms;
    if is_multiple(ms, dt_ms) { steps.round() as u64 } else { steps.ceil() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_off_the_grid_are_told_apart_at_any_time() {
        for seconds in [0.0, 1.0, 50.0, 5_000.0, 400_000.0] {
            let ms = seconds * 1e3;
            for off in [0.06, 0.04, 0.001] {
                assert!(!is_multiple(ms + off, 0.1), "{ms} + {off}");
            }
            for on in [0.1, 0.3, 0.7, 1234.5] {
                assert!(is_multiple(ms + on, 0.1), "{ms} + {on}");
            }
        }
        assert!(is_multiple(0.1 + 0.2, 0.1) && is_multiple(1e9, 0.1) && is_multiple(0.3, 0.003));
    }

    #[test]
    fn refractory_times_off_the_grid_are_rounded_up() {
        assert_eq!([0.0, 0.2, 0.22, 0.28, 2.0].map(|ms| steps_up(ms, 0.1)), [0, 2, 3, 3, 20]);
        assert_eq!(steps_up(1e300, 0.1), u64::MAX);
    }
}
