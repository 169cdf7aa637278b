//! The engine of rank 0: whatever is asked of it, all ranks do.

use std::ops::Range;

use super::command::{Answer, Command, agree, encode};
use super::worker::obey;
use super::{Decomposition, Ranks};
use crate::engine::plan::Memory;
use crate::engine::{Arrival, Counts, Engine, NetworkId, Options, PassTime, PlanSummary, Snapshot, Spike, Tick, WindowPlan};
use crate::error::{Error, Result};
use crate::network::Network;

/// A network on all ranks, held by the first of them. Spikes and counts are those of one engine.
pub struct RankedEngine {
    ranks: Ranks,
    network: Network,
    parts: Decomposition,
    /// This rank's share.
    own: Box<dyn Engine>,
    plans: Vec<PlanSummary>,
    /// Whether any rank may hold spikes that were recorded.
    has_listened: bool,
}

impl std::fmt::Debug for RankedEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RankedEngine").field("ranks", &self.ranks).field("parts", &self.parts).finish_non_exhaustive()
    }
}

fn unexpected<T>() -> Result<T> {
    Err(Error::Internal("a rank answers something else than it was asked; start the same program on all of them".into()))
}

/// Does something on all ranks, and brings their answers here.
pub(super) fn ask(ranks: &Ranks, command: &Command, own: impl FnOnce() -> Result<Answer>) -> Result<Vec<Answer>> {
    ranks.communicator.broadcast(&mut encode(command)?)?;
    agree(ranks, own())?
}

impl RankedEngine {
    /// Builds every rank's share of a network; the others have to be serving.
    ///
    /// # Errors
    /// [`Error::Input`] for a network that cannot be shared among so many ranks; [`Error::TooBig`] or [`Error::Input`] if a share does not fit the
    /// memory of its rank, before anything is built there.
    pub fn new(ranks: Ranks, network: Network, options: &Options) -> Result<Self> {
        let parts = ranks.decomposition(&network)?;
        let mut own = None;
        let answers = ask(&ranks, &Command::Build(NetworkId::of(&network), options.record, options.overlap), || {
            let made = ranks.engine(network.clone(), options)?;
            let plan = made.plan();
            own = Some(made);
            Ok(Answer::Plan(Box::new(plan)))
        })?;
        let plans = answers.into_iter().map(|a| if let Answer::Plan(plan) = a { Ok(*plan) } else { unexpected() });
        let plans = plans.collect::<Result<Vec<_>>>()?;
        let own = own.ok_or_else(|| Error::Internal("rank 0 has no share".into()))?;
        Ok(Self { ranks, network, parts, own, plans, has_listened: options.record })
    }

    fn ask(&mut self, command: Command) -> Result<Vec<Answer>> {
        let own = &mut self.own;
        ask(&self.ranks, &command.clone(), || obey(own.as_mut(), command))
    }

    fn tell(&mut self, command: Command) -> Result<()> {
        self.ask(command).map(drop)
    }
}

/// What the plans of all ranks come to.
pub(super) fn whole(parts: &Decomposition, plans: &[PlanSummary], ranks: &Ranks) -> PlanSummary {
    let first = &plans[0];
    let sum = |of: fn(&Memory) -> u64| plans.iter().filter_map(|p| p.memory.as_ref()).map(of).sum();
    let noted = plans.iter().enumerate().find_map(|(rank, p)| Some(format!("{}: {}", ranks.name(rank), p.note.as_ref()?)));
    PlanSummary {
        line: format!("{parts}; rank 0: {}", first.line),
        note: noted,
        stored: first.stored,
        steps_per_batch: first.steps_per_batch,
        neuron_parts: plans.iter().map(|p| p.neuron_parts).sum(),
        synapse_parts: None,
        memory: Some(Memory {
            state: sum(|m| m.state),
            ring: sum(|m| m.ring),
            synapses: sum(|m| m.synapses),
            plastic: sum(|m| m.plastic),
            tables: sum(|m| m.tables),
        }),
    }
}

impl Drop for RankedEngine {
    fn drop(&mut self) {
        // Who is gone needs not be told.
        let _ = ask(&self.ranks, &Command::Drop, || Ok(Answer::Nothing));
    }
}

/// What rank 0 and the others know, word by word: each knows its own, and 0 of all others'.
fn add(all: &mut [i32], some: &[i32]) {
    all.iter_mut().zip(some).for_each(|(all, some)| *all = all.wrapping_add(*some));
}

fn merged(mut all: Snapshot, some: Snapshot) -> Snapshot {
    all.state.iter_mut().zip(&some.state).for_each(|(all, some)| add(all, some));
    let row = some.pending.first().map_or(0, Vec::len);
    if all.pending.len() < some.pending.len() {
        all.pending.resize(some.pending.len(), vec![0; row]);
    }
    all.pending.iter_mut().zip(&some.pending).for_each(|(all, some)| add(all, some));
    // Senders, and spikes on their way back, all ranks know.
    for (all, some) in all.plastic.iter_mut().zip(some.plastic) {
        add(&mut all.weights, &some.weights);
        for (all, some) in all.targets.iter_mut().zip(some.targets) {
            all.iter_mut().zip(some).for_each(|(all, some)| *all = all.wrapping_add(some));
        }
    }
    all
}

impl Engine for RankedEngine {
    fn network(&self) -> &Network {
        &self.network
    }

    fn plan(&self) -> PlanSummary {
        whole(&self.parts, &self.plans, &self.ranks)
    }

    fn reset(&mut self) -> Result<()> {
        self.tell(Command::Reset)
    }

    fn save(&mut self) -> Result<()> {
        self.tell(Command::Save)
    }

    fn restore(&mut self) -> Result<()> {
        self.tell(Command::Restore)
    }

    fn snapshot(&mut self) -> Result<Snapshot> {
        let parts = self.ask(Command::Snapshot)?;
        let parts = parts.into_iter().map(|a| if let Answer::Snapshot(s) = a { Ok(*s) } else { unexpected() });
        let all = parts.reduce(|all, some| Ok(merged(all?, some?)));
        all.unwrap_or_else(unexpected)
    }

    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        snapshot.check(&self.network)?;
        self.tell(Command::Resume(Box::new(snapshot.clone())))
    }

    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        self.tell(Command::Inject(arrivals.to_vec()))
    }

    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        let own = &mut self.own;
        ask(&self.ranks, &Command::Advance(steps), || own.advance(steps, tick).map(|()| Answer::Nothing)).map(drop)
    }

    fn counts(&mut self) -> Result<Counts> {
        let mut all: Option<Counts> = None;
        for answer in self.ask(Command::Counts)? {
            let Answer::Counts(own) = answer else { return unexpected() };
            all = Some(match all {
                None => *own,
                Some(before) => Counts { steps: own.steps, ..before.and_then(&own) },
            });
        }
        all.map_or_else(unexpected, Ok)
    }

    fn step(&self) -> u64 {
        self.own.step()
    }

    fn listen(&mut self, on: bool) -> Result<bool> {
        self.has_listened |= on;
        let all = self.ask(Command::Listen(on))?;
        Ok(all.iter().all(|a| matches!(a, Answer::Listens(true))))
    }

    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        // Nobody asks all ranks for nothing, batch after batch.
        if !self.has_listened {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for answer in self.ask(Command::TakeSpikes)? {
            let Answer::Spikes(own) = answer else { return unexpected() };
            all.extend(own);
        }
        all.sort_unstable();
        Ok(all)
    }

    fn watch(&mut self, plan: &WindowPlan) -> Result<()> {
        self.tell(Command::Watch(plan.clone()))
    }

    fn watched(&mut self) -> Result<Vec<u32>> {
        let mut all: Vec<u32> = Vec::new();
        for answer in self.ask(Command::Watched)? {
            let Answer::Words(own) = answer else { return unexpected() };
            match all.is_empty() {
                true => all = own,
                false => WindowPlan::add(&mut all, &own),
            }
        }
        Ok(all)
    }

    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        let mut all: Vec<PassTime> = Vec::new();
        let ranks = self.ranks.size();
        for answer in self.ask(Command::TimePasses(steps))? {
            let Answer::Passes(own) = answer else { return unexpected() };
            for pass in own {
                let pass = PassTime { seconds: pass.seconds / ranks as f64, ..pass };
                match all.iter_mut().find(|p| p.name == pass.name) {
                    // The mean of the ranks, which work at the same time, and the bytes of all.
                    Some(p) => {
                        p.seconds += pass.seconds;
                        p.bytes = p.bytes.zip(pass.bytes).map(|(a, b)| a + b);
                    }
                    None => all.push(pass),
                }
            }
        }
        Ok(all)
    }

    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        let mut all: Vec<i32> = Vec::new();
        for answer in self.ask(Command::PlasticWords(index))? {
            let Answer::PlasticWords(own) = answer else { return unexpected() };
            all.resize(own.len(), 0);
            add(&mut all, &own);
        }
        Ok(all)
    }

    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        let first = self.network.populations[population].first_slot;
        let mut each: Vec<Vec<f64>> = Vec::new();
        for answer in self.ask(Command::Potentials(population, neurons.clone()))? {
            let Answer::Potentials(own) = answer else { return unexpected() };
            each.push(own);
        }
        let of = |(i, neuron): (usize, u32)| self.parts.owner(first + neuron).map_or(0.0, |rank| each[rank][i]);
        Ok(neurons.enumerate().map(of).collect())
    }
}
