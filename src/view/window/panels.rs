//! What stands beside the cloud: speed, power, populations, keys, and the frame of the raster.

use egui::{Align, Color32, Key, Layout, RichText, Ui};

use super::simulation::{Orders, Told};
use crate::view::colour;

/// Width of the panel at the side, and height of the strip, points.
const SIDE: f32 = 250.0;
const STRIP: f32 = 170.0;

/// What the panels show and what they can change.
pub(super) struct Panels<'a> {
    pub(super) scenario: &'a str,
    pub(super) engine: &'a str,
    pub(super) stamp: &'a str,
    /// Name and size of every population.
    pub(super) populations: &'a [(String, u32)],
    pub(super) shown: &'a mut [u32; 4],
    pub(super) told: &'a Told,
    pub(super) orders: &'a mut Orders,
    /// Biological time, s; `None` while the network is being built.
    pub(super) time_s: Option<f64>,
    /// Power, W, and how that is had; or why it is not known.
    pub(super) power: &'a std::result::Result<(f64, String), String>,
    /// How amounts with a unit are written.
    pub(super) amount: fn(f64, &str) -> String,
    /// Time the strip shows, s.
    pub(super) strip_s: f64,
    /// Whether there are panels at all.
    pub(super) visible: bool,
}

/// Where there is room for the cloud and for the strip, points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub(super) cloud: egui::Rect,
    pub(super) strip: Option<egui::Rect>,
}

impl Panels<'_> {
    /// Lays everything out.
    pub(super) fn show(&mut self, ui: &mut Ui) -> Room {
        let mut strip = None;
        if self.visible {
            let frame = egui::Frame::new().fill(Color32::from_rgb(17, 19, 24)).inner_margin(12.0);
            egui::Panel::right("figures").exact_size(SIDE).resizable(false).frame(frame).show(ui, |ui| {
                egui::ScrollArea::vertical().show(ui, |ui| self.figures(ui));
            });
            let none = egui::Frame::new();
            egui::Panel::bottom("strip").exact_size(STRIP).resizable(false).frame(none).show(ui, |ui| {
                let all = ui.max_rect();
                let words = format!("spikes of some neurons over the last {}", seconds(self.strip_s));
                let painter = ui.painter();
                let head = egui::Rect::from_min_size(all.min, egui::vec2(all.width(), 18.0));
                painter.rect_filled(head, 0.0, Color32::from_rgb(17, 19, 24));
                let font = egui::FontId::proportional(12.0);
                painter.text(head.left_center() + egui::vec2(8.0, 0.0), egui::Align2::LEFT_CENTER, words, font, Color32::GRAY);
                strip = Some(egui::Rect::from_min_max(egui::pos2(all.left(), head.bottom()), all.max));
            });
        }
        Room { cloud: ui.available_rect_before_wrap(), strip }
    }

    fn figures(&mut self, ui: &mut Ui) {
        ui.heading(self.scenario);
        ui.label(RichText::new(self.engine).small().color(Color32::GRAY));
        if !self.stamp.is_empty() {
            ui.label(RichText::new(self.stamp).strong().color(Color32::from_rgb(255, 146, 87)));
        }
        ui.add_space(8.0);
        let Some(time_s) = self.time_s else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("building the network ...");
            });
            return;
        };
        self.speeds(ui, time_s);
        if let Some(fault) = &self.told.fault {
            ui.colored_label(Color32::from_rgb(255, 110, 90), fault);
        }
        ui.add_space(8.0);
        self.controls(ui);
        ui.add_space(8.0);
        self.populations(ui);
        ui.add_space(8.0);
        ui.label(
            RichText::new("live readings, drawing included: for figures to quote, run a benchmark").small().color(Color32::GRAY),
        );
        ui.add_space(4.0);
        ui.label(
            RichText::new("drag, arrows  turn\nwheel, + -    nearer, farther\nspace         pause\n.             a step\n[ ]           speed\n1 to 9        populations\nR  H  Q       reset, hide, quit")
                .small()
                .monospace()
                .color(Color32::GRAY),
        );
    }

    fn speeds(&self, ui: &mut Ui, time_s: f64) {
        let t = self.told;
        let row = |ui: &mut Ui, name: &str, value: String| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).color(Color32::GRAY));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(RichText::new(value).strong().monospace()));
            });
        };
        row(ui, "biological time", seconds(time_s));
        let known = t.bio_s > 0.0 && t.wall_s > 0.0;
        let of_wall = |n: u64| if known { (self.amount)(n as f64 / t.wall_s, "") } else { "-".into() };
        row(ui, "RTF", if known { format!("{:.3}", t.wall_s / t.bio_s) } else { "-".into() });
        row(ui, "spikes/s", of_wall(t.spikes.iter().sum()));
        row(ui, "events/s", of_wall(t.events));
        match self.power {
            Ok((watts, how)) => {
                row(ui, "power", (self.amount)(*watts, "W"));
                let joules =
                    if known && t.events > 0 { (self.amount)(watts * t.wall_s / t.events as f64, "J") } else { "-".into() };
                row(ui, "J/event", joules);
                ui.label(RichText::new(how).small().color(Color32::GRAY));
            }
            Err(why) => {
                row(ui, "power", "no meter".into());
                ui.label(RichText::new(why).small().color(Color32::GRAY));
            }
        }
    }

    fn controls(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let word = if self.orders.paused { "Go on" } else { "Pause" };
            if ui.button(word).clicked() {
                self.orders.paused = !self.orders.paused;
            }
            if ui.add_enabled(self.orders.paused, egui::Button::new("A step")).clicked() {
                self.orders.single += 1;
            }
        });
        let mut held = self.orders.speed.is_some();
        if ui.checkbox(&mut held, "hold the speed").changed() {
            self.orders.speed = held.then_some(0.01);
        }
        if let Some(speed) = &mut self.orders.speed {
            let slider = egui::Slider::new(speed, SLOWEST..=FASTEST).logarithmic(true).text("x life");
            ui.add(slider);
        }
    }

    fn populations(&mut self, ui: &mut Ui) {
        ui.label(RichText::new("populations").color(Color32::GRAY));
        for (i, (name, size)) in self.populations.iter().enumerate() {
            let [r, g, b] = colour(i);
            let (word, bit) = (i.min(127) / 32, i.min(127) % 32);
            let mut on = self.shown[word] >> bit & 1 == 1;
            let rate = self.told.spikes.get(i).filter(|_| self.told.bio_s > 0.0);
            let rate = rate.map_or(String::new(), |n| format!("{:.1} Hz", *n as f64 / f64::from(*size) / self.told.bio_s));
            ui.horizontal(|ui| {
                if ui.checkbox(&mut on, RichText::new(name).color(Color32::from_rgb(r, g, b))).changed() {
                    self.shown[word] ^= 1 << bit;
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(RichText::new(rate).monospace()));
            });
        }
    }
}

/// The speeds that can be held, biological over wall time.
pub(super) const SLOWEST: f64 = 1e-4;
pub(super) const FASTEST: f64 = 100.0;

/// The speed after a key that makes it faster or slower.
pub(super) fn changed(speed: Option<f64>, key: Key) -> Option<f64> {
    let factor = if key == Key::OpenBracket { 0.5 } else { 2.0 };
    let next = speed.unwrap_or(1.0) * factor;
    (next <= FASTEST).then_some(next.max(SLOWEST))
}

fn seconds(s: f64) -> String {
    if s < 1.0 { format!("{:.1} ms", s * 1e3) } else { format!("{s:.2} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_speeds_are_told_as_people_say_them() {
        assert_eq!((seconds(0.0123), seconds(3.456)), ("12.3 ms".to_owned(), "3.46 s".to_owned()));
        assert_eq!(changed(None, Key::OpenBracket), Some(0.5));
        assert_eq!(changed(Some(64.0), Key::CloseBracket), None, "faster than that is as fast as it can");
        assert_eq!(changed(Some(1e-4), Key::OpenBracket), Some(1e-4));
    }
}
