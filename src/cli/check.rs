//! `spikewatt check`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::meters::MeterArgs;
use super::progress::Display;
use super::{EngineArgs, EngineWord, STOP, print};
use crate::bench::{Event, HostEngines, Instruments, Job, Listener, Progress, Session, site};
use crate::energy::{Profile, SystemClock};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::compare::{Entry, Ratio, compare};
use crate::report::format::rtf;
use crate::result::{Class, EngineKind, RunResult, Workload, read};
use crate::scenario::{Scale, load_with};

/// How far times and joules may be apart on the same machine: what cannot be had again within it does not count (NeuroBench, system track).
const ALIKE: f64 = 0.05;

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckArgs {
    /// Somebody's result file
    #[arg(value_name = "RESULT.json")]
    file: PathBuf,
    /// Folder with the data of a scenario that needs some (fly)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    meters: MeterArgs,
}

pub(super) fn run(args: &CheckArgs) -> Result<()> {
    args.engine.check()?;
    let choice = args.meters.choice()?;
    let theirs = read(&args.file)?;
    let (mut jobs, mut cannot) = (Vec::new(), Vec::new());
    for w in &theirs.workloads {
        match again(w, args.data.as_deref()) {
            Ok(job) => jobs.push(job),
            Err(why) => cannot.push(format!("{}: {why}", w.scenario)),
        }
    }
    if jobs.is_empty() {
        let why = if cannot.is_empty() { "it has no workloads".to_owned() } else { cannot.join("; ") };
        return Err(Error::File { path: args.file.clone(), reason: format!("nothing of this result can be run again: {why}") });
    }
    super::catch_interrupts();
    // The kind of engine that it was, unless another one is asked for.
    let mut engine = args.engine.clone();
    if engine.engine == EngineWord::Auto && engine.adapter.is_none() && theirs.engine.kind == EngineKind::Cpu {
        engine.engine = EngineWord::Cpu;
    }
    let host = engine.metered_host()?;
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    let instruments = Instruments::open(Arc::new(SystemClock::default()), &choice, site(&host), bus.as_deref())?;
    print(&format!("engine  {}", host.line()));
    let engines = HostEngines { host: &host, options: engine.options(), tune: engine.tune };
    let session = Session {
        engines: &engines,
        instruments: &instruments,
        jobs: &jobs,
        profile: Profile::QUICK,
        passes: false,
        activity: false,
        machine: super::machine::machine(),
        setup: args.meters.setup(),
        stop: &STOP,
    };
    let ended = session.run(&mut Teller(None));
    if let Some(e) = ended.broken_off {
        return Err(e);
    }
    let ours = ended.result;
    cannot.extend(ended.errors.iter().map(|(scenario, e)| format!("{scenario}: {}", super::in_flags(e))));
    judge(theirs, ours, &cannot)
}

/// The same work as a workload of a result.
fn again(w: &Workload, data: Option<&Path>) -> std::result::Result<Job, String> {
    let mut scenario = load_with(&w.scenario, data).map_err(|e| super::in_flags(&e))?;
    if scenario.version != w.scenario_version {
        return Err(format!("its version is {}, and this program has version {}", w.scenario_version, scenario.version));
    }
    if [w.transient_ms, w.bio_ms].iter().any(|ms| !crate::grid::is_multiple(*ms, scenario.dt_ms)) {
        return Err(format!(
            "its times, {} and {} ms, are no multiples of its step, {} ms",
            w.transient_ms, w.bio_ms, scenario.dt_ms
        ));
    }
    scenario.check_time(w.transient_ms, w.bio_ms).map_err(|e| super::in_flags(&e))?;
    if (w.scale - 1.0).abs() > 1e-12 {
        scenario = scenario.scaled(Scale::Factor(w.scale)).map_err(|e| super::in_flags(&e))?;
    }
    scenario.seed = w.seed;
    let trials = w.trials.first().map_or(0..1, |first| {
        let count = u32::try_from(w.trials.len()).unwrap_or(u32::MAX);
        first.number..first.number.saturating_add(count)
    });
    let network = Network::build(&scenario).and_then(|n| n.with_trials(trials.clone())).map_err(|e| super::in_flags(&e))?;
    if (network.neurons(), network.synapses()) != (w.neurons, w.synapses) {
        return Err(format!(
            "it has {} neurons and {} synapses, and here the same scenario at the same scale has {} and {}",
            w.neurons,
            w.synapses,
            network.neurons(),
            network.synapses()
        ));
    }
    Ok(Job { scenario, transient_ms: w.transient_ms, bio_ms: w.bio_ms, seeds: 1, trials, recipe: None })
}

/// Says what came out, workload by workload.
fn judge(theirs: RunResult, ours: RunResult, cannot: &[String]) -> Result<()> {
    let same_machine = theirs.machine.cpu == ours.machine.cpu && theirs.engine.adapter == ours.engine.adapter;
    print(&match same_machine {
        true => "machine of the same kind: times should be within 5 %".to_owned(),
        false => format!("another machine ({}): spikes must be the same, times need not", theirs.machine.cpu),
    });
    let entry = |name: &str, result| Entry { name: name.into(), path: PathBuf::new(), result };
    let (mut differing, mut alike) = (Vec::new(), 0);
    for w in &ours.workloads {
        let Some(t) = theirs.workloads.iter().find(|t| t.scenario == w.scenario) else { continue };
        let equal = w.spike_checksum == t.spike_checksum;
        let spikes = match (equal, t.class) {
            (true, _) => format!("checksum {}: EQUAL", w.spike_checksum),
            (false, Class::Tolerant) => format!("{} and {} spikes (tolerant class)", t.spikes, w.spikes),
            (false, Class::Exact) => format!("checksum {} here, {} there: DIFFERENT", w.spike_checksum, t.spike_checksum),
        };
        print(&format!("{:<17} {spikes}", w.scenario));
        if !equal && t.class == Class::Exact {
            differing.push(w.scenario.clone());
        }
        alike += 1;
    }
    let entries = [entry("result", theirs), entry("here", ours)];
    if let Ok(all) = compare(&entries, 0) {
        for p in all.pairs.iter().filter(|p| p.entry.name == "here") {
            let verdict = |r: &Ratio| {
                let open = r.ci95.is_none_or(|[low, high]| low <= 1.0 + ALIKE && high >= 1.0 - ALIKE);
                match (same_machine, (r.value - 1.0).abs() <= ALIKE, open) {
                    (false, ..) => "",
                    (true, true, _) => ", within 5 %",
                    (true, false, true) => ", not within 5 %, but the interval leaves it open",
                    (true, false, false) => ", NOT within 5 %",
                }
            };
            let energy = match &p.energy {
                Ok(r) => format!("; joules per event {} times{}", r.words(), verdict(r)),
                Err(why) => format!("; joules: {why}"),
            };
            let pace = (rtf(p.base.realtime_factor), rtf(p.workload.realtime_factor));
            print(&format!(
                "{:<17} RTF {} there, {} here: {} times{}{energy}",
                p.workload.scenario,
                pace.0,
                pace.1,
                p.time.words(),
                verdict(&p.time)
            ));
        }
    }
    cannot.iter().for_each(|why| print(&format!("Not checked: {why}.")));
    match (differing.is_empty(), alike) {
        (true, 0) => Err(Error::Mismatch("nothing of this result could be run again here".into())),
        (true, _) => Ok(()),
        (false, _) => Err(Error::Mismatch(format!("the spikes of {} are not those of the result", differing.join(", ")))),
    }
}

/// Shows progress only.
struct Teller(Option<Display>);

impl Progress for Teller {
    fn stage(&mut self, text: &str, steps: u64) {
        self.0.iter_mut().for_each(|d| d.stage(text, steps));
    }

    fn message(&mut self, text: &str) {
        self.0.iter_mut().for_each(|d| d.message(text));
    }

    fn steps(&mut self, done: u64) {
        self.0.iter_mut().for_each(|d| d.steps(done));
    }
}

impl Listener for Teller {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Begin(scenario, position, of) => self.0 = Some(Display::new(&scenario.name, (position, of), false)),
            Event::End => self.0 = None,
            _ => {}
        }
    }
}
