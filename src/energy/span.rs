//! The energy of a stretch of work, read from a trace, with what the meter leaves uncertain.

#![allow(clippy::cast_possible_truncation, reason = "windows, samples and repetitions are few; times are rounded")]

use super::trace::{Trace, Trouble, Update};
use super::{MeterInfo, Tier};
use crate::math::sample_sd;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Span {
    /// Begin, s on the monotonic clock.
    pub from_s: f64,
    /// End, s.
    pub to_s: f64,
}

impl Span {
    /// Length, s.
    pub fn length_s(&self) -> f64 {
        self.to_s - self.from_s
    }
}

/// The energy of a span and its standard uncertainties, J. Only what belongs to the meter is in them; the spread between spans
/// is the protocol's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanEnergy {
    /// Energy, J.
    pub energy_j: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Renewals of the meter within.
    pub updates: usize,
    /// When renewals happened.
    pub timing_j: f64,
    /// What lies between the ends and the nearest renewals, and what the sensor's averaging moves across them.
    pub ends_j: f64,
    /// Steps of the meter's scale, where they are drawn anew for every span.
    pub resolution_j: f64,
    /// Steps of the scale of a power sensor, W: the same for every span.
    pub resolution_w: f64,
    /// Time during which the sensor did not look.
    pub attention_j: f64,
    /// Readings that are flagged but kept.
    pub flags: Vec<String>,
}

/// Gaps and standstills that may be in a span, part of its length.
const MOST_MISSING: f64 = 0.05;

/// A sensor counts as lively when it has been renewed so often in a window and in so many seconds before it.
const LIVELY_UPDATES: usize = 20;
const LIVELY_S: f64 = 20.0;

/// Reads a span's energy from a trace. `lag_s` is how long the meter's values look back.
///
/// # Errors
/// Why the span cannot be used, in words.
pub fn span_energy(info: &MeterInfo, trace: &Trace, span: Span, lag_s: f64) -> Result<SpanEnergy, String> {
    let Span { from_s, to_s } = span;
    let duration_s = span.length_s();
    if info.tier == Tier::Assumed {
        let power = trace.updates.last().map_or(0.0, |u| u.value);
        return Ok(SpanEnergy { energy_j: power * duration_s, duration_s, ..SpanEnergy::default() });
    }
    covered(trace, span)?;
    let mut out = SpanEnergy { duration_s, ..SpanEnergy::default() };
    let mut missing_s = 0.0;
    for i in trace.incidents_within(from_s, to_s) {
        match i.trouble {
            Trouble::Backwards | Trouble::Reset => return Err(i.text.clone()),
            Trouble::Implausible => out.flags.push(i.text.clone()),
            Trouble::Gap => missing_s += i.to_s.min(to_s) - i.from_s.max(from_s),
            Trouble::Failed => {}
        }
    }
    let updates = trace.updates_within(from_s, to_s);
    out.updates = updates.len();
    let energy_counter = trace.counts_energy == Some(true);
    let chunks = chunk_powers(trace, span);
    let chunk_sd = sample_sd(&chunks);
    let drift_w = match (chunks.first(), chunks.last()) {
        (Some(a), Some(b)) => (b - a).abs(),
        _ => 0.0,
    };
    // What the meter's memory moves into and out of the span: as much as power differs between its ends.
    let lag_j = lag_s * drift_w / 3f64.sqrt();
    if energy_counter {
        let (a, b) = ends(updates, duration_s)?;
        let power = (b.value - a.value) / (b.t_s - a.t_s);
        caught_up(trace, updates, power)?;
        out.energy_j = power * duration_s;
        let jitter = |u: &Update| u.within_s.min(trace.period_s().unwrap_or(u.within_s)).powi(2) / 12.0;
        out.timing_j = power * (jitter(a) + jitter(b)).sqrt();
        let beyond_s = (duration_s - (b.t_s - a.t_s)).max(0.0);
        out.ends_j = (beyond_s * chunk_sd).hypot(lag_j);
        // A difference of two readings, each rounded or cut off alike.
        out.resolution_j = info.resolution.unwrap_or(0.0) / 6f64.sqrt();
        out.attention_j = duration_s * chunk_sd * ((1.0 - info.attention) / chunks.len().max(1) as f64).sqrt();
    } else {
        if missing_s > MOST_MISSING * duration_s {
            return Err(format!("readings are missing for {missing_s:.2} of its {duration_s:.2} s"));
        }
        stands_still(info, trace, span)?;
        out.energy_j = trace.held_j(from_s, to_s).ok_or("there was no reading before its end")?;
        let values: Vec<f64> = updates.iter().map(|u| u.value).collect();
        let value_sd = sample_sd(&values);
        let period_s = trace.period_s().unwrap_or(0.0);
        // A value holds until the next one comes, so the ends may be off by a period of whatever power varies by.
        out.timing_j = (period_s + missing_s) * value_sd;
        out.ends_j = lag_j;
        // Whether it rounds or cuts off is not known: up to a step to either side.
        out.resolution_w = info.resolution.unwrap_or(0.0) / 3f64.sqrt();
        if !values.is_empty() {
            out.attention_j = duration_s * value_sd * ((1.0 - info.attention) / values.len() as f64).sqrt();
        }
    }
    Ok(out)
}

/// The meter must have been there all the time.
fn covered(trace: &Trace, Span { from_s, to_s }: Span) -> Result<(), String> {
    let tolerance_s = f64::max(0.5, 3.0 * trace.period_s().unwrap_or(0.0));
    if let Some((at, why)) = trace.lost.as_ref().filter(|(at, _)| *at < to_s) {
        return Err(format!("the meter was lost {:.1} s before it ended: {why}", to_s - at));
    }
    match trace.seen_s {
        None => Err("the meter has not shown anything".into()),
        Some((first, _)) if first > from_s + tolerance_s => {
            Err(format!("the meter's first reading comes {:.1} s after it began", first - from_s))
        }
        Some((_, last)) if last < to_s - tolerance_s => {
            Err(format!("the meter's last reading comes {:.1} s before it ended", to_s - last))
        }
        Some(_) => Ok(()),
    }
}

/// First and last renewal of a counter within a span of which they must see at least half.
fn ends(updates: &[Update], duration_s: f64) -> Result<(&Update, &Update), String> {
    let mut seen = updates.iter().filter(|u| u.within_s.is_finite());
    match (seen.next(), seen.next_back()) {
        (Some(a), Some(b)) if b.t_s - a.t_s >= 0.5 * duration_s => Ok((a, b)),
        (Some(_), Some(_)) => Err("the energy counter was renewed too seldom within it".into()),
        _ => Err(format!("the energy counter did not move within its {duration_s:.2} s; it needs longer windows")),
    }
}

/// A counter that stood still must have caught up afterwards.
fn caught_up(trace: &Trace, updates: &[Update], mean_w: f64) -> Result<(), String> {
    let Some(limit_s) = trace.stale_limit_s() else { return Ok(()) };
    for w in updates.windows(2).filter(|w| w[1].t_s - w[0].t_s > limit_s) {
        let length_s = w[1].t_s - w[0].t_s;
        let power = (w[1].value - w[0].value) / length_s;
        if (power / mean_w - 1.0).abs() > 0.2 {
            return Err(format!("the energy counter stood still for {length_s:.1} s and did not make up for it"));
        }
    }
    Ok(())
}

/// A power sensor whose value is renewed regularly must go on being renewed. One that only now and then goes a step of its scale up or
/// down, or shows a load without any noise, may stand still.
fn stands_still(info: &MeterInfo, trace: &Trace, Span { from_s, to_s }: Span) -> Result<(), String> {
    let Some(limit_s) = trace.stale_limit_s().filter(|_| !info.pushes) else { return Ok(()) };
    let around = trace.updates_within(from_s - LIVELY_S, to_s);
    let values: Vec<f64> = around.iter().map(|u| u.value).collect();
    if around.len() < LIVELY_UPDATES || sample_sd(&values) <= 2.0 * info.resolution.unwrap_or(0.0) {
        return Ok(());
    }
    let begin = trace.updates.partition_point(|u| u.t_s <= from_s).saturating_sub(1);
    let times = trace.updates[begin..].iter().map(|u| u.t_s.max(from_s)).take_while(|t| *t < to_s);
    let times: Vec<f64> = times.chain([to_s]).collect();
    let still_s: f64 = times.windows(2).map(|w| w[1] - w[0]).filter(|d| *d > limit_s).sum();
    if still_s > MOST_MISSING * (to_s - from_s) {
        return Err(format!("the meter's value stood still for {still_s:.1} s although it is usually renewed"));
    }
    Ok(())
}

/// Mean powers of up to ten equal parts of a span that hold several renewals each, W.
pub(crate) fn chunk_powers(trace: &Trace, span: Span) -> Vec<f64> {
    let least_s = f64::max(0.2, 5.0 * trace.period_s().unwrap_or(0.0));
    let n = ((span.length_s() / least_s) as usize).min(10);
    let part_s = span.length_s() / n.max(1) as f64;
    let begins = (0..n).map(|i| span.from_s + part_s * i as f64);
    begins.filter_map(|from_s| trace.mean_power_w(from_s, from_s + part_s)).collect()
}
