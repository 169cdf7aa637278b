//! From what was measured to the figures of a result.

use super::{Measurement, MeterAccount};
use crate::energy::{Account, Channel, Condition, Idle, MeterInfo, Span, SpanEnergy, Tier, Trace, Window, idle_power};
use crate::engine::{Counts, PassTime, PlanSummary};
use crate::math::median;
use crate::network::{Network, Population};
use crate::result::{
    Activity, ActivityOverTime, Brain, Comparison, Conditions, Energy, Meter, Phase, PopulationRate, PowerTrace, Quantity, Trial,
    Warning, WindowEnergy, Workload,
};

/// Most points of a power trace per second, and of a whole trace: a result stays below a megabyte.
const POINTS_PER_S: f64 = 200.0;
const MOST_POINTS: usize = 8000;

/// A meter as it was found, and what it showed.
pub(super) fn meter(channel: &Channel, idle: &Idle, chosen: Option<&str>) -> Meter {
    let info = channel.info();
    Meter {
        name: Some(info.name.clone()),
        provenance: Some(info.tier.provenance()),
        tier: Some(info.tier),
        scope: Some(info.scope),
        resolution: info.resolution,
        update_period_s: channel.trace.period_s().filter(|_| info.tier != Tier::Assumed),
        accuracy: info.accuracy.clone(),
        idle_power_w: self::idle(info, &channel.trace, idle),
        notes: info.notes.clone(),
        chosen: chosen.map(str::to_owned),
        how_to_get_one: None,
        power: power(&channel.trace),
    }
}

/// Power of a machine at rest.
pub(super) fn idle(info: &MeterInfo, trace: &Trace, idle: &Idle) -> Quantity {
    match idle_power(info, trace, idle) {
        Ok(p) => Quantity::around(p.watts, 1.96 * p.uncertainty_w),
        Err(why) => Quantity::missing(why),
    }
}

/// Power over time with so few points that a file can hold them. Energy is kept: every point is the mean since the one before.
fn power(trace: &Trace) -> Option<PowerTrace> {
    let counts = trace.counts_energy?;
    let (first, last) = (trace.updates.first()?, trace.updates.last()?);
    let apart_s = (1.0 / POINTS_PER_S).max((last.t_s - first.t_s) / MOST_POINTS as f64);
    let rounded = |x: f64, digits: f64| (x * digits).round() / digits;
    let (mut t_s, mut power_w) = (vec![first.t_s], Vec::new());
    let (mut since, mut joules) = (first, 0.0);
    for pair in trace.updates.windows(2) {
        let [before, now] = pair else { continue };
        // A sensor shows the power of the time before it was renewed.
        joules += if counts { now.value - before.value } else { now.value * (now.t_s - before.t_s) };
        if now.t_s - since.t_s >= apart_s {
            power_w.push(rounded(joules / (now.t_s - since.t_s), 1e4));
            t_s.push(now.t_s);
            (since, joules) = (now, 0.0);
        }
    }
    let t_s = t_s.into_iter().map(|t| rounded(t, 1e5)).collect();
    (!power_w.is_empty()).then_some(PowerTrace { t_s, power_w })
}

/// The device's state over all windows.
fn conditions(list: &[Condition]) -> Option<Conditions> {
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
    Some(Conditions {
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

/// How far a device's counter and its sensor may be apart, and after how many seconds that can be told: an H100's sensor, which looks a quarter
/// of the time, was 6 % off the counter in 3 s and below 1 % in 25 s.
const APART: f64 = 0.05;
const TOLD_AFTER_S: f64 = 10.0;

/// What a reader must be told of it, after so many seconds in windows.
fn cautions(state: &Conditions, measured_s: f64) -> Vec<Warning> {
    let mut out = Vec::new();
    if !state.other_processes.is_empty() {
        let text = format!(
            "other programs used the device ({}): their energy is in the figures; close them and measure again",
            state.other_processes.join(", ")
        );
        out.push(Warning { text, unreliable: true });
    }
    if let Some(ratio) = state.counter_over_power.filter(|r| measured_s >= TOLD_AFTER_S && (r - 1.0).abs() > APART) {
        let text = format!(
            "the device's energy counter shows {:.2} times what its own power sensor does: one of them is wrong, so compare with another meter",
            ratio
        );
        out.push(Warning { text, unreliable: true });
    }
    if !state.throttling.is_empty() {
        let text = format!("clocks were held down by {}", state.throttling.join(", "));
        out.push(Warning { text, unreliable: false });
    }
    out
}

/// What a repetition is.
#[derive(Debug, Clone, Copy)]
struct PerRepetition {
    steps: u64,
    neurons: u64,
}

/// One meter's figures.
fn energy(metered: &MeterAccount, per: PerRepetition) -> Energy {
    let info = &metered.info;
    let conditions = conditions(&metered.conditions);
    let build_j = match &metered.build_j {
        Ok(j) => Quantity::exact(*j),
        Err(why) => Quantity::missing(why.clone()),
    };
    let named = Energy {
        meter: Some(info.name.clone()),
        provenance: Some(info.tier.provenance()),
        tier: Some(info.tier),
        scope: Some(info.scope),
        conditions,
        build_j,
        ..Energy::missing("nothing was measured")
    };
    match &metered.account {
        Ok(account) => filled(named, account, per),
        Err(why) => {
            let missing = Energy::missing(&format!("the meter failed: {why}"));
            let warnings = vec![Warning { text: format!("no joules: {why}"), unreliable: true }];
            Energy {
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

/// Figures of an account.
fn filled(named: Energy, a: &Account, per: PerRepetition) -> Energy {
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
    let measured_s = a.windows.iter().map(|(w, _)| w.span.length_s()).sum();
    let cautions = named.conditions.as_ref().map(|state| cautions(state, measured_s)).unwrap_or_default();
    let warnings = [a.warnings.clone(), cautions].concat();
    Energy {
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
        relative_combined: a.relative_combined(),
        by_window: a.windows.iter().map(|(window, e)| by_window(window, e)).collect(),
        budget: a.budget.clone(),
        response_s: a.response_s,
        ..named
    }
}

fn by_window(window: &Window, e: &SpanEnergy) -> WindowEnergy {
    WindowEnergy {
        from_s: window.span.from_s,
        to_s: window.span.to_s,
        order: window.order,
        energy_j: e.energy_j,
        steps: window.work.steps,
        spikes: window.work.spikes,
        synaptic_events: window.work.events,
    }
}

/// What a workload was, for [`workload`].
#[derive(Debug)]
pub(super) struct Ran<'a> {
    pub(super) network: &'a Network,
    pub(super) plan: PlanSummary,
    pub(super) passes: Vec<PassTime>,
    pub(super) transient_ms: f64,
    pub(super) bio_ms: f64,
    pub(super) build_s: f64,
    pub(super) device_bytes: Option<u64>,
    pub(super) measurement: &'a Measurement,
    pub(super) activity: Option<ActivityOverTime>,
    pub(super) stamp: &'a str,
}

/// Puts a workload's figures together.
pub(super) fn workload(ran: &Ran<'_>) -> Workload {
    let (network, m) = (ran.network, ran.measurement);
    let wall_s = &m.observation.wall_s;
    let counts = &m.counts;
    let updates = network.neurons() * counts.steps;
    let populations = network
        .populations
        .iter()
        .zip(&counts.spikes)
        .map(|(p, spikes)| PopulationRate {
            name: p.name.clone(),
            neurons: p.size,
            spikes: *spikes,
            rate_hz: *spikes as f64 / f64::from(p.size) / ran.bio_ms * 1e3,
        })
        .collect();
    Workload {
        scenario: network.scenario.name.clone(),
        scenario_version: network.scenario.version,
        scenario_hash: network.scenario.hash.clone(),
        scale: network.scenario.scale,
        class: network.class(),
        drive: network.scenario.drive,
        stamp: ran.stamp.into(),
        plan: ran.plan.clone(),
        passes: ran.passes.clone(),
        seed: network.seed,
        neurons: network.neurons(),
        synapses: network.synapses(),
        dt_ms: network.scenario.dt_ms,
        transient_ms: ran.transient_ms,
        bio_ms: ran.bio_ms,
        build_s: ran.build_s,
        peak_host_bytes: super::machine::peak_memory_bytes(),
        device_bytes: ran.device_bytes,
        wall_s: wall_s.clone(),
        realtime_factor: realtime_factor(wall_s, ran.bio_ms),
        updates,
        spikes: counts.total_spikes(),
        synaptic_events: counts.synaptic_events,
        external_events: counts.total_external(),
        populations,
        activity: ran.activity.clone(),
        spike_checksum: format!("{:016x}", counts.checksum),
        trials: trials(network, counts),
        realisations: Vec::new(),
        spreads: None,
        admission: None,
        energy: Energy::missing("no meter"),
        other_meters: Vec::new(),
        brain: None,
    }
}

/// What every trial fired; none where there is one as everywhere.
fn trials(network: &Network, counts: &Counts) -> Vec<Trial> {
    if network.trials == (0..1) {
        return Vec::new();
    }
    let each = network.trial_populations().len();
    let of = |populations: &[Population], spikes: &[u64]| {
        populations.iter().zip(spikes).filter(|(p, _)| !p.is_source).map(|(_, n)| n).sum()
    };
    let spikes = network.populations.chunks(each).zip(counts.spikes.chunks(each)).map(|(p, n)| of(p, n));
    let told = network.trials.clone().zip(spikes).zip(&counts.trial_checksums);
    told.map(|((number, spikes), sum)| Trial { number, spikes, spike_checksum: format!("{sum:016x}") }).collect()
}

/// Sets the wall times of all repetitions.
pub(super) fn time(w: &mut Workload, wall_s: &[f64]) {
    w.wall_s = wall_s.to_vec();
    w.realtime_factor = realtime_factor(wall_s, w.bio_ms);
}

fn realtime_factor(wall_s: &[f64], bio_ms: f64) -> f64 {
    median(wall_s).unwrap_or(f64::NAN) / bio_ms * 1e3
}

/// Puts in what the meters say, the one at `chosen` first.
pub(super) fn charge(w: &mut Workload, meters: &[MeterAccount], chosen: Option<usize>, brain: &Brain) {
    let per = PerRepetition { steps: w.updates / w.neurons.max(1), neurons: w.neurons };
    let mut figures: Vec<Energy> = meters.iter().map(|m| energy(m, per)).collect();
    w.energy = chosen.map_or_else(|| Energy::missing("no meter"), |i| figures.remove(i));
    w.other_meters = figures;
    w.brain = chosen.and_then(|i| Comparison::new(&w.energy, meters[i].info.scope, brain));
}

/// A stretch of a run.
pub(super) fn phase(what: Activity, workload: Option<&str>, span: Span) -> Phase {
    Phase { what, workload: workload.map(str::to_owned), from_s: span.from_s, to_s: span.to_s }
}
