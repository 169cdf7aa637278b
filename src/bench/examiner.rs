//! Programs of ARC on an adapter: a workgroup applies a transformation to a grid (`shaders/arc/`), the host puts together what the
//! grids of a state have in common. Grids stay on the host, which follows the few programs that lead somewhere new by itself.

#![allow(clippy::cast_possible_truncation, reason = "sizes of grids, of tasks and of what is examined together are small")]

use crate::arc::{Examiner, Grid, LANGUAGE, OnCpu, Task, Verdict, hash_of};
use crate::engine::gpu::{Device, Kernel};
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;

/// Words of a grid (its size, then 900 cells, four in a word) and of what is told of one.
const WORDS: usize = 226;
const OUT_WORDS: usize = 5;
/// Grids that are examined together: few enough for a slow adapter's watchdog, and an output of 3 MB.
const TOGETHER: usize = 1024;

/// The language's files, one after the other.
const SHADER: &str = concat!(
    include_str!("../../shaders/arc/grid.wgsl"),
    include_str!("../../shaders/arc/objects.wgsl"),
    include_str!("../../shaders/arc/lines.wgsl"),
    include_str!("../../shaders/arc/cells.wgsl"),
    include_str!("../../shaders/arc/examine.wgsl")
);

/// An adapter that applies transformations.
#[derive(Debug)]
pub struct OnAdapter {
    kernel: Kernel,
}

/// The name of a transformation as the text knows it.
fn constant(name: &str) -> String {
    let words: Vec<String> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect();
    format!("T_{}", words.join("_"))
}

/// The text with the numbers of all transformations.
fn text() -> String {
    let constants: String = LANGUAGE.iter().enumerate().map(|(i, t)| format!("const {} = {i}u;\n", constant(t.name))).collect();
    constants + SHADER
}

fn write(grid: &Grid, into: &mut Vec<u32>) {
    let end = into.len() + WORDS;
    into.push(grid.head());
    into.extend(grid.words());
    into.resize(end, 0);
}

impl OnAdapter {
    /// Compiles the language for a device, and tries it on the program's own tasks.
    ///
    /// # Errors
    /// [`Error::Asked`] if the driver makes something else of the language than the CPU engine does, [`Error::Internal`] with the compiler's words.
    pub fn new(device: &Device) -> Result<Self> {
        let mut all = Self { kernel: Kernel::new(device, "examine", text())? };
        let tasks = Task::own();
        for task in &tasks {
            let (inputs, goals): (Vec<Grid>, Vec<Grid>) = task.train.iter().cloned().unzip();
            let states = [&inputs[..], &goals[..]];
            let (got, expected) = (all.examine(&goals, &states, false)?, OnCpu.examine(&goals, &states, false)?);
            if let Some(wrong) = got.iter().zip(&expected).position(|(a, b)| a != b) {
                let (name, what) = (&device.description.name, LANGUAGE[wrong % LANGUAGE.len()].name);
                return Err(Error::Asked(message!(
                    format!(
                        "{name} makes something else of \"{what}\" than the CPU engine does: its driver cannot be trusted with this; take "
                    ),
                    Term::CpuEngine,
                    ""
                )));
            }
        }
        Ok(all)
    }
}

impl Examiner for OnAdapter {
    fn examine(&mut self, goals: &[Grid], states: &[&[Grid]], is_last: bool) -> Result<Vec<Verdict>> {
        let each = states.first().map_or(1, |grids| grids.len());
        let mut wanted = Vec::new();
        goals.iter().for_each(|goal| write(goal, &mut wanted));
        let mut verdicts = Vec::with_capacity(states.len() * LANGUAGE.len());
        for some in states.chunks((TOGETHER / each).max(1)) {
            let mut words = Vec::with_capacity(some.len() * each * WORDS);
            some.iter().flat_map(|grids| grids.iter()).for_each(|grid| write(grid, &mut words));
            let grids = some.len() * each;
            let numbers = [each as u32, goals.len() as u32, LANGUAGE.len() as u32, 0];
            let out_words = grids * LANGUAGE.len() * OUT_WORDS;
            let told = self.kernel.run(numbers, [&words, &wanted], out_words as u64, [LANGUAGE.len() as u32, grids as u32])?;
            for state in told.chunks(each * LANGUAGE.len() * OUT_WORDS) {
                verdicts.extend((0..LANGUAGE.len()).map(|number| verdict(state, number, is_last)));
            }
        }
        Ok(verdicts)
    }
}

/// What is told of a state's grids under a transformation, taken together.
fn verdict(state: &[u32], number: usize, is_last: bool) -> Verdict {
    let of_grids = || state.chunks(LANGUAGE.len() * OUT_WORDS).map(|grid| &grid[number * OUT_WORDS..][..OUT_WORDS]);
    if of_grids().any(|told| told[0] & 1 == 0) {
        return Verdict::default();
    }
    let (mut fits, mut known, mut all) = (true, 0u32, [0u32; 2]);
    for told in of_grids() {
        let own = told[0] >> 16;
        let maps = [told[1], told[2]];
        // Colours that both know must become the same.
        let differ =
            (0..16).filter(|c| own & known & (1 << c) != 0).any(|c| (maps[c / 8] ^ all[c / 8]) >> (4 * (c % 8)) & 15 != 0);
        fits &= told[0] & 2 != 0 && !differ;
        (0..2).for_each(|i| all[i] |= maps[i]);
        known |= own;
    }
    let hash = if is_last { 0 } else { hash_of(of_grids().map(|told| u64::from(told[3]) << 32 | u64::from(told[4]))) };
    Verdict { applies: true, hash, fits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transformation_is_in_the_text() {
        let words: std::collections::HashSet<&str> = SHADER.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let missing: Vec<&str> =
            LANGUAGE.iter().map(|t| t.name).filter(|name| !words.contains(constant(name).as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let known: std::collections::HashSet<String> = LANGUAGE.iter().map(|t| constant(t.name)).collect();
        assert_eq!(known.len(), LANGUAGE.len(), "names that differ in their letters");
        assert!(words.iter().filter(|w| w.starts_with("T_")).all(|w| known.contains(*w)));
    }
}
