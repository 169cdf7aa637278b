//! The page of one run.

#![allow(clippy::cast_possible_wrap, reason = "counts that are shown are below 2^63")]

use super::figures::{self, Figure, Named, signs};
use super::format::{digits, grouped, si};
use super::page::{Page, Section};
use super::rows::Rows;
use super::{headline, seeds, tables, verdict};
use crate::message::Term;
use crate::result::claims::claims;
use crate::result::{Ending, Meter, RunResult};

/// What a machine is called in figures.
fn own_name(result: &RunResult) -> String {
    match &result.engine.adapter {
        Some(a) => a.name.clone(),
        None => format!("CPU engine, {}", result.machine.cpu),
    }
}

/// Every figure of a result.
pub fn all_figures(result: &RunResult) -> Vec<Figure> {
    let name = own_name(result);
    let named = [Named { name: &name, result }];
    let one = [Some(figures::race(&named)), Some(figures::ladder(&named)), figures::power(result), figures::throughput(&named)];
    let activity = result.workloads.iter().flat_map(|w| [figures::raster(w), figures::rates(w), figures::active(w)]);
    told_apart(one.into_iter().chain([figures::passes(result)]).chain(activity).flatten().collect())
}

/// Figures of one name get numbers: a workload may run several times.
fn told_apart(mut figures: Vec<Figure>) -> Vec<Figure> {
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for f in &mut figures {
        let n = seen.entry(f.id.clone()).or_default();
        *n += 1;
        if *n > 1 {
            f.id = format!("{}--{n}", f.id);
        }
    }
    figures
}

/// The page of a run. `json` is the result as it stands in its file.
pub fn of_run(result: &RunResult, flag: &dyn Fn(Term) -> String, json: &str) -> Page {
    let name = own_name(result);
    let named = [Named { name: &name, result }];
    let lines = verdict(result).in_words_of(&|term| flag(term));
    let activity = result.workloads.iter().flat_map(|w| [figures::raster(w), figures::rates(w), figures::active(w)]).flatten();
    let activity = told_apart(activity.collect());
    let time = Section::new("time", "Where the time goes");
    let time = match figures::passes(result) {
        Some(f) => time.figures([f]),
        None => time.text("The passes of this run were not timed; a benchmark does so when it is asked for them."),
    };
    let power = Section::new("power", "Power over time");
    let power = match figures::power(result) {
        Some(f) => power.figures([f]),
        None => power.text("No meter kept a trace of its readings over this run."),
    };
    let budgets = result.workloads.iter().filter_map(|w| tables::budget(w, result.meter.accuracy.as_ref()));
    let budget =
        budgets.fold(Section::new("budget", "Budget of uncertainty"), |section, rows| section.table(tables::signed(rows)));
    let sections = [
        Section::new("verdict", "In words").list(lines.lines().map(signs).collect()),
        Section::new("race", "Among published systems").figures([figures::race(&named)]),
        Section::new("workloads", "The workloads")
            .table(tables::signed(tables::workloads(result)))
            .table(tables::signed(tables::neurobench(result))),
        Section::new("ladder", "Joules per event").figures([figures::ladder(&named)]),
        power,
        Section::new("throughput", "Events per second").figures(figures::throughput(&named)),
        time,
        Section::new("activity", "Activity").figures(activity),
        Section::new("machine", "Machine and meter").table(machine(result)).table(meters(result)).list(outcomes(result)),
        budget,
        seeds::section(result),
        claimed(result),
        method(result),
        Section::new("data", "Data").raw("The result as JSON", json.trim_end().to_owned()),
    ];
    Page {
        title: format!(
            "spikewatt report, {} of {}",
            result.protocol.word(),
            result.created_utc.replace('T', " ").replace('Z', " UTC")
        ),
        headline: headline(result),
        stamp: result.engine.stamp.clone(),
        sections: sections.into_iter().filter(|s| !s.is_empty()).collect(),
    }
}

/// The headline and the table, ready to be pasted.
pub fn short_markdown(result: &RunResult) -> String {
    let table = tables::signed(tables::workloads(result));
    let stamp = if result.engine.stamp.is_empty() { String::new() } else { format!(" ({})", result.engine.stamp) };
    let caption = if table.caption.is_empty() { String::new() } else { format!("\n{}\n", table.caption) };
    let of = &result.program;
    format!("**{}**{stamp}\n\n{}{caption}\n{} {} ({})", headline(result), table.markdown(), of.name, of.version, of.git_commit)
}

/// What is claimed of brains, with what this run measured.
fn claimed(result: &RunResult) -> Section {
    let worked_out = claims(Some(result)).and_then(|c| c.check());
    // The embedded claims are right, as a test shows.
    worked_out.map_or_else(|_| Section::new("claims", ""), |all| super::claims::section(&all))
}

fn machine(result: &RunResult) -> Rows {
    let (m, e, p) = (&result.machine, &result.engine, &result.program);
    let mut rows = Rows::new("What ran, and on what", &["what", "value"]);
    let unknown = || "not told by the system".to_owned();
    let mut say = |what: &str, value: String| rows.push([what.to_owned(), value]);
    if let Some(a) = &e.adapter {
        say("adapter", format!("{} ({}, {})", a.name, a.backend, a.kind.words()));
        say("driver", a.driver.clone());
    } else {
        say("engine", format!("CPU engine, {} threads", e.threads.unwrap_or(1)));
    }
    if let Some(rate) = e.copy_bytes_per_s {
        say("copy of its memory", si(rate, "B/s"));
    }
    say("processor", format!("{}, {} logical", m.cpu, m.logical_cpus));
    say("memory", m.memory_bytes.map_or_else(unknown, |b| si(b as f64, "B")));
    say("operating system", m.os.clone());
    say("clock is decided by", m.governor.clone().unwrap_or_else(unknown));
    say("container", m.container.clone().unwrap_or_else(|| "none noticed".into()));
    say("virtual machine", m.virtual_machine.clone().unwrap_or_else(|| "none noticed".into()));
    let build = p.build.as_ref().map_or_else(String::new, |b| format!(", {} build, {}", b.profile, b.compiler));
    say("program", format!("{} {} ({}{build})", p.name, p.version, p.git_commit));
    if let Some(c) = result.setup.room_celsius {
        say("room", format!("{} degrees Celsius", digits(c)));
    }
    rows
}

fn meters(result: &RunResult) -> Rows {
    let mut rows = Rows::new(
        "Meters; the first one decides",
        &["meter", "evidence", "what it sees", "idle power", "period", "gain", "notes"],
    );
    for m in std::iter::once(&result.meter).chain(&result.other_meters) {
        rows.push(meter(m));
    }
    rows
}

fn meter(m: &Meter) -> [String; 7] {
    let dash = || "-".to_owned();
    let percent = |x: f64| format!("{} %", digits(100.0 * x));
    let gain =
        m.accuracy.as_ref().map_or_else(|| "not known".to_owned(), |a| format!("{} to +{}", percent(a.low), percent(a.high)));
    [
        m.name.clone().unwrap_or_else(|| "none".into()),
        m.tier.map_or_else(dash, |t| t.words().to_owned()),
        m.scope.map_or_else(dash, |s| s.words().to_owned()),
        m.idle_power_w.value.map_or_else(|| m.idle_power_w.reason.clone().unwrap_or_else(dash), |w| si(w, "W")),
        m.update_period_s.map_or_else(dash, |s| signs(&si(s, "s"))),
        gain,
        m.chosen.iter().chain(&m.notes).chain(&m.how_to_get_one).cloned().collect::<Vec<_>>().join("; "),
    ]
}

fn outcomes(result: &RunResult) -> Vec<String> {
    let incomplete = result.outcomes.iter().filter(|o| o.ending != Ending::Complete);
    let why = |o: &crate::result::Outcome| o.reason.clone().unwrap_or_else(|| "no reason is told".into());
    incomplete
        .map(|o| format!("{}: {}, {}", o.scenario, if o.ending == Ending::Failed { "failed" } else { "skipped" }, why(o)))
        .collect()
}

fn method(result: &RunResult) -> Section {
    let mut items = vec![
        "Real-time factor: wall time over biological time, median of the repetitions; building the network is not in it.".to_owned(),
        "A synaptic event is the arrival of a spike at a recurrent synapse; arrivals of the external drive are counted apart and in no figure of joules per event.".to_owned(),
        "Gross joules are all that the meter saw in the windows; net joules are gross less idle power times duration. Quantities that were not measured are never 0.".to_owned(),
        "The brain's side: power over synapses times mean rate, with the range that the literature allows; sources stand in the JSON.".to_owned(),
    ];
    for w in &result.workloads {
        items.push(format!(
            "{} (version {}, {}): {} neurons, {} synapses, steps of {} ms, {} ms counted after {} ms, seed {}, {} repetitions, checksum {}; {}.",
            w.scenario,
            w.scenario_version,
            w.drive.words(),
            grouped(w.neurons as i64),
            grouped(w.synapses as i64),
            digits(w.dt_ms),
            digits(w.bio_ms),
            digits(w.transient_ms),
            w.seed,
            w.wall_s.len(),
            w.spike_checksum,
            w.plan.line
        ));
    }
    Section::new("method", "Method").list(items)
}
