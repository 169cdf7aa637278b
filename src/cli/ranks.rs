//! A command line on several processes that `mpirun` started: rank 0 does what it says, the others their shares of its networks.

use std::sync::{Arc, OnceLock};

use super::Command;
use crate::bench::HostMeters;
#[cfg(feature = "mpi")]
use crate::bench::{Instruments, MeterChoice, Station};
#[cfg(feature = "mpi")]
use crate::cli::EngineArgs;
#[cfg(feature = "mpi")]
use crate::energy::{Site, SystemClock};
use crate::engine::Host;
use crate::engine::ranks::Ranks;
use crate::error::{Error, Result};
#[cfg(feature = "mpi")]
use crate::scenario::Scenario;

/// The ranks, on the one that leads.
static RANKS: OnceLock<Ranks> = OnceLock::new();

/// What launchers of MPI programs tell these about how many they are.
const SIZES: [&str; 4] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PMIX_SIZE"];

/// How many processes were started together, as their launcher tells.
fn started_together() -> usize {
    let told = |name: &&str| std::env::var(name).ok()?.parse::<usize>().ok();
    SIZES.iter().find_map(told).unwrap_or(1)
}

/// The meters of the ranks' hosts, on the one that leads, where its own does not see all work.
static METERS: OnceLock<Arc<HostMeters>> = OnceLock::new();

/// The meters of a command line that leads ranks, where its own does not see all work.
pub(super) fn meters() -> Option<&'static Arc<HostMeters>> {
    METERS.get()
}

/// The host for a command line that leads ranks.
pub(super) fn host() -> Option<Host> {
    RANKS.get().cloned().map(Host::on)
}

/// The networks that a command line is about, and how they are to be run; `None` if it does not run any on ranks.
#[cfg(feature = "mpi")]
fn networks(command: Option<&Command>) -> Option<(Result<Vec<Scenario>>, EngineArgs)> {
    let one = |scenario: Result<Scenario>| scenario.map(|s| vec![s]);
    match command {
        None => {
            let args = super::bench::BenchArgs::quick();
            Some((args.scenarios(), args.engine))
        }
        Some(Command::Bench(args)) => Some((args.scenarios(), args.engine.clone())),
        Some(Command::Simulate(args)) => Some((one(args.scenario()), args.engine.clone())),
        Some(Command::Verify(args)) => Some((args.scenarios(), args.engine.clone())),
        Some(Command::Plan(args)) => Some((one(args.scenario()), args.engine.clone())),
        Some(_) => None,
    }
}

/// Does what a command line says: by itself, or with all processes that were started with this one.
pub(super) fn shared(command: Option<&Command>, lead: impl FnOnce() -> Result<()>) -> Result<()> {
    match started_together() {
        0 | 1 => lead(),
        n => together(n, command, lead),
    }
}

#[cfg(not(feature = "mpi"))]
fn together(n: usize, _: Option<&Command>, _: impl FnOnce() -> Result<()>) -> Result<()> {
    // One of them says so.
    let first =
        ["OMPI_COMM_WORLD_RANK", "PMI_RANK"].iter().find_map(|name| std::env::var(name).ok()).is_none_or(|rank| rank == "0");
    let said = format!(
        "{n} processes were started together, but this program was built without MPI; build it with cargo build --release --features mpi (Debian: libopenmpi-dev openmpi-bin libclang-dev), or start it by itself"
    );
    if first { Err(Error::Input(said)) } else { std::process::exit(2) }
}

#[cfg(feature = "mpi")]
fn together(_: usize, command: Option<&Command>, lead: impl FnOnce() -> Result<()>) -> Result<()> {
    use crate::engine::NetworkId;
    use crate::engine::ranks::{Communicator as _, Member, mpi, serve};
    use crate::network::Network;

    let (session, world) = mpi::begin()?;
    let rank = world.rank();
    share_threads(world.on_this_host());
    let Some((scenarios, args)) = networks(command) else {
        // What needs no engine, one process does.
        let done = if rank == 0 { lead() } else { Ok(()) };
        drop(session);
        return done;
    };
    // What goes wrong here, all others have to hear of.
    let opened = args.check().and_then(|()| Host::of_rank(args.choice(), args.adapter.as_deref(), world.number_here()));
    let (scenarios, host, trouble) = match (scenarios, opened) {
        (Ok(scenarios), Ok(host)) => (scenarios, Some(Arc::new(host)), None),
        (Err(e), _) | (_, Err(e)) => (Vec::new(), None, Some(super::in_flags(&e))),
    };
    let own = Member {
        on_adapter: host.as_ref().is_some_and(|host| host.adapter().is_some()),
        is_gpu: host.as_ref().is_some_and(|host| host.is_gpu()),
        pci_bus_id: host.as_ref().and_then(|host| host.adapter()?.pci_bus_id.clone()),
        note: host.as_ref().and_then(|host| Some(host.note.as_ref()?.in_words_of(&super::words::flag))),
        trouble,
        ..Member::here(&host.as_ref().map(|host| host.line()).unwrap_or_default(), &scenarios)
    };
    let done = Ranks::join(Arc::new(world), &own).and_then(|ranks| {
        let ranks = match host.filter(|host| host.adapter().is_some()) {
            Some(host) => ranks.on_adapter(Arc::new(move |network, options| host.engine(network, options))),
            None => ranks,
        };
        let choice = meter_choice(command);
        if rank == 0 {
            let meters = choice.and_then(|_| HostMeters::new(ranks.members()));
            let ranks = match &meters {
                Some(meters) => ranks.with_beside(Arc::clone(meters) as _),
                None => ranks,
            };
            let ranks = RANKS.get_or_init(|| ranks);
            if let Some(meters) = meters {
                meters.lead(ranks);
                METERS.get_or_init(|| meters);
            }
            let done = lead();
            return ranks.end().and(done);
        }
        super::follow_the_leader();
        let ranks = match choice.and_then(|choice| Some((choice, Station::site(ranks.members(), rank)?))) {
            Some((choice, site)) => ranks.with_beside(Arc::new(station(choice, site, own.pci_bus_id.as_deref()))),
            None => ranks,
        };
        let mut build = |wanted: &NetworkId| {
            let found = scenarios.iter().find(|s| s.name == wanted.scenario && s.hash == wanted.hash);
            let found = found.ok_or_else(|| Error::Input(format!("was not started for {}", wanted.scenario)))?;
            Network::build(&Scenario { seed: wanted.seed, ..found.clone() })
        };
        serve(&ranks, &args.options(), &mut build)
    });
    drop(session);
    match done {
        // The first tells it.
        Err(e) if rank > 0 => std::process::exit(i32::from(e.exit_code())),
        done => done,
    }
}

/// Which meters a command line wants; `None` for one that measures no joules.
#[cfg(feature = "mpi")]
fn meter_choice(command: Option<&Command>) -> Option<Result<MeterChoice>> {
    match command {
        None => Some(super::bench::BenchArgs::quick().meters.choice()),
        Some(Command::Bench(args)) => Some(args.meters.choice()),
        Some(_) => None,
    }
}

/// This rank's meter, which it reads for the leader.
#[cfg(feature = "mpi")]
fn station(choice: Result<MeterChoice>, site: Site, pci_bus_id: Option<&str>) -> Station {
    let clock = Arc::new(SystemClock::default());
    let opened = choice.and_then(|choice| Instruments::open(clock.clone(), &choice, site, pci_bus_id));
    Station::new(opened.map_err(|e| super::in_flags(&e)), clock)
}

/// Gives this process its part of the processor.
#[cfg(feature = "mpi")]
fn share_threads(on_this_host: usize) {
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        let free = std::thread::available_parallelism().map_or(1, usize::from);
        // A launcher that binds processes to cores has dealt them out already.
        let bound = super::machine::cores().is_some_and(|all| free < all);
        let own = if bound { free } else { (free / on_this_host.max(1)).max(1) };
        // Fails only if there are threads already.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(own).build_global();
    }
}
