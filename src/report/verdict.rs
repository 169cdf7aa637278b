//! The verdict in plain words.

use super::format::{digits, multiple, rtf, si};
use crate::message;
use crate::message::{Message, Term};
use crate::result::{Class, Conditions, Counterpart, ProfileName, Provenance, RunResult, Tier, Workload};

/// What the figures say, one sentence a line.
pub fn verdict(result: &RunResult) -> Message {
    let mut lines: Vec<Message> = Vec::new();
    let e = &result.engine;
    let who = format!("{}{}", who(result), if e.is_gpu { "" } else { ", not a GPU," });
    if let Some(w) = chosen(result) {
        lines.push(speed(&who, w).into());
        lines.extend(energy(result, w).into_iter().map(Message::from));
    }
    for w in &result.workloads {
        lines.extend(cautions(w).into_iter().map(Message::from));
    }
    if let Some(how) = &result.meter.how_to_get_one {
        let why = format!("No joules: {how}. Or give the device's power yourself: ");
        lines.push(message!(why, Term::Watts, " W (it will be labelled \"assumed\")."));
    }
    if e.adapter.is_some() && !e.is_gpu {
        let made_for = "A software adapter runs the GPU's shaders on the processor; the built-in engine is made for it: ";
        lines.push(message!(made_for, Term::CpuEngine, "."));
    }
    let tolerant = result.workloads.iter().filter(|w| w.class == Class::Tolerant).map(|w| w.scenario.as_str());
    let tolerant: Vec<&str> = tolerant.collect();
    if !tolerant.is_empty() {
        let claim = "the same statistics on every engine, no claim that spikes and checksum are the same";
        lines.push(format!("Tolerant class ({}): {claim}.", tolerant.join(", ")).into());
    }
    if result.protocol == ProfileName::Quick && !result.workloads.is_empty() {
        let quick = "Quick profile: indicative figures. For figures to quote: ";
        lines.push(message!(quick, Term::StandardProfile, "."));
    }
    if result.protocol == ProfileName::Publication && result.meter.tier != Some(Tier::WallMeter) {
        let wall = "For a publication, read a wall meter beside the machine's own: ";
        lines.push(message!(wall, Term::MeterCommand, " or ", Term::MeterCsv, " (docs/measurement.md)."));
    }
    let mut all = Message::default();
    for (i, line) in lines.into_iter().enumerate() {
        if i > 0 {
            all.push("\n");
        }
        all.push(line);
    }
    all
}

/// What did the work.
fn who(result: &RunResult) -> String {
    let e = &result.engine;
    match &e.adapter {
        None if !e.ranks.is_empty() => {
            let mut engines: Vec<&str> = e.ranks.iter().map(|rank| rank.engine.as_str()).collect();
            engines.dedup();
            format!("{} ranks ({}) on {}", e.ranks.len(), engines.join("; "), result.machine.cpu)
        }
        None => format!("the built-in CPU engine on {} ({} threads)", result.machine.cpu, e.threads.unwrap_or(1)),
        Some(a) if e.is_gpu => a.name.clone(),
        Some(a) => format!("the software adapter {} on {}", a.name, result.machine.cpu),
    }
}

/// The network that stands for the field, or else the last one that ran.
fn chosen(result: &RunResult) -> Option<&Workload> {
    result.workloads.iter().find(|w| w.scenario.starts_with("microcircuit")).or(result.workloads.last())
}

/// The one sentence to repeat.
pub fn headline(result: &RunResult) -> String {
    let Some(w) = chosen(result) else { return "No workload was measured.".to_owned() };
    let r = w.realtime_factor;
    let pace = match r {
        _ if (0.95..1.05).contains(&r) => "as fast as life".to_owned(),
        _ if r > 1.0 => format!("{} times slower than life", digits(r)),
        _ => format!("{} times faster than life", digits(1.0 / r)),
    };
    let (q, what) = w.gross_j_per_event();
    let multiple_of = |b: &crate::result::Comparison| match what {
        "synaptic event" => b.gross.synaptic_event_multiple,
        "spike" => b.gross.spike_multiple,
        _ => None,
    };
    let mut text = format!("{} runs {} {pace}", capitalised(&who(result)), w.scenario);
    match (q.value, w.brain.as_ref()) {
        (Some(joules), Some(b)) => {
            let evidence =
                w.energy.provenance.map_or("", |p| if p == Provenance::Assumed { " (by an assumed power)" } else { "" });
            text += &format!(", at {} per {what}{evidence}", si(joules, "J"));
            if let Some(m) = multiple_of(b) {
                text += &format!(": {} times a {}'s", times(m.default), b.gross.counterpart.words());
            }
            text.push('.');
        }
        _ => text += "; its joules were not measured.",
    }
    super::figures::signs(&text)
}

/// A factor as people say it.
fn times(x: f64) -> String {
    match x {
        _ if x >= 1e12 => format!("{} trillion", digits(x * 1e-12)),
        _ if x >= 1e9 => format!("{} billion", digits(x * 1e-9)),
        _ if x >= 1e6 => format!("{} million", digits(x * 1e-6)),
        _ => digits(x),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a reader of a workload's joules must be told.
fn cautions(w: &Workload) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for warning in &w.energy.warnings {
        lines.push(format!("{} ({}): {}.", if warning.unreliable { "NOT RELIABLE" } else { "Note" }, w.scenario, warning.text));
    }
    if let Some(c) = &w.energy.conditions {
        let state = device(c);
        if !state.is_empty() {
            lines.push(format!("Device ({}): {}.", w.scenario, state.join(", ")));
        }
    }
    for other in &w.other_meters {
        if let (Some(name), Some(tier), Some(scope), Some(power)) = (&other.meter, other.tier, other.scope, other.power_w.value) {
            lines.push(format!(
                "Beside it ({}): {} by {name} ({}, {}).",
                w.scenario,
                si(power, "W"),
                tier.words(),
                scope.words()
            ));
        }
    }
    lines
}

/// The state of the device over the windows.
fn device(c: &Conditions) -> Vec<String> {
    let range =
        |name: &str, r: Option<[f64; 2]>, unit: &str| r.map(|[a, b]| format!("{name} {} to {} {unit}", digits(a), digits(b)));
    [
        c.temperature_c.map(|[a, b]| format!("{} degrees Celsius at first, {} at last", digits(a), digits(b))),
        range("core clock", c.core_clock_mhz, "MHz"),
        range("memory clock", c.memory_clock_mhz, "MHz"),
        c.power_limit_w.map(|w| format!("limit {}", si(w, "W"))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn speed(who: &str, w: &Workload) -> String {
    let r = w.realtime_factor;
    let pace = if r >= 1.0 {
        format!("{} times slower than life", digits(r))
    } else {
        format!("{} times faster than life", digits(1.0 / r))
    };
    let scale = if (w.scale - 1.0).abs() > 1e-9 { format!(" at scale {}", digits(w.scale)) } else { String::new() };
    format!("Speed: {who} ran {}{scale} ({}) {pace} (RTF {}).", w.scenario, w.drive.words(), rtf(r))
}

/// Joules, and whose they are.
fn of_counterpart(counterpart: Counterpart, joules: f64) -> String {
    let joules = si(joules, "J");
    match counterpart {
        Counterpart::Brain => format!("the brain's {joules}"),
        Counterpart::Body => format!("the body's {joules}"),
        Counterpart::Signalling => format!("the {joules} of the brain's signalling"),
    }
}

fn energy(result: &RunResult, w: &Workload) -> Vec<String> {
    let (Some(b), Some(power)) = (&w.brain, w.energy.power_w.value) else { return Vec::new() };
    let provenance = match (w.energy.provenance, w.energy.tier) {
        (Some(p), Some(tier)) if p != Provenance::Assumed => format!("{}, {}", p.word(), tier.words()),
        (p, _) => p.map_or("unknown", Provenance::word).to_owned(),
    };
    let mut lines = Vec::new();
    let sides = [
        ("gross", Some(&b.gross), [&w.energy.gross_j_per_synaptic_event, &w.energy.gross_j_per_spike]),
        ("net", b.net.as_ref(), [&w.energy.net_j_per_synaptic_event, &w.energy.net_j_per_spike]),
    ];
    for (kind, beside, [per_event, per_spike]) in sides.into_iter().filter_map(|(kind, b, q)| b.map(|b| (kind, b, q))) {
        let figures = [
            (per_event, beside.synaptic_event_multiple, "synaptic event", beside.j_per_synaptic_event),
            (per_spike, beside.spike_multiple, "spike", beside.j_per_spike),
        ];
        for (q, m, what, other) in figures {
            let (Some(joules), Some(m)) = (q.value, m) else { continue };
            // What cannot be told from nothing has no multiple.
            if q.ci95.map_or(joules, |[low, _]| low) <= 0.0 {
                lines.push(format!("Energy ({provenance}, {kind}): {} per {what} cannot be told from nothing.", si(joules, "J")));
                continue;
            }
            lines.push(format!(
                "Energy ({provenance}, {kind}): {}{} per {what}, {} {} (95 % of what the literature allows: {} to {}; extremes {} to {}).",
                si(joules, "J"),
                q.ci95.map_or_else(String::new, |[low, high]| format!(" +- {} %", digits(50.0 * (high - low) / joules))),
                multiple(m.default),
                of_counterpart(beside.counterpart, other.default),
                multiple(m.low),
                multiple(m.high),
                multiple(m.extreme_low),
                multiple(m.extreme_high)
            ));
        }
    }
    if let (Some(idle), Some(loaded)) = (result.meter.idle_power_w.value, w.energy.loaded_idle_w.value) {
        let [idle, loaded, active, dynamic] = [idle, loaded, power, power - idle].map(|p| si(p, "W"));
        lines.push(format!(
            "Power, step by step: idle {idle}, with the network loaded {loaded}, active {active}, so dynamic {dynamic}."
        ));
    }
    lines.push(format!(
        "Power ({provenance}): {} would feed {} brains of {} W, {} LED bulbs or {} incandescent bulbs.",
        si(power, "W"),
        digits(b.brains),
        result.brain.power_w.value,
        digits(b.led_bulbs),
        digits(b.incandescent_bulbs)
    ));
    lines
}
