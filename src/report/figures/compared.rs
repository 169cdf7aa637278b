//! Many machines: ratios with intervals, and speed against energy with its front.

use super::{Figure, colour, ends, id, power_of_ten, signs};
use crate::report::compare::{Compared, Pair, Ratio};
use crate::report::draw::{Drawing, Scale, Shape};
use crate::report::format::{digits, rtf, si};
use crate::report::rows::Rows;

const SIDES: [f64; 2] = [230.0, 730.0];
const ROW: f64 = 20.0;

/// The pairs of every workload of the reference, in its order.
fn by_workload<'c, 'a>(c: &'c Compared<'a>, most: usize) -> Vec<(&'a str, Vec<&'c Pair<'a>>)> {
    let mut all: Vec<(&str, Vec<&Pair<'_>>)> = Vec::new();
    for p in &c.pairs {
        match all.iter_mut().find(|(name, _)| *name == p.workload.scenario) {
            Some((_, own)) => own.push(p),
            None => all.push((&p.workload.scenario, vec![p])),
        }
    }
    all.iter_mut().for_each(|(_, own)| own.truncate(most));
    all
}

/// Ratios of time and joules to the reference, a figure per workload.
pub fn ratios(c: &Compared<'_>, most: usize) -> Vec<Figure> {
    by_workload(c, most).into_iter().map(|(scenario, pairs)| ratios_of(c, scenario, &pairs)).collect()
}

fn ratios_of(c: &Compared<'_>, scenario: &str, pairs: &[&Pair<'_>]) -> Figure {
    let interval = |r: &Ratio| r.ci95.unwrap_or([r.value; 2]);
    let all = || pairs.iter().flat_map(|p| [Some(p.time), p.energy.as_ref().ok().copied()]).flatten();
    let least = all().map(|r| interval(&r)[0]).fold(1.0, f64::min);
    let greatest = all().map(|r| interval(&r)[1]).fold(1.0, f64::max);
    let bottom = 44.0 + ROW * pairs.len() as f64;
    let mut drawing = Drawing::new(760.0, bottom + 46.0);
    // Ratios near 1 on a linear scale, others by decades.
    let wide = greatest / least.max(1e-9) > 8.0;
    let x = if wide { Scale::decades(least, greatest, SIDES) } else { Scale::linear(0.0, greatest, SIDES) };
    drawing.below(&x, [bottom, 30.0], "ratio to the reference: below 1 is faster, or fewer joules", digits);
    drawing.line([x.at(1.0), bottom], [x.at(1.0), 30.0], "now");
    drawing.legend(Shape::Circle, [SIDES[0] + 6.0, 14.0], "c0", "time");
    drawing.legend(Shape::Star, [SIDES[0] + 70.0, 14.0], "own", "joules per event");
    let mut table = Rows::new(format!("Ratios of {scenario}"), &["machine", "time ratio", "energy ratio"]);
    for (i, p) in pairs.iter().enumerate() {
        let y = 46.0 + ROW * i as f64;
        drawing.text([SIDES[0] - 10.0, y + 4.0], "end", "label", &p.entry.name);
        let kinds = [
            (Some(p.time), Shape::Circle, "c0", "time", -3.0),
            (p.energy.as_ref().ok().copied(), Shape::Star, "own", "joules", 4.0),
        ];
        for (ratio, shape, class, what, shift) in kinds {
            let Some(r) = ratio else { continue };
            let [low, high] = interval(&r);
            drawing.line([x.at(low), y + shift], [x.at(high), y + shift], &format!("range {class}"));
            drawing.mark(shape, [x.at(r.value), y + shift], 4.0, class, &format!("{}: {what} {}", p.entry.name, r.words()));
        }
        table.push([p.entry.name.clone(), p.time.words(), p.energy.as_ref().map_or_else(Clone::clone, Ratio::words)]);
    }
    let fastest = pairs.iter().min_by(|a, b| a.time.value.total_cmp(&b.time.value));
    let description = format!(
        "Time and joules per event of {scenario} on {} machines over those on {}, with 95 % intervals.{}",
        pairs.len(),
        c.reference().name,
        fastest.map_or_else(String::new, |p| format!(" Shortest time: {}, {}.", p.entry.name, p.time.words()))
    );
    Figure {
        id: id("ratios", scenario),
        title: format!("{scenario}: ratios to {}", c.reference().name),
        description,
        table,
        drawing,
        has_marks: true,
    }
}

/// Speed against energy of every workload whose joules two machines have, with the front of those that no other one beats in both.
pub fn fronts(c: &Compared<'_>, most: usize) -> Vec<Figure> {
    by_workload(c, most).into_iter().filter_map(|(scenario, pairs)| front(scenario, &pairs)).collect()
}

fn front(scenario: &str, pairs: &[&Pair<'_>]) -> Option<Figure> {
    let mut places: Vec<(f64, f64, &Pair<'_>)> = pairs
        .iter()
        .filter_map(|p| p.workload.gross_j_per_event().0.value.filter(|j| *j > 0.0).map(|j| (p.workload.realtime_factor, j, *p)))
        .collect();
    if places.len() < 2 {
        return None;
    }
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let ((a, b), (d, e)) = (ends(places.iter().map(|p| p.0)), ends(places.iter().map(|p| p.1)));
    let (sides, height) = ([84.0, 730.0], [330.0, 20.0]);
    let (x, y) = (Scale::decades(a, b, sides), Scale::decades(d, e, height));
    let mut drawing = Drawing::new(760.0, 376.0);
    drawing.below(&x, height, "real-time factor", digits);
    drawing.beside(&y, sides, "joules per event", |v| signs(&power_of_ten(v)));
    let mut best = f64::INFINITY;
    let on_front: Vec<bool> = places
        .iter()
        .map(|p| {
            p.1 < best && {
                best = p.1;
                true
            }
        })
        .collect();
    let mut corners: Vec<[f64; 2]> = Vec::new();
    for (p, _) in places.iter().zip(&on_front).filter(|(_, on)| **on) {
        if let Some(last) = corners.last().copied() {
            corners.push([x.at(p.0), last[1]]);
        }
        corners.push([x.at(p.0), y.at(p.1)]);
    }
    drawing.curve(corners, "curve thin own");
    let mut table = Rows::new(format!("Speed and energy of {scenario}"), &["machine", "RTF", "J per event", "on the front"]);
    for (i, ((pace, j, p), on)) in places.iter().zip(&on_front).enumerate() {
        let told = signs(&format!("{}: RTF {}, {}", p.entry.name, rtf(*pace), si(*j, "J")));
        drawing.mark(if *on { Shape::Star } else { Shape::Circle }, [x.at(*pace), y.at(*j)], 5.0, &colour(i), &told);
        if places.len() <= 12 {
            let (dx, anchor) = if x.at(*pace) > 520.0 { (-9.0, "end") } else { (9.0, "start") };
            drawing.text([x.at(*pace) + dx, y.at(*j) + 4.0], anchor, "label", &p.entry.name);
        }
        table.push([p.entry.name.clone(), digits(*pace), signs(&si(*j, "J")), if *on { "yes" } else { "no" }.into()]);
    }
    let count = on_front.iter().filter(|on| **on).count();
    let description = format!(
        "{} machines by real-time factor (across) and joules per event (up) on {scenario}, logarithmic; {count} of them (stars) are beaten by no other one in both.",
        places.len()
    );
    Some(Figure {
        id: id("front", scenario),
        title: format!("{scenario}: speed against energy"),
        description,
        table,
        drawing,
        has_marks: true,
    })
}
