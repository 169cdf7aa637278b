//! Scaling a scenario: neuron numbers change, in-degrees stay, so that activity stays.

#![allow(clippy::cast_possible_truncation, reason = "numbers were read within bounds (src/bounds.rs)")]

use super::{DegreeLaws, PopulationSpec, Positions, ProjectionSpec, Rule, Scenario};
use crate::bounds::{MAX_SIDE, MAX_SLOTS};
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;
use crate::neuron::BLOCK;

/// The sentence for populations that are too large together, if they are.
pub(super) fn too_many(populations: &[PopulationSpec]) -> Option<String> {
    let slots: u64 = populations.iter().map(|p| u64::from(p.size).next_multiple_of(BLOCK as u64)).sum();
    let neurons: u64 = populations.iter().map(|p| u64::from(p.size)).sum();
    (slots > MAX_SLOTS).then(|| {
        format!("{neurons} neurons are too many; a scenario holds at most {MAX_SLOTS}, each population filled up to a multiple of {BLOCK}")
    })
}

/// How large to make a scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// Multiply neuron numbers by this factor.
    Factor(f64),
    /// Multiply them so that this many neurons result.
    Neurons(u64),
}

impl Scenario {
    /// Neurons in all.
    pub fn neurons(&self) -> u64 {
        self.populations.iter().map(|p| u64::from(p.size)).sum()
    }

    /// The scenario with scaled neuron numbers. In-degrees stay: `fixed_indegree` as it is, `all_to_all` as the in-degree it is, `fixed_total_number` in
    /// proportion to the target population, the probability of `pairwise_bernoulli` in inverse proportion to the source's.
    ///
    /// # Errors
    /// [`Error::Input`] for a factor that is not positive, a number of neurons that leaves a population empty, a
    /// probability that would pass 1, or neurons that data name or place.
    pub fn scaled(&self, scale: Scale) -> Result<Scenario> {
        let old = self.neurons();
        let factor = match scale {
            Scale::Factor(f) if f.is_finite() && f > 0.0 => f,
            Scale::Factor(f) => {
                return Err(Error::Asked(message!(Term::Scale, format!(" {f}: the factor must be a number above 0"))));
            }
            Scale::Neurons(0) => return Err(Error::Asked(message!(Term::Neurons, " 0: give at least 1 neuron per population"))),
            Scale::Neurons(n) => n as f64 / old as f64,
        };
        let wanted = match scale {
            Scale::Neurons(n) => n,
            Scale::Factor(f) => (old as f64 * f).round() as u64,
        };
        if wanted > MAX_SLOTS {
            return Err(Error::Input(format!("{wanted} neurons are too many; a scenario holds at most {MAX_SLOTS}")));
        }
        let mut scaled = self.clone();
        if let Some(sheet) = &mut scaled.sheet {
            // Lattices keep the ratio of their sides, and the sheet its density.
            let smallest = self.populations.iter().map(|p| p.size.isqrt()).min().unwrap_or(1).max(1);
            let stretch = (f64::from(smallest) * factor.sqrt()).round() / f64::from(smallest);
            sheet.side_mm *= stretch;
            for p in &mut scaled.populations {
                let side = (f64::from(p.size.isqrt()) * stretch).round() as u32;
                if side > MAX_SIDE {
                    return Err(Error::Input(format!(
                        "scaled to {wanted} neurons, population \"{}\" of {} would have {side} neurons along a side of its lattice, over {MAX_SIDE}; scale less",
                        p.name, self.name
                    )));
                }
                p.size = side * side;
            }
        } else {
            for p in &mut scaled.populations {
                p.size = (f64::from(p.size) * factor).round() as u32;
            }
        }
        if let (Scale::Neurons(n), None) = (scale, scaled.sheet) {
            // Rounding may leave a few neurons over or short: the largest population takes them.
            let sum: i64 = scaled.populations.iter().map(|p| i64::from(p.size)).sum();
            if let Some(largest) = scaled.populations.iter_mut().max_by_key(|p| p.size) {
                largest.size = (i64::from(largest.size) + n as i64 - sum).max(0) as u32;
            }
        }
        if let Some(too_many) = too_many(&scaled.populations) {
            return Err(Error::Input(too_many));
        }
        if let Some(p) = scaled.populations.iter().find(|p| p.size == 0) {
            return Err(Error::Input(format!(
                "scaled to {wanted} neurons, population \"{}\" of {} would be empty; scale less",
                p.name, self.name
            )));
        }
        let told = |p: &&PopulationSpec| p.ids.is_some() || matches!(p.positions, Some(Positions::Listed(_)));
        if let Some(p) = self.populations.iter().zip(&scaled.populations).find(|(old, new)| old.size != new.size && told(old)) {
            return Err(Error::Input(format!(
                "the neurons of population \"{}\" of {} stand in data, one by one, and cannot be scaled; leave it at its size",
                p.0.name, self.name
            )));
        }
        let too_few = |degree: u32, population: usize| {
            let p = &scaled.populations[population];
            Error::Input(format!(
                "scaled to {wanted} neurons, population \"{}\" of {} has {}, too few for {degree} synapses without multapses; scale less",
                p.name, self.name, p.size
            ))
        };
        for (old, new) in self.projections.iter().zip(&mut scaled.projections) {
            let ratio = |i: usize| f64::from(scaled.populations[i].size) / f64::from(self.populations[i].size);
            new.rule = match old.rule {
                Rule::FixedTotalNumber(n) => Rule::FixedTotalNumber((n as f64 * ratio(old.target)).round() as u64),
                Rule::PairwiseBernoulli { probability, autapses } => {
                    let probability = probability / ratio(old.source);
                    if probability > 1.0 {
                        return Err(Error::Input(format!(
                            "scaled to {wanted} neurons, the projection {} to {} of {} would need a connection probability of {probability:.3}; scale less",
                            self.populations[old.source].name, self.populations[old.target].name, self.name
                        )));
                    }
                    Rule::PairwiseBernoulli { probability, autapses }
                }
                Rule::FixedIndegree { indegree, multapses: false } if indegree > scaled.populations[old.source].size => {
                    return Err(too_few(indegree, old.source));
                }
                Rule::FixedOutdegree { outdegree, multapses: false, .. } if outdegree > scaled.populations[old.target].size => {
                    return Err(too_few(outdegree, old.target));
                }
                // Modules stay as large as they were.
                Rule::LognormalDegrees(laws) => {
                    let smaller = scaled.populations[old.source].size.min(scaled.populations[old.target].size);
                    let modules = (f64::from(laws.modules) * factor).round().clamp(1.0, f64::from(smaller)) as u32;
                    Rule::LognormalDegrees(DegreeLaws { modules, ..laws })
                }
                // All to all of more neurons, or of fewer, would be another in-degree.
                Rule::AllToAll { autapses } if ratio(old.source) != 1.0 => {
                    let within = u32::from(!autapses && old.source == old.target);
                    Rule::FixedIndegree { indegree: self.populations[old.source].size - within, multapses: true }
                }
                Rule::OneToOne if scaled.populations[old.source].size != scaled.populations[old.target].size => {
                    let why = format!("{wanted} neurons cannot be split so that its one_to_one projections fit; use ");
                    return Err(Error::Asked(message!(why, Term::Scale)));
                }
                Rule::EdgeList if ratio(old.source) != 1.0 || ratio(old.target) != 1.0 => {
                    let (source, target) = (&self.populations[old.source].name, &self.populations[old.target].name);
                    let list = format!("the projection {source} to {target} is an edge list, whose neurons are given");
                    let why = format!("{} cannot be scaled: {list}; leave out ", self.name);
                    return Err(Error::Asked(message!(why, Term::Neurons, " and ", Term::Scale)));
                }
                rule => rule,
            };
        }
        let named = self.stimuli.iter().map(|s| (s.population, &s.neurons));
        for (population, set) in named.chain(self.silenced.iter().map(|s| (s.population, &s.neurons))) {
            let p = &scaled.populations[population];
            if let Some(highest) = set.highest().filter(|n| *n >= p.size) {
                return Err(Error::Input(format!(
                    "scaled to {wanted} neurons, population \"{}\" of {} would have no neuron {highest}, which a stimulus or a silence names; scale less",
                    p.name, self.name
                )));
            }
        }
        scaled.scale = match scaled.sheet {
            None => self.scale * factor,
            Some(_) => self.scale * scaled.neurons() as f64 / old as f64,
        };
        Ok(scaled)
    }

    /// The scenario with another number of synapses per neuron, shared among its `fixed_outdegree` projections as before. Weights
    /// change in inverse proportion, so that the mean input stays.
    ///
    /// # Errors
    /// [`Error::Input`] if it has other projections, or a number that leaves a projection empty.
    pub fn with_outdegree(&self, wanted: u32) -> Result<Scenario> {
        let refuse = |why: String| Error::Asked(message!(Term::Outdegree, format!(" {wanted}: {why}")));
        let outdegree = |p: &ProjectionSpec| match p.rule {
            Rule::FixedOutdegree { outdegree, .. } => Ok(outdegree),
            other => Err(refuse(format!(
                "only projections by fixed_outdegree can change their number of synapses, and {} has {}",
                self.name,
                other.name()
            ))),
        };
        let mut scenario = self.clone();
        for source in 0..self.populations.len() {
            let own: Vec<usize> = (0..self.projections.len()).filter(|i| self.projections[*i].source == source).collect();
            let old = own.iter().map(|i| Ok(u64::from(outdegree(&self.projections[*i])?))).sum::<Result<u64>>()?;
            let (mut before, mut given) = (0u64, 0u64);
            for i in own {
                before += u64::from(outdegree(&self.projections[i])?);
                // Cumulative rounding: the parts add up to the whole.
                let share = (u64::from(wanted) * before + old / 2) / old.max(1) - given;
                given += share;
                if share == 0 {
                    let population = &self.populations[source].name;
                    return Err(refuse(format!(
                        "too few for the projections of population \"{population}\" of {}; give more",
                        self.name
                    )));
                }
                let factor = f64::from(outdegree(&self.projections[i])?) / share as f64;
                let p = &mut scenario.projections[i];
                if let Rule::FixedOutdegree { outdegree, .. } = &mut p.rule {
                    *outdegree = share as u32;
                }
                p.weight = p.weight.times(factor);
            }
        }
        if self.projections.is_empty() {
            return Err(refuse(format!("{} has no synapses", self.name)));
        }
        Ok(scenario)
    }
}
