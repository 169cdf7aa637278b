//! `spikewatt bench`

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;

use super::meters::MeterArgs;
use super::progress::Display;
use super::{EngineArgs, STOP, SizeArgs};
use crate::bench::{Host, Instruments, Measurement, Phase, measure, write_trace};
use crate::brain::Brain;
use crate::energy::{Bench, Idle, Profile, Span, SystemClock, idle_power};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::energy::MeterReport;
use crate::report::result::{EngineInfo, Failure, Machine, Program, Ran, SCHEMA_VERSION, Workload};
use crate::report::{ResultFile, RunResult, budget_table, pass_table, table, verdict};
use crate::scenario::Scenario;

/// Steps whose passes are timed.
const PROFILED_STEPS: u64 = 2000;
/// What runs when no scenario is named.
const STANDARD_WORKLOADS: [&str; 3] = ["membrane", "brunel", "microcircuit"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ProfileChoice {
    /// Indicative figures in at most about 90 s
    #[default]
    Quick,
    /// Figures to quote: long windows until the interval is within 2 %, the scenarios' full times
    Standard,
    /// Figures to publish: more windows, in two orders; read an external meter as well
    Publication,
}

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub(super) struct BenchArgs {
    /// Built-in scenarios or files that end in .toml
    scenarios: Vec<String>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// Run exactly this many repetitions of each workload
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    #[command(flatten)]
    meters: MeterArgs,
    /// Where the result goes; - for standard output
    #[arg(long, value_name = "FILE", default_value = "spikewatt-result.json")]
    json: PathBuf,
    /// How long and how often to measure
    #[arg(long, value_enum, default_value_t = ProfileChoice::Quick, alias = "protocol")]
    profile: ProfileChoice,
    /// Also write what the meters showed over time, and what went on, as a table (.csv)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Time each pass on its own after the measurement, and print where the time goes
    #[arg(long)]
    passes: bool,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

impl BenchArgs {
    /// What `spikewatt` without arguments stands for.
    pub(super) fn quick() -> Self {
        Self {
            scenarios: Vec::new(),
            engine: EngineArgs::default(),
            size: SizeArgs::default(),
            repeat: None,
            meters: MeterArgs::default(),
            json: "spikewatt-result.json".into(),
            profile: ProfileChoice::Quick,
            trace: None,
            passes: false,
            quiet: false,
        }
    }

    /// Prints for people: to standard output, unless the result goes there.
    fn say(&self, text: &str) {
        match (self.quiet, self.json.as_os_str() == "-") {
            (true, _) => {}
            (false, true) => eprintln!("{text}"),
            (false, false) => super::print(text),
        }
    }

    fn profile(&self) -> Profile {
        let profile = match self.profile {
            ProfileChoice::Quick => Profile::QUICK,
            ProfileChoice::Standard => Profile::STANDARD,
            ProfileChoice::Publication => Profile::PUBLICATION,
        };
        Profile { repeat: self.repeat, ..profile }
    }

    /// Uncounted and counted biological time of a scenario, ms. A time the user gives goes with the scenario's full transient.
    fn times(&self, scenario: &Scenario) -> (f64, f64) {
        match (self.size.bio_ms, self.profile) {
            (None, ProfileChoice::Quick) => (scenario.quick.transient_ms, scenario.quick.bio_ms),
            _ => (scenario.transient_ms, scenario.bio_ms),
        }
    }
}

pub(super) fn run(args: &BenchArgs) -> Result<()> {
    // Everything that can be wrong with the arguments, before anything runs.
    args.engine.check()?;
    let choice = args.meters.choice()?;
    let names: Vec<&str> = match args.scenarios.is_empty() {
        true => STANDARD_WORKLOADS.to_vec(),
        false => args.scenarios.iter().map(String::as_str).collect(),
    };
    let scenarios = names.iter().map(|name| args.size.load(name)).collect::<Result<Vec<_>>>()?;
    let file = ResultFile::open(&args.json)?;
    if let Some(path) = &args.trace {
        check_trace(path)?;
    }
    super::catch_interrupts();

    let host = Host::open(args.engine.engine, args.engine.adapter.as_deref())?;
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    let instruments = Instruments::open(Arc::new(SystemClock::default()), &choice, host.site(), bus.as_deref())?;
    args.say(&format!("engine  {}", host.line()));
    if let Some(note) = &host.note {
        args.say(&format!("        {note}"));
    }
    let mut session = Session::new(args, &host, &instruments, &scenarios);
    session.introduce();
    let mut outcome = session.baseline();
    for (round, order) in orders(scenarios.len(), &session.profile).into_iter().enumerate() {
        for (position, index) in order.iter().enumerate() {
            if outcome.is_err() {
                break;
            }
            outcome = session.workload(*index, round, position);
            session.charge();
            // Standard output takes one document, so it comes at the end; a file is renewed after every workload.
            if file.is_renewable() {
                file.write(&session.result())?;
            }
        }
    }
    if outcome.is_ok() && session.profile.cool_down_cap_s > 0.0 {
        outcome = session.baseline();
    }
    session.charge();
    let result = session.result();
    if !result.workloads.is_empty() {
        report(args, &result);
    }
    // Once more, with the last baseline and whatever a log has added since; a run that came to nothing overwrites nothing.
    if result.workloads.is_empty() && result.failures.is_empty() {
        return outcome;
    }
    file.write(&result)?;
    if !matches!(file, ResultFile::Stdout) {
        args.say(&format!("Result: {}", args.json.display()));
    }
    if let Some(path) = &args.trace {
        let rows = write_trace(path, &instruments, &session.phases())?;
        args.say(&format!("Trace: {}, {}", path.display(), crate::report::format::counted(rows, "row")));
    }
    outcome
}

/// Refuses a place for the trace where no file can be, before anything runs.
fn check_trace(path: &std::path::Path) -> Result<()> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    if path.extension().is_none_or(|e| e != "csv") {
        return Err(failed("a power trace is written as CSV; give a name that ends in .csv".into()));
    }
    crate::files::temporary_beside(path).map(drop).map_err(|e| failed(format!("the power trace cannot be written here ({e})")))
}

fn report(args: &BenchArgs, result: &RunResult) {
    args.say(&table(result));
    for text in args.passes.then(|| result.workloads.iter().map(pass_table)).into_iter().flatten() {
        args.say(&format!("\n{text}"));
    }
    if args.profile != ProfileChoice::Quick {
        for text in result.workloads.iter().filter_map(|w| budget_table(w, result.meter.accuracy.as_ref())) {
            args.say(&format!("\n{text}"));
        }
    }
    args.say("");
    args.say(&verdict(result));
}

/// The orders in which workloads are measured, as indices: as given, or drawn; the second is the first reversed.
fn orders(workloads: usize, profile: &Profile) -> Vec<Vec<usize>> {
    let mut first: Vec<usize> = (0..workloads).collect();
    if profile.shuffles {
        fastrand::shuffle(&mut first);
    }
    let second = first.iter().rev().copied().collect();
    [first, second].into_iter().take(profile.orders as usize).collect()
}

/// A workload that was measured at least once.
struct Done {
    workload: Workload,
    measurement: Measurement,
    build: Span,
}

/// A run of `bench`.
struct Session<'a> {
    args: &'a BenchArgs,
    host: &'a Host,
    instruments: &'a Instruments,
    scenarios: &'a [Scenario],
    profile: Profile,
    created_utc: String,
    brain: Brain,
    idle: Idle,
    order: Vec<String>,
    done: Vec<Option<Done>>,
    failures: Vec<Failure>,
    interrupted: bool,
}

impl<'a> Session<'a> {
    fn new(args: &'a BenchArgs, host: &'a Host, instruments: &'a Instruments, scenarios: &'a [Scenario]) -> Self {
        let now = jiff::Timestamp::now();
        Self {
            args,
            host,
            instruments,
            scenarios,
            profile: args.profile(),
            created_utc: now.round(jiff::Unit::Second).map_or_else(|_| now.to_string(), |t| t.to_string()),
            brain: Brain::embedded(),
            idle: Idle::default(),
            order: Vec::new(),
            done: scenarios.iter().map(|_| None).collect(),
            failures: Vec::new(),
            interrupted: false,
        }
    }

    /// Names the meters.
    fn introduce(&self) {
        let monitor = &self.instruments.monitor;
        self.args.say(&match self.instruments.chosen {
            Some(i) => {
                let channel = monitor.channel(i);
                let info = channel.info();
                let notes: String = info.notes.iter().map(|note| format!("\n        {note}")).collect();
                format!("meter   {} ({}, {}): {}{notes}", info.name, info.tier.words(), info.scope.words(), self.instruments.why)
            }
            None => format!("meter   none: {}", self.instruments.why),
        });
        for i in (0..monitor.meters()).filter(|i| Some(*i) != self.instruments.chosen) {
            let channel = monitor.channel(i);
            let info = channel.info();
            self.args.say(&format!("        beside it {} ({}, {})", info.name, info.tier.words(), info.scope.words()));
        }
    }

    fn bench(&self) -> Bench<'_> {
        Bench {
            monitor: &self.instruments.monitor,
            chosen: self.instruments.chosen,
            profile: &self.profile,
            idle: &self.idle,
            stop: &STOP,
        }
    }

    /// Measures the quiet machine, if a meter that measures decides.
    fn baseline(&mut self) -> Result<()> {
        let Some(index) = self.instruments.chosen.filter(|i| self.instruments.monitor.channel(*i).info().measures()) else {
            self.args.say("");
            return Ok(());
        };
        if !self.idle.spans.is_empty() {
            self.bench().cool_down()?;
        }
        self.args.say(&format!("idle    measuring for {} s; leave the machine alone", self.profile.idle_s));
        let span = self.bench().idle_span()?;
        self.instruments.settle(span.to_s);
        self.idle.spans.push(span);
        let channel = self.instruments.monitor.channel(index);
        let words = match idle_power(channel.info(), &channel.trace, &self.idle) {
            Ok(p) => format!(
                "idle    {} +- {}",
                crate::report::format::si(p.watts, "W"),
                crate::report::format::si(1.96 * p.uncertainty_w, "W")
            ),
            Err(why) => format!("idle    unknown: {why}"),
        };
        self.args.say(&words);
        self.args.say("");
        Ok(())
    }

    /// Measures a workload; what goes wrong is kept for the result.
    fn workload(&mut self, index: usize, round: usize, position: usize) -> Result<()> {
        let scenario = &self.scenarios[index];
        let mut display = Display::new(&scenario.name, (position + 1, self.scenarios.len()), self.args.quiet);
        let measured = self.measure(scenario, round, position, &mut display);
        drop(display);
        match measured {
            Ok(done) => {
                self.order.push(scenario.name.clone());
                match &mut self.done[index] {
                    Some(before) => before.merge(done)?,
                    empty => *empty = Some(done),
                }
                Ok(())
            }
            Err(e) => {
                self.interrupted = matches!(e, Error::Interrupted);
                self.failures.push(Failure { scenario: scenario.name.clone(), reason: e.to_string() });
                Err(e)
            }
        }
    }

    fn measure(&self, scenario: &Scenario, round: usize, position: usize, display: &mut Display) -> Result<Done> {
        if STOP.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let clock = self.instruments.monitor.clock();
        if round + position > 0 && self.profile.cool_down_cap_s > 0.0 {
            display.note("cooling down");
            self.bench().cool_down()?;
        }
        display.note("building the network");
        let from_s = clock.now_s();
        let network = Network::build(scenario)?;
        let options = self.args.engine.options();
        let (options, _) = super::tuned(self.host, &network, &self.args.engine, &options, &mut |text| display.remark(text))?;
        let mut engine = self.host.engine(network, &options)?;
        let build = Span { from_s, to_s: clock.now_s() };
        if let Some(note) = engine.plan_note() {
            display.remark(&note);
        }
        let (transient_ms, bio_ms) = self.args.times(scenario);
        let steps = (engine.network().steps(transient_ms), engine.network().steps(bio_ms));
        let measurement = measure(engine.as_mut(), steps, &self.bench(), round as u32, display)?;
        let passes = match self.args.passes {
            true => {
                display.note("timing each pass");
                engine.profile(steps.1.min(PROFILED_STEPS))?
            }
            false => Vec::new(),
        };
        self.instruments.settle(measurement.observation.windows.last().map_or(0.0, |w| w.span.to_s));
        let workload = Workload::new(&Ran {
            network: engine.network(),
            plan: engine.plan_line(),
            passes,
            transient_ms,
            bio_ms,
            build_s: build.length_s(),
            measurement: &measurement,
            stamp: self.host.stamp(),
        });
        Ok(Done { workload, measurement, build })
    }

    /// Reads every workload's joules from the meters' traces, as far as they go by now.
    fn charge(&mut self) {
        for done in self.done.iter_mut().flatten() {
            let accounts = self.instruments.accounts(&done.measurement.observation, done.build, &self.idle, &self.profile);
            done.workload.charge(&accounts, self.instruments.chosen, &self.brain);
        }
    }

    /// What went on when.
    fn phases(&self) -> Vec<Phase> {
        let idle = self.idle.spans.iter().map(|span| Phase { what: "idle", workload: String::new(), span: *span });
        let worked = self.done.iter().flatten().flat_map(|d| {
            let seen = &d.measurement.observation;
            let phase = |what, span| Phase { what, workload: d.workload.scenario.clone(), span };
            let warm_up = phase("warm-up", Span { from_s: seen.began_s, to_s: seen.warm_s });
            let windows = seen.windows.iter().map(move |w| phase("window", w.span));
            [phase("build", d.build), warm_up].into_iter().chain(windows).collect::<Vec<_>>()
        });
        idle.chain(worked).collect()
    }

    /// What is known so far.
    fn result(&self) -> RunResult {
        let monitor = &self.instruments.monitor;
        let mut meters: Vec<MeterReport> = (0..monitor.meters())
            .map(|i| {
                let channel = monitor.channel(i);
                let idle = idle_power(channel.info(), &channel.trace, &self.idle);
                let why = (self.instruments.chosen == Some(i)).then_some(self.instruments.why.as_str());
                MeterReport::of(channel.info(), channel.trace.period_s(), &idle, why)
            })
            .collect();
        let meter = match self.instruments.chosen {
            Some(i) => meters.remove(i),
            None => MeterReport::none(&self.instruments.why),
        };
        RunResult {
            schema_version: SCHEMA_VERSION,
            program: Program::this(),
            created_utc: self.created_utc.clone(),
            protocol: self.profile.name.into(),
            interrupted: self.interrupted,
            machine: Machine::here(),
            engine: EngineInfo::of(self.host),
            meter,
            other_meters: meters,
            order: self.order.clone(),
            setup: self.args.meters.setup(),
            brain: self.brain.clone(),
            workloads: self.done.iter().flatten().map(|d| d.workload.clone()).collect(),
            failures: self.failures.clone(),
        }
    }
}

impl Done {
    /// Adds what the second order measured.
    fn merge(&mut self, again: Done) -> Result<()> {
        if self.measurement.counts != again.measurement.counts {
            return Err(Error::Internal(format!(
                "{} gave other spikes in the second order than in the first",
                self.workload.scenario
            )));
        }
        let (seen, more) = (&mut self.measurement.observation, again.measurement.observation);
        seen.wall_s.extend(more.wall_s);
        seen.windows.extend(more.windows);
        seen.steady = seen.steady.zip(more.steady).map(|(a, b)| a && b);
        self.workload.time(&seen.wall_s);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_holds_every_workload_and_the_second_is_the_first_reversed() {
        assert_eq!(orders(3, &Profile::QUICK), [[0, 1, 2]]);
        let two = orders(5, &Profile::PUBLICATION);
        let mut sorted = two[0].clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        assert!(two[0].iter().eq(two[1].iter().rev()));
        let drawn: std::collections::BTreeSet<Vec<usize>> = (0..50).map(|_| orders(4, &Profile::STANDARD).remove(0)).collect();
        assert!(drawn.len() > 5, "the order is drawn anew every time: {drawn:?}");
    }
}
