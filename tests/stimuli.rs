//! Promise: what is told of some neurons happens to them and to nobody else: stimuli come when they should, do what they say, and are the same on
//! every engine; silenced neurons reach nobody; and the model of the fly's brain fires as it does elsewhere, spike by spike.

mod common;

use std::fmt::Write;

use common::{cpu, delta_population, exp_population, gpu, head, network, projection, recording, run};
use spikewatt::engine::plan::{AdapterLimits, Candidate, GpuPlan, Quirks};
use spikewatt::engine::{Delivery, Options, Spike, advance_quietly};
use spikewatt::network::Network;

/// Neurons of the fly's brain, as Shiu et al. 2024 have them. A capacitance of 20 pF makes a current of 1 pA their 1 mV.
fn shiu(name: &str, size: u32, t_ref_ms: f64) -> String {
    format!(
        "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_exp\"\nparameters = {{ tau_m_ms = 20.0, c_m_pf = 20.0, e_l_mv = -52.0, v_th_mv = -45.0, v_reset_mv = -52.0, t_ref_ms = {t_ref_ms:?}, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 5.0, synapses_while_refractory = \"frozen\", reset_synapses = true }}\n\n"
    )
}

/// Everything at once: populations that rest and that do not, in vectors and one by one, one channel and two, with every kind of stimulus.
fn everything() -> String {
    let frozen = |tau: f64, reset: bool| {
        format!(
            "tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = {tau:?}, synapses_while_refractory = \"frozen\", reset_synapses = {reset}"
        )
    };
    let population = |name: &str, size: u32, parameters: &str, more: &str| {
        format!(
            "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_exp\"\nparameters = {{ {parameters} }}\n{more}\n\n"
        )
    };
    head(12)
        + &shiu("R", 700, 2.1)
        + &exp_population("D", 400, 5.0, 9000.0, 80.0)
        + &population("F", 300, &frozen(5.0, false), "")
        + &population(
            "V",
            200,
            &frozen(7.0, true).replace("t_ref_ms = 2.0", "t_ref_ms = { distribution = \"uniform\", min = 0.5, max = 4.0 }"),
            "",
        )
        + &delta_population("P", 300, 2.0, 500.0, 1.0)
        + "[[population]]\nname = \"Z\"\nsize = 90\nmodel = \"izhikevich\"\nparameters = { a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0 }\n\n"
        + "[[population]]\nname = \"A\"\nsize = 70\nmodel = \"lif_psc_alpha\"\nparameters = { tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 5.0 }\n\n"
        + &projection("R", "R", "rule = \"fixed_outdegree\"\noutdegree = 30\nweight_pa = 2.0\ndelay_ms = 1.8")
        + &projection("D", "F", "rule = \"fixed_indegree\"\nindegree = 40\nweight_pa = 300.0\ndelay_ms = 1.0")
        + &projection("D", "V", "rule = \"fixed_indegree\"\nindegree = 60\nweight_pa = 300.0\ndelay_ms = 1.5")
        + &projection("D", "R", "rule = \"fixed_outdegree\"\noutdegree = 5\nweight_pa = -1.0\ndelay_ms = 2.0")
        + &projection("P", "P", "rule = \"fixed_indegree\"\nindegree = 20\nweight_mv = 0.3\ndelay_ms = 1.0")
        + "[[stimulus]]\npopulation = \"R\"\nneurons = { count = 20 }\nrate_hz = 150.0\njump_mv = 68.75\nrefractory = false\n\n\
           [[stimulus]]\npopulation = \"R\"\nneurons = [3, 600, 699, 64, 65, 128]\nrate_hz = 300.0\nfrom_ms = 20.0\nuntil_ms = 60.0\nweight_pa = 30.0\n\n\
           [[stimulus]]\npopulation = \"D\"\nneurons = [1, 2, 257, 399]\nrate_hz = 4000.0\nweight_pa = -200.0\n\n\
           [[stimulus]]\npopulation = \"D\"\nneurons = [2, 300]\ntimes_ms = [0.0, 5.0, 5.0, 40.0, 40.1]\njump_mv = 9.0\nrefractory = false\n\n\
           [[stimulus]]\npopulation = \"F\"\nneurons = \"all\"\nrate_hz = 800.0\nweight_pa = 400.0\n\n\
           [[stimulus]]\npopulation = \"V\"\nneurons = { first = 100, count = 50 }\nrate_hz = 900.0\njump_mv = 8.0\nrefractory = false\n\n\
           [[stimulus]]\npopulation = \"P\"\nneurons = [0, 77, 299]\nrate_hz = 90000.0\njump_mv = 1.0\n\n\
           [[stimulus]]\npopulation = \"Z\"\nneurons = [5, 6]\nrate_hz = 5000.0\nweight_mv = 3.0\n\n\
           [[stimulus]]\npopulation = \"A\"\nneurons = \"all\"\ntimes_ms = [10.0, 10.0, 30.0]\nweight_pa = 2000.0\n\n\
           [[silence]]\npopulation = \"R\"\nneurons = [0, 1, 2, 3]\n"
}

#[test]
fn stimuli_and_switches_are_the_same_on_every_engine() {
    let n = network(&everything());
    let steps = n.steps(100.0);
    let (spikes, counts) = run(cpu(&n, &Options { partitions: Some(1), ..recording() }).as_mut(), steps);
    assert!(counts.spikes.iter().all(|s| *s > 0) && counts.external_events.iter().all(|e| *e > 0), "{counts:?}");
    let mut others = vec![
        ("steps all", Options { steps_all: true, ..recording() }),
        ("four partitions, one step per batch", Options { partitions: Some(4), batch: Some(1), ..recording() }),
        ("three partitions", Options { partitions: Some(3), delivery: Some(Delivery::Stored), ..recording() }),
    ];
    for (name, options) in others.drain(..) {
        let (other, others) = run(cpu(&n, &options).as_mut(), steps);
        assert_eq!((spikewatt::bench::first_difference(&spikes, &other), &counts), (None, &others), "{name}");
    }
    let software = common::adapter().0.limits();
    let mut candidates: Vec<Candidate> = Vec::new();
    for quirks in [Quirks::SOFTWARE, Quirks::NONE] {
        let limits = AdapterLimits { quirks, ..software };
        candidates.extend(GpuPlan::candidates(&n, &recording(), &limits).into_iter().map(|(candidate, _)| candidate));
    }
    let mut seen = 0;
    for candidate in candidates.into_iter().step_by(6) {
        let options = Options { candidate: Some(candidate), ..recording() };
        let Ok(_) = GpuPlan::with(&n, &options, &software, candidate) else { continue };
        let (other, others) = run(gpu(&n, &options).as_mut(), steps);
        assert_eq!((spikewatt::bench::first_difference(&spikes, &other), &counts), (None, &others), "{candidate}");
        seen += 1;
    }
    let small = Options { max_binding_bytes: Some(64 << 10), batch: Some(2), ..recording() };
    let (other, others) = run(gpu(&n, &small).as_mut(), steps);
    assert_eq!((spikewatt::bench::first_difference(&spikes, &other), &counts), (None, &others), "many small shards");
    assert!(seen > 3, "{seen} ways to run it");
}

/// A network of 120 neurons, six of which are stimulated at times that are given, for half a second. The reference is Brian2's
/// (`benches/peers/brian2_shiu.py`), whose refractory time counts the step of the spike, so that it is one step longer for the same dynamics.
#[test]
fn the_flys_model_fires_as_brian2_says_spike_by_spike() {
    let data = |name: &str| std::fs::read_to_string(format!("tests/data/shiu/{name}.csv")).expect("a file");
    let rows = |text: &str| -> Vec<(u32, u32)> {
        let row = |line: &str| line.split_once(',').map(|(a, b)| (a.parse().expect("a number"), b.parse().expect("a number")));
        text.lines().skip(1).filter_map(row).collect()
    };
    let mut text = head(1)
        + &shiu("N", 120, 2.1)
        + "[[projection]]\nsource = \"N\"\ntarget = \"N\"\nrule = \"edge_list\"\nfile = \"edges.csv\"\nweight_pa = 0.275\ndelay_ms = 1.8\n\n";
    let stimulus = rows(&data("stimulus"));
    for neuron in 0..6 {
        let times: Vec<String> =
            stimulus.iter().filter(|(n, _)| *n == neuron).map(|(_, step)| format!("{:.1}", f64::from(*step) / 10.0)).collect();
        let _ = writeln!(
            text,
            "[[stimulus]]\npopulation = \"N\"\nneurons = [{neuron}]\ntimes_ms = [{}]\njump_mv = 68.75\nrefractory = false\n",
            times.join(", ")
        );
    }
    let scenario = spikewatt::scenario::parse("tests/data/shiu/test.toml", &text, None).expect("valid");
    let n = Network::build(&scenario).expect("a network");
    let expected: Vec<(u32, u32)> = rows(&data("spikes"));
    for mut engine in [cpu(&n, &recording()), gpu(&n, &recording())] {
        let (spikes, _) = run(engine.as_mut(), 5000);
        let mut found: Vec<(u32, u32)> = spikes.iter().map(|s| (s.neuron, s.step)).collect();
        found.sort_unstable_by_key(|(neuron, step)| (*step, *neuron));
        let apart = found.iter().zip(&expected).position(|(a, b)| a != b);
        assert!(found == expected, "{}: spike {apart:?} of {} and {}", engine.plan().line, found.len(), expected.len());
    }
    assert!(expected.iter().filter(|(neuron, _)| *neuron >= 6).count() > 100, "mostly neurons that are not stimulated");
}

/// Potentials after a jump and after an arrival, against the closed forms, and against a source with a synapse.
#[test]
fn an_arrival_does_what_it_says() {
    let stimulus = |effect: &str| format!("[[stimulus]]\npopulation = \"N\"\nneurons = [1]\ntimes_ms = [3.0]\n{effect}\n");
    let potential = |text: &str, ms: f64| {
        let n = network(text);
        let mut engine = cpu(&n, &Options::default());
        advance_quietly(engine.as_mut(), n.steps(ms)).expect("advances");
        engine.potentials_mv(0, 0..3).expect("potentials")
    };
    let base = head(1) + &shiu("N", 3, 2.1);
    // A jump of 3 mV decays with 20 ms.
    let jumped = base.clone() + &stimulus("jump_mv = 3.0");
    for (ms, expected) in [(3.0, 0.0), (3.1, 3.0 * (-0.1f64 / 20.0).exp()), (13.0, 3.0 * (-10.0f64 / 20.0).exp())] {
        let v = potential(&jumped, ms);
        assert!((v[1] + 52.0 - expected).abs() < 1e-4 && v[0] == -52.0 && v[2] == -52.0, "{ms}: {v:?}");
    }
    // g = 10 mV at 3 ms: v = 10 (20 / (20 - 5) - 1) ... from dv/dt = (g - v) / 20, dg/dt = -g / 5.
    let arrived = base.clone() + &stimulus("weight_pa = 10.0");
    for ms in [3.0, 3.1, 8.0, 30.0] {
        let t: f64 = ms - 3.0;
        let expected = 10.0 * 5.0 / 15.0 * ((-t / 20.0).exp() - (-t / 5.0).exp());
        let v = potential(&arrived, ms);
        assert!((v[1] + 52.0 - expected).abs() < 1e-4 && v[0] == -52.0, "{ms}: {v:?}, {expected}");
    }
    let synapse = base
        + "[[population]]\nname = \"S\"\nsize = 3\nmodel = \"spike_times\"\nspike_times_ms = [2.0]\n\n"
        + &projection("S", "N", "rule = \"one_to_one\"\nweight_pa = 10.0\ndelay_ms = 1.0");
    assert_eq!(potential(&arrived, 20.0)[1], potential(&synapse, 20.0)[1]);
}

/// Rates, variances and independence of Poisson stimuli, and the time in which they are on.
#[test]
fn poisson_stimuli_come_as_often_as_they_should() {
    let text = head(5)
        + &shiu("N", 4000, 2.1)
        + "[[stimulus]]\npopulation = \"N\"\nneurons = { first = 1000, count = 2000 }\nrate_hz = 200.0\njump_mv = 68.75\nrefractory = false\nfrom_ms = 100.0\nuntil_ms = 600.0\n";
    let n = network(&text);
    let (spikes, counts) = run(cpu(&n, &recording()).as_mut(), n.steps(800.0));
    // Every arrival is a spike in its step, but for those that come in the same step or, with the reset, in the next.
    let mut each = vec![0u32; 4000];
    for Spike { step, neuron, .. } in &spikes {
        assert!((1000..6000).contains(step), "a spike in step {step}");
        each[*neuron as usize] += 1;
    }
    assert!(each[..1000].iter().chain(&each[3000..]).all(|n| *n == 0));
    let stimulated: Vec<f64> = each[1000..3000].iter().map(|n| f64::from(*n)).collect();
    let mean = stimulated.iter().sum::<f64>() / 2000.0;
    let variance = stimulated.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 1999.0;
    // 100 arrivals each in half a second: means and variances within five standard errors. A step without a spike before it has one with
    // p = 1 - exp(-0.02): a renewal process with intervals of 1 / p + 1 steps and a variance of (1 - p) / p^2.
    let p = -(-0.02f64).exp_m1();
    let (expected, fano) = (5000.0 * p / (1.0 + p), (1.0 - p) / (1.0 + p).powi(2));
    assert!((mean - expected).abs() < 5.0 * 10.0 / 2000f64.sqrt(), "{mean} of {expected}");
    assert!((variance / expected / fano - 1.0).abs() < 5.0 * (2.0 / 2000f64).sqrt(), "{variance}");
    let arrivals = counts.external_events[0] as f64;
    assert!((arrivals - 200_000.0).abs() < 5.0 * 200_000f64.sqrt(), "{arrivals}");
    // Two stimuli of one population are two processes.
    let twice = text.clone() + "\n" + text.split("\n\n").last().expect("the stimulus");
    let (more, _) = run(cpu(&network(&twice), &recording()).as_mut(), 8000);
    let p = -(-0.04f64).exp_m1();
    let expected = 5000.0 * 2000.0 * p / (1.0 + p);
    assert!((more.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{} of {expected}", more.len());
}

#[test]
fn silenced_neurons_fire_and_reach_nobody() {
    let stimulus = "[[stimulus]]\npopulation = \"N\"\nneurons = { count = 50 }\nrate_hz = 100.0\njump_mv = 68.75\n\n";
    let links = "[[projection]]\nsource = \"N\"\ntarget = \"M\"\nrule = \"fixed_outdegree\"\noutdegree = 20\nweight_pa = 60.0\ndelay_ms = 1.0\n\n";
    let text = head(8) + &shiu("N", 60, 2.0) + &shiu("M", 500, 2.0) + links + stimulus;
    let of = |text: &str| run(gpu(&network(text), &recording()).as_mut(), 5000);
    let (all, counts) = of(&text);
    let (some, silent) = of(&(text.clone() + "[[silence]]\npopulation = \"N\"\nneurons = { count = 25 }\n"));
    let (none, silenced) = of(&(text.clone() + "[[silence]]\npopulation = \"N\"\nneurons = \"all\"\n"));
    let fired = |spikes: &[Spike], population| spikes.iter().filter(|s| s.population == population).count();
    assert_eq!(fired(&all, 0), fired(&none, 0), "they fire as before");
    assert!(fired(&all, 1) > fired(&some, 1) && fired(&some, 1) > 0 && fired(&none, 1) == 0);
    assert!(silent.synaptic_events < counts.synaptic_events && silenced.synaptic_events == 0);
}

/// What cannot be is refused in words, with its line.
#[test]
fn wrong_stimuli_are_refused_in_words() {
    let base = head(1)
        + &shiu("N", 10, 2.0)
        + "[[population]]\nname = \"S\"\nsize = 3\nmodel = \"poisson_source\"\nparameters = { rate_hz = 1.0 }\n\n"
        + "[[population]]\nname = \"Z\"\nsize = 9\nmodel = \"izhikevich\"\nparameters = { a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0 }\n\n";
    let cases = [
        ("population = \"X\"\nneurons = [1]\nrate_hz = 1.0\njump_mv = 1.0", "no population of this scenario; there are: N, S, Z"),
        ("population = \"S\"\nneurons = [1]\nrate_hz = 1.0\njump_mv = 1.0", "is a poisson_source, which has no neurons"),
        (
            "population = \"N\"\nneurons = [10]\nrate_hz = 1.0\njump_mv = 1.0",
            "10 is no neuron of population \"N\", which has 0 to 9",
        ),
        ("population = \"N\"\nneurons = [1, 1]\nrate_hz = 1.0\njump_mv = 1.0", "none twice"),
        ("population = \"N\"\nneurons = []\nrate_hz = 1.0\njump_mv = 1.0", "at least one neuron"),
        ("population = \"N\"\nneurons = \"some\"\nrate_hz = 1.0\njump_mv = 1.0", "must be \"all\" or a list"),
        ("population = \"N\"\nneurons = { first = 8, count = 3 }\nrate_hz = 1.0\njump_mv = 1.0", "from 1 to 2"),
        ("population = \"N\"\nneurons = [1]\njump_mv = 1.0", "either `rate_hz` (Poisson) or `times_ms`"),
        (
            "population = \"N\"\nneurons = [1]\nrate_hz = 1.0",
            "either `weight_pa` (an arrival like one over a synapse) or `jump_mv`",
        ),
        ("population = \"N\"\nneurons = [1]\ntimes_ms = [0.0]\nweight_pa = 1.0", "from one step on"),
        ("population = \"N\"\nneurons = [1]\ntimes_ms = [2.0, 1.0]\nweight_pa = 1.0", "the times must rise"),
        ("population = \"N\"\nneurons = [1]\ntimes_ms = [2.05]\nweight_pa = 1.0", "multiple of dt_ms"),
        (
            "population = \"N\"\nneurons = [1]\nrate_hz = 5.0\nfrom_ms = 3.0\nuntil_ms = 3.0\nweight_pa = 1.0",
            "`until_ms` must be above",
        ),
        ("population = \"Z\"\nneurons = [1]\nrate_hz = 5.0\njump_mv = 3.0", "for izhikevich give `weight_mv`"),
        ("population = \"Z\"\nneurons = [1]\nrate_hz = 5.0\nweight_mv = 3.0\nrefractory = false", "not for izhikevich"),
    ];
    for (stimulus, expected) in cases {
        let text = format!("{base}[[stimulus]]\n{stimulus}\n");
        let message = spikewatt::scenario::parse("test.toml", &text, None).expect_err(stimulus).to_string();
        assert!(message.contains(expected) && message.contains("test.toml:"), "{stimulus}: {message}");
    }
    let far = format!("{base}[[stimulus]]\npopulation = \"N\"\nneurons = [1]\nrate_hz = 5.0\njump_mv = 1e6\n");
    let scenario = spikewatt::scenario::parse("test.toml", &far, None).expect("valid so far");
    assert!(Network::build(&scenario).expect_err("too far").to_string().contains("lower `jump_mv`"));
    let word = base.replace("\"frozen\"", "\"melted\"");
    let message = spikewatt::scenario::parse("test.toml", &word, None).expect_err("no such word").to_string();
    assert!(message.contains("`synapses_while_refractory` = \"melted\" must be \"decay\" or \"frozen\""), "{message}");
}
