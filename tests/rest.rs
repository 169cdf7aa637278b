//! Promise: neurons at rest that nothing reaches are not stepped, and nothing else differs: spikes, counts, checksums and potentials are those of
//! stepping everything, in networks that fall silent and wake again, whatever the model, the delays, the batches, the partitions and the delivery.

mod common;

use common::{adapter, cpu, gpu, head, network, projection, recording};
use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::plan::{Candidate, Delivery, GpuPlan, Strategy};
use spikewatt::engine::{Arrival, Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::neuron::BLOCK;

/// Sources that fire now and then, the second time when everything has long been at rest.
fn sources(times: &str) -> String {
    format!("[[population]]\nname = \"S\"\nsize = 40\nmodel = \"spike_times\"\nspike_times_ms = [{times}]\n\n")
}

fn delta(name: &str, size: u32, tau_m_ms: f64) -> String {
    format!(
        "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_delta\"\nparameters = {{ tau_m_ms = {tau_m_ms:?}, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }}\n\n"
    )
}

fn exp(name: &str, size: u32, tau_syn_in_ms: f64, i_e_pa: f64) -> String {
    format!(
        "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_exp\"\nparameters = {{ tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = {tau_syn_in_ms:?}, i_e_pa = {i_e_pa:?} }}\n\n"
    )
}

fn link(source: &str, target: &str, degree: u32, weight: &str, delay_ms: &str) -> String {
    projection(source, target, &format!("rule = \"fixed_outdegree\"\noutdegree = {degree}\n{weight}\ndelay_ms = {delay_ms}"))
}

const TIMES: &str = "2.0, 3.0, 500.0, 500.3, 510.0, 900.0";

/// Networks that fall silent and wake: name and text.
fn networks() -> Vec<(&'static str, String)> {
    let between = "{ distribution = \"uniform\", min = 1.5, max = 30.0 }";
    vec![
        (
            "delta",
            head(1)
                + &sources(TIMES)
                + &delta("A", 1000, 15.0)
                + &link("S", "A", 100, "weight_mv = 9.0", "1.0")
                + &link("A", "A", 20, "weight_mv = 4.0", between),
        ),
        (
            "one channel",
            head(2)
                + &sources(TIMES)
                + &exp("A", 700, 0.5, 0.0)
                + &link("S", "A", 70, "weight_pa = 3000.0", "0.8")
                + &link("A", "A", 30, "weight_pa = -500.0", between),
        ),
        (
            "two channels",
            head(3)
                + &sources(TIMES)
                + &exp("A", 700, 7.0, 100.0)
                + &link("S", "A", 70, "weight_pa = 3000.0", "0.8")
                + &link("A", "A", 30, "weight_pa = -500.0", between),
        ),
        (
            "all delays one step",
            head(4)
                + &sources(TIMES)
                + &exp("A", 900, 7.0, 0.0)
                + &link("S", "A", 80, "weight_pa = 4000.0", "0.1")
                + &link("A", "A", 20, "weight_pa = 900.0", "0.1"),
        ),
        // A current that drives to threshold: never at rest, beside some that are.
        (
            "one that never rests",
            head(5)
                + &sources(TIMES)
                + &exp("A", 300, 7.0, 0.0)
                + &exp("B", 300, 7.0, 500.0)
                + &link("S", "A", 60, "weight_pa = 3000.0", "1.0")
                + &link("B", "A", 2, "weight_pa = 30.0", "2.0"),
        ),
        (
            "models stepped one by one",
            head(6)
                + &sources(TIMES)
                + &delta("A", 300, 15.0)
                + "[[population]]\nname = \"C\"\nsize = 100\nmodel = \"lif_psc_alpha\"\nparameters = { tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 5.0 }\n\n"
                + &link("S", "C", 50, "weight_pa = 4000.0", "1.0")
                + &link("S", "A", 100, "weight_mv = 9.0", "1.0"),
        ),
        (
            "constants that differ, and currents in both channels",
            head(8)
                + &sources(TIMES)
                + &exp("A", 300, 7.0, 0.0)
                    .replace("c_m_pf = 250.0", "c_m_pf = { distribution = \"uniform\", min = 200.0, max = 300.0 }")
                + &link("S", "A", 70, "weight_pa = 3000.0", "0.8")
                + &link("A", "A", 10, "weight_pa = -500.0", between),
        ),
    ]
}

fn same(network: &Network, options: &Options, what: &str) {
    let all = Options { steps_all: true, record: true, ..options.clone() };
    let some = Options { record: true, ..options.clone() };
    alike(network, cpu(network, &all), cpu(network, &some), what);
}

/// Whether two engines agree when the network wakes, falls silent, is set and hit from outside.
fn alike(network: &Network, mut all: Box<dyn Engine>, mut some: Box<dyn Engine>, what: &str) {
    let population = network.populations.len() as u32 - 1;
    let target = &network.populations[population as usize];
    let inject = |engine: &mut dyn Engine| {
        let arrivals: Vec<Arrival> = (0..target.size)
            .step_by(37)
            .map(|neuron| Arrival { step: engine.step(), population, neuron, channel: 0, input: 9 << 20 })
            .collect();
        engine.inject(&arrivals).expect("arrives");
    };
    for (part, ms) in [(0, 450.0), (1, 80.0), (2, 500.0), (3, 300.0)] {
        for engine in [&mut all, &mut some] {
            // Now and then somebody else sets state or input.
            if part == 2 {
                let taken = engine.snapshot().expect("a state");
                engine.reset().expect("resets");
                engine.resume(&taken).expect("resumes");
            }
            if part == 3 {
                inject(engine.as_mut());
            }
            advance_quietly(engine.as_mut(), network.steps(ms)).expect("advances");
        }
        let [a, b] = [&mut all, &mut some].map(|e| (e.counts().expect("counts"), e.take_spikes().expect("spikes")));
        assert!(a == b, "{what}, part {part}: {:?} and {:?}", a.0, b.0);
        assert!(part > 1 || a.0.total_spikes() > 0, "{what}: nothing fired");
        let potentials = |e: &mut dyn Engine| e.potentials_mv(population as usize, 0..target.size).expect("potentials");
        assert_eq!(potentials(all.as_mut()), potentials(some.as_mut()), "{what}, part {part}");
    }
}

#[test]
fn what_rests_is_left_alone_and_nothing_else_differs() {
    let full = common::full();
    for (i, (name, text)) in networks().into_iter().enumerate() {
        let n = network(&text);
        for partitions in [1, 3] {
            for delivery in [Delivery::Stored, Delivery::Procedural] {
                for batch in [Some(1), None] {
                    // Half of them by default, and of the next network the other half.
                    let odd = i
                        + usize::from(partitions == 3)
                        + usize::from(delivery == Delivery::Stored)
                        + usize::from(batch.is_none());
                    if !full && odd % 2 == 1 {
                        continue;
                    }
                    let options = Options { partitions: Some(partitions), delivery: Some(delivery), batch, ..Options::default() };
                    same(&n, &options, &format!("{name}, {partitions} partitions, {delivery:?}, batch {batch:?}"));
                }
            }
        }
    }
}

/// A network that falls silent and wakes, whose synapses learn and tire.
fn plastic() -> Network {
    let learns = "stdp = { pairing = \"all_to_all\", lambda = 0.02, alpha = 1.1, mu_plus = 0, mu_minus = 1, tau_plus_ms = 15.0, tau_minus_ms = 30.0, w_max_pa = 4000.0 }";
    let tires = "short_term = { u = 0.4, tau_rec_ms = 100.0, tau_fac_ms = 20.0 }";
    network(
        &(head(11)
            + &sources(TIMES)
            + &exp("B", 260, 0.5, 0.0)
            + &exp("A", 900, 7.0, 0.0)
            + &link("S", "B", 70, "weight_pa = 3000.0", "0.8")
            + &link("S", "A", 30, &format!("weight_pa = 2000.0\n{learns}"), "1.2")
            + &link(
                "B",
                "A",
                30,
                &format!("weight_pa = 900.0\n{tires}"),
                "{ distribution = \"uniform\", min = 1.5, max = 30.0 }",
            )),
    )
}

/// Beside synapses whose weights change: those that send wake whom they reach.
#[test]
fn plastic_synapses_wake_whom_they_reach() {
    let n = plastic();
    for partitions in [1, 3] {
        same(&n, &Options { partitions: Some(partitions), ..Options::default() }, "CPU engine");
    }
    let (adapter, _) = adapter();
    let options = Options { record: true, ..Options::default() };
    let candidates = GpuPlan::candidates(&n, &options, &adapter.limits());
    let resting: Vec<Candidate> = candidates.into_iter().map(|(c, _)| c).filter(|c| c.rests).collect();
    assert!(!resting.is_empty());
    for strategy in [Strategy::StoredPush, Strategy::ProceduralPush] {
        let candidate = *resting.iter().find(|c| c.strategy == strategy).expect("a way");
        let options = Options { candidate: Some(candidate), delivery: Some(candidate.delivery()), ..options.clone() };
        // One of them goes through all of it by default, the other one from silence to the first spikes.
        if strategy == Strategy::StoredPush || common::full() {
            alike(&n, cpu(&n, &Options { steps_all: true, ..recording() }), gpu(&n, &options), strategy.words());
        }
        let mut engines = [cpu(&n, &recording()), gpu(&n, &options)];
        engines.iter_mut().for_each(|e| advance_quietly(e.as_mut(), 6000).expect("advances"));
        let [a, b] = engines.each_mut().map(|e| (e.plastic_words(0).expect("weights"), e.plastic_words(1).expect("weights")));
        assert_eq!(a, b);
    }
}

/// Adapters as well, which keep lists of who is awake: stored and evaluated synapses, long and short batches, one shard of neurons and several.
#[test]
fn what_rests_is_left_alone_on_adapters_and_nothing_else_differs() {
    let (adapter, _) = adapter();
    // Every eleventh way by default: it takes each network, delivery, batch and number of shards in turn.
    let stride = if common::full() { 1 } else { 11 };
    let mut ways = 0;
    let mut run = Vec::new();
    for (name, text) in networks() {
        let n = network(&text);
        // Ring buffers of a block of neurons, and half of another.
        let few = Some(u64::from((n.max_delay + 16) * n.channels) * BLOCK as u64 * 6);
        for (max_binding_bytes, batch) in [(None, None), (few, None), (None, Some(1)), (few, Some(3))] {
            let options = Options { record: true, batch, max_binding_bytes, ..Options::default() };
            let candidates = GpuPlan::candidates(&n, &options, &adapter.limits());
            let mut resting: Vec<Candidate> = candidates.into_iter().map(|(c, _)| c).filter(|c| c.rests).collect();
            resting.sort_by_key(|c| c.strategy.words());
            resting.dedup_by_key(|c| c.strategy);
            assert_eq!(resting.len(), 2, "{name}: {resting:?}");
            for candidate in resting {
                ways += 1;
                if ways % stride != 0 {
                    continue;
                }
                let options = Options { candidate: Some(candidate), delivery: Some(candidate.delivery()), ..options.clone() };
                let plan = GpuPlan::with(&n, &options, &adapter.limits(), candidate).expect("fits");
                assert_eq!(plan.candidate, candidate, "{name}");
                run.push((candidate.strategy, plan.neuron_shards.len() > 1));
                let all = Options { steps_all: true, record: true, ..Options::default() };
                let what = format!("{name}, {candidate}, {} shards", plan.neuron_shards.len());
                alike(&n, cpu(&n, &all), gpu(&n, &options), &what);
            }
        }
        let all = Options { steps_all: true, ..Options::default() };
        assert!(GpuPlan::candidates(&n, &all, &adapter.limits()).iter().all(|(c, _)| !c.rests));
    }
    for way in [Strategy::StoredPush, Strategy::ProceduralPush].into_iter().flat_map(|s| [(s, false), (s, true)]) {
        assert!(run.contains(&way), "{way:?} was not run");
    }
}

/// A burst, which the host has delivered in parts, wakes whom it reaches.
#[test]
fn bursts_wake_their_targets_on_adapters() {
    let (adapter, device) = adapter();
    let (_, text) = networks().swap_remove(0);
    let n = network(&text);
    let all = Options { steps_all: true, record: true, ..Options::default() };
    let (expected, counts) = common::run(cpu(&n, &all).as_mut(), 5200);
    for delivery in [Delivery::Stored, Delivery::Procedural] {
        let options = Options { record: true, delivery: Some(delivery), most_dispatch_events: Some(3000), ..Options::default() };
        let candidates = GpuPlan::candidates(&n, &options, &adapter.limits());
        let candidate = candidates.into_iter().map(|(c, _)| c).find(|c| c.rests).expect("a way that leaves others alone");
        let options = Options { candidate: Some(candidate), ..options };
        let mut engine = GpuEngine::new(n.clone(), &options, adapter, device).expect("an engine");
        let (spikes, same) = common::run(&mut engine, 5200);
        assert!(engine.gpu_plan().candidate.rests && engine.bursts() > 0, "{delivery:?}: {} bursts", engine.bursts());
        assert!(spikes == expected && same == counts, "{delivery:?}: {} spikes, {} expected", spikes.len(), expected.len());
    }
}

/// Plastic arrivals wake as well.
#[test]
fn plastic_synapses_wake_their_targets() {
    let plastic = "[[projection]]\nsource = \"S\"\ntarget = \"A\"\nrule = \"fixed_outdegree\"\noutdegree = 60\nweight_mv = 9.0\ndelay_ms = 1.0\nstdp = { tau_plus_ms = 20.0, tau_minus_ms = 20.0, lambda = 0.01, alpha = 1.0, w_max_mv = 20.0 }\n\n";
    let n = network(&(head(7) + &sources(TIMES) + &delta("A", 500, 15.0) + plastic));
    for partitions in [1, 2] {
        same(&n, &Options { partitions: Some(partitions), ..Options::default() }, &format!("plastic, {partitions} partitions"));
    }
}
