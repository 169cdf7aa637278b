//! How the CPU engine will run a network.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use std::fmt;
use std::ops::Range;

use super::memory::{Whose, choose_delivery, machine_memory, plastic_bytes, words_too_long};
use super::{Delivery, DueRows, Memory, Options, Share, batch, human_bytes, synapses_words};
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;
use crate::network::Network;

/// Steps whose input is delivered before they are taken, where synapses are delivered when due: with more, a neuron's state is moved less often,
/// with fewer, the input stays nearer.
const DUE_TOGETHER: u32 = 4;

/// Part of the neurons that may be awake for their input to stand by their place on a list, as a divisor; half as many for that to begin.
pub(crate) const FEW: u64 = 4;

/// How the CPU engine runs a network.
#[derive(Debug, Clone)]
pub struct CpuPlan {
    /// Delivery strategy.
    pub delivery: Delivery,
    /// Why procedural synapses were chosen, if they were not asked for.
    pub note: Option<String>,
    /// Steps per batch.
    pub batch: u32,
    /// Rows of the ring buffers.
    pub ring_steps: u32,
    /// Whether what arrives in a step is added to the synaptic currents after that step's update, without ring buffers: the potential
    /// of a step follows from the currents before it, and the currents from their decay and what arrives; so where every spike arrives
    /// one step later, the spikes of the step before can wait until the currents have decayed.
    pub direct: bool,
    /// How rows are written whose synapses are delivered in the step they are due, if they are: then the ring buffers have as many rows as steps are
    /// taken together.
    pub due: Option<DueRows>,
    /// Blocks of each partition: a trial or a part of one.
    pub partitions: Vec<Range<u32>>,
    /// Parts of a trial.
    pub parts_of_trial: usize,
    /// Whether neurons at rest that nothing reaches are stepped as well.
    pub steps_all: bool,
    /// Most neurons in a vector, if a caller bounds them.
    pub lanes: Option<u32>,
    /// Memory by part.
    pub memory: Memory,
}

impl CpuPlan {
    /// Plans a network.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if it does not fit in memory in any form.
    pub fn new(network: &Network, options: &Options) -> Result<Self> {
        let share = &options.share.clone().unwrap_or_else(|| Share::whole(network));
        if let Some((p, model)) = network.populations.iter().find_map(|p| p.model.user().map(|model| (p, model))) {
            let (name, scenario, file) = (&p.name, &network.scenario.name, &model.file);
            return Err(Error::Asked(message!(
                format!(
                    "population \"{name}\" of {scenario}: {file} is a WGSL file, which runs on an adapter, not on the CPU engine; leave out "
                ),
                Term::CpuEngine,
                ", and without a graphics adapter install a software one (Debian: apt-get install mesa-vulkan-drivers)"
            )));
        }
        // Ring buffers tell who is reached by what, so that others can rest.
        let may_rest = !options.steps_all && network.populations.iter().any(crate::network::Population::may_rest);
        let plain = network.plastic.is_empty() && network.kernels().iter().all(|k| k.has_currents);
        let direct = network.max_delay == 1 && plain && !may_rest;
        // Spikes of a batch are delivered before the next one: at its first step the latest is a step less than the longest delay ahead.
        let ring_steps = if direct { 0 } else { network.max_delay };
        let wanted = options.partitions.unwrap_or_else(rayon::current_num_threads);
        let partitions = partitions(wanted, &share.blocks, network.trial_count());
        let parts_of_trial = (partitions.len() / network.trial_count() as usize).max(1);
        let plan = Self {
            delivery: Delivery::Stored,
            note: None,
            batch: batch(network, options),
            ring_steps,
            direct,
            due: None,
            partitions,
            parts_of_trial,
            steps_all: options.steps_all,
            lanes: options.lanes,
            memory: Memory::default(),
        };
        let can_be_due = network.plastic.is_empty() && ring_steps > 0 && !may_rest && options.when_due != Some(false);
        let due = if can_be_due {
            DueRows::of(network, &plan.slots_of_parts(), share.synapses, options.when_due == Some(true))
        } else {
            None
        };
        if let Some(due) = due {
            let due = Self { ring_steps: plan.batch.min(DUE_TOGETHER), due: Some(due), ..plan.clone() };
            // What does not fit so, or would not be stored, may do otherwise.
            if let Ok(due) = due.fitted(network, options, share, may_rest)
                && due.delivery == Delivery::Stored
            {
                return Ok(due);
            }
        }
        plan.fitted(network, options, share, may_rest)
    }

    /// The plan with the memory it takes, synapses stored if they can be.
    fn fitted(mut self, network: &Network, options: &Options, share: &Share, may_rest: bool) -> Result<Self> {
        let slots = share.blocks.iter().map(|blocks| blocks.len() as u64 * crate::neuron::BLOCK as u64).sum::<u64>();
        let own = |bytes: u64| (bytes as f64 * share.synapses) as u64;
        let segments: u64 =
            network.kept_projections().iter().map(|p| u64::from(p.source_size) * self.parts_of_trial as u64 * 4).sum();
        let ring = slots * 4 * u64::from(self.ring_steps * network.channels);
        self.memory = Memory {
            state: 2 * slots * 4 * u64::from(network.state_variables()),
            ring: 2 * ring + if may_rest { slots * 8 + ring / FEW } else { 0 },
            synapses: self.due.as_ref().map_or(own(network.static_synapses() * 4) + segments, |due| due.bytes),
            plastic: own(2 * plastic_bytes(network)),
            tables: network.projections.iter().map(|p| p.row_bytes()).sum::<u64>() + u64::from(network.slots()) * 4,
        };
        let available = options.memory_bytes.unwrap_or_else(|| machine_memory(options));
        let impossible = words_too_long(network);
        (self.delivery, self.note) = choose_delivery(network, options, &mut self.memory, available, Whose::Machine, impossible)?;
        Ok(self)
    }
}

/// Cuts the blocks of some trials into about as many parts as are wanted, but into whole trials at most; where an engine owns some blocks, each run
/// of them into parts of about the same length.
fn partitions(wanted: usize, owned: &[Range<u32>], trials: u32) -> Vec<Range<u32>> {
    let all: u32 = owned.iter().map(|blocks| blocks.end - blocks.start).sum();
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    let cut = |run: &Range<u32>| {
        let (first, each) = (run.start, (run.end - run.start) / trials.max(1));
        let parts = (u64::from(wanted / trials) * u64::from(run.end - run.start)).div_ceil(u64::from(all.max(1))) as u32;
        let parts = parts.clamp(1, each.max(1));
        let at = move |t: u32| (u64::from(each) * u64::from(t) / u64::from(parts)) as u32;
        (0..trials).flat_map(move |trial| (0..parts).map(move |t| first + trial * each + at(t)..first + trial * each + at(t + 1)))
    };
    owned.iter().flat_map(cut).collect()
}

impl CpuPlan {
    /// Slots of the parts of the first trial.
    pub(crate) fn slots_of_parts(&self) -> Vec<Range<u32>> {
        let block = crate::neuron::BLOCK as u32;
        self.partitions[..self.parts_of_trial].iter().map(|blocks| blocks.start * block..blocks.end * block).collect()
    }

    /// How often a neuron's state is moved in a batch of so many steps.
    pub(crate) fn moves(&self, steps: u32) -> u32 {
        if self.due.is_some() { steps.div_ceil(self.ring_steps) } else { 1 }
    }
}

impl fmt::Display for CpuPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}, {} partition{}, {} step{} per batch, {}",
            synapses_words(self.delivery, &self.memory, None),
            if self.due.is_some() { " delivered when due" } else { "" },
            self.partitions.len(),
            if self.partitions.len() == 1 { "" } else { "s" },
            self.batch,
            if self.batch == 1 { "" } else { "s" },
            human_bytes(self.memory.total())
        )
    }
}
