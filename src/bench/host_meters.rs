//! Meters of hosts that share a network: each is read where it is, by one rank, and the leader adds them up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use super::Instruments;
use crate::energy::{Clock, Described, MeterInfo, Parts, SharedChannel, Shown, Site, Sum, SystemClock};
use crate::engine::ranks::{Beside, Member, Ranks};

/// Time between what a rank tells of its meter while it answers other questions, s.
const TELL_EVERY_S: f64 = 0.1;
/// Questions by which clocks are compared: the quickest answer counts.
const COMPARISONS: usize = 10;
/// Time after which clocks are compared anew, s: they drift by some millionths.
const COMPARED_FOR_S: f64 = 60.0;

/// A rank that reads a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) rank: usize,
    /// Where the work is done that the meter has to see.
    pub(super) site: Site,
}

/// Who reads a meter, so that no joule is counted twice: the first rank of every host; where all ranks of a host are on GPUs that tell which they are,
/// the first rank on each of them.
pub(super) fn readers(members: &[Member]) -> Vec<Reader> {
    let site = |host: &str| {
        let here = || members.iter().filter(|m| m.host == host);
        match (here().all(|m| m.is_gpu && m.pci_bus_id.is_some()), here().any(|m| m.is_gpu)) {
            (true, _) => Site::Gpu,
            (false, true) => Site::CpuAndGpus,
            (false, false) => Site::Cpu,
        }
    };
    let of = |(rank, member): (usize, &Member)| {
        let site = site(&member.host);
        let same = |other: &Member| other.host == member.host && (site != Site::Gpu || other.pci_bus_id == member.pci_bus_id);
        (!members[..rank].iter().any(same)).then_some(Reader { rank, site })
    };
    members.iter().enumerate().filter_map(of).collect()
}

/// What a rank tells of its meter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Told {
    /// Its clock, s.
    now_s: f64,
    /// The meter, or why there is none; the first time only.
    meter: Option<Result<Described, String>>,
    shown: Shown,
}

/// A rank that reads a meter for the leader.
#[derive(Debug)]
pub struct Station {
    /// Its meters, or why it has none.
    instruments: Result<Instruments, String>,
    clock: Arc<dyn Clock>,
    told: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    described: bool,
    renewals: usize,
    last_s: Option<f64>,
}

impl Station {
    /// Where a rank's meter has to see work; `None` for a rank that has none to read, or where the leader's sees all of it.
    pub fn site(members: &[Member], rank: usize) -> Option<Site> {
        let readers = readers(members);
        readers.iter().find(|r| r.rank == rank && readers.len() > 1).map(|r| r.site)
    }

    /// Reads meters that were opened for [`Station::site`] by this clock, or tells why there are none.
    pub fn new(instruments: Result<Instruments, String>, clock: Arc<dyn Clock>) -> Self {
        Self { instruments, clock, told: Mutex::default() }
    }
}

impl Beside for Station {
    fn tell(&self) -> Vec<u8> {
        let mut so_far = lock(&self.told);
        let now_s = self.clock.now_s();
        if so_far.last_s.is_some_and(|last| now_s - last < TELL_EVERY_S) {
            // The clock is told every time: who asks may be comparing.
            return encoded(&Told { now_s, meter: None, shown: Shown::default() });
        }
        let chosen = match &self.instruments {
            Err(why) => Err(why.clone()),
            Ok(Instruments { chosen: Some(i), monitor, .. }) => Ok(monitor.channel(*i)),
            Ok(Instruments { chosen: None, why, .. }) => Err(why.clone()),
        };
        let meter = match (&chosen, so_far.described) {
            (_, true) => None,
            (Ok(channel), false) => Some(Ok(Described::from(channel.info()))),
            (Err(why), false) => Some(Err(why.clone())),
        };
        so_far.described = true;
        so_far.last_s = Some(now_s);
        let shown = chosen.map(|channel| {
            let shown = Shown::since(&channel, so_far.renewals);
            so_far.renewals = channel.trace.updates.len();
            shown
        });
        encoded(&Told { now_s, meter, shown: shown.unwrap_or_default() })
    }

    fn hear(&self, _: usize, _: &[u8]) {}
}

fn encoded(told: &Told) -> Vec<u8> {
    // It is made of numbers and names, which can be written.
    postcard::to_stdvec(told).unwrap_or_default()
}

/// How far a rank's clock is behind the leader's.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Comparison {
    behind_s: f64,
    /// Time between question and answer, s: it is not off by more than half of it.
    within_s: f64,
    at_s: f64,
}

/// A rank with a meter, as the leader knows it.
#[derive(Debug, Default)]
struct Elsewhere {
    meter: Option<Result<Described, String>>,
    clock: Option<Comparison>,
    /// What came before the clocks were compared.
    early: Vec<Shown>,
    /// When it told its clock, by its own.
    answered_s: Option<f64>,
}

/// What the leader knows of all meters.
#[derive(Debug)]
pub struct HostMeters {
    clock: Arc<dyn Clock>,
    members: Vec<Member>,
    readers: Vec<Reader>,
    elsewhere: Mutex<Vec<Elsewhere>>,
    ranks: OnceLock<Ranks>,
    parts: OnceLock<Arc<Mutex<Parts>>>,
    own: Mutex<Option<(SharedChannel, usize)>>,
    /// Whether nobody adds up what others tell.
    closed: AtomicBool,
}

impl HostMeters {
    /// For ranks whose work more than one meter sees; `None` where the leader's sees all of it.
    pub fn new(members: &[Member]) -> Option<Arc<Self>> {
        let readers = readers(members);
        (readers.len() > 1).then(|| {
            Arc::new(Self {
                clock: Arc::new(SystemClock::default()),
                members: members.to_vec(),
                elsewhere: Mutex::new(readers.iter().map(|_| Elsewhere::default()).collect()),
                readers,
                ranks: OnceLock::new(),
                parts: OnceLock::new(),
                own: Mutex::default(),
                closed: AtomicBool::new(false),
            })
        })
    }

    /// Asks these ranks from now on, of whom this is [`Ranks::with_beside`].
    pub fn lead(&self, ranks: &Ranks) {
        self.ranks.get_or_init(|| ranks.clone());
    }

    /// The leader's clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Where the leader's own meter has to see work.
    pub(super) fn own_site(&self) -> Site {
        self.readers.first().map_or(Site::Cpu, |r| r.site)
    }

    fn name(&self, rank: usize) -> String {
        self.members[rank].name(rank)
    }

    /// The sum of the leader's own meter and all others.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn sum(&self, own: Result<&MeterInfo, String>) -> Result<Sum, String> {
        (0..COMPARISONS).for_each(|_| self.ask());
        let own = own.map(Described::from).map_err(|why| format!("{}: {why}", self.name(0)))?;
        let mut all = vec![(self.members[0].host.clone(), own)];
        for (reader, elsewhere) in self.readers.iter().zip(lock(&self.elsewhere).iter()).skip(1) {
            let meter = elsewhere.meter.clone().unwrap_or_else(|| Err("does not tell of its meter".into()));
            all.push((
                self.members[reader.rank].host.clone(),
                meter.map_err(|why| format!("{}: {why}", self.name(reader.rank)))?,
            ));
        }
        let (sum, parts) = Sum::of(&all)?;
        self.parts.get_or_init(|| parts);
        Ok(sum)
    }

    /// Nothing is added up: what others go on telling is let go.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        lock(&self.elsewhere).iter_mut().for_each(|elsewhere| elsewhere.early.clear());
    }

    /// What the leader's own meter shows is added from now on.
    pub(super) fn add_own(&self, channel: SharedChannel) {
        *lock(&self.own) = Some((channel, 0));
    }

    /// Asks all others what their meters have shown.
    pub(super) fn ask(&self) {
        let Some(ranks) = self.ranks.get() else { return };
        let from_s = self.clock.now_s();
        // Who is gone is noticed by the next that asks; the sum is known no further.
        if ranks.ask_beside().is_err() {
            return;
        }
        let to_s = self.clock.now_s();
        for elsewhere in lock(&self.elsewhere).iter_mut() {
            elsewhere.compare(from_s, to_s);
        }
        self.add_up();
    }

    /// Puts into the sum what has come.
    fn add_up(&self) {
        let Some(parts) = self.parts.get() else { return };
        let mut parts = lock(parts);
        for (i, elsewhere) in lock(&self.elsewhere).iter_mut().enumerate() {
            let Some(clock) = elsewhere.clock else { continue };
            elsewhere.early.drain(..).for_each(|shown| parts.take(i, &shown, clock.behind_s));
        }
        if let Some((channel, renewals)) = lock(&self.own).as_mut() {
            let channel = channel.lock();
            parts.take(0, &Shown::since(&channel, *renewals), 0.0);
            *renewals = channel.trace.updates.len();
        }
    }
}

impl Elsewhere {
    /// Compares clocks by a question and its answer.
    fn compare(&mut self, from_s: f64, to_s: f64) {
        let Some(answered_s) = self.answered_s.take() else { return };
        let new = Comparison { behind_s: 0.5 * (from_s + to_s) - answered_s, within_s: to_s - from_s, at_s: to_s };
        if self.clock.is_none_or(|old| new.within_s <= old.within_s || to_s - old.at_s > COMPARED_FOR_S) {
            self.clock = Some(new);
        }
    }
}

impl Beside for HostMeters {
    fn tell(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&self, rank: usize, said: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let Some(i) = self.readers.iter().position(|r| r.rank == rank) else { return };
        // Ranks are of one version.
        let Ok(told) = postcard::from_bytes::<Told>(said) else { return };
        {
            let elsewhere = &mut lock(&self.elsewhere)[i];
            elsewhere.answered_s = Some(told.now_s);
            elsewhere.early.push(told.shown);
            if told.meter.is_some() {
                elsewhere.meter = told.meter;
            }
        }
        self.add_up();
    }
}

/// A panic of who holds it leaves at worst less than was told.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every joule is told once: of ranks that share a meter, the first reads it.
    #[test]
    fn ranks_that_share_a_meter_are_found() {
        let member = |host: &str, gpu: Option<Option<&str>>| Member {
            host: host.into(),
            on_adapter: gpu.is_some(),
            is_gpu: gpu.is_some(),
            pci_bus_id: gpu.flatten().map(Into::into),
            ..Member::here("an engine", &[])
        };
        let (one, other, unknown) = (Some(Some("01:00.0")), Some(Some("02:00.0")), Some(None));
        let found = |members: &[Member]| readers(members).iter().map(|r| (r.rank, r.site)).collect::<Vec<_>>();
        assert_eq!(found(&[member("a", None), member("a", None)]), [(0, Site::Cpu)]);
        assert_eq!(found(&[member("a", one), member("a", one)]), [(0, Site::Gpu)], "they share it");
        assert_eq!(found(&[member("a", one), member("a", other), member("a", one)]), [(0, Site::Gpu), (1, Site::Gpu)]);
        assert_eq!(found(&[member("a", one), member("a", None), member("a", other)]), [(0, Site::CpuAndGpus)]);
        // Which they are is not known: the machine's meter sees them all.
        assert_eq!(found(&[member("a", unknown), member("a", unknown)]), [(0, Site::CpuAndGpus)]);
        let hosts = [member("a", None), member("b", one), member("a", None), member("b", one), member("c", None)];
        assert_eq!(found(&hosts), [(0, Site::Cpu), (1, Site::Gpu), (4, Site::Cpu)], "as many hosts have a place 01:00.0 as like");
        // Only where more than one meter is needed do others read theirs.
        assert_eq!(Station::site(&hosts, 1), Some(Site::Gpu));
        assert_eq!(Station::site(&hosts, 3), None);
        assert_eq!(Station::site(&hosts[..1], 0), None);
    }
}
