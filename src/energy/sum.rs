//! A meter that adds up what several meters have shown, each by a clock of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Accuracy, Channel, Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// A meter's description, as it travels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// Name.
    pub name: String,
    /// Kind of evidence.
    pub tier: Tier,
    /// What it sees.
    pub scope: Scope,
    resolution: Option<f64>,
    attention: f64,
    plausible_w: (f64, f64),
    accuracy: Option<Accuracy>,
    notes: Vec<String>,
    unquotable: Option<String>,
}

impl From<&MeterInfo> for Described {
    fn from(info: &MeterInfo) -> Self {
        Self {
            name: info.name.clone(),
            tier: info.tier,
            scope: info.scope,
            resolution: info.resolution,
            attention: info.attention,
            plausible_w: info.plausible_w,
            accuracy: info.accuracy.clone(),
            notes: info.notes.clone(),
            unquotable: info.unquotable.clone(),
        }
    }
}

/// What a meter has shown since somebody last asked, by its own clock.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Shown {
    counts_energy: bool,
    /// Renewals: time, s; value, J or W.
    updates: Vec<(f64, f64)>,
    /// Time of the last good reading, s.
    seen_s: Option<f64>,
    lost: Option<String>,
}

impl Shown {
    /// What a meter has shown from a renewal on.
    pub fn since(channel: &Channel, renewal: usize) -> Self {
        let trace = &channel.trace;
        let counts_energy = trace.counts_energy == Some(true);
        // A counter was found with a value of unknown age.
        let dated = trace.updates.iter().skip(renewal).filter(|u| !counts_energy || u.within_s.is_finite());
        Self {
            counts_energy,
            updates: dated.map(|u| (u.t_s, u.value)).collect(),
            seen_s: trace.seen_s.map(|s| s.1),
            lost: trace.lost.as_ref().map(|(_, why)| why.clone()),
        }
    }
}

/// One of the meters.
#[derive(Debug, Default)]
struct Part {
    name: String,
    /// Times, s, and joules since the first of them.
    curve: Vec<(f64, f64)>,
    /// The last value, J or W.
    value: f64,
    lost: Option<String>,
}

impl Part {
    fn take(&mut self, shown: &Shown, later_s: f64) {
        for (t_s, value) in &shown.updates {
            self.go_on(t_s + later_s, Some(*value), shown.counts_energy);
        }
        // A power holds until it is renewed; what a counter has gained is known when it is renewed.
        if let Some(seen_s) = shown.seen_s.filter(|_| !shown.counts_energy && !self.curve.is_empty()) {
            self.go_on(seen_s + later_s, None, false);
        }
        if self.lost.is_none() {
            self.lost.clone_from(&shown.lost);
        }
    }

    fn go_on(&mut self, t_s: f64, value: Option<f64>, counts_energy: bool) {
        let (last_s, last_j) = self.curve.last().copied().unwrap_or((t_s, 0.0));
        // Clocks are compared again and again, to within a little.
        let t_s = t_s.max(last_s);
        let gained_j = match value {
            _ if self.curve.is_empty() => 0.0,
            Some(value) if counts_energy => value - self.value,
            _ => self.value * (t_s - last_s),
        };
        self.value = value.unwrap_or(self.value);
        self.curve.push((t_s, last_j + gained_j));
    }

    fn joules(&self, t_s: f64) -> f64 {
        let after = self.curve.partition_point(|(t, _)| *t < t_s).clamp(1, self.curve.len().max(2) - 1);
        match (self.curve.get(after - 1), self.curve.get(after)) {
            (Some((a_s, a_j)), Some((b_s, b_j))) if b_s > a_s => a_j + (b_j - a_j) * (t_s - a_s) / (b_s - a_s),
            (_, Some((_, j))) | (Some((_, j)), None) => *j,
            (None, None) => 0.0,
        }
    }
}

/// What is known of all meters of a sum.
#[derive(Debug, Default)]
pub struct Parts {
    parts: Vec<Part>,
    told_s: Option<f64>,
}

impl Parts {
    /// Takes in what a meter has shown, whose clock is behind by so many seconds.
    pub fn take(&mut self, part: usize, shown: &Shown, later_s: f64) {
        if let Some(part) = self.parts.get_mut(part) {
            part.take(shown, later_s);
        }
    }

    /// The sums at all renewals that have not been told yet, as far as all meters are known.
    fn sums(&mut self) -> Vec<Sample> {
        let from: Option<Vec<f64>> = self.parts.iter().map(|p| p.curve.first().map(|c| c.0)).collect();
        let to: Option<Vec<f64>> = self.parts.iter().map(|p| p.curve.last().map(|c| c.0)).collect();
        let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
        let from_s = from.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let to_s = to.into_iter().fold(f64::INFINITY, f64::min);
        let is_new = |t_s: f64| t_s >= from_s && t_s <= to_s && self.told_s.is_none_or(|told| t_s > told);
        let mut times: Vec<f64> = self.parts.iter().flat_map(|p| &p.curve).map(|c| c.0).filter(|t| is_new(*t)).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        let sum = |t_s: f64| Sample { t_s, reading: Reading::EnergyJ(self.parts.iter().map(|p| p.joules(t_s)).sum()) };
        let sums: Vec<Sample> = times.into_iter().map(sum).collect();
        if let Some(last) = sums.last() {
            self.told_s = Some(last.t_s);
            for part in &mut self.parts {
                let past = part.curve.partition_point(|(t, _)| *t < last.t_s);
                part.curve.drain(..past.saturating_sub(1));
            }
        }
        sums
    }
}

/// The meter.
#[derive(Debug)]
pub struct Sum {
    info: MeterInfo,
    parts: Arc<Mutex<Parts>>,
}

impl Sum {
    /// Adds meters up, each with the name of where it is; and where what they show is to be put.
    ///
    /// # Errors
    /// If they are not of one tier and one scope: such figures are never added.
    pub fn of(meters: &[(String, Described)]) -> Result<(Self, Arc<Mutex<Parts>>), String> {
        let [(first_place, first), others @ ..] = meters else { return Err("there is no meter to add".into()) };
        if let Some((place, other)) = others.iter().find(|(_, m)| (m.tier, m.scope) != (first.tier, first.scope)) {
            let words = |m: &Described| format!("{} ({}, {})", m.name, m.tier.words(), m.scope.words());
            return Err(format!(
                "{first_place} has {}, {place} has {}: figures of different kinds are not added",
                words(first),
                words(other)
            ));
        }
        let each: Vec<String> = meters.iter().map(|(place, m)| format!("{} of {place}", m.name)).collect();
        let mut info = MeterInfo::new("sum", format!("sum of {}", each.join(", ")), first.tier, first.scope);
        let all = || meters.iter().map(|(_, m)| m);
        info.pushes = true;
        info.resolution = all().map(|m| m.resolution).sum();
        info.attention = all().map(|m| m.attention).fold(1.0, f64::min);
        info.plausible_w = all().fold((0.0, 0.0), |sum, m| (sum.0 + m.plausible_w.0, sum.1 + m.plausible_w.1));
        // Meters alike may err alike, so that the part by which the sum may be wrong is that of the worst of them.
        let accuracies: Option<Vec<&Accuracy>> = all().map(|m| m.accuracy.as_ref()).collect();
        info.accuracy = accuracies.and_then(|each| {
            let worst = |a: &Accuracy| a.high - a.low;
            each.into_iter().max_by(|a, b| worst(a).total_cmp(&worst(b))).cloned()
        });
        info.notes = meters.iter().flat_map(|(place, m)| m.notes.iter().map(move |note| format!("{place}: {note}"))).collect();
        info.unquotable = all().find_map(|m| m.unquotable.clone());
        let parts = each.into_iter().map(|name| Part { name, ..Part::default() }).collect();
        let parts = Arc::new(Mutex::new(Parts { parts, told_s: None }));
        Ok((Self { info, parts: Arc::clone(&parts) }, parts))
    }
}

impl Meter for Sum {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, _: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let mut parts = lock(&self.parts);
        let sums = parts.sums();
        match parts.parts.iter().find_map(|p| Some(format!("{}: {}", p.name, p.lost.as_ref()?))) {
            Some(why) if sums.is_empty() => Err(MeterError::gone(why)),
            _ => Ok(sums),
        }
    }
}

/// A panic of who puts in leaves at worst less than was shown.
fn lock(parts: &Mutex<Parts>) -> MutexGuard<'_, Parts> {
    parts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str, tier: Tier, scope: Scope) -> Described {
        Described::from(&MeterInfo::new("command", name, tier, scope))
    }

    fn energies(samples: Vec<Sample>) -> Vec<(f64, f64)> {
        let of = |s: Sample| match s.reading {
            Reading::EnergyJ(j) => (s.t_s, j),
            Reading::PowerW(w) => panic!("{w} W"),
        };
        samples.into_iter().map(of).collect()
    }

    /// A counter at 30 W that began late, by a clock 100 s behind, and a sensor that shows 50, later 70 W.
    #[test]
    fn counters_and_sensors_add_up_where_both_are_known() {
        let meter = |name| (format!("{name} host"), described(name, Tier::WallMeter, Scope::Wall));
        let (mut sum, parts) = Sum::of(&[meter("one"), meter("other")]).expect("alike");
        let read = |sum: &mut Sum| energies(sum.read(&crate::energy::SystemClock::default()).expect("both are there"));
        let counter = |from: i32, to: i32| Shown {
            counts_energy: true,
            updates: (from..to).map(|k| (f64::from(k) - 100.0, 500.0 + 30.0 * f64::from(k))).collect(),
            ..Shown::default()
        };
        let sensor =
            |updates: &[(f64, f64)], seen_s| Shown { updates: updates.to_vec(), seen_s: Some(seen_s), ..Shown::default() };
        lock(&parts).take(0, &counter(2, 6), 100.0);
        assert_eq!(read(&mut sum), [], "one of them is not known yet");
        lock(&parts).take(1, &sensor(&[(0.5, 50.0), (3.5, 70.0)], 4.25), 0.0);
        // Both are known from 2 s on, where the sensor has seen 75 J.
        let expected = [(2.0, 75.0), (3.0, 155.0), (3.5, 195.0), (4.0, 245.0), (4.25, 270.0)];
        assert_eq!(read(&mut sum), expected);
        assert_eq!(read(&mut sum), [], "nothing is told twice");
        lock(&parts).take(0, &counter(6, 9), 100.0);
        lock(&parts).take(1, &sensor(&[], 8.0), 0.0);
        assert_eq!(read(&mut sum), [(5.0, 345.0), (6.0, 445.0), (7.0, 545.0), (8.0, 645.0)]);
        lock(&parts).take(1, &Shown { lost: Some("unplugged".into()), ..Shown::default() }, 0.0);
        let error = sum.read(&crate::energy::SystemClock::default()).expect_err("one is gone");
        assert!(error.gone && error.text == "other of other host: unplugged", "{error:?}");
    }

    #[test]
    fn figures_of_different_kinds_are_not_added() {
        let a = ("host a".to_owned(), described("package", Tier::EnergyCounter, Scope::CpuPackage));
        let b = ("host b".to_owned(), described("plug", Tier::WallMeter, Scope::Wall));
        let why = Sum::of(&[a.clone(), b]).expect_err("unlike");
        assert_eq!(
            why,
            "host a has package (energy counter, CPU package), host b has plug (wall meter, whole machine at the wall): figures of different kinds are not added"
        );
        assert_eq!(Sum::of(&[a.clone(), a]).expect("alike").0.info().name, "sum of package of host a, package of host a");
    }
}
