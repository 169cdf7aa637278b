//! Ranks that are processes which `mpirun` started: OpenMPI or MPICH, whichever the program was linked with.

use std::time::{Duration, Instant};

use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::request::{Request, multiple_scope, scope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator as _, CommunicatorCollectives as _, Destination as _, Root as _, Source as _};
use mpi::{Count, Threading};

use super::Communicator;
use crate::error::{Error, Result};

/// Bytes of a message: the standard counts them in 31 bits.
const MESSAGE: usize = 1 << 30;
/// How long a rank that is asked nothing looks for a command without a rest, and how long it rests then, so that a quiet machine is quiet.
const EAGER: Duration = Duration::from_micros(300);
const REST: Duration = Duration::from_micros(500);
/// How often a rank that waits for spikes looks for them before it lets others have the processor.
const LOOKS: u32 = 2000;

/// All processes that were started together.
#[derive(Debug)]
pub struct World {
    rank: usize,
    size: usize,
    on_this_host: usize,
    number_here: usize,
}

impl World {
    /// Its number among those that share this host's memory.
    pub fn number_here(&self) -> usize {
        self.number_here
    }

    /// How many of them share this host's memory.
    pub fn on_this_host(&self) -> usize {
        self.on_this_host
    }
}

/// What has to live as long as anything is said; when it goes, MPI ends.
pub struct Session {
    _universe: Universe,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

/// Begins to talk to the processes that were started with this one; once in a process.
///
/// # Errors
/// [`Error::Internal`] if MPI cannot begin, or not for several threads of a process.
pub fn begin() -> Result<(Session, World)> {
    // Messages are sent by whichever thread advances a network, one at a time.
    let Some((universe, threads)) = mpi::initialize_with_threading(Threading::Serialized) else {
        return Err(Error::Internal("MPI has begun already".into()));
    };
    if threads < Threading::Serialized {
        return Err(Error::Internal(format!(
            "this MPI ({}) is for processes of one thread; install one that supports MPI_THREAD_SERIALIZED, such as Debian's",
            library()
        )));
    }
    let world = universe.world();
    let (rank, size) = (index(world.rank()), index(world.size()));
    let here = world.split_shared(world.rank());
    let (on_this_host, number_here) = (index(here.size()), index(here.rank()));
    Ok((Session { _universe: universe }, World { rank, size, on_this_host, number_here }))
}

fn index(rank: i32) -> usize {
    usize::try_from(rank).unwrap_or(0)
}

fn rank(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// The library's own name, shortened.
fn library() -> String {
    let told = mpi::environment::library_version().unwrap_or_default();
    let short = told.split([',', '\n']).next().unwrap_or_default().trim_matches(['\0', ' ']);
    if short.is_empty() { "MPI".into() } else { short.trim_end_matches(|c: char| c.is_whitespace()).to_owned() }
}

/// Waits without a rest: whatever is awaited is under way.
fn now<'a, D: ?Sized, S: mpi::request::Scope<'a>>(mut request: Request<'a, D, S>) {
    let mut looks = 0u32;
    while let Err(again) = request.test() {
        request = again;
        looks += 1;
        if looks > LOOKS {
            std::thread::yield_now();
        }
    }
}

/// Waits for what may take long.
fn some_time<'a, D: ?Sized, S: mpi::request::Scope<'a>>(mut request: Request<'a, D, S>) {
    let began = Instant::now();
    while let Err(again) = request.test() {
        request = again;
        match began.elapsed() < EAGER {
            true => std::thread::yield_now(),
            false => std::thread::sleep(REST),
        }
    }
}

impl Communicator for World {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn name(&self) -> String {
        library()
    }

    fn all_gather(&self, own: &[u32], all: &mut [u32]) -> Result<()> {
        let world = SimpleCommunicator::world();
        scope(|s| now(world.immediate_all_gather_into(s, own, all)));
        Ok(())
    }

    fn all_gather_during(&self, own: &[u32], all: &mut [u32], work: &mut dyn FnMut()) -> Result<()> {
        let world = SimpleCommunicator::world();
        scope(|s| {
            let request = world.immediate_all_gather_into(s, own, all);
            work();
            now(request);
        });
        Ok(())
    }

    fn all_gather_counted(&self, own: &[u32], counts: &[usize], all: &mut [u32]) -> Result<()> {
        let count = |n: &usize| Count::try_from(*n).map_err(|_| Error::Internal("a batch has more than 2^31 spikes".into()));
        let counts = counts.iter().map(count).collect::<Result<Vec<Count>>>()?;
        let begins: Vec<Count> = counts.iter().scan(0, |at, n| Some(std::mem::replace(at, *at + n))).collect();
        let mut parts = PartitionMut::new(all, counts, begins);
        SimpleCommunicator::world().all_gather_varcount_into(own, &mut parts);
        Ok(())
    }

    fn swap(&self, out: &[(usize, &[u32])], into: &mut [(usize, &mut [u32])], work: &mut dyn FnMut()) -> Result<()> {
        let world = SimpleCommunicator::world();
        let requests = out.len() + into.len();
        multiple_scope(requests, |s, all| {
            for (from, words) in into.iter_mut() {
                all.add(world.process_at_rank(rank(*from)).immediate_receive_into(s, &mut **words));
            }
            for (to, words) in out {
                all.add(world.process_at_rank(rank(*to)).immediate_send(s, *words));
            }
            work();
            all.wait_all(&mut Vec::with_capacity(requests));
        });
        Ok(())
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
        let world = SimpleCommunicator::world();
        let leader = world.process_at_rank(0);
        let mut length = [bytes.len() as u64];
        scope(|s| some_time(leader.immediate_broadcast_into(s, &mut length[..])));
        bytes.resize(usize::try_from(length[0]).unwrap_or(usize::MAX), 0);
        for part in bytes.chunks_mut(MESSAGE) {
            scope(|s| now(leader.immediate_broadcast_into(s, part)));
        }
        Ok(())
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        let world = SimpleCommunicator::world();
        let mut lengths = vec![0u64; self.size];
        let length = [own.len() as u64];
        scope(|s| some_time(world.immediate_all_gather_into(s, &length[..], &mut lengths[..])));
        if self.rank > 0 {
            own.chunks(MESSAGE).for_each(|part| world.process_at_rank(0).send(part));
            return Ok(Vec::new());
        }
        let mut all = vec![own.to_vec()];
        for (from, length) in lengths.iter().enumerate().skip(1) {
            let mut bytes = vec![0u8; usize::try_from(*length).unwrap_or(usize::MAX)];
            for part in bytes.chunks_mut(MESSAGE) {
                world.process_at_rank(rank(from)).receive_into(part);
            }
            all.push(bytes);
        }
        Ok(all)
    }
}
