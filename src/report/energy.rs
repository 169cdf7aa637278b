//! The energy side of the result: meters, joules, and the budget of their uncertainty.

use serde::Serialize;

use super::result::Quantity;
use crate::bench::MeterAccount;
use crate::energy::{Account, Accuracy, Condition, IdlePower, MeterInfo, Part, Tier, Warning, median};

/// A meter.
#[derive(Debug, Clone, Serialize)]
pub struct MeterReport {
    /// Name; null without a meter.
    pub name: Option<String>,
    /// `measured`, `estimated` or `assumed`; null without a meter.
    pub provenance: Option<&'static str>,
    /// Kind of evidence; null without a meter.
    pub tier: Option<&'static str>,
    /// What it sees; null without a meter.
    pub scope: Option<&'static str>,
    /// Step of its scale, J or W as it shows; null if unknown.
    pub resolution: Option<f64>,
    /// Measured time between renewals, s; null if its value was not seen to change.
    pub update_period_s: Option<f64>,
    /// What is known of its gain; null if nothing is.
    pub accuracy: Option<Accuracy>,
    /// Power of the quiet machine, W.
    pub idle_power_w: Quantity,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Why this one decides; null for the others and without a meter.
    pub chosen: Option<String>,
    /// Why there is no meter and how to get one; null with a meter.
    pub how_to_get_one: Option<String>,
}

impl MeterReport {
    /// No meter, and why.
    pub fn none(how_to_get_one: &str) -> Self {
        Self {
            name: None,
            provenance: None,
            tier: None,
            scope: None,
            resolution: None,
            update_period_s: None,
            accuracy: None,
            idle_power_w: Quantity::missing("no meter"),
            notes: Vec::new(),
            chosen: None,
            how_to_get_one: Some(how_to_get_one.to_owned()),
        }
    }

    /// A meter as it was found.
    pub fn of(info: &MeterInfo, update_period_s: Option<f64>, idle: &Result<IdlePower, String>, chosen: Option<&str>) -> Self {
        Self {
            name: Some(info.name.clone()),
            provenance: Some(info.tier.provenance().word()),
            tier: Some(info.tier.words()),
            scope: Some(info.scope.words()),
            resolution: info.resolution,
            update_period_s: update_period_s.filter(|_| info.tier != Tier::Assumed),
            accuracy: info.accuracy.clone(),
            idle_power_w: match idle {
                Ok(p) => Quantity::around(p.watts, 1.96 * p.uncertainty_w),
                Err(why) => Quantity::missing(why.clone()),
            },
            notes: info.notes.clone(),
            chosen: chosen.map(str::to_owned),
            how_to_get_one: None,
        }
    }
}

/// Energy of a workload. `gross` is all the device drew, `net` gross minus idle power x duration.
#[derive(Debug, Clone, Serialize)]
pub struct Energy {
    /// The meter; null without one.
    pub meter: Option<String>,
    /// Provenance of every figure below; null without a meter.
    pub provenance: Option<&'static str>,
    /// Kind of evidence of every figure below; null without a meter.
    pub tier: Option<&'static str>,
    /// What the meter sees; null without one.
    pub scope: Option<&'static str>,
    /// Windows measured and used.
    pub windows: usize,
    /// Whether the figures can be relied upon; null without any.
    pub reliable: Option<bool>,
    /// What a reader must be told.
    pub warnings: Vec<Warning>,
    /// Mean power, W.
    pub power_w: Quantity,
    /// Gross energy of one repetition, J.
    pub gross_j: Quantity,
    /// Net energy of one repetition, J.
    pub net_j: Quantity,
    /// Gross energy per neuron update, J.
    pub gross_j_per_update: Quantity,
    /// Gross energy per spike, J.
    pub gross_j_per_spike: Quantity,
    /// Gross energy per synaptic event, J.
    pub gross_j_per_synaptic_event: Quantity,
    /// Net energy per neuron update, J.
    pub net_j_per_update: Quantity,
    /// Net energy per spike, J.
    pub net_j_per_spike: Quantity,
    /// Net energy per synaptic event, J.
    pub net_j_per_synaptic_event: Quantity,
    /// Energy of building the network, J; in none of the figures above.
    pub build_j: Quantity,
    /// Half width of the 95 % interval of gross energies, part of the value; null from a single window.
    pub relative_u95: Option<f64>,
    /// Parts of that uncertainty.
    pub budget: Vec<Part>,
    /// How long the meter took to show nine tenths of the load, s; null if that could not be seen.
    pub response_s: Option<f64>,
    /// The device's state in the windows; null if the meter cannot tell.
    pub conditions: Option<Conditions>,
}

/// The device's state over all windows.
#[derive(Debug, Clone, Serialize)]
pub struct Conditions {
    /// First and last temperature, degrees Celsius.
    pub temperature_c: Option<[f64; 2]>,
    /// Lowest and highest clock of the compute units, MHz.
    pub core_clock_mhz: Option<[f64; 2]>,
    /// Lowest and highest clock of the memory, MHz.
    pub memory_clock_mhz: Option<[f64; 2]>,
    /// Power limit, W.
    pub power_limit_w: Option<f64>,
    /// Everything that held the clocks down at some time.
    pub throttling: Vec<String>,
    /// Every other process seen on the device.
    pub other_processes: Vec<String>,
    /// Joules of the energy counter over those of the power sensor, all windows together; null without both.
    pub counter_over_power: Option<f64>,
}

impl Conditions {
    fn of(list: &[Condition]) -> Option<Self> {
        let (first, last) = (list.first()?, list.last()?);
        let range = |f: fn(&Condition) -> Option<f64>| {
            let values = || list.iter().filter_map(f);
            Some([values().reduce(f64::min)?, values().reduce(f64::max)?])
        };
        let all = |f: fn(&Condition) -> &Vec<String>| {
            let mut names: Vec<String> = list.iter().flat_map(f).cloned().collect();
            names.sort();
            names.dedup();
            names
        };
        Some(Self {
            temperature_c: first.temperature_c.zip(last.temperature_c).map(|(a, b)| [a, b]),
            core_clock_mhz: range(|c| c.core_clock_mhz),
            memory_clock_mhz: range(|c| c.memory_clock_mhz),
            power_limit_w: last.power_limit_w,
            throttling: all(|c| &c.throttling),
            other_processes: all(|c| &c.other_processes),
            counter_over_power: {
                let ratios: Vec<f64> = list.iter().filter_map(|c| c.counter_over_power).collect();
                median(&ratios)
            },
        })
    }

    fn warnings(&self) -> Vec<Warning> {
        let mut out = Vec::new();
        if !self.other_processes.is_empty() {
            let text = format!(
                "other programs used the device ({}): their energy is in the figures; close them and measure again",
                self.other_processes.join(", ")
            );
            out.push(Warning { text, unreliable: true });
        }
        if let Some(ratio) = self.counter_over_power.filter(|r| (r - 1.0).abs() > 0.05) {
            let text = format!(
                "the device's energy counter shows {:.2} times what its own power sensor does: one of them is wrong, so compare with another meter",
                ratio
            );
            out.push(Warning { text, unreliable: true });
        }
        if !self.throttling.is_empty() {
            let text = format!("clocks were held down by {}", self.throttling.join(", "));
            out.push(Warning { text, unreliable: false });
        }
        out
    }
}

/// What a repetition is, for [`Energy::new`].
#[derive(Debug, Clone, Copy)]
pub struct PerRepetition {
    /// Steps.
    pub steps: u64,
    /// Neurons.
    pub neurons: u64,
}

impl Energy {
    /// Without figures.
    pub fn missing(reason: &str) -> Self {
        let none = || Quantity::missing(reason);
        Self {
            meter: None,
            provenance: None,
            tier: None,
            scope: None,
            windows: 0,
            reliable: None,
            warnings: Vec::new(),
            power_w: none(),
            gross_j: none(),
            net_j: none(),
            gross_j_per_update: none(),
            gross_j_per_spike: none(),
            gross_j_per_synaptic_event: none(),
            net_j_per_update: none(),
            net_j_per_spike: none(),
            net_j_per_synaptic_event: none(),
            build_j: none(),
            relative_u95: None,
            budget: Vec::new(),
            response_s: None,
            conditions: None,
        }
    }

    /// One meter's figures.
    pub fn new(metered: &MeterAccount, per: PerRepetition) -> Self {
        let info = &metered.info;
        let conditions = Conditions::of(&metered.conditions);
        let build_j = match &metered.build_j {
            Ok(j) => Quantity::exact(*j),
            Err(why) => Quantity::missing(why.clone()),
        };
        let named = Self {
            meter: Some(info.name.clone()),
            provenance: Some(info.tier.provenance().word()),
            tier: Some(info.tier.words()),
            scope: Some(info.scope.words()),
            conditions,
            build_j,
            ..Self::missing("nothing was measured")
        };
        match &metered.account {
            Ok(account) => named.with(account, per),
            Err(why) => {
                let missing = Self::missing(&format!("the meter failed: {why}"));
                let warnings = vec![Warning { text: format!("no joules: {why}"), unreliable: true }];
                Self {
                    meter: named.meter,
                    provenance: None,
                    tier: named.tier,
                    scope: named.scope,
                    conditions: named.conditions,
                    build_j: named.build_j,
                    warnings,
                    ..missing
                }
            }
        }
    }

    fn with(self, a: &Account, per: PerRepetition) -> Self {
        let relative = a.relative_u95();
        let gross = |amount: f64, n: u64, what: &str| match n {
            0 => Quantity::missing(what),
            _ => Quantity::with_interval(amount / n as f64, relative.map(|u| u * amount / n as f64)),
        };
        let (net_j, net_u95) = (a.net_j(), a.net_u95_j());
        let why_no_net = a.idle.as_ref().err().cloned().unwrap_or_default();
        let net = |n: u64, scale: f64, what: &str| match (n, net_j) {
            (0, _) => Quantity::missing(what),
            (_, None) => Quantity::missing(why_no_net.clone()),
            (_, Some(j)) => Quantity::with_interval(scale * j / n as f64, net_u95.map(|u| scale * u / n as f64)),
        };
        let updates = a.work.steps * per.neurons;
        let (no_updates, no_spikes, no_events) =
            ("there were no updates", "there were no spikes", "the workload has no synaptic events");
        let warnings = [a.warnings.clone(), self.conditions.as_ref().map(Conditions::warnings).unwrap_or_default()].concat();
        Self {
            windows: a.windows.len(),
            reliable: Some(warnings.iter().all(|w| !w.unreliable)),
            warnings,
            power_w: Quantity::with_interval(a.power_w(), a.power_relative_u95().map(|u| u * a.power_w())),
            gross_j: gross(a.energy_j * per.steps as f64, a.work.steps, no_updates),
            net_j: net(a.work.steps, per.steps as f64, no_updates),
            gross_j_per_update: gross(a.energy_j, updates, no_updates),
            gross_j_per_spike: gross(a.energy_j, a.work.spikes, no_spikes),
            gross_j_per_synaptic_event: gross(a.energy_j, a.work.events, no_events),
            net_j_per_update: net(updates, 1.0, no_updates),
            net_j_per_spike: net(a.work.spikes, 1.0, no_spikes),
            net_j_per_synaptic_event: net(a.work.events, 1.0, no_events),
            relative_u95: relative,
            budget: a.budget.clone(),
            response_s: a.response_s,
            ..self
        }
    }
}
