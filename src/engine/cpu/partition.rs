//! One thread's share of a network: its neurons' state, their ring buffers and their step.

use std::ops::Range;

use glam::UVec4;

use crate::engine::spikes::{add_term, checksum_term, spike_entry};
use crate::network::random::{Purpose, VECTOR, below, key, threefry, threefry_lanes};
use crate::network::{Network, Population};
use crate::neuron::{BLOCK, LANES, Lanes, LanesState, Model, lif_psc_delta, lif_psc_exp};

/// An update of a partition, to be compiled for the vector units at hand. (A closure would not do: it is not inlined into the
/// function that has them enabled.)
pub(super) struct Update<'a> {
    pub(super) partition: &'a mut Partition,
    pub(super) network: &'a Network,
    pub(super) step: u32,
    pub(super) batch: u32,
}

impl pulp::NullaryFnOnce for Update<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.partition.update(self.network, self.step, self.batch);
    }
}

/// Neurons that share one counter of the noise generator's four words: neuron `64 k + j` of a block uses word k of lane j.
const COLUMN: usize = BLOCK / 4;

/// A partition of whole blocks.
#[derive(Clone)]
pub(super) struct Partition {
    blocks: Range<u32>,
    /// Membrane potentials (or refractory codes), one per slot.
    v: Vec<i32>,
    /// Synaptic currents, one vector per channel that any model of the network uses.
    syn: Vec<Vec<i32>>,
    /// Input still to come: `[step modulo ring_steps][channel][slot]`, input units.
    pub(super) ring: Vec<i32>,
    ring_steps: usize,
    channels: usize,
    /// Spikes of the last batch.
    pub(super) spikes: Vec<u32>,
    /// Checksum of the last batch's spikes.
    pub(super) checksum: [u32; 2],
    /// Spikes and external arrivals per population, since they were last taken.
    pub(super) counted: Vec<(u64, u64)>,
}

impl Partition {
    pub(super) fn new(network: &Network, blocks: Range<u32>, ring_steps: usize) -> Self {
        let slots = blocks.len() * BLOCK;
        let channels = network.channels as usize;
        // Without projections nothing ever arrives, and a ring would be memory wasted.
        let ring_steps = if network.projections.is_empty() { 0 } else { ring_steps };
        Self {
            blocks,
            v: vec![0; slots],
            syn: vec![vec![0; slots]; network.state_variables() as usize - 1],
            ring: vec![0; slots * ring_steps * channels],
            ring_steps,
            channels,
            spikes: Vec::new(),
            checksum: [0; 2],
            counted: vec![(0, 0); network.populations.len()],
        }
    }

    pub(super) fn first_slot(&self) -> u32 {
        self.blocks.start * BLOCK as u32
    }

    /// Words of the ring from one channel's row to the next.
    pub(super) fn row_words(&self) -> usize {
        self.v.len()
    }

    /// Where the input of a step begins in the ring, first channel.
    pub(super) fn ring_row(&self, step: u32) -> usize {
        (step as usize % self.ring_steps) * self.channels * self.row_words()
    }

    pub(super) fn ring_steps(&self) -> usize {
        self.ring_steps
    }

    /// The potential word of a slot, if it is one of this partition's.
    pub(super) fn potential(&self, slot: u32) -> Option<i32> {
        self.v.get(slot.checked_sub(self.first_slot())? as usize).copied()
    }

    /// The state at time 0.
    pub(super) fn reset(&mut self, network: &Network) {
        self.ring.fill(0);
        self.syn.iter_mut().for_each(|s| s.fill(0));
        for (i, v) in self.v.chunks_exact_mut(BLOCK).enumerate() {
            let block = self.blocks.start + i as u32;
            let p = network.population_of_block(block);
            let first = block * BLOCK as u32 - p.first_slot;
            let key = key(network.seed, Purpose::InitialState, p.id);
            for (j, v) in v.iter_mut().enumerate() {
                let word = threefry(key, UVec4::new(first + j as u32, 0, 0, 0)).x;
                *v = p.initial[below(word, p.initial.len() as u32) as usize];
            }
        }
    }

    /// Advances all neurons by a batch of steps from `step` on and lists their spikes.
    #[inline(always)]
    fn update(&mut self, network: &Network, step: u32, batch: u32) {
        self.spikes.clear();
        self.checksum = [0; 2];
        for i in 0..self.blocks.len() {
            let block = self.blocks.start + i as u32;
            let p = network.population_of_block(block);
            match (p.model, self.syn.len()) {
                (Model::LifPscDelta, _) => self.update_block::<0>(network, p, block, step, batch),
                (Model::LifPscExp, 2) => self.update_block::<2>(network, p, block, step, batch),
                (Model::LifPscExp, _) => self.update_block::<1>(network, p, block, step, batch),
            }
        }
    }

    /// One block; `CURRENTS` is the number of synaptic currents its model keeps. As many neurons as share a call of the generator are kept
    /// at hand for the whole batch.
    #[inline(always)]
    fn update_block<const CURRENTS: usize>(&mut self, network: &Network, p: &Population, block: u32, step: u32, batch: u32) {
        let at = (block - self.blocks.start) as usize * BLOCK;
        let first = block * BLOCK as u32 - p.first_slot;
        let neurons = (p.size - first).min(BLOCK as u32) as usize;
        let drive_key = key(network.seed, Purpose::Drive, p.id);
        let (mut spikes, mut arrivals) = (0, 0);
        for lane in (0..COLUMN).step_by(VECTOR) {
            // Neuron j of the lanes is this one of the block.
            let neuron = |j: usize| j / VECTOR * COLUMN + lane + j % VECTOR;
            let exists: Lanes<u32> = std::array::from_fn(|j| u32::from(neuron(j) < neurons));
            let mut state = LanesState { v: gather(&self.v, at + lane), syn: [[0; LANES]; 2] };
            for (own, syn) in state.syn.iter_mut().zip(&self.syn).take(CURRENTS) {
                *own = gather(syn, at + lane);
            }
            for offset in 0..batch {
                let now = step + offset;
                let mut input = [[0i32; LANES]; 2];
                if self.ring_steps > 0 {
                    let row = self.ring_row(now);
                    for (channel, input) in input.iter_mut().enumerate().take(self.channels) {
                        let from = row + channel * self.v.len() + at + lane;
                        *input = gather(&self.ring, from);
                        scatter(&mut self.ring, from, &[0; LANES]);
                    }
                }
                if !p.poisson.is_empty() {
                    let words = threefry_lanes(drive_key, first / 4 + lane as u32, now);
                    let counts = poisson_counts(&p.poisson, &words);
                    let channel = &mut input[p.poisson_channel as usize];
                    let mut sum = 0;
                    for j in 0..LANES {
                        channel[j] = channel[j].wrapping_add(p.poisson_weight.wrapping_mul(counts[j] as i32));
                        sum += counts[j] * exists[j];
                    }
                    arrivals += u64::from(sum);
                }
                let fired = match CURRENTS {
                    0 => lif_psc_delta::step(&p.constants, &mut state.v, &input[0]),
                    _ => lif_psc_exp::step::<CURRENTS>(&p.constants, &mut state, &input),
                };
                if fired.iter().sum::<u32>() != 0 {
                    for j in (0..LANES).filter(|&j| fired[j] * exists[j] != 0) {
                        let neuron = neuron(j) as u32;
                        spikes += 1;
                        self.spikes.push(spike_entry(block * BLOCK as u32 + neuron, offset));
                        self.checksum = add_term(self.checksum, checksum_term(p, first + neuron, now));
                    }
                }
            }
            scatter(&mut self.v, at + lane, &state.v);
            for (own, syn) in state.syn.iter().zip(&mut self.syn).take(CURRENTS) {
                scatter(syn, at + lane, own);
            }
        }
        let counted = &mut self.counted[p.id as usize];
        counted.0 += spikes;
        counted.1 += arrivals;
    }
}

/// The values of some lanes of a block: a vector register's worth from each of its columns.
#[inline(always)]
fn gather(values: &[i32], from: usize) -> Lanes<i32> {
    let mut all = [0; LANES];
    for (k, some) in all.chunks_exact_mut(VECTOR).enumerate() {
        some.copy_from_slice(&values[from + k * COLUMN..][..VECTOR]);
    }
    all
}

/// Puts the values of some lanes back.
#[inline(always)]
fn scatter(values: &mut [i32], from: usize, all: &Lanes<i32>) {
    for (k, some) in all.chunks_exact(VECTOR).enumerate() {
        values[from + k * COLUMN..][..VECTOR].copy_from_slice(some);
    }
}

/// External arrivals that random words stand for; see [`crate::network::quantile::poisson_count`].
#[inline(always)]
fn poisson_counts(thresholds: &[u32], words: &[[u32; VECTOR]; 4]) -> Lanes<u32> {
    let words: &Lanes<u32> = words.as_flattened().try_into().expect("four vectors");
    let mut counts = [0u32; LANES];
    for threshold in thresholds {
        for (count, word) in counts.iter_mut().zip(words) {
            *count += u32::from(word >= threshold);
        }
    }
    counts
}
