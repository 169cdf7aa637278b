//! What a whole brain would take on a machine, from what was measured of it at several sizes: wall time and joules fitted, memory by neuron and
//! synapse, the network between machines by counting spikes.

use serde::Serialize;

use super::Reference;
use super::exchange::{ExchangeCost, exchange_s};
use super::{Provenance, RunResult, Workload};
pub use crate::brain::{Brains, Record, Species};
use crate::error::{Error, Result};
use crate::math::{Fit, fits};

/// Sizes that are needed, and how many times the smallest the largest must be.
const SIZES: usize = 3;
const SPAN: f64 = 4.0;
/// Bytes of a spike between machines: the number of a neuron.
const BYTES_PER_SPIKE: f64 = 4.0;
/// Fits whose residuals are at most so many times those of the best explain the sizes as well, and so small residuals in any case.
const AS_GOOD: f64 = 2.0;
const GOOD: f64 = 0.03;

/// A figure with the range that the brain's constants and the fits that explain the sizes allow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Least.
    pub low: f64,
    /// With the defaults, by the best fit.
    pub value: f64,
    /// Most.
    pub high: f64,
}

impl Estimate {
    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self { low: of(self.low), value: of(self.value), high: of(self.high) }
    }

    /// As whole things: rounded up, at least 1.
    #[must_use]
    pub fn map_up(self) -> Self {
        self.map(|x| x.ceil().max(1.0))
    }
}

/// A size that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Size {
    /// Scenario.
    pub scenario: String,
    /// Neurons.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
    /// Neuron updates in a second of life.
    pub updates: f64,
    /// Synaptic events in a second of life.
    pub events: f64,
    /// Wall time of a second of life, s.
    pub wall_s: f64,
    /// Gross joules of a second of life; null where they were not measured.
    pub joules: Option<f64>,
    /// By how much the best fit is off, of the wall time.
    pub wall_off: f64,
    /// The same of the joules.
    pub joules_off: Option<f64>,
}

/// How a figure grows with what is done: the best of the fits that explain the sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    /// For a second of life, whatever the size.
    pub fixed: f64,
    /// For a neuron update.
    pub per_update: f64,
    /// For a synaptic event.
    pub per_event: f64,
    /// Spread of the residuals.
    pub spread: f64,
    /// How many fits explain the sizes about as well.
    pub fits: usize,
}

/// A brain on a machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    /// The brain.
    pub brain: Species,
    /// The machine.
    pub machine: String,
    /// What must be read with the figures; empty for a GPU.
    pub stamp: String,
    /// The sizes, from the smallest on.
    pub sizes: Vec<Size>,
    /// Time step, ms.
    pub dt_ms: f64,
    /// How many times the largest measured size the brain is: by neurons, and by synaptic events.
    pub beyond: [f64; 2],
    /// How wall time grows, s.
    pub time: Growth,
    /// How joules grow; null without measured joules.
    pub energy: Option<Growth>,
    /// Why there are none.
    pub no_energy: Option<String>,
    /// Wall time of a second of life on one machine, s: as many machines run it as fast as life, if nothing is lost between them.
    pub wall_s: Estimate,
    /// Joules of a second of life, which is the power of life's speed, W.
    pub joules: Option<Estimate>,
    /// The same as brains of this kind, and as households.
    pub as_brains: Option<Estimate>,
    /// Households that draw as much.
    pub as_households: Option<Estimate>,
    /// Memory with stored synapses, bytes; null where none were stored.
    pub stored_bytes: Option<Estimate>,
    /// Memory without, bytes.
    pub procedural_bytes: Estimate,
    /// Machines whose memory holds the stored synapses; null where no memory is known.
    pub machines_for_memory: Option<Estimate>,
    /// Machines that share the work: as many as were asked for, or as life's speed takes.
    pub machines: Estimate,
    /// Wall time of a second of life on those that were asked for, s.
    pub wall_s_on_machines: Option<Estimate>,
    /// Bytes between all machines in a second of life, if each spike goes once to every other machine.
    pub network_bytes: Estimate,
    /// The same into one machine.
    pub network_bytes_each: Estimate,
    /// What an exchange of spikes takes, where ranks timed it: it is not part of the time on one machine then.
    pub exchange: Option<ExchangeCost>,
    /// Seconds that the exchanges of a second of life take between those machines.
    pub exchange_s: Option<Estimate>,
    /// Wall time of a second of life on those machines with the exchange, s.
    pub wall_s_with_exchange: Option<Estimate>,
    /// Runs of brain's size that were published.
    pub records: Vec<Record>,
}

/// What is asked besides the brain.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Machines that share the work.
    pub machines: Option<u64>,
    /// Memory of a machine, bytes.
    pub memory_bytes: Option<f64>,
}

/// Carries the sizes of some results over to a brain.
///
/// # Errors
/// [`Error::Input`] for results of several machines, and for sizes that are too few or too near each other.
pub fn project(results: &[RunResult], brain: &Species, asked: Asked) -> Result<Projection> {
    let machine = one_machine(results)?;
    let workloads = workloads(results)?;
    let largest = workloads[workloads.len() - 1];
    let dt_ms = largest.dt_ms;
    let life = |w: &Workload, n: u64| n as f64 / (w.bio_ms * 1e-3);
    let terms = |w: &Workload| [1.0, life(w, w.updates), life(w, w.synaptic_events)];
    let exchange = ExchangeCost::of(results);
    let alone_s = |w: &Workload| (w.realtime_factor - if exchange.is_some() { exchange_s(w) } else { 0.0 }).max(0.0);
    let walls: Vec<_> = workloads.iter().map(|w| (terms(w), alone_s(w))).collect();
    let time = explaining(&walls)?;
    let joules_of = |w: &Workload| {
        let measured = w.energy.provenance.is_some_and(|p| p != Provenance::Assumed);
        w.energy.gross_j.value.filter(|_| measured).map(|j| j / (w.bio_ms * 1e-3))
    };
    let joules: Vec<_> = workloads.iter().filter_map(|w| Some((terms(w), joules_of(w)?))).collect();
    let (energy, no_energy) = match joules.len() == workloads.len() {
        false => (None, Some("not all sizes have measured joules (assumed watts are no measurement)".to_owned())),
        true => match explaining(&joules) {
            Ok(fits) => (Some(fits), None),
            Err(_) => (
                None,
                Some("the joules of these sizes do not rise with them, so that they tell nothing of larger ones".to_owned()),
            ),
        },
    };

    // Of a second of life: updates, events, spikes.
    let steps = 1000.0 / dt_ms;
    let at = |n: f64, s: f64, r: f64| [1.0, n * steps, s * r];
    let [low, value, high] = [
        at(brain.neurons.low, brain.synapses.low, brain.rate_hz.low),
        at(brain.neurons.value, brain.synapses.value, brain.rate_hz.value),
        at(brain.neurons.high, brain.synapses.high, brain.rate_hz.high),
    ];
    let estimate = |fits: &[Fit<3>]| {
        // Each fit by itself, and as far off as it is at the sizes.
        let each =
            |terms: [f64; 3], sign: f64| fits.iter().map(move |f| f.at(&terms) * (1.0 + sign * 2.0 * f.spread().min(0.45)));
        Estimate {
            low: each(low, -1.0).fold(f64::INFINITY, f64::min),
            value: fits[0].at(&value),
            high: each(high, 1.0).fold(0.0, f64::max),
        }
    };
    let wall_s = estimate(&time);
    let joules = energy.as_deref().map(estimate);
    let off = |fits: &[Fit<3>], i: usize| fits[0].residuals[i];
    let size = |(i, w): (usize, &&Workload)| Size {
        scenario: w.scenario.clone(),
        neurons: w.neurons,
        synapses: w.synapses,
        updates: terms(w)[1],
        events: terms(w)[2],
        wall_s: alone_s(w),
        joules: joules_of(w),
        wall_off: off(&time, i),
        joules_off: energy.as_deref().map(|fits| off(fits, i)),
    };
    let per_neuron = largest.plan.memory.map_or(0.0, |m| (m.total() - m.synapses - m.plastic) as f64 / largest.neurons as f64);
    let stores = |w: &&&Workload| w.plan.stored == Some(true) && w.synapses > 0 && w.plan.memory.is_some_and(|m| m.synapses > 0);
    let per_synapse = workloads.iter().rev().find(stores).and_then(|w| Some(w.plan.memory?.synapses as f64 / w.synapses as f64));
    let three = |r: &Reference| Estimate { low: r.low, value: r.value, high: r.high };
    let procedural_bytes = three(&brain.neurons).map(|n| n * per_neuron);
    let stored_bytes = per_synapse.map(|bytes| {
        let s = three(&brain.synapses).map(|s| s * bytes);
        let p = procedural_bytes;
        Estimate { low: p.low + s.low, value: p.value + s.value, high: p.high + s.high }
    });
    let own_memory = results[0].machine.memory_bytes.filter(|_| results[0].engine.adapter.is_none()).map(|b| b as f64);
    let memory = asked.memory_bytes.or(own_memory);
    let households = Brains::embedded().household_w;
    let machines = match asked.machines {
        Some(n) => Estimate { low: n as f64, value: n as f64, high: n as f64 },
        None => wall_s.map_up(),
    };
    let spikes = Estimate {
        low: brain.neurons.low * brain.rate_hz.low,
        value: brain.neurons.value * brain.rate_hz.value,
        high: brain.neurons.high * brain.rate_hz.high,
    };
    let between = |s: f64, n: f64| s * BYTES_PER_SPIKE * (n - 1.0);
    let network_bytes = Estimate {
        low: between(spikes.low, machines.low),
        value: between(spikes.value, machines.value),
        high: between(spikes.high, machines.high),
    };
    let network_bytes_each = Estimate {
        low: network_bytes.low / machines.low,
        value: network_bytes.value / machines.value,
        high: network_bytes.high / machines.high,
    };
    // Every machine is as many ranks as measured it.
    let batches = steps / f64::from(largest.plan.steps_per_batch.unwrap_or(1));
    let exchange_s = exchange.map(|cost| {
        let of = |bytes: f64, n: f64| cost.seconds(batches, bytes, n * cost.ranks as f64);
        let (bytes, n) = (network_bytes_each, machines);
        Estimate { low: of(bytes.low, n.low), value: of(bytes.value, n.value), high: of(bytes.high, n.high) }
    });
    let with_exchange = |s: Estimate| Estimate {
        low: wall_s.low / machines.low + s.low,
        value: wall_s.value / machines.value + s.value,
        high: wall_s.high / machines.high + s.high,
    };
    let growth = |fits: &[Fit<3>]| Growth {
        fixed: fits[0].weights[0],
        per_update: fits[0].weights[1],
        per_event: fits[0].weights[2],
        spread: fits[0].spread(),
        fits: fits.len(),
    };
    Ok(Projection {
        machine,
        stamp: results[0].engine.stamp.clone(),
        sizes: workloads.iter().enumerate().map(size).collect(),
        dt_ms,
        beyond: [
            brain.neurons.value / largest.neurons as f64,
            value[2] / workloads.iter().map(|w| terms(w)[2]).fold(1.0, f64::max),
        ],
        time: growth(&time),
        energy: energy.as_deref().map(growth),
        no_energy,
        wall_s,
        joules,
        as_brains: joules.zip(brain.power_w.as_ref()).map(|(j, p)| over(j, p)),
        as_households: joules.map(|j| over(j, &households)),
        machines_for_memory: stored_bytes.zip(memory).map(|(s, m)| s.map(|b| (b / m).ceil())),
        stored_bytes,
        procedural_bytes,
        wall_s_on_machines: asked.machines.map(|n| wall_s.map(|s| s / n as f64)),
        network_bytes_each,
        wall_s_with_exchange: exchange_s.map(with_exchange),
        exchange,
        exchange_s,
        network_bytes,
        machines,
        records: Brains::embedded().records,
        brain: brain.clone(),
    })
}

fn over(e: Estimate, by: &Reference) -> Estimate {
    Estimate { low: e.low / by.high, value: e.value / by.value, high: e.high / by.low }
}

/// The machine all results are of.
fn one_machine(results: &[RunResult]) -> Result<String> {
    let name = |r: &RunResult| match &r.engine.adapter {
        Some(a) => a.name.clone(),
        None if !r.engine.ranks.is_empty() => {
            format!("{} ranks of {} thread(s), {}", r.engine.ranks.len(), r.engine.threads.unwrap_or(1), r.machine.cpu)
        }
        None => format!("CPU engine, {}, {} threads", r.machine.cpu, r.engine.threads.unwrap_or(1)),
    };
    let Some(first) = results.first().map(name) else { return Err(Error::Input("no results; give those of one machine".into())) };
    match results.iter().map(name).find(|n| *n != first) {
        None => Ok(first),
        Some(other) => Err(Error::Input(format!(
            "results of several machines ({first}; {other}) cannot be carried over together; give those of one"
        ))),
    }
}

/// The measured workloads from the smallest on, if they are different enough.
fn workloads(results: &[RunResult]) -> Result<Vec<&Workload>> {
    let mut all: Vec<&Workload> = results.iter().flat_map(|r| &r.workloads).filter(|w| w.trials.len() < 2).collect();
    all.sort_by_key(|w| (w.neurons, w.synapses));
    let mut sizes: Vec<u64> = all.iter().map(|w| w.neurons).collect();
    sizes.dedup();
    let span = sizes.last().zip(sizes.first()).map_or(1.0, |(a, b)| *a as f64 / *b as f64);
    if sizes.len() < SIZES || span < SPAN {
        return Err(Error::Input(format!(
            "{} different sizes over a factor of {span:.1} do not tell how this machine grows; measure at least {SIZES}, the largest at least {SPAN} times the smallest",
            sizes.len()
        )));
    }
    if let Some(w) = all.iter().find(|w| (w.dt_ms / all[0].dt_ms - 1.0).abs() > 1e-9) {
        return Err(Error::Input(format!(
            "{} has steps of {} ms and {} of {} ms, which cannot be carried over together; give workloads of one time step",
            all[0].scenario, all[0].dt_ms, w.scenario, w.dt_ms
        )));
    }
    Ok(all)
}

/// The fits that explain some points about as well as the best one, which comes first. A fit that neither updates nor events enlarge says nothing.
fn explaining(points: &[([f64; 3], f64)]) -> Result<Vec<Fit<3>>> {
    let mut all: Vec<Fit<3>> = fits(points);
    all.sort_by(|a, b| a.spread().total_cmp(&b.spread()));
    let grows = |f: &Fit<3>| f.weights[1] + f.weights[2] > 0.0;
    if !all.first().is_some_and(grows) {
        all.clear();
    }
    all.retain(grows);
    let most = all.first().map_or(0.0, |best| (AS_GOOD * best.spread()).max(GOOD));
    all.retain(|f| f.spread() <= most);
    match all.is_empty() {
        true => Err(Error::Input("these sizes do not take longer as they grow, so that they tell nothing of larger ones; measure larger ones, for longer".into())),
        false => Ok(all),
    }
}
