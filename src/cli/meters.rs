//! `spikewatt meters`, and the arguments that choose meters.

#![allow(clippy::cast_possible_truncation, reason = "a rate that is clamped at once")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use comfy_table::{Table, presets};

use super::{EngineArgs, STOP, print};
use crate::bench::{External, Instruments, MeterChoice, self_test, site};
use crate::energy::{Clock, Idle, Profile, Rig, Scope, SystemClock};
use crate::engine::Host;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::format::si;
use crate::result::Setup;
use crate::scenario::{Scale, load};

/// Time for which meters are watched before their update period is told, s.
const WATCHED_S: f64 = 2.5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ScopeChoice {
    /// The whole machine, between it and the wall
    Wall,
    /// A GPU's board
    Board,
    /// The processor's package
    Package,
    /// A chip that holds CPU and GPU
    Chip,
}

/// Which meters.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct MeterArgs {
    /// Power of the device in watts, where no meter can tell (labelled "assumed")
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    watts: Option<f64>,
    /// The meter that decides: nvml, hwmon, rapl, battery, apple, watts, command, csv, or part of a name; all others are recorded too
    #[arg(long, value_name = "NAME")]
    meter: Option<String>,
    /// An external meter: a command that prints watts or joules, one figure a line
    #[arg(long, value_name = "CMD")]
    meter_command: Option<String>,
    /// An external meter: a log with a time and watts in every row, written while this runs
    #[arg(long, value_name = "FILE")]
    meter_csv: Option<PathBuf>,
    /// What the external meter sees
    #[arg(long, value_enum, value_name = "SCOPE")]
    meter_scope: Option<ScopeChoice>,
    /// Multiply the readings of the external meter, or of the one named with --meter, by this (from a calibration)
    #[arg(long, value_name = "G", allow_negative_numbers = true)]
    gain: Option<f64>,
    /// When the deciding meter was calibrated (YYYY-MM-DD), for the record
    #[arg(long, value_name = "DATE")]
    meter_calibrated: Option<String>,
    /// Temperature of the room in degrees Celsius, for the record
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    room_celsius: Option<f64>,
}

impl MeterArgs {
    /// Refuses what cannot be right.
    pub(super) fn choice(&self) -> Result<MeterChoice> {
        if let Some(w) = self.watts.filter(|w| !(w.is_finite() && *w > 0.0 && *w <= 1e6)) {
            return Err(Error::Input(format!("--watts {w}: give the device's power as a number above 0, in watts")));
        }
        let command = self.meter_command.clone().map(External::Command);
        let csv = self.meter_csv.clone().map(External::Csv);
        let external: Vec<External> = command.into_iter().chain(csv).collect();
        if self.meter_scope.is_some() && external.is_empty() {
            return Err(Error::Input(
                "--meter-scope says what an external meter sees; give one with --meter-command or --meter-csv".into(),
            ));
        }
        if let Some(gain) = self.gain {
            if !(0.1..=10.0).contains(&gain) {
                return Err(Error::Input(format!("--gain {gain}: give the factor of a calibration, from 0.1 to 10")));
            }
            if external.is_empty() && self.meter.is_none() {
                return Err(Error::Input(
                    "--gain corrects one meter; name it with --meter, or give one with --meter-command or --meter-csv".into(),
                ));
            }
        }
        if let Some(date) = &self.meter_calibrated
            && date.parse::<jiff::civil::Date>().is_err()
        {
            return Err(Error::Input(format!("--meter-calibrated {date}: give a date as in 2026-03-31")));
        }
        if let Some(t) = self.room_celsius.filter(|t| !(-50.0..=60.0).contains(t)) {
            return Err(Error::Input(format!(
                "--room-celsius {t}: give the temperature of the room in degrees Celsius, from -50 to 60"
            )));
        }
        let external_scope = self.meter_scope.map(|s| match s {
            ScopeChoice::Wall => Scope::Wall,
            ScopeChoice::Board => Scope::GpuBoard,
            ScopeChoice::Package => Scope::CpuPackage,
            ScopeChoice::Chip => Scope::Chip,
        });
        Ok(MeterChoice { wanted: self.meter.clone(), external, external_scope, watts: self.watts, gain: self.gain })
    }

    /// What the user says of the measurement, for the result.
    pub(super) fn setup(&self) -> Setup {
        Setup { room_celsius: self.room_celsius, meter_calibrated: self.meter_calibrated.clone(), gain: self.gain }
    }
}

/// Arguments of `meters`.
#[derive(Debug, Clone, Args)]
pub(super) struct MetersArgs {
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    meters: MeterArgs,
    /// Show live power, a line a second, until Ctrl-C
    #[arg(long, conflicts_with = "self_test")]
    watch: bool,
    /// End --watch after this many seconds
    #[arg(long, value_name = "S", requires = "watch")]
    seconds: Option<u32>,
    /// Check the deciding meter with known ratios: the same kernel for one and two lengths of time, idle against idle
    #[arg(long)]
    self_test: bool,
}

pub(super) fn run(args: &MetersArgs) -> Result<()> {
    args.engine.check()?;
    let choice = args.meters.choice()?;
    let host = args.engine.metered_host()?;
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    super::catch_interrupts();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let instruments = Instruments::open(clock, &choice, site(&host), bus.as_deref())?;
    match (args.watch, args.self_test) {
        (true, _) => watch(args, &instruments),
        (_, true) => test(args, &host, &instruments),
        _ => {
            list(&host, &instruments);
            Ok(())
        }
    }
}

fn list(host: &Host, instruments: &Instruments) {
    let monitor = &instruments.monitor;
    if monitor.meters() > 0 {
        monitor.clock().sleep_s(WATCHED_S);
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["meter", "name", "kind of evidence", "scope", "resolution", "update period", "permission", "shows"]);
        for i in 0..monitor.meters() {
            let channel = monitor.channel(i);
            let (info, trace) = (channel.info(), &channel.trace);
            let unit = if trace.counts_energy == Some(true) { "J" } else { "W" };
            let now_s = monitor.clock().now_s();
            let unseen = if info.measures() { "no change seen" } else { "-" };
            table.add_row([
                info.kind.to_owned(),
                info.name.clone(),
                info.tier.words().to_owned(),
                info.scope.words().to_owned(),
                info.resolution.map_or_else(|| "unknown".into(), |r| si(r, unit)),
                trace.period_s().filter(|_| info.measures()).map_or_else(|| unseen.into(), |p| si(p, "s")),
                trace.lost.as_ref().map_or_else(|| "granted".into(), |(_, why)| format!("lost: {why}")),
                trace.mean_power_w(now_s - WATCHED_S, now_s).map_or_else(|| "-".into(), |w| si(w, "W")),
            ]);
        }
        print(&table.to_string());
        for i in 0..monitor.meters() {
            let channel = monitor.channel(i);
            for note in &channel.info().notes {
                print(&format!("{}: {note}.", channel.info().kind));
            }
            if let Some(incident) = channel.trace.incidents.first() {
                print(&format!("{}: {}.", channel.info().kind, incident.text));
            }
        }
        print("");
    }
    print("Looked for and not there:");
    for m in &instruments.missing {
        print(&format!("   {:<8} {:<24} {}", m.word, m.kind, m.reason));
    }
    print("Always possible: --watts W (assumed), --meter-command CMD, --meter-csv FILE (external).");
    print(&match instruments.chosen {
        Some(i) => format!(
            "Work on {} would be measured with {} ({}).",
            site(host).words(),
            monitor.channel(i).info().name,
            instruments.why
        ),
        None => format!("Work on {} cannot be measured here: {}.", site(host).words(), instruments.why),
    });
}

fn watch(args: &MetersArgs, instruments: &Instruments) -> Result<()> {
    let monitor = &instruments.monitor;
    if monitor.meters() == 0 {
        return Err(Error::Input(format!("there is no meter to watch: {}", instruments.why)));
    }
    let clock = monitor.clock();
    for _ in 0..args.seconds.unwrap_or(u32::MAX) {
        clock.sleep_s(1.0);
        if STOP.load(Ordering::Relaxed) {
            break;
        }
        let now_s = clock.now_s();
        let shown: Vec<String> = (0..monitor.meters())
            .map(|i| {
                let channel = monitor.channel(i);
                let power = match &channel.trace.lost {
                    Some((_, why)) => format!("lost: {why}"),
                    None => channel.trace.mean_power_w(now_s - 1.0, now_s).map_or_else(|| "-".into(), |w| si(w, "W")),
                };
                format!("{} {power}", channel.info().kind)
            })
            .collect();
        if !super::try_print(&shown.join("   ")) {
            break;
        }
    }
    Ok(())
}

fn test(args: &MetersArgs, host: &Host, instruments: &Instruments) -> Result<()> {
    let Some(index) = instruments.chosen.filter(|i| instruments.monitor.channel(*i).info().measures()) else {
        return Err(Error::Input(format!("there is no meter to test: {}", instruments.why)));
    };
    let profile = Profile { idle_s: 5.0, window_s: 2.0, windows: 5, cap_s: 40.0, ..Profile::QUICK };
    print(&format!(
        "Testing {} with the membrane workload on {}; leave the machine alone.",
        instruments.monitor.channel(index).info().name,
        host.line()
    ));
    let scenario = load("membrane")?.scaled(Scale::Neurons(100_000))?;
    let mut engine = host.engine(Network::build(&scenario)?, &args.engine.options())?;
    let steps = steps_for(engine.as_mut(), instruments.monitor.clock())?;
    let idle = Idle::default();
    let rig = Rig { monitor: &instruments.monitor, chosen: Some(index), profile: &profile, idle: &idle, stop: &STOP };
    let tests = self_test(engine.as_mut(), steps, &rig, index)?;
    let mut ok = true;
    for t in &tests {
        let verdict = match (t.tells(), t.holds()) {
            (false, _) => "TOO NOISY TO TELL",
            (true, true) => "as it must be",
            (true, false) => "NOT AS IT MUST BE",
        };
        ok &= t.holds();
        print(&format!("   {:<28} {:.3} +- {:.3}, must be {:.0}: {verdict}", t.what, t.measured, t.half_width, t.expected));
    }
    match ok {
        true => Ok(()),
        false => Err(Error::Mismatch(
            "the meter did not pass: it is not linear here, or something else used the machine; close other programs and test again before trusting its joules".into(),
        )),
    }
}

/// Steps that take about a second.
fn steps_for(engine: &mut dyn crate::engine::Engine, clock: &dyn Clock) -> Result<u64> {
    let trial = 200;
    crate::engine::advance_quietly(engine, trial)?;
    let begin = clock.now_s();
    crate::engine::advance_quietly(engine, trial)?;
    let each_s = (clock.now_s() - begin) / trial as f64;
    Ok(((1.0 / each_s.max(1e-9)) as u64).clamp(trial, 1_000_000))
}
