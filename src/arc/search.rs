//! The search: all sequences of transformations up to a depth, without those that come to what a shorter or earlier one came to. A program that
//! reproduces all pairs, if need be with colours exchanged as the pairs show, predicts the tests. Answers are never looked at.

use std::collections::HashSet;

use super::grid::{Grid, MARK};
use super::language::LANGUAGE;
use super::task::Task;

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

struct State {
    grids: Vec<Grid>,
    program: Vec<usize>,
}

/// Searches for programs of a task.
pub fn search(task: &Task, limits: Limits) -> Found {
    let inputs: Vec<Grid> = task.train.iter().map(|p| p.0.clone()).chain(task.tests.iter().cloned()).collect();
    let goals: Vec<&Grid> = task.train.iter().map(|p| &p.1).collect();
    let mut found = Found { tried: vec![1], distinct: vec![1], ..Found::default() };
    let mut seen: HashSet<u64> = HashSet::from([hash(&inputs)]);
    let start = State { grids: inputs, program: Vec::new() };
    let mut guesses: Vec<(usize, bool, Guess)> = Vec::new();
    note(&mut guesses, &goals, &start.grids, &start.program);
    let mut frontier = vec![start];
    for depth in 1..=limits.depth {
        let (mut next, mut tried, mut distinct) = (Vec::new(), 0u64, 0u64);
        for state in &frontier {
            for (number, transformation) in LANGUAGE.iter().enumerate() {
                tried += 1;
                let Some(first) = (transformation.apply)(&state.grids[0]) else { continue };
                // The last transformation has to fit the first pair, or the others need not be asked.
                if depth == limits.depth && !may_be(&first, goals[0]) {
                    continue;
                }
                let others = state.grids[1..].iter().map(|g| (transformation.apply)(g));
                let Some(grids) = std::iter::once(Some(first)).chain(others).collect::<Option<Vec<Grid>>>() else { continue };
                if depth < limits.depth && !seen.insert(hash(&grids)) {
                    continue;
                }
                distinct += 1;
                let program: Vec<usize> = state.program.iter().copied().chain([number]).collect();
                note(&mut guesses, &goals, &grids, &program);
                if depth < limits.depth {
                    if next.len() < limits.states {
                        next.push(State { grids, program });
                    } else {
                        found.is_cut = true;
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
    found
}

fn hash(grids: &[Grid]) -> u64 {
    grids.iter().fold(0, |h: u64, g| (h.rotate_left(23) ^ g.hash()).wrapping_mul(0x9E37_79B9_7F4A_7C15))
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
fn note(guesses: &mut Vec<(usize, bool, Guess)>, goals: &[&Grid], grids: &[Grid], program: &[usize]) {
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
