//! Promise: single neurons of every model do what NEST's do.
//!
//! `tests/data/nest/MODEL.csv` are traces of NEST 3.10 (parameters and stimulus in their heads): a step of current and, for models with
//! synapses, three excitatory arrivals and an inhibitory one.

#[path = "../examples/validate/cases.rs"]
mod cases;
mod common;

use cases::Case;
use common::{cpu, gpu, network, recording, run};
use spikewatt::engine::{Delivery, Engine, Options, advance_quietly};

const STEPS: u64 = 2200;
const DT_MS: f64 = 0.1;

/// How near a case must be to NEST: largest difference of a spike time, ms; of the potential, mV, where it is compared.
const CASES: [(&Case, f64, Option<f64>); 8] = [
    (&cases::LIF_PSC_DELTA, 0.01, Some(1e-3)),
    (&cases::LIF_PSC_EXP, 0.01, Some(1e-3)),
    (&cases::LIF_PSC_ALPHA, 0.01, Some(1e-3)),
    (&cases::LIF_COND_EXP, 0.01, Some(5e-3)),
    (&cases::IZHIKEVICH[0], 0.2, None),
    (&cases::IZHIKEVICH[2], 0.2, None),
    (&cases::ADEX_COND_EXP, 0.5, None),
    (&cases::HH_COND_EXP_TRAUB, 0.5, None),
];

/// Spike times and trace of a file of NEST's.
fn nest(file: &str) -> (Vec<f64>, Vec<f64>) {
    let path = format!("{}/tests/data/nest/{file}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let spikes = text.lines().find_map(|l| l.strip_prefix("# spike_times_ms: [")).expect("spike times");
    let spikes = spikes.trim_end_matches(']').split(", ").map(|t| t.parse().expect("a time")).collect();
    let rows = text.lines().filter(|l| l.starts_with(|c: char| c.is_ascii_digit()));
    (spikes, rows.map(|l| l.split_once(',').expect("two columns").1.parse().expect("a potential")).collect())
}

/// Spike times of population 0, ms, and its neuron's potential after every step.
fn follow(engine: &mut dyn Engine) -> (Vec<f64>, Vec<f64>) {
    let mut trace = Vec::new();
    for _ in 0..STEPS {
        advance_quietly(engine, 1).expect("advances");
        trace.push(engine.potentials_mv(0, 0..1).expect("potentials")[0]);
    }
    let spikes = engine.take_spikes().expect("spikes");
    let times = spikes.iter().filter(|s| s.population == 0).map(|s| (f64::from(s.step) + 1.0) * DT_MS).collect();
    (times, trace)
}

#[test]
fn single_neurons_follow_nest() {
    for (case, spike_ms, potential_mv) in CASES {
        // NEST's generator reaches the neuron one step later.
        let n = network(&case.scenario(DT_MS, (20.1, 180.1), true, ""));
        let (expected, expected_trace) = nest(case.name);
        for (name, mut engine) in [("CPU engine", cpu(&n, &recording())), ("adapter", gpu(&n, &recording()))] {
            let (times, trace) = follow(engine.as_mut());
            assert_eq!(times.len(), expected.len(), "{} on the {name}: spikes at {times:?}, in NEST at {expected:?}", case.name);
            let late = times.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            // Beside a spike that is a step early or late, potentials differ by its height.
            let near_spike = |t: f64| times.iter().chain(&expected).any(|s| (-0.2..3.0).contains(&(t - s)));
            let apart = (0u32..)
                .zip(trace.iter().zip(&expected_trace))
                .filter(|(i, _)| late < 0.01 || !near_spike((f64::from(*i) + 1.0) * DT_MS))
                .map(|(_, (a, b))| (a - b).abs())
                .fold(0.0, f64::max);
            println!(
                "{:<18} {name:<10} {} spikes, at most {late:.2} ms apart, potentials {apart:.2e} mV",
                case.name,
                times.len()
            );
            assert!(late <= spike_ms + 1e-9, "{} on the {name}: {times:?}, NEST {expected:?}", case.name);
            if let Some(limit) = potential_mv {
                assert!(apart <= limit, "{} on the {name}: {apart} mV from NEST", case.name);
            }
        }
    }
}

const LIF_EXP: &str = "tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 1.0";
const ADEX: &str = cases::ADEX_COND_EXP.parameters;
const HH: &str = cases::HH_COND_EXP_TRAUB.parameters;

/// A network with every exact model, neurons that differ in parameters, all kinds of currents and all spike sources.
fn every_exact_model() -> String {
    let population = |name: &str, size: u32, model: &str, rest: &str| {
        format!("[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"{model}\"\n{rest}\n\n")
    };
    let projection = |source: &str, target: &str, indegree: u32, weight: &str| {
        format!(
            "[[projection]]\nsource = \"{source}\"\ntarget = \"{target}\"\nrule = \"fixed_indegree\"\nindegree = {indegree}\n{weight}\ndelay_ms = {{ distribution = \"uniform\", min = 0.5, max = 3.0 }}\n\n"
        )
    };
    let varied = LIF_EXP
        .replace("tau_m_ms = 10.0", "tau_m_ms = { distribution = \"normal\", mean = 10.0, sd = 1.0, min = 5.0 }")
        .replace("e_l_mv = -65.0", "e_l_mv = { distribution = \"uniform\", min = -66.0, max = -64.0 }")
        .replace("t_ref_ms = 2.0", "t_ref_ms = { distribution = \"uniform\", min = 1.0, max = 3.0 }");
    let cond = cases::LIF_COND_EXP
        .parameters
        .replace("v_th_mv = -50.0", "v_th_mv = { distribution = \"uniform\", min = -52.0, max = -49.0 }");
    let izhikevich = "a = { distribution = \"uniform\", min = 0.02, max = 0.1 }, b = 0.2, c_mv = -65.0, d = 6.0, substeps = 2";
    String::from("name = \"all\"\nversion = 1\nseed = 5\n\n")
        + &population(
            "exp",
            300,
            "lif_psc_exp",
            &format!(
                "parameters = {{ {varied} }}\nv_init_mv = {{ distribution = \"normal\", mean = -58.0, sd = 5.0 }}\nnoise = {{ mean_pa = 350.0, sd_pa = 400.0, interval_ms = 1.0 }}\ninitial = {{ i_syn_ex_pa = 100.0 }}"
            ),
        )
        + &population(
            "delta",
            100,
            "lif_psc_delta",
            "parameters = { tau_m_ms = 20.0, c_m_pf = 250.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\ncurrent = [{ from_ms = 5.0, i_pa = 280.0 }, { from_ms = 60.0, i_pa = -50.0 }]\npoisson = { rate_hz = 5000.0, weight_mv = 0.1 }",
        )
        + &population(
            "plain",
            100,
            "lif_psc_delta",
            "parameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\npoisson = { rate_hz = 15000.0, weight_mv = 0.1 }",
        )
        + &population(
            "cond",
            300,
            "lif_cond_exp",
            &format!(
                "parameters = {{ {cond} }}\ncurrent = [{{ from_ms = 1.0, i_pa = 100.0 }}]\ninitial = {{ g_ex_ns = {{ distribution = \"uniform\", min = 0.0, max = 20.0 }} }}"
            ),
        )
        + &population(
            "izhikevich",
            300,
            "izhikevich",
            &format!(
                "parameters = {{ {izhikevich} }}\nv_init_mv = {{ distribution = \"uniform\", min = -70.0, max = -60.0 }}\nnoise = {{ mean = 5.0, sd = 5.0 }}"
            ),
        )
        + &population("random", 50, "poisson_source", "parameters = { rate_hz = 200.0 }")
        + &population(
            "regular",
            20,
            "regular_source",
            "parameters = { interval_ms = { distribution = \"uniform\", min = 3.0, max = 9.0 }, first_ms = 0.7 }",
        )
        + &population("listed", 5, "spike_times", "spike_times_ms = [0.1, 0.2, 7.5, 40.0]")
        + &projection("random", "exp", 10, "weight_pa = 200.0")
        + &projection("regular", "cond", 5, "weight_ns = 4.0")
        + &projection("listed", "izhikevich", 3, "weight_mv = 2.0")
        + &projection("exp", "cond", 20, "weight_ns = 2.0")
        + &projection("cond", "exp", 20, "weight_pa = -100.0")
        + &projection("plain", "delta", 10, "weight_mv = -0.5")
        + &projection("delta", "plain", 10, "weight_mv = { distribution = \"uniform\", min = -0.2, max = 0.3 }")
        + &projection("izhikevich", "cond", 10, "weight_ns = -5.0")
        + &projection("izhikevich", "izhikevich", 10, "weight_mv = 0.3")
}

#[test]
fn exact_models_fire_alike_on_every_engine() {
    let n = network(&every_exact_model());
    let stored = Options { delivery: Some(Delivery::Stored), ..recording() };
    let procedural = Options { delivery: Some(Delivery::Procedural), ..recording() };
    let (expected, counts) = run(cpu(&n, &stored).as_mut(), 1500);
    let rates: Vec<u64> = counts.spikes.clone();
    println!("spikes per population: {rates:?}");
    assert!(rates.iter().all(|n| *n > 0), "a silent population proves nothing: {rates:?}");
    assert!(counts.external_events[5] > 0 && counts.source_spikes == rates[5..].iter().sum::<u64>());
    for (name, mut engine) in [
        ("CPU engine, procedural", cpu(&n, &procedural)),
        ("adapter, stored", gpu(&n, &stored)),
        ("adapter, procedural", gpu(&n, &procedural)),
    ] {
        let (spikes, own) = run(engine.as_mut(), 1500);
        let first = spikes.iter().zip(&expected).find(|(a, b)| a != b);
        assert!(spikes == expected, "{name}: first difference {first:?}, {} and {} spikes", spikes.len(), expected.len());
        assert_eq!(own, counts, "{name}");
        // Back to the beginning: the same again.
        engine.reset().expect("resets");
        assert_eq!(run(engine.as_mut(), 1500).1.checksum, counts.checksum, "{name} after a reset");
    }
}

/// A current of 0 makes a population step one by one; it must fire as it does when stepped many at a time.
#[test]
fn neurons_stepped_one_by_one_fire_as_those_stepped_together() {
    let exp = common::exp_population("E", 700, 1.0, 12_800.0, 87.81);
    let delta = common::delta_population("D", 300, 2.0, 15_000.0, 0.1);
    let links = common::projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 30\nweight_pa = -60.0\ndelay_ms = 1.5")
        + &common::projection("E", "D", "rule = \"fixed_indegree\"\nindegree = 10\nweight_mv = -0.3\ndelay_ms = 0.8");
    let together = network(&(common::head(2) + &exp + &delta + &links));
    let still = "current = [{ from_ms = 0.0, i_pa = 0.0 }]\n\n";
    let alone = network(&(common::head(2) + exp.trim_end() + "\n" + still + delta.trim_end() + "\n" + still + &links));
    assert!(!together.populations[0].kernel().scalar && alone.populations.iter().all(|p| p.kernel().scalar));
    let expected = run(cpu(&together, &recording()).as_mut(), 1000);
    assert!(expected.1.spikes.iter().all(|n| *n > 100), "{:?}", expected.1.spikes);
    for mut engine in [cpu(&alone, &recording()), gpu(&alone, &recording()), gpu(&together, &recording())] {
        assert!(run(engine.as_mut(), 1000) == expected);
    }
}

/// Tolerant models: the same number of spikes within 1 % over a second, in neurons driven by noise.
#[test]
fn tolerant_models_fire_equally_often_on_both_engines() {
    for (model, parameters, noise) in
        [("adex_cond_exp", ADEX, "mean_pa = 700.0, sd_pa = 300.0"), ("hh_cond_exp_traub", HH, "mean_pa = 200.0, sd_pa = 200.0")]
    {
        let text = format!(
            "name = \"t\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = 40\nmodel = \"{model}\"\nparameters = {{ {parameters} }}\nnoise = {{ {noise}, interval_ms = 1.0 }}\n"
        );
        let n = network(&text);
        let [a, b] = [cpu(&n, &recording()), gpu(&n, &recording())].map(|mut e| run(e.as_mut(), 10_000).1.total_spikes());
        println!("{model}: {a} spikes on the CPU engine, {b} on the adapter");
        assert!(a > 400 && (a as f64 - b as f64).abs() <= 0.01 * a as f64, "{model}: {a} and {b}");
    }
}

/// Tolerant models in a network: single spikes of two engines may grow apart, the statistics may not.
#[test]
fn a_tolerant_network_has_the_same_statistics_on_both_engines() {
    let scenario = spikewatt::scenario::load("cobahh").expect("built in");
    let n = spikewatt::network::Network::build(&scenario).expect("a network");
    let [a, b] = [cpu(&n, &recording()), gpu(&n, &recording())].map(|mut engine| {
        advance_quietly(engine.as_mut(), 2000).expect("advances");
        engine.take_spikes().expect("spikes");
        engine.save().expect("saves");
        let counts = run(engine.as_mut(), 5000).1;
        let rate = |p: usize| counts.spikes[p] as f64 / f64::from(n.populations[p].size) / 0.5;
        [rate(0), rate(1)]
    });
    println!("cobahh: {a:.2?} Hz on the CPU engine, {b:.2?} Hz on the adapter");
    for (x, y) in a.iter().zip(&b) {
        assert!(*x > 20.0 && (x / y - 1.0).abs() < 0.1, "{a:?} and {b:?} Hz");
    }
}

/// A potential that is no number any more stops the run and names neuron and step.
#[test]
fn a_model_that_blows_up_stops_the_run() {
    let text = format!(
        "name = \"t\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = 3\nmodel = \"hh_cond_exp_traub\"\nparameters = {{ {HH} }}\ncurrent = [{{ from_ms = 2.0, i_pa = 1e15 }}]\n"
    );
    let n = network(&text);
    for mut engine in [cpu(&n, &recording()), gpu(&n, &recording())] {
        let error = advance_quietly(engine.as_mut(), 100).expect_err("a potential of 1e35 mV").to_string();
        assert!(error.contains("of population \"N\"") && error.contains("by step 2") && error.contains("blow up"), "{error}");
    }
}
