//! The step of neurons one by one, for models that are not kept in vectors.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::marker::PhantomData;

use glam::UVec4;
use pulp::Simd;

use super::listed::{Stirring, stimuli_of};
use super::partition::{Batch, COLUMN, Partition};
use crate::engine::spikes::{add_term, checksum_term, spike_entry};
use crate::math::quantile::poisson_count;
use crate::network::ScalarDynamics;
use crate::network::random::{Purpose, below, key, threefry};
use crate::neuron::fault::{Fault, SPIKE};
use crate::neuron::fixed_point::rounding;
use crate::neuron::form::{Input, Scalar, Word};
use crate::neuron::{BLOCK, Visitor};

/// Most words of a model's state, and of its constants.
const MOST_WORDS: usize = 32;

/// A block whose neurons are to be stepped one by one.
pub(super) struct OneByOne<'a> {
    partition: &'a mut Partition,
    now: Batch<'a>,
    dynamics: &'a ScalarDynamics,
}

impl<'a> OneByOne<'a> {
    pub(super) fn new(partition: &'a mut Partition, now: Batch<'a>, dynamics: &'a ScalarDynamics) -> Self {
        Self { partition, now, dynamics }
    }
}

impl Visitor for OneByOne<'_> {
    #[inline(always)]
    fn visit<M: Scalar>(self) {
        pulp::Arch::new().dispatch(StepOf::<M> { block: self, model: PhantomData });
    }
}

/// The step of one model, compiled for the vector units at hand in a function of its own: beside all others it would slow the neurons that
/// are stepped many at a time.
struct StepOf<'a, M> {
    block: OneByOne<'a>,
    model: PhantomData<M>,
}

impl<M: Scalar> pulp::WithSimd for StepOf<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.block.partition.update_scalar::<M>(self.block.now, self.block.dynamics);
    }
}

impl Partition {
    /// One block, neuron by neuron.
    #[inline(always)]
    fn update_scalar<M: Scalar>(&mut self, now: Batch<'_>, d: &ScalarDynamics) {
        let Batch { network, p, block, step, length, .. } = now;
        let at = (block - self.blocks.start) as usize * BLOCK;
        let first = block * BLOCK as u32 - p.first_slot;
        let drive_key = key(network.seed, Purpose::Drive, p.id);
        let noise_key = key(network.seed, Purpose::Noise, p.id);
        let variables = size_of::<M::State>() / 4;
        let stimulated = !network.stimuli.of_block(block).is_empty();
        let coded_reset = p.model.coded_reset();
        let same: M::Constants = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&d.constants));
        for j in 0..COLUMN.min((p.size - first) as usize) {
            let neurons = (0..4).map(|k| (k * COLUMN + j) as u32).filter(|n| first + n < p.size);
            for offset in 0..length {
                let now = step + offset;
                let counter = |word| UVec4::new(first / 4 + j as u32, word, 0, 0);
                let words = if p.poisson.is_empty() { UVec4::ZERO } else { threefry(drive_key, counter(now)) };
                let noise = if d.noise.is_empty() { UVec4::ZERO } else { threefry(noise_key, counter(now / d.noise_steps)) };
                let flowing =
                    d.current[..d.current.partition_point(|(from, _)| *from <= now)].last().map_or(0, |(_, word)| *word);
                for neuron in neurons.clone() {
                    let (place, k) = (at + neuron as usize, neuron as usize / COLUMN);
                    let mut input = [0i32; 2];
                    if self.ring_steps > 0 {
                        let row = self.ring_row(now);
                        for (channel, input) in input.iter_mut().enumerate().take(self.channels) {
                            *input = std::mem::take(&mut self.ring[row + channel * self.blocks.len() * BLOCK + place]);
                        }
                    }
                    if !p.poisson.is_empty() {
                        let count = poisson_count(&p.poisson, words[k]);
                        input[p.poisson_channel as usize] += count as i32 * p.poisson_weight;
                        if !p.is_source {
                            self.counted[p.id as usize].1 += u64::from(count);
                        }
                    }
                    let mut state = [0i32; MOST_WORDS];
                    for (word, variable) in state.iter_mut().zip(&self.state).take(variables) {
                        *word = variable[place];
                    }
                    let own = if d.varied.is_empty() {
                        same
                    } else {
                        let mut words = [0u32; MOST_WORDS];
                        let words = &mut words[..d.constants.len()];
                        words.copy_from_slice(&d.constants);
                        for (i, (constant, _)) in d.varied.iter().enumerate() {
                            words[*constant as usize] = self.state[variables + i][place] as u32;
                        }
                        bytemuck::pod_read_unaligned(bytemuck::cast_slice(words))
                    };
                    let slot = block * BLOCK as u32 + neuron;
                    if stimulated {
                        let constants: &[u32] = bytemuck::cast_slice(bytemuck::bytes_of(&own));
                        let mut stirring = Stirring::default();
                        stimuli_of(network, slot)
                            .for_each(|s| s.counts(network.seed, first + neuron, now, 1, |_, count| stirring.add(s, count)));
                        stimuli_of(network, slot).for_each(|s| stirring.free(s));
                        self.counted[p.id as usize].1 += u64::from(stirring.count);
                        if let Some(reset) = coded_reset {
                            state[0] = stirring.moved(state[0], constants[reset] as i32);
                        }
                        for (word, by) in input.iter_mut().zip(stirring.input) {
                            *word = word.wrapping_add(by);
                        }
                    }
                    let mut n: M::State = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&state[..variables]));
                    let noise = if d.noise.is_empty() { 0 } else { d.noise[below(noise[k], d.noise.len() as u32) as usize] };
                    let reaching = Input {
                        excitatory: M::Word::from_input(input[0], d.input_unit),
                        inhibitory: M::Word::from_input(input[1], d.input_unit),
                        current: M::Word::sum(flowing, noise),
                        rounding: rounding(now),
                    };
                    let mut outcome = M::step(&mut n, &own, reaching);
                    let spikes = if M::MANY { input[0] as u32 } else { outcome & SPIKE };
                    for _ in 0..spikes {
                        self.spikes.push(spike_entry(slot, offset));
                        self.checksum = add_term(self.checksum, checksum_term(p, first + neuron, now));
                    }
                    self.counted[p.id as usize].0 += u64::from(spikes);
                    let words: &[i32] = bytemuck::cast_slice(bytemuck::bytes_of(&n));
                    if !M::Word::is_number(words[0] as u32) {
                        outcome |= Fault::NotANumber as u32;
                    }
                    if outcome > SPIKE && self.fault.is_none() {
                        self.fault = Fault::of(outcome).map(|fault| (slot, now, fault));
                    }
                    for (variable, word) in self.state.iter_mut().zip(words) {
                        variable[place] = *word;
                    }
                }
            }
        }
    }
}
