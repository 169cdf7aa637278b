//! Further seeds of a workload: what seeds make of its figures, and what measuring does.

use super::{Instruments, Measurement};
use crate::energy::{Account, Idle, Profile, Span};
use crate::math::{mean, median, sample_sd};
use crate::result::{Quantity, Realisation, Spread, Spreads};

/// Fewest windows of a further seed: one tells nothing of how far two are apart.
const WINDOWS: u32 = 3;

/// A further seed of a workload.
pub(super) struct Further {
    pub(super) seed: u64,
    pub(super) measurement: Measurement,
    pub(super) build: Span,
}

/// How further seeds are measured: as the first, but with few windows each, as their spread is what is asked for.
pub(super) fn profile(of_the_first: &Profile) -> Profile {
    Profile { windows: WINDOWS.min(of_the_first.windows), target: None, ..*of_the_first }
}

/// A seed's figures, by the meter that decides.
pub(super) fn realisation(seed: u64, m: &Measurement, bio_ms: f64, account: Option<&Result<Account, String>>) -> Realisation {
    let joules = match account {
        None => Quantity::missing("no meter"),
        Some(Err(why)) => Quantity::missing(why.clone()),
        Some(Ok(a)) if a.work.events == 0 => Quantity::missing("the workload has no synaptic events"),
        Some(Ok(a)) => {
            let value = a.energy_j / a.work.events as f64;
            Quantity::with_interval(value, a.relative_u95().map(|u| u * value))
        }
    };
    let windows = account.and_then(|a| a.as_ref().ok()).map_or(&[][..], |a| &a.windows);
    let wall_s = m.observation.wall_s.clone();
    Realisation {
        seed,
        spike_checksum: format!("{:016x}", m.counts.checksum),
        spikes: m.counts.total_spikes(),
        synaptic_events: m.counts.synaptic_events,
        realtime_factor: median(&wall_s).unwrap_or(f64::NAN) / bio_ms * 1e3,
        wall_s,
        gross_j_per_synaptic_event: joules,
        by_window_j: windows.iter().filter(|(w, _)| w.work.events > 0).map(|(w, e)| e.energy_j / w.work.events as f64).collect(),
    }
}

/// All seeds of a workload: the first one, which was measured at length, and the further ones.
pub(super) fn realisations(
    first: (u64, &Measurement),
    further: &[Further],
    bio_ms: f64,
    (instruments, idle, of_the_first): (&Instruments, &Idle, &Profile),
) -> Vec<Realisation> {
    if further.is_empty() {
        return Vec::new();
    }
    let account = |m: &Measurement, profile: &Profile| {
        let channel = instruments.chosen.map(|i| instruments.monitor.channel(i))?;
        Some(Account::of(channel.info(), &channel.trace, &m.observation, idle, profile))
    };
    let own = profile(of_the_first);
    let mut all = vec![realisation(first.0, first.1, bio_ms, account(first.1, of_the_first).as_ref())];
    all.extend(further.iter().map(|f| realisation(f.seed, &f.measurement, bio_ms, account(&f.measurement, &own).as_ref())));
    all
}

/// What realisations differ in; `None` for fewer than two.
pub(super) fn spreads(all: &[Realisation], bio_ms: f64) -> Option<Spreads> {
    if all.len() < 2 {
        return None;
    }
    let factors = |r: &Realisation| r.wall_s.iter().map(|s| s / bio_ms * 1e3).collect::<Vec<_>>();
    let joules = |r: &Realisation| r.gross_j_per_synaptic_event.value.map(|value| (value, r.by_window_j.clone()));
    let joules: Option<Vec<_>> = all.iter().map(joules).collect();
    Some(Spreads {
        realtime_factor: spread(&all.iter().map(|r| (r.realtime_factor, factors(r))).collect::<Vec<_>>()),
        synaptic_events: spread(&all.iter().map(|r| (r.synaptic_events as f64, Vec::new())).collect::<Vec<_>>()),
        gross_j_per_synaptic_event: joules.map(|j| spread(&j)),
    })
}

/// One-way analysis of variance with random effects: each seed's value, and the single measurements it was had from.
fn spread(seeds: &[(f64, Vec<f64>)]) -> Spread {
    let values: Vec<f64> = seeds.iter().map(|s| s.0).collect();
    let several: Vec<&Vec<f64>> = seeds.iter().map(|s| &s.1).filter(|v| v.len() > 1).collect();
    let degrees: usize = several.iter().map(|v| v.len() - 1).sum();
    let squares: f64 = several.iter().map(|v| sample_sd(v).powi(2) * (v.len() - 1) as f64).sum();
    let within = (degrees > 0).then(|| (squares / degrees as f64).sqrt());
    // What measuring a seed so often adds to the variance of its value.
    let added = seeds.iter().map(|s| within.unwrap_or(0.0).powi(2) / s.1.len().max(1) as f64).sum::<f64>() / seeds.len() as f64;
    let range = values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(*v), high.max(*v)]);
    Spread {
        mean: mean(&values).unwrap_or(f64::NAN),
        range,
        between_seeds: (sample_sd(&values).powi(2) - added).max(0.0).sqrt(),
        within_seed: within,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws with a known spread between seeds and within: both are found apart.
    #[test]
    fn seeds_and_measuring_are_told_apart() {
        let mut dice = fastrand::Rng::with_seed(7);
        let mut normal = || (0..12).map(|_| dice.f64()).sum::<f64>() - 6.0;
        for (between, within) in [(3.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.2, 2.0)] {
            let seeds: Vec<(f64, Vec<f64>)> = (0..4000)
                .map(|_| {
                    let centre = 100.0 + between * normal();
                    let single: Vec<f64> = (0..5).map(|_| centre + within * normal()).collect();
                    (mean(&single).expect("a mean"), single)
                })
                .collect();
            let s = spread(&seeds);
            assert!((s.within_seed.expect("several") - within).abs() < 0.03 * within + 1e-9, "{between} {within}: {s:?}");
            // What is small beside the rest is known as well as the rest allows.
            let rest = within * within / 5.0;
            let tolerance = 0.05 * (between * between + rest) + 1e-9;
            assert!((s.between_seeds.powi(2) - between * between).abs() < tolerance, "{between} {within}: {s:?}");
            assert!((s.mean - 100.0).abs() < 0.3);
        }
        let counted = spread(&[(5.0, Vec::new()), (7.0, Vec::new())]);
        assert_eq!((counted.within_seed, counted.range, counted.mean), (None, [5.0, 7.0], 6.0));
        assert!((counted.between_seeds - 2f64.sqrt()).abs() < 1e-12);
    }
}
