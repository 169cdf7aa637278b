//! Claims about brains and machines, each with its arithmetic: formulas that are evaluated with the constants and their ranges, and conditions
//! that decide. Claims, formulas and sources stand in `assets/claims.toml`.
//!
//! ```
//! use spikewatt::brain::{Brain, claims::{Claims, Verdict}};
//!
//! # fn main() -> spikewatt::Result<()> {
//! let mut claims = Claims::of(&Brain::embedded())?;
//! let find = |claims: &Claims| claims.check().map(|all| all.into_iter().find(|c| c.name == "led-bulb").map(|c| c.verdict));
//! assert_eq!(find(&claims)?, Some(Verdict::HoldsOnlyIf));
//! claims.set("power_w", [20.0, 20.0, 20.0])?;
//! assert_eq!(find(&claims)?, Some(Verdict::DoesNotHold));
//! # Ok(())
//! # }
//! ```

mod formula;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::formula::{Formula, Space};
use super::{Brain, Derived};
use crate::error::{Error, Result};

const TEXT: &str = include_str!("../../../assets/claims.toml");

/// What names of measured figures begin with.
pub const MEASURED: &str = "here_";

/// A constant, or a measured figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// Default.
    pub value: f64,
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Unit; `%` for shares.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// Whether somebody has set it.
    pub is_set: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstantText {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    constants: BTreeMap<String, ConstantText>,
    #[serde(rename = "claim")]
    claims: Vec<ClaimText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimText {
    name: String,
    says: String,
    by: String,
    #[serde(default)]
    holds_if: Vec<[String; 3]>,
    only_if: Option<String>,
    why: String,
    #[serde(default)]
    steps: Vec<StepText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    of: String,
    formula: String,
    unit: String,
}

/// What becomes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Whatever the constants are within their ranges.
    Holds,
    /// For some of what the constants may be, or in one sense of its words.
    HoldsOnlyIf,
    /// For nothing the constants may be.
    DoesNotHold,
    /// Arithmetic does not decide it.
    NotDecidable,
}

impl Verdict {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::HoldsOnlyIf => "holds only if",
            Verdict::DoesNotHold => "does not hold",
            Verdict::NotDecidable => "not decidable",
        }
    }
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phrase {
    /// As it stands.
    Text(String),
    /// A figure in its unit.
    Figure(f64, String),
}

/// A line of arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What it is.
    pub of: String,
    /// How it is computed, of constants by name.
    pub formula: String,
    /// Unit; `%` for shares, `x` for multiples.
    pub unit: String,
    /// What it comes to; where the formula has no constant with a range, all are alike.
    pub comes_to: Derived,
}

/// A condition: two formulas, and how they must stand to each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// The first formula.
    pub left: String,
    /// `<`, `<=`, `>` or `>=`.
    pub relation: String,
    /// The second formula.
    pub right: String,
}

/// A claim, its arithmetic, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// What is claimed.
    pub says: String,
    /// Who claims it.
    pub by: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What must be added for it to hold; empty otherwise.
    pub only_if: Vec<Phrase>,
    /// In which part of the combinations that the constants allow it holds; null without conditions.
    pub holds_in: Option<f64>,
    /// Why.
    pub why: String,
    /// When it holds: all of these; none if arithmetic does not decide it.
    pub conditions: Vec<Condition>,
    /// The arithmetic.
    pub steps: Vec<Step>,
    /// The constants in all of it, with their sources.
    pub constants: BTreeMap<String, Known>,
}

/// All claims, with the constants they rest on.
#[derive(Debug, Clone)]
pub struct Claims {
    texts: std::sync::Arc<Vec<ClaimText>>,
    known: BTreeMap<String, Known>,
}

impl std::fmt::Debug for ClaimText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The unit of a constant of the brain, by the end of its name.
fn unit_of(name: &str) -> &'static str {
    let ends = [("_w", "W"), ("_hz", "Hz"), ("_seconds", "s"), ("_share", "%"), ("_extra", "%"), ("_j_per_bit", "J/bit")];
    ends.into_iter().find(|(end, _)| name.ends_with(end)).map_or("", |(_, unit)| unit)
}

impl Claims {
    /// The embedded claims with some constants of the brain.
    ///
    /// # Errors
    /// [`Error::Internal`] if the embedded text is not right, which a test excludes.
    pub fn of(brain: &Brain) -> Result<Self> {
        let file: File = toml::from_str(TEXT).map_err(|e| Error::Internal(format!("assets/claims.toml: {e}")))?;
        let own = file.constants.into_iter().map(|(name, c)| {
            let (low, high) = (c.low.unwrap_or(c.value), c.high.unwrap_or(c.value));
            (name, Known { value: c.value, low, high, unit: c.unit, source: c.source, is_set: false })
        });
        let of_brain = brain.all().map(|(name, r)| {
            let unit = unit_of(name).to_owned();
            (name.to_owned(), Known { value: r.value, low: r.low, high: r.high, unit, source: r.source.clone(), is_set: false })
        });
        Ok(Self { texts: file.claims.into(), known: own.chain(of_brain).collect() })
    }

    /// The constants, by name.
    pub fn constants(&self) -> &BTreeMap<String, Known> {
        &self.known
    }

    /// Sets a constant: low end, value, high end.
    ///
    /// # Errors
    /// [`Error::Input`] for a constant that is none, and for numbers that are not positive, or not in order.
    pub fn set(&mut self, name: &str, [low, value, high]: [f64; 3]) -> Result<()> {
        let names: Vec<String> = self.known.keys().filter(|n| !n.starts_with(MEASURED)).cloned().collect();
        let Some(known) = self.known.get_mut(name).filter(|_| !name.starts_with(MEASURED)) else {
            let near = names.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            let near =
                near.filter(|n| strsim::jaro_winkler(n, name) > 0.8).map_or(String::new(), |n| format!(" (did you mean {n}?)"));
            return Err(Error::Input(format!("\"{name}\" is no constant{near}; there are: {}", names.join(", "))));
        };
        if !(low > 0.0 && low <= value && value <= high && high.is_finite()) {
            return Err(Error::Input(format!("{name} must be a number above 0, or three in rising order: LOW:VALUE:HIGH")));
        }
        *known = Known { value, low, high, is_set: true, ..known.clone() };
        Ok(())
    }

    /// Adds a measured figure; its name begins with [`MEASURED`].
    pub fn measured(&mut self, name: &str, value: f64, unit: &str, source: &str) {
        let known = Known { value, low: value, high: value, unit: unit.to_owned(), source: source.to_owned(), is_set: false };
        self.known.insert(name.to_owned(), known);
    }

    /// Works all of them out.
    ///
    /// # Errors
    /// [`Error::Internal`] if a formula is not right, which a test excludes.
    pub fn check(&self) -> Result<Vec<Claim>> {
        self.texts.iter().map(|text| self.worked_out(text)).collect()
    }

    /// The constants of some formulas, if all are known.
    fn space<'a>(&'a self, formulas: &[&'a Formula]) -> Result<Option<Space<'a>>> {
        let mut names: Vec<&str> = formulas.iter().flat_map(|f| f.names()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = Vec::new();
        for name in names {
            match self.known.get(name) {
                Some(known) => all.push((name, known)),
                None if name.starts_with(MEASURED) => return Ok(None),
                None => return Err(Error::Internal(format!("no constant of the claims is called {name}"))),
            }
        }
        Ok(Some(Space::new(all)))
    }

    fn worked_out(&self, text: &ClaimText) -> Result<Claim> {
        let mut constants = BTreeMap::new();
        let mut keep = |formula: &Formula| {
            constants.extend(formula.names().iter().filter_map(|n| Some((n.clone(), self.known.get(n)?.clone()))));
        };
        let mut steps = Vec::new();
        for step in &text.steps {
            let formula = Formula::parse(&step.formula)?;
            // What was not measured is left out.
            if let Some(space) = self.space(&[&formula])? {
                keep(&formula);
                let comes_to = space.derived(&formula)?;
                steps.push(Step { of: step.of.clone(), formula: step.formula.clone(), unit: step.unit.clone(), comes_to });
            }
        }
        let sides = |c: &[String; 3]| Ok((Formula::parse(&c[0])?, Formula::parse(&c[2])?, relation(&c[1])?));
        let conditions = text.holds_if.iter().map(sides).collect::<Result<Vec<_>>>()?;
        let formulas: Vec<&Formula> = conditions.iter().flat_map(|(a, b, _)| [a, b]).collect();
        let space = if conditions.is_empty() { None } else { self.space(&formulas)? };
        let holds_in = match &space {
            None => None,
            Some(space) => Some(space.share(|at| {
                for (left, right, relation) in &conditions {
                    if !relation(left.value(at)?, right.value(at)?) {
                        return Ok(false);
                    }
                }
                Ok(true)
            })?),
        };
        formulas.iter().for_each(|f| keep(f));
        let verdict = match holds_in {
            None => Verdict::NotDecidable,
            Some(share) if share >= 1.0 => Verdict::Holds,
            Some(share) if share <= 0.0 => Verdict::DoesNotHold,
            Some(_) => Verdict::HoldsOnlyIf,
        };
        let only_if = match (verdict, &text.only_if) {
            (Verdict::HoldsOnlyIf, Some(words)) => self.phrases(words)?,
            (Verdict::HoldsOnlyIf, None) => vec![Phrase::Text("the constants are at that end of their ranges".into())],
            _ => Vec::new(),
        };
        let condition = |c: &[String; 3]| Condition { left: c[0].clone(), relation: c[1].clone(), right: c[2].clone() };
        Ok(Claim {
            name: text.name.clone(),
            says: text.says.clone(),
            by: text.by.clone(),
            verdict,
            only_if,
            holds_in,
            why: text.why.clone(),
            conditions: text.holds_if.iter().map(condition).collect(),
            steps,
            constants,
        })
    }

    /// A sentence with formulas in braces, `{formula|unit}`, worked out with the defaults.
    fn phrases(&self, words: &str) -> Result<Vec<Phrase>> {
        let mut phrases = Vec::new();
        for (i, piece) in words.split(['{', '}']).enumerate() {
            if i % 2 == 0 {
                phrases.push(Phrase::Text(piece.to_owned()));
                continue;
            }
            let (formula, unit) = piece.split_once('|').unwrap_or((piece, ""));
            let value = Formula::parse(formula)?.value(|name| self.known.get(name).map(|k| k.value))?;
            phrases.push(Phrase::Figure(value, unit.to_owned()));
        }
        phrases.retain(|p| *p != Phrase::Text(String::new()));
        Ok(phrases)
    }
}

fn relation(word: &str) -> Result<fn(f64, f64) -> bool> {
    match word {
        "<" => Ok(|a, b| a < b),
        "<=" => Ok(|a, b| a <= b),
        ">" => Ok(|a, b| a > b),
        ">=" => Ok(|a, b| a >= b),
        _ => Err(Error::Internal(format!("\"{word}\" is no relation of two formulas"))),
    }
}

#[cfg(test)]
mod tests;
