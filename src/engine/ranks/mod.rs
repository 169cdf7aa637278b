//! One network on several processes: each rank owns a share of the neurons, keeps the synapses that end there, and hears the spikes of all others
//! once a batch. The spikes are those of one process, bit for bit.
//!
//! Rank 0 leads. It has an engine like any other ([`RankedEngine`]), and whatever is asked of it is done by all ranks, which [`serve`] meanwhile:
//!
//! ```
//! use std::sync::Arc;
//! use spikewatt::engine::ranks::{Member, RankedEngine, Ranks, ThreadRank, serve};
//! use spikewatt::{CpuEngine, Engine, Network, Options, Scale, advance_quietly, load};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let network = Network::build(&load("brunel")?.scaled(Scale::Neurons(1000))?)?;
//! let mut ranks = ThreadRank::all(2).into_iter();
//! let (first, second) = (Arc::new(ranks.next().unwrap()), Arc::new(ranks.next().unwrap()));
//! let here = Member::here("CPU engine", &[]);
//! let counts = std::thread::scope(|scope| -> spikewatt::Result<_> {
//!     scope.spawn(|| serve(&Ranks::join(second, &here)?, &Options::default(), &mut |_| Ok(network.clone())));
//!     let ranks = Ranks::join(first, &here)?;
//!     let mut engine = RankedEngine::new(ranks.clone(), network.clone(), &Options::default())?;
//!     advance_quietly(&mut engine, 500)?;
//!     let counts = engine.counts()?;
//!     drop(engine);
//!     ranks.end()?;
//!     Ok(counts)
//! })?;
//! let mut alone = CpuEngine::new(network, &Options::default())?;
//! advance_quietly(&mut alone, 500)?;
//! assert_eq!(counts, alone.counts()?);
//! # Ok(())
//! # }
//! ```

mod command;
mod decomposition;
mod leader;
mod on_adapter;
mod worker;

pub use decomposition::{Cut, Decomposition};
pub use leader::RankedEngine;
pub use worker::serve;

#[cfg(feature = "mpi")]
pub use super::exchange::mpi;
pub use super::exchange::{Communicator, Exchange, ThreadRank, Traffic};

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::command::{Answer, Command, decode, encode};
use self::on_adapter::OnAdapter;
use super::cpu::CpuEngine;
use super::plan::{CpuPlan, PlanSummary, Rhythm};
use super::{Delivery, Engine, Options};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::scenario::Scenario;

/// What a rank is, as it tells all others when it joins them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Version of its program.
    pub version: String,
    /// Host it runs on.
    pub host: String,
    /// Its engine, in a line.
    pub engine: String,
    /// The networks it was started for: name, hash of the scenario with everything it reads, seed.
    pub networks: Vec<(String, String, u64)>,
    /// Whether it runs its share on an adapter.
    pub on_adapter: bool,
    /// Whether that is a GPU.
    pub is_gpu: bool,
    /// Where on its host's bus that is, as far as it tells.
    pub pci_bus_id: Option<String>,
    /// What is to be said of its engine: what its adapter's self-check found.
    pub note: Option<String>,
    /// Why it cannot take part, if it cannot.
    pub trouble: Option<String>,
}

impl Member {
    /// This process, started for some networks.
    pub fn here(engine: &str, scenarios: &[Scenario]) -> Self {
        let networks = scenarios.iter().map(|s| (s.name.clone(), s.hash.clone(), s.seed)).collect();
        let version = env!("CARGO_PKG_VERSION").into();
        Self {
            version,
            host: host_name(),
            engine: engine.into(),
            networks,
            on_adapter: false,
            is_gpu: false,
            pci_bus_id: None,
            note: None,
            trouble: None,
        }
    }

    /// A rank with its host, for messages.
    pub fn name(&self, rank: usize) -> String {
        format!("rank {rank} on {}", self.host)
    }
}

/// The name of this machine, as far as it tells.
fn host_name() -> String {
    let told = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| std::fs::read_to_string(path).ok());
    let told = told.or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok());
    told.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "this host".into())
}

/// What makes an engine of an adapter for a network and [`Options::share`].
pub type Maker = Arc<dyn Fn(Network, &Options) -> Result<Box<dyn Engine>> + Send + Sync>;

/// What ranks say beside their answers: what has nothing to do with networks, such as what their hosts' meters show.
pub trait Beside: Send + Sync {
    /// What a rank says this time; nothing, mostly.
    fn tell(&self) -> Vec<u8>;

    /// What a rank has said; of the leader.
    fn hear(&self, rank: usize, said: &[u8]);
}

/// The ranks that share networks, each of which knows all others.
#[derive(Clone)]
pub struct Ranks {
    communicator: Arc<dyn Communicator>,
    members: Vec<Member>,
    /// What makes this rank's engine, if not the processor runs it.
    adapter: Option<Maker>,
    beside: Option<Arc<dyn Beside>>,
}

impl std::fmt::Debug for Ranks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ranks").field("rank", &self.rank()).field("members", &self.members).finish_non_exhaustive()
    }
}

impl Ranks {
    /// Meets all others.
    ///
    /// # Errors
    /// [`Error::Input`] if a rank runs another version of the program, was started for other networks, or is in trouble; on all ranks alike.
    pub fn join(communicator: Arc<dyn Communicator>, own: &Member) -> Result<Self> {
        let gathered = communicator.gather(&encode(own)?)?;
        let mut all = encode(&gathered)?;
        communicator.broadcast(&mut all)?;
        let mut members: Vec<Member> = Vec::new();
        for bytes in decode::<Vec<Vec<u8>>>(&all)? {
            members.push(decode(&bytes)?);
        }
        let joined = Self { communicator, members, adapter: None, beside: None };
        joined.check()?;
        Ok(joined)
    }

    /// The same with this rank's share on an adapter, as it has told the others ([`Member::on_adapter`]).
    #[must_use]
    pub fn on_adapter(self, adapter: Maker) -> Self {
        Self { adapter: Some(adapter), ..self }
    }

    /// The same with something to say beside its answers, or, on the leader, somebody who hears that; on all ranks or none.
    #[must_use]
    pub fn with_beside(self, beside: Arc<dyn Beside>) -> Self {
        Self { beside: Some(beside), ..self }
    }

    /// Asks all others for what they have to say beside; rank 0 only.
    ///
    /// # Errors
    /// [`Error::Internal`] if a rank is gone.
    pub fn ask_beside(&self) -> Result<()> {
        leader::ask(self, &Command::Tell, || Ok(Answer::Nothing)).map(drop)
    }

    /// Who owns what of a network.
    ///
    /// # Errors
    /// Those of [`Decomposition::of`]; [`Error::Input`] for plastic projections where a rank runs on an adapter.
    pub fn decomposition(&self, network: &Network) -> Result<Decomposition> {
        let adapter = self.members.iter().position(|m| m.on_adapter);
        if let Some(rank) = adapter.filter(|_| self.size() > 1 && !network.plastic.is_empty()) {
            return Err(Error::Input(format!(
                "{} has plastic projections, which only CPU engines share, and {} runs on an adapter; start all ranks on the CPU engine",
                network.scenario.name,
                self.name(rank)
            )));
        }
        Decomposition::of(network, self.size())
    }

    /// Refuses ranks that are not alike.
    fn check(&self) -> Result<()> {
        let first = &self.members[0];
        if let Some((rank, why)) = self.members.iter().enumerate().find_map(|(rank, m)| Some((rank, m.trouble.as_ref()?))) {
            return Err(Error::Input(format!("{}: {why}", self.name(rank))));
        }
        for (rank, member) in self.members.iter().enumerate() {
            let differs = match () {
                () if member.version != first.version => {
                    Some((format!("version {}", member.version), format!("version {}", first.version)))
                }
                () => {
                    let words = |m: &Member| {
                        let each = |(name, hash, seed): &(String, String, u64)| format!("{name} (hash {hash}, seed {seed})");
                        if m.networks.is_empty() {
                            "no network".into()
                        } else {
                            m.networks.iter().map(each).collect::<Vec<_>>().join(", ")
                        }
                    };
                    (member.networks != first.networks).then(|| (words(member), words(first)))
                }
            };
            if let Some((its, ours)) = differs {
                return Err(Error::Input(format!(
                    "{} was started with {its}, rank 0 on {} with {ours}; start the same program with the same scenario, files and seed on all ranks",
                    self.name(rank),
                    first.host
                )));
            }
        }
        Ok(())
    }

    /// This rank.
    pub fn rank(&self) -> usize {
        self.communicator.rank()
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.members.len()
    }

    /// What each of them is.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// A rank with its host.
    pub fn name(&self, rank: usize) -> String {
        self.members[rank].name(rank)
    }

    /// The hosts they run on, each once.
    pub fn hosts(&self) -> Vec<&str> {
        let mut hosts: Vec<&str> = self.members.iter().map(|m| m.host.as_str()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    /// In one line.
    pub fn line(&self) -> String {
        let hosts = self.hosts();
        let on = match hosts[..] {
            [one] => format!("on {one}"),
            _ => format!("on {} hosts", hosts.len()),
        };
        let mut engines: Vec<&str> = self.members.iter().map(|m| m.engine.as_str()).collect();
        engines.dedup();
        format!("{} ranks {on} through {}: {}", self.size(), self.communicator.name(), engines.join("; "))
    }

    /// Tells all others that nothing more will be asked of them; rank 0 only.
    ///
    /// # Errors
    /// [`Error::Internal`] if a rank is gone.
    pub fn end(&self) -> Result<()> {
        self.communicator.broadcast(&mut encode(&Command::End)?)
    }

    /// How all ranks would run a network if each were as this one is, all together and by themselves; and who would own what.
    ///
    /// # Errors
    /// [`Error::TooBig`] if it does not fit; [`Error::Input`] if it cannot be shared among so many.
    pub fn plan(&self, network: &Network, options: &Options) -> Result<(PlanSummary, Vec<PlanSummary>, Decomposition)> {
        let parts = self.decomposition(network)?;
        let of = |rank: usize| {
            let share = Some(parts.share(network, rank));
            Ok(CpuPlan::new(network, &Options { share, ..options.clone() })?.summary())
        };
        let plans = (0..self.size()).map(of).collect::<Result<Vec<_>>>()?;
        Ok((leader::whole(&parts, &plans, self), plans, parts))
    }

    /// This rank's share of a network.
    fn engine(&self, network: Network, options: &Options) -> Result<Box<dyn Engine>> {
        let parts = self.decomposition(&network)?;
        let share = parts.share(&network, self.rank());
        let owners = (0..self.size()).map(|rank| parts.blocks(rank).to_vec()).collect();
        let mut exchange = Exchange::among(Arc::clone(&self.communicator), owners);
        let options = Options { share: Some(share.clone()), ..options.clone() };
        let Some(adapter) = &self.adapter else { return Ok(Box::new(CpuEngine::sharing(network, &options, exchange)?)) };
        let (record, rhythm) = (options.record, Rhythm::of(&network, &options));
        // What is a function is evaluated; of data, only what ends at its neurons is stored.
        let delivery = if network.has_lists() { options.delivery } else { Some(Delivery::Procedural) };
        exchange.wants(share.heard(&network));
        let own = network.ending_at(|slot| share.owns(slot));
        let inner = adapter(own, &Options { delivery, record: true, ..options })?;
        Ok(Box::new(OnAdapter::new((inner, network), exchange, share, (rhythm, record))))
    }
}
