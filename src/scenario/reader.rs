//! Reads TOML tables key by key, so that every complaint can name the file, the line and what is allowed there.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::data_file::DataFile;
use super::{Distribution, embedded};
use crate::bounds;
use crate::error::{Error, Result};
use crate::grid::is_multiple;

/// A scenario text with its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// Where the files lie that it names.
    pub(super) files: Files<'a>,
}

/// Where files lie.
#[derive(Debug, Clone, Copy)]
pub(super) enum Files<'a> {
    /// Beside the text.
    Beside,
    /// In the program.
    BuiltIn,
    /// In a folder of the user's.
    Folder(&'a Path),
}

impl Source<'_> {
    /// Where a file lies that the text names, beside it.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        Path::new(self.file).parent().unwrap_or(Path::new("")).join(name)
    }

    /// A table that the text names; `what` it is, for messages.
    pub(super) fn table(&self, name: &str, what: &'static str) -> Result<DataFile> {
        match self.files {
            Files::Beside => DataFile::open(&self.beside(name), what),
            Files::BuiltIn => embedded::table(name, what),
            Files::Folder(folder) => DataFile::open(&folder.join(name), what),
        }
    }

    /// An error at a byte range of the text.
    pub(super) fn error(&self, at: Range<usize>, message: impl Into<String>) -> Error {
        let line = self.text[..at.start.min(self.text.len())].matches('\n').count() + 1;
        Error::Scenario { file: self.file.to_owned(), line, message: message.into() }
    }
}

/// Range a number must lie in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Allowed {
    Any,
    Positive,
    NotNegative,
    Probability,
}

impl Allowed {
    fn holds(self, x: f64) -> bool {
        match self {
            Allowed::Any => true,
            Allowed::Positive => x > 0.0,
            Allowed::NotNegative => x >= 0.0,
            Allowed::Probability => (0.0..=1.0).contains(&x),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Allowed::Any => "a finite number",
            Allowed::Positive => "a finite number above 0",
            Allowed::NotNegative => "a finite number of at least 0",
            Allowed::Probability => "a number from 0 to 1",
        }
    }
}

/// A table being read. Keys are remembered as they are asked for; [`Table::finish`] refuses the rest.
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    table: &'a DeTable<'a>,
    span: Range<usize>,
    what: String,
    asked: RefCell<Vec<String>>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, table: &'a DeTable<'a>, span: Range<usize>, what: impl Into<String>) -> Self {
        Self { source, table, span, what: what.into(), asked: RefCell::default() }
    }

    /// An error at this table's head.
    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        self.source.error(self.span.clone(), message)
    }

    /// An error at a key's value, or at the head if the key is absent.
    pub(super) fn error_at(&self, key: &str, message: impl Into<String>) -> Error {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.error(span, message)
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key.to_owned());
        self.table.get(key)
    }

    fn missing(&self, key: &str, allowed: &str) -> Error {
        self.error(format!("{} lacks the key `{key}`; give {allowed}", self.what))
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, allowed: &str) -> Error {
        let written = self.source.text[value.span()].trim();
        let written = if written.len() > 40 { "this value" } else { written };
        self.source.error(value.span(), format!("`{key}` in {} cannot be {written}; give {allowed}", self.what))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::String(s) => Ok(Some(s)),
                _ => Err(self.wrong(key, value, "a text in quotes")),
            },
        }
    }

    /// Whether a key has a text.
    pub(super) fn is_text(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::String(_)))
    }

    /// The file that a key names, by itself or in a table.
    pub(super) fn file_of(&self, key: &str) -> Option<&'a str> {
        let text = |value: &'a Spanned<DeValue<'a>>| value.get_ref().as_str();
        let value = self.table.get(key)?;
        match value.get_ref() {
            DeValue::Table(t) => t.get("file").and_then(text),
            _ => text(value),
        }
    }

    /// Whether a key has a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Table(_)))
    }

    /// A list of whole numbers of up to 64 bits, written as numbers or, beyond what TOML's numbers hold, in quotes.
    pub(super) fn required_wholes(&self, key: &str, allowed: &str) -> Result<Vec<u64>> {
        let value = self.get(key).ok_or_else(|| self.missing(key, allowed))?;
        let DeValue::Array(items) = value.get_ref() else { return Err(self.wrong(key, value, allowed)) };
        let whole = |item: &Spanned<DeValue<'_>>| {
            let read = match item.get_ref() {
                DeValue::Integer(i) => u64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok(),
                DeValue::String(s) => s.parse().ok(),
                _ => None,
            };
            read.ok_or_else(|| self.wrong(key, item, "in its list whole numbers from 0 on"))
        };
        items.iter().map(whole).collect()
    }

    /// Words of a table with the number each stands for.
    pub(super) fn words(&self, key: &str, allowed: Allowed) -> Result<Option<Vec<(String, f64)>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let DeValue::Table(t) = value.get_ref() else {
            return Err(self.wrong(key, value, "words with numbers: { ACH = 1, GABA = -1 }"));
        };
        let number = |(word, item): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            let read = as_number(item.get_ref()).filter(|x| x.is_finite() && allowed.holds(*x));
            let read = read.ok_or_else(|| self.wrong(key, item, &format!("for each word {}", allowed.words())));
            Ok((word.get_ref().clone().into_owned(), self.within_bounds(key, item, read?)?))
        };
        t.iter().map(number).collect::<Result<Vec<_>>>().map(Some)
    }

    pub(super) fn required_text(&self, key: &str) -> Result<&'a str> {
        self.text(key)?.ok_or_else(|| self.missing(key, "a text in quotes"))
    }

    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool> {
        match self.get(key) {
            None => Ok(default),
            Some(value) => match value.get_ref() {
                DeValue::Boolean(b) => Ok(*b),
                _ => Err(self.wrong(key, value, "true or false")),
            },
        }
    }

    pub(super) fn number(&self, key: &str, allowed: Allowed) -> Result<Option<f64>> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match as_number(value.get_ref()).filter(|x| x.is_finite() && allowed.holds(*x)) {
                None => Err(self.wrong(key, value, allowed.words())),
                Some(x) => self.within_bounds(key, value, x).map(Some),
            },
        }
    }

    /// Refuses a number beyond any use, which arithmetic further on could not hold.
    fn within_bounds(&self, key: &str, value: &Spanned<DeValue<'_>>, x: f64) -> Result<f64> {
        let most = if key.ends_with("_ms") { bounds::LONGEST_MS } else { bounds::LARGEST };
        match x.abs() > most {
            true => Err(self.wrong(key, value, &format!("a number of at most {most:e}"))),
            false => Ok(x),
        }
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, key: &str, allowed: Allowed) -> Result<Option<Vec<f64>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let DeValue::Array(items) = value.get_ref() else { return Err(self.wrong(key, value, "a list of numbers")) };
        let number = |item: &Spanned<DeValue<'_>>| {
            let read = as_number(item.get_ref()).filter(|x| x.is_finite() && allowed.holds(*x));
            let read = read.ok_or_else(|| self.wrong(key, item, &format!("in its list {}", allowed.words())));
            self.within_bounds(key, item, read?)
        };
        items.iter().map(number).collect::<Result<Vec<f64>>>().map(Some)
    }

    pub(super) fn required_number(&self, key: &str, allowed: Allowed) -> Result<f64> {
        self.number(key, allowed)?.ok_or_else(|| self.missing(key, allowed.words()))
    }

    pub(super) fn integer(&self, key: &str, range: Range<u64>) -> Result<Option<u64>> {
        let allowed = format!("a whole number from {} to {}", range.start, range.end - 1);
        match self.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Integer(i) => i64::from_str_radix(&i.as_str().replace('_', ""), i.radix())
                    .ok()
                    .and_then(|i| u64::try_from(i).ok())
                    .filter(|i| range.contains(i))
                    .map(Some)
                    .ok_or_else(|| self.wrong(key, value, &allowed)),
                _ => Err(self.wrong(key, value, &allowed)),
            },
        }
    }

    pub(super) fn required_integer(&self, key: &str, range: Range<u64>) -> Result<u64> {
        let allowed = format!("a whole number from {} to {}", range.start, range.end - 1);
        self.integer(key, range)?.ok_or_else(|| self.missing(key, &allowed))
    }

    pub(super) fn table(&self, key: &str, what: impl Into<String>) -> Result<Option<Table<'a>>> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Table(t) => Ok(Some(Table::new(self.source, t, value.span(), what))),
                _ => Err(self.wrong(key, value, "a table")),
            },
        }
    }

    /// The tables of an array of tables; none if the key is absent.
    pub(super) fn tables(&self, key: &str, what: &str) -> Result<Vec<Table<'a>>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.wrong(key, value, &format!("tables, each headed [[{key}]]")));
        };
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(t) => Ok(Table::new(self.source, t, item.span(), what)),
                _ => Err(self.wrong(key, item, &format!("tables, each headed [[{key}]]"))),
            })
            .collect()
    }

    /// A distribution: a number, or a table `{ distribution = "normal" | "uniform", .. }`.
    pub(super) fn distribution(&self, key: &str, allowed: Allowed) -> Result<Option<Distribution>> {
        Ok(self.linked_distribution(key, allowed, false)?.map(|(distribution, _)| distribution))
    }

    /// A distribution that may say `same_as = "key"`: it is drawn with the random number of another.
    pub(super) fn linked_distribution(
        &self,
        key: &str,
        allowed: Allowed,
        linked: bool,
    ) -> Result<Option<(Distribution, Option<String>)>> {
        const FORMS: &str = "a number, { distribution = \"normal\", mean = .., sd = .., min = .., max = .., outside = \"redraw\" | \"clip\" } { distribution = \"uniform\", min = .., max = .. } { distribution = \"power\", from = .., to = .., exponent = .. } or { distribution = \"lognormal\", median = .., sigma = .., min = .., max = .. }";
        let Some(value) = self.get(key) else { return Ok(None) };
        if as_number(value.get_ref()).is_some() {
            return self.number(key, allowed).map(|x| x.map(|x| (Distribution::Constant(x), None)));
        }
        let DeValue::Table(t) = value.get_ref() else { return Err(self.wrong(key, value, FORMS)) };
        let t = Table::new(self.source, t, value.span(), format!("`{key}` of {}", self.what));
        let distribution = match t.required_text("distribution")? {
            "normal" => {
                let (min, max) = (t.number("min", allowed)?, t.number("max", allowed)?);
                let mean = t.required_number("mean", Allowed::Any)?;
                let sd = t.required_number("sd", Allowed::Positive)?;
                let redraw = match t.text("outside")?.unwrap_or("redraw") {
                    "redraw" => true,
                    "clip" => false,
                    _ => return Err(t.error_at("outside", "`outside` must be \"redraw\" or \"clip\"")),
                };
                if min.zip(max).is_some_and(|(a, b)| a >= b) {
                    return Err(t.error("`min` must be below `max`"));
                }
                if redraw && (min.is_some_and(|m| m > mean + 6.0 * sd) || max.is_some_and(|m| m < mean - 6.0 * sd)) {
                    return Err(t.error(
                        "the bounds lie more than 6 sd from the mean, so redrawing would never end; move the bounds or the mean",
                    ));
                }
                Distribution::Normal { mean, sd, min, max, redraw }
            }
            "uniform" => {
                let (min, max) = (t.required_number("min", allowed)?, t.required_number("max", allowed)?);
                if min >= max {
                    return Err(t.error("`min` must be below `max`"));
                }
                Distribution::Uniform { min, max }
            }
            "power" => {
                let (from, to) = (t.required_number("from", allowed)?, t.required_number("to", allowed)?);
                let exponent = t.number("exponent", Allowed::Positive)?.unwrap_or(1.0);
                if from == to {
                    return Err(t.error("`from` and `to` must differ"));
                }
                Distribution::Power { from, to, exponent }
            }
            "lognormal" => {
                let (median, sigma) = (t.required_number("median", allowed)?, t.required_number("sigma", Allowed::Positive)?);
                let (min, max) = (t.number("min", allowed)?, t.number("max", allowed)?);
                if median == 0.0 || sigma > 3.0 {
                    return Err(t.error("`median` must not be 0, and `sigma` at most 3"));
                }
                if min.is_some_and(|m| m >= median) || max.is_some_and(|m| m <= median) {
                    return Err(t.error("`min` must be below `median`, and `max` above it"));
                }
                if [min, max].into_iter().flatten().any(|m| m * median < 0.0) {
                    return Err(t.error("`min` and `max` must have the sign of `median`, as all values have"));
                }
                Distribution::Lognormal { median, sigma, min, max }
            }
            other => return Err(t.error_at("distribution", format!("unknown distribution \"{other}\"; give {FORMS}"))),
        };
        let same_as = if linked { t.text("same_as")?.map(str::to_owned) } else { None };
        t.finish()?;
        Ok(Some((distribution, same_as)))
    }

    pub(super) fn required_distribution(&self, key: &str, allowed: Allowed) -> Result<Distribution> {
        self.distribution(key, allowed)?.ok_or_else(|| self.missing(key, "a number or a distribution"))
    }

    /// Refuses any key that was not asked for.
    pub(super) fn finish(&self) -> Result<()> {
        self.finish_knowing(|_| None)
    }

    /// The same; `elsewhere` tells where a key belongs that would be right in another place.
    pub(super) fn finish_knowing(&self, elsewhere: impl Fn(&str) -> Option<String>) -> Result<()> {
        let asked = self.asked.borrow();
        for (key, _) in self.table {
            let name = key.get_ref();
            if !asked.iter().any(|a| a == name.as_ref()) {
                let mut allowed: Vec<&str> = asked.iter().map(String::as_str).collect();
                allowed.sort_unstable();
                allowed.dedup();
                let allowed_words =
                    if allowed.is_empty() { "it has no keys".to_owned() } else { format!("allowed: {}", allowed.join(", ")) };
                let hint = match elsewhere(name) {
                    Some(place) => format!(", but {place}"),
                    None => nearest(name, &allowed).map_or(String::new(), |n| format!(" (did you mean `{n}`?)")),
                };
                let message = format!("unknown key `{name}` in {}{hint}; {allowed_words}", self.what);
                return Err(self.source.error(key.span(), message));
            }
        }
        Ok(())
    }
}

fn as_number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(f) => f.as_str().replace('_', "").parse().ok(),
        DeValue::Integer(i) => i64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok().map(|i| i as f64),
        _ => None,
    }
}

/// The candidate most like a word, if any is like it at all.
pub(super) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    candidates
        .iter()
        .map(|c| (strsim::jaro_winkler(word, c), *c))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// A time that lies on the grid of steps.
pub(super) fn grid_time(t: &Table<'_>, key: &str, dt_ms: f64, allowed: Allowed) -> Result<Option<f64>> {
    let Some(ms) = t.number(key, allowed)? else { return Ok(None) };
    if !is_multiple(ms, dt_ms) {
        return Err(t.error_at(key, format!("`{key}` = {ms} is not a multiple of dt_ms = {dt_ms}")));
    }
    Ok(Some(ms))
}
