//! A table of words.

use serde::Serialize;

use crate::error::{Error, Result};

/// A table of words; the first column names the row, the others are aligned like numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// What the table tells.
    pub caption: String,
    /// A word for every column.
    pub head: Vec<String>,
    /// Rows of as many words.
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    /// An empty table.
    pub fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        Self { caption: caption.into(), head: head.iter().map(|&h| h.to_owned()).collect(), rows: Vec::new() }
    }

    /// One more row.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// As CSV, with the head above.
    ///
    /// # Errors
    /// [`Error::Internal`] if it cannot be written to memory.
    pub fn csv(&self) -> Result<String> {
        let failed = |e: String| Error::Internal(format!("rows of CSV: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.head).chain(&self.rows) {
            writer.write_record(row.iter().map(|word| no_formula(word))).map_err(|e| failed(e.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
        String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
    }

    /// As Markdown, columns aligned for those who read it as it stands.
    pub fn markdown(&self) -> String {
        let clean = |word: &String| word.replace('|', "\\|").replace('<', "&lt;").replace(char::is_control, " ");
        let all: Vec<Vec<String>> =
            std::iter::once(&self.head).chain(&self.rows).map(|r| r.iter().map(clean).collect()).collect();
        let width = |i: usize| all.iter().filter_map(|r| r.get(i)).map(|w| w.chars().count()).max().unwrap_or(0).max(3);
        let mut text = String::new();
        for (number, row) in all.iter().enumerate() {
            for (i, word) in row.iter().enumerate() {
                let fill = " ".repeat(width(i) - word.chars().count());
                text += &if i == 0 { format!("| {word}{fill} ") } else { format!("| {fill}{word} ") };
            }
            text += "|\n";
            if number == 0 {
                for i in 0..row.len() {
                    text += &if i == 0 { format!("|:{} ", "-".repeat(width(i))) } else { format!("| {}:", "-".repeat(width(i))) };
                }
                text += "|\n";
            }
        }
        text
    }
}

/// A word as a spreadsheet shall show it: what it would take for a formula is quoted (numbers are none).
fn no_formula(word: &str) -> String {
    let formula = word.starts_with(['=', '+', '-', '@', '\t', '\r']) && word.len() > 1 && word.parse::<f64>().is_err();
    if formula { format!("'{word}") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_aligned_and_breaks_nowhere() {
        let mut rows = Rows::new("", &["who", "RTF"]);
        rows.push(["a | b".to_owned(), "1.5".to_owned()]);
        assert_eq!(rows.markdown(), "| who    | RTF |\n|:------ | ---:|\n| a \\| b | 1.5 |\n");
    }
}
