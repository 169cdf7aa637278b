//! Which neurons have to be stepped. A neuron at exact rest, which nothing reaches, would stay as it is whatever a step's rounding: it is left
//! alone until something is due for it. No threshold and no approximation, so spikes are those of stepping everything.
//!
//! Neurons fall asleep and wake in groups: [`GROUP`] neighbours of each of a block's four columns, a byte each, so that a block's eight groups
//! are one word and a step of a silent network looks at one word per block.

use std::ops::Range;

use crate::network::{Dynamics, Network, Population};
use crate::neuron::BLOCK;

/// Neighbours in a column of a block.
pub(super) const GROUP: usize = 8;
/// Groups of a block.
const GROUPS: usize = BLOCK / 4 / GROUP;
/// All groups of a block.
const ALL: u64 = u64::MAX;
/// Whether enough neurons rest is asked after so many batches of watching; where too few do, everything is stepped for so many, and then they are
/// watched for so many to be asked again.
const WATCHED: u32 = 64;
const UNWATCHED: u32 = 256;
const LOOKED: u32 = 2;
/// Part of the groups that must rest for watching to cost less than it saves, as a divisor.
const WORTH_IT: usize = 8;

/// Who rests in a partition.
#[derive(Clone)]
pub(super) struct Rest {
    /// Groups that are not at rest: a word for each block, a byte for each group.
    awake: Vec<u64>,
    /// Groups that something arrives at: `[step modulo ring_steps][block]`.
    due: Vec<u64>,
    /// Blocks whose neurons never rest.
    restless: Vec<bool>,
    ring_steps: usize,
    /// Batches left in which groups are watched, or in which everything is stepped.
    left: u32,
    watching: bool,
}

impl Rest {
    /// Everything awake; none if no neuron of the blocks can ever rest.
    pub(super) fn new(network: &Network, blocks: Range<u32>, ring_steps: usize) -> Option<Self> {
        let restless: Vec<bool> = blocks.map(|block| !may_rest(network.population_of_block(block))).collect();
        let blocks = restless.len();
        restless.contains(&false).then(|| Self {
            awake: vec![ALL; blocks],
            due: vec![0; blocks * ring_steps],
            restless,
            ring_steps,
            left: LOOKED,
            watching: true,
        })
    }

    /// Nobody is known to rest, and anything may be due.
    pub(super) fn wake_all(&mut self) {
        self.awake.fill(ALL);
        self.due.fill(ALL);
    }

    /// Begins a batch.
    pub(super) fn begin(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        if !self.watching {
            (self.watching, self.left) = (true, LOOKED);
            return;
        }
        let awake: &[u8] = bytemuck::cast_slice(&self.awake);
        let resting = awake.iter().filter(|group| **group == 0).count();
        self.watching = resting * WORTH_IT >= awake.len();
        self.left = if self.watching { WATCHED } else { UNWATCHED };
        if !self.watching {
            // What is not marked from now on may be due when watching begins again.
            self.wake_all();
        }
    }

    /// Groups of a block that must be stepped in a batch, a byte each; what was due in it is forgotten.
    #[inline(always)]
    pub(super) fn groups_to_step(&mut self, block: usize, step: u32, length: u32) -> u64 {
        if !self.watching {
            return ALL;
        }
        let blocks = self.awake.len();
        let mut groups = self.awake[block];
        if self.ring_steps > 0 {
            for offset in 0..length {
                let due = &mut self.due[((step + offset) as usize % self.ring_steps) * blocks + block];
                groups |= *due;
                *due = 0;
            }
        }
        if self.restless[block] { ALL } else { groups }
    }

    /// Whether neurons of a block are watched for rest.
    #[inline(always)]
    pub(super) fn watches(&self, block: usize) -> bool {
        self.watching && !self.restless[block]
    }

    /// Says which groups of a block are awake after a batch.
    #[inline(always)]
    pub(super) fn set_awake(&mut self, block: usize, awake: Groups) {
        self.awake[block] = u64::from_ne_bytes(awake);
    }

    /// Whether what is due is marked at present.
    #[inline(always)]
    pub(super) fn keeps_marks(&self) -> bool {
        self.watching
    }

    /// Row of the marks of a step.
    #[inline(always)]
    pub(super) fn row_of(&self, step: u32) -> usize {
        step as usize % self.ring_steps.max(1)
    }

    /// Notes that something arrives at a neuron in the step of a row, which may lie up to a whole turn behind the last one.
    #[inline(always)]
    pub(super) fn mark_row(&mut self, row: usize, slot: usize) {
        let row = if row >= self.ring_steps { row - self.ring_steps } else { row };
        let marks: &mut [u8] = bytemuck::cast_slice_mut(&mut self.due[..]);
        marks[row * self.awake.len() * GROUPS + group_of(slot)] = 1;
    }

    /// Notes that something arrives at a neuron in a step, if that is noted at present.
    pub(super) fn mark(&mut self, step: u32, slot: usize) {
        if self.watching {
            self.mark_row(self.row_of(step), slot);
        }
    }

    /// The marks of who is awake, a byte per group, if they are kept at present.
    pub(super) fn wakes(&mut self) -> Option<&mut [u8]> {
        self.watching.then(|| bytemuck::cast_slice_mut(&mut self.awake[..]))
    }
}

/// A byte for each group of a block: not 0 where it must be stepped.
pub(super) type Groups = [u8; GROUPS];

/// The group of a neuron, from the first block of its partition on.
#[inline(always)]
pub(super) fn group_of(slot: usize) -> usize {
    slot / BLOCK * GROUPS + slot % (BLOCK / 4) / GROUP
}

/// Whether a population's neurons can be at rest: words that are all 0 stay so, if no drive reaches them and 0 is below threshold.
fn may_rest(p: &Population) -> bool {
    match &p.dynamics {
        Dynamics::Vector { constants, .. } => p.poisson.is_empty() && constants.threshold > 0,
        Dynamics::Scalar(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::cpu::CpuEngine;
    use crate::engine::{Options, advance_quietly};
    use crate::network::Network;
    use crate::scenario::{Scale, load};

    /// How many of a thousand groups of an engine rest.
    fn resting_per_mille(engine: &CpuEngine) -> usize {
        let all: Vec<u8> = engine
            .partitions
            .iter()
            .filter_map(|p| p.rest.as_ref())
            .flat_map(|r| bytemuck::cast_slice(&r.awake).to_vec())
            .collect();
        1000 * all.iter().filter(|group| **group == 0).count() / all.len().max(1)
    }

    #[test]
    fn a_silent_network_rests_and_a_driven_one_is_not_watched() {
        // A background drive, or a constant current up to threshold: such neurons are never watched.
        for name in ["brunel", "cuba"] {
            let restless = load(name).expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
            let engine = CpuEngine::new(Network::build(&restless).expect("a network"), &Options::default()).expect("an engine");
            assert!(engine.partitions.iter().all(|p| p.rest.is_none()), "{name}");
        }
        let text = "name = \"test\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"S\"\nsize = 1\nmodel = \"spike_times\"\nspike_times_ms = [1.0, 400.0]\n\n[[population]]\nname = \"A\"\nsize = 10000\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 10.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }\n\n[[projection]]\nsource = \"S\"\ntarget = \"A\"\nrule = \"fixed_outdegree\"\noutdegree = 10\nweight_mv = 9.0\ndelay_ms = 1.0\n";
        let silent = Network::build(&crate::scenario::parse("test.toml", text, None).expect("valid")).expect("a network");
        let mut engine = CpuEngine::new(silent, &Options::default()).expect("an engine");
        advance_quietly(&mut engine, 4000).expect("advances");
        let before = resting_per_mille(&engine);
        advance_quietly(&mut engine, 40).expect("advances");
        let after = resting_per_mille(&engine);
        assert!(before > 950 && after > 900 && after < before, "{before}, then {after} per mille rest");
    }
}
