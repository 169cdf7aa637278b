//! The figures of a report: each a drawing with a title, a description made from the data, and the table of its numbers.

mod activity;
mod compared;
mod ladder;
mod passes;
mod power;
mod race;
mod spikes;
mod throughput;

use std::fmt::Write;

pub use activity::{active, raster, rates};
pub use compared::{fronts, ratios};
pub use ladder::ladder;

pub use passes::passes;
pub use power::power;
pub use race::race;
pub use spikes::{Spikes, spikes};
pub use throughput::throughput;

use super::draw::{Drawing, escaped};
use super::rows::Rows;
use crate::result::RunResult;

/// The colours of drawings, for light, dark and print.
pub(super) const STYLE: &str = include_str!("../../../assets/report/figures.css");

/// A result and what it is called beside others.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Its name in figures.
    pub name: &'a str,
    /// The result.
    pub result: &'a RunResult,
}

/// A figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in a page and as a file, without blanks.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What one sees in it, made from the data.
    pub description: String,
    /// Its numbers.
    pub table: Rows,
    drawing: Drawing,
    /// Whether its marks can be pointed at one by one.
    has_marks: bool,
}

impl Figure {
    /// Width of the picture, in its own units.
    pub fn width(&self) -> f64 {
        self.drawing.width
    }

    /// The picture for a page that has the style sheet.
    pub fn inline(&self) -> String {
        self.picture("")
    }

    /// The picture as a file of its own.
    pub fn svg(&self) -> String {
        self.picture(&format!("<style>{STYLE}</style>\n"))
    }

    /// The picture as a file of its own for programs that know no variables of style sheets: in the colours for a light ground.
    pub fn plain_svg(&self) -> String {
        self.picture(&format!("<style>{}</style>\n", plain(STYLE)))
    }

    fn picture(&self, style: &str) -> String {
        let (w, h, id) = (self.drawing.width, self.drawing.height, &self.id);
        // What is one picture to a reader hides what is in it: not where marks have numbers of their own.
        let role = if self.has_marks { "group" } else { "img" };
        let mut text = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="{role}" aria-labelledby="{id}-title {id}-desc">"#
        );
        let _ = writeln!(text, "\n<title id=\"{id}-title\">{}</title>", escaped(&self.title));
        let _ = writeln!(text, "<desc id=\"{id}-desc\">{}</desc>", escaped(&self.description));
        text + style + self.drawing.body() + "</svg>\n"
    }
}

/// The variable that holds a mark's own colour; no flag of anything.
const OWN: &str = concat!("-", "-c");

/// A style sheet without variables and rules for other grounds.
fn plain(style: &str) -> String {
    let light = style.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(rule, _)| rule);
    let mut text: String =
        style.lines().skip(1).filter(|line| !line.starts_with("@media")).map(|line| format!("{line}\n")).collect();
    for (name, value) in light.split(';').filter_map(|pair| pair.split_once(':')) {
        text = text.replace(&format!("var({name})"), value);
    }
    // What a mark and all in it are coloured with.
    text.replace(&format!("{OWN}:"), "color:").replace(&format!("var({OWN})"), "currentColor")
}

/// The name of a figure of a scenario.
fn id(kind: &str, scenario: &str) -> String {
    let name: String = scenario.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{kind}-{name}")
}

/// The least and the greatest of some values above 0.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(a, b), v| (a.min(v), b.max(v)))
}

/// Classes of colours for things of one kind, in turn.
fn colour(i: usize) -> String {
    format!("c{}", i % 8)
}

/// A power of ten on an axis: `10^-6` as people write it.
fn power_of_ten(value: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let exponent = format!("{:.0}", value.log10().round());
    let raised = exponent.chars().map(|c| c.to_digit(10).map_or('⁻', |d| RAISED[d as usize]));
    format!("10{}", raised.collect::<String>())
}

/// Words of the terminal with the signs that pages have.
pub(super) fn signs(text: &str) -> String {
    let sign = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let signed = match bare {
            "x" => "×",
            "uJ" => "µJ",
            "us" => "µs",
            "uW" => "µW",
            other => other,
        };
        word.replacen(bare, signed, usize::from(!bare.is_empty()))
    };
    let words: Vec<String> = text.replace("+-", "±").split(' ').map(sign).collect();
    // A number and its unit stay on one line.
    words.join(" ").replace(" %", "\u{a0}%").replace(" ×", "\u{a0}×")
}
