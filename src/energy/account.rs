//! From windows and a meter's trace to joules per event, their uncertainty part by part, and what a reader must be told.

#![allow(clippy::cast_possible_truncation, reason = "windows, samples and repetitions are few; times are rounded")]

use super::observation::{Observation, Window, Work};
use super::profile::Profile;
use super::span::{Span, SpanEnergy, chunk_powers, span_energy};
use super::{MeterInfo, Trace};
use crate::math::{median, sample_sd, student_t95};

/// When the machine was quiet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Idle {
    /// Before the first workload and, where the profile takes the time, after the last.
    pub spans: Vec<Span>,
}

/// Power of the quiet machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdlePower {
    /// Mean, W.
    pub watts: f64,
    /// Standard uncertainty, W.
    pub uncertainty_w: f64,
}

/// The idle baseline a meter saw.
///
/// # Errors
/// Why there is none.
pub fn idle_power(info: &MeterInfo, trace: &Trace, idle: &Idle) -> Result<IdlePower, String> {
    if !info.measures() {
        return Err("an assumed power has no idle baseline".into());
    }
    let mut means = Vec::new();
    let mut variance = 0.0;
    for span in &idle.spans {
        let e = span_energy(info, trace, *span, 0.0)?;
        means.push(e.energy_j / e.duration_s);
        let parts = chunk_powers(trace, *span);
        let own = sample_sd(&parts).powi(2) / parts.len().max(1) as f64;
        variance += own + ((e.timing_j + e.resolution_j) / e.duration_s).powi(2) + e.resolution_w.powi(2);
    }
    let n = means.len() as f64;
    if means.is_empty() {
        return Err("no idle baseline was taken".into());
    }
    let watts = means.iter().sum::<f64>() / n;
    // The baseline of a workload lies anywhere between those before and after.
    let span = means.iter().fold(0.0, |m: f64, x| m.max((x - watts).abs()));
    Ok(IdlePower { watts, uncertainty_w: (variance / (n * n) + span * span / 3.0).sqrt() })
}

/// Where uncertainty comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// The spread of windows.
    Windows,
    /// When the meter was renewed.
    Renewals,
    /// What its averaging moves across the ends of windows.
    Ends,
    /// Steps of its scale.
    Resolution,
    /// It looks only a part of the time.
    Attention,
    /// The two orders of workloads differ.
    Order,
}

impl ComponentKind {
    /// Word for tables.
    pub fn word(self) -> &'static str {
        match self {
            ComponentKind::Windows => "windows",
            ComponentKind::Renewals => "renewals",
            ComponentKind::Ends => "ends",
            ComponentKind::Resolution => "resolution",
            ComponentKind::Attention => "attention",
            ComponentKind::Order => "order",
        }
    }
}

/// A component of the uncertainty of joules per event.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it is.
    pub name: ComponentKind,
    /// Standard uncertainty, part of the value.
    pub relative: f64,
    /// Degrees of freedom; null where it does not come from repetitions.
    pub degrees: Option<usize>,
    /// Where it comes from.
    pub why: String,
}

/// Something a reader must be told.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// In words.
    pub text: String,
    /// Whether it makes the figures unreliable.
    pub unreliable: bool,
}

/// Joules of a workload by one meter.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Energy and work of the windows that can be used.
    pub windows: Vec<(Window, SpanEnergy)>,
    /// Energy of them all, J.
    pub energy_j: f64,
    /// Length of them all, s.
    pub duration_s: f64,
    /// Work of them all.
    pub work: Work,
    /// The idle baseline, or why there is none.
    pub idle: Result<IdlePower, String>,
    /// How long the meter took to show the load, s.
    pub response_s: Option<f64>,
    /// The energy budget: components of the uncertainty of the gross energy per event.
    pub budget: Vec<Component>,
    /// What a reader must be told.
    pub warnings: Vec<Warning>,
}

/// An outlier stands out by this modified z-score (Iglewicz and Hoaglin 1993).
const OUTLIER_SCORE: f64 = 3.5;
/// Deviations that make figures unreliable, part of the value.
const UNRELIABLE_BY: f64 = 0.05;
/// Drift between first and last window worth telling.
const DRIFT: f64 = 0.02;
/// An interval wider than this to either side is no figure to quote.
const TOO_WIDE: f64 = 0.1;

impl Account {
    /// Reads the windows of an observation from a meter's trace.
    ///
    /// # Errors
    /// Why no window can be used, in words.
    pub fn of(info: &MeterInfo, trace: &Trace, seen: &Observation, idle: &Idle, profile: &Profile) -> Result<Self, String> {
        let idle = idle_power(info, trace, idle);
        let steady_w = trace.mean_power_w(seen.warm_s, seen.windows.last().map_or(seen.warm_s, |w| w.span.to_s));
        let response_s = match (&idle, steady_w) {
            (Ok(idle), Some(steady_w)) => response_s(info, trace, idle.watts, steady_w, seen.began_s, seen.warm_s),
            _ => None,
        };
        let lag_s = response_s.or(trace.period_s()).unwrap_or(0.0);
        let mut windows = Vec::new();
        let mut dropped = Vec::new();
        for (i, w) in seen.windows.iter().enumerate() {
            match span_energy(info, trace, w.span, lag_s) {
                Ok(e) => windows.push((*w, e)),
                Err(why) => dropped.push((i + 1, why)),
            }
        }
        if windows.is_empty() {
            return Err(dropped.pop().map_or_else(|| "nothing was measured".into(), |(_, why)| why));
        }
        let mut account = Self {
            energy_j: windows.iter().map(|(_, e)| e.energy_j).sum(),
            duration_s: windows.iter().map(|(_, e)| e.duration_s).sum(),
            work: Work::default(),
            windows,
            idle,
            response_s,
            budget: Vec::new(),
            warnings: Vec::new(),
        };
        for (w, _) in &account.windows {
            account.work += w.work;
        }
        account.budget = account.components(info, trace);
        account.warnings = account.warn(info, trace, seen, profile, &dropped);
        Ok(account)
    }

    /// Mean power, W.
    pub fn power_w(&self) -> f64 {
        self.energy_j / self.duration_s
    }

    /// Energy per unit of work of every window, J.
    fn per_work(&self) -> Vec<f64> {
        let unit = |w: &Work| if self.work.events > 0 { w.events } else { w.steps };
        self.windows.iter().map(|(w, e)| e.energy_j / unit(&w.work).max(1) as f64).collect()
    }

    fn components(&self, info: &MeterInfo, trace: &Trace) -> Vec<Component> {
        let total = self.energy_j.abs();
        let y = self.per_work();
        let n = y.len();
        let mean = y.iter().sum::<f64>() / n as f64;
        let part = |name, relative, degrees, why: String| Component { name, relative, degrees, why };
        let quadratic = |f: fn(&SpanEnergy) -> f64| self.windows.iter().map(|(_, e)| f(e).powi(2)).sum::<f64>().sqrt() / total;
        let mut parts = Vec::new();
        if n >= 2 {
            let spread = sample_sd(&y) / mean.abs() / (n as f64).sqrt();
            parts.push(part(
                ComponentKind::Windows,
                spread,
                Some(n - 1),
                format!("spread of {n} windows, {:.2} % of their mean", 100.0 * sample_sd(&y) / mean.abs()),
            ));
        }
        if !info.measures() {
            return parts;
        }
        parts.push(part(ComponentKind::Renewals, quadratic(|e| e.timing_j), None, "when the meter was renewed, and gaps".into()));
        parts.push(part(
            ComponentKind::Ends,
            quadratic(|e| e.ends_j),
            None,
            "what its averaging moves across the ends of windows".into(),
        ));
        let steps = quadratic(|e| e.resolution_j).hypot(self.windows[0].1.resolution_w / self.power_w().abs());
        // A wall meter may show either.
        let unit = if trace.counts_energy == Some(true) { "J" } else { "W" };
        let scale = info.resolution.map_or_else(|| "unknown".to_owned(), |r| format!("{r} {unit}"));
        parts.push(part(ComponentKind::Resolution, steps, None, format!("steps of its scale ({scale})")));
        if info.attention < 1.0 {
            let why = format!("it looks {:.0} % of the time", 100.0 * info.attention);
            parts.push(part(ComponentKind::Attention, quadratic(|e| e.attention_j), None, why));
        }
        let orders = self.by_order(&y);
        if let [first, second] = orders[..] {
            let half = 0.5 * ((first - second) / mean).abs();
            parts.push(part(
                ComponentKind::Order,
                half / 3f64.sqrt(),
                None,
                format!("the two orders differ by {:.2} %", 200.0 * half),
            ));
        }
        parts
    }

    /// Mean of each order, where there are two.
    fn by_order(&self, y: &[f64]) -> Vec<f64> {
        let mean = |order: u32| {
            let own: Vec<f64> = self.windows.iter().zip(y).filter(|((w, _), _)| w.order == order).map(|(_, y)| *y).collect();
            (!own.is_empty()).then(|| own.iter().sum::<f64>() / own.len() as f64)
        };
        [mean(0), mean(1)].into_iter().flatten().collect()
    }

    /// Half width of the 95 % interval of gross joules per event, part of the value; `None` from a single window. Parts are combined as
    /// the Guide to the Expression of Uncertainty in Measurement says (JCGM 100:2008, 5.1.2 and annex G.4).
    pub fn relative_u95(&self) -> Option<f64> {
        let (combined, spread) = self.combined()?;
        Some(coverage(combined, spread, self.windows.len() - 1) * combined)
    }

    /// The same of the mean power, whose windows spread less or more than their joules per event.
    pub fn power_relative_u95(&self) -> Option<f64> {
        let powers: Vec<f64> = self.windows.iter().map(|(_, e)| e.energy_j / e.duration_s).collect();
        let n = powers.len() as f64;
        let spread = sample_sd(&powers) / n.sqrt() / self.power_w().abs();
        let combined = self.combined_with(spread);
        (n >= 2.0).then(|| coverage(combined, spread, self.windows.len() - 1) * combined)
    }

    /// Standard uncertainty of gross joules per event, all components of the budget together, part of the value; `None` from a single
    /// window.
    pub fn relative_combined(&self) -> Option<f64> {
        self.combined().map(|(combined, _)| combined)
    }

    /// The same, and the component that comes from the spread of windows.
    fn combined(&self) -> Option<(f64, f64)> {
        let spread = self.budget.iter().find(|c| c.name == ComponentKind::Windows)?.relative;
        Some((self.combined_with(spread), spread))
    }

    /// The spread of windows together with all other components.
    fn combined_with(&self, spread: f64) -> f64 {
        let others = self.budget.iter().filter(|c| c.name != ComponentKind::Windows).map(|c| c.relative.powi(2));
        (spread * spread + others.sum::<f64>()).sqrt()
    }

    /// Half width of the 95 % interval of the net energy of all windows, J.
    pub fn net_u95_j(&self) -> Option<f64> {
        let idle = self.idle.as_ref().ok()?;
        let gross = self.relative_u95()? * self.energy_j;
        Some(gross.hypot(1.96 * idle.uncertainty_w * self.duration_s))
    }

    /// Net energy of all windows, J.
    pub fn net_j(&self) -> Option<f64> {
        self.idle.as_ref().ok().map(|idle| self.energy_j - idle.watts * self.duration_s)
    }

    /// Whether the figures can be relied upon.
    pub fn is_reliable(&self) -> bool {
        self.warnings.iter().all(|w| !w.unreliable)
    }

    fn warn(
        &self,
        info: &MeterInfo,
        trace: &Trace,
        seen: &Observation,
        profile: &Profile,
        dropped: &[(usize, String)],
    ) -> Vec<Warning> {
        let mut out = Vec::new();
        let mut tell = |text: String, unreliable| out.push(Warning { text, unreliable });
        let all = seen.windows.len();
        if let Some((first, why)) = dropped.first() {
            let which = if dropped.len() == 1 {
                format!("window {first} was")
            } else {
                format!("{} of {all} windows were", dropped.len())
            };
            tell(format!("{which} left out: {why}"), 3 * dropped.len() > all);
        }
        if !info.measures() {
            return out;
        }
        if let Some(why) = &info.unquotable {
            tell(why.clone(), true);
        }
        if let Some((_, why)) = &trace.lost {
            tell(format!("the meter was lost: {why}"), false);
        }
        for flag in self.windows.iter().flat_map(|(_, e)| &e.flags).take(1) {
            tell(format!("{flag}; such readings are kept, so the figures are not to be relied upon"), true);
        }
        if seen.steady == Some(false) {
            tell(
                format!(
                    "power was not steady after {:.0} s of warm-up; let the machine settle, or measure a longer workload",
                    seen.warm_s - seen.began_s
                ),
                false,
            );
        }
        let y = self.per_work();
        if let (true, Some(first), Some(last)) = (y.len() >= 3, y.first(), y.last()) {
            let drift = last / first - 1.0;
            if drift.abs() > DRIFT {
                let way = if drift > 0.0 { "more" } else { "less" };
                tell(
                    format!(
                        "the last window took {:.1} % {way} energy per event than the first: heat, clocks or another program changed; close other programs and measure again",
                        100.0 * drift.abs()
                    ),
                    drift.abs() > UNRELIABLE_BY,
                );
            }
        }
        for (i, by) in outliers(&y) {
            let way = if by > 0.0 { "above" } else { "below" };
            tell(
                format!(
                    "window {} lies {:.1} % {way} the others: something else may have used the device; close other programs and measure again",
                    i + 1,
                    100.0 * by.abs()
                ),
                by.abs() > UNRELIABLE_BY,
            );
        }
        match (self.relative_u95(), profile.target) {
            (Some(u), _) if u > TOO_WIDE => {
                tell(format!("the interval is +- {:.0} %: too wide to be quoted; measure longer", 100.0 * u), true);
            }
            (Some(u), Some(target)) if u > target && profile.repeat.is_none() => {
                tell(
                    format!(
                        "the interval is +- {:.1} %, not the {:.0} % aimed at, when the time was over",
                        100.0 * u,
                        100.0 * target
                    ),
                    false,
                );
            }
            _ => {}
        }
        let least = self.windows.iter().map(|(_, e)| e.updates).min().unwrap_or(0);
        if least < profile.window_updates && profile.target.is_some() {
            tell(
                format!("a window saw {least} renewals of the meter, fewer than the {} asked for", profile.window_updates),
                false,
            );
        }
        if let Ok(idle) = &self.idle
            && self.power_w() < idle.watts * 1.001 + idle.uncertainty_w
        {
            tell(
                format!(
                    "the meter shows no more power under load ({:.1} W) than idle ({:.1} W): it may not see this work",
                    self.power_w(),
                    idle.watts
                ),
                true,
            );
        }
        out
    }
}

/// How long a meter took to show nine tenths of a load's power, s: an upper bound of what it averages over. `None` if the load does not
/// stand out.
fn response_s(info: &MeterInfo, trace: &Trace, idle_w: f64, steady_w: f64, began_s: f64, warm_s: f64) -> Option<f64> {
    if !info.measures() || steady_w - idle_w < 0.05 * steady_w {
        return None;
    }
    let wanted = idle_w + 0.9 * (steady_w - idle_w);
    let updates = trace.updates_within(began_s, warm_s);
    let reached = match trace.counts_energy? {
        true => updates.windows(2).find(|w| (w[1].value - w[0].value) / (w[1].t_s - w[0].t_s) >= wanted).map(|w| w[1].t_s),
        false => updates.iter().find(|u| u.value >= wanted).map(|u| u.t_s),
    };
    reached.map(|t| t - began_s)
}

/// Coverage factor for 95 %: Student's quantile with the effective degrees of freedom (Welch and Satterthwaite).
fn coverage(combined: f64, spread: f64, degrees: usize) -> f64 {
    if spread <= 0.0 {
        return 1.96;
    }
    let effective = degrees as f64 * (combined / spread).powi(4);
    student_t95((effective.min(1e6) as usize).max(1))
}

/// Values that stand out from the others, with their deviation from the median as a part of it.
fn outliers(y: &[f64]) -> Vec<(usize, f64)> {
    let Some(middle) = median(y).filter(|_| y.len() >= 5) else { return Vec::new() };
    let deviations: Vec<f64> = y.iter().map(|x| (x - middle).abs()).collect();
    // Windows that hardly differ at all have no outliers: half a per cent is everyday noise.
    let scale = median(&deviations).unwrap_or(0.0).max(0.005 * middle.abs());
    let score = |x: f64| 0.6745 * (x - middle).abs() / scale;
    let out: Vec<_> =
        y.iter().enumerate().filter(|(_, x)| score(**x) > OUTLIER_SCORE).map(|(i, x)| (i, x / middle - 1.0)).collect();
    // Where many stand out, none does: then that is the spread.
    if 4 * out.len() > y.len() { Vec::new() } else { out }
}
