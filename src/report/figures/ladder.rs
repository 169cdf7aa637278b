//! Joules per event from the least that physics allows, through the brain, to machines.

use super::{Figure, Named, power_of_ten, signs};
use crate::report::draw::{Drawing, Scale, Shape};
use crate::report::format::si;
use crate::report::published::systems;
use crate::report::rows::Rows;
use crate::result::{Brain, Counterpart, Derived};

const SIDES: [f64; 2] = [250.0, 730.0];
const ROW: f64 = 22.0;

/// A rung.
struct Rung {
    name: String,
    joules: f64,
    range: Option<[f64; 2]>,
    class: &'static str,
    shape: Shape,
}

fn derived(name: &str, d: &Derived) -> Rung {
    Rung { name: name.into(), joules: d.default, range: Some([d.low, d.high]), class: "c5", shape: Shape::Circle }
}

/// The ladder of joules per event.
pub fn ladder(results: &[Named<'_>]) -> Figure {
    let brain = Brain::embedded();
    let mut rungs = vec![
        Rung {
            name: "erasing a bit (Landauer)".into(),
            joules: brain.landauer_j_per_bit.value,
            range: None,
            class: "c7",
            shape: Shape::Diamond,
        },
        derived("brain's signalling, synaptic event", &brain.j_per_synaptic_event(Counterpart::Signalling)),
        derived("brain, synaptic event", &brain.j_per_synaptic_event(Counterpart::Brain)),
        derived("body, synaptic event", &brain.j_per_synaptic_event(Counterpart::Body)),
        derived("brain, spike", &brain.j_per_spike(Counterpart::Brain)),
    ];
    let listed = systems().into_iter().filter(|s| s.listed);
    let published = listed.filter_map(|s| s.energy_per_synaptic_event_j.map(|j| (j, format!("{} {}", s.name, s.year))));
    if let Some((joules, name)) = published.min_by(|a, b| a.0.total_cmp(&b.0)) {
        rungs.push(Rung { name: format!("{name}, event"), joules, range: None, class: "c2", shape: Shape::Triangle });
    }
    for named in results {
        for w in &named.result.workloads {
            let who = if results.len() > 1 { format!("{}: {}", named.name, w.scenario) } else { w.scenario.clone() };
            let kinds = [
                (&w.energy.gross_j_per_synaptic_event, "event", Shape::Star),
                (&w.energy.gross_j_per_spike, "spike", Shape::Square),
                (&w.energy.gross_j_per_update, "update", Shape::Cross),
            ];
            for (q, what, shape) in kinds {
                if let Some(joules) = q.value.filter(|j| *j > 0.0) {
                    rungs.push(Rung { name: format!("{who}, {what}"), joules, range: q.ci95, class: "own", shape });
                }
            }
        }
    }
    drawn(rungs, results)
}

fn drawn(mut rungs: Vec<Rung>, results: &[Named<'_>]) -> Figure {
    rungs.sort_by(|a, b| a.joules.total_cmp(&b.joules));
    let most = rungs.last().map_or(1.0, |r| r.joules * 1.5);
    let bottom = 20.0 + ROW * rungs.len() as f64;
    let mut drawing = Drawing::new(760.0, bottom + 48.0);
    let x = Scale::decades(rungs.first().map_or(1e-21, |r| r.joules), most, SIDES);
    drawing.below(&x, [bottom, 12.0], "joules per event", power_of_ten);
    let mut table = Rows::new("Joules per event", &["event", "joules", "range or 95 % interval"]);
    for (i, r) in rungs.iter().enumerate() {
        let y = 22.0 + ROW * i as f64;
        drawing.text([SIDES[0] - 10.0, y + 4.0], "end", if r.class == "own" { "label own" } else { "label" }, &r.name);
        let range = r.range.map_or_else(|| "-".to_owned(), |[a, b]| signs(&format!("{} to {}", si(a, "J"), si(b, "J"))));
        if let Some([low, high]) = r.range {
            drawing.line([x.at(low.max(r.joules * 1e-3)), y], [x.at(high), y], &format!("range {}", r.class));
        }
        let value = signs(&si(r.joules, "J"));
        let told = if r.range.is_some() { format!("{}: {value} ({range})", r.name) } else { format!("{}: {value}", r.name) };
        drawing.mark(r.shape, [x.at(r.joules), y], 5.0, r.class, &told);
        table.push([r.name.clone(), value, range]);
    }
    let own: Vec<&Rung> = rungs.iter().filter(|r| r.class == "own").collect();
    let description = match (own.first(), own.last()) {
        (Some(a), Some(b)) => signs(&format!(
            "Joules per event on one logarithmic scale, from {} for a bit to {}. The figures of {} reach from {} ({}) to {} ({}).",
            si(rungs[0].joules, "J"),
            si(rungs[rungs.len() - 1].joules, "J"),
            if results.len() == 1 { "this result" } else { "these results" },
            si(a.joules, "J"),
            a.name,
            si(b.joules, "J"),
            b.name
        )),
        _ => {
            "Joules per event of physics and of brains on one logarithmic scale; nothing was measured here, for want of a meter."
                .into()
        }
    };
    Figure {
        id: "ladder".into(),
        title: "Joules per event, from Landauer through the brain to machines".into(),
        description,
        table,
        drawing,
        has_marks: true,
    }
}
