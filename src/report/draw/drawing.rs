//! What is drawn.

use std::fmt::{Display, Write};

use super::Scale;

/// Text for markup.
pub(in crate::report) fn escaped(text: &str) -> String {
    // Characters that XML has no place for are left out.
    let told: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect();
    told.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The shape of a mark: shapes tell apart what colours alone must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Star,
}

impl Shape {
    /// The outline around a place.
    fn path(self, x: f64, y: f64, r: f64) -> String {
        let around = |corners: &[(f64, f64)]| {
            let mut path = String::new();
            for (i, (dx, dy)) in corners.iter().enumerate() {
                let _ = write!(path, "{}{:.1} {:.1}", if i == 0 { 'M' } else { 'L' }, x + r * dx, y + r * dy);
            }
            path + "Z"
        };
        match self {
            Shape::Circle => {
                format!("M{:.1} {y:.1}a{r:.1} {r:.1} 0 1 0 {:.1} 0a{r:.1} {r:.1} 0 1 0 {:.1} 0Z", x - r, 2.0 * r, -2.0 * r)
            }
            Shape::Square => around(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Triangle => around(&[(0.0, -1.15), (1.05, 0.8), (-1.05, 0.8)]),
            Shape::Diamond => around(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
            Shape::Cross => {
                let (a, b) = (0.35, 1.1);
                around(&[
                    (-a, -b),
                    (a, -b),
                    (a, -a),
                    (b, -a),
                    (b, a),
                    (a, a),
                    (a, b),
                    (-a, b),
                    (-a, a),
                    (-b, a),
                    (-b, -a),
                    (-a, -a),
                ])
            }
            Shape::Star => {
                let corner = |i: i32| {
                    let angle = f64::from(i) * std::f64::consts::PI / 5.0;
                    let r = if i % 2 == 0 { 1.5 } else { 0.65 };
                    (r * angle.sin(), -r * angle.cos())
                };
                around(&(0..10).map(corner).collect::<Vec<_>>())
            }
        }
    }
}

/// A drawing of a size, in units of a pixel.
#[derive(Debug, Clone, Default)]
pub(in crate::report) struct Drawing {
    pub(in crate::report) width: f64,
    pub(in crate::report) height: f64,
    body: String,
}

impl Drawing {
    pub(in crate::report) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub(in crate::report) fn line(&mut self, from: [f64; 2], to: [f64; 2], class: &str) {
        let _ = writeln!(
            self.body,
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from[0], from[1], to[0], to[1]
        );
    }

    pub(in crate::report) fn rect(&mut self, from: [f64; 2], to: [f64; 2], class: &str) {
        let (x, y) = (from[0].min(to[0]), from[1].min(to[1]));
        let (w, h) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
        let _ = writeln!(self.body, r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}"/>"#);
    }

    /// A line through places.
    pub(in crate::report) fn curve(&mut self, places: impl IntoIterator<Item = [f64; 2]>, class: &str) {
        let mut path = String::new();
        for (i, [x, y]) in places.into_iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
        let _ = writeln!(self.body, r#"<path class="{class}" d="{path}"/>"#);
    }

    /// Small dots, all of one class.
    pub(in crate::report) fn dots(&mut self, places: impl IntoIterator<Item = [f64; 2]>, class: &str) {
        let mut path = String::new();
        for [x, y] in places {
            let _ = write!(path, "M{x:.1} {y:.1}h0");
        }
        let _ = writeln!(self.body, r#"<path class="{class}" d="{path}"/>"#);
    }

    /// `anchor`: start, middle or end.
    pub(in crate::report) fn text(&mut self, at: [f64; 2], anchor: &str, class: &str, text: &str) {
        let _ = writeln!(
            self.body,
            r#"<text class="{class}" x="{:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            at[0],
            at[1],
            escaped(text)
        );
    }

    /// Text that runs upwards.
    fn upright(&mut self, at: [f64; 2], text: &str) {
        let [x, y] = at;
        let _ = writeln!(
            self.body,
            r#"<text class="title" x="{x:.1}" y="{y:.1}" text-anchor="middle" transform="rotate(-90 {x:.1} {y:.1})">{}</text>"#,
            escaped(text)
        );
    }

    /// A mark that tells its numbers when it is pointed at or focused.
    pub(in crate::report) fn mark(&mut self, shape: Shape, at: [f64; 2], r: f64, class: &str, tells: &str) {
        let path = shape.path(at[0], at[1], r);
        self.told(&format!(r#"<path class="{class}" d="{path}"/>"#), at, tells);
    }

    /// A mark in a legend, and its word.
    pub(in crate::report) fn legend(&mut self, shape: Shape, [x, y]: [f64; 2], class: &str, word: &str) {
        let _ = writeln!(self.body, r#"<path class="{class}" d="{}"/>"#, shape.path(x, y, 5.0));
        self.text([x + 10.0, y + 4.0], "start", "tick", word);
    }

    /// A bar that does the same.
    pub(in crate::report) fn bar(&mut self, from: [f64; 2], to: [f64; 2], class: &str, tells: &str) {
        let (x, y) = (from[0].min(to[0]), from[1].min(to[1]));
        let (w, h) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
        let shape = format!(r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}"/>"#);
        self.told(&shape, [x + w / 2.0, y], tells);
    }

    fn told(&mut self, shape: &str, at: [f64; 2], tells: &str) {
        let tells = escaped(tells);
        // On the side of the drawing where there is room for it.
        let (x, anchor) = if at[0] > 0.6 * self.width { (at[0] - 12.0, "end") } else { (at[0] + 12.0, "start") };
        let y = if at[1] < 30.0 { at[1] + 22.0 } else { at[1] - 10.0 };
        let _ = writeln!(
            self.body,
            r#"<g class="mark" tabindex="0" role="img" aria-label="{tells}"><title>{tells}</title>{shape}<text class="tip" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" aria-hidden="true">{tells}</text></g>"#
        );
    }

    /// An axis below; lines of the grid reach up to `top`.
    pub(in crate::report) fn below<D: Display>(
        &mut self,
        x: &Scale,
        [bottom, top]: [f64; 2],
        title: &str,
        word: impl Fn(f64) -> D,
    ) {
        for value in x.ticks() {
            self.line([x.at(value), bottom], [x.at(value), top], "grid");
            self.text([x.at(value), bottom + 15.0], "middle", "tick", &word(value).to_string());
        }
        self.line([x.ends()[0], bottom], [x.ends()[1], bottom], "axis");
        self.text([0.5 * (x.ends()[0] + x.ends()[1]), bottom + 34.0], "middle", "title", title);
    }

    /// An axis on the left; lines of the grid reach to `right`.
    pub(in crate::report) fn beside<D: Display>(
        &mut self,
        y: &Scale,
        [left, right]: [f64; 2],
        title: &str,
        word: impl Fn(f64) -> D,
    ) {
        for value in y.ticks() {
            self.line([left, y.at(value)], [right, y.at(value)], "grid");
            self.text([left - 6.0, y.at(value) + 4.0], "end", "tick", &word(value).to_string());
        }
        self.line([left, y.ends()[0]], [left, y.ends()[1]], "axis");
        if !title.is_empty() {
            self.upright([left - 62.0, 0.5 * (y.ends()[0] + y.ends()[1])], title);
        }
    }

    /// The markup between the tags of the picture.
    pub(in crate::report) fn body(&self) -> &str {
        &self.body
    }
}
