//! What the neurons did: rates, spikes of some of them, how many were active.

use super::{Figure, colour, id};
use crate::report::draw::{Drawing, Scale};
use crate::report::format::digits;
use crate::report::rows::Rows;
use crate::result::{ActivityOverTime, Workload};

const SIDES: [f64; 2] = [84.0, 640.0];
const HEIGHT: [f64; 2] = [16.0, 240.0];
const DOWN: [f64; 2] = [HEIGHT[1], HEIGHT[0]];

/// Names of populations down the right side, each in its colour.
fn populations(drawing: &mut Drawing, names: impl Iterator<Item = String>) {
    for (i, name) in names.enumerate().take(14) {
        let y = HEIGHT[0] + 10.0 + 15.0 * i as f64;
        drawing.rect([SIDES[1] + 12.0, y - 8.0], [SIDES[1] + 22.0, y], &format!("bar {}", colour(i)));
        drawing.text([SIDES[1] + 27.0, y], "start", "tick", &name);
    }
}

/// Firing rates of the populations over time.
pub fn rates(w: &Workload) -> Option<Figure> {
    let a = w.activity.as_ref()?;
    let most = a.populations.iter().flat_map(|p| &p.rate_hz).copied().fold(0.0, f64::max);
    let bins = a.populations.iter().map(|p| p.rate_hz.len()).max()?;
    let mut drawing = Drawing::new(760.0, 290.0);
    let (x, y) = (Scale::between(0.0, w.bio_ms, SIDES), Scale::linear(0.0, most, [HEIGHT[1], HEIGHT[0]]));
    drawing.below(&x, DOWN, "ms of the counted time", digits);
    drawing.beside(&y, SIDES, "Hz", digits);
    let mut table =
        Rows::new(format!("Mean rates of {}", w.scenario), &["population", "neurons", "mean Hz", "lowest bin", "highest bin"]);
    for (i, p) in a.populations.iter().enumerate() {
        let places = p.rate_hz.iter().enumerate().map(|(k, r)| [x.at((k as f64 + 0.5) * a.bin_ms), y.at(*r)]);
        drawing.curve(places, &format!("curve {}", colour(i)));
        let (low, high) = p.rate_hz.iter().fold((f64::INFINITY, 0.0f64), |(a, b), v| (a.min(*v), b.max(*v)));
        let of = w.populations.iter().find(|q| q.name == p.name);
        table.push([
            p.name.clone(),
            of.map_or_else(String::new, |q| q.neurons.to_string()),
            of.map_or_else(String::new, |q| digits(q.rate_hz)),
            digits(low.min(high)),
            digits(high),
        ]);
    }
    populations(&mut drawing, a.populations.iter().map(|p| p.name.clone()));
    let description = format!(
        "Firing rates of {} populations of {} in {bins} bins of {} ms; the highest bin is at {} Hz.",
        a.populations.len(),
        w.scenario,
        digits(a.bin_ms),
        digits(most)
    );
    Some(Figure {
        id: id("rates", &w.scenario),
        title: format!("Firing rates: {}", w.scenario),
        description,
        table,
        drawing,
        has_marks: false,
    })
}

/// Spikes of some neurons.
pub fn raster(w: &Workload) -> Option<Figure> {
    let a: &ActivityOverTime = w.activity.as_ref()?;
    let r = a.raster.as_ref().filter(|r| !r.neurons.is_empty() && !r.times_ms.is_empty())?;
    let mut drawing = Drawing::new(760.0, 290.0);
    let x = Scale::between(0.0, r.until_ms, SIDES);
    drawing.below(&x, DOWN, "ms of the counted time", digits);
    drawing.line([SIDES[0], HEIGHT[0]], [SIDES[0], HEIGHT[1]], "axis");
    let rows = r.neurons.len() as f64;
    let y = |row: u32| HEIGHT[0] + (f64::from(row) + 0.5) / rows * (HEIGHT[1] - HEIGHT[0]);
    let mut table = Rows::new(format!("Spikes of a sample of {}", w.scenario), &["population", "neurons shown", "spikes shown"]);
    for (i, p) in w.populations.iter().enumerate() {
        let of = |row: u32| r.neurons.get(row as usize).is_some_and(|n| n.population as usize == i);
        let spikes = || r.times_ms.iter().zip(&r.rows).filter(|(_, row)| of(**row));
        drawing.dots(spikes().map(|(t, row)| [x.at(*t), y(*row)]), &format!("dots {}", colour(i)));
        let shown = r.neurons.iter().filter(|n| n.population as usize == i).count();
        if shown > 0 {
            table.push([p.name.clone(), shown.to_string(), spikes().count().to_string()]);
        }
    }
    populations(&mut drawing, w.populations.iter().map(|p| p.name.clone()));
    let description = format!(
        "{} spikes of {} neurons of {}, one row a neuron, over {} ms.",
        r.times_ms.len(),
        r.neurons.len(),
        w.scenario,
        digits(r.until_ms)
    );
    Some(Figure {
        id: id("raster", &w.scenario),
        title: format!("Spikes of some neurons: {}", w.scenario),
        description,
        table,
        drawing,
        has_marks: false,
    })
}

/// How many neurons are active in windows of rising length.
pub fn active(w: &Workload) -> Option<Figure> {
    let shares = &w.activity.as_ref()?.active;
    let (first, last) = (shares.first()?, shares.last()?);
    let mut drawing = Drawing::new(760.0, 290.0);
    let x = Scale::decades(first.window_ms, last.window_ms, SIDES);
    let y = Scale::between(0.0, 100.0, [HEIGHT[1], HEIGHT[0]]);
    drawing.below(&x, DOWN, "length of the window, ms", digits);
    drawing.beside(&y, SIDES, "% of the neurons", |v| format!("{v:.0}"));
    let own = || w.activity.iter().flat_map(|a| &a.populations).enumerate().filter(|(_, p)| !p.active.is_empty());
    let several = own().count() > 1;
    for (i, p) in own().filter(|_| several) {
        let places = p.active.iter().map(|s| [x.at(s.window_ms), y.at(100.0 * s.mean_share)]);
        drawing.curve(places, &format!("curve thin {}", colour(i)));
    }
    if several {
        populations(&mut drawing, w.activity.iter().flat_map(|a| &a.populations).map(|p| p.name.clone()));
    } else {
        drawing.curve(shares.iter().map(|s| [x.at(s.window_ms), y.at(100.0 * s.most_share)]), "curve thin c0");
    }
    drawing.curve(shares.iter().map(|s| [x.at(s.window_ms), y.at(100.0 * s.mean_share)]), "curve c0");
    let mut table = Rows::new(
        format!("Neurons of {} that fire at least once in a window", w.scenario),
        &["window", "mean share", "largest share"],
    );
    for s in shares {
        let words = [s.mean_share, s.most_share].map(|share| format!("{} %", digits(100.0 * share)));
        let told = format!("{} ms: {} of the neurons are active, at most {}", digits(s.window_ms), words[0], words[1]);
        drawing.mark(crate::report::draw::Shape::Circle, [x.at(s.window_ms), y.at(100.0 * s.mean_share)], 4.0, "c0", &told);
        table.push([format!("{} ms", digits(s.window_ms))].into_iter().chain(words));
    }
    let description = format!(
        "Share of the neurons of {} that fire at least once: {} % in a window of {} ms, {} % in {} ms. {}",
        w.scenario,
        digits(100.0 * first.mean_share),
        digits(first.window_ms),
        digits(100.0 * last.mean_share),
        digits(last.window_ms),
        if several { "Thin lines: populations." } else { "Thin line: the window with the most." }
    );
    Some(Figure {
        id: id("active", &w.scenario),
        title: format!("Share active by window: {}", w.scenario),
        description,
        table,
        drawing,
        has_marks: true,
    })
}
