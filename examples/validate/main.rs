//! Validates spikewatt against independent simulators and exact solutions, and prints the tables of `docs/validation.md`.
//!
//! `cargo run --release --example validate -- [--write] [neurons] [networks] [microcircuit]`: all of them unless some are named; `--write`
//! puts them into the document. Exit code 1 if anything is further from its reference than it may be. Takes some minutes and 2 GB.

mod cases;
mod microcircuit;
mod network_table;
mod networks;
mod neurons;

use std::process::ExitCode;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validation.md");

type Section = fn() -> (String, Vec<String>);
const SECTIONS: [(&str, Section); 3] =
    [("neurons", neurons::section), ("networks", network_table::section), ("microcircuit", microcircuit::section)];

/// Replaces what stands between two marks.
fn replace(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let from = document.find(&begin)? + begin.len();
    let to = from + document[from..].find(&end)?;
    Some(format!("{}{text}{}", &document[..from], &document[to..]))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let write = arguments.iter().any(|a| a == "--write");
    let named: Vec<&String> = arguments.iter().filter(|a| *a != "--write").collect();
    if let Some(unknown) = named.iter().find(|a| !SECTIONS.iter().any(|(name, _)| a.as_str() == *name)) {
        eprintln!("validate: there is no section {unknown}; there are neurons, networks, microcircuit, and --write");
        return ExitCode::from(2);
    }
    let mut failures = Vec::new();
    for (name, section) in SECTIONS.iter().filter(|(name, _)| named.is_empty() || named.iter().any(|a| a.as_str() == *name)) {
        let (text, wrong) = section();
        println!("{text}");
        failures.extend(wrong);
        if write {
            let document = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
            let written = replace(&document, name, &text).map(|changed| std::fs::write(DOCUMENT, changed));
            if !matches!(written, Some(Ok(()))) {
                eprintln!("validate: {DOCUMENT} has no place for {name}, or cannot be written");
                return ExitCode::from(2);
            }
        }
    }
    for failure in &failures {
        eprintln!("NOT AS IT MUST BE: {failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
