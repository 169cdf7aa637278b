//! The search: all sequences of transformations up to a depth, without those that come to what a shorter or earlier one came to. A program that
//! reproduces all pairs, if need be with colours exchanged as the pairs show, predicts the tests. Answers are never looked at.

use std::collections::HashSet;

use super::grid::{Grid, MARK};
use super::language::{LANGUAGE, Transformation};
use super::task::Task;
use crate::error::Result;

/// How far to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most transformations of a program.
    pub depth: usize,
    /// Most states of a depth that are taken further, the first that were found.
    pub states: usize,
}

/// A prediction of all tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The program: numbers of transformations.
    pub program: Vec<usize>,
    /// Whether colours are exchanged at the end.
    pub recolours: bool,
    /// What it predicts.
    pub outputs: Vec<Grid>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Different predictions, the best first: of the shortest programs, without an exchange of colours before those with one.
    pub guesses: Vec<Guess>,
    /// Programs that were tried, by depth from 0 on.
    pub tried: Vec<u64>,
    /// States they came to that no other had come to before, by depth; of the last depth, whose states are not kept, nothing is told.
    pub distinct: Vec<u64>,
    /// Whether a depth had more states than were taken further.
    pub is_cut: bool,
}

/// Predictions that are kept.
const GUESSES: usize = 3;

/// What is known of a program once its last transformation has been applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it applies to all grids.
    pub applies: bool,
    /// Hash of what it gives ([`hash_of`]); untold of the last depth.
    pub hash: u64,
    /// Whether it reproduces all pairs, if need be with colours exchanged.
    pub fits: bool,
}

/// Who applies transformations: all that costs time.
pub trait Examiner {
    /// Applies every transformation to the grids of each state: verdicts, state by state. `goals`: what the first grids of each should become.
    /// Whether programs go on from here, so that their hashes are asked for: not if it is the last depth.
    ///
    /// # Errors
    /// What an adapter tells.
    fn examine(&mut self, goals: &[Grid], states: &[&[Grid]], is_last: bool) -> Result<Vec<Verdict>>;
}

/// The functions of the language, one after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct OnCpu;

impl Examiner for OnCpu {
    fn examine(&mut self, goals: &[Grid], states: &[&[Grid]], is_last: bool) -> Result<Vec<Verdict>> {
        let all = states.iter().flat_map(|grids| LANGUAGE.iter().map(|t| verdict(t, goals, grids, is_last).unwrap_or_default()));
        Ok(all.collect())
    }
}

/// Nothing where a transformation does not apply, or cannot fit although it would have to.
fn verdict(transformation: &Transformation, goals: &[Grid], grids: &[Grid], is_last: bool) -> Option<Verdict> {
    let first = (transformation.apply)(&grids[0])?;
    // The last transformation has to fit the first pair, or the others need not be asked.
    if is_last && !goals.first().is_none_or(|goal| may_be(&first, goal)) {
        return None;
    }
    let others = grids[1..].iter().map(|g| (transformation.apply)(g));
    let grids = std::iter::once(Some(first)).chain(others).collect::<Option<Vec<Grid>>>()?;
    let mut exchange = Exchange::default();
    let fits = goals.iter().zip(&grids).all(|(goal, grid)| exchange.learns(grid, goal));
    let hash = if is_last { 0 } else { hash(&grids) };
    Some(Verdict { applies: true, hash, fits })
}

struct State {
    grids: Vec<Grid>,
    program: Vec<usize>,
}

/// States that are examined together.
const TOGETHER: usize = 512;

/// Searches for programs of a task.
///
/// # Errors
/// Those of the examiner.
pub fn search(task: &Task, limits: Limits, examiner: &mut dyn Examiner) -> Result<Found> {
    let inputs: Vec<Grid> = task.train.iter().map(|p| p.0.clone()).chain(task.tests.iter().cloned()).collect();
    let goals: Vec<Grid> = task.train.iter().map(|p| p.1.clone()).collect();
    let mut found = Found { tried: vec![1], distinct: vec![1], ..Found::default() };
    let mut seen: HashSet<u64> = HashSet::from([hash(&inputs)]);
    let start = State { grids: inputs, program: Vec::new() };
    let mut guesses: Vec<(usize, bool, Guess)> = Vec::new();
    note(&mut guesses, &goals, &start.grids, &start.program);
    let mut frontier = vec![start];
    for depth in 1..=limits.depth {
        let (mut next, mut tried, mut distinct) = (Vec::new(), 0u64, 0u64);
        for some in frontier.chunks(TOGETHER) {
            let grids: Vec<&[Grid]> = some.iter().map(|state| &state.grids[..]).collect();
            let verdicts = examiner.examine(&goals, &grids, depth == limits.depth)?;
            tried += verdicts.len() as u64;
            for (state, verdicts) in some.iter().zip(verdicts.chunks(LANGUAGE.len())) {
                for (number, verdict) in verdicts.iter().enumerate().filter(|(_, v)| v.applies) {
                    let is_new = depth == limits.depth || seen.insert(verdict.hash);
                    distinct += u64::from(is_new);
                    let goes_on = is_new && depth < limits.depth && next.len() < limits.states;
                    found.is_cut |= is_new && depth < limits.depth && !goes_on;
                    if !(goes_on || is_new && verdict.fits) {
                        continue;
                    }
                    let given = state.grids.iter().map(|g| (LANGUAGE[number].apply)(g));
                    let Some(grids) = given.collect::<Option<Vec<Grid>>>() else { continue };
                    let program: Vec<usize> = state.program.iter().copied().chain([number]).collect();
                    if verdict.fits {
                        note(&mut guesses, &goals, &grids, &program);
                    }
                    if goes_on {
                        next.push(State { grids, program });
                    }
                }
            }
        }
        found.tried.push(tried);
        if depth < limits.depth {
            found.distinct.push(distinct);
        }
        frontier = next;
    }
    guesses.sort_by_key(|(depth, recolours, _)| (*depth, *recolours));
    for (_, _, guess) in guesses {
        if found.guesses.len() < GUESSES && found.guesses.iter().all(|g| g.outputs != guess.outputs) {
            found.guesses.push(guess);
        }
    }
    Ok(found)
}

fn hash(grids: &[Grid]) -> u64 {
    hash_of(grids.iter().map(Grid::hash))
}

/// The hash of several grids, from their own.
pub fn hash_of(grids: impl Iterator<Item = u64>) -> u64 {
    grids.fold(0, |h: u64, g| (h.rotate_left(23) ^ g).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Whether a grid is a goal, or could be with other colours.
fn may_be(grid: &Grid, goal: &Grid) -> bool {
    (grid.height, grid.width) == (goal.height, goal.width) && Exchange::default().learns(grid, goal)
}

/// Which colour becomes which.
#[derive(Debug, Clone, Copy, Default)]
struct Exchange {
    to: [Option<u8>; 16],
}

impl Exchange {
    /// Takes on what a pair shows; whether it agrees with what is known.
    fn learns(&mut self, grid: &Grid, goal: &Grid) -> bool {
        let alike = (grid.height, grid.width) == (goal.height, goal.width);
        alike && grid.cells.iter().zip(&goal.cells).all(|(from, to)| *self.to[usize::from(*from)].get_or_insert(*to) == *to)
    }

    /// A grid with its colours exchanged: those that no pair shows stay, but marks are no colours.
    fn apply(&self, grid: &Grid) -> Option<Grid> {
        let known = grid.cells.iter().all(|c| *c < MARK || self.to[usize::from(*c)].is_some());
        if known { grid.map(|_, _, c| self.to[usize::from(c)].unwrap_or(c)) } else { None }
    }

    fn changes_nothing(&self) -> bool {
        (0..16u8).all(|c| self.to[usize::from(c)].is_none_or(|to| to == c))
    }
}

/// Notes a program's prediction, if it reproduces all pairs.
fn note(guesses: &mut Vec<(usize, bool, Guess)>, goals: &[Grid], grids: &[Grid], program: &[usize]) {
    let mut exchange = Exchange::default();
    if !goals.iter().zip(grids).all(|(goal, grid)| exchange.learns(grid, goal)) {
        return;
    }
    let outputs: Option<Vec<Grid>> = grids[goals.len()..].iter().map(|g| exchange.apply(g)).collect();
    if let Some(outputs) = outputs {
        let recolours = !exchange.changes_nothing();
        guesses.push((program.len(), recolours, Guess { program: program.to_vec(), recolours, outputs }));
    }
}
