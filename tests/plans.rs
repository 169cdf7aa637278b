//! Promise: a plan is what is allocated, to the byte, whatever the network and the adapter's limits; and what an adapter does not bind is
//! refused before anything is made.

mod common;

use common::{adapter, delta_population, exp_population, head, lively, network, projection, recording};
use proptest::prelude::*;
use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::plan::{BufferKind, BufferPhase, GpuPlan, PlannedBuffer, Quirks};
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::network::Network;
use spikewatt::scenario::parse;
use spikewatt::{Error, Remedy};

/// Builds the engine of a plan, uses all it has, and compares.
fn compare(n: &Network, options: &Options) -> Result<bool, TestCaseError> {
    let (adapter, device) = adapter();
    let Ok(plan) = GpuPlan::new(n, options, &adapter.limits()) else { return Ok(false) };
    let mut engine = match GpuEngine::new(n.clone(), options, adapter, device) {
        Ok(engine) => engine,
        Err(e) => return Err(TestCaseError::fail(format!("{plan}: {e}"))),
    };
    engine.save().map_err(|e| TestCaseError::fail(e.to_string()))?;
    // Enough submissions for all that may be in flight.
    for _ in 0..4 {
        advance_quietly(&mut engine, 40 * u64::from(plan.candidate.batch)).map_err(|e| TestCaseError::fail(e.to_string()))?;
    }
    let sorted = |buffers: &[PlannedBuffer]| {
        let mut all: Vec<(BufferPhase, &'static str, u64)> = buffers.iter().map(|b| (b.phase, b.name, b.bytes)).collect();
        all.sort_unstable();
        all
    };
    let (planned, made) = (sorted(&plan.buffers), sorted(&engine.buffers()));
    // As many readbacks as were in flight, at most as many as planned.
    let but = |all: &[(BufferPhase, &'static str, u64)]| all.iter().filter(|b| b.1 != "readback").copied().collect::<Vec<_>>();
    prop_assert_eq!(but(&planned), but(&made), "{}", plan);
    let kept: u64 = plan.buffers.iter().filter(|b| b.phase != BufferPhase::Build).map(|b| b.bytes).sum();
    prop_assert_eq!(plan.memory.total(), kept);
    // What can be cut is cut to the caller's bound; everything fits the adapter's.
    let own = adapter.limits().binding_bytes;
    let asked = options.max_binding_bytes.unwrap_or(own).max(16);
    let most = |b: &PlannedBuffer| if ["state", "ring", "tallies", "synapses"].contains(&b.name) { own.min(asked) } else { own };
    let over = plan.buffers.iter().find(|b| b.kind == BufferKind::Storage && b.bytes > most(b));
    prop_assert!(over.is_none(), "{:?} passes {} or {} bytes", over, asked, own);
    Ok(true)
}

fn any_network() -> impl Strategy<Value = String> {
    let rule = prop_oneof![
        (1u32..60).prop_map(|n| format!("rule = \"fixed_indegree\"\nindegree = {n}")),
        (1u32..4000).prop_map(|n| format!("rule = \"fixed_total_number\"\nnumber = {n}")),
        (0.001f64..0.2).prop_map(|p| format!("rule = \"pairwise_bernoulli\"\nprobability = {p:?}")),
        (1u32..60).prop_map(|n| format!("rule = \"fixed_outdegree\"\noutdegree = {n}")),
        Just("rule = \"all_to_all\"".to_owned()),
    ];
    let weight = prop_oneof![
        (1.0f64..40.0).prop_map(|w| format!("weight_pa = {w:?}")),
        (1.0f64..40.0).prop_map(|w| format!("weight_pa = {{ distribution = \"uniform\", min = 0.0, max = {w:?} }}")),
    ];
    let delay = prop_oneof![
        (1u32..40).prop_map(|d| format!("delay_ms = {:.1}", f64::from(d) * 0.1)),
        Just("delay_ms = { distribution = \"uniform\", min = 0.3, max = 4.0 }".to_owned()),
    ];
    let link = (rule, weight, delay, 0usize..3, 0usize..3);
    (proptest::array::uniform3(1u32..2500), proptest::collection::vec(link, 0..5), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(sizes, links, drawn, noisy, driven)| {
            let mut text = head(1);
            for (name, size) in ["A", "B", "C"].into_iter().zip(sizes) {
                let mut p = exp_population(name, size, 2.0, if driven { 9000.0 } else { 0.0 }, 80.0);
                if drawn {
                    p = p
                        .replace("tau_m_ms = 10.0", "tau_m_ms = { distribution = \"normal\", mean = 10.0, sd = 1.0, min = 5.0 }");
                }
                if noisy {
                    p = p.trim_end().to_owned() + "\nnoise = { sd_pa = 90.0 }\ncurrent = [{ from_ms = 1.0, i_pa = 90.0 }]\n\n";
                }
                text += &p;
            }
            for (rule, weight, delay, from, to) in links {
                let name = |i: usize| ["A", "B", "C"][i];
                text += &projection(name(from), name(to), &format!("{rule}\n{weight}\n{delay}"));
            }
            text
        })
}

/// `./test --full` tries many more.
fn how_many() -> u32 {
    if common::full() { 300 } else { 5 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: how_many(), max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_planned_is_allocated_to_the_byte(text in any_network(), binding in 15u32..28, record: bool, quirky: bool) {
        let n = network(&text);
        let quirks = Some(if quirky { Quirks::SOFTWARE } else { Quirks::NONE });
        let base = Options { max_binding_bytes: Some(1 << binding), record, quirks, ..Options::default() };
        compare(&n, &base)?;
        // Another way to run it, whichever.
        let candidates = GpuPlan::candidates(&n, &base, &adapter().0.limits());
        if let Some((candidate, _)) = candidates.get(binding as usize % candidates.len().max(1)) {
            compare(&n, &Options { candidate: Some(*candidate), ..base })?;
        }
    }
}

#[test]
fn plans_of_every_kind_of_network_are_what_is_allocated() {
    let sources = head(2)
        + &delta_population("D", 300, 2.0, 9000.0, 0.1)
        + "[[population]]\nname = \"S\"\nsize = 20\nmodel = \"poisson_source\"\nparameters = { rate_hz = 300.0 }\n\n"
        + &projection("S", "D", "rule = \"all_to_all\"\nweight_mv = 0.1\ndelay_ms = 1.0");
    let sheet = spikewatt::scenario::load("sheet").and_then(|s| s.scaled(spikewatt::scenario::Scale::Neurons(3000)));
    let worm = Network::build(&spikewatt::scenario::load("celegans").expect("built in")).expect("a network");
    let networks = [network(&lively()), network(&sources), Network::build(&sheet.expect("scales")).expect("a network"), worm];
    for n in networks {
        for options in [Options::default(), recording(), Options { quirks: Some(Quirks::NONE), ..Options::default() }] {
            assert!(compare(&n, &options).unwrap_or_else(|e| panic!("{}: {e}", n.scenario.name)), "{}", n.scenario.name);
        }
    }
}

/// Large tables once passed the check and ended as an internal fault of the driver.
#[test]
fn tables_that_no_binding_holds_are_refused_in_words() {
    let names: Vec<String> = (0..14).map(|i| format!("P{i}")).collect();
    let mut text = head(1);
    for name in &names {
        text += &delta_population(name, 18_000, 2.0, 0.0, 0.1);
    }
    for from in &names {
        for to in &names {
            text += &projection(from, to, "rule = \"pairwise_bernoulli\"\nprobability = 1e-9\nweight_mv = 0.1\ndelay_ms = 1.5");
        }
    }
    let n = Network::build(&parse("large.toml", &text, None).expect("parses")).expect("a network");
    let limits = spikewatt::engine::plan::AdapterLimits { binding_bytes: 2 << 20, ..adapter().0.limits() };
    let options = Options { memory_bytes: Some(1 << 40), ..Options::default() };
    match GpuPlan::new(&n, &options, &limits) {
        Ok(plan) => {
            let over = plan.buffers.iter().find(|b| b.kind == BufferKind::Storage && b.bytes > 2 << 20);
            assert!(over.is_none(), "{over:?}");
        }
        Err(Error::TooBig(e)) => {
            assert!(e.what.contains("252000 neurons need ") && e.what.contains("binds at most 2.0 MiB"), "{e}");
            assert!(e.need_bytes > e.have_bytes && e.remedies.contains(&Remedy::CpuEngine), "{e}");
        }
        Err(e) => panic!("{e}"),
    }
    let procedural = Options { delivery: Some(spikewatt::engine::Delivery::Procedural), ..options };
    let refused = GpuPlan::new(&n, &procedural, &limits).expect_err("rows of 14 x 252,000 senders").to_string();
    assert!(refused.contains("need tables of "), "{refused}");
}
