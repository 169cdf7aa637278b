//! `spikewatt bench`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::meters::MeterArgs;
use super::progress::Display;
use super::table::{active_table, budget_table, pass_table, seed_tables, table};
use super::{EngineArgs, STOP, SizeArgs};
use crate::bench::{Ended, Event, HostEngines, Instruments, Job, Listener, Progress, Recipe, Session, site, write_trace};
use crate::bounds::MAX_TRIALS;
use crate::energy::{Profile, SystemClock};
use crate::error::{Error, Result};
use crate::report::format::{counted, si};
use crate::report::{ResultFile, verdict};
use crate::result::{Ending, RunResult};
use crate::scenario::Scenario;

/// What runs when no scenario is named.
const STANDARD_WORKLOADS: [&str; 3] = ["membrane", "brunel", "microcircuit"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ProfileChoice {
    /// Indicative figures in at most about 90 s
    #[default]
    Quick,
    /// Figures to quote: long windows until the interval is within 2 %, the scenarios' full times
    Standard,
    /// Figures to publish: more windows, in two orders; the microcircuit by its community's recipe (10 s, ten seeds, statistics held
    /// against NEST's); read an external meter as well
    Publication,
}

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub(super) struct BenchArgs {
    /// Built-in scenarios or files that end in .toml
    scenarios: Vec<String>,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// Run exactly this many repetitions of each workload
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: Option<u32>,
    /// Measure N seeds, from the scenario's own on, and tell their spread from the meter's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: Option<u32>,
    /// Run N trials at once over one copy of the synapses: what is drawn while a network runs (drives, noise, stimuli) is drawn anew for each
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65536))]
    trials: u32,
    /// Number of the first trial; 0 is the one that runs without --trials
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..65536))]
    first_trial: u32,
    #[command(flatten)]
    pub(super) meters: MeterArgs,
    /// Where the result goes; - for standard output [default: the file of --resume, or spikewatt-result.json]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Go on with a run that was broken off: the workloads that its result has complete stay as they are, the others run
    #[arg(long, value_name = "RESULT")]
    resume: Option<PathBuf>,
    /// Also write a page for people (.html); beside the result by default where figures are to be quoted
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Also write what goes on as JSON lines while it runs; - for standard output
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// No progress bars: one line a stage, also on a terminal
    #[arg(long)]
    plain: bool,
    /// Print the headline and the table as Markdown, ready to be pasted
    #[arg(long)]
    markdown: bool,
    /// How long and how often to measure
    #[arg(long, value_enum, default_value_t = ProfileChoice::Quick, alias = "protocol")]
    profile: ProfileChoice,
    /// Also write what the meters showed over time, and what went on, as a table (.csv)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Time each pass on its own after the measurement, and print where the time goes
    #[arg(long)]
    passes: bool,
    /// Print how many neurons fire at least once in windows from 1 ms to the whole run, population by population
    #[arg(long)]
    activity: bool,
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
            seeds: None,
            trials: 1,
            first_trial: 0,
            meters: MeterArgs::default(),
            json: None,
            resume: None,
            html: None,
            events: None,
            plain: false,
            markdown: false,
            profile: ProfileChoice::Quick,
            trace: None,
            passes: false,
            activity: false,
            quiet: false,
        }
    }

    /// Prints for people: to standard output, unless the result goes there.
    fn say(&self, text: &str) {
        let taken = self.json().as_os_str() == "-" || self.events.as_ref().is_some_and(|e| e.as_os_str() == "-");
        match (self.quiet, taken) {
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

    /// Where the page goes, if anywhere: a result that is no file has no place beside it.
    fn page(&self) -> Option<PathBuf> {
        let beside =
            self.profile != ProfileChoice::Quick && self.json().as_os_str() != "-" && !crate::files::is_stream(self.json());
        self.html.clone().or_else(|| beside.then(|| self.json().with_extension("html")))
    }

    /// Where the result goes.
    fn json(&self) -> &Path {
        let given = self.json.as_deref().or(self.resume.as_deref());
        given.unwrap_or(Path::new("spikewatt-result.json"))
    }

    /// The networks it is about.
    ///
    /// # Errors
    /// Those of reading them.
    pub(super) fn scenarios(&self) -> Result<Vec<Scenario>> {
        let names: Vec<&str> = match self.scenarios.is_empty() {
            true => STANDARD_WORKLOADS.to_vec(),
            false => self.scenarios.iter().map(String::as_str).collect(),
        };
        names.into_iter().map(|name| self.size.load(name)).collect()
    }

    /// The trials that run at once.
    fn trials(&self) -> std::ops::Range<u32> {
        self.first_trial..self.first_trial.saturating_add(self.trials)
    }

    /// A scenario with its uncounted and counted biological time. A time the user gives goes with the scenario's full transient.
    fn job(&self, scenario: Scenario) -> Job {
        let (transient_ms, bio_ms) = match (self.size.bio_ms, self.profile) {
            (None, ProfileChoice::Quick) => (scenario.quick.transient_ms, scenario.quick.bio_ms),
            _ => (scenario.transient_ms, scenario.bio_ms),
        };
        // A recipe is for a network as it is.
        let published = self.profile == ProfileChoice::Publication && self.trials() == (0..1);
        let recipe = if published { Recipe::of(&scenario) } else { None };
        // What is published of a network counts longer than the scenario does; a time the user gives stands.
        let bio_ms = recipe.filter(|_| self.size.bio_ms.is_none()).map_or(bio_ms, |r| bio_ms.max(r.bio_ms));
        let seeds = self.seeds.unwrap_or_else(|| recipe.map_or(1, |r| r.seeds));
        Job { scenario, transient_ms, bio_ms, seeds, trials: self.trials(), recipe }
    }
}

pub(super) fn run(args: &BenchArgs) -> Result<()> {
    // Everything that can be wrong with the arguments, before anything runs.
    args.engine.check()?;
    if args.trials().end > MAX_TRIALS {
        let last = MAX_TRIALS - 1;
        return Err(Error::Input(format!(
            "--first-trial {} with --trials {}: trials are numbered 0 to {last}",
            args.first_trial, args.trials
        )));
    }
    let choice = args.meters.choice()?;
    let jobs: Vec<Job> = args.scenarios()?.into_iter().map(|s| args.job(s)).collect();
    args.trace.iter().map(PathBuf::as_path).chain([args.json()]).for_each(super::sweep::sweep_beside);
    let before = args.resume.as_deref().map(|path| crate::result::read(path).map_err(anew)).transpose()?;
    let file = ResultFile::open(args.json()).map_err(with_json)?;
    if let Some(path) = &args.trace {
        check_trace(path)?;
    }
    let page = args.page();
    // A result that one goes on with may only be written to as the result.
    let resumed = args.resume.as_deref().filter(|p| *p != args.json());
    let inputs: Vec<&Path> =
        args.scenarios.iter().map(|s| Path::new(s.as_str())).filter(|p| p.is_file()).chain(resumed).collect();
    let own = [Some(args.json()), page.as_deref(), args.trace.as_deref(), args.events.as_deref()];
    let outputs: Vec<_> = ["--json", "--html", "--trace", "--events"]
        .into_iter()
        .zip(own)
        .filter(|(_, p)| p.is_none_or(|p| p.as_os_str() != "-"))
        .collect();
    super::report::apart(&inputs, &outputs)?;
    if args.events.as_ref().is_some_and(|e| e.as_os_str() == "-") && args.json().as_os_str() == "-" {
        return Err(Error::Input("--events - and --json - both want standard output; give one of them a file".into()));
    }
    let events = super::events::Events::open(args.events.as_deref())?;
    super::progress::plainly(args.plain);
    super::catch_interrupts();

    let host = args.engine.metered_host()?;
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    let instruments = match super::host_meters() {
        Some(hosts) => Instruments::of_ranks(hosts, &choice, bus.as_deref())?,
        None => Instruments::open(Arc::new(SystemClock::default()), &choice, site(&host), bus.as_deref())?,
    };
    args.say(&format!("engine  {}", host.line()));
    if let Some(note) = &host.note {
        args.say(&format!("        {}", note.in_words_of(&super::words::flag)));
    }
    introduce(args, &instruments);

    let engines = HostEngines { host: &host, options: args.engine.options(), tune: args.engine.tune };
    let mut session = Session {
        engines: &engines,
        instruments: &instruments,
        jobs: &jobs,
        profile: args.profile(),
        passes: args.passes,
        activity: args.activity,
        machine: super::machine::machine(),
        setup: args.meters.setup(),
        stop: &STOP,
    };
    let left = match (&args.resume, &before) {
        (Some(path), Some(before)) => left_of(path, before, &session)?,
        _ => jobs.clone(),
    };
    if left.len() < jobs.len() {
        args.say(&format!("{} of {} workloads are complete and stay as they are", jobs.len() - left.len(), jobs.len()));
    }
    if left.is_empty() {
        args.say("Nothing is left to do.");
        return Ok(());
    }
    session.jobs = &left;
    let mut terminal = Terminal { args, file: &file, before: before.as_ref(), several: left.len() > 1, display: None, events };
    let mut ended = session.run(&mut terminal);
    if let Some(before) = &before {
        ended.result = before.continued_by(&ended.result);
    }
    terminal.events.done(&ended.result);
    conclude(args, &file, &instruments, ended)
}

/// The workloads that a result which was broken off has not complete.
///
/// # Errors
/// [`Error::File`] if it is not one of this session.
fn left_of(path: &Path, before: &RunResult, session: &Session<'_>) -> Result<Vec<Job>> {
    let refused = |reason: String| anew(Error::File { path: path.to_owned(), reason });
    let complete = before.complete_for(&session.outset()).map_err(refused)?;
    let mut left = Vec::new();
    for (job, complete) in session.jobs.iter().zip(complete) {
        match complete {
            None => left.push(job.clone()),
            Some(w) if job.asks_for(w)? => {}
            Some(_) => return Err(refused(format!("{} was another network then, or ran for other times", job.scenario.name))),
        }
    }
    Ok(left)
}

/// Says what to do where a result cannot be gone on with.
fn anew(e: Error) -> Error {
    match e {
        Error::File { path, reason } => Error::File { path, reason: format!("{reason}; begin anew without --resume") },
        e => e,
    }
}

/// Says with which flag another place is given.
fn with_json(e: Error) -> Error {
    match e {
        Error::File { path, reason } => Error::File { path, reason: format!("{reason} with --json") },
        e => e,
    }
}

fn write(file: &ResultFile, result: &RunResult) -> Result<()> {
    match file {
        ResultFile::Stdout => file.write(result),
        _ => file.write(result).map_err(with_json),
    }
}

/// Keeps a result that cannot be written where it should be: in the folder for temporary files, or else on standard error.
fn rescue(result: &RunResult, e: Error) -> Error {
    let (Error::File { path, reason }, Ok(text)) = (&e, serde_json::to_string_pretty(result)) else { return e };
    let place = std::env::temp_dir().join(format!("spikewatt-result-{}.json", std::process::id()));
    let kept = match crate::files::write_whole(&place, text.as_bytes()) {
        Ok(()) => format!("it was kept in {}", place.display()),
        Err(_) => {
            eprintln!("{text}");
            "it stands above, on standard error".to_owned()
        }
    };
    Error::File { path: path.clone(), reason: format!("{reason}; {kept}") }
}

/// Names the meters.
fn introduce(args: &BenchArgs, instruments: &Instruments) {
    let monitor = &instruments.monitor;
    args.say(&match instruments.chosen {
        Some(i) => {
            let channel = monitor.channel(i);
            let info = channel.info();
            let notes: String = info.notes.iter().map(|note| format!("\n        {note}")).collect();
            format!("meter   {} ({}, {}): {}{notes}", info.name, info.tier.words(), info.scope.words(), instruments.why)
        }
        None => format!("meter   none: {}", instruments.why),
    });
    for i in (0..monitor.meters()).filter(|i| Some(*i) != instruments.chosen) {
        let channel = monitor.channel(i);
        let info = channel.info();
        args.say(&format!("        beside it {} ({}, {})", info.name, info.tier.words(), info.scope.words()));
    }
    if instruments.chosen.is_none_or(|i| !monitor.channel(i).info().measures()) {
        args.say("");
    }
}

/// Prints what a session tells, and renews the result file.
struct Terminal<'a> {
    args: &'a BenchArgs,
    file: &'a ResultFile,
    /// What an earlier sitting has found.
    before: Option<&'a RunResult>,
    several: bool,
    display: Option<Display>,
    events: super::events::Events,
}

impl Progress for Terminal<'_> {
    fn stage(&mut self, text: &str, steps: u64) {
        self.events.stage(text, steps);
        self.display.iter_mut().for_each(|d| d.stage(text, steps));
    }

    fn message(&mut self, text: &str) {
        self.display.iter_mut().for_each(|d| d.message(text));
    }

    fn steps(&mut self, done: u64) {
        self.display.iter_mut().for_each(|d| d.steps(done));
    }
}

impl Listener for Terminal<'_> {
    fn event(&mut self, event: Event<'_>) {
        self.events.event(&event);
        match event {
            Event::Copying => {}
            Event::Idle(seconds) => self.args.say(&format!("idle    measuring for {seconds} s; leave the machine alone")),
            Event::IdlePower(Ok(p)) => {
                self.args.say(&format!("idle    {} +- {}\n", si(p.watts, "W"), si(1.96 * p.uncertainty_w, "W")));
            }
            Event::IdlePower(Err(why)) => self.args.say(&format!("idle    unknown: {why}\n")),
            Event::Begin(scenario, position, of) => {
                self.display = Some(Display::new(&scenario.name, (position, of), self.args.quiet));
            }
            Event::Remark(text) => self.display.iter().for_each(|d| d.remark(text)),
            // A single workload's error is the program's.
            Event::Failed(e) if self.several => {
                self.display.iter().for_each(|d| d.remark(&format!("failed: {}", super::in_flags(e))));
            }
            Event::Failed(_) => {}
            Event::End => self.display = None,
        }
    }

    fn renewed(&mut self, result: &RunResult) -> Result<()> {
        self.events.renewed(result);
        let all = self.before.map(|before| before.continued_by(result));
        let result = all.as_ref().unwrap_or(result);
        // Standard output takes one document, so it comes at the end; a file is renewed after every workload.
        if self.file.is_renewable()
            && let Err(e) = write(self.file, result)
        {
            // It is tried again; a full disk does not end a measurement.
            self.display.iter().for_each(|d| d.remark(&format!("not written yet: {}", super::in_flags(&e))));
        }
        Ok(())
    }
}

/// Prints and writes what is known, and tells what went wrong.
fn conclude(args: &BenchArgs, file: &ResultFile, instruments: &Instruments, ended: Ended) -> Result<()> {
    let Ended { result, mut errors, broken_off } = ended;
    if !result.workloads.is_empty() {
        report(args, &result);
    }
    // Once more, with the last baseline and whatever a log has added since; a run that came to nothing overwrites nothing.
    let came_to_something = result.outcomes.iter().any(|o| o.ending != Ending::Skipped) || !result.workloads.is_empty();
    if came_to_something && broken_off.as_ref().is_none_or(|e| matches!(e, Error::Interrupted)) {
        write(file, &result).map_err(|e| rescue(&result, e))?;
        if !matches!(file, ResultFile::Stdout) {
            args.say(&format!("Result: {}", args.json().display()));
        }
        if let Some(path) = args.page() {
            let json = serde_json::to_string_pretty(&result).map_err(|e| Error::Internal(e.to_string()))?;
            super::report::write_whole(&path, &super::report::page(&result, &json)?)?;
            args.say(&format!("Page: {}", path.display()));
        }
        if let Some(path) = &args.trace {
            let rows = write_trace(path, instruments, &result.phases)?;
            args.say(&format!("Trace: {}, {}", path.display(), counted(rows, "row")));
        }
    }
    // The worst is told last, by whoever called.
    errors.sort_by_key(|(_, e)| std::cmp::Reverse(e.exit_code()));
    let broken_off = broken_off.map(|e| match (e, file) {
        (Error::Interrupted, file) if came_to_something && !matches!(file, ResultFile::Stdout) => {
            Error::Stopped(format!("interrupted; go on with the same words and --resume {}", args.json().display()))
        }
        (e, _) => e,
    });
    let worst = broken_off.or_else(|| errors.pop().map(|(_, e)| e));
    for (scenario, e) in &errors {
        eprintln!("spikewatt: {scenario}: {}", super::in_flags(e));
    }
    worst.map_or(Ok(()), Err)
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
    if args.markdown {
        args.say(&crate::report::short_markdown(result));
        return;
    }
    args.say(&table(result));
    for text in
        args.passes.then(|| result.workloads.iter().map(|w| pass_table(w, result.engine.copy_bytes_per_s))).into_iter().flatten()
    {
        args.say(&format!("\n{text}"));
    }
    for text in args.activity.then(|| result.workloads.iter().map(active_table)).into_iter().flatten() {
        args.say(&format!("\n{text}"));
    }
    for text in result.workloads.iter().flat_map(seed_tables) {
        args.say(&format!("\n{text}"));
    }
    if args.profile != ProfileChoice::Quick {
        for text in result.workloads.iter().filter_map(|w| budget_table(w, result.meter.accuracy.as_ref())) {
            args.say(&format!("\n{text}"));
        }
    }
    args.say("");
    args.say(&verdict(result).in_words_of(&super::words::flag));
}
