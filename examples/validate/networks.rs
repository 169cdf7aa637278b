//! Networks against independent simulators: `tests/data/reference/networks.json`, several seeds of each where there are.

use serde_json::Value;
use spikewatt::analysis::{Analysis, Trains, analyse, measures};
use spikewatt::engine::{Engine, Options, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::recording::{Header, Recording, Rows};
use spikewatt::scenario::{Scale, load};

/// A network, how long it is watched, and what is told of it elsewhere.
pub(crate) struct Watched {
    /// Name among the references.
    pub(crate) reference: &'static str,
    pub(crate) scenario: &'static str,
    pub(crate) scale: f64,
    pub(crate) transient_ms: f64,
    pub(crate) bio_ms: f64,
    /// Seeds it is run with.
    pub(crate) seeds: u64,
}

const fn watched(name: &'static str, transient_ms: f64, bio_ms: f64, seeds: u64) -> Watched {
    Watched { reference: name, scenario: name, scale: 1.0, transient_ms, bio_ms, seeds }
}

/// Every network of the references that is not the full microcircuit, watched as long as there.
pub(crate) const NETWORKS: [Watched; 9] = [
    watched("brunel:ai", 500.0, 1000.0, 3),
    watched("brunel:si-slow", 500.0, 1000.0, 3),
    watched("brunel:si-fast", 500.0, 1000.0, 3),
    watched("brunel:sr", 500.0, 1000.0, 3),
    watched("cuba", 1000.0, 9000.0, 10),
    watched("coba", 1000.0, 9000.0, 20),
    watched("cobahh", 1000.0, 4000.0, 2),
    watched("izhikevich", 0.0, 10_000.0, 10),
    Watched { scenario: "microcircuit", scale: 0.1, ..watched("microcircuit:0.1", 500.0, 2000.0, 7) },
];

/// The spike trains of a network after a transient.
pub(crate) fn watch(network: &Network, transient_ms: f64, bio_ms: f64) -> Trains {
    let options = Options { record: true, ..Options::default() };
    let mut engine = CpuEngine::new(network.clone(), &options).expect("the CPU engine");
    advance_quietly(&mut engine, network.steps(transient_ms)).expect("advances");
    engine.take_spikes().expect("spikes");
    let mut rows = Rows::default();
    let steps = network.steps(bio_ms);
    let mut done = 0;
    while done < steps {
        let now = (steps - done).min(10_000);
        advance_quietly(&mut engine, now).expect("advances");
        done += now;
        for s in engine.take_spikes().expect("spikes") {
            rows.push(s.step.into(), network.scenario.dt_ms, s.population, s.neuron);
        }
    }
    let header = Header::new(network, transient_ms, transient_ms + bio_ms);
    Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None).expect("spike trains")
}

impl Watched {
    /// The network with a seed.
    pub(crate) fn network(&self, seed: u64) -> Network {
        let mut scenario = load(self.scenario).expect("built in");
        if self.scale != 1.0 {
            scenario = scenario.scaled(Scale::Factor(self.scale)).expect("scales");
        }
        scenario.seed = seed;
        Network::build(&scenario).expect("a network")
    }

    /// Its statistics with a seed; `None` if its activity, which nothing drives, died out.
    pub(crate) fn analysis(&self, seed: u64) -> Option<Analysis> {
        let trains = watch(&self.network(seed), self.transient_ms, self.bio_ms);
        let populations = trains.populations();
        let silent = |ms: f64| {
            let counts = measures::population_counts(&trains, &populations, ms);
            counts.last().is_some_and(|last| *last == 0.0)
        };
        (!silent(500.0)).then(|| analyse(&trains))
    }
}

/// A quantity of several runs.
#[derive(Debug, Clone)]
pub(crate) struct Values(pub(crate) Vec<f64>);

impl Values {
    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// Standard deviation of a sample; 0 for one value.
    pub(crate) fn sd(&self) -> f64 {
        let (m, n) = (self.mean(), self.0.len() as f64);
        if n < 2.0 { 0.0 } else { (self.0.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (n - 1.0)).sqrt() }
    }

    pub(crate) fn text(&self, places: usize) -> String {
        let mean = format!("{:.places$}", self.mean());
        if self.0.len() < 2 { mean } else { format!("{mean} +- {:.places$}", self.sd()) }
    }
}

/// What is compared.
#[derive(Debug, Clone)]
pub(crate) struct Compared {
    pub(crate) quantity: String,
    pub(crate) own: Values,
    pub(crate) reference: Values,
    /// How far the means may be apart.
    pub(crate) within: f64,
    pub(crate) places: usize,
}

impl Compared {
    /// Quantity, both sides and how far they may be apart, in words.
    pub(crate) fn cells(&self) -> [String; 4] {
        let Self { quantity, own, reference, within, places } = self;
        [quantity.clone(), own.text(*places), reference.text(*places), format!("{within:.places$}")]
    }

    pub(crate) fn holds(&self) -> bool {
        (self.own.mean() - self.reference.mean()).abs() <= self.within
    }
}

/// The references.
pub(crate) fn references() -> Value {
    serde_json::from_str(include_str!("../../tests/data/reference/networks.json")).expect("the references")
}

/// The rule: rates within 5 % or three times the spread over seeds, whichever is larger; CV of intervals within 0.05. The spread is the
/// reference's, so that a wild network of ours widens no bound.
fn rate(quantity: String, own: Vec<f64>, reference: Vec<f64>) -> Compared {
    let (own, reference) = (Values(own), Values(reference));
    let spread = reference.sd();
    let within = f64::max(0.05 * reference.mean(), 3.0 * spread);
    Compared { quantity, own, reference, within, places: 2 }
}

fn cv(quantity: String, own: Vec<f64>, reference: Vec<f64>) -> Compared {
    Compared { quantity, own: Values(own), reference: Values(reference), within: 0.05, places: 3 }
}

/// A list of the references; some keep mean and spread of many runs instead, which stand for two runs.
pub(crate) fn list(value: &Value, summary: bool) -> Vec<f64> {
    let numbers: Vec<f64> = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_f64).collect(),
        other => other.as_f64().into_iter().collect(),
    };
    match (summary, &numbers[..]) {
        (true, [mean, sd]) => vec![mean - sd / 2f64.sqrt(), mean + sd / 2f64.sqrt()],
        _ => numbers,
    }
}

/// Sets the statistics of several seeds beside the references.
pub(crate) fn compare(watched: &Watched, runs: &[Analysis]) -> Vec<Compared> {
    let (all, reference) = (references(), watched.reference);
    let known = &all[reference];
    let summary = reference == "izhikevich";
    let names: Vec<&str> = runs[0].populations.iter().map(|p| p.name.as_str()).collect();
    let rates = |p: usize| runs.iter().filter_map(|r| r.populations[p].rate_hz).collect::<Vec<f64>>();
    let cvs = |p: usize| runs.iter().filter_map(|r| r.populations[p].cv_isi).collect::<Vec<f64>>();
    let mut compared = Vec::new();
    if let Some(seeds) = known["rates"].as_array() {
        // One list of populations per seed.
        for (p, name) in names.iter().enumerate() {
            let theirs = seeds.iter().filter_map(|s| s[p].as_f64()).collect();
            compared.push(rate(format!("rate {name}, Hz"), rates(p), theirs));
        }
        return compared;
    }
    for (p, key) in ["e", "i"].into_iter().enumerate() {
        compared.push(rate(format!("rate {}, Hz", names[p]), rates(p), list(&known[format!("rate_{key}")], summary)));
    }
    match &known["cv_isi"] {
        Value::Null => {
            for (p, key) in ["e", "i"].into_iter().enumerate() {
                compared.push(cv(
                    format!("CV of intervals {}", names[p]),
                    cvs(p),
                    list(&known[format!("cv_isi_{key}")], summary),
                ));
            }
        }
        theirs => {
            // The simulators' drivers take every tenth neuron, or the first ones: nearly all or all of them excitatory.
            let own = if reference.starts_with("brunel") { runs.iter().filter_map(|r| r.all.cv_isi).collect() } else { cvs(0) };
            compared.push(cv("CV of intervals".into(), own, list(theirs, summary)));
        }
    }
    compared
}

/// What does not tell the regimes of Brunel's network apart, given the population Fano factor of each.
pub(crate) fn regimes(fano: &[(&str, f64)]) -> Vec<String> {
    let of = |name: &str| fano.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, f)| *f);
    let order = ["brunel:ai", "brunel:si-slow", "brunel:si-fast", "brunel:sr"];
    let rising = order.windows(2).filter(|w| of(w[0]) * 1.3 > of(w[1])).map(|w| {
        format!("the population Fano factors of {} ({:.0}) and {} ({:.0}) do not tell them apart", w[0], of(w[0]), w[1], of(w[1]))
    });
    rising.collect()
}
