//! Trials one beside the other: nothing passes from one to another, so that each is advanced by many batches before the next one's turn, and finds
//! its own state in the near caches.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "slots and steps fit 32 bits (src/bounds.rs); a turn is a small number of steps"
)]

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::partition::Partition;
use super::synapses::Synapses;
use super::{CpuEngine, Pending};
use crate::engine::spikes::add_term;
use crate::network::Network;

/// Steps of a first turn. Turns become longer or shorter until all trials' take about so long: a caller is asked between them whether to go on.
pub(super) const FIRST_TURN: u64 = 64;
const TOGETHER_S: f64 = 0.05;
/// Most steps of a turn.
const LONGEST_TURN: f64 = 1024.0;

/// What became of some trials in their turn.
struct Told {
    /// Steps of batches with the spikes of each.
    batches: Vec<(u32, Vec<u32>)>,
    checksums: Vec<[u32; 2]>,
    spent: [Duration; 2],
}

impl CpuEngine {
    /// Whether trials are advanced by themselves: synapses are kept, and no trial is cut.
    pub(super) fn goes_apart(&self) -> bool {
        self.network.trial_count() > 1 && self.plan.parts_of_trial == 1 && !matches!(self.synapses, Synapses::Procedural(_))
    }

    /// Advances every trial by a turn, at most so many steps; how many it was.
    pub(super) fn run_apart(&mut self, steps: u64) -> u64 {
        let (turn, began) = (steps.min(self.turn), Instant::now());
        let pending = std::mem::take(&mut self.pending);
        let (network, synapses, from, batch) = (&self.network, &self.synapses, self.step, u64::from(self.plan.batch));
        let batches: Vec<(u32, u32)> =
            (0..turn).step_by(batch as usize).map(|done| ((from + done) as u32, batch.min(turn - done) as u32)).collect();
        let turns: Vec<Told> = self
            .partitions
            .par_iter_mut()
            .with_max_len(1)
            .map(|partition| take_turn(network, synapses, partition, &batches, &pending))
            .collect();
        let mut last = Pending::default();
        let threads = rayon::current_num_threads().min(self.partitions.len()).max(1) as u32;
        for told in turns {
            for (all, own) in self.checksums.iter_mut().zip(&told.checksums) {
                *all = add_term(*all, *own);
            }
            for (all, own) in self.spent.iter_mut().zip(told.spent) {
                *all += own / threads;
            }
            last.step = told.batches.last().map_or(0, |(step, _)| *step);
            for (step, spikes) in &told.batches {
                self.tally(*step, spikes);
            }
            last.spikes.extend(told.batches.into_iter().next_back().map(|(_, spikes)| spikes).unwrap_or_default());
        }
        self.collect_counts();
        self.counted.steps += turn;
        self.pending = last;
        let wanted = turn as f64 * TOGETHER_S / began.elapsed().as_secs_f64().max(1e-6);
        self.turn = (wanted.clamp(1.0, LONGEST_TURN) as u64).next_multiple_of(batch);
        turn
    }
}

fn take_turn(
    network: &Network,
    synapses: &Synapses,
    partition: &mut Partition,
    batches: &[(u32, u32)],
    pending: &Pending,
) -> Told {
    let mut told = Told { batches: Vec::new(), checksums: vec![[0; 2]; partition.checksums.len()], spent: [Duration::ZERO; 2] };
    for &(step, batch) in batches {
        let before = told.batches.last().map_or((pending.step, &pending.spikes), |(step, spikes)| (*step, spikes));
        partition.run(network, synapses, (0, 1), (before.0, before.1), (step, batch));
        for (all, own) in told.spent.iter_mut().zip(partition.spent) {
            *all += own;
        }
        for (all, own) in told.checksums.iter_mut().zip(&partition.checksums) {
            *all = add_term(*all, *own);
        }
        told.batches.push((step, partition.spikes.clone()));
        if partition.fault.is_some() {
            break;
        }
    }
    told
}
