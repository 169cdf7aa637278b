//! What plans promise: sizes, shards, and refusals that help.

use rayon::prelude::*;

use super::dispatches::{LONGEST_US, MOST_EVENTS, MOST_UPDATES, most_events};
use super::*;
use crate::error::Error;
use crate::scenario::{Scale, load};

const DESKTOP: AdapterLimits = AdapterLimits {
    binding_bytes: 2 << 30,
    buffer_bytes: 2 << 30,
    workgroup_size: 1024,
    storage_buffers: 16,
    uniform_bytes: 65_536,
    subgroup_size: Some(32),
    wide_integers: true,
    memory: AdapterMemory::Own(None),
    barred: Barred { workgroup_sharing: false, workgroup_counters: false, subgroups: false, wide_integers: false },
    device: device_model::DESKTOP,
    quirks: Quirks::NONE,
};
const SMALL: AdapterLimits = AdapterLimits { binding_bytes: 128 << 20, quirks: Quirks::SOFTWARE, ..DESKTOP };

fn network(name: &str, factor: f64) -> Network {
    Network::build(&load(name).expect("built in").scaled(Scale::Factor(factor)).expect("scales")).expect("a network")
}

#[test]
fn a_network_that_does_not_fit_says_how_big_it_is_and_what_would() {
    let n = network("brunel", 0.1);
    let tight = Options { memory_bytes: Some(6 << 20), ..Options::default() };
    let plan = GpuPlan::new(&n, &tight, &SMALL).expect("procedural synapses fit");
    assert_eq!(plan.delivery, Delivery::Procedural);
    assert!(plan.note.is_some_and(|note| note.contains("do not fit")));
    let forced = Options { delivery: Some(Delivery::Stored), ..tight.clone() };
    let e = GpuPlan::new(&n, &forced, &SMALL).expect_err("stored synapses do not").to_string();
    assert!(e.contains("1250 neurons") && e.contains("free") && e.contains("use procedural synapses"), "{e}");
    let tiny = Options { memory_bytes: Some(100 << 10), ..Options::default() };
    let plans = [GpuPlan::new(&n, &tiny, &SMALL).expect_err("too big"), CpuPlan::new(&n, &tiny).expect_err("too big")];
    for (e, elsewhere) in plans.into_iter().zip([true, false]) {
        let e = e.to_string();
        assert!(e.contains("neurons fit (neurons ") && e.contains("use the CPU engine") == elsewhere, "{e}");
    }
}

#[test]
fn synapse_shards_hold_whole_senders_within_the_binding() {
    let n = network("microcircuit", 0.1);
    let options = Options { max_binding_bytes: Some(4 << 20), ..Options::default() };
    let plan = GpuPlan::new(&n, &options, &SMALL).expect("fits");
    assert!(plan.synapse_shards.len() > 20);
    assert!(plan.synapse_shards.iter().all(|s| s.words * 4 <= 4 << 20));
    assert!(plan.synapse_shards.windows(2).all(|w| w[0].slots.end == w[1].slots.start));
    assert_eq!(plan.synapse_shards.last().map(|s| s.slots.end), Some(n.slots()));
    assert!(plan.memory.synapses as f64 / n.synapses() as f64 <= 4.5, "more than 4.5 bytes per synapse");
}

#[test]
fn the_microcircuit_takes_one_shard_on_a_desktop_gpu_and_about_ten_on_a_software_adapter() {
    let n = network("microcircuit", 1.0);
    for (limits, shards) in [(DESKTOP, 1..=1), (SMALL, 9..=10)] {
        assert!(shards.contains(&GpuPlan::new(&n, &Options::default(), &limits).expect("fits").synapse_shards.len()));
    }
}

#[test]
fn synapses_that_cannot_be_stored_are_procedural_even_if_asked_for() {
    let n = network("brunel", 0.1);
    // One neuron's 1,250 synapses take 5 kB; a ring of one block takes 30 kB.
    let options =
        Options { delivery: Some(Delivery::Stored), max_binding_bytes: Some(4 << 10), batch: Some(1), ..Options::default() };
    assert!(matches!(GpuPlan::new(&n, &options, &DESKTOP), Err(Error::TooBig(_))), "not even the ring buffers fit");
    let text = "name = \"wide\"\nversion = 1\n\n[[population]]\nname = \"E\"\nsize = 3000000\nmodel = \"lif_psc_delta\"\n\
                parameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\n\n\
                [[projection]]\nsource = \"E\"\ntarget = \"E\"\nrule = \"fixed_indegree\"\nindegree = 1\n\
                weight_mv = { distribution = \"uniform\", min = 0.0, max = 0.1 }\n\
                delay_ms = { distribution = \"uniform\", min = 0.1, max = 9.0 }\n";
    let n = Network::build(&crate::scenario::parse("wide.toml", text, None).expect("valid")).expect("a network");
    let options = Options { delivery: Some(Delivery::Stored), ..Options::default() };
    for (delivery, note) in [
        GpuPlan::new(&n, &options, &DESKTOP).map(|p| (p.delivery, p.note)).expect("fits"),
        CpuPlan::new(&n, &options).map(|p| (p.delivery, p.note)).expect("fits"),
    ] {
        assert_eq!(delivery, Delivery::Procedural, "22 + 7 + 8 bits do not fit 32");
        assert!(note.is_some_and(|note| note.contains("32 bits")));
    }
}

/// Half words hold the synapses of groups of one weight, where these are long and their part is small.
#[test]
fn the_cpu_engine_keeps_half_words_where_groups_share_their_weight() {
    let due = |name: &str, factor: f64, parts: usize| {
        let options = Options { partitions: Some(parts), when_due: Some(true), ..Options::default() };
        let plan = CpuPlan::new(&network(name, factor), &options).expect("a plan");
        (
            plan.due.expect("delivered when due").shares_weights,
            plan.memory.synapses as f64 / network(name, factor).synapses() as f64,
        )
    };
    let (halves, bytes) = due("brunel", 1.0, 2);
    assert!(halves && (2.0..2.1).contains(&bytes), "{bytes} B per synapse");
    for (name, factor, parts, what) in [
        ("brunel", 12.0, 2, "places beyond 16 bits"),
        ("brunel", 1.0, 64, "short groups"),
        ("microcircuit", 0.1, 2, "many weights"),
    ] {
        let (halves, bytes) = due(name, factor, parts);
        assert!(!halves && bytes > 4.0, "{name} at {factor} in {parts} parts: {what}, {bytes} B per synapse");
    }
}

/// Input in the near caches pays where a sender's groups of one delay are long; where hardly two synapses share a delay, ring buffers do.
#[test]
fn the_cpu_engine_delivers_when_due_where_groups_are_long() {
    let due =
        |name: &str, factor: f64, options: &Options| CpuPlan::new(&network(name, factor), options).expect("a plan").due.is_some();
    let plain = Options { partitions: Some(2), ..Options::default() };
    for (name, factor, expected) in [("brunel", 0.2, true), ("microcircuit", 0.2, true), ("cuba", 1.0, false)] {
        assert_eq!(due(name, factor, &plain), expected, "{name} at {factor}");
    }
    // Rows that are cut into many parts have short groups.
    let cut = Options { partitions: Some(64), ..Options::default() };
    assert!(!due("microcircuit", 0.2, &cut), "short groups");
    assert!(due("microcircuit", 0.2, &Options { when_due: Some(true), ..cut }), "asked for");
    assert!(!due("brunel", 0.2, &Options { when_due: Some(false), ..plain.clone() }), "not wanted");
    assert!(!due("brunel", 0.2, &Options { delivery: Some(Delivery::Procedural), ..plain.clone() }), "nothing is stored");
}

#[test]
fn membrane_fits_any_size_the_memory_allows() {
    let n = network("membrane", 100.0);
    let plan = GpuPlan::new(&n, &Options { memory_bytes: Some(8 << 30), ..Options::default() }, &SMALL)
        .expect("100 million neurons fit");
    assert!(plan.neuron_shards.len() > 1);
    assert_eq!(plan.neuron_shards.last().map(|s| s.end), Some(n.slots() / 256));
}

/// A GPU has a hundred processors: a default plan keeps as many busy as the network has blocks for, and the smallest networks are one dispatch per
/// batch.
#[test]
fn default_plans_keep_every_known_device_busy() {
    for name in ["microcircuit", "microcircuit:dc", "brunel", "cuba", "coba", "izhikevich", "sheet", "membrane"] {
        let n = network(name, 1.0);
        for device in known_devices() {
            let plan = GpuPlan::new(&n, &Options::default(), &device.limits).expect("fits");
            let (busy, blocks) = (device.limits.device.processors.min(n.slots() / 256), n.slots() / 256);
            assert!(
                plan.workgroups() >= busy,
                "{name} on {}: {} workgroups of {blocks} blocks, {plan}",
                device.name,
                plan.workgroups()
            );
            // Submissions may be long enough to hide the host.
            let steps = f64::from(plan.most_batches * plan.segments * plan.candidate.batch);
            let us = steps * plan.estimate(&n, &device.limits, 5.0).total_us();
            assert!(us > 20_000.0, "{name} on {}: a submission takes {us} us at most, {plan}", device.name);
            let metal = device.limits.quirks.doubtful_barriers;
            assert!(!(metal && plan.candidate.strategy.shares_memory()), "{name} on {}: {plan}", device.name);
            if device.limits.device.processors > 30 && name == "cuba" && !metal {
                assert_eq!(plan.candidate.strategy, Strategy::StoredOwn, "{name} on {}: {plan}", device.name);
            }
            // What trials on an H100 found fastest, or nearly so.
            if device.name == "H100" && ["microcircuit", "brunel"].contains(&name) {
                assert_eq!(plan.candidate.strategy, Strategy::StoredByDelay, "{name} on {}: {plan}", device.name);
            }
        }
    }
}

/// NVIDIA has an instruction for products of 64 bits; elsewhere they are made of several.
#[test]
fn wide_integers_are_planned_where_there_is_an_instruction_for_them() {
    let n = network("membrane", 1.0);
    for device in known_devices() {
        let plan = GpuPlan::new(&n, &Options::default(), &device.limits).expect("fits");
        assert_eq!(
            plan.candidate.wide_integers,
            device.name.starts_with('H') || device.name.starts_with("RTX"),
            "{}",
            device.name
        );
    }
}

/// What its self-check has found wrong with an adapter is not planned with.
#[test]
fn barred_ways_to_run_are_not_considered() {
    let n = network("brunel", 0.2);
    let strategies = |barred: Barred| -> Vec<Strategy> {
        let limits = AdapterLimits { barred, ..DESKTOP };
        GpuPlan::candidates(&n, &Options::default(), &limits).into_iter().map(|(c, _)| c.strategy).collect()
    };
    assert!(strategies(Barred::default()).contains(&Strategy::StoredOwn));
    for barred in
        [Barred { workgroup_sharing: true, ..Barred::default() }, Barred { workgroup_counters: true, ..Barred::default() }]
    {
        let left = strategies(barred);
        assert!(!left.is_empty() && left.iter().all(|s| !s.shares_memory()), "{left:?}");
        // Nor where one was remembered that ran before the driver changed.
        let mut remembered = GpuPlan::candidates(&n, &Options::default(), &DESKTOP).into_iter().map(|(c, _)| c);
        let remembered = remembered.find(|c| c.strategy.shares_memory()).expect("one that shares");
        let options = Options { candidate: Some(remembered), ..Options::default() };
        let plan = GpuPlan::new(&n, &options, &AdapterLimits { barred, ..DESKTOP }).expect("another way");
        assert!(!plan.candidate.strategy.shares_memory(), "{plan}");
    }
}

/// No dispatch takes longer than 50 ms on a device of 10^9 synaptic events or 4 x 10^9 updates per second, even if every neuron fires.
#[test]
fn the_worst_dispatch_is_bounded_whatever_the_size() {
    let integrated = AdapterLimits { binding_bytes: 1 << 30, storage_buffers: 8, subgroup_size: None, ..DESKTOP };
    let phone = AdapterLimits { binding_bytes: 128 << 20, buffer_bytes: 256 << 20, workgroup_size: 256, ..integrated };
    let scenarios = crate::scenario::catalog().iter().filter(|entry| entry.data.is_none()).map(|entry| entry.name);
    let sizes: Vec<(&str, f64)> = scenarios.flat_map(|scenario| [1.0, 10.0, 100.0].map(|factor| (scenario, factor))).collect();
    let full = std::env::var_os("SPIKEWATT_FULL").is_some();
    let planned = |(scenario, factor): (&str, f64)| {
        // Spelling synapses out takes longer than all the rest, and most of what is large takes long: `./test --full`.
        let large = match scenario {
            "membrane" | "brunel" => 100.0,
            "sheet" => 10.0,
            _ => 1.0,
        };
        let spelt_out = scenario == "fly:sham" && (factor > 1.0 || !full);
        if spelt_out || !full && (factor > large || scenario.starts_with("microcircuit:")) {
            return 0;
        }
        let Ok(scaled) = load(scenario).expect("built in").scaled(Scale::Factor(factor)) else { return 0 };
        let Ok(n) = Network::build(&scaled) else { return 0 };
        let mut planned = 0;
        for (limits, memory) in [(DESKTOP, 80u64 << 30), (integrated, 8 << 30), (phone, 2 << 30)] {
            let options = Options { memory_bytes: Some(memory), ..Options::default() };
            let Ok(plan) = GpuPlan::new(&n, &options, &limits) else { continue };
            planned += 1;
            let d = plan.dispatches;
            assert!(d.worst_events() <= MOST_EVENTS, "{scenario} x {factor}: {} events, {plan}", d.worst_events());
            // One spike cannot be cut.
            let most = most_events(&limits, plan.delivery).max(d.events_each);
            assert!(d.worst_events() <= most, "{scenario} x {factor}: {} events of {most}, {plan}", d.worst_events());
            let shard = u64::from(plan.stride) * u64::from(plan.candidate.batch) / u64::from(d.update_parts);
            assert!(shard <= MOST_UPDATES, "{scenario} x {factor}: {shard} updates, {plan}");
            // And what is expected is no burst.
            let expected = n.neurons() as f64 * candidate::RATE_HZ * n.scenario.dt_ms * 1e-3 * f64::from(plan.candidate.batch);
            assert!(
                expected < f64::from(d.most_spikes) * d.senders as f64,
                "{scenario} x {factor}: {expected} spikes expected, {d:?}"
            );
        }
        planned
    };
    let planned: u32 = sizes.into_par_iter().map(planned).sum();
    assert!(planned > if full { 60 } else { 40 }, "{planned} plans");
}

#[test]
fn a_slow_adapter_gets_shorter_dispatches() {
    for device in known_devices() {
        for (delivery, rate) in
            [(Delivery::Stored, device.limits.device.additions), (Delivery::Procedural, device.limits.device.evaluations)]
        {
            let most = most_events(&device.limits, delivery);
            assert!(most > 1_000_000 && most <= MOST_EVENTS, "{}: {most}", device.name);
            assert!(most as f64 / rate <= LONGEST_US, "{}: {most} at {rate} per us", device.name);
        }
    }
}

/// A card that tells how much of its memory is free is not asked for more: synapses are evaluated anew, and it is said.
#[test]
fn what_a_card_has_left_is_not_passed() {
    let n = network("brunel", 0.3);
    let plan = |free| {
        let limits = AdapterLimits { memory: AdapterMemory::Own(free), ..DESKTOP };
        GpuPlan::new(&n, &Options::default(), &limits)
    };
    let roomy = plan(None).expect("fits");
    assert_eq!((roomy.delivery, &roomy.note), (Delivery::Stored, &None));
    let stored = roomy.memory.synapses;
    let tight = plan(Some(stored / 2)).expect("fits without synapses");
    let note = tight.note.clone().expect("it is said");
    assert!(tight.delivery == Delivery::Procedural && tight.memory.total() <= stored / 2, "{tight}: {note}");
    assert!(plan(Some(1 << 10)).is_err(), "nothing fits a kilobyte");
}

#[test]
fn bytes_read_well() {
    assert_eq!(human_bytes(512), "512 B");
    assert_eq!(human_bytes(1536), "1.5 KiB");
    assert_eq!(human_bytes(3 << 30), "3.0 GiB");
}

/// Networks that start at rest are expected to be quiet; those that start active are not, though their neurons could rest.
#[test]
fn rest_is_counted_on_where_a_network_starts_so() {
    let limits = super::known_devices()[0].limits;
    let planned = |name: &str, trials: u32| {
        let n = Network::build(&load(name).expect("built in")).expect("a network").with_trials(0..trials).expect("trials");
        let plan = GpuPlan::new(&n, &Options::default(), &limits).expect("fits");
        (plan.candidate.rests, n.populations.iter().any(crate::network::Population::may_rest))
    };
    assert_eq!(planned("fly:sham", 8), (true, true));
    assert_eq!(planned("coba", 1), (false, true));
    assert_eq!(planned("brunel", 1), (false, false));
}
