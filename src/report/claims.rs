//! Claims in words: on a terminal, as Markdown, and as a section of a page.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::format::{digits, multiple, si};
use super::page::Section;
use super::rows::Rows;
use crate::result::claims::{Claim, Known, Phrase, Step, Verdict};

/// A figure in its unit.
fn figure(value: f64, unit: &str) -> String {
    match unit {
        "%" => format!("{} %", digits(100.0 * value)),
        "x" => multiple(value),
        "s" if value >= 60.0 => format!("{} s", digits(value)),
        // Large numbers of things read best with an exponent.
        "" if value.abs() >= 1e7 => format!("{value:.2e}"),
        "" => digits(value),
        "W" | "J" | "Hz" | "s" => si(value, unit),
        unit => format!("{} {unit}", digits(value)),
    }
}

/// A range, where there is one.
fn between(low: f64, high: f64, unit: &str) -> Option<String> {
    let (low, high) = (figure(low, unit), figure(high, unit));
    (low != high).then(|| format!("{low} to {high}"))
}

/// A line of arithmetic: what it comes to, in what range.
fn outcome(s: &Step) -> String {
    let d = &s.comes_to;
    let range = between(d.low, d.high, &s.unit).map_or(String::new(), |range| {
        let extremes = between(d.extreme_low, d.extreme_high, &s.unit).filter(|e| *e != range);
        format!(" ({range}{})", extremes.map_or(String::new(), |e| format!("; extremes {e}")))
    });
    figure(d.default, &s.unit) + &range
}

/// The verdict with what must be added.
fn verdict(c: &Claim) -> String {
    let added = c.only_if.iter().map(|p| match p {
        Phrase::Text(text) => text.clone(),
        Phrase::Figure(value, unit) => figure(*value, unit),
    });
    match c.verdict {
        Verdict::HoldsOnlyIf => format!("{} {}", c.verdict.words(), added.collect::<String>()),
        other => other.words().to_owned(),
    }
}

/// How the conditions stand.
fn conditions(c: &Claim) -> Option<String> {
    let each: Vec<String> = c.conditions.iter().map(|k| format!("{} {} {}", k.left, k.relation, k.right)).collect();
    if each.is_empty() {
        return None;
    }
    let stands = match c.holds_in {
        None => "needs a measured result".to_owned(),
        Some(share) if share >= 1.0 => "whatever the constants are".to_owned(),
        Some(share) if share <= 0.0 => "for nothing the constants may be".to_owned(),
        Some(share) => format!("for {} of what the constants may be", figure(share, "%")),
    };
    Some(format!("{}: {stands}", each.join(" and ")))
}

fn constant(name: &str, k: &Known) -> String {
    let range = between(k.low, k.high, &k.unit).map_or(String::new(), |r| format!(" ({r})"));
    let source = if k.is_set { "set by hand" } else { &k.source };
    format!("{name} = {}{range}: {source}", figure(k.value, &k.unit))
}

/// How many claims have which verdict.
fn tally(claims: &[Claim]) -> String {
    let count = |v: Verdict| claims.iter().filter(|c| c.verdict == v).count();
    format!(
        "{} claims: {} hold, {} hold only if something is added, {} do not hold, {} cannot be decided by arithmetic.",
        claims.len(),
        count(Verdict::Holds),
        count(Verdict::HoldsOnlyIf),
        count(Verdict::DoesNotHold),
        count(Verdict::NotDecidable)
    )
}

/// What ranges are.
const RANGES: &str = "Ranges are the central 95 % of what the constants allow; extremes have every constant at the end that moves the figure most.";

/// All constants of some claims, each once.
fn constants(claims: &[Claim]) -> BTreeMap<&String, &Known> {
    claims.iter().flat_map(|c| &c.constants).collect()
}

/// The verdict and why, in sentences.
fn judged(c: &Claim) -> String {
    let verdict = verdict(c);
    let mut rest = verdict.chars();
    let head: String = rest.next().map_or_else(String::new, |c| c.to_uppercase().collect());
    format!("{head}{}. {}", rest.as_str(), c.why)
}

/// All claims with their arithmetic, for a terminal.
pub fn text(claims: &[Claim]) -> String {
    let mut out = String::new();
    for c in claims {
        let _ = writeln!(out, "{}: {} ({})\n  {}", c.name, c.says, c.by, judged(c));
        for s in &c.steps {
            let _ = writeln!(out, "  - {}: {} = {}", s.of, s.formula, outcome(s));
        }
        if let Some(conditions) = conditions(c) {
            let _ = writeln!(out, "  - if {conditions}");
        }
        out.push('\n');
    }
    out += "Constants, with their ranges and sources:\n";
    for (name, k) in constants(claims) {
        let _ = writeln!(out, "  {}", constant(name, k));
    }
    let _ = write!(out, "\n{} {RANGES}", tally(claims));
    out
}

/// All claims with their arithmetic, as Markdown.
pub fn markdown(claims: &[Claim]) -> String {
    let mut out = format!("# Claims\n\n{} {RANGES}\n", tally(claims));
    let code = |text: &str| format!("`{text}`");
    for c in claims {
        let _ = writeln!(out, "\n## {}\n\n*{}* ({})\n\n{}\n", c.name, c.says, c.by, judged(c));
        for s in &c.steps {
            let _ = writeln!(out, "- {}: {} = {}", s.of, code(&s.formula), outcome(s));
        }
        if let Some(conditions) = conditions(c) {
            let _ = writeln!(out, "- if {conditions}");
        }
    }
    out += "\n## Constants\n\n";
    for (name, k) in constants(claims) {
        let _ = writeln!(out, "- {}", constant(&code(name), k));
    }
    out.trim_end().to_owned()
}

/// The section of a page.
pub fn section(claims: &[Claim]) -> Section {
    let mut rows = Rows::new(RANGES, &["claim", "verdict", "why", "arithmetic"]);
    for c in claims {
        let steps: Vec<String> = c.steps.iter().map(|s| format!("{}: {}", s.of, outcome(s))).collect();
        rows.push([format!("{} ({})", c.says, c.by), verdict(c), c.why.clone(), steps.join("; ")]);
    }
    Section::new("claims", "What is claimed of brains").text(tally(claims)).table(super::tables::signed(rows))
}
