//! What the neurons of a workload do over its time: firing rates, how many of them are active, and a sample of their spikes.

#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of neurons, rows and rounds fit 32 bits (src/bounds.rs); steps were rounded"
)]

use std::sync::atomic::AtomicBool;

use super::Progress;
use super::measure::go_on;
use crate::engine::{Counts, Engine, Spike, WindowPlan};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::result::{ActiveShare, ActivityOverTime, PopulationOverTime, Raster, RasterRow};

/// Most bins.
const BINS: u64 = 50;
/// Most neurons whose spikes are looked through for the raster.
const MOST_NEURONS: u64 = 20_000_000;
/// Most neurons and spikes of the raster, and its longest time, ms.
const RASTER: (u32, usize, f64) = (100, 2000, 1000.0);

/// Goes through a repetition of so many steps once more, bin by bin. The bins must add up to what the repetitions counted.
///
/// # Errors
/// [`Error::Internal`] if they do not, [`Error::Interrupted`], and the engine's.
pub(super) fn activity(
    engine: &mut dyn Engine,
    steps: u64,
    expected: &Counts,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<ActivityOverTime> {
    progress.stage("activity over time", steps);
    engine.restore()?;
    let windows = WindowPlan::new(engine.network(), steps)?;
    match engine.watch(&windows) {
        // What has no room is left out.
        Err(Error::TooBig(_)) => {}
        other => other?,
    }
    let few = engine.network().neurons() <= MOST_NEURONS;
    let listens = few && engine.listen(true)?;
    let seen = observed(engine, &windows, steps, expected, stop, progress, listens);
    engine.listen(false)?;
    seen
}

fn observed(
    engine: &mut dyn Engine,
    windows: &WindowPlan,
    steps: u64,
    expected: &Counts,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
    listens: bool,
) -> Result<ActivityOverTime> {
    // Bins are alike but for the last, which may be shorter.
    let bin = steps.div_ceil(BINS).max(1);
    let dt_ms = engine.network().scenario.dt_ms;
    let populations = engine.network().populations.len();
    let (mut seen, mut spikes) = (vec![0; populations], vec![Vec::new(); populations]);
    let mut sample = listens.then(|| Sample::new(engine.network()));
    let (mut at, mut begin) = (0, None);
    while at < steps {
        let length = bin.min(steps - at);
        engine.advance(length, &mut |done| {
            progress.steps(at + done);
            go_on(stop)
        })?;
        at += length;
        let counts = engine.counts()?;
        for ((all, seen), now) in spikes.iter_mut().zip(&mut seen).zip(&counts.spikes) {
            all.push((now - *seen, length));
            *seen = *now;
        }
        if let Some(raster) = &mut sample {
            let now = engine.step();
            let from = *begin.get_or_insert(now - length);
            let taken = engine.take_spikes()?;
            raster.see(from, &taken);
        }
        if at == steps && counts != *expected {
            return Err(Error::Internal(format!(
                "advanced bin by bin it gave checksum {:016x}, at a stretch {:016x}: this engine's figures are worthless",
                counts.checksum, expected.checksum
            )));
        }
    }
    let counted = engine.watched()?;
    let shares =
        |of: &[usize]| if counted.is_empty() { Vec::new() } else { windows.shares(&counted, of).iter().map(share).collect() };
    let network = engine.network();
    let dt_s = dt_ms * 1e-3;
    let of_population = |(i, bins): (usize, &Vec<(u64, u64)>)| PopulationOverTime {
        name: network.populations[i].name.clone(),
        rate_hz: bins
            .iter()
            .map(|(n, length)| *n as f64 / f64::from(network.populations[i].size) / (*length as f64 * dt_s))
            .collect(),
        active: shares(&[i]),
    };
    let all: Vec<usize> = (0..network.populations.len()).collect();
    Ok(ActivityOverTime {
        bin_ms: bin as f64 * dt_ms,
        populations: spikes.iter().enumerate().map(of_population).collect(),
        active: shares(&all),
        raster: sample.map(|sample| sample.finish(steps as f64 * dt_ms)),
    })
}

fn share(s: &crate::engine::WindowShare) -> ActiveShare {
    ActiveShare { window_ms: s.window_ms, mean_share: s.mean, most_share: s.most }
}

/// Spikes of a few neurons.
struct Sample {
    dt_ms: f64,
    rows: Vec<RasterRow>,
    spikes: Vec<(f64, u32)>,
}

impl Sample {
    /// As many neurons of each population as its size deserves, but some of each.
    fn new(network: &Network) -> Self {
        let chosen = (0..).zip(network.some_neurons(RASTER.0, 3));
        let row = |(population, some): (u32, Vec<u32>)| some.into_iter().map(move |neuron| RasterRow { population, neuron });
        let rows = chosen.flat_map(row).collect();
        Self { dt_ms: network.scenario.dt_ms, rows, spikes: Vec::new() }
    }

    fn see(&mut self, from: u64, spikes: &[Spike]) {
        for s in spikes {
            let ms = (u64::from(s.step) - from + 1) as f64 * self.dt_ms;
            let row = RasterRow { population: s.population, neuron: s.neuron };
            if ms <= RASTER.2
                && self.spikes.len() <= RASTER.1
                && let Ok(at) = self.rows.binary_search(&row)
            {
                self.spikes.push((ms, at as u32));
            }
        }
    }

    /// The raster of a run of so long; it ends where it would be too large.
    fn finish(mut self, run_ms: f64) -> Raster {
        let mut until_ms = run_ms.min(RASTER.2);
        if self.spikes.len() > RASTER.1 {
            // The step in which it became too large is left out as a whole.
            let last = self.spikes[self.spikes.len() - 1].0;
            until_ms = last - self.dt_ms;
            self.spikes.retain(|(ms, _)| *ms < last - 0.5 * self.dt_ms);
        }
        let places = 1e6;
        let (times_ms, rows) = self.spikes.into_iter().map(|(ms, row)| ((ms * places).round() / places, row)).unzip();
        Raster { until_ms, neurons: self.rows, times_ms, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Options, advance_quietly, cpu::CpuEngine};
    use crate::result::RasterRow;
    use crate::scenario::parse;

    /// Two neurons that fire every 2 and every 50 ms, 5 silent ones, and a source that is no neuron.
    fn network() -> Network {
        let text = "name = \"t\"\nversion = 1\ndt_ms = 0.1\n\n\
            [[population]]\nname = \"often\"\nsize = 1\nmodel = \"regular_source\"\nparameters = { interval_ms = 2.0 }\n\n\
            [[population]]\nname = \"seldom\"\nsize = 1\nmodel = \"regular_source\"\nparameters = { interval_ms = 50.0 }\n\n\
            [[population]]\nname = \"N\"\nsize = 7\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 5.0, e_l_mv = 0.0, v_th_mv = 10.0, v_reset_mv = 0.0, t_ref_ms = 0.0 }\n\n\
            [[population]]\nname = \"M\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 5.0, e_l_mv = 0.0, v_th_mv = 10.0, v_reset_mv = 0.0, t_ref_ms = 0.0 }\n\n\
            [[projection]]\nsource = \"often\"\ntarget = \"M\"\nrule = \"one_to_one\"\nweight_mv = 20.0\ndelay_ms = 1.0\n\n\
            [[projection]]\nsource = \"seldom\"\ntarget = \"N\"\nrule = \"fixed_total_number\"\nnumber = 1\nweight_mv = 20.0\ndelay_ms = 1.0\n";
        Network::build(&parse("t.toml", text, None).expect("parses")).expect("builds")
    }

    #[test]
    fn shares_and_rasters_are_those_of_known_spikes() {
        let mut engine = CpuEngine::new(network(), &Options::default()).expect("an engine");
        advance_quietly(&mut engine, 1000).expect("advances");
        engine.save().expect("saves");
        advance_quietly(&mut engine, 2000).expect("advances");
        let expected = engine.counts().expect("counts");
        let a = activity(&mut engine, 2000, &expected, &AtomicBool::new(false), &mut crate::bench::Silent).expect("an activity");
        // M fires in every window of 3 ms and of more; one of N in every window of 100 ms, and in 4 of the 20 of 10 ms.
        let share = |ms: f64| a.active.iter().find(|s| s.window_ms == ms).expect("a window").mean_share * 8.0;
        assert_eq!([share(100.0), share(10.0)], [2.0, 1.0 + 0.2]);
        assert!((share(1.0) - (0.5 + 4.0 / 200.0)).abs() < 1e-12, "{}", share(1.0));
        assert_eq!(a.active.iter().map(|s| s.window_ms).collect::<Vec<_>>(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]);
        // The share of the fullest window is another one.
        assert_eq!(a.active[3].most_share * 8.0, 2.0);
        let raster = a.raster.expect("a raster");
        let row = raster.neurons.iter().position(|r| *r == RasterRow { population: 3, neuron: 0 }).expect("M");
        let times: Vec<f64> =
            raster.times_ms.iter().zip(&raster.rows).filter(|(_, r)| **r == row as u32).map(|(t, _)| *t).collect();
        assert_eq!((times.len(), times[0], times[99], raster.until_ms), (100, 1.0, 199.0, 200.0));
        assert_eq!(a.populations[3].rate_hz[0], 500.0);
        // What is not asked for any more is not recorded.
        advance_quietly(&mut engine, 100).expect("advances");
        assert!(engine.take_spikes().expect("spikes").is_empty());
    }

    #[test]
    fn a_raster_ends_with_a_whole_step() {
        let n = network();
        let mut sample = Sample::new(&n);
        assert_eq!(sample.rows.len(), 1 + 1 + 7 + 1);
        for step in 0..900 {
            sample.see(0, &[0, 1, 2].map(|neuron| Spike { step, population: 2, neuron }));
        }
        let raster = sample.finish(500.0);
        assert_eq!((raster.times_ms.len(), raster.times_ms.last().copied()), (1998, Some(66.6)));
        assert!((raster.until_ms - 66.6).abs() < 1e-9);
    }
}
