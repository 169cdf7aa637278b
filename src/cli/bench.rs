//! `spikewatt bench`

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;

use super::progress::Display;
use super::{EngineArgs, STOP, SizeArgs};
use crate::bench::{Host, Metering, Protocol, measure};
use crate::brain::Brain;
use crate::energy::{Assumed, Meter, MeterInfo, Provenance, SystemClock, idle_power_w, meter_for};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::result::{EngineInfo, Failure, Machine, MeterReport, Program, Quantity, Ran, SCHEMA_VERSION, Workload};
use crate::report::{ResultFile, RunResult, pass_table, table, verdict};
use crate::scenario::Scenario;

/// Steps whose passes are timed.
const PROFILED_STEPS: u64 = 2000;
/// What runs when no scenario is named.
const STANDARD_WORKLOADS: [&str; 3] = ["membrane", "brunel", "microcircuit"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ProtocolChoice {
    /// Indicative figures in at most about 90 s
    #[default]
    Quick,
    /// Long windows, the scenarios' full times
    Standard,
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
    /// Power of the device in watts, where no meter can tell (labelled "assumed")
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    watts: Option<f64>,
    /// Where the result goes; - for standard output
    #[arg(long, value_name = "FILE", default_value = "spikewatt-result.json")]
    json: PathBuf,
    /// How long and how often to measure
    #[arg(long, value_enum, default_value_t = ProtocolChoice::Quick)]
    protocol: ProtocolChoice,
    /// Time each pass on its own after the measurement, and print where the time goes
    #[arg(long)]
    profile: bool,
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
            watts: None,
            json: "spikewatt-result.json".into(),
            protocol: ProtocolChoice::Quick,
            profile: false,
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

    fn protocol(&self) -> Protocol {
        let protocol = match self.protocol {
            ProtocolChoice::Quick => Protocol::QUICK,
            ProtocolChoice::Standard => Protocol::STANDARD,
        };
        Protocol { repeat: self.repeat, ..protocol }
    }

    /// Uncounted and counted biological time of a scenario, ms. A time the user gives goes with the scenario's full transient.
    fn times(&self, scenario: &Scenario) -> (f64, f64) {
        match (self.size.bio_ms, self.protocol) {
            (None, ProtocolChoice::Quick) => (scenario.quick.transient_ms, scenario.quick.bio_ms),
            _ => (scenario.transient_ms, scenario.bio_ms),
        }
    }
}

pub(super) fn run(args: &BenchArgs) -> Result<()> {
    // Everything that can be wrong with the arguments, before anything runs.
    args.engine.check()?;
    if let Some(w) = args.watts.filter(|w| !(w.is_finite() && *w > 0.0 && *w <= 1e6)) {
        return Err(Error::Input(format!("--watts {w}: give the device's power as a number above 0, in watts")));
    }
    let names: Vec<&str> = match args.scenarios.is_empty() {
        true => STANDARD_WORKLOADS.to_vec(),
        false => args.scenarios.iter().map(String::as_str).collect(),
    };
    let scenarios = names.iter().map(|name| args.size.load(name)).collect::<Result<Vec<_>>>()?;
    let file = ResultFile::open(&args.json)?;
    super::catch_interrupts();

    let host = Host::open(args.engine.engine, args.engine.adapter.as_deref())?;
    args.say(&format!("engine  {}", host.line()));
    if let Some(note) = &host.note {
        args.say(&format!("        {note}"));
    }
    let clock = SystemClock::default();
    let mut meter = find_meter(args, &host);
    args.say(&match &meter {
        Ok(m) => format!("meter   {} ({}, {})", m.info().name, m.info().provenance.word(), m.info().scope.words()),
        Err(reason) => format!("meter   none: {reason}"),
    });
    let idle = idle_baseline(args, meter.as_deref_mut(), &clock);
    args.say("");

    let mut result = empty_result(args, &host, meter.as_deref(), &idle);
    let mut outcome = Ok(());
    for (i, scenario) in scenarios.iter().enumerate() {
        let mut display = Display::new(&scenario.name, (i + 1, scenarios.len()), args.quiet);
        let done = workload(args, &host, scenario, meter.as_deref_mut().ok(), &idle, &clock, &mut display);
        drop(display);
        match done {
            Ok(w) => result.workloads.push(w),
            Err(e) => {
                result.interrupted = matches!(e, Error::Interrupted);
                result.failures.push(Failure { scenario: scenario.name.clone(), reason: e.to_string() });
                outcome = Err(e);
            }
        }
        // Standard output takes one document, so it comes at the end; a file is renewed after every workload.
        if file.is_renewable() {
            file.write(&result)?;
        }
        if outcome.is_err() {
            break;
        }
    }
    if !result.workloads.is_empty() {
        args.say(&table(&result));
        for text in args.profile.then(|| result.workloads.iter().map(pass_table)).into_iter().flatten() {
            args.say(&format!("\n{text}"));
        }
        args.say("");
        args.say(&verdict(&result));
    }
    if !file.is_renewable() {
        file.write(&result)?;
    }
    if !matches!(file, ResultFile::Stdout) {
        args.say(&format!("Result: {}", args.json.display()));
    }
    outcome
}

/// The user's word, else the meter of the device that does the work.
fn find_meter(args: &BenchArgs, host: &Host) -> std::result::Result<Box<dyn Meter>, String> {
    match args.watts {
        Some(watts) => Ok(Box::new(Assumed::new(watts, host.scope()))),
        None => meter_for(host.scope(), host.adapter().and_then(|a| a.pci_bus_id.as_deref())),
    }
}

fn idle_baseline(
    args: &BenchArgs,
    meter: std::result::Result<&mut (dyn Meter + 'static), &mut String>,
    clock: &SystemClock,
) -> Quantity {
    match meter {
        Err(_) => Quantity::missing("no meter"),
        Ok(m) if m.info().provenance == Provenance::Assumed => Quantity::missing("an assumed power has no idle baseline"),
        Ok(m) => {
            let seconds = args.protocol().idle_s;
            args.say(&format!("idle    measuring for {seconds} s; leave the machine alone"));
            match idle_power_w(m, clock, seconds) {
                Ok(watts) => {
                    args.say(&format!("idle    {}", crate::report::format::si(watts, "W")));
                    Quantity::exact(watts)
                }
                Err(e) => Quantity::missing(format!("the meter failed: {e}")),
            }
        }
    }
}

fn empty_result(
    args: &BenchArgs,
    host: &Host,
    meter: std::result::Result<&(dyn Meter + 'static), &String>,
    idle: &Quantity,
) -> RunResult {
    let info = meter.ok().map(Meter::info);
    RunResult {
        schema_version: SCHEMA_VERSION,
        program: Program::this(),
        created_utc: jiff::Timestamp::now()
            .round(jiff::Unit::Second)
            .map_or_else(|_| jiff::Timestamp::now().to_string(), |t| t.to_string()),
        protocol: match args.protocol {
            ProtocolChoice::Quick => "quick".into(),
            ProtocolChoice::Standard => "standard".into(),
        },
        interrupted: false,
        machine: Machine::here(),
        engine: EngineInfo::of(host),
        meter: MeterReport {
            name: info.map(|i| i.name.clone()),
            provenance: info.map(|i| i.provenance.word()),
            scope: info.map(|i| i.scope.words()),
            idle_power_w: idle.clone(),
            how_to_get_one: meter.err().cloned(),
        },
        brain: Brain::embedded(),
        workloads: Vec::new(),
        failures: Vec::new(),
    }
}

fn workload(
    args: &BenchArgs,
    host: &Host,
    scenario: &Scenario,
    meter: Option<&mut (dyn Meter + 'static)>,
    idle: &Quantity,
    clock: &SystemClock,
    display: &mut Display,
) -> Result<Workload> {
    if STOP.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    display.note("building the network");
    let begin = Instant::now();
    let network = Network::build(scenario)?;
    let options = args.engine.options();
    if args.engine.tune {
        host.tune(&network, &options, &mut |text| display.note(text))?;
    }
    let options = host.tuned(&network, &options);
    let mut engine = host.engine(network, &options)?;
    let build_s = begin.elapsed().as_secs_f64();
    if let Some(note) = engine.plan_note() {
        display.remark(&note);
    }
    let (transient_ms, bio_ms) = args.times(scenario);
    let steps = (engine.network().steps(transient_ms), engine.network().steps(bio_ms));
    let info: Option<MeterInfo> = meter.as_ref().map(|m| m.info().clone());
    let measurement = measure(
        engine.as_mut(),
        steps,
        &args.protocol(),
        Metering { meter: meter.map(|m| m as &mut dyn Meter) },
        clock,
        &STOP,
        display,
    )?;
    let passes = match args.profile {
        true => {
            display.note("timing each pass");
            engine.profile(steps.1.min(PROFILED_STEPS))?
        }
        false => Vec::new(),
    };
    Ok(Workload::new(
        &Ran {
            network: engine.network(),
            plan: engine.plan_line(),
            passes,
            transient_ms,
            bio_ms,
            build_s,
            measurement: &measurement,
            meter: info.as_ref().ok_or("no meter"),
            idle_power_w: idle,
            stamp: host.stamp(),
        },
        &Brain::embedded(),
    ))
}
