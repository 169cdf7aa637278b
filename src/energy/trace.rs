//! What a meter has shown over time, and what went wrong with it.

use super::{MeterError, MeterInfo, Reading, Sample};

/// A renewal of a meter's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// When, s.
    pub t_s: f64,
    /// Width of the interval within which it happened, s; infinite for the value a meter was found with.
    pub within_s: f64,
    /// The new value, J or W.
    pub value: f64,
}

/// What can be wrong with a stretch of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No reading came.
    Gap,
    /// Readings failed.
    Failed,
    /// A reading was dated before the one before it.
    Backwards,
    /// An energy counter started again.
    Reset,
    /// A value outside what the device can do.
    Implausible,
}

/// Trouble, with its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Begin, s.
    pub from_s: f64,
    /// End, s.
    pub to_s: f64,
    /// Kind.
    pub trouble: Trouble,
    /// What happened, in words.
    pub text: String,
}

/// Failures for so long mean that the meter is gone, s.
const LOST_AFTER_S: f64 = 3.0;
/// A meter that is read again and again has a gap when no reading came for so long, s.
const POLL_GAP_S: f64 = 0.5;
/// Renewals from which the period is learnt.
const LEARNT_FROM: usize = 40;
/// Incidents kept; a meter that fails more often is not worth a longer list.
const MOST_INCIDENTS: usize = 1000;

/// All a meter has shown.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Whether the values are joules; unknown before the first.
    pub counts_energy: Option<bool>,
    /// Renewals of the value, in order.
    pub updates: Vec<Update>,
    /// Trouble, in order of its begin.
    pub incidents: Vec<Incident>,
    /// Times of the first and last good reading, s.
    pub seen_s: Option<(f64, f64)>,
    /// When and why the meter was lost.
    pub lost: Option<(f64, String)>,
    failing_since_s: Option<f64>,
    period_s: Option<f64>,
}

impl Trace {
    /// Takes samples in.
    pub fn take(&mut self, info: &MeterInfo, samples: &[Sample]) {
        if !samples.is_empty() {
            self.failing_since_s = None;
        }
        for s in samples {
            self.take_one(info, *s);
        }
    }

    fn take_one(&mut self, info: &MeterInfo, Sample { t_s, reading }: Sample) {
        let (value, energy) = match reading {
            Reading::EnergyJ(j) => (j, true),
            Reading::PowerW(w) => (w, false),
        };
        let last_s = self.seen_s.map(|s| s.1);
        if !value.is_finite() {
            return self.fail(t_s, &MeterError::passing(format!("the meter showed {value}")));
        }
        if *self.counts_energy.get_or_insert(energy) != energy {
            return self.fail(t_s, &MeterError::passing("the meter changed between joules and watts"));
        }
        if let Some(last_s) = last_s {
            if t_s < last_s {
                let text = format!("a reading was dated {:.3} s before the one before it: a clock was set back", last_s - t_s);
                return self.incident(Incident { from_s: t_s, to_s: last_s, trouble: Trouble::Backwards, text });
            }
            let limit_s = if info.pushes { self.gap_limit_s() } else { POLL_GAP_S };
            if t_s - last_s > limit_s {
                let text = format!("no reading for {:.2} s", t_s - last_s);
                self.incident(Incident { from_s: last_s, to_s: t_s, trouble: Trouble::Gap, text });
            }
        }
        self.look_for_nonsense(info, t_s, value);
        let changed = self.updates.last().is_none_or(|u| u.value != value);
        if info.pushes || changed {
            let (t_s, within_s) = match last_s {
                _ if info.pushes => (t_s, 0.0),
                None => (t_s, f64::INFINITY),
                // However long nobody looked, the value shown is not older than a period.
                Some(last_s) => {
                    let within_s = (t_s - last_s).min(self.period_s.unwrap_or(f64::INFINITY));
                    (t_s - 0.5 * within_s, within_s)
                }
            };
            self.updates.push(Update { t_s, within_s, value });
            self.learn_period();
        }
        self.seen_s = Some((self.seen_s.map_or(t_s, |s| s.0), t_s));
    }

    fn look_for_nonsense(&mut self, info: &MeterInfo, t_s: f64, value: f64) {
        let last = self.updates.last().copied();
        let (low, high) = info.plausible_w;
        let incident = |trouble, text| Incident { from_s: last.map_or(t_s, |u| u.t_s.min(t_s)), to_s: t_s, trouble, text };
        match (self.counts_energy, last) {
            (Some(true), Some(u)) if value < u.value => {
                let text = format!("the energy counter went back by {:.3} J: it was reset", u.value - value);
                self.incident(incident(Trouble::Reset, text));
            }
            (Some(true), Some(u)) if t_s - u.t_s > 0.05 && (value - u.value) / (t_s - u.t_s) > high => {
                let text =
                    format!("the energy counter rose by {:.0} W, more than {high:.0} W", (value - u.value) / (t_s - u.t_s));
                self.incident(incident(Trouble::Implausible, text));
            }
            (Some(false), _) if !(low..=high).contains(&value) => {
                let text = format!("the meter showed {value:.1} W, outside {low:.0} to {high:.0} W");
                self.incident(Incident { from_s: t_s, to_s: t_s, trouble: Trouble::Implausible, text });
            }
            _ => {}
        }
    }

    /// Takes a failed reading in.
    pub fn fail(&mut self, t_s: f64, e: &MeterError) {
        let since = *self.failing_since_s.get_or_insert(t_s);
        if (e.gone || t_s - since > LOST_AFTER_S) && self.lost.is_none() {
            self.lost = Some((since, e.text.clone()));
        }
        match self.incidents.last_mut() {
            Some(last) if last.trouble == Trouble::Failed && last.to_s >= since => last.to_s = t_s,
            _ => self.incident(Incident { from_s: t_s, to_s: t_s, trouble: Trouble::Failed, text: e.text.clone() }),
        }
    }

    fn incident(&mut self, incident: Incident) {
        if self.incidents.len() < MOST_INCIDENTS {
            self.incidents.push(incident);
        }
    }

    /// Time between renewals, s: the lower quartile, since a renewal with the same value is not seen. `None` before the fourth.
    pub fn period_s(&self) -> Option<f64> {
        self.period_s
    }

    /// Whether that is settled.
    pub(super) fn knows_its_period(&self) -> bool {
        self.updates.len() > LEARNT_FROM
    }

    /// Looks at the first renewals only: later ones may be read less often than they come.
    fn learn_period(&mut self) {
        if self.updates.len() > LEARNT_FROM {
            return;
        }
        let seen: Vec<f64> = self.updates.iter().filter(|u| u.within_s.is_finite()).map(|u| u.t_s).collect();
        let mut between: Vec<f64> = seen.windows(2).map(|w| w[1] - w[0]).collect();
        between.sort_by(f64::total_cmp);
        self.period_s = (between.len() >= 3).then(|| between[between.len() / 4]);
    }

    /// Time without a pushed reading that counts as a gap, s.
    fn gap_limit_s(&self) -> f64 {
        f64::max(1.0, 5.0 * self.period_s.unwrap_or(1.0))
    }

    /// Time without a renewal after which a meter's value is stale, s; `None` while its period is unknown.
    pub fn stale_limit_s(&self) -> Option<f64> {
        self.period_s().map(|p| f64::max(1.0, 10.0 * p))
    }

    /// Incidents that touch a stretch of time.
    pub fn incidents_within(&self, from_s: f64, to_s: f64) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |i| i.from_s <= to_s && i.to_s >= from_s)
    }

    /// Renewals within a stretch of time, both ends included.
    pub fn updates_within(&self, from_s: f64, to_s: f64) -> &[Update] {
        let begin = self.updates.partition_point(|u| u.t_s < from_s);
        let end = self.updates.partition_point(|u| u.t_s <= to_s);
        &self.updates[begin..end.max(begin)]
    }

    /// Mean power between two times, W, as well as the trace tells: for progress and decisions, not for results.
    pub fn mean_power_w(&self, from_s: f64, to_s: f64) -> Option<f64> {
        match self.counts_energy? {
            true => {
                let seen: Vec<&Update> = self.updates_within(from_s, to_s).iter().filter(|u| u.within_s.is_finite()).collect();
                let (a, b) = (seen.first()?, seen.last()?);
                (b.t_s > a.t_s).then(|| (b.value - a.value) / (b.t_s - a.t_s))
            }
            false => (to_s > from_s).then(|| self.held_j(from_s, to_s)).flatten().map(|j| j / (to_s - from_s)),
        }
    }

    /// Integral of a power whose value holds until the next renewal, J; `None` without a value.
    pub fn held_j(&self, from_s: f64, to_s: f64) -> Option<f64> {
        let begin = self.updates.partition_point(|u| u.t_s <= from_s).saturating_sub(1);
        let first = self.updates.get(begin)?;
        let (mut at, mut value, mut sum) = (from_s, first.value, 0.0);
        for u in self.updates[begin + 1..].iter().take_while(|u| u.t_s < to_s) {
            let t = u.t_s.max(from_s);
            sum += value * (t - at);
            (at, value) = (t, u.value);
        }
        Some(sum + value * (to_s - at))
    }
}
