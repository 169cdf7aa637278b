//! Single neurons against continuous-time solutions: how far the spikes of each scheme are from the truth, and how that shrinks with dt.

use std::collections::BTreeMap;

use spikewatt::engine::{Engine, Options, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::scenario::parse;

use crate::cases::{self, Case};

/// Duration of the traces, ms.
pub(crate) const TRACE_MS: f64 = 220.0;
/// The time steps of the table.
pub(crate) const STEPS_MS: [f64; 3] = [0.1, 0.05, 0.025];

/// Spike times by model, stimulus (`step`, `full`) and variant (`truth`, `grid0.1`, `rk4_0.1`, ...).
pub(crate) fn spike_times() -> BTreeMap<(String, String, String), Vec<f64>> {
    let text = include_str!("../../tests/data/truth/spike_times.csv");
    let mut all: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let key = (cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned());
        all.entry(key).or_default().push(cells[4].parse().expect("a time"));
    }
    all
}

/// The single neurons, each with whether its arrivals are among the stimuli, and with the scheme it is stepped by.
pub(crate) fn neurons() -> Vec<(&'static Case, bool, &'static str)> {
    let mut all = Vec::new();
    for (case, scheme) in [
        (&cases::LIF_PSC_DELTA, "exact propagator"),
        (&cases::LIF_PSC_EXP, "exact propagator"),
        (&cases::LIF_PSC_ALPHA, "exact propagator"),
        (&cases::LIF_COND_EXP, "RK4"),
        (&cases::ADEX_COND_EXP, "RK4, 4 substeps"),
        (&cases::HH_COND_EXP_TRAUB, "RK4, 4 substeps"),
    ] {
        all.extend([(case, false, scheme), (case, true, scheme)]);
    }
    all.extend(cases::IZHIKEVICH.iter().map(|case| (case, false, "forward Euler")));
    all
}

/// Spike times of a neuron under the stimuli of the exact solutions. A Hodgkin-Huxley neuron spikes, in those, where it crosses -20 mV;
/// here and in NEST in the first step after the peak, which is no error of the scheme, so its crossings are looked for.
pub(crate) fn simulated(case: &Case, arrivals: bool, dt_ms: f64, more: &str) -> Vec<f64> {
    let text = case.scenario(dt_ms, (20.0, 180.0), arrivals, more);
    let network = Network::build(&parse(case.name, &text, None).expect("a valid scenario")).expect("a valid network");
    let options = Options { record: true, ..Options::default() };
    let mut engine = CpuEngine::new(network, &options).expect("the CPU engine");
    let steps = (TRACE_MS / dt_ms).round() as u32;
    let time = |step: u32| f64::from(step + 1) * dt_ms;
    if case.model != "hh_cond_exp_traub" {
        advance_quietly(&mut engine, steps.into()).expect("advances");
        let spikes = engine.take_spikes().expect("spikes");
        return spikes.iter().filter(|s| s.population == 0).map(|s| time(s.step)).collect();
    }
    let (mut times, mut before) = (Vec::new(), case.v_init_mv);
    for step in 0..steps {
        advance_quietly(&mut engine, 1).expect("advances");
        let v = engine.potentials_mv(0, 0..1).expect("a potential")[0];
        if before < -20.0 && v >= -20.0 {
            times.push(time(step));
        }
        before = v;
    }
    times
}

/// The largest difference of two spike trains, ms, as far as both go.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// The table, and what in it is not as it must be.
pub(crate) fn section() -> (String, Vec<String>) {
    let truth = spike_times();
    let mut text = String::from(
        "| neuron | stimuli | scheme | spikes | error at 0.1 ms | at 0.05 ms | at 0.025 ms |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut failures = Vec::new();
    for (case, arrivals, scheme) in neurons() {
        let stimuli = if arrivals { "full" } else { "step" };
        let exact = &truth[&(case.name.to_owned(), stimuli.to_owned(), "truth".to_owned())];
        let mut cells = Vec::new();
        let mut errors = Vec::new();
        for dt_ms in STEPS_MS {
            let got = simulated(case, arrivals, dt_ms, "");
            let error = apart(&got, exact);
            errors.push(error);
            cells.push(match got.len() == exact.len() {
                true => format!("{error:.3} ms"),
                false => format!("{error:.3} ms, {} spikes", got.len()),
            });
        }
        if errors[2] > errors[0] {
            failures.push(format!("{} ({stimuli}): errors {errors:?} ms do not shrink with dt", case.name));
        }
        let stimuli = if arrivals { "current, arrivals" } else { "current" };
        text += &format!("| `{}` | {stimuli} | {scheme} | {} | {} |\n", case.name, exact.len(), cells.join(" | "));
    }
    (text, failures)
}
