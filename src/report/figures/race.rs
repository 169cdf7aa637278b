//! The field's own chart: real-time factor against energy per synaptic event of the cortical microcircuit.

use super::{Figure, Named, ends, power_of_ten, signs};
use crate::report::draw::{Drawing, Scale, Shape};
use crate::report::format::{digits, rtf, si};
use crate::report::published::{System, SystemKind, systems};
use crate::report::rows::Rows;
use crate::result::DriveKind;
use crate::result::Scope;
use crate::result::Workload;
use crate::result::{Brain, Counterpart};

const WIDTH: f64 = 760.0;
/// The field's panel, then the brain's: top and bottom of each.
const FIELD: [f64; 2] = [64.0, 420.0];
const BRAIN: [f64; 2] = [440.0, 510.0];
const SIDES: [f64; 2] = [84.0, 740.0];

/// A machine of ours on the chart.
struct Own<'a> {
    name: &'a str,
    workload: &'a Workload,
    /// Whether its joules are the outlet's and the network is the whole one.
    comparable: bool,
}

fn shape(kind: SystemKind) -> (Shape, usize) {
    match kind {
        SystemKind::Cpu => (Shape::Circle, 0),
        SystemKind::Gpu => (Shape::Square, 1),
        SystemKind::Fpga => (Shape::Triangle, 2),
        SystemKind::Neuromorphic => (Shape::Diamond, 3),
        SystemKind::Ai => (Shape::Cross, 4),
    }
}

/// The microcircuit of a result, if it ran.
fn microcircuit<'a>(named: &Named<'a>) -> Option<Own<'a>> {
    let workload = named.result.workloads.iter().find(|w| w.scenario.split(':').next() == Some("microcircuit"))?;
    let whole = (workload.scale - 1.0).abs() < 1e-9;
    // Where the recipe was asked for, its word counts.
    let comparable = match &workload.admission {
        Some(a) => a.admissible,
        None => whole && workload.energy.scope == Some(Scope::Wall),
    };
    Some(Own { name: named.name, workload, comparable })
}

/// Published systems, the machines of some results, and the brain.
pub fn race(results: &[Named<'_>]) -> Figure {
    let (all, own) = (systems(), results.iter().filter_map(microcircuit).collect::<Vec<_>>());
    let drive = own.first().map(|o| o.workload.drive);
    let joules_of = |o: &Own<'_>| o.workload.energy.gross_j_per_synaptic_event.value.filter(|j| *j > 0.0);
    let paces = || all.iter().map(|s| s.realtime_factor).chain(own.iter().map(|o| o.workload.realtime_factor));
    let joules = || all.iter().filter_map(|s| s.energy_per_synaptic_event_j).chain(own.iter().filter_map(joules_of));
    let (least, most) = ends(paces());
    let x = Scale::decades(least, most, SIDES);
    let (least, most) = ends(joules());
    let y = Scale::decades(least, most, [FIELD[1], FIELD[0]]);

    let mut drawing = Drawing::new(WIDTH, 556.0);
    legend(&mut drawing);
    drawing.beside(&y, SIDES, "joules per synaptic event", |v| signs(&si(v, "J")).replace(".00", "").replace(".0 ", " "));
    brain(&mut drawing);
    drawing.below(&x, [BRAIN[1], FIELD[0]], "real-time factor: seconds of wall time per second of life", digits);
    drawing.line([x.at(1.0), BRAIN[1]], [x.at(1.0), FIELD[0]], "now");
    drawing.text([x.at(1.0), FIELD[0] - 5.0], "middle", "tick", "as fast as life");

    let mut labels = Labels::default();
    let place = |s: &System| s.energy_per_synaptic_event_j.map(|j| [x.at(s.realtime_factor), y.at(j)]);
    all.iter().filter_map(place).for_each(|[a, b]| labels.keep(a - 6.0, b - 6.0, 12.0, 12.0));
    for o in &own {
        if let Some(j) = joules_of(o) {
            machine(&mut drawing, o, [x.at(o.workload.realtime_factor), y.at(j)], &x, &y, &mut labels);
        } else {
            let at = x.at(o.workload.realtime_factor);
            drawing.line([at, FIELD[1]], [at, FIELD[0]], "own-line");
            drawing.text([at - 4.0, FIELD[1] - 6.0], "end", "label own", &format!("{}: no joules", o.name));
        }
    }
    for s in &all {
        published(&mut drawing, s, drive, place(s), x.at(s.realtime_factor), &mut labels);
    }
    Figure {
        id: "race".into(),
        title: "The microcircuit race: speed against energy".into(),
        description: describe(&all, &own, results),
        table: table(&all, &own),
        drawing,
        has_marks: true,
    }
}

fn legend(drawing: &mut Drawing) {
    let mut at = SIDES[0];
    for kind in [SystemKind::Cpu, SystemKind::Gpu, SystemKind::Fpga, SystemKind::Neuromorphic, SystemKind::Ai] {
        let (shape, colour) = shape(kind);
        drawing.legend(shape, [at + 6.0, 18.0], &format!("mark-line c{colour}"), kind.word());
        at += 32.0 + 6.4 * kind.word().len() as f64;
    }
    drawing.legend(Shape::Star, [at + 6.0, 18.0], "own", "this result");
    drawing.text(
        [SIDES[0], 40.0],
        "start",
        "tick",
        "filled: same drive as this result, joules at the power outlet; hollow: another drive, another scope, or not known",
    );
}

/// What the literature allows a brain, on a scale of its own below the field's.
fn brain(drawing: &mut Drawing) {
    let j = Brain::embedded().j_per_synaptic_event(Counterpart::Brain);
    let y = Scale::decades(j.low, j.high, [BRAIN[1], BRAIN[0]]);
    drawing.rect([SIDES[0], y.at(j.low)], [SIDES[1], y.at(j.high)], "brain");
    drawing.beside(&y, SIDES, "", power_of_ten);
    drawing.line([SIDES[0], y.at(j.default)], [SIDES[1], y.at(j.default)], "brain-line");
    let words = format!("a human brain: {} ({} to {})", si(j.default, "J"), si(j.low, "J"), si(j.high, "J"));
    drawing.text([SIDES[0] + 8.0, y.at(j.default) - 5.0], "start", "label", &words);
}

fn machine(drawing: &mut Drawing, o: &Own<'_>, at: [f64; 2], x: &Scale, y: &Scale, labels: &mut Labels) {
    let w = o.workload;
    if let Some([low, high]) = w.energy.gross_j_per_synaptic_event.ci95 {
        drawing.line([at[0], y.at(low.max(high * 1e-3))], [at[0], y.at(high)], "own-line");
    }
    let seconds = w.bio_ms * 1e-3;
    let (fast, slow) = ends(w.wall_s.iter().copied());
    if slow > 0.0 && seconds > 0.0 {
        drawing.line([x.at(fast / seconds), at[1]], [x.at(slow / seconds), at[1]], "own-line");
    }
    drawing.mark(Shape::Star, at, 9.0, if o.comparable { "own" } else { "own hollow" }, &tells(o));
    labels.keep(at[0] - 12.0, at[1] - 12.0, 24.0, 24.0);
    let assumed = w.energy.provenance == Some(crate::result::Provenance::Assumed);
    labels.write(drawing, at, &format!("{}{}", o.name, if assumed { " (assumed power)" } else { "" }), "label own");
}

fn tells(o: &Own<'_>) -> String {
    let w = o.workload;
    let q = &w.energy.gross_j_per_synaptic_event;
    let interval = q.ci95.map_or_else(String::new, |[a, b]| format!(" ({} to {})", si(a, "J"), si(b, "J")));
    let joules = q.value.map_or_else(|| "no joules".to_owned(), |j| si(j, "J"));
    let scope = w.energy.scope.map_or("no meter", Scope::words);
    let evidence = w.energy.provenance.map_or("", crate::result::Provenance::word);
    signs(&format!("{}: RTF {}, {joules}{interval}, {evidence}, {scope}, {}", o.name, rtf(w.realtime_factor), w.drive.words()))
}

fn published(drawing: &mut Drawing, s: &System, drive: Option<DriveKind>, at: Option<[f64; 2]>, x: f64, labels: &mut Labels) {
    let (shape, colour) = shape(s.kind);
    let like = s.listed && drive.is_none_or(|d| s.drive.is(d));
    let energy = s.energy_per_synaptic_event_j.map_or_else(|| "no energy published".to_owned(), |j| si(j, "J"));
    let words = signs(&format!("{} ({}): RTF {}, {energy}, drive {}", s.name, s.year, rtf(s.realtime_factor), s.drive.word()));
    let class = if like { format!("c{colour}") } else { format!("c{colour} hollow") };
    match at {
        Some(at) => {
            drawing.mark(shape, at, 5.0, &class, &words);
            labels.write(drawing, at, &format!("{} {}", s.name, s.year), "label");
        }
        // On the floor of the panel: where it stands is not known.
        None => {
            drawing.mark(shape, [x, FIELD[1] - 7.0], 4.0, &format!("c{colour} hollow"), &words);
            labels.write(drawing, [x, FIELD[1] - 7.0], &format!("{} {} (no energy)", s.name, s.year), "label");
        }
    }
}

/// Words beside marks, where they hide neither marks nor each other.
#[derive(Default)]
struct Labels {
    taken: Vec<[f64; 4]>,
}

impl Labels {
    fn keep(&mut self, x: f64, y: f64, w: f64, h: f64) {
        self.taken.push([x, y, x + w, y + h]);
    }

    fn overlap(&self, [a, b, c, d]: [f64; 4]) -> f64 {
        let outside = (SIDES[0] - a).max(0.0) + (c - SIDES[1]).max(0.0) + (FIELD[0] - b).max(0.0) + (d - FIELD[1]).max(0.0);
        let shared = |t: &[f64; 4]| (c.min(t[2]) - a.max(t[0])).max(0.0) * (d.min(t[3]) - b.max(t[1])).max(0.0);
        self.taken.iter().map(shared).sum::<f64>() + 100.0 * outside
    }

    fn write(&mut self, drawing: &mut Drawing, [x, y]: [f64; 2], text: &str, class: &str) {
        let (w, h) = (6.0 * text.chars().count() as f64, 12.0);
        let places = [
            (9.0, 4.0),
            (-9.0 - w, 4.0),
            (9.0, -8.0),
            (9.0, 16.0),
            (-9.0 - w, -8.0),
            (-9.0 - w, 16.0),
            (-w / 2.0, -12.0),
            (-w / 2.0, 22.0),
            (-w / 2.0, 36.0),
            (-w / 2.0, -26.0),
        ];
        let boxed = |(dx, dy): (f64, f64)| [x + dx, y + dy - 10.0, x + dx + w, y + dy - 10.0 + h];
        let best = places.into_iter().min_by(|a, b| self.overlap(boxed(*a)).total_cmp(&self.overlap(boxed(*b))));
        let (dx, dy) = best.unwrap_or((9.0, 4.0));
        self.taken.push(boxed((dx, dy)));
        drawing.text([x + dx, y + dy], "start", class, text);
    }
}

fn describe(all: &[System], own: &[Own<'_>], results: &[Named<'_>]) -> String {
    let mut text = format!(
        "{} published systems that ran the cortical microcircuit, by wall time per second of life (across) and joules per synaptic event (up), both on logarithmic scales.",
        all.len()
    );
    for o in own {
        text += &format!(" {}.", tells(o));
        if let Some(j) = o.workload.energy.gross_j_per_synaptic_event.value {
            let slower = all.iter().filter(|s| s.realtime_factor > o.workload.realtime_factor).count();
            let hungrier = all.iter().filter_map(|s| s.energy_per_synaptic_event_j).filter(|e| *e > j).count();
            let with = all.iter().filter(|s| s.energy_per_synaptic_event_j.is_some()).count();
            text += &format!(
                " {slower} of the {} published systems are slower, {hungrier} of {with} spend more per event.",
                all.len()
            );
        }
        if !o.comparable {
            text += " Its mark is hollow: ";
            text += &match &o.workload.admission {
                Some(a) => format!("it is not admissible for the race, because {}.", a.why_not.join("; ")),
                None => "the race takes joules at the power outlet, of the whole network.".to_owned(),
            };
        }
    }
    if own.is_empty() {
        let which = if results.len() == 1 { "This result has" } else { "These results have" };
        text += &format!(" {which} no microcircuit, so no mark here: spikewatt bench microcircuit.");
    }
    text
}

fn table(all: &[System], own: &[Own<'_>]) -> Rows {
    let mut rows = Rows::new(
        "The cortical microcircuit: published systems and this program",
        &["system", "year", "RTF", "J per synaptic event", "drive", "scope or source"],
    );
    for o in own {
        let w = o.workload;
        rows.push([
            o.name.to_owned(),
            "this result".into(),
            rtf(w.realtime_factor),
            w.energy.gross_j_per_synaptic_event.value.map_or_else(|| "not measured".into(), |j| signs(&si(j, "J"))),
            w.drive.word().into(),
            w.energy.scope.map_or("no meter", Scope::words).into(),
        ]);
    }
    for s in all {
        rows.push([
            s.name.clone(),
            s.year.to_string(),
            rtf(s.realtime_factor),
            s.energy_per_synaptic_event_j.map_or_else(|| "not published".into(), |j| signs(&si(j, "J"))),
            s.drive.word().into(),
            s.source.clone(),
        ]);
    }
    rows
}
