//! Short trials of the most promising ways to run a network, and where their outcome is remembered.
//!
//! No way to run changes a result, so tuning is safe: it only changes how long a result takes.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;

use super::gpu::{Device, FoundAdapter, GpuEngine};
use super::plan::{Candidate, Estimate, GpuPlan, Strategy};
use super::{AdapterDescription, Engine, Options, Trial};
use crate::error::{Error, Result, TooBig};
use crate::network::Network;
use crate::neuron::Class;

/// Candidates tried: the cheapest by the cost model, of each strategy and walk at least three, of different tiles or workgroups.
const MOST_TRIALS: usize = 16;
/// Time after which no further trial begins.
const BUDGET: Duration = Duration::from_secs(90);
/// Time a trial measures for, in this many parts, of which the fastest counts.
const TRIAL: Duration = Duration::from_millis(900);
const PARTS: u32 = 3;
/// Steps before a trial measures: activity must have begun.
const WARM_UP_MS: f64 = 20.0;

/// Tries candidates on an adapter; fastest first, those without a measurement last. `say` hears what goes on.
///
/// # Errors
/// [`Error::TooBig`] if no candidate can run.
pub fn tune(
    adapter: &FoundAdapter,
    device: &Device,
    network: &Network,
    options: &Options,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Trial>> {
    let all = GpuPlan::candidates(network, options, &adapter.limits());
    let feasible: Vec<(Candidate, Estimate)> = all
        .iter()
        .filter(|(c, _)| GpuPlan::with(network, options, &adapter.limits(), *c).is_ok_and(|plan| plan.candidate == *c))
        .copied()
        .collect();
    let mut chosen: Vec<(Candidate, Estimate)> = Vec::new();
    for (candidate, estimate) in &feasible {
        let alike = |c: &&(Candidate, Estimate)| (c.0.strategy, c.0.walk) == (candidate.strategy, candidate.walk);
        let cut = |c: &Candidate| (c.tile_blocks, c.delivery_workgroup_size, if fuses(c) { c.workgroup_size } else { 0 });
        let known: Vec<_> = chosen.iter().filter(alike).map(|(c, _)| cut(c)).collect();
        if known.len() < 3 && !known.contains(&cut(candidate)) {
            chosen.push((*candidate, *estimate));
        }
    }
    let more: Vec<_> = feasible.iter().filter(|c| !chosen.contains(c)).copied().collect();
    chosen.extend(more);
    chosen.truncate(MOST_TRIALS);
    let begin = Instant::now();
    let mut trials = Vec::new();
    let mut checksums = vec![None; chosen.len()];
    for (i, (candidate, estimate)) in chosen.iter().enumerate() {
        let measured = if begin.elapsed() > BUDGET && !trials.is_empty() {
            Err("not tried: the time for trials was over".to_owned())
        } else {
            say(&format!("trial {} of {}: {candidate}", i + 1, chosen.len()));
            let options = Options { candidate: Some(*candidate), record: false, ..options.clone() };
            let outcome = trial(adapter, device, network, &options).map_err(|e| e.to_string());
            outcome.map(|(us, checksum)| {
                checksums[i] = Some(checksum);
                us
            })
        };
        trials.push(Trial { candidate: *candidate, estimate: *estimate, measured });
    }
    if network.class() == Class::Exact {
        bar_what_differs(&mut trials, &checksums);
    }
    let key = |t: &Trial| t.measured.as_ref().copied().unwrap_or(f64::INFINITY);
    trials.sort_by(|a, b| key(a).total_cmp(&key(b)));
    match trials.first() {
        Some(Trial { measured: Ok(_), .. }) => Ok(trials),
        Some(Trial { measured: Err(e), .. }) => {
            Err(TooBig::new(format!("no way to run {} worked: {e}", network.scenario.name)).into())
        }
        // Nothing feasible: the plan knows why.
        None => GpuPlan::new(network, options, &adapter.limits()).map(|_| Vec::new()),
    }
}

/// Takes those out of a comparison whose spikes are not those of a way that rests on the least: the first push, or else the first that ran. A
/// fast way to a wrong result is no way.
fn bar_what_differs(trials: &mut [Trial], checksums: &[Option<u64>]) {
    let ran = |push: bool| {
        (0..trials.len()).find(|i| checksums[*i].is_some() && (!push || !trials[*i].candidate.strategy.shares_memory()))
    };
    let Some(reference) = ran(true).or_else(|| ran(false)) else { return };
    let (own, name) = (checksums[reference], trials[reference].candidate.to_string());
    for (trial, checksum) in trials.iter_mut().zip(checksums).filter(|(_, c)| c.is_some() && **c != own) {
        let spikes = |c: Option<u64>| c.map_or_else(String::new, |c| format!("{c:016x}"));
        trial.measured = Err(format!(
            "its spikes are wrong on this adapter (checksum {}, {} by {name}); please report it",
            spikes(*checksum),
            spikes(own)
        ));
    }
}

/// Whether update and delivery are one dispatch, with one size of workgroups.
fn fuses(candidate: &Candidate) -> bool {
    matches!(candidate.strategy, Strategy::StoredStep | Strategy::StoredOwn)
}

/// Wall time of a step, us, and the checksum of the first steps, the same for all.
fn trial(adapter: &FoundAdapter, device: &Device, network: &Network, options: &Options) -> Result<(f64, u64)> {
    let mut engine = GpuEngine::new(network.clone(), options, adapter, device)?;
    let advance = |engine: &mut GpuEngine, steps: u64| -> Result<f64> {
        let begin = Instant::now();
        crate::engine::advance_quietly(engine as &mut dyn Engine, steps)?;
        Ok(begin.elapsed().as_secs_f64())
    };
    // The warm-up tells how many steps fill a part.
    let warm_up = network.steps(WARM_UP_MS).max(1);
    advance(&mut engine, warm_up / 2 + 1)?;
    let per_step = advance(&mut engine, warm_up / 2 + 1)? / (warm_up / 2 + 1) as f64;
    let checksum = engine.counts()?.checksum;
    let steps = ((TRIAL / PARTS).as_secs_f64() / per_step.max(1e-9)).clamp(1.0, 1e6) as u64;
    let mut best = f64::INFINITY;
    for _ in 0..PARTS {
        best = best.min(advance(&mut engine, steps)? / steps as f64);
    }
    Ok((best * 1e6, checksum))
}

/// What trials found, by adapter and scenario, in the user's cache directory.
#[derive(Debug, Clone)]
pub struct TuningCache {
    path: PathBuf,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Contents {
    /// Format of the file; others are ignored.
    version: u32,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Entry {
    candidate: Candidate,
    us_per_step: f64,
}

/// Format of the cache file.
const CACHE_VERSION: u32 = 1;

impl TuningCache {
    /// The cache of this user; none where there is no home directory.
    pub fn of_user() -> Option<Self> {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(Self { path: base.cache_dir().join("spikewatt").join("tuning.json") })
    }

    /// A cache in a file.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fastest way known to run a network on an adapter. An unreadable cache knows nothing.
    pub fn get(&self, adapter: &AdapterDescription, network: &Network, options: &Options) -> Option<Candidate> {
        self.read().entries.get(&key(adapter, network, options)).map(|e| e.candidate)
    }

    /// Remembers the fastest trial.
    ///
    /// # Errors
    /// [`Error::File`] if the cache cannot be written; what it held before stays.
    pub fn put(&self, adapter: &AdapterDescription, network: &Network, options: &Options, best: &Trial) -> Result<()> {
        let Ok(us_per_step) = best.measured else { return Ok(()) };
        let mut contents = self.read();
        contents.version = CACHE_VERSION;
        contents.entries.insert(key(adapter, network, options), Entry { candidate: best.candidate, us_per_step });
        let fail = |e: std::io::Error| Error::File {
            path: self.path.clone(),
            reason: format!("cannot remember the trials ({e}); they can be repeated at any time"),
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(fail)?;
        let mut file = crate::files::temporary_beside(&self.path).map_err(fail)?;
        let text = serde_json::to_string_pretty(&contents).map_err(|e| Error::Internal(format!("the tuning cache: {e}")))?;
        file.write_all(text.as_bytes()).map_err(fail)?;
        file.persist(&self.path).map_err(|e| fail(e.error))?;
        Ok(())
    }

    fn read(&self) -> Contents {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let contents: Contents = serde_json::from_str(&text).unwrap_or_default();
        if contents.version == CACHE_VERSION { contents } else { Contents::default() }
    }
}

/// Everything that may change which way is fastest: adapter and driver, program, scenario and its size, what the caller fixed.
fn key(adapter: &AdapterDescription, network: &Network, options: &Options) -> String {
    let s = &network.scenario;
    format!(
        "{} | {} | {} | spikewatt {} | {} {} | {} neurons, {} synapses | {}",
        adapter.name,
        adapter.backend,
        adapter.driver,
        env!("CARGO_PKG_VERSION"),
        s.name,
        s.hash,
        network.neurons(),
        network.synapses(),
        options.delivery.map_or("any synapses", |d| d.word()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::Walk;

    /// A driver that gets a fast way wrong.
    #[test]
    fn the_fastest_way_does_not_win_with_wrong_spikes() {
        let candidate = |strategy| Candidate {
            strategy,
            walk: Walk::Serial,
            batch: 1,
            workgroup_size: 64,
            delivery_workgroup_size: 64,
            tile_blocks: 1,
            wide_integers: false,
            rests: false,
        };
        let trial = |strategy, measured| Trial { candidate: candidate(strategy), estimate: Estimate::default(), measured };
        let ran = || {
            vec![trial(Strategy::StoredPull, Ok(1.0)), trial(Strategy::StoredPush, Ok(2.0)), trial(Strategy::StoredOwn, Ok(3.0))]
        };
        let outcome = |checksums: &[Option<u64>]| {
            let mut trials = ran();
            bar_what_differs(&mut trials, checksums);
            trials.iter().map(|t| t.measured.is_ok()).collect::<Vec<_>>()
        };
        assert_eq!(outcome(&[Some(7), Some(7), Some(7)]), [true, true, true]);
        assert_eq!(outcome(&[Some(8), Some(7), Some(7)]), [false, true, true]);
        // Two that agree against the push are wrong, too; without one, the first that ran decides.
        assert_eq!(outcome(&[Some(8), Some(7), Some(8)]), [false, true, false]);
        assert_eq!(outcome(&[Some(8), None, Some(7)]), [true, true, false]);
    }
}
