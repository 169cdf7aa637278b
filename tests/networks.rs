//! Promise: networks fire as independent simulators say, regimes and all.
//!
//! The full comparison, with several seeds of every network and the microcircuit at full size, is a program:
//! `cargo run --release --example validate`. Here one to three seeds of the faster networks are held to the same bounds, and four of a slow one
//! with `./test --full`.

#[path = "../examples/validate/networks.rs"]
mod networks;

use std::collections::HashMap;

use networks::{NETWORKS, Watched, compare, regimes};
use spikewatt::analysis::{Held, Reference, Statistic, Trains};
use spikewatt::network::Network;
use spikewatt::recording::{Header, Recording, Rows};

/// Whether everything is run: `./test --full`.
fn full() -> bool {
    std::env::var_os("SPIKEWATT_FULL").is_some()
}

/// Some seeds of a network against its references; gives the population Fano factor.
fn check(name: &str, seeds: u64) -> f64 {
    let w: &Watched = NETWORKS.iter().find(|w| w.reference == name).expect(name);
    // At once: small networks leave cores idle.
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=seeds.min(w.seeds)).map(|seed| scope.spawn(move || w.analysis(seed))).collect();
        threads.into_iter().filter_map(|t| t.join().expect("runs")).collect()
    });
    for c in compare(w, &runs) {
        println!("{name}: {:?} (own, reference, within)", c.cells());
        assert!(c.holds(), "{name}: {c:?}");
    }
    runs.iter().filter_map(|r| r.all.fano_1ms).sum::<f64>() / runs.len() as f64
}

#[test]
fn brunels_regimes_are_those_of_nest_and_told_apart_by_the_fano_factor() {
    let names = ["brunel:ai", "brunel:si-slow", "brunel:si-fast", "brunel:sr"];
    let fano = names.map(|name| (name, check(name, if name == "brunel:si-slow" { 3 } else { 1 })));
    println!("population Fano factors: {fano:.0?}");
    assert_eq!(regimes(&fano), Vec::<String>::new());
}

#[test]
fn conductance_based_networks_keep_themselves_going_as_in_brian2() {
    if full() {
        check("coba", 4);
        return;
    }
    // Rates are within the same bounds after two seconds already, if nothing died out; how intervals vary takes longer to see.
    let w: &Watched = NETWORKS.iter().find(|w| w.reference == "coba").expect("it");
    let short = Watched { bio_ms: 2000.0, ..*w };
    for seed in [1, 2] {
        let run = short.analysis(seed).unwrap_or_else(|| panic!("seed {seed} died out"));
        let compared = compare(&short, &[run]);
        let rates: Vec<_> = compared.iter().filter(|c| c.quantity.starts_with("rate")).collect();
        assert_eq!(rates.len(), 2);
        for c in rates {
            println!("coba, seed {seed}: {:?} (own, reference, within)", c.cells());
            assert!(c.holds(), "seed {seed}: {c:?}");
        }
    }
}

#[test]
fn izhikevichs_network_fires_as_in_other_simulators() {
    check("izhikevich", 3);
}

/// Scaled up, every neuron keeps its in-degree, and the network its rate.
#[test]
fn izhikevichs_network_keeps_its_rate_when_it_grows() {
    let unscaled: &Watched = NETWORKS.iter().find(|w| w.reference == "izhikevich").expect("it");
    // The larger takes twice as long: `./test --full`.
    let scales = if full() { &[2.0, 4.0][..] } else { &[2.0] };
    for &scale in scales {
        let w = Watched { scale, bio_ms: 3000.0, ..*unscaled };
        let n = w.network(1);
        assert_eq!(n.synapses(), 1000 * n.neurons());
        let run = w.analysis(1).expect("active");
        let rates: Vec<f64> = run.populations.iter().filter_map(|p| p.rate_hz).collect();
        println!("izhikevich at scale {scale}: {rates:.2?} Hz");
        assert!((rates[0] / 7.22 - 1.0).abs() < 0.2 && (rates[1] / 6.69 - 1.0).abs() < 0.2, "{rates:?}");
    }
}

/// Trains whose rates are a reference's, quantile by quantile, or a multiple of them.
fn of_rates(network: &Network, rates: &dyn Fn(&str, f64) -> f64) -> Trains {
    let header = Header::new(network, 500.0, 10_500.0);
    let mut rows = Rows::default();
    for p in &network.populations {
        for neuron in 0..p.size {
            let spikes = (10.0 * rates(&p.name, (f64::from(neuron) + 0.5) / f64::from(p.size))).round() as u64;
            (0..spikes).for_each(|k| rows.push(5000 + k * 100_000 / spikes, 0.1, p.id, neuron));
        }
    }
    Trains::new(&Recording { header, rows, ids: Vec::new() }, None, None).expect("trains")
}

#[test]
fn rates_of_a_reference_agree_with_it_and_others_do_not() {
    let reference = Reference::microcircuit();
    let network = Network::build(&spikewatt::scenario::load("microcircuit").expect("built in")).expect("a network");
    let quantiles_of = |name: &str| reference.quantiles(Statistic::Rate, name).expect("quantiles");
    let quantiles: HashMap<&str, _> = network.populations.iter().map(|p| (p.name.as_str(), quantiles_of(&p.name))).collect();
    let known = |name: &str, p: f64| {
        let quantiles = &quantiles[name];
        quantiles[(p * (quantiles.len() - 1) as f64).round() as usize]
    };
    let same = of_rates(&network, &known);
    assert!(reference.is_of(&same.header));
    let of = |held: &[Held], s: Statistic| held.iter().filter(|h| h.statistic == s).map(Held::agrees).collect::<Vec<_>>();
    let held = reference.hold(&same);
    assert_eq!(held.len(), 24);
    assert_eq!(of(&held, Statistic::Rate), [true; 8], "{held:?}");
    // Regular spikes have the rates, and nothing else.
    assert_eq!(of(&held, Statistic::Cv), [false; 8], "{held:?}");
    for h in &held {
        assert!(0.0 < h.ks_between_seeds && h.ks_between_seeds < h.ks_limit && h.ks_limit < 0.2, "{h:?}");
    }
    // A fifth more is told from chance in every population.
    assert_eq!(of(&reference.hold(&of_rates(&network, &|name, p| 1.2 * known(name, p))), Statistic::Rate), [false; 8]);
    let mut other = same.header;
    other.populations[3].size -= 1;
    assert!(!reference.is_of(&other));
}
