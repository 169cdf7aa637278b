//! The built-in scenarios, embedded in the binary, and scenario files.

use std::path::Path;

use super::parse::read;
use super::reader::{Source, nearest};
use super::{Scenario, parse};
use crate::error::{Error, Result};

/// A built-in scenario, or a variant of one.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name on the command line.
    pub name: &'static str,
    text: &'static str,
    variant: Option<&'static str>,
}

const MEMBRANE: &str = include_str!("../../assets/scenarios/membrane.toml");
const BRUNEL: &str = include_str!("../../assets/scenarios/brunel.toml");
const MICROCIRCUIT: &str = include_str!("../../assets/scenarios/microcircuit.toml");

const SHEET: &str = include_str!("../../assets/scenarios/sheet.toml");
const CUBA: &str = include_str!("../../assets/scenarios/cuba.toml");

const COBA: &str = include_str!("../../assets/scenarios/coba.toml");
const COBAHH: &str = include_str!("../../assets/scenarios/cobahh.toml");
const IZHIKEVICH: &str = include_str!("../../assets/scenarios/izhikevich.toml");

const CELEGANS: &str = include_str!("../../assets/scenarios/celegans.toml");

const CATALOG: [Entry; 14] = [
    Entry { name: "membrane", text: MEMBRANE, variant: None },
    Entry { name: "brunel", text: BRUNEL, variant: None },
    Entry { name: "brunel:ai", text: BRUNEL, variant: Some("ai") },
    Entry { name: "brunel:sr", text: BRUNEL, variant: Some("sr") },
    Entry { name: "brunel:si-fast", text: BRUNEL, variant: Some("si-fast") },
    Entry { name: "brunel:si-slow", text: BRUNEL, variant: Some("si-slow") },
    Entry { name: "microcircuit", text: MICROCIRCUIT, variant: None },
    Entry { name: "microcircuit:dc", text: MICROCIRCUIT, variant: Some("dc") },
    Entry { name: "sheet", text: SHEET, variant: None },
    Entry { name: "cuba", text: CUBA, variant: None },
    Entry { name: "coba", text: COBA, variant: None },
    Entry { name: "cobahh", text: COBAHH, variant: None },
    Entry { name: "izhikevich", text: IZHIKEVICH, variant: None },
    Entry { name: "celegans", text: CELEGANS, variant: None },
];

impl Entry {
    /// Parses the entry.
    ///
    /// # Errors
    /// Never for a released binary; a test parses them all.
    pub fn scenario(&self) -> Result<Scenario> {
        read(Source { file: self.name, text: self.text, built_in: true }, self.variant)
    }
}

/// The built-in scenarios in the order `spikewatt list` shows them.
pub fn catalog() -> &'static [Entry] {
    &CATALOG
}

/// Loads a scenario by built-in name (`microcircuit`, `microcircuit:dc`) or by file name (ends in `.toml`, or contains a path
/// separator; a variant may follow after a colon).
///
/// # Errors
/// [`Error::Input`] for an unknown name, [`Error::File`] for an unreadable file, [`Error::Scenario`] for its content.
pub fn load(name: &str) -> Result<Scenario> {
    if let Some(entry) = CATALOG.iter().find(|e| e.name == name) {
        return entry.scenario();
    }
    let (file, variant) = match name.rsplit_once(':') {
        Some((file, variant)) if file.ends_with(".toml") => (file, Some(variant)),
        _ => (name, None),
    };
    if file.ends_with(".toml") || file.contains('/') || file.contains('\\') {
        let text = crate::files::read_text(Path::new(file)).map_err(|e| Error::File {
            path: file.into(),
            reason: match e.kind() {
                std::io::ErrorKind::NotFound => "no such scenario file; check the path".to_owned(),
                std::io::ErrorKind::InvalidData => "the file is not UTF-8 text; save it as UTF-8".to_owned(),
                _ => format!("cannot read the scenario file ({e})"),
            },
        })?;
        return parse(file, &text, variant);
    }
    let names: Vec<&str> = CATALOG.iter().map(|e| e.name).collect();
    let hint = nearest(name, &names).map_or(String::new(), |n| format!(" (did you mean \"{n}\"?)"));
    Err(Error::Input(format!("unknown scenario \"{name}\"{hint}; there are: {}; a file must end in .toml", names.join(", "))))
}
