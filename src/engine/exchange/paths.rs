//! Spikes on their way to the ranks where they have targets, and to no other.

#![allow(clippy::cast_possible_truncation, reason = "slots and spikes of a batch fit 32 bits (src/bounds.rs)")]

use std::ops::Range;

use super::Communicator;
use crate::error::Result;
use crate::neuron::BLOCK;

/// Paths are taken where a spike has targets on no more than this part of the other ranks, in the mean: messages of each pair cost more than
/// one to all.
const MOST_WANTED: f64 = 0.5;
/// Fewest spikes of a pair of ranks that travel with their number.
const LEAST_ROOM: usize = 6;
/// Most of them; more follow in a second message.
const MOST_ROOM: usize = 1 << 14;

/// Who owns which blocks, and what a rank wants to hear.
#[derive(Debug)]
pub(super) struct Wishes {
    /// Blocks of each rank.
    pub(super) owners: Vec<Vec<Range<u32>>>,
    /// Whether a slot has targets here; `None` of a rank that has to hear all, at every batch.
    pub(super) senders: Option<Vec<bool>>,
}

/// One direction between this rank and another.
#[derive(Debug)]
struct Path {
    rank: usize,
    /// Spikes that travel with their number; both ends know it from the batches before.
    room: usize,
    words: Vec<u32>,
    rest: Vec<u32>,
}

impl Path {
    fn new(rank: usize) -> Self {
        Self { rank, room: LEAST_ROOM, words: Vec::new(), rest: Vec::new() }
    }

    fn adapt(&mut self, number: usize) {
        self.room = adapted(self.room, number, LEAST_ROOM);
    }
}

/// The room of the next message after one with so many spikes at most: for half as many again, and less than before only when a quarter would do.
pub(super) fn adapted(room: usize, number: usize, least: usize) -> usize {
    let wanted = (number + number / 2).clamp(least, MOST_ROOM);
    if number > room || wanted * 4 < room { wanted } else { room }
}

/// All paths of a rank.
#[derive(Debug)]
pub(super) struct Paths {
    /// The slots of this rank, and the place of the first of each run.
    own: Vec<(Range<u32>, usize)>,
    /// Where the paths of each place begin; one more at the end.
    begins: Vec<u32>,
    /// Indices into `out`.
    taken: Vec<u32>,
    out: Vec<Path>,
    into: Vec<Path>,
}

/// Slots of some blocks.
fn slots(blocks: &[Range<u32>]) -> impl Iterator<Item = u32> + '_ {
    blocks.iter().flat_map(|b| b.start * BLOCK as u32..b.end * BLOCK as u32)
}

fn words(blocks: &[Range<u32>]) -> usize {
    blocks.iter().map(|b| b.len() * BLOCK / 32).sum()
}

impl Paths {
    /// Asks all ranks what they want to hear. `None` if that is mostly everything; the same on all ranks.
    pub(super) fn find(communicator: &dyn Communicator, wishes: &Wishes) -> Result<Option<Self>> {
        let (me, owners) = (communicator.rank(), &wishes.owners);
        let others: Vec<usize> = (0..communicator.size()).filter(|rank| *rank != me).collect();
        let wants = |slot: u32| wishes.senders.as_ref().is_none_or(|senders| senders[slot as usize]);
        let asked: Vec<Vec<u32>> = others
            .iter()
            .map(|rank| {
                let mut bits = vec![0u32; words(&owners[*rank])];
                for (place, slot) in slots(&owners[*rank]).enumerate() {
                    bits[place / 32] |= u32::from(wants(slot)) << (place % 32);
                }
                bits
            })
            .collect();
        let mut wanted: Vec<Vec<u32>> = others.iter().map(|_| vec![0; words(&owners[me])]).collect();
        let out: Vec<(usize, &[u32])> = others.iter().copied().zip(asked.iter().map(Vec::as_slice)).collect();
        let mut into: Vec<(usize, &mut [u32])> = others.iter().copied().zip(wanted.iter_mut().map(Vec::as_mut_slice)).collect();
        communicator.swap(&out, &mut into, &mut || {})?;

        // Slots without anybody, and those without a target anywhere, do not count.
        let places = 32 * words(&owners[me]);
        let is_wanted = |bits: &[u32], place: usize| bits[place / 32] >> (place % 32) & 1 == 1;
        let wishes_of_all: u64 = wanted.iter().flatten().map(|word| u64::from(word.count_ones())).sum();
        let sends = |(place, slot): &(usize, u32)| wants(*slot) || wanted.iter().any(|bits| is_wanted(bits, *place));
        let senders = slots(&owners[me]).enumerate().filter(sends).count() as u64;
        let halves = |n: u64| [n as u32, (n >> 32) as u32];
        let [[a, b], [c, d]] = [halves(wishes_of_all), halves(senders)];
        let own = [a, b, c, d, u32::from(wishes.senders.is_none())];
        let mut all = vec![0; own.len() * communicator.size()];
        communicator.all_gather(&own, &mut all)?;
        let sum = |low: usize| all.chunks_exact(own.len()).map(|c| u64::from(c[low]) | u64::from(c[low + 1]) << 32).sum::<u64>();
        let possible = sum(2) as f64 * others.len() as f64;
        let refused = all.chunks_exact(own.len()).any(|c| c[4] != 0);
        if refused || sum(0) as f64 > MOST_WANTED * possible {
            return Ok(None);
        }

        let has_any = |bits: &Vec<u32>| bits.iter().any(|word| *word != 0);
        let to: Vec<usize> = (0..others.len()).filter(|i| has_any(&wanted[*i])).collect();
        let (mut begins, mut taken) = (vec![0u32], Vec::new());
        for place in 0..places {
            taken.extend((0u32..).zip(&to).filter(|(_, i)| is_wanted(&wanted[**i], place)).map(|(path, _)| path));
            begins.push(taken.len() as u32);
        }
        let runs = owners[me].iter().scan(0, |at, blocks| {
            let first = std::mem::replace(at, *at + blocks.len() * BLOCK);
            Some((blocks.start * BLOCK as u32..blocks.end * BLOCK as u32, first))
        });
        Ok(Some(Self {
            own: runs.collect(),
            begins,
            taken,
            out: to.iter().map(|i| Path::new(others[*i])).collect(),
            into: others.iter().zip(&asked).filter(|(_, bits)| has_any(bits)).map(|(rank, _)| Path::new(*rank)).collect(),
        }))
    }

    /// Tells a batch's spikes to whom they concern, and hears those of others rank by rank, its own among them. The bytes that came.
    pub(super) fn swap(
        &mut self,
        communicator: &dyn Communicator,
        own: &[u32],
        heard: &mut Vec<u32>,
        work: &mut dyn FnMut(),
    ) -> Result<u64> {
        for path in &mut self.out {
            path.words.clear();
            path.words.push(0);
        }
        for &entry in own {
            let slot = entry & 0x0FFF_FFFF;
            let Some((run, first)) = self.own.iter().find(|(run, _)| run.contains(&slot)) else { continue };
            let place = first + (slot - run.start) as usize;
            for path in &self.taken[self.begins[place] as usize..self.begins[place + 1] as usize] {
                self.out[*path as usize].words.push(entry);
            }
        }
        for path in &mut self.out {
            let number = path.words.len() - 1;
            path.words[0] = number as u32;
            if number < path.room {
                path.words.resize(1 + path.room, 0);
            }
        }
        self.into.iter_mut().for_each(|path| path.words.resize(1 + path.room, 0));
        let first: Vec<(usize, &[u32])> = self.out.iter().map(|path| (path.rank, &path.words[..=path.room])).collect();
        let mut into: Vec<(usize, &mut [u32])> =
            self.into.iter_mut().map(|path| (path.rank, path.words.as_mut_slice())).collect();
        communicator.swap(&first, &mut into, work)?;

        let behind = |path: &Path| (path.words[0] as usize).saturating_sub(path.room);
        for path in &mut self.into {
            path.rest.resize(behind(path), 0);
        }
        let more = self.out.iter().filter(|path| behind(path) > 0);
        let more: Vec<(usize, &[u32])> = more.map(|path| (path.rank, &path.words[1 + path.room..])).collect();
        let mut into: Vec<(usize, &mut [u32])> =
            self.into.iter_mut().filter(|p| !p.rest.is_empty()).map(|path| (path.rank, path.rest.as_mut_slice())).collect();
        if !more.is_empty() || !into.is_empty() {
            communicator.swap(&more, &mut into, &mut || {})?;
        }

        heard.clear();
        let mut bytes = 0;
        let mut is_told = false;
        for path in &mut self.into {
            if path.rank > communicator.rank() && !is_told {
                heard.extend_from_slice(own);
                is_told = true;
            }
            let number = path.words[0] as usize;
            heard.extend_from_slice(&path.words[1..=number.min(path.room)]);
            heard.extend_from_slice(&path.rest);
            bytes += 4 * (path.words.len() + path.rest.len()) as u64;
            path.adapt(number);
        }
        if !is_told {
            heard.extend_from_slice(own);
        }
        for path in &mut self.out {
            path.adapt(path.words[0] as usize);
        }
        Ok(bytes)
    }
}
