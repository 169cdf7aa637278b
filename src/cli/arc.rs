//! `spikewatt arc`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::meters::MeterArgs;
use super::progress::Display;
use super::table::{aligned, captioned};
use super::{EngineArgs, EngineWord, STOP, print};
use crate::arc::{Examiner, LANGUAGE, Limits, Task};
use crate::bench::{Instruments, program, site, solve};
use crate::energy::SystemClock;
use crate::engine::{EngineChoice, Host};
use crate::error::{Error, Result};
use crate::report::arc;
use crate::result::arc::{ArcRun, People};

/// Arguments of `arc`.
#[derive(Debug, Clone, Args)]
pub(super) struct ArcArgs {
    /// Tasks (.json), or folders of them; without any, a dozen of the program's own
    tasks: Vec<PathBuf>,
    /// Most transformations of a program
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=4))]
    depth: u32,
    /// Most states of a depth that are taken further
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    states: u32,
    /// auto: a GPU, or the CPU engine where there is none (software adapters are slower); same results
    #[arg(long, value_enum, default_value_t)]
    engine: EngineWord,
    /// Use the adapter whose name, API or driver contains this text
    #[arg(long, value_name = "SUBSTRING")]
    adapter: Option<String>,
    #[command(flatten)]
    meters: MeterArgs,
    /// Also print the program that was found for each task
    #[arg(long)]
    programs: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// The files of all arguments, those of a folder in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let failed = |reason: String| Error::File { path: path.clone(), reason };
        let entries = std::fs::read_dir(path).map_err(|e| failed(format!("the folder cannot be read ({e})")))?;
        let is_task = |p: &Path| p.extension().is_some_and(|e| e == "json");
        let mut own: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| is_task(p)).collect();
        if own.is_empty() {
            return Err(failed("no task lies here; tasks are files that end in .json".into()));
        }
        own.sort();
        all.append(&mut own);
    }
    Ok(all)
}

/// The engine: of adapters only GPUs unless one is asked for.
fn host(args: &ArcArgs) -> Result<Host> {
    let engine = EngineArgs { adapter: args.adapter.clone(), engine: args.engine, ..EngineArgs::default() };
    engine.check()?;
    let host = engine.host()?;
    let takes_any = args.engine == EngineWord::Gpu || args.adapter.is_some();
    if host.is_gpu() || takes_any { Ok(host) } else { Host::open(EngineChoice::Cpu, None) }
}

#[cfg(feature = "gpu")]
fn examiner(host: &Host) -> Result<Option<crate::bench::OnAdapter>> {
    host.device().map(|(_, device)| crate::bench::OnAdapter::new(device)).transpose()
}

#[cfg(not(feature = "gpu"))]
fn examiner(_: &Host) -> Result<Option<crate::arc::OnCpu>> {
    Ok(None)
}

pub(super) fn run(args: &ArcArgs) -> Result<()> {
    let choice = args.meters.choice()?;
    let (mut tasks, mut wrong) = (Vec::new(), Vec::new());
    for path in files(&args.tasks)? {
        match Task::read(&path) {
            Ok(task) => tasks.push(task),
            Err(e) => wrong.push(e),
        }
    }
    if args.tasks.is_empty() {
        tasks = Task::own();
    }
    // Those that are wrong are told, the others go on; the last of them is told by whoever called.
    let last = wrong.pop();
    wrong.iter().for_each(|e| eprintln!("spikewatt: {}", super::in_flags(e)));
    if tasks.is_empty() {
        return last.map_or(Ok(()), Err);
    }
    super::catch_interrupts();
    let host = host(args)?;
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    let instruments = Instruments::open(Arc::new(SystemClock::default()), &choice, site(&host), bus.as_deref())?;
    let info = instruments.chosen.map(|i| instruments.monitor.channel(i).info().clone());
    let machine = super::machine::machine();
    let limits = Limits { depth: args.depth as usize, states: args.states as usize };
    let mut display = Display::new("arc", (1, 1), args.quiet || args.json);
    let mut examiner = examiner(&host)?;
    let examiner = examiner.as_mut().map(|e| e as &mut dyn Examiner);
    let (depths, told) = solve(&tasks, limits, examiner, &instruments, &STOP, &mut display)?;
    drop(display);
    let run = ArcRun {
        program: program(),
        machine: format!("{}, {} threads", machine.cpu, rayon::current_num_threads()),
        engine: host.line(),
        transformations: LANGUAGE.len(),
        meter: info.as_ref().map(|i| i.name.clone()),
        provenance: info.map(|i| i.tier.provenance()),
        depths,
        tasks: told,
        people: People::embedded()?,
    };
    if args.json {
        print(&serde_json::to_string_pretty(&run).map_err(|e| Error::Internal(format!("the search as JSON: {e}")))?);
    } else if !args.quiet {
        if args.programs {
            print(&format!("{}\n", aligned(&arc::programs(&run.tasks), |_| false)));
        }
        let rows = arc::depths(&run);
        print(&format!("{} transformations, {}, {}\n", run.transformations, run.engine, run.machine));
        print(&captioned(&aligned(&rows, |i| i > 0), &rows));
        print(&arc::caveat(&run));
    }
    last.map_or(Ok(()), Err)
}
