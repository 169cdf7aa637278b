//! Where the time of a workload goes.

use super::{Figure, colour, signs};
use crate::report::draw::{Drawing, Scale};
use crate::report::format::{grouped, si};
use crate::report::rows::Rows;
use crate::result::RunResult;

const SIDES: [f64; 2] = [190.0, 730.0];

/// Shares of the passes; none if they were not timed.
pub fn passes(result: &RunResult) -> Option<Figure> {
    let timed: Vec<_> = result.workloads.iter().filter(|w| !w.passes.is_empty()).collect();
    if timed.is_empty() {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for p in timed.iter().flat_map(|w| &w.passes) {
        let name = p.name.clone().into_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let bottom = 34.0 + 28.0 * timed.len() as f64;
    let mut drawing = Drawing::new(760.0, bottom + 46.0);
    let x = Scale::between(0.0, 100.0, SIDES);
    drawing.below(&x, [bottom, 28.0], "share of the time of all passes, %", |v| format!("{v:.0}"));
    let mut at = SIDES[0];
    for (i, name) in names.iter().enumerate() {
        drawing.rect([at, 8.0], [at + 12.0, 20.0], &format!("bar {}", colour(i)));
        drawing.text([at + 17.0, 18.0], "start", "tick", name);
        at += 30.0 + 6.6 * name.len() as f64;
    }
    let mut table =
        Rows::new("Passes", &["workload, pass", "dispatches", "time", "each", "share", "bytes", "bytes/s", "of a copy"]);
    let copy = result.engine.copy_bytes_per_s.filter(|c| *c > 0.0);
    // How near each pass that moves data comes to what moves nothing else.
    let of_copy = |rate: Option<f64>| rate.zip(copy).map(|(r, c)| format!("{:.0} %", 100.0 * r / c));
    let mut longest = (0.0, String::new());
    for (row, w) in timed.iter().enumerate() {
        let total: f64 = w.passes.iter().map(|p| p.seconds).sum();
        let y = 34.0 + 28.0 * row as f64;
        drawing.text([SIDES[0] - 10.0, y + 16.0], "end", "label", &w.scenario);
        let mut from = 0.0;
        for p in &w.passes {
            let share = if total > 0.0 { 100.0 * p.seconds / total } else { 0.0 };
            let class = format!("bar {}", colour(names.iter().position(|n| *n == *p.name).unwrap_or(0)));
            let dash = || "-".to_owned();
            let (bytes, rate) =
                (p.bytes.map_or_else(dash, |b| si(b as f64, "B")), p.bytes_per_second().map_or_else(dash, |b| si(b, "B/s")));
            let each = si(p.seconds / p.dispatches.max(1) as f64, "s");
            let roof = of_copy(p.bytes_per_second());
            let of_roof = roof.as_ref().map_or_else(String::new, |r| format!(", {r} of a copy's"));
            let told = signs(&format!("{}, {}: {share:.0} %, {each} each, {rate}{of_roof}", w.scenario, p.name));
            drawing.bar([x.at(from), y], [x.at(from + share), y + 20.0], &class, &told);
            let name = format!("{}, {}", w.scenario, p.name);
            if share > longest.0 {
                longest = (share, name.clone());
            }
            let words =
                [name, grouped(i64::try_from(p.dispatches).unwrap_or(i64::MAX)), signs(&si(p.seconds, "s")), signs(&each)];
            table.push(words.into_iter().chain([format!("{share:.0} %"), bytes, rate, roof.unwrap_or_else(dash)]));
            from += share;
        }
    }
    let roof = copy.map_or_else(
        || "How fast the device copies memory was not measured.".to_owned(),
        |c| format!("The roof: a copy of the device's memory moves {}, bytes read and written together.", si(c, "B/s")),
    );
    let description = format!("Share of each pass in the time of all passes. Largest: {}, {:.0} %. {roof}", longest.1, longest.0);
    Some(Figure { id: "passes".into(), title: "Where the time goes".into(), description, table, drawing, has_marks: true })
}
