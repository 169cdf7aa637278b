//! The microcircuit at full scale for 10 s against NEST: rates, and distributions over neurons and pairs of neurons.

use serde_json::Value;
use spikewatt::analysis::{Reference, Statistic, Statistics, Trains, analyse, ks_distance, measures};
use spikewatt::network::Network;
use spikewatt::scenario::load;

use crate::networks::watch;

const TRANSIENT_MS: f64 = 500.0;
const BIO_MS: f64 = 10_000.0;
/// Seeds: the first is compared, the second shows how far two seeds of one simulator are apart.
const SEEDS: [u64; 2] = [1, 2];

fn trains(seed: u64) -> Trains {
    eprintln!("microcircuit, seed {seed}: {} s", BIO_MS / 1000.0);
    let mut scenario = load("microcircuit").expect("built in");
    scenario.seed = seed;
    watch(&Network::build(&scenario).expect("a network"), TRANSIENT_MS, BIO_MS)
}

/// Firing rates of a population second by second.
fn rates_by_second(trains: &Trains, population: usize) -> Vec<f64> {
    let counts = measures::population_counts(trains, &[population], 1000.0);
    counts.iter().map(|n| n / trains.neurons(population) as f64).collect()
}

/// Standard deviation of a sample.
fn sd(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (x.len() as f64 - 1.0)).sqrt()
}

/// The table, and what in it is not as it must be.
pub(crate) fn section() -> (String, Vec<String>) {
    let nest: Value =
        serde_json::from_str(include_str!("../../tests/data/reference/microcircuit_10s.json")).expect("the reference");
    let reference = Reference::microcircuit();
    let runs = SEEDS.map(trains);
    let analysis = analyse(&runs[0]);
    let mut text = String::from(
        "| | rate, Hz: spikewatt | NEST | may differ by | CV of intervals | NEST | correlation | NEST | KS rate | KS CV | KS correlation |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut failures = Vec::new();
    for (p, s) in analysis.populations.iter().enumerate() {
        let Statistics { name, rate_hz, cv_isi, correlation, .. } = s;
        let known = &nest["statistics"][name.as_str()];
        let number = |key: &str| known[key].as_f64().expect("a number");
        let (own, theirs) = (rate_hz.unwrap_or(0.0), number("rate_hz"));
        // One seed there: its seconds tell how much rates of a second vary; means of ten vary less.
        let seconds: Vec<f64> = nest["rate_hz_per_1s_window"][name.as_str()]
            .as_array()
            .map_or(Vec::new(), |list| list.iter().filter_map(Value::as_f64).collect());
        let spread = f64::max(sd(&seconds), sd(&rates_by_second(&runs[0], p))) / 10f64.sqrt();
        let within = f64::max(0.05 * theirs, 3.0 * spread);
        if (own - theirs).abs() > within {
            failures.push(format!(
                "microcircuit: {name} fires at {own:.3} Hz, in NEST at {theirs:.3} Hz, more than {within:.3} apart"
            ));
        }
        let own_cv = cv_isi.unwrap_or(0.0);
        if (own_cv - number("cv_isi")).abs() > 0.05 {
            failures.push(format!("microcircuit: CV of intervals of {name} is {own_cv:.3}, in NEST {:.3}", number("cv_isi")));
        }
        let distance = |statistic: Statistic| {
            let [first, second] = [&runs[0], &runs[1]].map(|t| statistic.of(t, p));
            let theirs = reference.quantiles(statistic, name).expect("quantiles");
            format!("{:.3} ({:.3})", ks_distance(&first, &theirs), ks_distance(&first, &second))
        };
        text += &format!(
            "| {name} | {own:.3} | {theirs:.3} | {within:.3} | {own_cv:.3} | {:.3} | {:.4} | {:.4} | {} | {} | {} |\n",
            number("cv_isi"),
            correlation.unwrap_or(0.0),
            number("corr_2ms"),
            distance(Statistic::Rate),
            distance(Statistic::Cv),
            distance(Statistic::Correlation),
        );
    }
    text += "\nKS: Kolmogorov-Smirnov distance of the distribution over neurons (pairs of neurons for correlations) to NEST's; in brackets that between two seeds of spikewatt.\n";
    (text, failures)
}
