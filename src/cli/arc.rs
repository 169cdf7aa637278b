//! `spikewatt arc`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::meters::MeterArgs;
use super::progress::Display;
use super::table::{aligned, captioned};
use super::{STOP, print};
use crate::arc::{LANGUAGE, Limits, Task};
use crate::bench::{Instruments, program, solve};
use crate::energy::{Site, SystemClock};
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
    let instruments = Instruments::open(Arc::new(SystemClock::default()), &choice, Site::Cpu, None)?;
    let info = instruments.chosen.map(|i| instruments.monitor.channel(i).info().clone());
    let machine = super::machine::machine();
    let limits = Limits { depth: args.depth as usize, states: args.states as usize };
    let mut display = Display::new("arc", (1, 1), args.quiet || args.json);
    let (depths, told) = solve(&tasks, limits, &instruments, &STOP, &mut display)?;
    drop(display);
    let run = ArcRun {
        program: program(),
        machine: format!("{}, {} threads", machine.cpu, rayon::current_num_threads()),
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
        print(&format!("{} transformations, CPU engine, {}\n", run.transformations, run.machine));
        print(&captioned(&aligned(&rows, |i| i > 0), &rows));
        print(&arc::caveat(&run));
    }
    last.map_or(Ok(()), Err)
}
