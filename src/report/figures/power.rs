//! Power over time, with what went on.

use super::{Figure, colour, signs};
use crate::report::draw::{Drawing, Scale, Shape};
use crate::report::format::{digits, si};
use crate::report::rows::Rows;
use crate::result::{Activity, Meter, Phase, PowerTrace, RunResult};

const SIDES: [f64; 2] = [84.0, 740.0];
const HEIGHT: [f64; 2] = [44.0, 300.0];

/// What is shaded.
const SHADED: [Activity; 6] =
    [Activity::Idle, Activity::Build, Activity::LoadedIdle, Activity::WarmUp, Activity::Window, Activity::CoolDown];

fn shade(what: Activity) -> &'static str {
    match what {
        Activity::Idle => "phase-idle",
        Activity::LoadedIdle => "phase-loaded-idle",
        Activity::CoolDown => "phase-cool-down",
        Activity::Build => "phase-build",
        Activity::WarmUp => "phase-warm-up",
        Activity::Window => "phase-window",
    }
}

/// What the meters showed over the run; none if no meter kept a trace.
pub fn power(result: &RunResult) -> Option<Figure> {
    let meters: Vec<(&Meter, &PowerTrace)> = std::iter::once(&result.meter)
        .chain(&result.other_meters)
        .filter_map(|m| m.power.as_ref().filter(|t| !t.power_w.is_empty() && t.t_s.len() > t.power_w.len()).map(|t| (m, t)))
        .collect();
    let most = meters.iter().flat_map(|(_, t)| &t.power_w).copied().fold(0.0, f64::max);
    let ends = |f: fn(&Phase) -> f64| result.phases.iter().map(f);
    let last = meters.iter().filter_map(|(_, t)| t.t_s.last()).copied().chain(ends(|p| p.to_s)).fold(0.0, f64::max);
    if meters.is_empty() || last <= 0.0 {
        return None;
    }
    let mut drawing = Drawing::new(760.0, 350.0);
    let (x, y) = (Scale::between(0.0, last, SIDES), Scale::linear(0.0, most, [HEIGHT[1], HEIGHT[0]]));
    let mut at = SIDES[0];
    for what in SHADED.into_iter().filter(|what| result.phases.iter().any(|p| p.what == *what)) {
        drawing.rect([at, 8.0], [at + 14.0, 20.0], shade(what));
        drawing.text([at + 19.0, 18.0], "start", "tick", what.word());
        at += 34.0 + 6.4 * what.word().len() as f64;
    }
    drawing.text([at, 18.0], "start", "tick", "unshaded: passes, activity, statistics");
    for phase in &result.phases {
        drawing.rect([x.at(phase.from_s), HEIGHT[1]], [x.at(phase.to_s), HEIGHT[0]], shade(phase.what));
    }
    drawing.below(&x, HEIGHT_DOWN, "seconds since the start of the run", digits);
    drawing.beside(&y, SIDES, "watts", digits);
    let name = |m: &Meter| m.name.clone().unwrap_or_default();
    for (i, (meter, trace)) in meters.iter().enumerate() {
        let steps =
            trace.power_w.iter().zip(trace.t_s.windows(2)).flat_map(|(w, t)| [[x.at(t[0]), y.at(*w)], [x.at(t[1]), y.at(*w)]]);
        drawing.curve(steps, &format!("curve {}", colour(i)));
        drawing.legend(Shape::Square, [SIDES[0] + 6.0 + 220.0 * i as f64, 32.0], &colour(i), &name(meter));
    }
    if let Some(idle) = result.meter.idle_power_w.value {
        drawing.line([SIDES[0], y.at(idle)], [SIDES[1], y.at(idle)], "now");
        drawing.text([SIDES[1], y.at(idle) - 4.0], "end", "tick", &format!("idle {}", si(idle, "W")));
    }
    let mut table = Rows::new(
        "Power in the windows of each workload",
        &["workload", "mean power", "windows", "idle", "idle, network loaded"],
    );
    for w in &result.workloads {
        table.push([
            w.scenario.clone(),
            w.energy.power_w.value.map_or_else(|| "not measured".into(), |p| si(p, "W")),
            w.energy.windows.to_string(),
            result.meter.idle_power_w.value.map_or_else(|| "not measured".into(), |p| si(p, "W")),
            w.energy.loaded_idle_w.value.map_or_else(|| "not measured".into(), |p| si(p, "W")),
        ]);
    }
    let description = signs(&format!(
        "Power of {} over {} s; at most {}. What went on is shaded.",
        name(meters[0].0),
        digits(last),
        si(most, "W")
    ));
    Some(Figure { id: "power".into(), title: "Power over time".into(), description, table, drawing, has_marks: false })
}

const HEIGHT_DOWN: [f64; 2] = [HEIGHT[1], HEIGHT[0]];
