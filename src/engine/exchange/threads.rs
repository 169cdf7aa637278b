//! Ranks that are threads of one process: what tests run on machines without MPI.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Communicator;
use crate::error::{Error, Result};

/// How long a rank is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// One of several threads that share a network.
#[derive(Debug)]
pub struct ThreadRank {
    rank: usize,
    meeting: Arc<Meeting>,
}

/// Where all threads meet: each brings a parcel, and all go on with everybody's.
#[derive(Debug)]
struct Meeting {
    size: usize,
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Meetings that are over.
    held: u64,
    brought: Vec<Option<Vec<u8>>>,
    arrived: usize,
    /// What was brought to the last one.
    parcels: Arc<Vec<Vec<u8>>>,
    /// What has been sent and not taken yet, by sender and taker.
    mail: HashMap<(usize, usize), VecDeque<Vec<u32>>>,
    /// The first rank that is gone.
    gone: Option<usize>,
}

impl ThreadRank {
    /// So many ranks, one for each thread.
    pub fn all(size: usize) -> Vec<Self> {
        let state = Mutex::new(State { brought: vec![None; size], ..State::default() });
        let meeting = Arc::new(Meeting { size, state, over: Condvar::new() });
        (0..size).map(|rank| Self { rank, meeting: Arc::clone(&meeting) }).collect()
    }

    fn meet(&self, parcel: Vec<u8>) -> Result<Arc<Vec<Vec<u8>>>> {
        self.meet_during(parcel, &mut || {})
    }

    /// Brings a parcel, does some work, and takes everybody's.
    fn meet_during(&self, parcel: Vec<u8>, work: &mut dyn FnMut()) -> Result<Arc<Vec<Vec<u8>>>> {
        let held = self.bring(parcel);
        work();
        self.take(held)
    }

    /// Brings a parcel to the next meeting; how many were held before.
    fn bring(&self, parcel: Vec<u8>) -> u64 {
        let Meeting { size, state, over } = &*self.meeting;
        let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
        now.brought[self.rank] = Some(parcel);
        now.arrived += 1;
        let held = now.held;
        if now.arrived == *size {
            now.parcels = Arc::new(now.brought.iter_mut().map(|brought| brought.take().unwrap_or_default()).collect());
            (now.arrived, now.held) = (0, held + 1);
            over.notify_all();
        }
        held
    }

    /// Takes what all have brought to the meeting behind so many.
    fn take(&self, held: u64) -> Result<Arc<Vec<Vec<u8>>>> {
        let Meeting { state, over, .. } = &*self.meeting;
        let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
        while now.held == held {
            now = wait(over, now)?;
        }
        Ok(Arc::clone(&now.parcels))
    }
}

/// Waits until something has come.
fn wait<'a>(over: &Condvar, now: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>> {
    if let Some(rank) = now.gone {
        return Err(Error::Internal(format!("rank {rank} is gone, and with it its part of the network")));
    }
    let (now, waited) = over.wait_timeout(now, PATIENCE).unwrap_or_else(PoisonError::into_inner);
    match waited.timed_out() {
        true => Err(Error::Internal(format!("the other ranks did not come within {} s", PATIENCE.as_secs()))),
        false => Ok(now),
    }
}

impl Drop for ThreadRank {
    fn drop(&mut self) {
        let mut now = self.meeting.state.lock().unwrap_or_else(PoisonError::into_inner);
        now.gone.get_or_insert(self.rank);
        self.meeting.over.notify_all();
    }
}

/// Puts words of all ranks behind each other.
fn unpack(parcels: &[Vec<u8>], counts: &[usize], all: &mut [u32]) {
    let mut rest = all;
    for (parcel, count) in parcels.iter().zip(counts) {
        let (part, behind) = std::mem::take(&mut rest).split_at_mut(*count);
        bytemuck::cast_slice_mut(part).copy_from_slice(parcel);
        rest = behind;
    }
}

impl Communicator for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.meeting.size
    }

    fn name(&self) -> String {
        "threads".into()
    }

    fn all_gather(&self, own: &[u32], all: &mut [u32]) -> Result<()> {
        self.all_gather_counted(own, &vec![own.len(); self.size()], all)
    }

    fn all_gather_during(&self, own: &[u32], all: &mut [u32], work: &mut dyn FnMut()) -> Result<()> {
        let parcels = self.meet_during(bytemuck::cast_slice(own).to_vec(), work)?;
        unpack(&parcels, &vec![own.len(); self.size()], all);
        Ok(())
    }

    fn all_gather_counted(&self, own: &[u32], counts: &[usize], all: &mut [u32]) -> Result<()> {
        unpack(&self.meet(bytemuck::cast_slice(own).to_vec())?, counts, all);
        Ok(())
    }

    fn swap(&self, out: &[(usize, &[u32])], into: &mut [(usize, &mut [u32])], work: &mut dyn FnMut()) -> Result<()> {
        let Meeting { state, over, .. } = &*self.meeting;
        {
            let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
            for (to, words) in out {
                now.mail.entry((self.rank, *to)).or_default().push_back(words.to_vec());
            }
            over.notify_all();
        }
        work();
        let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
        for (from, words) in into {
            loop {
                if let Some(letter) = now.mail.get_mut(&(*from, self.rank)).and_then(VecDeque::pop_front) {
                    words.copy_from_slice(&letter);
                    break;
                }
                now = wait(over, now)?;
            }
        }
        Ok(())
    }

    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()> {
        let own = if self.rank == 0 { std::mem::take(bytes) } else { Vec::new() };
        bytes.clone_from(&self.meet(own)?[0]);
        Ok(())
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        let all = self.meet(own.to_vec())?;
        Ok(if self.rank == 0 { all.to_vec() } else { Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ranks_hear_the_same() {
        let heard: Vec<_> = std::thread::scope(|scope| {
            let run = |rank: ThreadRank| {
                let me = u32::try_from(rank.rank()).expect("few ranks");
                let mut seen = Vec::new();
                for round in 0..50 {
                    let mut all = [0; 6];
                    rank.all_gather(&[me, round], &mut all).expect("all are there");
                    let mut counted = [0; 3];
                    let own = vec![me; rank.rank()];
                    rank.all_gather_counted(&own, &[0, 1, 2], &mut counted).expect("all are there");
                    let mut said = vec![u8::try_from(me).expect("few ranks"); 3];
                    rank.broadcast(&mut said).expect("all are there");
                    let gathered = rank.gather(&said).expect("all are there").len();
                    assert_eq!(gathered, if me == 0 { 3 } else { 0 });
                    seen.push((all, counted, said));
                }
                seen
            };
            let threads: Vec<_> = ThreadRank::all(3).into_iter().map(|rank| scope.spawn(move || run(rank))).collect();
            threads.into_iter().map(|t| t.join().expect("ends")).collect()
        });
        assert_eq!((&heard[0], &heard[0]), (&heard[1], &heard[2]));
        assert_eq!(heard[1][7], ([0, 7, 1, 7, 2, 7], [1, 2, 2], vec![0, 0, 0]));
    }

    /// Who is gone is named, and nobody waits for it.
    #[test]
    fn a_rank_that_is_gone_ends_the_others() {
        let mut ranks = ThreadRank::all(3);
        drop(ranks.remove(1));
        let said = ranks[0].all_gather(&[1], &mut [0; 3]).expect_err("rank 1 is gone").to_string();
        assert!(said.contains("rank 1 is gone"), "{said}");
    }
}
