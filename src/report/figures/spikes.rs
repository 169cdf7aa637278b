//! Spikes over time with the rates below, of what was just simulated.

use super::{Figure, colour};
use crate::report::draw::{Drawing, Scale};
use crate::report::format::digits;
use crate::report::rows::Rows;

const SIDES: [f64; 2] = [84.0, 800.0];
const ABOVE: [f64; 2] = [16.0, 376.0];
const BELOW: [f64; 2] = [392.0, 520.0];

/// What a raster shows.
#[derive(Debug, Clone)]
pub struct Spikes {
    /// The scenario.
    pub scenario: String,
    /// Biological time, ms.
    pub duration_ms: f64,
    /// Name of every population, rows it has in the raster, and its mean rates in bins of equal length, Hz.
    pub populations: Vec<(String, u32, Vec<f64>)>,
    /// Time, ms, and row of every spike that is shown.
    pub marks: Vec<(f64, u32)>,
}

/// Spikes of some neurons, a row each, and the rates of their populations below.
pub fn spikes(s: &Spikes) -> Figure {
    let mut drawing = Drawing::new(920.0, 568.0);
    let x = Scale::between(0.0, s.duration_ms, SIDES);
    let rows: u32 = s.populations.iter().map(|p| p.1).sum();
    let most = s.populations.iter().flat_map(|p| &p.2).copied().fold(0.0, f64::max);
    let y = |row: u32| ABOVE[0] + (f64::from(row) + 0.5) / f64::from(rows.max(1)) * (ABOVE[1] - ABOVE[0]);
    let hz = Scale::linear(0.0, most, [BELOW[1], BELOW[0]]);
    drawing.below(&x, [BELOW[1], ABOVE[0]], "ms", digits);
    drawing.beside(&hz, SIDES, "Hz", digits);
    drawing.line([SIDES[0], ABOVE[0]], [SIDES[0], ABOVE[1]], "axis");
    let mut table = Rows::new(format!("Spikes of {}", s.scenario), &["population", "neurons shown", "spikes shown", "mean Hz"]);
    let mut first = 0;
    for (i, (name, shown, rates)) in s.populations.iter().enumerate() {
        let own = || s.marks.iter().filter(|(_, row)| (first..first + shown).contains(row));
        drawing.dots(own().map(|(ms, row)| [x.at(*ms), y(*row)]), &format!("dots {}", colour(i)));
        let bin = s.duration_ms / rates.len().max(1) as f64;
        let places = rates.iter().enumerate().map(|(k, r)| [x.at((k as f64 + 0.5) * bin), hz.at(*r)]);
        drawing.curve(places, &format!("curve {}", colour(i)));
        if *shown > 0 {
            drawing.text([SIDES[1] + 8.0, y(first + shown / 2) + 4.0], "start", "label", name);
            drawing.rect([SIDES[1] + 2.0, y(first)], [SIDES[1] + 5.0, y(first + shown - 1)], &format!("bar {}", colour(i)));
        }
        let mean = rates.iter().sum::<f64>() / rates.len().max(1) as f64;
        table.push([name.clone(), shown.to_string(), own().count().to_string(), digits(mean)]);
        first += shown;
    }
    let description = format!(
        "{} spikes of {rows} neurons of {} over {} ms, a row a neuron; below, the rates of all neurons, at most {} Hz.",
        s.marks.len(),
        s.scenario,
        digits(s.duration_ms),
        digits(most)
    );
    Figure { id: "spikes".into(), title: format!("Spikes of {}", s.scenario), description, table, drawing, has_marks: false }
}
