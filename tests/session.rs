//! Promise: every workload asked for has an outcome in the result, whatever becomes of the others; what was measured is kept; joules,
//! phases and power tell of the same run; and a program needs nothing but the library to run a benchmark.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use spikewatt::bench::{Ended, Engines, Event, Instruments, Job, Listener, Progress, Session};
use spikewatt::energy::simulated::{Habits, Power, SimulatedClock, SimulatedSensor};
use spikewatt::energy::{Monitor, Profile};
use spikewatt::engine::{Arrival, Counts, Engine, PassTime, PlanSummary, Snapshot, Spike, Tick};
use spikewatt::network::Network;
use spikewatt::result::{self, Activity, Ending, EngineKind, Machine, RunResult, Setup};
use spikewatt::{Error, Result};

const IDLE_W: f64 = 60.0;
const LOAD_W: f64 = 140.0;

/// What the fake engines share: the clock they turn, whether they work now, and what is to go wrong.
#[derive(Clone)]
struct World {
    clock: SimulatedClock,
    working: std::sync::Arc<AtomicBool>,
    stop: std::sync::Arc<AtomicBool>,
    built: std::sync::Arc<AtomicUsize>,
    trouble: Trouble,
}

#[derive(Clone, Copy, Default)]
struct Trouble {
    /// Which engine that is built does not fit, counted from 0.
    too_big_at: Option<usize>,
    /// Which engine fails while it advances.
    fails_at: Option<usize>,
    /// Which engine is stopped by Ctrl-C while it advances.
    stopped_at: Option<usize>,
    /// Which engine gives other spikes than the same workload gave before.
    differs_at: Option<usize>,
    /// How many seeds are asked for; none asks for one.
    seeds: u32,
}

/// An engine that turns the clock by a millisecond of wall time per step and counts a spike per neuron and step.
struct FakeEngine {
    network: Network,
    world: World,
    number: usize,
    steps: u64,
}

impl Engine for FakeEngine {
    fn network(&self) -> &Network {
        &self.network
    }
    fn plan(&self) -> PlanSummary {
        PlanSummary { line: "a plan".into(), ..PlanSummary::default() }
    }
    fn reset(&mut self) -> Result<()> {
        self.steps = 0;
        Ok(())
    }
    fn save(&mut self) -> Result<()> {
        self.reset()
    }
    fn restore(&mut self) -> Result<()> {
        self.reset()
    }
    fn snapshot(&mut self) -> Result<Snapshot> {
        unreachable!("benchmarks take no states")
    }

    fn resume(&mut self, _: &Snapshot) -> Result<()> {
        unreachable!("benchmarks take no states")
    }

    fn inject(&mut self, _: &[Arrival]) -> Result<()> {
        unreachable!("benchmarks have no input from outside")
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        let trouble = self.world.trouble;
        if trouble.fails_at == Some(self.number) {
            return Err(Error::Internal("the device failed".into()));
        }
        if trouble.stopped_at == Some(self.number) {
            self.world.stop.store(true, Ordering::Relaxed);
        }
        self.world.working.store(true, Ordering::Relaxed);
        for done in 1..=steps {
            self.world.clock.turn(1e-3);
            if tick(done).is_break() {
                self.world.working.store(false, Ordering::Relaxed);
                return Err(Error::Interrupted);
            }
        }
        self.steps += steps;
        Ok(())
    }
    fn counts(&mut self) -> Result<Counts> {
        let differs = u64::from(self.world.trouble.differs_at == Some(self.number));
        let spikes = self.network.populations.iter().map(|p| u64::from(p.size) * self.steps + differs).collect::<Vec<_>>();
        // Another seed has other events.
        let synaptic_events = (9 + self.network.seed) * spikes.iter().sum::<u64>();
        Ok(Counts { steps: self.steps, synaptic_events, spikes, ..Counts::zero(self.network.populations.len()) })
    }
    fn step(&self) -> u64 {
        0
    }

    fn listen(&mut self, _: bool) -> Result<bool> {
        Ok(false)
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        Ok(Vec::new())
    }
    fn time_passes(&mut self, _: u64) -> Result<Vec<PassTime>> {
        Ok(Vec::new())
    }
    fn plastic_words(&mut self, _: usize) -> Result<Vec<i32>> {
        Ok(Vec::new())
    }
    fn potentials_mv(&mut self, _: usize, _: Range<u32>) -> Result<Vec<f64>> {
        Ok(Vec::new())
    }
}

impl Engines for World {
    fn ready(&self, network: Network, say: &mut dyn FnMut(&str)) -> Result<Box<dyn Engine>> {
        let number = self.built.fetch_add(1, Ordering::Relaxed);
        say("building");
        self.working.store(false, Ordering::Relaxed);
        if self.trouble.too_big_at == Some(number) {
            return Err(spikewatt::TooBig::new("it does not fit").into());
        }
        Ok(Box::new(FakeEngine { network, world: self.clone(), number, steps: 0 }))
    }

    fn describe(&self) -> result::Engine {
        let stamp = "A TEST".to_owned();
        result::Engine {
            kind: EngineKind::Cpu,
            is_gpu: false,
            stamp,
            threads: Some(1),
            copy_bytes_per_s: None,
            adapter: None,
            note: None,
            ranks: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Heard {
    events: Vec<String>,
    renewals: usize,
    /// Stops the session when it hears of so many idle baselines.
    stop_at_idle: Option<(usize, std::sync::Arc<AtomicBool>)>,
    /// Stops the session when it hears of its rates over time.
    stop_at_rates: bool,
    /// Cannot keep the result.
    full_disk: bool,
}

impl Progress for Heard {
    fn stage(&mut self, text: &str, _: u64) {
        self.events.push(text.to_owned());
        if let Some((_, stop)) = self.stop_at_idle.as_ref().filter(|_| self.stop_at_rates) {
            stop.fetch_or(text == "activity over time", Ordering::Relaxed);
        }
    }
    fn message(&mut self, _: &str) {}
    fn steps(&mut self, _: u64) {}
}

impl Listener for Heard {
    fn event(&mut self, event: Event<'_>) {
        self.events.push(match event {
            Event::Idle(_) => "idle".into(),
            Event::Copying => "copying".into(),
            Event::IdlePower(p) => format!("{:.0} W", p.expect("a baseline").watts),
            Event::Begin(s, position, of) => format!("{} {position}/{of}", s.name),
            Event::Remark(text) => text.into(),
            Event::Failed(e) => format!("failed: {e}"),
            Event::End => "end".into(),
        });
        let idles = self.events.iter().filter(|e| *e == "idle").count();
        if let Some((n, stop)) = &self.stop_at_idle {
            stop.fetch_or(idles == *n, Ordering::Relaxed);
        }
    }

    fn renewed(&mut self, _: &RunResult) -> Result<()> {
        self.renewals += 1;
        match self.full_disk {
            true => Err(Error::File { path: "r.json".into(), reason: "the disk is full".into() }),
            false => Ok(()),
        }
    }
}

fn job(name: &str) -> Job {
    let text = format!(
        "name = \"{name}\"\nversion = 1\nbio_ms = 40.0\ndt_ms = 0.1\n\n[[population]]\nname = \"N\"\nsize = 100\nmodel = \"lif_psc_delta\"\n\
         parameters = {{ tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }}\n"
    );
    let scenario = spikewatt::scenario::parse("test.toml", &text, None).expect("a scenario");
    Job { scenario, transient_ms: 10.0, bio_ms: 40.0, seeds: 1, trials: 0..1, recipe: None }
}

/// Runs three workloads with a simulated meter.
fn session(profile: Profile, trouble: Trouble, heard: &mut Heard) -> Ended {
    session_of(40.0, profile, trouble, heard)
}

/// The same with another biological time: ten steps, and so 10 ms of wall time, for every millisecond of it.
fn session_of(bio_ms: f64, profile: Profile, trouble: Trouble, heard: &mut Heard) -> Ended {
    let clock = SimulatedClock::default();
    let stop = heard.stop_at_idle.as_ref().map_or_else(Default::default, |(_, stop)| std::sync::Arc::clone(stop));
    let world = World { clock: clock.clone(), working: Default::default(), stop, built: Default::default(), trouble };
    // The device draws more from the first millisecond of work on, until an engine is built or the session rests.
    let working = std::sync::Arc::clone(&world.working);
    let power = Power::new(move |_| if working.load(Ordering::Relaxed) { LOAD_W } else { IDLE_W });
    let meter = SimulatedSensor::new(Habits::counter(0.01), &power);
    let instruments = Instruments {
        monitor: Monitor::simulated(&clock, vec![Box::new(meter)]),
        chosen: Some(0),
        why: "a test".into(),
        missing: Vec::new(),
    };
    let seeds = trouble.seeds.max(1);
    let jobs = ["first", "second", "third"].map(|name| Job { bio_ms, seeds, ..job(name) });
    let setup = Setup { room_celsius: Some(21.5), ..Setup::default() };
    let (stop, machine) = (&*world.stop, Machine { cpu: "a test's".into(), ..Machine::default() });
    Session {
        engines: &world,
        instruments: &instruments,
        jobs: &jobs,
        profile,
        passes: true,
        activity: false,
        machine,
        setup,
        stop,
    }
    .run(heard)
}

fn endings(result: &RunResult) -> Vec<(&str, Ending)> {
    result.outcomes.iter().map(|o| (o.scenario.as_str(), o.ending)).collect()
}

/// Whatever happened, the result is whole: it can be written and read again, and its parts tell of the same run.
fn is_whole(result: &RunResult) {
    let text = serde_json::to_string(result).expect("JSON");
    assert_eq!(&result::from_json(&text).expect("reads"), result);
    let schema = serde_json::from_str(&result::schema()).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &serde_json::from_str(&text).expect("JSON")), "follows its schema");
    for o in &result.outcomes {
        assert_eq!(o.reason.is_none(), o.ending == Ending::Complete, "{o:?}");
    }
    assert!(result.phases.is_sorted_by(|a, b| a.from_s <= b.from_s));
    assert!(
        result
            .phases
            .iter()
            .all(|p| p.from_s <= p.to_s && p.workload.is_none() == matches!(p.what, Activity::Idle | Activity::CoolDown))
    );
}

#[test]
fn a_workload_that_does_not_fit_ends_nothing_but_itself() {
    let mut heard = Heard::default();
    let ended = session(Profile::QUICK, Trouble { too_big_at: Some(1), ..Trouble::default() }, &mut heard);
    let r = &ended.result;
    is_whole(r);
    assert_eq!(endings(r), [("first", Ending::Complete), ("second", Ending::Failed), ("third", Ending::Complete)]);
    assert_eq!(r.outcomes[1].reason.as_deref(), Some("it does not fit"));
    assert!(matches!(&ended.errors[..], [(name, Error::TooBig(_))] if name == "second"));
    assert!(ended.broken_off.is_none() && !r.interrupted);
    assert_eq!(r.order, ["first", "third"]);
    assert_eq!((heard.renewals, r.setup.room_celsius), (3, Some(21.5)));
    let begins: Vec<&String> = heard.events.iter().filter(|e| e.contains('/')).collect();
    assert_eq!(begins, ["first 1/3", "second 2/3", "third 3/3"]);
    assert!(heard.events.contains(&"60 W".to_owned()), "{:?}", heard.events);
    assert!(heard.events.contains(&"failed: it does not fit".to_owned()), "{:?}", heard.events);
}

#[test]
fn joules_windows_phases_and_power_tell_of_the_same_run() {
    let ended = session(Profile::QUICK, Trouble::default(), &mut Heard::default());
    let r = &ended.result;
    is_whole(r);
    for w in &r.workloads {
        let e = &w.energy;
        let power = e.power_w.value.expect("a power");
        assert!((power / LOAD_W - 1.0).abs() < 0.01, "{power} W");
        assert_eq!(e.by_window.len(), e.windows);
        // 100 neurons spike in each of 400 steps; gross and net joules per spike by hand.
        assert_eq!((w.spikes, w.synaptic_events, w.updates), (40_000, 400_000, 40_000));
        let near =
            |q: &result::Quantity, j: f64| assert!((q.value.expect("a figure") / j - 1.0).abs() < 0.02, "{q:?} is not {j}");
        near(&e.gross_j_per_spike, LOAD_W * 1e-3 / 100.0);
        near(&e.net_j_per_spike, (LOAD_W - IDLE_W) * 1e-3 / 100.0);
        near(&e.gross_j_per_synaptic_event, LOAD_W * 1e-3 / 1000.0);
        let windows: Vec<_> =
            r.phases.iter().filter(|p| p.what == Activity::Window && p.workload == Some(w.scenario.clone())).collect();
        assert_eq!(windows.len(), e.windows);
        // The power trace, summed over each window, gives its joules again.
        let trace = r.meter.power.as_ref().expect("a trace");
        for (phase, window) in windows.iter().zip(&e.by_window) {
            assert_eq!((phase.from_s, phase.to_s), (window.from_s, window.to_s));
            let inside = |a: f64, b: f64| (b.min(window.to_s) - a.max(window.from_s)).max(0.0);
            let joules: f64 = trace.t_s.windows(2).zip(&trace.power_w).map(|(t, p)| p * inside(t[0], t[1])).sum();
            assert!((joules / window.energy_j - 1.0).abs() < 0.02, "{joules} J and {} J", window.energy_j);
        }
    }
}

#[test]
fn an_engine_that_fails_in_the_middle_is_told_with_its_reason() {
    let ended = session(Profile::QUICK, Trouble { fails_at: Some(0), ..Trouble::default() }, &mut Heard::default());
    is_whole(&ended.result);
    assert_eq!(endings(&ended.result), [("first", Ending::Failed), ("second", Ending::Complete), ("third", Ending::Complete)]);
    assert!(ended.result.outcomes[0].reason.as_ref().is_some_and(|r| r.contains("the device failed")));
    assert_eq!(ended.result.workloads.len(), 2);
}

#[test]
fn what_was_complete_before_ctrl_c_is_kept_and_the_rest_is_named() {
    let ended = session(Profile::QUICK, Trouble { stopped_at: Some(1), ..Trouble::default() }, &mut Heard::default());
    let r = &ended.result;
    is_whole(r);
    assert!(matches!(ended.broken_off, Some(Error::Interrupted)) && r.interrupted);
    assert_eq!(endings(r), [("first", Ending::Complete), ("second", Ending::Skipped), ("third", Ending::Skipped)]);
    assert!(ended.errors.is_empty());
}

#[test]
fn ctrl_c_in_the_closing_baseline_is_marked_too() {
    let profile = Profile { repeat: Some(2), ..Profile::STANDARD };
    let mut heard = Heard { stop_at_idle: Some((2, Default::default())), ..Heard::default() };
    let ended = session(profile, Trouble::default(), &mut heard);
    is_whole(&ended.result);
    assert!(ended.result.interrupted && matches!(ended.broken_off, Some(Error::Interrupted)));
    assert!(ended.result.outcomes.iter().all(|o| o.ending == Ending::Complete), "{:?}", ended.result.outcomes);
}

/// What is measured is not lost to what comes after it.
#[test]
fn ctrl_c_while_rates_are_taken_keeps_the_measurement() {
    let mut heard = Heard { stop_at_idle: Some((99, Default::default())), stop_at_rates: true, ..Heard::default() };
    let ended = session(Profile::QUICK, Trouble::default(), &mut heard);
    is_whole(&ended.result);
    assert!(ended.result.interrupted && matches!(ended.broken_off, Some(Error::Interrupted)));
    assert_eq!(endings(&ended.result), [("first", Ending::Complete), ("second", Ending::Skipped), ("third", Ending::Skipped)]);
    assert!(ended.result.workloads[0].activity.is_none());
}

/// Rates over time cost a repetition, which long ones are spared, and a second order.
#[test]
fn long_repetitions_are_not_gone_through_once_more() {
    let mut heard = Heard::default();
    let ended = session_of(510.0, Profile { repeat: Some(1), ..Profile::QUICK }, Trouble::default(), &mut heard);
    assert!(
        ended.result.workloads.iter().all(|w| w.activity.is_none()) && !heard.events.contains(&"activity over time".to_owned())
    );
    let mut heard = Heard::default();
    session(Profile { repeat: Some(1), ..Profile::PUBLICATION }, Trouble::default(), &mut heard);
    assert_eq!(heard.events.iter().filter(|e| *e == "activity over time").count(), 3);
}

#[test]
fn a_workload_that_fails_in_the_second_order_keeps_the_figures_of_the_first() {
    let profile = Profile { repeat: Some(2), shuffles: false, ..Profile::PUBLICATION };
    // The fourth engine is the third workload again: the second order is the first reversed.
    for trouble in [Trouble { fails_at: Some(3), ..Trouble::default() }, Trouble { differs_at: Some(3), ..Trouble::default() }] {
        let ended = session(profile, trouble, &mut Heard::default());
        let r = &ended.result;
        is_whole(r);
        assert_eq!(endings(r), [("first", Ending::Complete), ("second", Ending::Complete), ("third", Ending::Failed)]);
        assert_eq!(r.workloads.iter().map(|w| w.wall_s.len()).collect::<Vec<_>>(), [4, 4, 2]);
        assert_eq!(ended.errors.len(), 1);
    }
}

#[test]
fn a_result_that_cannot_be_kept_ends_the_session() {
    let mut heard = Heard { full_disk: true, ..Heard::default() };
    let ended = session(Profile::QUICK, Trouble::default(), &mut heard);
    is_whole(&ended.result);
    assert!(matches!(ended.broken_off, Some(Error::File { .. })));
    assert_eq!(endings(&ended.result), [("first", Ending::Complete), ("second", Ending::Skipped), ("third", Ending::Skipped)]);
}

/// A seed's events are its own, and its joules per event with them; the time of a step and the power are not.
#[test]
fn seeds_are_measured_one_by_one_and_told_apart_from_measuring() {
    let ended = session(
        Profile { shuffles: false, ..Profile::STANDARD },
        Trouble { seeds: 4, ..Trouble::default() },
        &mut Heard::default(),
    );
    let r = &ended.result;
    is_whole(r);
    assert!(ended.broken_off.is_none() && ended.errors.is_empty());
    for w in &r.workloads {
        let seeds: Vec<u64> = w.realisations.iter().map(|s| s.seed).collect();
        assert_eq!(seeds, [1, 2, 3, 4]);
        for s in &w.realisations {
            // 100 spikes a step at a millisecond and 140 W.
            let j = s.gross_j_per_synaptic_event.value.expect("joules");
            assert!((j / (LOAD_W * 1e-3 / (100.0 * (9 + s.seed) as f64)) - 1.0).abs() < 0.02, "{j}");
            assert!(s.by_window_j.len() >= 3 && (s.realtime_factor - 10.0).abs() < 1e-6);
        }
        let s = w.spreads.as_ref().expect("several seeds");
        assert_eq!((s.synaptic_events.range, s.synaptic_events.within_seed), ([400_000.0, 520_000.0], None));
        let joules = s.gross_j_per_synaptic_event.as_ref().expect("joules");
        assert!(joules.between_seeds > 10.0 * joules.within_seed.expect("windows"), "{joules:?}");
        assert!(s.realtime_factor.between_seeds < 1e-6 && joules.range[1] > 1.2 * joules.range[0]);
        // The quiet machine draws the same with a network loaded here.
        let loaded = w.energy.loaded_idle_w.value.expect("an idle power");
        assert!((loaded / IDLE_W - 1.0).abs() < 0.05, "{loaded}");
    }
    let of = |what: Activity| r.phases.iter().filter(|p| p.what == what).count();
    assert_eq!((of(Activity::Build), of(Activity::LoadedIdle), of(Activity::WarmUp)), (12, 3, 12));
    assert!(of(Activity::CoolDown) >= 2, "between workloads, and before the last baseline: {}", of(Activity::CoolDown));
    // Nothing overlaps.
    assert!(r.phases.windows(2).all(|p| p[0].to_s <= p[1].from_s + 1e-9), "{:?}", r.phases);
}

#[test]
fn a_seed_that_fails_leaves_the_others_and_the_workload_their_figures() {
    // The second and third engines are further seeds of the first workload.
    for trouble in [
        Trouble { fails_at: Some(2), seeds: 4, ..Trouble::default() },
        Trouble { too_big_at: Some(2), seeds: 4, ..Trouble::default() },
        Trouble { stopped_at: Some(2), seeds: 4, ..Trouble::default() },
    ] {
        let ended = session(Profile { shuffles: false, ..Profile::QUICK }, trouble, &mut Heard::default());
        let r = &ended.result;
        is_whole(r);
        let first = &r.workloads[0];
        assert_eq!(first.realisations.iter().map(|s| s.seed).collect::<Vec<_>>(), [1, 2]);
        let stopped = trouble.stopped_at.is_some();
        assert_eq!(r.outcomes[0].ending, if stopped { Ending::Skipped } else { Ending::Failed });
        let why = r.outcomes[0].reason.as_deref().expect("a reason");
        assert!(!stopped || why.contains("further seeds"), "{why}");
        assert_eq!(r.workloads.len(), if stopped { 1 } else { 3 });
        assert!(stopped || r.workloads[1].realisations.len() == 4);
    }
}

/// A long run of a fast meter stays small, and keeps its energy.
#[test]
fn a_power_trace_is_thinned_and_keeps_its_energy() {
    let profile = Profile { window_s: 120.0, cap_s: 1200.0, idle_s: 30.0, ..Profile::QUICK };
    let ended = session(profile, Trouble::default(), &mut Heard::default());
    let trace = ended.result.meter.power.as_ref().expect("a trace");
    let run_s = trace.t_s.last().expect("points") - trace.t_s[0];
    assert!(run_s > 1000.0 && trace.t_s.len() <= 8100, "{} points in {run_s} s", trace.t_s.len());
    assert_eq!(trace.t_s.len(), trace.power_w.len() + 1);
    assert!(serde_json::to_string_pretty(&ended.result).expect("JSON").len() < 1_000_000);
}
