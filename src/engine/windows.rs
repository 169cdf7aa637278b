//! How many neurons fire at least once in windows of several lengths, counted where spikes are listed: on an adapter by a pass of its own
//! (`shaders/windows.wgsl`), so that no spike comes back to the host.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "slots and steps fit 32 bits (src/bounds.rs)")]

use crate::error::{Error, Result};
use crate::math::window_lengths_ms;
use crate::network::Network;

/// Words before the lengths: the step in which everything begins, lengths, the first word of the neurons, the first counter, counters of a
/// population.
const HEAD: usize = 5;
/// Words of a length: its steps, its first counter among a population's, and its whole windows.
const LENGTH: usize = 3;
/// Most counters of all populations together; the shortest windows are left out where there would be more.
const MOST_COUNTERS: u64 = 1 << 22;

/// Windows of one length, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Length {
    steps: u32,
    first: u32,
    /// What is left at the end is no whole window, and is left out.
    whole: u32,
}

/// What is counted of a run of so many steps. In words, alike on every engine: a head and the lengths (above); of every slot the last step in
/// which it fired, from the begin on, plus 1 (0: never); and of every population, length by length, the neurons that fired in each window.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WindowPlan {
    lengths: Vec<Length>,
    slots: u32,
    /// Neurons of each population; 0 for sources, which are none.
    neurons: Vec<u32>,
    /// Counters of a population.
    each: u32,
    dt_ms: f64,
}

/// Neurons of some populations that fire at least once in windows of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowShare {
    /// Length of the windows, ms.
    pub window_ms: f64,
    /// Share of the neurons that fire in a window, mean over windows.
    pub mean: f64,
    /// The same in the window with the most.
    pub most: f64,
}

impl WindowPlan {
    /// For a run of so many steps: windows of 1, 2, 5, 10 ms and so on up to the whole run.
    ///
    /// # Errors
    /// [`Error::Input`] for a run of no steps, or of more than 32 bits can count.
    pub fn new(network: &Network, steps: u64) -> Result<Self> {
        let dt_ms = network.scenario.dt_ms;
        let Some(all) = u32::try_from(steps).ok().filter(|n| *n > 0) else {
            return Err(Error::Input(format!("{steps} steps have no windows; simulate from 1 to {} steps", u32::MAX)));
        };
        let mut wanted: Vec<u32> = window_lengths_ms(steps as f64 * dt_ms).iter().map(|ms| (ms / dt_ms).round() as u32).collect();
        wanted.retain(|n| (1..=all).contains(n));
        wanted.dedup();
        let populations = network.populations.len() as u64;
        let counters = |wanted: &[u32]| populations * wanted.iter().map(|n| u64::from(all / n)).sum::<u64>();
        while wanted.len() > 1 && counters(&wanted) > MOST_COUNTERS {
            wanted.remove(0);
        }
        let (mut lengths, mut each) = (Vec::new(), 0);
        for steps in wanted {
            lengths.push(Length { steps, first: each, whole: all / steps });
            each += all / steps;
        }
        let neurons = network.populations.iter().map(|p| if p.model.is_source() { 0 } else { p.size }).collect();
        Ok(Self { lengths, slots: network.slots(), neurons, each, dt_ms })
    }

    /// Slots of the network it is for.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    fn slots_at(&self) -> usize {
        HEAD + LENGTH * self.lengths.len()
    }

    fn counters_at(&self) -> usize {
        self.slots_at() + self.slots as usize
    }

    /// How many words it takes.
    pub fn words(&self) -> usize {
        self.counters_at() + self.neurons.len() * self.each as usize
    }

    /// The head and the lengths, for what begins at a step; all other words are 0 then.
    pub fn head(&self, from: u32) -> Vec<u32> {
        let mut words = vec![from, self.lengths.len() as u32, self.slots_at() as u32, self.counters_at() as u32, self.each];
        self.lengths.iter().for_each(|l| words.extend([l.steps, l.first, l.whole]));
        words
    }

    /// The words of what begins at a step.
    pub fn first_words(&self, from: u32) -> Vec<u32> {
        let mut words = self.head(from);
        words.resize(self.words(), 0);
        words
    }

    /// Notes a spike of a neuron, as a device would; spikes of one neuron in the order of their steps.
    pub fn note(&self, words: &mut [u32], population: u32, slot: u32, step: u32) {
        if self.neurons[population as usize] == 0 {
            return;
        }
        let now = step - words[0];
        let at = self.slots_at() + slot as usize;
        let last = std::mem::replace(&mut words[at], now + 1);
        let own = self.counters_at() + (population * self.each) as usize;
        for l in &self.lengths {
            let window = now / l.steps;
            if window < l.whole && (last == 0 || (last - 1) / l.steps != window) {
                words[own + (l.first + window) as usize] += 1;
            }
        }
    }

    /// Adds the words of an engine that watched other neurons over the same time.
    pub fn add(all: &mut [u32], some: &[u32]) {
        let neurons = all.get(2).map_or(0, |at| *at as usize);
        all.iter_mut().zip(some).skip(neurons).for_each(|(all, some)| *all = all.wrapping_add(*some));
    }

    /// What some populations together have in windows of every length, in rising order; nothing without neurons.
    pub fn shares(&self, words: &[u32], populations: &[usize]) -> Vec<WindowShare> {
        let neurons: u64 = populations.iter().map(|p| u64::from(self.neurons[*p])).sum();
        if neurons == 0 {
            return Vec::new();
        }
        let share = |n: f64| n / neurons as f64;
        let of = |l: &Length| {
            let active: Vec<u64> = (0..l.whole).map(|window| self.active(words, populations, l, window)).collect();
            WindowShare {
                window_ms: f64::from(l.steps) * self.dt_ms,
                mean: share(active.iter().sum::<u64>() as f64 / f64::from(l.whole)),
                most: share(active.iter().copied().max().unwrap_or(0) as f64),
            }
        };
        self.lengths.iter().map(of).collect()
    }

    fn active(&self, words: &[u32], populations: &[usize], l: &Length, window: u32) -> u64 {
        let counter = |p: &usize| words[self.counters_at() + *p * self.each as usize + (l.first + window) as usize];
        populations.iter().map(counter).map(u64::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of hand-made spikes, against what a list of all of them gives.
    #[test]
    fn windows_count_each_neuron_once() {
        let text = "name = \"t\"\nversion = 1\ndt_ms = 0.3\n\n[[population]]\nname = \"a\"\nsize = 300\nmodel = \"lif_psc_delta\"\n\
            parameters = { tau_m_ms = 5.1, e_l_mv = 0.0, v_th_mv = 10.0, v_reset_mv = 0.0, t_ref_ms = 0.0 }\n\n\
            [[population]]\nname = \"s\"\nsize = 2\nmodel = \"regular_source\"\nparameters = { interval_ms = 3.0 }\n";
        let network = Network::build(&crate::scenario::parse("t.toml", text, None).expect("parses")).expect("builds");
        let plan = WindowPlan::new(&network, 1000).expect("a plan");
        let mut words = plan.first_words(50);
        // Neuron n fires every n + 1 steps.
        let steps = |n: u32| (50..1050).filter(move |step| step % (n + 1) == 0);
        for n in 0..300 {
            steps(n).for_each(|step| plan.note(&mut words, 0, n, step));
        }
        plan.note(&mut words, 1, network.populations[1].first_slot, 60);
        let shares = plan.shares(&words, &[0, 1]);
        assert_eq!(shares, plan.shares(&words, &[0]), "sources are no neurons");
        assert!(plan.shares(&words, &[1]).is_empty());
        let lengths: Vec<u32> = shares.iter().map(|s| (s.window_ms / 0.3).round() as u32).collect();
        assert_eq!(lengths, [3, 7, 17, 33, 67, 167, 333, 667, 1000]);
        for (length, share) in lengths.iter().zip(&shares) {
            let windows = 1000 / length;
            let active: Vec<f64> = (0..windows)
                .map(|w| (0..300).filter(|n| steps(*n).any(|step| (step - 50) / length == w)).count() as f64)
                .collect();
            let mean = active.iter().sum::<f64>() / f64::from(windows) / 300.0;
            assert!((share.mean - mean).abs() < 1e-12, "{length}: {} is not {mean}", share.mean);
            assert_eq!(share.most, active.iter().copied().fold(0.0, f64::max) / 300.0);
        }
    }

    /// Long runs of many populations leave out short windows, never the whole run.
    #[test]
    fn counters_are_bounded() {
        let network = Network::build(
            &crate::scenario::load("microcircuit")
                .expect("built in")
                .scaled(crate::scenario::Scale::Factor(0.01))
                .expect("scales"),
        )
        .expect("builds");
        let plan = WindowPlan::new(&network, 1_000_000_000).expect("a plan");
        assert!(plan.words() < (MOST_COUNTERS + 10_000) as usize);
        assert_eq!(plan.lengths.last().map(|l| (l.steps, l.whole)), Some((1_000_000_000, 1)));
        assert!(WindowPlan::new(&network, 0).is_err() && WindowPlan::new(&network, 1 << 32).is_err());
    }
}
