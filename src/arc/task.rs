//! Tasks of ARC (Chollet 2019, arXiv:1911.01547) as files: pairs of grids that show a rule, and grids to apply it to.

use std::path::Path;

use serde::Deserialize;

use super::grid::{COLOURS, Grid, SIDE};
use crate::error::{Error, Result};

/// Most pairs of a task.
const PAIRS: usize = 64;

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name: that of its file.
    pub name: String,
    /// Pairs that show the rule: before and after.
    pub train: Vec<(Grid, Grid)>,
    /// Grids to apply it to.
    pub tests: Vec<Grid>,
    /// What that should give; kept apart, and asked for only when guesses are marked. Nothing where the file does not tell.
    pub answers: Vec<Option<Grid>>,
}

#[derive(Deserialize)]
struct File {
    train: Vec<Pair>,
    test: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    input: Vec<Vec<i64>>,
    output: Option<Vec<Vec<i64>>>,
}

fn grid(rows: &[Vec<i64>], what: &str) -> std::result::Result<Grid, String> {
    let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    if height == 0 || width == 0 {
        return Err(format!("{what} is empty; a grid has at least one cell"));
    }
    if height > SIDE || width > SIDE {
        return Err(format!("{what} has {height} x {width} cells; a grid has at most {SIDE} x {SIDE}"));
    }
    if let Some(row) = rows.iter().position(|row| row.len() != width) {
        return Err(format!(
            "{what}: row {} has {} cells and the first one {width}; all rows are equally long",
            row + 1,
            rows[row].len()
        ));
    }
    if let Some(colour) = rows.iter().flatten().find(|c| !(0..i64::from(COLOURS)).contains(*c)) {
        return Err(format!("{what} has the colour {colour}; colours are 0 to {}", COLOURS - 1));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Grid::from(height, width, |y, x| rows[y][x] as u8).ok_or_else(|| format!("{what} is no grid"))
}

impl Task {
    /// Reads a task from its text.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn parse(name: &str, text: &str) -> std::result::Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|e| format!("this is no task of ARC ({e})"))?;
        if file.train.is_empty() || file.test.is_empty() {
            return Err("a task needs at least one pair in `train` and one in `test`".into());
        }
        if file.train.len() + file.test.len() > PAIRS {
            return Err(format!("a task has at most {PAIRS} pairs, not {}", file.train.len() + file.test.len()));
        }
        let mut train = Vec::new();
        for (i, pair) in (1..).zip(&file.train) {
            let output = pair.output.as_ref().ok_or_else(|| format!("pair {i} of `train` has no `output`"))?;
            train
                .push((grid(&pair.input, &format!("the input of pair {i}"))?, grid(output, &format!("the output of pair {i}"))?));
        }
        let (mut tests, mut answers) = (Vec::new(), Vec::new());
        for (i, pair) in (1..).zip(&file.test) {
            tests.push(grid(&pair.input, &format!("the input of test {i}"))?);
            answers.push(pair.output.as_ref().map(|o| grid(o, &format!("the output of test {i}"))).transpose()?);
        }
        Ok(Self { name: name.to_owned(), train, tests, answers })
    }

    /// Tasks of this project's own making.
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn own() -> Vec<Self> {
        let all: std::collections::BTreeMap<String, serde_json::Value> =
            serde_json::from_str(include_str!("../../assets/arc/tasks.json")).expect("assets/arc/tasks.json is valid");
        all.iter().map(|(name, task)| Self::parse(name, &task.to_string()).expect("a task")).collect()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`] with the reason.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |reason: String| Error::File { path: path.to_owned(), reason };
        let text = crate::files::read_text(path).map_err(|e| failed(format!("the task cannot be read ({e})")))?;
        let name = path.file_stem().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        Self::parse(&name, &text).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dozen_tasks_are_at_hand() {
        let own = Task::own();
        assert!(own.len() == 12 && own.iter().all(|t| t.train.len() >= 2 && t.answers.iter().all(Option::is_some)));
    }

    #[test]
    fn what_is_no_task_is_refused_in_words() {
        let pair = |input: &str, output: &str| format!("{{\"input\": {input}, \"output\": {output}}}");
        let task = |train: &str, test: &str| format!("{{\"train\": [{train}], \"test\": [{test}]}}");
        let good = pair("[[1, 0]]", "[[0, 1]]");
        let parsed = Task::parse("t", &task(&good, "{\"input\": [[1]]}")).expect("a task");
        assert_eq!((parsed.train.len(), parsed.tests.len(), &parsed.answers[..]), (1, 1, &[None][..]));
        let wide = format!("[[{}]]", vec!["0"; 31].join(","));
        for (text, words) in [
            ("{}".to_owned(), "no task of ARC"),
            (task("", &good), "at least one pair"),
            (task(&good, ""), "at least one pair"),
            (task("{\"input\": [[1]]}", &good), "pair 1 of `train` has no `output`"),
            (task(&pair(&wide, "[[0]]"), &good), "1 x 31 cells"),
            (task(&pair("[[10]]", "[[0]]"), &good), "the colour 10"),
            (task(&pair("[[-1]]", "[[0]]"), &good), "the colour -1"),
            (task(&pair("[[1, 2], [3]]", "[[0]]"), &good), "row 2 has 1 cells"),
            (task(&pair("[]", "[[0]]"), &good), "is empty"),
            (task(&good, &pair("[[1]]", "[[]]")), "the output of test 1 is empty"),
        ] {
            let why = Task::parse("t", &text).expect_err(&text);
            assert!(why.contains(words), "{text}: {why}");
        }
    }
}
