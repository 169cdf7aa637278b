//! A brain on a machine, in words and tables.

#![allow(clippy::cast_possible_truncation, reason = "numbers of things below 10^7")]

use super::format::{counted, digits, grouped, multiple, si};
use super::rows::Rows;
use crate::result::project::{Estimate, Growth, Projection};

/// A figure with its range.
fn ranged(e: Estimate, words: impl Fn(f64) -> String) -> String {
    let [low, value, high] = [e.low, e.value, e.high].map(words);
    if low == high { value } else { format!("{value} ({low} to {high})") }
}

/// A time that may be long.
fn time(s: f64) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    match s {
        s if s < 120.0 => si(s, "s"),
        s if s < 7200.0 => format!("{} min", digits(s / 60.0)),
        s if s < 2.0 * 86_400.0 => format!("{} h", digits(s / 3600.0)),
        s if s < 2.0 * YEAR => format!("{} days", digits(s / 86_400.0)),
        s => format!("{} years", digits(s / YEAR)),
    }
}

fn number(x: f64) -> String {
    match x {
        x if x >= 1e7 => format!("{x:.2e}"),
        // Whole things.
        x if x.fract() == 0.0 => grouped(x as i64),
        x => digits(x),
    }
}

fn grows(g: &Growth, unit: &str) -> String {
    let terms = [(g.fixed, ""), (g.per_update, " for each neuron update"), (g.per_event, " for each synaptic event")];
    let told: Vec<String> = terms.iter().filter(|(w, _)| *w > 0.0).map(|(w, of)| format!("{}{of}", si(*w, unit))).collect();
    let others = match g.fits {
        1 => String::new(),
        n => format!("; {n} fits explain the sizes about as well, and the range holds them all"),
    };
    format!("{} (spread {} %{others})", told.join(" + "), digits(100.0 * g.spread))
}

/// The sizes that were measured, and how well the fit tells them.
pub fn sizes(p: &Projection) -> Rows {
    let mut rows = Rows::new(
        "of a second of life",
        &["workload", "neurons", "synapses", "updates", "events", "wall time", "fit", "joules", "fit"],
    );
    let off = |x: f64| format!("{:+.1} %", 100.0 * x);
    for s in &p.sizes {
        rows.push([
            s.scenario.clone(),
            grouped(i64::try_from(s.neurons).unwrap_or(i64::MAX)),
            grouped(i64::try_from(s.synapses).unwrap_or(i64::MAX)),
            number(s.updates),
            number(s.events),
            si(s.wall_s, "s"),
            off(s.wall_off),
            s.joules.map_or_else(|| "-".into(), |j| si(j, "J")),
            s.joules_off.map_or_else(|| "-".into(), off),
        ]);
    }
    rows
}

/// Everything else, a line each: what, and how much.
pub fn lines(p: &Projection) -> Vec<(&'static str, String)> {
    let b = &p.brain;
    let constants = |r: &crate::result::Reference| ranged(Estimate { low: r.low, value: r.value, high: r.high }, number);
    let bytes = |e: Estimate| ranged(e, |x| si(x, "B"));
    let mut lines = vec![
        (
            "brain",
            format!(
                "{}: {} neurons, {} synapses, {} Hz",
                b.title,
                constants(&b.neurons),
                constants(&b.synapses),
                constants(&b.rate_hz)
            ),
        ),
        ("machine", p.machine.clone()),
        ("time grows as", grows(&p.time, "s")),
    ];
    if let Some(energy) = &p.energy {
        lines.push(("joules grow as", grows(energy, "J")));
    }
    lines.push((
        "carried over",
        format!(
            "{} the neurons of the largest measured size, {} its synaptic events",
            multiple(p.beyond[0]),
            multiple(p.beyond[1])
        ),
    ));
    lines.push(("a second of life", format!("takes one machine {}", ranged(p.wall_s, time))));
    if let Some(s) = p.wall_s_on_machines {
        let n = p.machines.value;
        lines.push((
            "on those asked for",
            format!("{} machines: {}, if nothing is lost between them", number(n), ranged(s, time)),
        ));
    }
    lines.push(("as fast as life", format!("{} machines, if nothing is lost between them", ranged(p.wall_s.map_up(), number))));
    match (&p.joules, &p.no_energy) {
        (Some(j), _) => {
            lines.push(("joules of a second of life", ranged(*j, |x| si(x, "J"))));
            let brains = p.as_brains.map(|e| format!("{} such brains, ", ranged(e, number)));
            let homes = p.as_households.map(|e| format!("{} households", ranged(e, number)));
            lines.push(("power as fast as life", format!("{}{}", brains.unwrap_or_default(), homes.unwrap_or_default())));
        }
        (None, why) => lines.push(("joules", format!("none: {}", why.clone().unwrap_or_default()))),
    }
    lines.push(("memory, synapses stored", p.stored_bytes.map_or_else(|| "not told: no size stored its synapses".into(), bytes)));
    lines.push(("memory, synapses evaluated anew", bytes(p.procedural_bytes)));
    if let Some(n) = p.machines_for_memory {
        lines.push(("machines that hold the stored synapses", ranged(n, number)));
    }
    lines.push((
        "between machines, a second of life",
        format!(
            "{} in all, {} into each, if every spike goes once to every other of {}",
            bytes(p.network_bytes),
            bytes(p.network_bytes_each),
            ranged(p.machines, number)
        ),
    ));
    if let Some((cost, s, wall)) = p.exchange.and_then(|cost| Some((cost, p.exchange_s?, p.wall_s_with_exchange?))) {
        lines.push((
            "an exchange takes",
            format!(
                "{} a batch and {} a byte between {} ranks (spread {} %); a batch takes as many times longer between more as the logarithm of their number tells",
                si(cost.batch_s, "s"),
                si(cost.byte_s, "s"),
                cost.ranks,
                digits(100.0 * cost.spread)
            ),
        ));
        lines.push((
            "with the exchange",
            format!(
                "{} machines take {} for a second of life, of which the exchange is {}: {} %",
                ranged(p.machines, number),
                ranged(wall, time),
                ranged(s, time),
                digits(100.0 * s.value / wall.value)
            ),
        ));
    }
    lines
}

/// Runs of brain's size that were published.
pub fn records(p: &Projection) -> Rows {
    let mut rows = Rows::new("Published runs of brain's size", &["what", "by", "machine", "RTF", "source"]);
    for r in &p.records {
        let rtf = r.realtime_factor.map_or_else(|| "not told".into(), digits);
        rows.push([r.what.clone(), r.who.clone(), r.machine.clone(), rtf, r.source.clone()]);
    }
    rows
}

/// What must be said of all of it.
pub fn caveat(p: &Projection) -> String {
    format!(
        "An extrapolation from {} to a network that nobody ran: ranges have every constant of the brain at its end and every fit that explains the sizes; what a larger network does to caches, links and machines that fail is in none of them.",
        counted(p.sizes.len() as u64, "measured size")
    )
}
