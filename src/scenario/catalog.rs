//! The built-in scenarios, embedded in the binary, and scenario files.

use std::path::Path;

use super::parse::read;
use super::reader::{Files, Source, nearest};
use super::{Scenario, parse};
use crate::error::{Error, Result};
use crate::message;
use crate::message::Term;

/// A built-in scenario, or a variant of one.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name on the command line.
    pub name: &'static str,
    text: &'static str,
    variant: Option<&'static str>,
    /// What it needs besides the program.
    pub data: Option<Data>,
}

const MEMBRANE: &str = include_str!("../../assets/scenarios/membrane.toml");
const BRUNEL: &str = include_str!("../../assets/scenarios/brunel.toml");
const MICROCIRCUIT: &str = include_str!("../../assets/scenarios/microcircuit.toml");

const COFFEE: &str = include_str!("../../assets/scenarios/coffee.toml");
const SHEET: &str = include_str!("../../assets/scenarios/sheet.toml");
const CUBA: &str = include_str!("../../assets/scenarios/cuba.toml");

const COBA: &str = include_str!("../../assets/scenarios/coba.toml");
const COBAHH: &str = include_str!("../../assets/scenarios/cobahh.toml");
const IZHIKEVICH: &str = include_str!("../../assets/scenarios/izhikevich.toml");

const CELEGANS: &str = include_str!("../../assets/scenarios/celegans.toml");

const LARVA: &str = include_str!("../../assets/scenarios/larva.toml");
const FLY: &str = include_str!("../../assets/scenarios/fly.toml");
const FLY_SHAM: &str = include_str!("../../assets/scenarios/fly_sham.toml");

/// A scenario that needs nothing but the program.
const fn whole(name: &'static str, text: &'static str, variant: Option<&'static str>) -> Entry {
    Entry { name, text, variant, data: None }
}

const CATALOG: [Entry; 18] = [
    whole("membrane", MEMBRANE, None),
    whole("brunel", BRUNEL, None),
    whole("brunel:ai", BRUNEL, Some("ai")),
    whole("brunel:sr", BRUNEL, Some("sr")),
    whole("brunel:si-fast", BRUNEL, Some("si-fast")),
    whole("brunel:si-slow", BRUNEL, Some("si-slow")),
    whole("microcircuit", MICROCIRCUIT, None),
    whole("microcircuit:dc", MICROCIRCUIT, Some("dc")),
    whole("sheet", SHEET, None),
    whole("coffee", COFFEE, None),
    whole("cuba", CUBA, None),
    whole("coba", COBA, None),
    whole("cobahh", COBAHH, None),
    whole("izhikevich", IZHIKEVICH, None),
    whole("celegans", CELEGANS, None),
    whole("larva", LARVA, None),
    whole("fly:sham", FLY_SHAM, None),
    Entry { name: "fly", text: FLY, variant: None, data: Some(FLY_DATA) },
];

/// What the fly needs, and where it is.
const FLY_DATA: Data = Data {
    files: &["Connectivity_783.parquet", "Completeness_783.csv"],
    from: "github.com/philshiu/Drosophila_brain_model (MIT licence, 97 MB and 3 MB)",
};

/// Data that a scenario needs and the program does not hold.
#[derive(Debug, Clone, Copy)]
pub struct Data {
    /// The files.
    pub files: &'static [&'static str],
    /// Where they can be had.
    pub from: &'static str,
}

impl Entry {
    /// Parses the entry; `data` is the folder of what it needs.
    ///
    /// # Errors
    /// [`Error::Asked`] where it needs data and they are not there; else never for a released binary: a test parses them all.
    pub fn scenario(&self, data: Option<&Path>) -> Result<Scenario> {
        let files = match (self.data, data) {
            (None, _) => Files::BuiltIn,
            (Some(needed), None) => return Err(needed.missing(self.name, None)),
            (Some(needed), Some(folder)) => {
                if needed.files.iter().any(|file| !folder.join(file).is_file()) {
                    return Err(needed.missing(self.name, Some(folder)));
                }
                Files::Folder(folder)
            }
        };
        let scenario = read(Source { file: self.name, text: self.text, files }, self.variant)?;
        // A variant may be a text of its own.
        Ok(Scenario { name: self.name.to_owned(), ..scenario })
    }

    /// What its text says first: a name and a title, without its data.
    ///
    /// # Errors
    /// Never for a released binary.
    pub fn title(&self) -> Result<(String, String)> {
        let text: toml::Table = self.text.parse().map_err(|e| Error::Internal(format!("{}: {e}", self.name)))?;
        let of = |key: &str| text.get(key).and_then(toml::Value::as_str).unwrap_or("").to_owned();
        Ok((of("title"), of("citation")))
    }
}

impl Data {
    /// The sentence where files are not there.
    fn missing(&self, name: &str, folder: Option<&Path>) -> Error {
        let files = self.files.join(" and ");
        let what = match folder {
            None => format!("{name} needs data that do not come with the program: "),
            Some(folder) => format!("{name} does not find all of its data in {}: ", folder.display()),
        };
        let how = format!("download {files} from {}, put them into one folder, and name it with ", self.from);
        Error::Asked(message!(what, how, Term::Data))
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
    load_with(name, None)
}

/// The same, with the folder of the data that some built-in scenarios need.
///
/// # Errors
/// Also [`Error::Asked`] where such data are not there.
pub fn load_with(name: &str, data: Option<&Path>) -> Result<Scenario> {
    if let Some(entry) = CATALOG.iter().find(|e| e.name == name) {
        return entry.scenario(data);
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
