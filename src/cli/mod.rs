//! The command line: one file per subcommand, and what they share.

#[cfg(feature = "gpu")]
mod adapters;
mod analyse;
mod arc;
mod bench;
mod check;
mod claims;
#[cfg(feature = "formats")]
mod collect;
mod compare;
mod doctor;
mod events;
#[cfg(feature = "gpu")]
mod explain;
mod generate;
mod interleave;
mod keep;
mod list;
mod machine;
mod meters;
mod plan;
mod progress;
mod project;
mod ranks;
#[cfg(feature = "pictures")]
mod render;
mod report;
mod simulate;
mod sweep;
mod table;
mod verify;
#[cfg(feature = "window")]
mod view;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::engine::{Delivery, EngineChoice, Host, Options};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::format::counted;
use crate::scenario::{Scale, Scenario, load_with};

/// How many joules does this machine spend per neural event, and how does that compare with a brain that runs on 15 W?
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure workloads (the default): membrane, brunel and microcircuit unless others are named
    Bench(bench::BenchArgs),
    /// Simulate a network and record spikes and membrane potentials to files
    Simulate(simulate::SimulateArgs),
    /// Compute the statistics of a recording of spikes
    Analyse(analyse::AnalyseArgs),
    /// Work out what is claimed of brains and machines: the arithmetic, and whether each claim holds
    Claims(claims::ClaimsArgs),
    /// Solve puzzles of ARC by trying programs, as machines do, beside what people take
    Arc(arc::ArcArgs),
    /// Carry measured sizes over to a whole brain: wall time, joules, memory, machines, network
    Project(project::ProjectArgs),
    /// Put the results of many machines into one Parquet file, a row per workload and machine
    #[cfg(feature = "formats")]
    Collect(collect::CollectArgs),
    /// Tell what works on this machine and what does not, and what to do
    Doctor,
    /// Run the work of somebody's result again: the same spikes, and on the same machine the same times
    Check(check::CheckArgs),
    /// Draw the neurons of a network as they fire: a picture or a clip
    #[cfg(feature = "pictures")]
    Render(render::RenderArgs),
    /// Watch the neurons of a network as they fire, in a window
    #[cfg(feature = "window")]
    View(view::ViewArgs),
    /// Make a page, text, table or figures of a result
    Report(report::ReportArgs),
    /// Put the results of machines, engines or programs beside each other
    Compare(compare::CompareArgs),
    /// List the adapters and the energy meters of this machine
    #[cfg(feature = "gpu")]
    Adapters,
    /// List the energy meters with resolution and update period; watch them, or test them
    Meters(meters::MetersArgs),
    /// List the built-in scenarios
    List,
    /// Show what a scenario would allocate and how it would run, without running it
    Plan(plan::PlanArgs),
    /// Check that an adapter and the CPU engine give the same spikes, bit for bit
    Verify(verify::VerifyArgs),
    /// Write completions for a shell, or manual pages
    Generate(generate::GenerateArgs),
}

/// The meters of all hosts, where this command line leads ranks that need more than one.
fn host_meters() -> Option<&'static std::sync::Arc<crate::bench::HostMeters>> {
    ranks::meters()
}

/// Which engine.
#[derive(Debug, Clone, Default, Args)]
struct EngineArgs {
    /// Use the adapter whose name, API or driver contains this text
    #[arg(long, value_name = "SUBSTRING")]
    adapter: Option<String>,
    /// auto: the best adapter, or the CPU engine if there is none
    #[arg(long, value_enum, default_value_t)]
    engine: EngineWord,
    /// Keep synapses in memory or evaluate them anew for every spike (same spikes)
    #[arg(long, value_enum, default_value_t = SynapseChoice::Auto)]
    synapses: SynapseChoice,
    /// Try the most promising ways to run on the adapter first, and remember the fastest (same spikes)
    #[arg(long)]
    tune: bool,
    /// Step every neuron in every step, also those at rest that nothing reaches (same spikes)
    #[arg(long)]
    step_all: bool,
    /// Let spikes travel to the other processes of mpirun while the next batch runs, where delays allow (same spikes)
    #[arg(long)]
    overlap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum EngineWord {
    /// The best adapter, or the CPU engine if there is none
    #[default]
    Auto,
    /// An adapter, or an error
    Gpu,
    /// The built-in CPU engine
    Cpu,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum SynapseChoice {
    #[default]
    Auto,
    Stored,
    Procedural,
}

impl EngineArgs {
    /// Refuses contradictions.
    fn check(&self) -> Result<()> {
        #[cfg(feature = "gpu")]
        crate::engine::gpu::told_patience()?;
        match (&self.adapter, self.engine) {
            (_, EngineWord::Cpu) if self.tune => {
                Err(Error::Input("--tune tries ways to run on an adapter; leave out --engine cpu".into()))
            }
            (Some(adapter), EngineWord::Cpu) => {
                Err(Error::Input(format!("--adapter \"{adapter}\" and --engine cpu contradict each other; give one of them")))
            }
            _ => Ok(()),
        }
    }

    /// Opens the engine.
    fn host(&self) -> Result<Host> {
        if let Some(host) = ranks::host() {
            return match self.tune {
                false => Ok(host),
                true => Err(Error::Input("--tune tries ways to run by itself; leave it out on several ranks".into())),
            };
        }
        Host::open(self.choice(), self.adapter.as_deref())
    }

    fn choice(&self) -> EngineChoice {
        match self.engine {
            EngineWord::Auto => EngineChoice::Auto,
            EngineWord::Gpu => EngineChoice::Gpu,
            EngineWord::Cpu => EngineChoice::Cpu,
        }
    }

    /// The same where meters will be read: other users of a device are those that were there before.
    fn metered_host(&self) -> Result<Host> {
        #[cfg(feature = "meters")]
        if self.engine != EngineWord::Cpu {
            crate::energy::Bystanders::remember();
        }
        self.host()
    }

    fn options(&self) -> Options {
        let delivery = match self.synapses {
            SynapseChoice::Auto => None,
            SynapseChoice::Stored => Some(Delivery::Stored),
            SynapseChoice::Procedural => Some(Delivery::Procedural),
        };
        Options {
            delivery,
            steps_all: self.step_all,
            overlap: self.overlap.then_some(true),
            machine_memory_bytes: machine::available_memory(),
            ..Options::default()
        }
    }
}

/// How large, how long, which seed.
#[derive(Debug, Clone, Default, Args)]
struct SizeArgs {
    /// Scale the scenario to this many neurons (in-degrees stay)
    #[arg(long, value_name = "N", conflicts_with = "scale", allow_negative_numbers = true)]
    neurons: Option<u64>,
    /// Multiply the scenario's neuron numbers (in-degrees stay)
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    scale: Option<f64>,
    /// Synapses per neuron, for scenarios with fixed_outdegree (weights change in inverse proportion)
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    outdegree: Option<u32>,
    /// Folder with the data of a scenario that needs some (fly)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Biological time to count, in ms
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    bio_ms: Option<f64>,
    /// Seed of every random quantity
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

impl SizeArgs {
    /// Loads a scenario and applies the arguments.
    fn load(&self, name: &str) -> Result<Scenario> {
        let mut scenario = load_with(name, self.data.as_deref())?;
        if let Some(scale) = self.neurons.map(Scale::Neurons).or(self.scale.map(Scale::Factor)) {
            scenario = scenario.scaled(scale)?;
        }
        if let Some(outdegree) = self.outdegree {
            scenario = scenario.with_outdegree(outdegree)?;
        }
        if let Some(seed) = self.seed {
            scenario.seed = seed;
        }
        if let Some(bio_ms) = self.bio_ms {
            let dt = scenario.dt_ms;
            if !(bio_ms.is_finite() && bio_ms > 0.0) {
                return Err(Error::Input(format!("--bio-ms {bio_ms}: give a number above 0")));
            }
            if !crate::grid::is_multiple(bio_ms, dt) {
                let below = (bio_ms / dt).floor() * dt;
                return Err(Error::Input(format!(
                    "--bio-ms {bio_ms} is not a multiple of the time step of {} ({dt} ms); try {:.4} or {:.4}",
                    scenario.name,
                    below.max(dt),
                    below + dt
                )));
            }
            scenario.check_time(scenario.transient_ms, bio_ms)?;
            scenario.bio_ms = bio_ms;
        }
        Ok(scenario)
    }
}

/// What the program ends with.
const EXIT_CODES: &str =
    "Exit codes: 0 fine, 1 a fault or failed verification, 2 usage or input, 3 a regression, 130 interrupted";

/// Tells of a panic as of an internal fault, in a sentence; of one over a damaged file nothing, because the file's reader will.
pub fn tell_panics() {
    let whole = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        #[cfg(feature = "formats")]
        if crate::files::parquet_file::is_guarded() {
            return;
        }
        if std::env::var_os("RUST_BACKTRACE").is_some() {
            whole(info);
        }
        eprintln!("spikewatt: an internal fault; please report it with this line: {}", info.to_string().replace('\n', " "));
    }));
}

/// Set by Ctrl-C and termination signals.
static STOP: AtomicBool = AtomicBool::new(false);

/// Time after a signal in which another is the same press: a wrapper such as `timeout` or a shell may send it to the process and to its group.
const BOUNCE: Duration = Duration::from_millis(300);

/// Lets Ctrl-C and termination signals stop a run in an orderly way; a second one ends the process at once.
fn catch_interrupts() {
    let mut first = None;
    let handler = move || {
        if STOP.swap(true, Ordering::Relaxed) {
            if first.is_some_and(|first: Instant| first.elapsed() < BOUNCE) {
                return;
            }
            std::process::exit(i32::from(Error::Interrupted.exit_code()));
        }
        first = Some(Instant::now());
        eprintln!("\nstopping after the work in flight; press again to stop at once");
    };
    // Fails only if a handler is already there, as in a program that embeds the library: then that one rules.
    let _ = ctrlc::set_handler(handler);
}

/// Lets no signal end this process before the one that leads it says so.
#[cfg(feature = "mpi")]
fn follow_the_leader() {
    let _ = ctrlc::set_handler(|| {});
}

/// Runs a command line.
///
/// # Errors
/// Those of the subcommands. Wrong usage ends the process with exit code 2, help and version with 0.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Result<()> {
    let command = Cli::parse_from(with_bench(args)).command;
    ranks::shared(command.as_ref(), || obey(command.as_ref()))
}

fn obey(command: Option<&Command>) -> Result<()> {
    match command {
        None => bench::run(&bench::BenchArgs::quick()),
        Some(Command::Bench(args)) => bench::run(args),
        Some(Command::Simulate(args)) => simulate::run(args),
        Some(Command::Analyse(args)) => analyse::run(args),
        #[cfg(feature = "formats")]
        Some(Command::Collect(args)) => collect::run(args),
        Some(Command::Doctor) => doctor::run(),
        Some(Command::Generate(args)) => generate::run(args, Cli::command()),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Claims(args)) => claims::run(args),
        Some(Command::Arc(args)) => arc::run(args),
        Some(Command::Project(args)) => project::run(args),
        Some(Command::Compare(args)) => compare::run(args),
        #[cfg(feature = "pictures")]
        Some(Command::Render(args)) => render::run(args),
        #[cfg(feature = "window")]
        Some(Command::View(args)) => view::run(args),
        Some(Command::Report(args)) => report::run(args),
        #[cfg(feature = "gpu")]
        Some(Command::Adapters) => adapters::run(),
        Some(Command::Meters(args)) => meters::run(args),
        Some(Command::List) => list::run(),
        Some(Command::Plan(args)) => plan::run(args),
        Some(Command::Verify(args)) => verify::run(args),
    }
}

/// The words with `bench` put in where a command line begins with one of its options, or with a scenario.
fn with_bench(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = args.into_iter().collect();
    let first = words.get(1).map(|w| w.to_string_lossy().into_owned()).unwrap_or_default();
    let about_itself = ["-h", "--help", "-V", "--version"].contains(&first.as_str());
    let scenario = || {
        let name = first.split(':').next().unwrap_or_default();
        first.ends_with(".toml") || crate::scenario::catalog().iter().any(|e| e.name.split(':').next() == Some(name))
    };
    if !about_itself && !first.is_empty() && (first.starts_with('-') || scenario()) {
        words.insert(1, "bench".into());
    }
    words
}

/// What went wrong, in the command line's words.
pub fn in_flags(e: &Error) -> String {
    e.in_words_of(&words::flag)
}

/// Prints to standard output; a reader that has gone away is no fault.
fn print(text: &str) {
    let _ = try_print(text);
}

/// The same for those who go on for as long as somebody reads: whether anybody does.
fn try_print(text: &str) -> bool {
    use std::io::Write;
    let mut out = std::io::stdout();
    // Names in files come from anywhere, and a terminal obeys control characters.
    let text = text.replace(|c: char| c.is_control() && c != '\n' && c != '\t', "?");
    writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

/// "77,169 neurons", and what else there is.
fn inhabitants(network: &Network) -> String {
    match network.sources() {
        0 => counted(network.neurons(), "neuron"),
        n => format!("{} and {}", counted(network.neurons(), "neuron"), counted(n, "spike source")),
    }
}
