//! `spikewatt simulate`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;
use comfy_table::Table;

use super::keep::{KeepArgs, Keeper};
use super::progress::Display;
use super::table::aligned;
use super::{EngineArgs, STOP, SizeArgs, print};
use crate::bench::Progress;
use crate::engine::{Engine, Options, Tick, WindowPlan, WindowShare};
use crate::error::{Error, Result};
use crate::grid::is_multiple;
use crate::network::Network;
use crate::neuron::Class;
use crate::recording::{Asked, Ended, Header, Journal, Keep, Leg, Recorder, Selection, Written, weight_files, write_weights};
use crate::report::format::{counted, digits};
use crate::report::tables;
use crate::scenario::Scenario;

/// Arguments of `simulate`.
#[derive(Debug, Clone, Args)]
pub(super) struct SimulateArgs {
    /// A built-in scenario or a file that ends in .toml
    scenario: String,
    /// What to record: spikes, spikes:POPULATION,POPULATION or v:POPULATION:0-9,20 (membrane potentials of these neurons)
    #[arg(long, value_name = "WHAT", default_value = "spikes")]
    record: Vec<String>,
    /// Where to; the ending chooses the format: .parquet, .csv, .npz (NumPy) or .dat (NEST's columns)
    #[arg(long, value_name = "FILE", default_value = "spikewatt-recording.parquet")]
    out: PathBuf,
    /// Also write the weights of projections with stdp as they are at the end, as an edge list (.csv)
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Biological time between two samples of the potentials, in ms
    #[arg(long, value_name = "T", default_value_t = 1.0, allow_negative_numbers = true)]
    interval_ms: f64,
    /// Biological time to simulate before the recording begins, in ms; by default the scenario's
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    transient_ms: Option<f64>,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// Print how many neurons fire at least once in windows from 1 ms to the whole recorded time
    #[arg(long)]
    activity: bool,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

impl SimulateArgs {
    /// The network it is about.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn scenario(&self) -> Result<Scenario> {
        self.size.load(&self.scenario)
    }
}

pub(super) fn run(args: &SimulateArgs) -> Result<()> {
    args.engine.check()?;
    let scenario = args.scenario()?;
    let dt = scenario.dt_ms;
    let multiple = |ms: f64| ms.is_finite() && is_multiple(ms, dt);
    // Only potentials are sampled.
    let samples = args.record.iter().any(|what| what.starts_with("v:"));
    if args.interval_ms <= 0.0 || samples && !multiple(args.interval_ms) {
        return Err(Error::Input(format!("--interval-ms {}: give a multiple of the time step, {dt} ms", args.interval_ms)));
    }
    let transient_ms = args.transient_ms.unwrap_or(scenario.transient_ms);
    if transient_ms < 0.0 || !multiple(transient_ms) {
        return Err(Error::Input(format!("--transient-ms {transient_ms}: give 0 or a multiple of the time step, {dt} ms")));
    }
    scenario.check_time(transient_ms, scenario.bio_ms)?;
    let network = Network::build(&scenario)?;
    let selections = args.record.iter().map(|text| Selection::parse(text, &network)).collect::<Result<Vec<_>>>()?;
    let weights = args.weights.as_ref().map_or(Ok(Vec::new()), |path| weight_files(path, &network))?;
    let (first, steps) = (network.steps(transient_ms), network.steps(scenario.bio_ms));
    let header = Header::new(&network, transient_ms, transient_ms + scenario.bio_ms);
    args.weights.iter().chain([&args.out]).for_each(|path| super::sweep::sweep_beside(path));
    let interval = network.steps(args.interval_ms);
    if args.activity && args.keep.any() {
        return Err(Error::Input(
            "--activity counts on the device and is not part of a checkpoint; leave it out, and ask `spikewatt analyse` afterwards".into(),
        ));
    }
    let asked = Asked { record: args.record.clone(), interval: if samples { interval } else { 0 }, first, steps };
    let mut keeper = args.keep.keeper(asked, &network)?;
    let mut recorder = Recorder::create(&args.out, &header, &selections, interval)?;
    if let Some(keeper) = &keeper {
        keeper.stands_apart(recorder.paths().chain(weights.iter().map(|(_, path)| path.as_path())))?;
    }
    super::catch_interrupts();

    let say = |text: &str| (!args.quiet).then(|| print(text));
    let host = args.engine.host()?;
    say(&format!("engine  {}", host.line()));
    let mut display = Display::new(&scenario.name, (1, 1), args.quiet);
    display.note("compiling its passes, storing its synapses");
    let options = Options { record: selections.iter().any(|s| matches!(s, Selection::Spikes(_))), ..args.engine.options() };
    let mut engine = host.ready(network, &options, args.engine.tune, &mut |text| display.remark(text))?;
    let leg = keeper.as_mut().map_or(Ok(Leg::whole(first, steps)), |keeper| keeper.take_up(engine.as_mut()))?;
    recorder.replay(&leg.journal, dt)?;
    let done = leg.done;
    if done == 0 {
        let left = first - engine.step();
        display.stage("simulating the transient", left);
        transient(engine.as_mut(), left, &mut ticking(&mut display), keeper.as_mut())?;
        // Counts are those of the recorded time.
        engine.save()?;
    }
    let windows = args.activity.then(|| WindowPlan::new(engine.network(), steps)).transpose()?;
    windows.as_ref().map_or(Ok(()), |plan| engine.watch(plan))?;
    display.stage("recording", steps);
    let begin = Instant::now();
    let keep = keeper.as_mut().map(|keeper| keeper as &mut dyn Keep);
    let Ended { written: mut files, ended } = recorder.run(engine.as_mut(), leg, &mut ticking(&mut display), keep)?;
    let wall_s = begin.elapsed().as_secs_f64();
    drop(display);
    let tell_files = |files: &[Written]| {
        for file in files {
            say(&format!("{}: {}", file.path.display(), counted(file.rows, file.what)));
        }
    };
    let interrupted = match ended {
        None => false,
        Some(Error::Interrupted) => true,
        Some(e) => {
            tell_files(&files);
            keeper.iter().for_each(|keeper| eprintln!("{}", keeper.words()));
            return Err(e);
        }
    };
    let counts = match &keeper {
        Some(keeper) => keeper.counts(engine.as_mut())?,
        None => engine.counts()?,
    };
    let bio_s = (counts.steps - done) as f64 * dt / 1000.0;
    say(&format!(
        "{}: {}, {}, {} s simulated in {} s (RTF {}): {}, {}, checksum {:016x}{}",
        scenario.name,
        super::inhabitants(engine.network()),
        counted(engine.network().synapses(), "synapse"),
        digits(bio_s),
        digits(wall_s),
        digits(wall_s / bio_s),
        counted(counts.total_spikes(), "spike"),
        counted(counts.synaptic_events, "synaptic event"),
        counts.checksum,
        if engine.network().class() == Class::Exact { "" } else { " (tolerant class: other engines may give another)" }
    ));
    if let Some(plan) = windows.filter(|_| counts.steps == steps) {
        say(&format!("{}", windows_table(engine.as_mut(), &plan)?));
    }
    // What was learnt until an interruption is kept like what was recorded.
    for (index, path) in &weights {
        files.push(write_weights(path, engine.as_mut(), *index)?);
    }
    tell_files(&files);
    match (interrupted, keeper) {
        (false, keeper) => {
            keeper.iter().for_each(Keeper::forget);
            Ok(())
        }
        (true, Some(keeper)) => Err(Error::Stopped(format!("interrupted; {}", keeper.words()))),
        (true, None) => Err(Error::Interrupted),
    }
}

/// Steps of the transient that are taken between two looks at whether it is to go on.
const PIECE: u64 = 10_000;

/// Advances to where the recording begins.
fn transient(engine: &mut dyn Engine, steps: u64, tick: &mut Tick<'_>, keeper: Option<&mut Keeper>) -> Result<()> {
    let Some(keeper) = keeper else {
        return engine.advance(steps, tick).map_err(|e| match e {
            Error::Interrupted => Error::Stopped("interrupted before the recording began: no file was written".into()),
            e => e,
        });
    };
    let (mut done, mut piece) = (0, 100);
    while done < steps {
        let now = piece.min(steps - done);
        let begin = Instant::now();
        engine.advance(now, &mut |_| ControlFlow::Continue(()))?;
        done += now;
        piece = if begin.elapsed().as_secs() > 0 { now / 2 } else { piece * 2 }.clamp(1, PIECE);
        let stops = tick(done).is_break();
        if done < steps && (stops || keeper.is_due()) {
            keeper.keep(engine, &Journal::default())?;
        }
        if done < steps && stops {
            return Err(Error::Stopped(format!("interrupted before the recording began; {}", keeper.words())));
        }
    }
    Ok(())
}

/// How many neurons were active: population by population, then all together.
fn windows_table(engine: &mut dyn Engine, plan: &WindowPlan) -> Result<Table> {
    let words = engine.watched()?;
    let populations = &engine.network().populations;
    let all: Vec<usize> = (0..populations.len()).collect();
    let together = plan.shares(&words, &all);
    let windows: Vec<f64> = together.iter().map(|s| s.window_ms).collect();
    let means = |shares: Vec<WindowShare>| shares.iter().map(|s| s.mean).collect();
    let each = populations.iter().enumerate().map(|(i, p)| (p.name.as_str(), plan.shares(&words, &[i])));
    let each = each.filter(|(_, shares)| !shares.is_empty());
    let whole = (populations.len() > 1).then(|| ("all", together.clone()));
    let shares = each.chain(whole).map(|(name, shares)| (name, means(shares)));
    Ok(aligned(&tables::active_shares(String::new(), &windows, shares), |i| i > 0))
}

/// A tick that shows progress and stops at Ctrl-C.
fn ticking(display: &mut Display) -> Box<Tick<'_>> {
    Box::new(|done| {
        display.steps(done);
        match STOP.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
}
