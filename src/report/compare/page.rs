//! The comparison in tables and figures.

use super::{Compared, Pair, Ratio};
use crate::report::figures::{self, Named, signs};
use crate::report::format::{rtf, si};
use crate::report::page::{Page, Section};
use crate::report::rows::Rows;

/// Results of which a page shows every row; the long form has all.
const MOST_ROWS: usize = 2000;
/// Results of which figures stay readable.
const MOST_DRAWN: usize = 200;

fn word(ratio: &Ratio, less: &str, more: &str) -> String {
    match () {
        () if ratio.ci95.is_none() => "no interval".into(),
        () if ratio.spans_one() => "no difference seen".into(),
        () if ratio.value < 1.0 => less.into(),
        () => more.into(),
    }
}

/// A row for every workload of every machine; `most` rows at most.
fn rows(c: &Compared<'_>, most: usize) -> Rows {
    let left_out = c.pairs.len().saturating_sub(most);
    let caption = match left_out {
        0 => format!("Reference: {}. Ratios with their 95 % intervals; below 1 is faster, or fewer joules.", c.reference().name),
        n => format!("Reference: {}. {n} more rows are left out here; the long form (.csv) has all.", c.reference().name),
    };
    let head = ["workload", "machine", "RTF", "time ratio", "time", "J/event", "energy ratio", "energy"];
    let mut rows = Rows::new(caption, &head);
    for p in c.pairs.iter().take(most) {
        rows.push(row(c, p));
    }
    rows
}

fn row(c: &Compared<'_>, p: &Pair<'_>) -> [String; 8] {
    let is_base = std::ptr::eq(p.entry, c.reference());
    let reference = || "reference".to_owned();
    let (joules, _) = p.workload.gross_j_per_event();
    let (energy, energy_word) = match &p.energy {
        _ if is_base => ("1".into(), reference()),
        Ok(r) => (r.words(), word(r, "fewer joules", "more joules")),
        Err(why) => ("-".into(), why.clone()),
    };
    [
        p.workload.scenario.clone(),
        p.entry.name.clone(),
        rtf(p.workload.realtime_factor),
        if is_base { "1".into() } else { p.time.words() },
        if is_base { reference() } else { word(&p.time, "faster", "slower") },
        joules.value.map_or_else(|| "not measured".into(), |j| si(j, "J")),
        energy,
        energy_word,
    ]
}

/// The table for a terminal.
pub fn short(c: &Compared<'_>) -> Rows {
    rows(c, usize::MAX)
}

/// Every pair as a row of plain numbers: workload, machine, file, RTF, time ratio and its interval, J/event, energy ratio and its interval.
pub fn long_rows(c: &Compared<'_>) -> Rows {
    let head = [
        "workload",
        "machine",
        "file",
        "rtf",
        "time_ratio",
        "time_low",
        "time_high",
        "j_per_event",
        "energy_ratio",
        "energy_low",
        "energy_high",
    ];
    let mut rows = Rows::new("", &head);
    for p in &c.pairs {
        let ends = |r: Option<Ratio>| {
            let end = |i: usize| r.and_then(|r| r.ci95).map_or_else(String::new, |ci| ci[i].to_string());
            [r.map_or_else(String::new, |r| r.value.to_string()), end(0), end(1)]
        };
        let who = [p.workload.scenario.clone(), p.entry.name.clone(), p.entry.path.display().to_string()];
        let joules = p.workload.gross_j_per_event().0.value.map_or_else(String::new, |j| j.to_string());
        let pace = p.workload.realtime_factor.to_string();
        rows.push(
            who.into_iter().chain([pace]).chain(ends(Some(p.time))).chain([joules]).chain(ends(p.energy.as_ref().ok().copied())),
        );
    }
    rows
}

/// The page of a comparison.
pub fn compared(c: &Compared<'_>) -> Page {
    let drawn: Vec<Named<'_>> = c.entries.iter().take(MOST_DRAWN).map(|e| Named { name: &e.name, result: &e.result }).collect();
    let mut table = rows(c, MOST_ROWS);
    table.caption = signs(&table.caption);
    table.rows.iter_mut().flatten().for_each(|w| *w = signs(w));
    let has_microcircuit = drawn.iter().any(|n| n.result.workloads.iter().any(|w| w.scenario.starts_with("microcircuit")));
    let ratios = figures::ratios(c, MOST_DRAWN);
    let fronts = figures::fronts(c, MOST_DRAWN);
    let machines = c.entries.iter().take(MOST_ROWS).fold(
        Rows::new("The machines", &["name", "engine", "processor", "meter", "scope", "program"]),
        |mut rows, e| {
            let r = &e.result;
            rows.push([
                e.name.clone(),
                r.engine.adapter.as_ref().map_or_else(|| "CPU engine".into(), |a| format!("{} ({})", a.name, a.backend)),
                r.machine.cpu.clone(),
                r.meter.name.clone().unwrap_or_else(|| "none".into()),
                r.meter.scope.map_or("-", crate::result::Scope::words).into(),
                format!("{} ({})", r.program.version, r.program.git_commit),
            ]);
            rows
        },
    );
    let refused = match c.refused.is_empty() {
        true => Section::new("refused", "Not compared"),
        false => {
            let more = c.refused.len().saturating_sub(50);
            let mut items: Vec<String> = c.refused.iter().take(50).cloned().collect();
            if more > 0 {
                items.push(format!("and {more} more"));
            }
            Section::new("refused", "Not compared").list(items)
        }
    };
    let sections = [
        Section::new("table", "Ratios").table(table),
        Section::new("ratios", "Ratios in a picture").figures(ratios),
        Section::new("fronts", "Speed against energy").figures(fronts),
        Section::new("race", "Among published systems").figures(has_microcircuit.then(|| figures::race(&drawn))),
        Section::new("throughput", "Events per second").figures(if drawn.len() <= 40 {
            figures::throughput(&drawn)
        } else {
            None
        }),
        refused,
        Section::new("machines", "Machines").table(machines),
    ];
    Page {
        title: "spikewatt comparison".into(),
        headline: headline(c),
        stamp: String::new(),
        sections: sections.into_iter().filter(|s| !s.is_empty()).collect(),
    }
}

/// The sentence to repeat.
fn headline(c: &Compared<'_>) -> String {
    let others = c.pairs.iter().filter(|p| !std::ptr::eq(p.entry, c.reference()));
    let (mut faster, mut slower, mut open) = (0, 0, 0);
    for p in others.clone() {
        match () {
            () if p.time.spans_one() => open += 1,
            () if p.time.value < 1.0 => faster += 1,
            () => slower += 1,
        }
    }
    let base = &c.reference().name;
    // A single pair tells its number.
    let mut pairs = others;
    if let (Some(p), None) = (pairs.next(), pairs.next()) {
        let of = format!("{} on {}", p.workload.scenario, p.entry.name);
        let time = match () {
            () if p.time.spans_one() => format!("{of}: no difference in time from {base} seen ({})", p.time.words()),
            () => format!("{of} takes {} times as long as on {base}", p.time.words()),
        };
        let energy = p.energy.as_ref().ok().map(|r| match () {
            () if r.spans_one() => format!(", nor in joules ({})", r.words()),
            () => format!(", and {} times the joules", r.words()),
        });
        return signs(&format!("{time}{}.", energy.unwrap_or_default()));
    }
    format!(
        "Against {base}: {faster} faster, {slower} slower, {open} without a difference that can be told, over {} results.",
        c.entries.len()
    )
}
