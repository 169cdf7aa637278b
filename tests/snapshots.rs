//! Promise: a state has one form. What is taken after the same steps is the same on every engine, whatever its way to run; resumed on any
//! other, it goes on with the same spikes; and where engines part, the pass that parted them is found.

mod common;

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use common::{adapter, cpu, delta_population, exp_population, gpu, head, lively, network, projection, recording, run};
use spikewatt::bench::{Stage, first_divergence};
use spikewatt::engine::plan::{AdapterLimits, GpuPlan, Quirks, Strategy, Walk};
use spikewatt::engine::{
    Arrival, Counts, Delivery, Engine, Options, PassTime, PlanSummary, Snapshot, Spike, Tick, advance_quietly, advance_with,
};
use spikewatt::network::Network;
use spikewatt::{Error, Result};

/// Networks in which different things are under way between batches.
fn networks() -> Vec<(&'static str, Network)> {
    let spread = "delay_ms = { distribution = \"uniform\", min = 0.5, max = 3.0 }";
    let currents = head(3)
        + &exp_population("E", 700, 0.5, 12_000.0, 87.8)
        + &exp_population("I", 300, 2.0, 9_000.0, 87.8)
        + &delta_population("D", 500, 2.0, 11_000.0, 0.1)
        + "[[population]]\nname = \"S\"\nsize = 30\nmodel = \"poisson_source\"\nparameters = { rate_hz = 900.0 }\n\n"
        + "[[population]]\nname = \"R\"\nsize = 3\nmodel = \"regular_source\"\nparameters = { interval_ms = 2.35 }\n\n"
        + &projection("E", "I", &format!("rule = \"fixed_indegree\"\nindegree = 30\nweight_pa = 60.0\n{spread}"))
        + &projection("E", "D", "rule = \"fixed_indegree\"\nindegree = 30\nweight_mv = 0.2\ndelay_ms = 1.5")
        + &projection("D", "E", "rule = \"fixed_total_number\"\nnumber = 9000\nweight_pa = 50.0\ndelay_ms = 0.8")
        + &projection("I", "E", &format!("rule = \"pairwise_bernoulli\"\nprobability = 0.1\nweight_pa = -300.0\n{spread}"))
        + &projection("S", "E", "rule = \"fixed_outdegree\"\noutdegree = 50\nweight_pa = 80.0\ndelay_ms = 1.1")
        + &projection("R", "I", "rule = \"all_to_all\"\nweight_pa = 80.0\ndelay_ms = 2.0");
    let one_by_one = head(5)
        + "[[population]]\nname = \"A\"\nsize = 400\nmodel = \"lif_psc_alpha\"\nparameters = { tau_m_ms = { distribution = \"normal\", mean = 10.0, sd = 1.0, min = 5.0 }, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 1.0, tau_syn_in_ms = 2.0 }\nnoise = { mean_pa = 400.0, sd_pa = 100.0, interval_ms = 1.0 }\n\n"
        + "[[population]]\nname = \"C\"\nsize = 300\nmodel = \"lif_cond_exp\"\nparameters = { c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_th_mv = -50.0, v_reset_mv = -60.0, t_ref_ms = 5.0, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 10.0 }\ninitial = { g_ex_ns = { distribution = \"uniform\", min = 0.0, max = 40.0 } }\ncurrent = [{ from_ms = 5.0, i_pa = 150.0 }]\n\n"
        + "[[population]]\nname = \"Z\"\nsize = 200\nmodel = \"izhikevich\"\nparameters = { a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0, i_e = 10.0 }\n\n"
        + &projection("A", "C", &format!("rule = \"fixed_indegree\"\nindegree = 20\nweight_ns = 2.0\n{spread}"))
        + &projection("C", "A", "rule = \"fixed_indegree\"\nindegree = 20\nweight_pa = -60.0\ndelay_ms = 0.7")
        + &projection("Z", "A", "rule = \"fixed_indegree\"\nindegree = 20\nweight_pa = 40.0\ndelay_ms = 1.2");
    // Every spike arrives a step later: the CPU engine has no ring buffers then.
    let at_once = head(7)
        + &exp_population("E", 600, 2.0, 12_000.0, 87.8)
        + &projection("E", "E", "rule = \"fixed_indegree\"\nindegree = 40\nweight_pa = 20.0\ndelay_ms = 0.1");
    let alone = head(8) + &delta_population("D", 500, 2.0, 11_000.0, 0.1);
    let all = [("currents", currents), ("one by one", one_by_one), ("at once", at_once), ("plastic", lively()), ("alone", alone)];
    all.map(|(name, text)| (name, network(&text))).into()
}

/// Engines that keep what is under way in every form there is.
fn engines(n: &Network) -> Vec<(String, Box<dyn Engine>)> {
    let mut all: Vec<(String, Box<dyn Engine>)> = vec![
        ("cpu".into(), cpu(n, &recording())),
        ("cpu, one partition".into(), cpu(n, &Options { partitions: Some(1), ..recording() })),
        (
            "cpu, procedural, three partitions".into(),
            cpu(n, &Options { partitions: Some(3), delivery: Some(Delivery::Procedural), ..recording() }),
        ),
        ("cpu, when due, three partitions".into(), cpu(n, &Options { partitions: Some(3), when_due: Some(true), ..recording() })),
        ("gpu".into(), gpu(n, &recording())),
    ];
    // Plastic projections need all neurons in one binding.
    if n.plastic.is_empty() {
        all.push(("gpu, many small shards".into(), gpu(n, &Options { max_binding_bytes: Some(256 << 10), ..recording() })));
    }
    let software = adapter().0.limits();
    for strategy in Strategy::ALL {
        for walk in [Walk::Serial, Walk::Balanced] {
            let of = |limits: &AdapterLimits| {
                let mut candidates = GpuPlan::candidates(n, &recording(), limits).into_iter().map(|(candidate, _)| candidate);
                candidates.find(|c| c.strategy == strategy && c.walk == walk)
            };
            let limits = AdapterLimits { quirks: Quirks::NONE, ..software };
            let Some(candidate) = of(&software).or_else(|| of(&limits)) else { continue };
            let options = Options { candidate: Some(candidate), ..recording() };
            if GpuPlan::with(n, &options, &software, candidate).is_ok() {
                all.push((candidate.to_string(), gpu(n, &options)));
            }
        }
    }
    all
}

/// Steps that are no whole number of batches.
const BEFORE: u64 = 337;
const AFTER: u64 = 251;

#[test]
fn states_are_the_same_on_every_engine_and_go_on_alike_on_any_other() {
    for (name, n) in networks() {
        let mut engines = engines(&n);
        let mut taken: Vec<Snapshot> = Vec::new();
        for (way, engine) in &mut engines {
            advance_quietly(engine.as_mut(), BEFORE).unwrap_or_else(|e| panic!("{name}, {way}: {e}"));
            taken.push(engine.snapshot().expect("a state"));
            let (now, first) = (taken.last().expect("taken"), &taken[0]);
            for (a, b) in [(&now.state, &first.state), (&now.pending, &first.pending)] {
                let row = a.iter().zip(b).position(|(a, b)| a != b);
                assert!(row.is_none() && a.len() == b.len(), "{name}, {way}: row {row:?} of {} and {}", a.len(), b.len());
            }
            assert!(now == first, "{name}, {way}: spikes under way {} and {}", now.recent.len(), first.recent.len());
        }
        assert_eq!(taken[0].pending.is_empty(), name == "alone", "{name}: something is under way");
        assert_eq!((taken[0].recent.is_empty(), taken[0].plastic.is_empty()), (name != "plastic", name != "plastic"));
        let (_, first) = &mut engines[0];
        first.save().expect("counts begin anew");
        let expected = run(first.as_mut(), AFTER);
        assert!(expected.1.total_spikes() > 100, "{name}: {:?}", expected.1);
        let last = first.snapshot().expect("a state");
        // Each goes on from the state of the one before it, and each from time 0 and from elsewhere.
        for i in 0..engines.len() {
            let (way, engine) = &mut engines[i];
            if i % 2 == 0 {
                advance_quietly(engine.as_mut(), 83).expect("advances");
            }
            engine.resume(&taken[(i + 1) % taken.len()]).expect("resumes");
            let got = run(engine.as_mut(), AFTER);
            assert_eq!(got.1, expected.1, "{name}, {way}");
            assert!(got == expected, "{name}, {way}");
            assert!(engine.snapshot().expect("a state") == last, "{name}, {way}: the state afterwards");
        }
    }
}

/// A state that is taken soon after another was resumed holds what the first one still owed.
#[test]
fn a_state_of_a_state_is_complete() {
    for (name, n) in networks() {
        for (way, mut engine) in engines(&n) {
            advance_quietly(engine.as_mut(), BEFORE).expect("advances");
            let first = engine.snapshot().expect("a state");
            engine.resume(&first).expect("resumes");
            assert!(engine.snapshot().expect("a state") == first, "{name}, {way}: at once");
            advance_quietly(engine.as_mut(), 3).expect("advances");
            let second = engine.snapshot().expect("a state");
            engine.save().expect("saves");
            let expected = run(engine.as_mut(), 100);
            engine.restore().expect("restores");
            assert!(run(engine.as_mut(), 100) == expected, "{name}, {way}: saved while something is owed");
            engine.resume(&second).expect("resumes");
            assert!(run(engine.as_mut(), 100) == expected, "{name}, {way}: resumed");
        }
    }
}

#[test]
fn two_engines_that_exchange_spikes_are_as_one() {
    let population =
        |name: &str| exp_population(name, 300, 2.0, 0.0, 0.0).replace("mean = -58.0, sd = 5.0", "mean = -50.0, sd = 3.0");
    let within = |name: &str| projection(name, name, "rule = \"all_to_all\"\nweight_pa = 9.0\ndelay_ms = 1.5");
    let across = projection("A", "B", "rule = \"all_to_all\"\nweight_pa = 5.0\ndelay_ms = 1.5");
    // Populations draw their initial state by their place, so the halves keep both places; those of the other half are silent.
    let silent = |name: &str| population(name).replace("mean = -50.0, sd = 3.0", "mean = -65.0, sd = 0.001");
    let whole = network(&(head(1) + &population("A") + &population("B") + &within("A") + &within("B") + &across));
    let left = network(&(head(1) + &population("A") + &silent("B") + &within("A")));
    let right = network(&(head(1) + &silent("A") + &population("B") + &within("B")));
    let expected = run(cpu(&whole, &recording()).as_mut(), 600);
    assert!(expected.1.spikes.iter().all(|n| *n > 100), "{:?}", expected.1.spikes);

    let steps = u64::from(whole.max_batch());
    for other in [cpu(&right, &recording()), gpu(&right, &recording())] {
        let (mut one, mut other) = (gpu(&left, &recording()), other);
        let mut sent = Vec::new();
        let input = right.populations[1].scales.weight(5.0);
        advance_with(one.as_mut(), 600, steps, &mut |one| {
            let spikes = one.take_spikes()?;
            // The other one is a batch behind: what was sent in this one arrives in its next.
            advance_quietly(other.as_mut(), steps)?;
            for s in spikes.iter().filter(|s| s.population == 0) {
                let at = |neuron| Arrival { population: 1, neuron, channel: 0, step: u64::from(s.step) + 15, input };
                other.inject(&(0..300).map(at).collect::<Vec<_>>())?;
            }
            sent.extend(spikes);
            Ok(ControlFlow::Continue(()))
        })
        .expect("advances");
        sent.extend(other.take_spikes().expect("spikes"));
        sent.sort_unstable();
        assert_eq!(spikewatt::bench::first_difference(&sent, &expected.0), None, "{}", other.plan().line);
    }
}

/// What goes wrong in an engine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    Variable,
    Input,
    Weight,
    Count,
}

/// An engine with a fault that strikes after a step, whenever it passes it.
struct Faulty {
    engine: Box<dyn Engine>,
    now: u64,
    saved: u64,
    /// Counts of the steps before it struck, and what it counts too many.
    before: Counts,
    at: u64,
    fault: Fault,
}

impl Engine for Faulty {
    fn network(&self) -> &Network {
        self.engine.network()
    }

    fn plan(&self) -> PlanSummary {
        self.engine.plan()
    }

    fn reset(&mut self) -> Result<()> {
        (self.now, self.before) = (0, Counts::default());
        self.engine.reset()
    }

    fn save(&mut self) -> Result<()> {
        (self.saved, self.before) = (self.now, Counts::default());
        self.engine.save()
    }

    fn restore(&mut self) -> Result<()> {
        self.now = self.saved;
        self.engine.restore()
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        self.engine.snapshot()
    }

    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        (self.now, self.before) = (snapshot.step, Counts::default());
        self.engine.resume(snapshot)
    }

    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        self.engine.inject(arrivals)
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        self.engine.advance(steps, tick)?;
        self.now += steps;
        if self.now - steps <= self.at && self.at < self.now {
            let mut state = self.engine.snapshot()?;
            match self.fault {
                Fault::Nothing => return Ok(()),
                Fault::Variable => state.state[1][650] += 1,
                Fault::Input => state.pending[2][5] -= 1,
                Fault::Weight => state.plastic[0].weights[11] += 1,
                Fault::Count => {}
            }
            self.before = self.engine.counts()?;
            self.before.synaptic_events += u64::from(self.fault == Fault::Count);
            self.engine.resume(&state)?;
        }
        Ok(())
    }

    fn counts(&mut self) -> Result<Counts> {
        let (own, mut all) = (self.engine.counts()?, self.before.clone());
        if all.spikes.is_empty() {
            return Ok(own);
        }
        all.steps += own.steps;
        for (all, own) in [(&mut all.spikes, &own.spikes), (&mut all.external_events, &own.external_events)] {
            all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        }
        all.source_spikes += own.source_spikes;
        all.synaptic_events += own.synaptic_events;
        // Two halves, each modulo 2^32.
        let low = (all.checksum as u32).wrapping_add(own.checksum as u32);
        let high = ((all.checksum >> 32) as u32).wrapping_add((own.checksum >> 32) as u32);
        all.checksum = u64::from(high) << 32 | u64::from(low);
        Ok(all)
    }

    fn step(&self) -> u64 {
        self.engine.step()
    }

    fn listen(&mut self, on: bool) -> Result<bool> {
        self.engine.listen(on)
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.engine.take_spikes()
    }

    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        self.engine.time_passes(steps)
    }

    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        self.engine.plastic_words(index)
    }

    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        self.engine.potentials_mv(population, neurons)
    }
}

#[test]
fn the_pass_that_goes_wrong_is_found() {
    let mut tried = VecDeque::new();
    for (name, n) in networks().into_iter().filter(|(name, _)| ["currents", "plastic"].contains(name)) {
        for (fault, stage, said) in [
            (Fault::Nothing, None, ""),
            (Fault::Variable, Some(Stage::Update), "i_ex of neuron "),
            (Fault::Input, Some(Stage::Delivery), "input of neuron 5 of population E, channel 0, 2 steps ahead"),
            (Fault::Weight, Some(Stage::Plasticity), "weight 11 from E to E"),
            (Fault::Count, Some(Stage::Counting), "counted"),
        ] {
            if fault == Fault::Weight && n.plastic.is_empty() {
                continue;
            }
            let batch = u64::from(n.max_batch());
            let faulty =
                Faulty { engine: cpu(&n, &Options::default()), now: 0, saved: 0, before: Counts::default(), at: 123, fault };
            let (mut first, mut second): (Box<dyn Engine>, _) = (gpu(&n, &Options::default()), faulty);
            let found = first_divergence(first.as_mut(), &mut second, 400, batch).expect("compares");
            match (found, stage) {
                (None, None) => {}
                (Some(found), Some(stage)) => {
                    assert_eq!(found.stage, stage, "{name}, {fault:?}: {found:?}");
                    let counting = fault == Fault::Count;
                    assert!(found.steps.contains(&123) && found.steps.end - found.steps.start <= batch, "{name}: {found:?}");
                    // Counts carry no state, so they differ after the batch only.
                    assert!(found.what.starts_with(said), "{name}, {fault:?}, {counting}: {found:?}");
                }
                other => panic!("{name}, {fault:?}: {other:?}"),
            }
            tried.push_back(fault);
        }
    }
    assert_eq!(tried.len(), 9);
}

#[test]
fn input_from_outside_must_lead_somewhere() {
    let n = networks().remove(0).1;
    let far = Arrival { population: 0, neuron: 0, channel: 0, step: 5000, input: 1 };
    for mut engine in [cpu(&n, &Options::default()), gpu(&n, &Options::default())] {
        for wrong in [far, Arrival { channel: 2, step: 3, ..far }, Arrival { population: 3, step: 3, ..far }] {
            match engine.inject(&[wrong]) {
                Err(Error::Input(message)) => assert!(message.contains("leads nowhere; "), "{message}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// What is recorded for a while is what an engine records that was built to.
#[test]
fn engines_listen_when_they_are_asked_to() {
    for (name, n) in networks() {
        let expected = run(cpu(&n, &recording()).as_mut(), 500).0;
        for (way, options) in
            [("as planned", Options::default()), ("small", Options { batches_per_submission: Some(2), ..Options::default() })]
        {
            for mut engine in [cpu(&n, &options), gpu(&n, &options)] {
                advance_quietly(engine.as_mut(), 203).expect("advances");
                assert!(engine.take_spikes().expect("spikes").is_empty(), "{name}, {way}: not asked for");
                assert!(engine.listen(true).expect("listens"), "{name}, {way}");
                advance_quietly(engine.as_mut(), 100).expect("advances");
                advance_quietly(engine.as_mut(), 97).expect("advances");
                let heard = engine.take_spikes().expect("spikes");
                engine.listen(false).expect("listens no longer");
                advance_quietly(engine.as_mut(), 100).expect("advances");
                assert!(engine.take_spikes().expect("spikes").is_empty() && engine.step() == 500);
                let part: Vec<Spike> = expected.iter().filter(|s| (203..400).contains(&s.step)).copied().collect();
                assert!(heard == part, "{name}, {way}: {} and {} spikes, {}", heard.len(), part.len(), engine.plan().line);
            }
        }
    }
}
