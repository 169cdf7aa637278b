//! Promise: spikes and synaptic events are counted on the device, exactly.

mod common;

use common::{cpu, delta_population, exp_population, gpu, head, network, projection, recording, run};
use spikewatt::engine::{Engine, Options};
use spikewatt::network::Network;

fn small_network() -> Network {
    network(
        &(head(8)
            + &delta_population("A", 900, 2.0, 12_000.0, 0.1)
            + &exp_population("B", 300, 0.5, 13_000.0, 87.81)
            + &projection("A", "B", "rule = \"fixed_total_number\"\nnumber = 30000\nweight_pa = 20.0\ndelay_ms = 0.7")
            + &projection("A", "A", "rule = \"fixed_indegree\"\nindegree = 40\nweight_mv = 0.05\ndelay_ms = 1.5")
            + &projection("B", "A", "rule = \"pairwise_bernoulli\"\nprobability = 0.1\nweight_mv = -0.4\ndelay_ms = 1.0")),
    )
}

fn engines(n: &Network, options: &Options) -> [(&'static str, Box<dyn Engine>); 2] {
    [("cpu", cpu(n, options)), ("gpu", gpu(n, options))]
}

#[test]
fn events_are_the_sum_of_out_degrees_over_the_recorded_spikes() {
    let n = small_network();
    for shards in [None, Some(128 << 10)] {
        let options = Options { max_binding_bytes: shards, ..recording() };
        for (name, mut engine) in engines(&n, &options) {
            let (spikes, counts) = run(engine.as_mut(), 1000);
            let out_degree = |population: u32, neuron: u32| -> u64 {
                n.outgoing(&n.populations[population as usize]).iter().map(|p| u64::from(p.row_length(neuron))).sum()
            };
            let events: u64 = spikes.iter().map(|s| out_degree(s.population, s.neuron)).sum();
            assert!(events > 10_000, "{name}: {events} events prove little");
            assert_eq!(counts.synaptic_events, events, "{name}");
            for (i, expected) in counts.spikes.iter().enumerate() {
                assert_eq!(spikes.iter().filter(|s| s.population == i as u32).count() as u64, *expected, "{name}");
            }
        }
    }
}

/// Without synapses, shards of neurons are advanced one after the other: no spike of one counts with those of the next.
#[test]
fn shards_that_do_not_wait_for_each_other_are_counted_apart() {
    let n =
        network(&(head(9) + &delta_population("A", 4000, 2.0, 12_000.0, 0.1) + &exp_population("B", 2500, 0.5, 13_000.0, 87.81)));
    let (_, all) = run(cpu(&n, &Options::default()).as_mut(), 800);
    assert!(all.spikes.iter().all(|spikes| *spikes > 1000), "{all:?}");
    for (record, batches_per_submission) in [(false, None), (true, None), (false, Some(1)), (true, Some(3))] {
        let options = Options { max_binding_bytes: Some(24 << 10), record, batches_per_submission, ..Options::default() };
        let mut engine = gpu(&n, &options);
        assert!(engine.plan().neuron_parts > Some(2), "{:?}", engine.plan());
        // Several submissions, and more than one call.
        for steps in [16, 384, 400] {
            spikewatt::engine::advance_quietly(engine.as_mut(), steps).expect("advances");
        }
        let counts = engine.counts().expect("counts");
        assert_eq!(
            (&counts.spikes, counts.checksum),
            (&all.spikes, all.checksum),
            "recording: {record}, {batches_per_submission:?}"
        );
    }
}

#[test]
fn the_checksum_is_the_sum_of_the_recorded_spikes_terms() {
    let n = small_network();
    for (name, mut engine) in engines(&n, &recording()) {
        let (spikes, counts) = run(engine.as_mut(), 300);
        let sum = spikes.iter().fold([0u32; 2], |sum, s| {
            let term = spikewatt::engine::checksum_term(&n.populations[s.population as usize], s.neuron, s.step);
            [sum[0].wrapping_add(term[0]), sum[1].wrapping_add(term[1])]
        });
        assert_eq!(counts.checksum, u64::from(sum[0]) << 32 | u64::from(sum[1]), "{name}");
    }
}

#[test]
fn no_refractory_neuron_fires() {
    let n = small_network();
    let (spikes, _) = run(cpu(&n, &recording()).as_mut(), 1500);
    let mut last = std::collections::HashMap::new();
    for s in spikes {
        if let Some(before) = last.insert((s.population, s.neuron), s.step) {
            assert!(s.step - before > 20, "{s:?} follows a spike in step {before}");
        }
    }
}

/// 20,000 neurons x 250 arrivals x 1,000 steps pass 2^32: the carries must be right.
#[test]
fn totals_beyond_32_bits_are_exact() {
    let n = network(&(head(1) + &delta_population("N", 20_000, 2.0, 2_500_000.0, 0.0001)));
    let [(_, mut a), (_, mut b)] = engines(&n, &Options::default());
    let (_, a) = run(a.as_mut(), 1000);
    let (_, b) = run(b.as_mut(), 1000);
    assert!(a.total_external() > 1 << 32);
    assert_eq!(a, b);
}

#[test]
fn without_projections_there_are_no_events_and_without_drive_no_arrivals() {
    let n = network(&(head(1) + &delta_population("N", 300, 2.0, 0.0, 0.1)));
    for (name, mut engine) in engines(&n, &Options::default()) {
        let (_, counts) = run(engine.as_mut(), 100);
        assert_eq!((counts.synaptic_events, counts.total_external(), counts.steps), (0, 0, 100), "{name}");
    }
}

/// Up to 32 populations, spikes are counted in a workgroup's own memory; beyond, in the adapter's.
#[test]
fn as_many_populations_as_do_not_fit_a_workgroup_are_counted() {
    let mut text = head(11);
    for i in 0..40 {
        text += &delta_population(&format!("P{i}"), 20 + 7 * i, 2.0, 9_000.0 + 100.0 * f64::from(i), 0.1);
    }
    for i in 0..40 {
        let rule = "rule = \"fixed_indegree\"\nindegree = 5\nweight_mv = 0.3\ndelay_ms = 1.5";
        text += &projection(&format!("P{i}"), &format!("P{}", (i + 1) % 40), rule);
    }
    let n = network(&text);
    let (spikes, host) = run(cpu(&n, &recording()).as_mut(), 600);
    let (_, device) = run(gpu(&n, &Options::default()).as_mut(), 600);
    assert!(host.spikes.iter().all(|spikes| *spikes > 0), "{:?}", host.spikes);
    assert_eq!(device, host);
    assert_eq!(spikes.len() as u64, host.spikes.iter().sum::<u64>());
}
