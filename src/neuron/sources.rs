//! Spike sources: populations that fire by themselves and have no input. What they send counts as external arrivals.
//!
//! `poisson_source`: independent Poisson trains, at most one spike of a neuron per step; `regular_source`: a spike every interval;
//! `spike_times`: all neurons fire at the times of a list. A spike at time t belongs to the step that ends at t, and acts a delay later, as
//! in NEST. Exact. Twins: `shaders/neuron/NAME.wgsl`.

use super::Values;
use super::parameters::{Parameter, Range, optional, required};
use super::scalar::{Form, Input, Kind, Scalar};

/// Parameters of `poisson_source`.
pub(super) const POISSON_PARAMETERS: [Parameter; 1] = [required("rate_hz", Range::NotNegative)];
/// Parameters of `regular_source`: the first spike is at `first_ms`.
pub(super) const REGULAR_PARAMETERS: [Parameter; 2] =
    [required("interval_ms", Range::Positive), optional("first_ms", Range::Positive, 0.0)];
/// Parameters of `spike_times`: none, the list stands beside them.
pub(super) const TIMES_PARAMETERS: [Parameter; 0] = [];

/// Fires where its drive has an arrival.
#[derive(Debug)]
pub struct PoissonSource;

/// Fires at intervals.
#[derive(Debug)]
pub struct RegularSource;

/// Fires while its current is not 0.
#[derive(Debug)]
pub struct SpikeTimes;

impl Scalar for PoissonSource {
    type Word = i32;
    type State = [i32; 1];
    type Constants = [u32; 0];
    const FORM: Form = Form { word: Kind::I32, variables: &["v"], keys: &[None], constants: &[] };

    #[inline(always)]
    fn step(_: &mut [i32; 1], _: &[u32; 0], input: Input<i32>) -> bool {
        input.excitatory > 0
    }
}

impl Scalar for RegularSource {
    type Word = i32;
    type State = [i32; 2];
    type Constants = [i32; 1];
    const FORM: Form =
        Form { word: Kind::I32, variables: &["v", "left"], keys: &[None, None], constants: &[("interval", Kind::I32)] };

    #[inline(always)]
    fn step(n: &mut [i32; 2], c: &[i32; 1], _: Input<i32>) -> bool {
        n[1] -= 1;
        let spike = n[1] <= 0;
        if spike {
            n[1] = c[0];
        }
        spike
    }
}

impl Scalar for SpikeTimes {
    type Word = i32;
    type State = [i32; 1];
    type Constants = [u32; 0];
    const FORM: Form = Form { word: Kind::I32, variables: &["v"], keys: &[None], constants: &[] };

    #[inline(always)]
    fn step(_: &mut [i32; 1], _: &[u32; 0], input: Input<i32>) -> bool {
        input.current != 0
    }
}

/// Steps between two spikes of a regular source.
pub(super) fn interval_steps(n: Values<'_>, dt_ms: f64) -> u32 {
    libm::round(n.get("interval_ms") / dt_ms).max(1.0) as u32
}

/// Steps to the first spike of a regular source: after an interval, if nothing is said.
pub(super) fn first_steps(n: Values<'_>, dt_ms: f64) -> u32 {
    match n.get("first_ms") {
        0.0 => interval_steps(n, dt_ms),
        first => libm::round(first / dt_ms).max(1.0) as u32,
    }
}
