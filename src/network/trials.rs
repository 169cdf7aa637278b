//! Trials: independent realisations of all that is drawn while a network runs (drives, noise, stimuli), at once, over one copy of the synapses.
//! Every trial has neurons of its own. Populations, projections and stimuli stand once for each trial, one trial after the other; rows of
//! synapses are those of the first. Streams of random numbers differ by the trial's number, so that a trial is the same alone and among others.

#![allow(clippy::cast_possible_truncation, reason = "numbers of a network's parts fit 32 bits (src/bounds.rs)")]

use std::ops::Range;

use super::{Network, Population, Projection, Reached, Stimulus};
use crate::bounds::{MAX_SLOTS, MAX_TRIALS};
use crate::error::{Error, Result};

/// What a trial adds to the ids of its streams of random numbers: those of populations and stimuli are below 2^16.
pub(super) fn stream(id: u32, trial: u32) -> u32 {
    id | trial << 16
}

impl Network {
    /// The network with some trials, by number; trial 0 is the network as it is built.
    ///
    /// # Errors
    /// [`Error::Input`] for none, for a number beyond [`MAX_TRIALS`], for more neurons than can be told apart, and for a network with
    /// weights that change, which trials cannot share.
    pub fn with_trials(self, trials: Range<u32>) -> Result<Self> {
        let name = &self.scenario.name;
        if trials.is_empty() || trials.end > MAX_TRIALS {
            return Err(Error::Input(format!(
                "{name}: trials are 1 to {MAX_TRIALS}, and their numbers end at {}",
                MAX_TRIALS - 1
            )));
        }
        if trials == (0..1) {
            return Ok(self);
        }
        if !self.plastic.is_empty() {
            return Err(Error::Input(format!(
                "{name} has plastic projections, whose weights differ from trial to trial; run it with further seeds instead"
            )));
        }
        let (count, slots) = (trials.end - trials.start, self.slots());
        if u64::from(count) * u64::from(slots) > MAX_SLOTS {
            return Err(Error::Input(format!(
                "{count} trials of {name} are {} neurons; at most {MAX_SLOTS} can be told apart, so run fewer at once",
                u64::from(count) * self.neurons()
            )));
        }
        let numbered = |i: u32| trials.start + i;
        let (populations, projections) = (self.populations.len() as u32, self.projections.len() as u32);
        let mut all = Self { trials: trials.clone(), populations: Vec::new(), projections: Vec::new(), ..self.clone() };
        let stimuli = std::mem::take(&mut all.stimuli);
        for i in 0..count {
            let trial = numbered(i);
            all.populations.extend(self.populations.iter().map(|p| Population {
                name: if trial == 0 { p.name.clone() } else { format!("{}, trial {trial}", p.name) },
                id: i * populations + p.id,
                stream: stream(p.id, trial),
                first_slot: i * slots + p.first_slot,
                out_first: i * projections + p.out_first,
                ..p.clone()
            }));
            let shift = (i * populations) as usize;
            all.projections.extend(self.projections.iter().map(|p| Projection {
                source: shift + p.source,
                target: shift + p.target,
                ..p.clone()
            }));
            let first = all.stimuli.all.len() as u32;
            all.stimuli.all.extend(stimuli.all.iter().map(|s| Stimulus {
                id: stream(s.id, trial),
                population: i * populations + s.population,
                ..s.clone()
            }));
            let reached = |r: &Reached| Reached { stimulus: first + r.stimulus, ..*r };
            all.stimuli.blocks.extend(stimuli.blocks.iter().map(|block| block.iter().map(reached).collect::<Vec<_>>()));
        }
        Ok(all)
    }

    /// How many trials it has.
    pub fn trial_count(&self) -> u32 {
        self.trials.end - self.trials.start
    }

    /// Slots of a trial.
    pub fn trial_slots(&self) -> u32 {
        self.slots() / self.trial_count().max(1)
    }

    /// Neurons of a trial.
    pub fn trial_neurons(&self) -> u64 {
        self.neurons() / u64::from(self.trial_count().max(1))
    }

    /// The trial of a population, counted from the first one there is.
    pub fn trial_of(&self, population: u32) -> u32 {
        population / (self.populations.len() as u32 / self.trial_count()).max(1)
    }

    /// The populations of the first trial: those whose synapses are kept.
    pub fn trial_populations(&self) -> &[Population] {
        &self.populations[..self.populations.len() / self.trial_count().max(1) as usize]
    }

    /// The projections of the first trial: those that are kept.
    pub fn kept_projections(&self) -> &[Projection] {
        &self.projections[..self.projections.len() / self.trial_count().max(1) as usize]
    }
}
