//! Tasks of ARC, searched depth by depth under the eyes of a meter.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::Progress;
use super::instruments::Instruments;
use crate::arc::{Examiner, Found, Grid, LANGUAGE, Limits, OnCpu, Task, search};
use crate::energy::{Span, span_energy};
use crate::error::{Error, Result};
use crate::result::arc::{ArcDepth, ArcTask};

/// Searches all tasks to every depth from 1 on, with an examiner, or with the CPU engine's threads, a task each; what each depth took, and the guesses
/// of the last.
///
/// # Errors
/// [`Error::Interrupted`], and the examiner's.
pub fn solve(
    tasks: &[Task],
    limits: Limits,
    mut examiner: Option<&mut dyn Examiner>,
    instruments: &Instruments,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<(Vec<ArcDepth>, Vec<ArcTask>)> {
    let clock = instruments.monitor.clock();
    let (mut depths, mut last) = (Vec::new(), Vec::new());
    for depth in 1..=limits.depth {
        progress.stage(&format!("programs of up to {depth}"), tasks.len() as u64);
        let from_s = clock.now_s();
        let mut found: Vec<Found> = Vec::new();
        // Some at a time, so that a caller hears of it and can end it.
        for some in tasks.chunks(4 * rayon::current_num_threads()) {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let limits = Limits { depth, ..limits };
            let searched: Result<Vec<Found>> = match &mut examiner {
                Some(examiner) => some.iter().map(|task| search(task, limits, *examiner)).collect(),
                None => some.par_iter().with_max_len(1).map(|task| search(task, limits, &mut OnCpu)).collect(),
            };
            found.extend(searched?);
            progress.steps(found.len() as u64);
        }
        let span = Span { from_s, to_s: clock.now_s() };
        instruments.settle(span.to_s);
        let gross_j = instruments.chosen.and_then(|i| {
            let channel = instruments.monitor.channel(i);
            span_energy(channel.info(), &channel.trace, span, 0.0).ok().map(|e| e.energy_j)
        });
        let marks: Vec<Vec<bool>> = tasks.iter().zip(&found).map(|(task, found)| marks(task, found)).collect();
        let known: Vec<bool> = tasks.iter().map(|t| t.answers.iter().all(Option::is_some)).collect();
        let count = |of: &dyn Fn(&[bool]) -> bool| marks.iter().zip(&known).filter(|(m, known)| **known && of(m)).count();
        depths.push(ArcDepth {
            depth,
            tasks: tasks.len(),
            known: known.iter().filter(|k| **k).count(),
            solved: count(&|m| m.first() == Some(&true)),
            solved_in_three: count(&|m| m.contains(&true)),
            guessed: found.iter().filter(|f| !f.guesses.is_empty()).count(),
            tried: found.iter().flat_map(|f| &f.tried).sum(),
            distinct: found.iter().flat_map(|f| &f.distinct).sum(),
            cut: found.iter().filter(|f| f.is_cut).count(),
            wall_s: span.length_s(),
            gross_j,
        });
        let each = tasks.iter().zip(&found).zip(marks.iter().zip(&known));
        last = each.map(|((task, found), (marks, known))| told(task, found, marks.first().copied().filter(|_| *known))).collect();
    }
    Ok((depths, last))
}

/// Which guesses are right in every test.
fn marks(task: &Task, found: &Found) -> Vec<bool> {
    let right = |outputs: &[Grid]| outputs.iter().zip(&task.answers).all(|(a, b)| Some(a) == b.as_ref());
    found.guesses.iter().map(|g| right(&g.outputs)).collect()
}

fn told(task: &Task, found: &Found, is_right: Option<bool>) -> ArcTask {
    let first = found.guesses.first();
    let rows = |g: &Grid| g.cells.chunks(g.width).map(<[u8]>::to_vec).collect();
    ArcTask {
        name: task.name.clone(),
        program: first.map(|g| g.program.iter().map(|n| LANGUAGE[*n].name.to_owned()).collect()),
        recolours: first.is_some_and(|g| g.recolours),
        is_right,
        outputs: first.map_or_else(Vec::new, |g| g.outputs.iter().map(rows).collect()),
    }
}
