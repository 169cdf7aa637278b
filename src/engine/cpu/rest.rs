//! Which neurons have to be stepped. A neuron at exact rest, which nothing reaches, would stay as it is whatever a step's rounding: it is left
//! alone until something is due for it. No threshold and no approximation, so spikes are those of stepping everything.
//!
//! Those that are awake stand in lists, one for each population, side by side with their state, so that a step of a silent network costs
//! nothing, and neurons that are stirred here and there cost what they are. A word for each neuron tells whether it is in a list, and in which
//! rows of the ring buffers something waits for it: others are not read. While lists are kept, the state of who is in one is there, and
//! everybody else's is zero. Where only few are awake, their input stands beside it (`places.rs`), and a neuron's word tells its place instead.

#![allow(clippy::cast_possible_truncation, reason = "slots fit 32 bits (src/bounds.rs)")]

use std::ops::Range;

use super::list::Listed;
use super::places::Places;
use super::ring::Ring;
use crate::engine::plan::{CpuPlan, Delivery};
use crate::network::Network;
use crate::neuron::BLOCK;

/// Whether enough neurons rest is asked after so many batches of watching; where too few do, everything is stepped for so many.
const WATCHED: u32 = 64;
const UNWATCHED: u32 = 256;
/// Part of the neurons that must rest for watching to cost less than it saves, as a divisor.
const WORTH_IT: usize = 4;

/// A neuron's word: it is in a list; it never leaves it, because a stimulus may come at any time; the rest tells what is due.
pub(super) const LISTED: u64 = 1 << 63;
pub(super) const STAYS: u64 = 1 << 62;
pub(super) const DUE: u64 = STAYS - 1;
/// Rows of the ring buffers up to which each has a bit; where there are more, the step behind the last one in which anything is due is told.
const MOST_BITS: usize = 62;

/// Blocks of a population in a partition.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// The blocks, from the partition's first one on.
    pub(super) blocks: Range<usize>,
    /// Whether its neurons can be at rest.
    pub(super) may_rest: bool,
    /// Whether they are stepped one by one.
    one_by_one: bool,
    /// Its neurons: slots from the partition's first one on.
    slots: Range<u32>,
}

/// The populations of a partition, block by block.
pub(super) fn stretches(network: &Network, blocks: &Range<u32>) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let (mut block, block_slots) = (blocks.start, BLOCK as u32);
    while block < blocks.end {
        let p = network.population_of_block(block);
        let end = (p.first_slot / block_slots + p.blocks()).min(blocks.end);
        let last = (p.first_slot + p.size).min(end * block_slots);
        let own = |slot: u32| slot - blocks.start * block_slots;
        all.push(Stretch {
            blocks: (block - blocks.start) as usize..(end - blocks.start) as usize,
            may_rest: p.may_rest(),
            one_by_one: p.kernel().scalar,
            slots: own(block * block_slots)..own(last),
        });
        block = end;
    }
    all
}

/// Who rests in a partition.
#[derive(Clone)]
pub(super) struct Rest {
    /// A word for each slot.
    pub(super) words: Vec<u64>,
    /// Who is awake, stretch by stretch.
    pub(super) awake: Vec<Listed>,
    stretches: Vec<Stretch>,
    pub(super) ring_steps: usize,
    /// Input by place, if it may ever lie so, and whether it does.
    pub(super) places: Option<Places>,
    pub(super) is_by_place: bool,
    /// Batches left in which neurons are watched, or in which everything is stepped.
    left: u32,
    watching: bool,
    /// Batches after which every row has been passed.
    turn: u32,
    /// Whether state or input has been set from outside since the last batch.
    woken: bool,
}

impl Rest {
    /// Everything awake; none if no neuron of the blocks can ever rest.
    pub(super) fn new(network: &Network, blocks: &Range<u32>, stretches: &[Stretch], plan: &CpuPlan) -> Option<Self> {
        // Whatever else delivers or reads input does so by slot.
        let by_lists = plan.delivery == Delivery::Stored && plan.due.is_none() && network.plastic.is_empty();
        let by_lists = by_lists && stretches.iter().all(|s| s.may_rest && !s.one_by_one);
        stretches.iter().any(|s| s.may_rest).then(|| {
            let mut words = vec![0; blocks.len() * BLOCK];
            for (block, own) in blocks.clone().zip(words.chunks_mut(BLOCK)) {
                network.stimuli.of_block(block).iter().for_each(|reached| own[reached.neuron() as usize] = STAYS);
            }
            let turn = plan.ring_steps.div_ceil(plan.batch.max(1)) + 2;
            let ring_steps = plan.ring_steps as usize;
            let all = stretches.iter().map(|s| s.slots.len());
            let places = by_lists.then(|| Places::new(all, ring_steps, network.channels as usize)).flatten();
            let awake = vec![Listed::default(); stretches.len()];
            Self {
                words,
                awake,
                stretches: stretches.to_vec(),
                ring_steps,
                places,
                is_by_place: false,
                left: turn,
                watching: true,
                turn,
                woken: true,
            }
        })
    }

    /// From the next batch on, nobody is known to rest, and anything may be due. The state of who was listed goes back to where it stands by slot.
    pub(super) fn wake_all(&mut self, state: &mut [Vec<i32>], ring: &mut Ring) {
        self.settle(state, ring);
        self.woken = true;
    }

    /// Writes the state of who is listed to where it stands by slot as well, and what is to come to them.
    pub(super) fn settle(&mut self, state: &mut [Vec<i32>], ring: &mut Ring) {
        self.leave_places(ring);
        if !self.woken && self.watching {
            self.awake.iter().for_each(|list| list.put(state));
        }
    }

    /// Puts everybody on the lists, before a step.
    fn list_all(&mut self, step: u32, state: &[Vec<i32>]) {
        self.woken = false;
        for (stretch, awake) in self.stretches.iter().zip(&mut self.awake).filter(|(s, _)| s.may_rest) {
            *awake = match stretch.one_by_one {
                true => Listed::by_slot(stretch.slots.clone()),
                false => Listed::take(stretch.slots.clone(), state),
            };
        }
        let due = self.anything(step);
        self.words.iter_mut().for_each(|word| *word = *word & STAYS | LISTED | due);
    }

    /// What a word tells where anything may be due.
    fn anything(&self, step: u32) -> u64 {
        match self.ring_steps {
            0 => 0,
            rows if rows <= MOST_BITS => (1 << rows) - 1,
            rows => u64::from(step) + rows as u64,
        }
    }

    /// Begins a batch.
    pub(super) fn begin(&mut self, step: u32, state: &mut [Vec<i32>], ring: &mut Ring) {
        if self.left == 0 && !self.watching {
            // What was not marked may be due.
            (self.watching, self.left, self.woken) = (true, self.turn, true);
        }
        if self.woken && self.watching {
            self.list_all(step, state);
        }
        if self.left > 0 {
            self.left -= 1;
            return;
        }
        let may: usize = self.stretches.iter().filter(|s| s.may_rest).map(|s| s.slots.len()).sum();
        let awake: usize = self.awake.iter().map(Listed::len).sum();
        let worth_it = (may - awake) * WORTH_IT >= may;
        match worth_it {
            true => self.enter_places(ring),
            false => self.settle(state, ring),
        }
        self.watching = worth_it;
        self.left = if worth_it { WATCHED } else { UNWATCHED };
    }

    /// Whether neurons are watched at present, so that what is due is marked.
    #[inline(always)]
    pub(super) fn is_watching(&self) -> bool {
        self.watching
    }

    /// The list of those of a stretch that are awake, to be given back.
    pub(super) fn take_list(&mut self, stretch: usize) -> Listed {
        std::mem::take(&mut self.awake[stretch])
    }

    /// Gives such a list back.
    pub(super) fn give_list(&mut self, stretch: usize, list: Listed) {
        self.awake[stretch] = list;
    }

    /// Tells of each of some neurons its place among them, its slot, the steps of a batch in which something may be due for it, a bit each, and
    /// whether a stimulus may come; what is due is forgotten. Those of whom there is nothing to tell are passed over.
    #[inline(always)]
    pub(super) fn take_due(&mut self, slots: &[u32], step: u32, length: u32, mut tell: impl FnMut(usize, usize, u32, bool)) {
        let all = (1u64 << length) - 1;
        if self.ring_steps > MOST_BITS {
            for (i, slot) in slots.iter().enumerate() {
                let word = self.words[*slot as usize];
                let due = if word & DUE > u64::from(step) { all as u32 } else { 0 };
                tell(i, *slot as usize, due, word & STAYS != 0);
            }
            return;
        }
        // From the row of the step on, around the end.
        let row = self.row_of(step);
        let around = self.ring_steps - row;
        let window = (all << row | all >> around) & ((1 << self.ring_steps) - 1) | STAYS;
        for (i, slot) in slots.iter().enumerate() {
            let word = &mut self.words[*slot as usize];
            let found = *word & window;
            if found == 0 {
                continue;
            }
            let due = found & DUE;
            *word &= !due;
            tell(i, *slot as usize, ((due >> row | due << around) & all) as u32, found & STAYS != 0);
        }
    }

    /// Takes a neuron that is at rest after a batch, up to a step, off its list, if nothing is due for it and it may leave; whether it did.
    #[inline(always)]
    pub(super) fn falls_asleep(&mut self, slot: usize, end: u32) -> bool {
        let word = &mut self.words[slot];
        let due = *word & DUE;
        let waits = if self.ring_steps > MOST_BITS { due > u64::from(end) } else { due != 0 };
        if waits || *word & STAYS != 0 {
            return false;
        }
        *word = 0;
        true
    }

    /// Whether a stimulus may come to a neuron.
    #[inline(always)]
    pub(super) fn stays(&self, slot: usize) -> bool {
        self.words[slot] & STAYS != 0
    }

    /// Row of the marks of a step.
    #[inline(always)]
    pub(super) fn row_of(&self, step: u32) -> usize {
        step as usize % self.ring_steps.max(1)
    }

    /// Notes that something arrives at a neuron in a step, whose row is told too, maybe a whole turn behind the last one.
    #[inline(always)]
    pub(super) fn mark_row(&mut self, row: usize, step: u32, slot: usize) {
        let word = self.words[slot];
        let due = if self.ring_steps > MOST_BITS {
            word & !DUE | (word & DUE).max(u64::from(step) + 1)
        } else {
            word | 1 << (if row >= self.ring_steps { row - self.ring_steps } else { row })
        };
        self.words[slot] = due;
        if word & LISTED == 0 {
            self.wake(slot);
        }
    }

    /// Notes that something arrives at a neuron in a step, if that is noted at present.
    pub(super) fn mark(&mut self, step: u32, slot: usize) {
        if self.watching {
            self.mark_row(self.row_of(step), step, slot);
        }
    }

    /// The stretch of a slot.
    pub(super) fn stretch_of(&self, slot: usize) -> usize {
        self.stretches.partition_point(|s| s.blocks.end <= slot / BLOCK)
    }

    /// Puts a neuron on its list, if it is not there.
    #[inline]
    fn wake(&mut self, slot: usize) {
        self.words[slot] |= LISTED;
        let stretch = self.stretch_of(slot);
        if self.stretches[stretch].may_rest {
            self.awake[stretch].push(slot as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::cpu::CpuEngine;
    use crate::engine::cpu::list::Listed;
    use crate::engine::{Options, advance_quietly};
    use crate::network::Network;
    use crate::scenario::{Scale, load};

    /// Neurons of an engine that are awake.
    fn awake(engine: &CpuEngine) -> usize {
        engine.partitions.iter().filter_map(|p| p.rest.as_ref()).flat_map(|r| &r.awake).map(Listed::len).sum()
    }

    #[test]
    fn a_silent_network_rests_and_a_driven_one_is_not_watched() {
        // A background drive, or a constant current up to threshold: such neurons are never watched.
        for name in ["brunel", "cuba"] {
            let restless = load(name).expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
            let engine = CpuEngine::new(Network::build(&restless).expect("a network"), &Options::default()).expect("an engine");
            assert!(engine.partitions.iter().all(|p| p.rest.is_none()), "{name}");
        }
        // A long delay: rows beyond those that have a bit. Constants that differ: neurons that are stepped one by one.
        let (between, varied) =
            ("{ distribution = \"uniform\", min = 1.0, max = 9.0 }", "{ distribution = \"uniform\", min = 9.0, max = 11.0 }");
        for (delay, slowest, tau_m_ms) in
            [("1.0", 1.0, "10.0"), (between, 9.0, "10.0"), ("1.0", 1.0, varied), (between, 9.0, varied)]
        {
            let text = format!(
                "name = \"test\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"S\"\nsize = 1\nmodel = \"spike_times\"\nspike_times_ms = [1.0, 400.0]\n\n[[population]]\nname = \"A\"\nsize = 10000\nmodel = \"lif_psc_delta\"\nparameters = {{ tau_m_ms = {tau_m_ms}, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 0.0, t_ref_ms = 2.0 }}\n\n[[projection]]\nsource = \"S\"\ntarget = \"A\"\nrule = \"fixed_outdegree\"\noutdegree = 10\nmultapses = false\nweight_mv = 9.0\ndelay_ms = {delay}\n"
            );
            let silent = Network::build(&crate::scenario::parse("test.toml", &text, None).expect("valid")).expect("a network");
            let steps = silent.steps(slowest + 1.0);
            let mut engine = CpuEngine::new(silent, &Options::default()).expect("an engine");
            advance_quietly(&mut engine, 3990).expect("advances");
            let before = awake(&engine);
            advance_quietly(&mut engine, 10 + steps).expect("advances");
            assert_eq!((before, awake(&engine)), (0, 10), "delays of {delay}, time constant {tau_m_ms}");
        }
    }
}
