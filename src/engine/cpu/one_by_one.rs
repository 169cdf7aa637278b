//! The step of neurons one by one, for models that are not kept in vectors.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::marker::PhantomData;

use glam::UVec4;
use pulp::Simd;

use super::list::Listed;
use super::listed::{ListedBatch, Stirring, stimuli_of};
use super::partition::{Batch, COLUMN, Partition};
use crate::engine::spikes::{checksum_term, spike_entry};
use crate::math::quantile::poisson_count;
use crate::network::random::{Purpose, below, key, threefry};
use crate::network::{Network, Population, ScalarDynamics};
use crate::neuron::fault::{Fault, SPIKE};
use crate::neuron::fixed_point::rounding;
use crate::neuron::form::{Input, Scalar, Word};
use crate::neuron::{BLOCK, Visitor};

/// Most words of a model's state, and of its constants.
const MOST_WORDS: usize = 32;

/// Neurons that are to be stepped one by one.
pub(super) struct OneByOne<'a> {
    partition: &'a mut Partition,
    neurons: Neurons<'a>,
    dynamics: &'a ScalarDynamics,
}

/// Which they are: all of a block, or those of a list.
enum Neurons<'a> {
    Block(Batch<'a>),
    List(ListedBatch<'a>, &'a mut Listed),
}

impl<'a> OneByOne<'a> {
    pub(super) fn of_block(partition: &'a mut Partition, now: Batch<'a>, dynamics: &'a ScalarDynamics) -> Self {
        Self { partition, neurons: Neurons::Block(now), dynamics }
    }

    /// Those who are awake; their state is where it stands by slot.
    pub(super) fn of_list(
        partition: &'a mut Partition,
        now: ListedBatch<'a>,
        dynamics: &'a ScalarDynamics,
        list: &'a mut Listed,
    ) -> Self {
        Self { partition, neurons: Neurons::List(now, list), dynamics }
    }
}

impl Visitor for OneByOne<'_> {
    #[inline(always)]
    fn visit<M: Scalar>(self) {
        let OneByOne { partition, neurons, dynamics } = self;
        let (arch, model) = (partition.arch, PhantomData::<M>);
        match neurons {
            Neurons::Block(now) => arch.dispatch(StepOf { partition, now, dynamics, model }),
            Neurons::List(now, list) => arch.dispatch(StepListOf { partition, now, list, dynamics, model }),
        }
    }
}

/// The step of one model, compiled for the vector units at hand in a function of its own: beside all others it would slow the neurons that
/// are stepped many at a time.
struct StepOf<'a, M> {
    partition: &'a mut Partition,
    now: Batch<'a>,
    dynamics: &'a ScalarDynamics,
    model: PhantomData<M>,
}

impl<M: Scalar> pulp::WithSimd for StepOf<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.partition.update_scalar::<M>(self.now, self.dynamics);
    }
}

/// The same for those of a list.
struct StepListOf<'a, M> {
    partition: &'a mut Partition,
    now: ListedBatch<'a>,
    list: &'a mut Listed,
    dynamics: &'a ScalarDynamics,
    model: PhantomData<M>,
}

impl<M: Scalar> pulp::WithSimd for StepListOf<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.partition.update_scalar_list::<M>(self.now, self.dynamics, self.list);
    }
}

/// What all neurons of a population have in common.
struct Alike<'a, M: Scalar> {
    network: &'a Network,
    p: &'a Population,
    d: &'a ScalarDynamics,
    constants: M::Constants,
    coded_reset: Option<usize>,
}

impl<'a, M: Scalar> Alike<'a, M> {
    fn new(network: &'a Network, p: &'a Population, d: &'a ScalarDynamics) -> Self {
        let constants = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&d.constants));
        Self { network, p, d, constants, coded_reset: p.model.coded_reset() }
    }
}

/// What reaches a neuron in a step: synaptic input by channel, and words of the current and the noise. Stimuli are asked for if there are any.
struct Reaching {
    input: [i32; 2],
    flowing: u32,
    noise: u32,
    stimulated: bool,
}

impl Partition {
    /// One block, neuron by neuron.
    #[inline(always)]
    fn update_scalar<M: Scalar>(&mut self, now: Batch<'_>, d: &ScalarDynamics) {
        let Batch { network, p, block, step, length, .. } = now;
        let at = (block - self.blocks.start) as usize * BLOCK;
        let first = block * BLOCK as u32 - p.first_slot;
        let drive_key = key(network.seed, Purpose::Drive, p.stream);
        let noise_key = key(network.seed, Purpose::Noise, p.stream);
        let stimulated = !network.stimuli.of_block(block).is_empty();
        let alike = Alike::<M>::new(network, p, d);
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
                    let mut input = if self.ring.steps() > 0 { self.take_input_at(now, place) } else { [0; 2] };
                    if !p.poisson.is_empty() {
                        let count = poisson_count(&p.poisson, words[k]);
                        input[p.poisson_channel as usize] += count as i32 * p.poisson_weight;
                        if !p.is_source {
                            self.counted[p.id as usize].1 += u64::from(count);
                        }
                    }
                    let noise = if d.noise.is_empty() { 0 } else { d.noise[below(noise[k], d.noise.len() as u32) as usize] };
                    self.step_one(&alike, place, (now, offset), Reaching { input, flowing, noise, stimulated });
                }
            }
        }
    }

    /// Those who are awake, neuron by neuron; those that fall asleep leave the list. No drive, current or noise reaches them.
    #[inline(always)]
    fn update_scalar_list<M: Scalar>(&mut self, now: ListedBatch<'_>, d: &ScalarDynamics, list: &mut Listed) {
        let ListedBatch { network, p, step, length, .. } = now;
        let variables = size_of::<M::State>() / 4;
        let alike = Alike::<M>::new(network, p, d);
        let mut asleep: Vec<usize> = Vec::new();
        for (i, slot) in list.slots.iter().enumerate() {
            let place = *slot as usize;
            let (mut due, mut stimulated) = (0, false);
            if let Some(rest) = &mut self.rest {
                rest.take_due(&[*slot], step, length, |_, _, steps, stays| (due, stimulated) = (steps, stays));
            }
            for offset in 0..length {
                let now = step + offset;
                let input = if due >> offset & 1 != 0 { self.take_input_at(now, place) } else { [0; 2] };
                self.step_one(&alike, place, (now, offset), Reaching { input, flowing: 0, noise: 0, stimulated });
            }
            let is_zero = self.state.iter().take(variables).all(|words| words[place] == 0);
            if is_zero && self.rest.as_mut().is_some_and(|rest| rest.falls_asleep(place, step + length)) {
                asleep.push(i);
            }
        }
        asleep.iter().rev().for_each(|i| list.remove(*i));
    }

    /// Takes what arrives at a neuron in a step from the ring buffers, by channel.
    #[inline(always)]
    fn take_input_at(&mut self, step: u32, place: usize) -> [i32; 2] {
        let mut input = [0; 2];
        for (channel, input) in input.iter_mut().enumerate().take(self.channels) {
            *input = std::mem::take(self.ring.at(step, channel, place));
        }
        input
    }

    /// A step of one neuron, so many steps behind a batch's first.
    #[inline(always)]
    fn step_one<M: Scalar>(&mut self, all: &Alike<'_, M>, place: usize, (now, offset): (u32, u32), mut reaching: Reaching) {
        let Alike { network, p, d, constants, coded_reset } = all;
        let slot = self.first_slot() + place as u32;
        let neuron = slot - p.first_slot;
        let variables = size_of::<M::State>() / 4;
        let mut state = [0i32; MOST_WORDS];
        for (word, variable) in state.iter_mut().zip(&self.state).take(variables) {
            *word = variable[place];
        }
        let own = if d.varied.is_empty() {
            *constants
        } else {
            let mut words = [0u32; MOST_WORDS];
            let words = &mut words[..d.constants.len()];
            words.copy_from_slice(&d.constants);
            for (i, (constant, _)) in d.varied.iter().enumerate() {
                words[*constant as usize] = self.state[variables + i][place] as u32;
            }
            bytemuck::pod_read_unaligned(bytemuck::cast_slice(words))
        };
        let input = &mut reaching.input;
        if reaching.stimulated {
            let constants: &[u32] = bytemuck::cast_slice(bytemuck::bytes_of(&own));
            let mut stirring = Stirring::default();
            stimuli_of(network, slot).for_each(|s| s.counts(network.seed, neuron, now, 1, |_, count| stirring.add(s, count)));
            stimuli_of(network, slot).for_each(|s| stirring.free(s));
            self.counted[p.id as usize].1 += u64::from(stirring.count);
            if let Some(reset) = *coded_reset {
                state[0] = stirring.moved(state[0], constants[reset] as i32);
            }
            for (word, by) in input.iter_mut().zip(stirring.input) {
                *word = word.wrapping_add(by);
            }
        }
        let mut n: M::State = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&state[..variables]));
        let reaching = Input {
            excitatory: M::Word::from_input(input[0], d.input_unit),
            inhibitory: M::Word::from_input(input[1], d.input_unit),
            current: M::Word::sum(reaching.flowing, reaching.noise),
            rounding: rounding(now),
        };
        let many = input[0] as u32;
        let mut outcome = M::step(&mut n, &own, reaching);
        let spikes = if M::MANY { many } else { outcome & SPIKE };
        for _ in 0..spikes {
            self.spikes.push(spike_entry(slot, offset));
            self.add_to_checksum(network, p, checksum_term(p, neuron, now));
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
