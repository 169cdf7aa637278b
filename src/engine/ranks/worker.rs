//! What every rank but the first does.

use super::Ranks;
use super::command::{Answer, Command, agree, decode};
use crate::engine::{Engine, NetworkId, Options, advance_quietly};
use crate::error::{Error, Result};
use crate::network::Network;

/// Does what the leading rank asks, until it asks for nothing more. `build` builds a network this rank was started for.
///
/// # Errors
/// [`Error::Internal`] if the leader is gone. What goes wrong in between is told to the leader, and told there.
pub fn serve(ranks: &Ranks, options: &Options, build: &mut dyn FnMut(&NetworkId) -> Result<Network>) -> Result<()> {
    let mut engine: Option<Box<dyn Engine>> = None;
    loop {
        let mut bytes = Vec::new();
        ranks.communicator.broadcast(&mut bytes)?;
        let done = match decode(&bytes)? {
            Command::End => return Ok(()),
            Command::Drop => {
                engine = None;
                Ok(Answer::Nothing)
            }
            Command::Tell => Ok(Answer::Nothing),
            Command::Build(wanted, record, overlap) => {
                engine = None;
                ready(ranks, &Options { record, overlap, ..options.clone() }, &wanted, build).map(|made| {
                    let plan = made.plan();
                    engine = Some(made);
                    Answer::Plan(Box::new(plan))
                })
            }
            command => match &mut engine {
                Some(engine) => obey(engine.as_mut(), command),
                None => Err(Error::Internal("there is no network yet".into())),
            },
        };
        // What went wrong is the leader's to tell; here the next command comes.
        let _ = agree(ranks, done)?;
    }
}

fn ready(
    ranks: &Ranks,
    options: &Options,
    wanted: &NetworkId,
    build: &mut dyn FnMut(&NetworkId) -> Result<Network>,
) -> Result<Box<dyn Engine>> {
    let network = build(wanted)?;
    let own = NetworkId::of(&network);
    if own != *wanted {
        return Err(Error::Input(format!(
            "builds {} with {} neurons and {} synapses (hash {}, seed {}), where rank 0 has {} and {} (hash {}, seed {}); start the same program with the same scenario and files on all ranks",
            own.scenario,
            own.neurons,
            own.synapses,
            own.hash,
            own.seed,
            wanted.neurons,
            wanted.synapses,
            wanted.hash,
            wanted.seed
        )));
    }
    ranks.engine(network, options)
}

/// Does to this rank's share what is to be done to the network.
pub(super) fn obey(engine: &mut dyn Engine, command: Command) -> Result<Answer> {
    let nothing = |done: Result<()>| done.map(|()| Answer::Nothing);
    match command {
        Command::Build(..) | Command::Drop | Command::Tell | Command::End => {
            Err(Error::Internal("this is not for an engine".into()))
        }
        Command::Reset => nothing(engine.reset()),
        Command::Save => nothing(engine.save()),
        Command::Restore => nothing(engine.restore()),
        Command::Snapshot => Ok(Answer::Snapshot(Box::new(engine.snapshot()?))),
        Command::Resume(snapshot) => nothing(engine.resume(&snapshot)),
        Command::Inject(arrivals) => nothing(engine.inject(&arrivals)),
        Command::Advance(steps) => nothing(advance_quietly(engine, steps)),
        Command::Counts => Ok(Answer::Counts(Box::new(engine.counts()?))),
        Command::Listen(on) => engine.listen(on).map(Answer::Listens),
        Command::TakeSpikes => engine.take_spikes().map(Answer::Spikes),
        Command::Watch(plan) => nothing(engine.watch(&plan)),
        Command::Watched => engine.watched().map(Answer::Words),
        Command::TimePasses(steps) => engine.time_passes(steps).map(Answer::Passes),
        Command::PlasticWords(index) => engine.plastic_words(index).map(Answer::PlasticWords),
        Command::Potentials(population, neurons) => engine.potentials_mv(population, neurons).map(Answer::Potentials),
    }
}
