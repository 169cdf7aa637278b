//! The state of a simulation between two batches, in one form that is the same for all engines: what is taken on one is resumed on any
//! other, and two that were taken after the same steps can be compared word by word.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs)"
)]

use std::sync::atomic::{AtomicI32, Ordering};

use rayon::prelude::*;

use super::Spike;
use crate::error::{Error, Result};
use crate::network::Network;

/// The state of a network after some steps.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    /// Which network it is a state of.
    pub network: NetworkId,
    /// Steps since time 0.
    pub step: u64,
    /// State words, `[variable][slot]`, the potential first; 0 where a population has no such variable and where no neuron is.
    pub state: Vec<Vec<i32>>,
    /// Input from synapses that is under way, `[steps from now][channel x slots + slot]`, in input units; as many steps as anything is.
    pub pending: Vec<Vec<i32>>,
    /// Spikes on their way back to plastic synapses, in order of step, population and neuron.
    pub recent: Vec<Spike>,
    /// What plastic projections have become.
    pub plastic: Vec<PlasticState>,
}

/// What tells one network from another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NetworkId {
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of its text and of what it reads.
    pub hash: String,
    /// Seed.
    pub seed: u64,
    /// Neurons and sources.
    pub neurons: u64,
    /// Synapses.
    pub synapses: u64,
}

/// A plastic projection.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlasticState {
    /// Weight words, sender by sender in the order of its rows; see [`super::Engine::plastic_words`].
    pub weights: Vec<i32>,
    /// What is remembered of each sender: trace or resources, utilisation, step of the last spike.
    pub senders: Vec<[u32; 3]>,
    /// The same of each target (STDP; empty otherwise).
    pub targets: Vec<[u32; 3]>,
}

/// Input that reaches a neuron from outside the network, for instance from neurons on another device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Arrival {
    /// Population.
    pub population: u32,
    /// Index of the neuron in its population.
    pub neuron: u32,
    /// Channel: 0, or 1 for inhibition where the network tells it apart.
    pub channel: u32,
    /// Step in which it acts.
    pub step: u64,
    /// How much, in input units ([`crate::neuron::Scales::weight`]).
    pub input: i32,
}

impl NetworkId {
    /// That of a network.
    pub fn of(network: &Network) -> Self {
        Self {
            scenario: network.scenario.name.clone(),
            hash: network.scenario.hash.clone(),
            seed: network.seed,
            neurons: network.neurons() + network.sources(),
            synapses: network.whole_synapses(),
        }
    }
}

impl Snapshot {
    /// An empty one for a network after some steps.
    pub(super) fn new(network: &Network, step: u64) -> Self {
        Self {
            network: NetworkId::of(network),
            step,
            state: vec![vec![0; network.slots() as usize]; network.own_variables() as usize],
            pending: Vec::new(),
            recent: Vec::new(),
            plastic: Vec::new(),
        }
    }

    /// Leaves nothing in it that tells engines apart: words of slots without a neuron, steps without input.
    pub(super) fn tidy(mut self, network: &Network) -> Self {
        for p in &network.populations {
            let begin = p.first_slot as usize;
            let (end, padded) = (begin + p.size as usize, begin + p.blocks() as usize * crate::neuron::BLOCK);
            let own = p.own_variables(network.channels) as usize;
            for (variable, words) in self.state.iter_mut().enumerate() {
                words[if variable < own { end } else { begin }..padded].fill(0);
            }
        }
        while self.pending.last().is_some_and(|row| row.iter().all(|input| *input == 0)) {
            self.pending.pop();
        }
        self.recent.sort_unstable();
        self
    }

    /// Refuses a network it is no state of.
    pub(super) fn check(&self, network: &Network) -> Result<()> {
        let own = NetworkId::of(network);
        if self.network != own {
            return Err(Error::Input(format!(
                "this is a state of {} (hash {}, seed {}, {} neurons), not of {} (hash {}, seed {}, {} neurons); build the same network, or start anew",
                self.network.scenario,
                self.network.hash,
                self.network.seed,
                self.network.neurons,
                own.scenario,
                own.hash,
                own.seed,
                own.neurons
            )));
        }
        let fits = self.state.len() == network.own_variables() as usize
            && self.state.iter().all(|words| words.len() == network.slots() as usize)
            && self.pending.len() <= network.max_delay as usize
            && self.pending.iter().all(|row| row.len() == (network.channels * network.slots()) as usize)
            && self.plastic.len() == network.plastic.len();
        let within = |s: &Spike| network.populations.get(s.population as usize).is_some_and(|p| s.neuron < p.size);
        if !fits || !self.recent.iter().all(within) {
            return Err(Error::Input(format!("this state of {} does not have the shape of its network", own.scenario)));
        }
        for (p, own) in network.plastic.iter().zip(&self.plastic) {
            let targets = if p.stdp().is_some() { p.projection.target_size as usize } else { 0 };
            let shape = [own.weights.len(), own.senders.len(), own.targets.len()];
            if shape != [p.projection.synapses() as usize, p.projection.source_size as usize, targets] {
                return Err(Error::Input(format!(
                    "this state of {} does not have the shape of its plastic synapses",
                    self.network.scenario
                )));
            }
        }
        Ok(())
    }
}

/// Refuses arrivals at neurons, channels or steps that there are not; `reach` is how many steps from now can be reached.
pub(super) fn check_arrivals(network: &Network, now: u64, reach: u32, arrivals: &[Arrival]) -> Result<()> {
    for a in arrivals {
        let p = network.populations.get(a.population as usize);
        let fits = p.is_some_and(|p| a.neuron < p.size && !p.model.is_source()) && a.channel < network.channels;
        if !fits || a.step < now || a.step >= now + u64::from(reach) {
            return Err(Error::Input(format!(
                "{}: an arrival at neuron {} of population {}, channel {}, in step {} leads nowhere; neurons with synapses can be reached in steps {now} to {}",
                network.scenario.name,
                a.neuron,
                a.population,
                a.channel,
                a.step,
                (now + u64::from(reach)).saturating_sub(1)
            )));
        }
    }
    Ok(())
}

/// Adds to the input under way what spikes, given by slot and step, send over static synapses from a step on.
pub(super) fn add_spikes(network: &Network, now: u64, spikes: &[(u32, u64)], pending: &mut Vec<Vec<i32>>) {
    let slots = network.slots() as usize;
    let row_words = network.channels as usize * slots;
    pending.resize(network.max_delay as usize, vec![0; row_words]);
    let cells: Vec<Vec<AtomicI32>> =
        pending.par_iter().map(|row| row.iter().map(|input| AtomicI32::new(*input)).collect()).collect();
    spikes.par_iter().for_each(|(slot, step)| {
        let source = network.population_of_slot(*slot);
        for p in network.outgoing(source) {
            let (sender, target) = (slot - source.first_slot, &network.populations[p.target]);
            let row = p.row(sender);
            for synapse in (0..p.row_length(sender)).map(|k| row.synapse(k)) {
                let Some(ahead) = (step + u64::from(synapse.delay)).checked_sub(now) else { continue };
                let at = p.channel as usize * slots + (target.first_slot + synapse.target) as usize;
                cells[ahead as usize][at].fetch_add(p.weights[synapse.weight_level as usize], Ordering::Relaxed);
            }
        }
    });
    *pending = cells.into_par_iter().map(|row| row.into_iter().map(AtomicI32::into_inner).collect()).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, Options, advance_quietly, cpu::CpuEngine};
    use crate::scenario::parse;

    fn network(seed: u64) -> Network {
        let text = format!(
            "name = \"pair\"\nversion = 1\ndt_ms = 0.1\nseed = {seed}\n\n[[population]]\nname = \"N\"\nsize = 2\nmodel = \"lif_psc_delta\"\nparameters = {{ tau_m_ms = 10.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0 }}\n\n[[projection]]\nsource = \"N\"\ntarget = \"N\"\nrule = \"all_to_all\"\nweight_mv = 1.0\ndelay_ms = 1.5\n"
        );
        Network::build(&parse("pair.toml", &text, None).expect("parses")).expect("builds")
    }

    #[test]
    fn a_state_goes_to_its_own_network_only() {
        let n = network(1);
        let mut engine = CpuEngine::new(n.clone(), &Options::default()).expect("an engine");
        let taken = engine.snapshot().expect("a state");
        assert_eq!(taken, Snapshot { step: 0, ..taken.clone() });
        assert!(taken.pending.is_empty(), "nothing is under way");
        let mut other = CpuEngine::new(network(2), &Options::default()).expect("an engine");
        let said = other.resume(&taken).expect_err("another seed").to_string();
        assert!(said.contains("this is a state of pair (hash ") && said.contains("seed 1"), "{said}");
        let short = Snapshot { state: vec![], ..taken.clone() };
        assert!(engine.resume(&short).expect_err("no words").to_string().contains("the shape"));
        let text = serde_json::to_string(&taken).expect("writes");
        assert_eq!(serde_json::from_str::<Snapshot>(&text).expect("reads"), taken);
    }

    #[test]
    fn input_from_outside_acts_in_its_step() {
        let n = network(1);
        let mut engine = CpuEngine::new(n.clone(), &Options::default()).expect("an engine");
        advance_quietly(&mut engine, 7).expect("advances");
        let input = n.populations[0].scales.weight(2.0);
        let arrival = Arrival { population: 0, neuron: 1, channel: 0, step: 9, input };
        engine.inject(&[arrival]).expect("takes it");
        let mut trace = Vec::new();
        for _ in 0..4 {
            advance_quietly(&mut engine, 1).expect("advances");
            trace.push(engine.potentials_mv(0, 0..2).expect("potentials"));
        }
        let rest = vec![-65.0, -65.0];
        assert_eq!((&trace[0], &trace[1], trace[2][0]), (&rest, &rest, -65.0));
        assert!((trace[2][1] + 63.0).abs() < 1e-6 && trace[3][1] < trace[2][1], "{trace:?}");
        for wrong in [Arrival { step: 10, ..arrival }, Arrival { step: 99, ..arrival }, Arrival { neuron: 2, ..arrival }] {
            assert!(engine.inject(&[wrong]).expect_err("nowhere").to_string().contains("leads nowhere"));
        }
    }
}
