//! Spike source of regular trains: a spike every interval, also off the grid. A spike at time t belongs to the step in which t lies (that ends
//! at t if t is on the grid), and acts a delay later. It has no input, and what it sends counts as external arrivals. Exact. Twin:
//! `shaders/neuron/regular_source.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use std::sync::LazyLock;

use super::fault::SPIKE;
use super::form::{Form, Input, Scalar, ScalarType, Unit, Variable};
use super::model::{About, NeuronModel, Source, WeightUnit};
use super::parameters::{Broken, Parameter, ParameterRange, PopulationValues, Values, optional, required};
use super::scales::{InputBound, Scales};

/// The first spike is at `first_ms`, or after an interval if that is 0, as when it is not given.
static PARAMETERS: [Parameter; 2] =
    [required("interval_ms", ParameterRange::Positive), optional("first_ms", ParameterRange::Positive, 0.0)];

/// Fires at intervals.
#[derive(Debug)]
pub struct RegularSource;

static FORM: LazyLock<Form> = LazyLock::new(|| Form {
    word: ScalarType::I32,
    variables: vec![Variable::own("v", Unit::Potential), Variable::own("left", Unit::Whole)],
    constants: vec![("interval".into(), ScalarType::U32), ("step".into(), ScalarType::U32)],
});

impl NeuronModel for RegularSource {
    fn about(&self) -> About<'_> {
        About {
            name: "regular_source",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Mv,
            shader: include_str!("../../shaders/neuron/regular_source.wgsl"),
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, _: &Scales, _: i32) -> Vec<u32> {
        RegularTimes::of(n, dt_ms).constants().to_vec()
    }

    fn scales(&self, _: PopulationValues<'_>, _: f64, _: &InputBound) -> Result<Scales, String> {
        Ok(Scales::default())
    }

    fn source(&self) -> Option<Source> {
        Some(Source::Clock)
    }

    fn check_own(&self, n: Values<'_>, dt_ms: f64) -> Result<(), Broken> {
        let interval = n.get("interval_ms");
        if interval < dt_ms * (1.0 - 1e-9) {
            return Err((
                "interval_ms".to_owned(),
                format!(
                    "`interval_ms` = {interval} is shorter than a step of {dt_ms} ms; take a shorter dt_ms, or several sources"
                ),
            ));
        }
        Ok(())
    }

    fn initial_value(&self, n: Values<'_>, _: usize, _: f64, dt_ms: f64) -> f64 {
        f64::from(RegularTimes::of(n, dt_ms).first)
    }
}

impl Scalar for RegularSource {
    type Word = i32;
    type State = [u32; 2];
    type Constants = [u32; 2];

    #[inline(always)]
    fn step(n: &mut [u32; 2], c: &[u32; 2], _: Input<i32>) -> u32 {
        let [interval, step] = *c;
        // What is left to the next spike, in the same parts of a step as the interval.
        if n[1] <= step {
            n[1] += interval - step;
            return SPIKE;
        }
        n[1] -= step;
        0
    }
}

/// When a regular source fires, in whole parts of a step, so that no rounding adds up: with an interval of 0.25 ms in steps of 0.1 ms,
/// every 5 halves of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RegularTimes {
    /// From one spike to the next.
    interval: u32,
    /// Parts of a step.
    step: u32,
    /// From the start to the first spike.
    first: u32,
}

impl RegularTimes {
    /// Those of a source. The interval is at least a step; what is longer than a run stands for never.
    fn of(n: Values<'_>, dt_ms: f64) -> Self {
        let interval = n.get("interval_ms") / dt_ms;
        let first = match n.get("first_ms") {
            0.0 => interval,
            ms => ms / dt_ms,
        };
        // The first whole number of parts in which both times are whole within rounding, or the nearest there is.
        let most = libm::floor(f64::from(u32::MAX) / interval.max(first)).clamp(1.0, f64::from(MOST_PARTS)) as u32;
        let off = |x: f64, parts: u32| {
            let x = x * f64::from(parts);
            (x - libm::round(x)).abs() / f64::from(parts)
        };
        let worst = |parts: &u32| off(interval, *parts).max(off(first, *parts));
        let fits = (1..=most).find(|parts| worst(parts) <= 1e-9 + 1e-15 * interval.max(first));
        let step = fits.unwrap_or_else(|| (1..=most).min_by(|a, b| worst(a).total_cmp(&worst(b))).unwrap_or(1));
        let parts = |x: f64| libm::round(x * f64::from(step)).clamp(1.0, f64::from(u32::MAX)) as u32;
        Self { interval: parts(interval).max(step), step, first: parts(first) }
    }

    fn constants(self) -> [u32; 2] {
        [self.interval, self.step]
    }
}

/// Most parts a step is divided into.
const MOST_PARTS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn spikes(interval_ms: f64, first_ms: f64, dt_ms: f64, steps: u32) -> Vec<u32> {
        let times = RegularTimes::of(Values { parameters: &PARAMETERS, values: &[interval_ms, first_ms] }, dt_ms);
        let (mut n, input) = ([0, times.first], Input { excitatory: 0, inhibitory: 0, current: 0, rounding: 0 });
        (1..=steps).filter(|_| RegularSource::step(&mut n, &times.constants(), input) == SPIKE).collect()
    }

    #[test]
    fn regular_sources_fire_in_the_step_in_which_each_time_lies() {
        for (interval, first, dt) in [
            (0.25, 0.25, 0.1),
            (1.0, 0.0, 0.1),
            (0.1, 0.1, 0.1),
            (1.01, 0.33, 0.1),
            (0.7, 0.0, 0.1),
            (1.0 / 3.0, 0.0, 0.1),
            (2.5, 1.25, 1.0),
        ] {
            let start = if first == 0.0 { interval } else { first };
            let steps = 20_000;
            let expected: Vec<u32> = (0..)
                .map(|k| ((start + f64::from(k) * interval) / dt - 1e-6).ceil() as u32)
                .take_while(|s| *s <= steps)
                .collect();
            assert_eq!(spikes(interval, first, dt, steps), expected, "{interval} ms from {first} ms");
        }
        assert_eq!(spikes(0.25, 0.25, 0.1, 1000).len(), 400);
        assert_eq!(spikes(1e9, 10.0, 0.1, 10_000), [100]);
        assert!(spikes(1e9, 0.0, 0.1, 10_000).is_empty());
    }
}
