//! Who owns which neurons of a network that several processes advance together.

#![allow(clippy::cast_possible_truncation, reason = "blocks and parts of a network fit 32 bits (src/bounds.rs)")]

use std::fmt;
use std::ops::Range;

use crate::engine::plan::{RATE_HZ, Share};
use crate::error::{Error, Result};
use crate::network::{Network, Projection};
use crate::neuron::BLOCK;

/// Senders of which it is asked how many of their synapses stay.
const ASKED: u32 = 512;

/// How the blocks of a network are dealt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Blocks that follow each other, so many that all ranks have about the same to do: populations stay together.
    InARow,
    /// A piece of every population: where neurons have places, a strip of the space.
    OfEvery,
}

/// The blocks of [`BLOCK`] neurons that each of some ranks owns: it keeps their state and the synapses that end at them.
///
/// ```
/// use spikewatt::engine::ranks::Decomposition;
/// use spikewatt::{Network, load};
///
/// # fn main() -> spikewatt::Result<()> {
/// let network = Network::build(&load("brunel")?)?;
/// let parts = Decomposition::of(&network, 4)?;
/// assert_eq!(parts.ranks(), 4);
/// assert_eq!((0..4).map(|rank| parts.neurons(&network, rank)).sum::<u64>(), 12_500);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposition {
    cut: Cut,
    /// In rising order, rank by rank.
    blocks: Vec<Vec<Range<u32>>>,
}

impl Decomposition {
    /// Deals the blocks of a network out to so many ranks, in a row: as long as every rank hears all spikes, a row of synapses in few long pieces
    /// is worth more than one that stays at home (docs/ranks.md says more).
    ///
    /// # Errors
    /// [`Error::Input`] for more ranks than blocks, and for several trials.
    pub fn of(network: &Network, ranks: usize) -> Result<Self> {
        Self::with(network, ranks, Cut::InARow)
    }

    /// The same with a cut of one's own.
    ///
    /// # Errors
    /// Those of [`Decomposition::of`].
    pub fn with(network: &Network, ranks: usize, cut: Cut) -> Result<Self> {
        let (name, blocks) = (&network.scenario.name, network.slots() / BLOCK as u32);
        if ranks == 0 || ranks > blocks as usize {
            return Err(Error::Input(format!(
                "{name} has {blocks} blocks of {BLOCK} neurons, too few for {ranks} ranks; start {blocks} at most"
            )));
        }
        if ranks > 1 && network.trial_count() > 1 {
            return Err(Error::Input(format!(
                "{name}: nothing passes between trials, so ranks have nothing to share; start one rank for them, or one trial on several ranks"
            )));
        }
        let n = ranks as u64;
        let dealt = match cut {
            Cut::InARow => in_a_row(network, ranks).into_iter().map(|blocks| [blocks].into()).collect(),
            Cut::OfEvery => (0..n)
                .map(|rank| {
                    let own = |p: &crate::network::Population| {
                        let at = |k: u64| p.first_slot / BLOCK as u32 + (u64::from(p.blocks()) * k / n) as u32;
                        at(rank)..at(rank + 1)
                    };
                    network.populations.iter().map(own).filter(|r| !r.is_empty()).collect()
                })
                .collect(),
        };
        let all = Self { cut, blocks: dealt };
        match all.blocks.iter().position(Vec::is_empty) {
            Some(rank) => Err(Error::Input(format!("{name} leaves rank {rank} of {ranks} without neurons; start fewer ranks"))),
            None => Ok(all),
        }
    }

    /// How many ranks there are.
    pub fn ranks(&self) -> usize {
        self.blocks.len()
    }

    /// The blocks of a rank, in rising order.
    pub fn blocks(&self, rank: usize) -> &[Range<u32>] {
        &self.blocks[rank]
    }

    /// The rank that owns a slot.
    pub fn owner(&self, slot: u32) -> Option<usize> {
        let block = slot / BLOCK as u32;
        self.blocks.iter().position(|own| own.iter().any(|blocks| blocks.contains(&block)))
    }

    /// The slots of a rank that have a neuron or a source.
    fn slots<'a>(&'a self, network: &'a Network, rank: usize) -> impl Iterator<Item = (u32, Range<u32>)> + 'a {
        network.populations.iter().flat_map(move |p| {
            let whole = p.first_slot..p.first_slot + p.size;
            let of = move |blocks: &Range<u32>| {
                let (begin, end) = (blocks.start * BLOCK as u32, blocks.end * BLOCK as u32);
                (p.id, begin.max(whole.start)..end.min(whole.end))
            };
            self.blocks[rank].iter().map(of).filter(|(_, slots)| slots.start < slots.end)
        })
    }

    /// Neurons and sources of a rank.
    pub fn neurons(&self, network: &Network, rank: usize) -> u64 {
        self.slots(network, rank).map(|(_, slots)| slots.len() as u64).sum()
    }

    /// Synapses that end at the neurons of a rank, if those of a projection are spread evenly over its targets.
    pub fn synapses(&self, network: &Network, rank: usize) -> f64 {
        self.slots(network, rank).map(|(population, slots)| slots.len() as f64 * in_degree(network, population)).sum()
    }

    /// What the engine of a rank owns.
    pub fn share(&self, network: &Network, rank: usize) -> Share {
        let all: f64 = (0..self.ranks()).map(|rank| self.synapses(network, rank)).sum();
        let synapses = if all > 0.0 { self.synapses(network, rank) / all } else { 1.0 };
        Share { blocks: self.blocks[rank].clone(), synapses }
    }

    /// Part of the synapses that end on the rank they begin on, of those of some senders of a rank.
    pub fn at_home(&self, network: &Network, rank: usize) -> f64 {
        let own: Vec<(u32, Range<u32>)> = self.slots(network, rank).collect();
        let senders: u64 = own.iter().map(|(_, slots)| slots.len() as u64).sum();
        let every = senders.div_ceil(u64::from(ASKED)).max(1) as usize;
        let (mut all, mut stay) = (0u64, 0u64);
        for (population, slot) in own.into_iter().flat_map(|(p, slots)| slots.map(move |slot| (p, slot))).step_by(every) {
            let p = &network.populations[population as usize];
            for projection in network.outgoing(p) {
                let (source, first) = (slot - p.first_slot, network.populations[projection.target].first_slot);
                let row = projection.row(source);
                for k in 0..projection.row_length(source) {
                    let block = (first + row.synapse(k).target) / BLOCK as u32;
                    all += 1;
                    stay += u64::from(self.blocks[rank].iter().any(|blocks| blocks.contains(&block)));
                }
            }
        }
        if all == 0 { 1.0 } else { stay as f64 / all as f64 }
    }
}

impl fmt::Display for Decomposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.cut {
            Cut::InARow => "each with blocks that follow each other",
            Cut::OfEvery => "each with a piece of every population",
        };
        write!(f, "{} ranks, {how}", self.ranks())
    }
}

/// Synapses that end at a neuron of a population, in the mean.
fn in_degree(network: &Network, population: u32) -> f64 {
    let into = |p: &&Projection| p.target == population as usize;
    let plastic = network.plastic.iter().map(|p| &p.projection);
    network.projections.iter().chain(plastic).filter(into).map(|p| p.synapses() as f64 / f64::from(p.target_size.max(1))).sum()
}

/// Blocks one after the other, cut where the work of the ranks is about the same: a step of a neuron, and what reaches it in it.
fn in_a_row(network: &Network, ranks: usize) -> Vec<Range<u32>> {
    let per_step = RATE_HZ * network.scenario.dt_ms * 1e-3;
    let mut ends: Vec<f64> = Vec::new();
    let mut sum = 0.0;
    for p in &network.populations {
        let each = 1.0 + per_step * in_degree(network, p.id);
        for block in 0..p.blocks() {
            sum += each * f64::from((p.size - block * BLOCK as u32).min(BLOCK as u32));
            ends.push(sum);
        }
    }
    let mut begin = 0;
    let cut = |rank: usize| {
        let after = begin;
        let wanted = sum * (rank + 1) as f64 / ranks as f64;
        // At the nearest end of a block; nobody goes without one.
        let found = ends.partition_point(|end| *end < wanted);
        let nearest =
            match found.checked_sub(1).map(|before| (wanted - ends[before], ends.get(found).map_or(f64::MAX, |e| e - wanted))) {
                Some((before, behind)) if before < behind => found,
                _ => found + 1,
            };
        begin = if rank + 1 == ranks { ends.len() } else { nearest.clamp(after + 1, ends.len() + rank + 1 - ranks) };
        after as u32..begin as u32
    };
    (0..ranks).map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scale, load};

    fn network(name: &str, factor: f64) -> Network {
        Network::build(&load(name).expect("built in").scaled(Scale::Factor(factor)).expect("scales")).expect("builds")
    }

    /// Every block has one owner, whatever is cut how, and no rank does much more than another.
    #[test]
    fn every_block_has_one_owner() {
        for (name, factor) in [("microcircuit", 0.2), ("sheet", 0.1), ("brunel", 1.0), ("membrane", 0.01), ("coffee", 0.02)] {
            let n = network(name, factor);
            for ranks in [1, 2, 3, 4, 8] {
                for cut in [Cut::InARow, Cut::OfEvery] {
                    let Ok(all) = Decomposition::with(&n, ranks, cut) else { continue };
                    let mut seen = vec![0; (n.slots() / BLOCK as u32) as usize];
                    for rank in 0..ranks {
                        assert!(all.blocks(rank).windows(2).all(|w| w[0].end <= w[1].start), "{name}: in order");
                        for block in all.blocks(rank).iter().cloned().flatten() {
                            seen[block as usize] += 1;
                            assert_eq!(all.owner(block * BLOCK as u32 + 255), Some(rank));
                        }
                    }
                    assert!(seen.iter().all(|n| *n == 1), "{name}, {ranks} ranks, {cut:?}");
                    let neurons: Vec<u64> = (0..ranks).map(|rank| all.neurons(&n, rank)).collect();
                    assert_eq!(neurons.iter().sum::<u64>(), n.neurons() + n.sources(), "{name}");
                    let synapses: f64 = (0..ranks).map(|rank| all.synapses(&n, rank)).sum();
                    assert!(
                        (synapses / n.synapses().max(1) as f64 - 1.0).abs() < 1e-9 || n.synapses() == 0,
                        "{name}: {synapses}"
                    );
                }
            }
            let two = Decomposition::of(&n, 2).expect("two ranks");
            let work = |rank: usize| two.neurons(&n, rank) as f64 + RATE_HZ * n.scenario.dt_ms * 1e-3 * two.synapses(&n, rank);
            assert!((work(0) / work(1) - 1.0).abs() < 0.15, "{name}: {} and {}", work(0), work(1));
        }
    }

    #[test]
    fn what_has_places_stays_at_home() {
        let n = network("sheet", 0.1);
        let strips = Decomposition::with(&n, 4, Cut::OfEvery).expect("four ranks");
        let in_a_row = Decomposition::with(&n, 4, Cut::InARow).expect("four ranks");
        // Of all synapses, not of those of some senders.
        let all = |d: &Decomposition| {
            let (mut all, mut stay) = (0u64, 0u64);
            for p in &n.projections {
                let [from, to] = [p.source, p.target].map(|i| n.populations[i].first_slot);
                for source in 0..p.source_size {
                    let (row, home) = (p.row(source), d.owner(from + source));
                    let targets = (0..p.row_length(source)).map(|k| row.synapse(k).target);
                    stay += targets.filter(|target| d.owner(to + target) == home).count() as u64;
                    all += u64::from(p.row_length(source));
                }
            }
            stay as f64 / all as f64
        };
        let home = |d: &Decomposition| {
            let of = |rank: usize| d.at_home(&n, rank) * d.neurons(&n, rank) as f64;
            (0..4).map(of).sum::<f64>() / n.neurons() as f64
        };
        let (strips, in_a_row) = ((home(&strips), all(&strips)), (home(&in_a_row), all(&in_a_row)));
        for (some, all) in [strips, in_a_row] {
            assert!((some - all).abs() < 0.02, "{some} of some senders, {all} of all");
        }
        assert!(strips.1 > in_a_row.1 && in_a_row.1 > 0.25, "{strips:?} and {in_a_row:?}; a quarter by chance");
        let random = network("brunel", 1.0);
        let home = Decomposition::of(&random, 4).expect("four ranks").at_home(&random, 1);
        assert!((home - 0.25).abs() < 0.03, "{home} of uniform targets");
    }

    #[test]
    fn what_cannot_be_shared_is_refused_in_words() {
        let n = network("brunel", 0.02);
        let said = Decomposition::of(&n, 9).expect_err("too many").to_string();
        assert_eq!(said, "brunel has 2 blocks of 256 neurons, too few for 9 ranks; start 2 at most");
        let trials = network("brunel", 0.1).with_trials(0..3).expect("trials");
        assert!(Decomposition::of(&trials, 2).expect_err("trials").to_string().contains("between trials"));
    }
}
