//! The spikes of a batch, from every rank to every rank.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Communicator;
use super::paths::{Paths, Wishes, adapted};
use crate::error::Result;

/// Fewest spikes of a rank in a batch that travel with their number; more follow in a second message.
const LEAST_ROOM: usize = 14;

/// What a rank says beside its number of spikes, which is below 2^31.
const WANTS_TO_STOP: u32 = 1 << 31;
const NUMBER: u32 = WANTS_TO_STOP - 1;

/// Batches after which ranks that do not hear each other tell whether they want to stop.
const TOLD_EVERY: u64 = 32;

/// Who hears what.
#[derive(Debug)]
enum Ways {
    /// Every rank hears all spikes.
    All,
    /// Not decided before the first batch, at which all ranks are there.
    Open(Wishes),
    /// Every rank hears the spikes that have targets there.
    Paths(Paths),
}

/// What it has taken so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Exchanges.
    pub batches: u64,
    /// Bytes that came from other ranks.
    pub bytes: u64,
    /// Wall time, with waiting for the slowest rank, without what was done meanwhile.
    pub spent: Duration,
}

/// One rank's end of the exchange of spikes. Every message has room for as many spikes as the batches before it made likely; the room follows from
/// what all ranks have heard, so that it is the same on all of them.
#[derive(Debug)]
pub struct Exchange {
    communicator: Arc<dyn Communicator>,
    ways: Ways,
    /// Batches so far, for all ranks.
    batches: u64,
    room: usize,
    own: Vec<u32>,
    all: Vec<u32>,
    rest: Vec<u32>,
    traffic: Traffic,
}

impl Exchange {
    /// For the ranks of a communicator, of whom everybody hears all.
    pub fn new(communicator: Arc<dyn Communicator>) -> Self {
        let (own, all, rest) = (Vec::new(), Vec::new(), Vec::new());
        Self { communicator, ways: Ways::All, batches: 0, room: LEAST_ROOM, own, all, rest, traffic: Traffic::default() }
    }

    /// For ranks that own these blocks each, and may hear of what has targets with them only, if [`Exchange::wants`] of all says so.
    pub fn among(communicator: Arc<dyn Communicator>, owners: Vec<Vec<Range<u32>>>) -> Self {
        let ways = Ways::Open(Wishes { owners, senders: None });
        Self { ways, ..Self::new(communicator) }
    }

    /// Tells which slots have targets with this rank, before the first batch; who does not tell hears all.
    pub fn wants(&mut self, senders: Vec<bool>) {
        if let Ways::Open(wishes) = &mut self.ways {
            wishes.senders = Some(senders);
        }
    }

    /// Whether this rank hears what has targets with it only; not known before the first batch.
    #[cfg(test)]
    fn has_paths(&self) -> bool {
        matches!(self.ways, Ways::Paths(_))
    }

    /// What it has taken since it was last asked.
    pub fn take_traffic(&mut self) -> Traffic {
        std::mem::take(&mut self.traffic)
    }

    /// Tells this rank's spikes of a batch, and hears everybody's, or those that have targets with it, rank by rank, its own among them. Whether any rank
    /// wants to stop; all ranks hear so at the same batch, some batches later where they do not hear each other.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    ///
    /// # Panics
    /// For 2^31 spikes in a batch: an error of one rank would leave the others waiting for it.
    pub fn spikes(&mut self, own: &[u32], stop: bool, heard: &mut Vec<u32>) -> Result<bool> {
        self.spikes_during(own, stop, heard, None)
    }

    /// The same, with work that is done while they travel.
    ///
    /// # Errors
    /// As [`Exchange::spikes`].
    ///
    /// # Panics
    /// As [`Exchange::spikes`].
    pub fn spikes_during(
        &mut self,
        own: &[u32],
        stop: bool,
        heard: &mut Vec<u32>,
        work: Option<&mut dyn FnMut()>,
    ) -> Result<bool> {
        if let Ways::Open(wishes) = &self.ways {
            let found = Paths::find(self.communicator.as_ref(), wishes)?;
            self.ways = found.map_or(Ways::All, Ways::Paths);
        }
        self.batches += 1;
        if matches!(self.ways, Ways::Paths(_)) {
            return self.spikes_by_paths(own, stop, heard, work);
        }
        let (began, mut worked) = (Instant::now(), Duration::ZERO);
        let (ranks, me, room) = (self.communicator.size(), self.communicator.rank(), self.room);
        let words = 1 + room;
        self.own.clear();
        let number = u32::try_from(own.len()).unwrap_or(u32::MAX);
        assert!(number <= NUMBER, "{number} spikes of a rank in a batch");
        self.own.push(number | if stop { WANTS_TO_STOP } else { 0 });
        self.own.extend_from_slice(&own[..own.len().min(room)]);
        self.own.resize(words, 0);
        self.all.resize(words * ranks, 0);
        match work {
            None => self.communicator.all_gather(&self.own, &mut self.all)?,
            Some(work) => self.communicator.all_gather_during(&self.own, &mut self.all, &mut || {
                let began = Instant::now();
                work();
                worked = began.elapsed();
            })?,
        }

        let numbers: Vec<usize> = self.all.iter().step_by(words).map(|head| (head & NUMBER) as usize).collect();
        let stops = self.all.iter().step_by(words).any(|head| head & WANTS_TO_STOP != 0);
        let behind: Vec<usize> = numbers.iter().map(|n| n.saturating_sub(room)).collect();
        let more: usize = behind.iter().sum();
        self.rest.resize(more, 0);
        if more > 0 {
            self.communicator.all_gather_counted(&own[own.len().min(room)..], &behind, &mut self.rest)?;
        }
        heard.clear();
        let mut rest = &self.rest[..];
        for (message, (n, behind)) in self.all.chunks_exact(words).zip(numbers.iter().zip(&behind)) {
            heard.extend_from_slice(&message[1..=(*n).min(room)]);
            let (now, later) = rest.split_at(*behind);
            heard.extend_from_slice(now);
            rest = later;
        }
        let most = numbers.iter().copied().max().unwrap_or(0);
        self.room = adapted(room, most, LEAST_ROOM);
        self.traffic.batches += 1;
        self.traffic.bytes += 4 * ((ranks - 1) * words + more - behind[me]) as u64;
        self.traffic.spent += began.elapsed().saturating_sub(worked);
        Ok(stops)
    }

    fn spikes_by_paths(&mut self, own: &[u32], stop: bool, heard: &mut Vec<u32>, work: Option<&mut dyn FnMut()>) -> Result<bool> {
        let Ways::Paths(paths) = &mut self.ways else { return Ok(false) };
        let (began, mut worked) = (Instant::now(), Duration::ZERO);
        let mut work = work;
        self.traffic.bytes += paths.swap(self.communicator.as_ref(), own, heard, &mut || {
            let began = Instant::now();
            if let Some(work) = work.take() {
                work();
            }
            worked = began.elapsed();
        })?;
        let mut stops = false;
        if self.batches.is_multiple_of(TOLD_EVERY) {
            let mut all = vec![0; self.communicator.size()];
            self.communicator.all_gather(&[u32::from(stop)], &mut all)?;
            stops = all.contains(&1);
            self.traffic.bytes += 4 * (all.len() as u64 - 1);
        }
        self.traffic.batches += 1;
        self.traffic.spent += began.elapsed().saturating_sub(worked);
        Ok(stops)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ThreadRank;
    use super::*;

    /// From none to thousands of spikes a batch, and back: every rank hears all, in the same order.
    #[test]
    fn every_rank_hears_every_spike() {
        let spikes = |rank: u32, batch: u32| -> Vec<u32> {
            let n = match batch % 7 {
                0 => 0,
                3 => 20_000 * rank,
                k => k * (rank + 3),
            };
            (0..n).map(|i| batch.wrapping_mul(77) ^ (rank << 20) ^ i).collect()
        };
        std::thread::scope(|scope| {
            for rank in ThreadRank::all(3) {
                scope.spawn(move || {
                    let me = u32::try_from(rank.rank()).expect("few ranks");
                    let mut exchange = Exchange::new(Arc::new(rank));
                    let mut heard = Vec::new();
                    for batch in 0..100 {
                        let stops =
                            exchange.spikes(&spikes(me, batch), me == 2 && batch == 60, &mut heard).expect("all are there");
                        let all: Vec<u32> = (0..3).flat_map(|rank| spikes(rank, batch)).collect();
                        assert!(heard == all, "batch {batch}: {} of {} spikes", heard.len(), all.len());
                        assert_eq!(stops, batch == 60);
                    }
                    assert_eq!(exchange.take_traffic().batches, 100);
                });
            }
        });
    }

    /// Two blocks a rank; a spike has targets with the next rank if its slot is even, with all others if it is a multiple of 50.
    fn wants(me: u32, slot: u32, ranks: u32) -> bool {
        let owner = slot / 512;
        owner != me && (slot.is_multiple_of(50) || (slot.is_multiple_of(2) && (owner + 1) % ranks == me))
    }

    #[test]
    fn every_rank_hears_what_has_targets_with_it() {
        const RANKS: u32 = 5;
        let owners: Vec<Vec<Range<u32>>> =
            (0..RANKS).map(|rank| vec![2 * rank..2 * rank + 1, 2 * rank + 1..2 * rank + 2]).collect();
        // From none to more than the room there is.
        let spikes = |rank: u32, batch: u32| -> Vec<u32> {
            let n = (batch % 9) * (batch % 9) * (rank + 1) * 5;
            (0..n).map(|i| (rank * 512 + (i * 7 + batch) % 512) | (i % 4) << 28).collect()
        };
        std::thread::scope(|scope| {
            for rank in ThreadRank::all(RANKS as usize) {
                let owners = owners.clone();
                scope.spawn(move || {
                    let me = u32::try_from(rank.rank()).expect("few ranks");
                    let mut exchange = Exchange::among(Arc::new(rank), owners);
                    exchange.wants((0..RANKS * 512).map(|slot| wants(me, slot, RANKS)).collect());
                    let (mut heard, mut worked) = (Vec::new(), 0);
                    let mut stopped = None;
                    for batch in 0..100 {
                        let mut work = || worked += 1;
                        let told = exchange.spikes_during(&spikes(me, batch), me == 2 && batch > 40, &mut heard, Some(&mut work));
                        let of = |rank: u32| {
                            spikes(rank, batch).into_iter().filter(move |s| rank == me || wants(me, s & 0x0FFF_FFFF, RANKS))
                        };
                        assert!(heard == (0..RANKS).flat_map(of).collect::<Vec<u32>>(), "rank {me}, batch {batch}");
                        if told.expect("all are there") && stopped.is_none() {
                            stopped = Some(batch);
                        }
                    }
                    assert!(exchange.has_paths() && worked == 100);
                    assert_eq!(stopped, Some(63), "all hear of it at once");
                });
            }
        });
    }

    /// Where most have to hear most, or one has to hear all, everybody does.
    #[test]
    fn paths_are_left_where_they_do_not_pay() {
        for (wanted, tells) in [(true, true), (false, false)] {
            std::thread::scope(|scope| {
                for rank in ThreadRank::all(3) {
                    scope.spawn(move || {
                        let me = u32::try_from(rank.rank()).expect("few ranks");
                        let mut exchange = Exchange::among(
                            Arc::new(rank),
                            (0..3u32).map(|rank| std::iter::once(rank..rank + 1).collect()).collect(),
                        );
                        if tells || me > 0 {
                            exchange.wants(vec![wanted; 3 * 256]);
                        }
                        let mut heard = Vec::new();
                        exchange.spikes(&[256 * me], false, &mut heard).expect("all are there");
                        assert!(heard == [0, 256, 512] && !exchange.has_paths());
                    });
                }
            });
        }
    }
}
