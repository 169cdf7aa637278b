//! The meters of a run: all that can be had are read, one of them decides the verdict.

use std::path::PathBuf;
use std::sync::Arc;

use super::host_meters::{HostMeters, Reader, readers};
use crate::energy::{
    Account, Assumed, Clock, CommandMeter, Condition, CsvLog, Gained, Idle, KINDS, Meter, MeterInfo, MeterKind, Monitor,
    Observation, Profile, Scope, Site, Span, find_meters, span_energy,
};
use crate::engine::{AdapterKind, Host};
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;

/// An external meter.
#[derive(Debug, Clone, PartialEq)]
pub enum External {
    /// A command that prints watts or joules.
    Command(String),
    /// A log that grows.
    Csv(PathBuf),
}

/// What the user wants of meters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeterChoice {
    /// Part of the kind or name of the meter that decides.
    pub wanted: Option<String>,
    /// External meters.
    pub external: Vec<External>,
    /// What the external meters see; the whole machine unless said otherwise.
    pub external_scope: Option<Scope>,
    /// The user's word for the power, W.
    pub watts: Option<f64>,
    /// What the readings of the external meter, or of the one that was asked for, are to be multiplied by.
    pub gain: Option<f64>,
}

/// Meters under observation.
#[derive(Debug)]
pub struct Instruments {
    /// The meters.
    pub monitor: Monitor,
    /// The one that decides.
    pub chosen: Option<usize>,
    /// Why this one; or why none, and what to do.
    pub why: String,
    /// Kinds of meters that were looked for in vain.
    pub missing: Vec<Missing>,
}

/// A kind of meter this machine does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    /// Word by which `--meter` would find it.
    pub word: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Why, and what to do.
    pub reason: String,
}

/// What one meter says of a workload.
#[derive(Debug, Clone)]
pub struct MeterAccount {
    /// The meter.
    pub info: MeterInfo,
    /// Its account of the windows, or why there is none.
    pub account: std::result::Result<Account, String>,
    /// Energy of building the network, J.
    pub build_j: std::result::Result<f64, String>,
    /// The device's state in the windows.
    pub conditions: Vec<Condition>,
}

impl Instruments {
    /// Opens all meters and chooses the one that decides, for work done at a site.
    ///
    /// # Errors
    /// [`Error::Input`] if a meter the user asked for cannot be had, or does not see the work.
    pub fn open(clock: Arc<dyn Clock>, choice: &MeterChoice, site: Site, pci_bus_id: Option<&str>) -> Result<Self> {
        let (meters, missing) = find(choice, site, pci_bus_id)?;
        let infos: Vec<MeterInfo> = meters.iter().map(|m| m.info().clone()).collect();
        let (chosen, why) = choose(&infos, &missing, choice.wanted.as_deref(), site)?;
        Ok(Self { monitor: Monitor::start(clock, meters), chosen, why, missing })
    }

    /// The same on the leader of ranks that do not all share its meter: what decides is the sum of the meters that see their work, if all of them
    /// are of one kind.
    ///
    /// # Errors
    /// As [`Instruments::open`].
    pub fn of_ranks(hosts: &Arc<HostMeters>, choice: &MeterChoice, pci_bus_id: Option<&str>) -> Result<Self> {
        let (mut meters, missing) = find(choice, hosts.own_site(), pci_bus_id)?;
        let infos: Vec<MeterInfo> = meters.iter().map(|m| m.info().clone()).collect();
        let (own, why) = choose(&infos, &missing, choice.wanted.as_deref(), hosts.own_site())?;
        // The user's word is of all that do the work.
        if own.is_some_and(|own| !infos[own].measures()) {
            hosts.close();
            return Ok(Self { monitor: Monitor::start(hosts.clock(), meters), chosen: own, why, missing });
        }
        let own_meter = own.map_or(Err(why), |own| Ok(&infos[own]));
        let (chosen, why) = match hosts.sum(own_meter) {
            Ok(sum) => {
                meters.push(Box::new(sum));
                (Some(meters.len() - 1), "each host's meter, added up".into())
            }
            Err(why) => {
                hosts.close();
                (None, why)
            }
        };
        let mut monitor = Monitor::start(hosts.clock(), meters);
        if let Some(own) = own.filter(|_| chosen.is_some()) {
            hosts.add_own(monitor.shared(own));
            let hosts = Arc::clone(hosts);
            monitor = monitor.asking(move || hosts.ask());
        }
        Ok(Self { monitor, chosen, why, missing })
    }

    /// Every meter's account of a workload, in the order of the meters.
    pub fn accounts(&self, seen: &Observation, build: Span, idle: &Idle, profile: &Profile) -> Vec<MeterAccount> {
        (0..self.monitor.meters())
            .map(|i| {
                let channel = self.monitor.channel(i);
                let info = channel.info().clone();
                let account = Account::of(&info, &channel.trace, seen, idle, profile);
                let build_j = span_energy(&info, &channel.trace, build, 0.0).map(|e| e.energy_j);
                let conditions = seen.windows.iter().flat_map(|w| channel.conditions_within(w.span.from_s, w.span.to_s));
                let conditions = conditions.map(|c| c.1.clone()).collect();
                MeterAccount { info, account, build_j, conditions }
            })
            .collect()
    }

    /// Waits until the deciding meter has been read after a time.
    pub fn settle(&self, time_s: f64) {
        if let Some(index) = self.chosen {
            self.monitor.wait_until_seen(index, time_s, 3.0);
        }
    }
}

type Meters = Vec<Box<dyn Meter>>;

/// All meters that can be had, and the kinds that were looked for in vain.
fn find(choice: &MeterChoice, site: Site, pci_bus_id: Option<&str>) -> Result<(Meters, Vec<Missing>)> {
    let scope = choice.external_scope.unwrap_or(Scope::Wall);
    let mut meters = Meters::new();
    if let Some(watts) = choice.watts {
        let scope = match site {
            Site::Gpu => Scope::GpuBoard,
            Site::IntegratedGpu | Site::Cpu => Scope::CpuPackage,
            Site::CpuAndGpus | Site::Hosts => Scope::Wall,
        };
        meters.push(Box::new(Assumed::new(watts, scope)));
    }
    for external in &choice.external {
        let opened: Result<Box<dyn Meter>> = match external {
            External::Command(command) => CommandMeter::start(command, scope)
                .map(|m| Box::new(m) as _)
                .map_err(|why| Error::Asked(message!(Term::MeterCommand, format!(" \"{command}\": {why}")))),
            External::Csv(path) => CsvLog::open(path, scope).map(|m| Box::new(m) as _).map_err(Error::Input),
        };
        meters.push(opened?);
    }
    let mut missing = Vec::new();
    for candidate in find_meters(pci_bus_id) {
        match candidate.meter {
            Ok(meter) => meters.push(meter),
            Err(reason) => missing.push(Missing { word: candidate.kind.word, kind: candidate.kind.name, reason }),
        }
    }
    if let Some(gain) = choice.gain {
        let low = choice.wanted.as_deref().map(str::to_lowercase);
        let meant = |m: &dyn Meter| match &low {
            Some(wanted) => m.info().kind == wanted || m.info().name.to_lowercase().contains(wanted),
            None => ["command", "csv"].contains(&m.info().kind),
        };
        meters = meters.into_iter().map(|m| if meant(m.as_ref()) { Box::new(Gained::new(m, gain)) as _ } else { m }).collect();
    }
    Ok((meters, missing))
}

/// Where a host's work is done, and so the energy is spent.
pub fn site(host: &Host) -> Site {
    if let Some(ranks) = host.ranks() {
        return match readers(ranks.members())[..] {
            [Reader { site, .. }] => site,
            _ if ranks.hosts().len() == 1 => Site::CpuAndGpus,
            _ => Site::Hosts,
        };
    }
    match host.adapter().map(|a| a.kind) {
        None | Some(AdapterKind::Software) => Site::Cpu,
        Some(AdapterKind::Integrated) => Site::IntegratedGpu,
        Some(_) => Site::Gpu,
    }
}

/// The meter that decides: the user's, else the user's word, else an external one, else the hardware's nearest to the work.
fn choose(infos: &[MeterInfo], missing: &[Missing], wanted: Option<&str>, site: Site) -> Result<(Option<usize>, String)> {
    // The user's word is of whatever does the work.
    let sees = |i: &MeterInfo| i.scope.sees(site) || i.kind == "watts";
    if let Some(wanted) = wanted {
        let low = wanted.to_lowercase();
        let matching =
            infos.iter().position(|i| i.kind == low).or(infos.iter().position(|i| i.name.to_lowercase().contains(&low)));
        return match matching {
            Some(i) if sees(&infos[i]) => Ok((Some(i), "your choice".into())),
            Some(i) => {
                let (name, scope, site) = (&infos[i].name, infos[i].scope.words(), site.words());
                let seen = format!(" \"{wanted}\": {name} sees the {scope}, but the work is done on {site}");
                let beside = "; it is recorded beside the others all the same, so leave ";
                Err(Error::Asked(message!(Term::Meter, seen, beside, Term::Meter, " out")))
            }
            None => Err(Error::Asked(match missing.iter().find(|m| m.word == low) {
                Some(m) => message!(Term::Meter, format!(" \"{wanted}\": there is no {} meter here: {}", m.word, m.reason)),
                None => {
                    let there = match infos {
                        [] => "is none".to_owned(),
                        _ => format!("are: {}", infos.iter().map(|i| i.kind).collect::<Vec<_>>().join(", ")),
                    };
                    let none = format!(" \"{wanted}\"; there {there} (");
                    message!("no meter matches ", Term::Meter, none, Term::Meters, " says more)")
                }
            })),
        };
    }
    let mut kinds: Vec<&MeterKind> = KINDS.iter().collect();
    kinds.sort_by_key(|kind| kind.rank);
    for kind in &kinds {
        if let Some(i) = infos.iter().position(|i| i.kind == kind.word && sees(i)) {
            return Ok((Some(i), kind.why.to_owned()));
        }
    }
    let words: Vec<&str> = kinds.iter().filter(|kind| kind.missed_by.contains(&site)).map(|kind| kind.word).collect();
    let reasons: Vec<String> =
        words.iter().filter_map(|w| missing.iter().find(|m| m.word == *w)).map(|m| m.reason.clone()).collect();
    Ok((None, if reasons.is_empty() { format!("no meter sees {}", site.words()) } else { reasons.join("; ") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::Tier;

    fn info(kind: &'static str, scope: Scope) -> MeterInfo {
        MeterInfo::new(kind, kind, Tier::EnergyCounter, scope)
    }

    #[test]
    fn a_workload_is_only_charged_to_a_meter_that_sees_it() {
        let both = [info("nvml", Scope::GpuBoard), info("rapl", Scope::CpuPackage)];
        assert_eq!(choose(&both, &[], None, Site::Gpu).expect("chooses").0, Some(0));
        assert_eq!(choose(&both, &[], None, Site::Cpu).expect("chooses").0, Some(1));
        assert_eq!(choose(&both, &[], None, Site::IntegratedGpu).expect("chooses").0, Some(1));
        let denied = Missing { word: "rapl", kind: "CPU package (RAPL)", reason: "denied".into() };
        assert_eq!(choose(&both[..1], &[denied], None, Site::Cpu).expect("none"), (None, "denied".into()));
        let refused = choose(&both, &[], Some("rapl"), Site::Gpu).expect_err("the wrong meter").to_string();
        assert!(refused.contains("CPU package") && refused.contains("the GPU"), "{refused}");
    }

    /// A meter that is registered but can never decide would be of no use, and nobody would notice.
    #[test]
    fn every_kind_of_meter_can_decide() {
        let scopes = [Scope::Wall, Scope::Battery, Scope::GpuBoard, Scope::CpuPackage, Scope::Chip, Scope::Module];
        for kind in KINDS {
            let decides = scopes.into_iter().any(|scope| {
                [Site::Gpu, Site::IntegratedGpu, Site::Cpu]
                    .into_iter()
                    .any(|site| choose(&[info(kind.word, scope)], &[], None, site).expect("chooses").0 == Some(0))
            });
            assert!(decides, "{} can never decide", kind.word);
            assert!(choose(&[info(kind.word, Scope::Wall)], &[], Some(kind.word), Site::Cpu).expect("chooses").0 == Some(0));
            assert_eq!(KINDS.iter().filter(|k| k.word == kind.word || k.rank == kind.rank).count(), 1, "{}", kind.word);
        }
        // What this machine is searched for is what is registered.
        assert_eq!(crate::energy::find_meters(None).len(), KINDS.iter().filter(|k| k.find.is_some()).count());
    }

    #[test]
    fn the_user_decides_before_the_hardware() {
        let all = [info("rapl", Scope::CpuPackage), info("command", Scope::Wall), info("watts", Scope::CpuPackage)];
        assert_eq!(choose(&all, &[], None, Site::Cpu).expect("chooses").0, Some(2));
        assert_eq!(choose(&all[..2], &[], None, Site::Cpu).expect("chooses").0, Some(1));
        assert_eq!(choose(&all, &[], Some("RAPL"), Site::Cpu).expect("chooses").0, Some(0));
        assert!(choose(&all, &[], Some("geiger"), Site::Cpu).expect_err("no such").to_string().contains("rapl, command, watts"));
    }
}
