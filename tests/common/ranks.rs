//! Ranks that are threads of the test.

use std::sync::Arc;

use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::ranks::{Maker, Member, Ranks, ThreadRank, serve};
use spikewatt::engine::{NetworkId, Options};
use spikewatt::network::Network;
use spikewatt::{Error, Result};

/// Does something with networks on so many ranks, each of which runs them with options of its own.
pub(crate) fn with_ranks<T>(
    ranks: usize,
    networks: &[Network],
    options: &(dyn Fn(usize) -> Options + Sync),
    work: impl FnOnce(Ranks) -> Result<T>,
) -> Result<T> {
    mixed(ranks, (&[], &adapter()), networks, options, work)
}

/// What makes engines of this machine's adapter.
pub(crate) fn adapter() -> Maker {
    Arc::new(|network, options| {
        let (adapter, device) = super::adapter();
        Ok(Box::new(GpuEngine::new(network, options, adapter, device)?))
    })
}

/// The same with some of the ranks on engines of another make.
pub(crate) fn mixed<T>(
    ranks: usize,
    (others, make): (&[usize], &Maker),
    networks: &[Network],
    options: &(dyn Fn(usize) -> Options + Sync),
    work: impl FnOnce(Ranks) -> Result<T>,
) -> Result<T> {
    let members: Vec<Arc<ThreadRank>> = ThreadRank::all(ranks).into_iter().map(Arc::new).collect();
    let join = |rank: usize, member: &Arc<ThreadRank>| {
        let other = others.contains(&rank);
        let here = Member { on_adapter: other, ..Member::here(if other { "an adapter" } else { "CPU engine" }, &[]) };
        let joined = Ranks::join(Arc::clone(member) as Arc<_>, &here)?;
        Ok(if other { joined.on_adapter(Arc::clone(make)) } else { joined })
    };
    let join: &(dyn Fn(usize, &Arc<ThreadRank>) -> Result<Ranks> + Sync) = &join;
    std::thread::scope(|scope| {
        for (rank, member) in members.iter().enumerate().skip(1) {
            scope.spawn(move || {
                let joined = join(rank, member).expect("joins");
                let mut build = |id: &NetworkId| {
                    let found = networks.iter().find(|n| n.scenario.name == id.scenario);
                    found.cloned().ok_or_else(|| Error::Input(format!("there is no {}", id.scenario)))
                };
                serve(&joined, &options(rank), &mut build).expect("serves to the end");
            });
        }
        let joined = join(0, &members[0])?;
        let done = work(joined.clone());
        joined.end()?;
        done
    })
}
