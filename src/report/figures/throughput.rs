//! Events per second.

use super::{Figure, Named, ends, power_of_ten};
use crate::report::draw::{Drawing, Scale, Shape};
use crate::report::format::{digits, si};
use crate::report::rows::Rows;

const SIDES: [f64; 2] = [190.0, 730.0];

/// How many events of each kind every workload makes in a second of wall time.
pub fn throughput(results: &[Named<'_>]) -> Option<Figure> {
    let kinds =
        [("neuron updates", Shape::Cross, "c3"), ("spikes", Shape::Square, "c1"), ("synaptic events", Shape::Star, "own")];
    let mut rows: Vec<(String, f64, [f64; 3])> = Vec::new();
    for named in results {
        for w in &named.result.workloads {
            let wall = w.median_wall_s();
            if wall > 0.0 {
                let who = if results.len() > 1 { format!("{}: {}", named.name, w.scenario) } else { w.scenario.clone() };
                rows.push((who, w.realtime_factor, [w.updates, w.spikes, w.synaptic_events].map(|n| n as f64 / wall)));
            }
        }
    }
    let all = || rows.iter().flat_map(|(_, _, rates)| rates).copied().filter(|r| *r > 0.0);
    let (least, most) = ends(all());
    if most <= 0.0 {
        return None;
    }
    let bottom = 42.0 + 24.0 * rows.len() as f64;
    let mut drawing = Drawing::new(760.0, bottom + 46.0);
    let x = Scale::decades(least, most, SIDES);
    drawing.below(&x, [bottom, 30.0], "per second of wall time", power_of_ten);
    let mut at = SIDES[0];
    for (word, shape, class) in kinds {
        drawing.legend(shape, [at + 6.0, 14.0], class, word);
        at += 34.0 + 6.4 * word.len() as f64;
    }
    let mut table =
        Rows::new("Events per second of wall time", &["workload", "RTF", "updates/s", "spikes/s", "synaptic events/s"]);
    for (i, (who, pace, rates)) in rows.iter().enumerate() {
        let y = 44.0 + 24.0 * i as f64;
        drawing.text([SIDES[0] - 10.0, y + 4.0], "end", "label", who);
        for ((word, shape, class), rate) in kinds.iter().zip(rates) {
            if *rate > 0.0 {
                drawing.mark(*shape, [x.at(*rate), y], 5.0, class, &format!("{who}: {} {word} per second", si(*rate, "")));
            }
        }
        let words = rates.map(|r| if r > 0.0 { si(r, "") } else { "-".into() });
        table.push([who.clone(), digits(*pace)].into_iter().chain(words));
    }
    let fastest = rows.iter().max_by(|a, b| a.2[2].total_cmp(&b.2[2])).filter(|r| r.2[2] > 0.0);
    let description = match fastest {
        Some((who, _, rates)) => format!(
            "Events per second of wall time, on a logarithmic scale. Most synaptic events: {who}, {} per second.",
            si(rates[2], "")
        ),
        None => format!("Events per second of wall time, on a logarithmic scale; at most {} per second.", si(most, "")),
    };
    Some(Figure { id: "throughput".into(), title: "Events per second".into(), description, table, drawing, has_marks: true })
}
