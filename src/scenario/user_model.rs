//! The file of a user's neuron model: its header to a description, its text to a model.

use std::path::Path;
use std::sync::Arc;

use toml::de::DeTable;

use super::reader::{Allowed, Files, Source, Table};
use crate::error::{Error, Result};
use crate::neuron::user::{Description, UserModel};
use crate::neuron::{Model, ParameterRange, WeightUnit};

/// Most state variables, and most parameters.
const MOST: usize = 24;

/// Reads a model's file.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Scenario`] with the line of a header that is wrong, [`Error::Model`] with line and
/// column of a step that does not compile.
pub(super) fn read(path: &Path) -> Result<Model> {
    let file = path.display().to_string();
    let text = crate::files::read_text(path).map_err(|e| Error::File {
        path: path.to_owned(),
        reason: match e.kind() {
            std::io::ErrorKind::NotFound => "no such neuron model; its place counts from the scenario file".to_owned(),
            _ => e.to_string(),
        },
    })?;
    let description = header(&file, &text)?;
    UserModel::new(&file, &text, &description).map(|model| Model::User(Arc::new(model))).map_err(|fault| Error::Model {
        file,
        line: fault.line,
        column: fault.column,
        message: fault.message,
    })
}

/// The description in the comment with which a model's file begins.
fn header(file: &str, text: &str) -> Result<Description> {
    let missing = || {
        Source { file, text, files: Files::Beside }.error(
        0..0,
        "a neuron model begins with a comment, /* ... */, that holds its name, variables and parameters as TOML; see docs/models.md",
    )
    };
    let begin = text.len() - text.trim_start().len();
    let inner = text[begin..].strip_prefix("/*").ok_or_else(missing)?;
    let toml = &inner[..inner.find("*/").ok_or_else(missing)?];
    // As many lines before it as in the file, so that messages count right.
    let padded = "\n".repeat(text[..begin].matches('\n').count()) + toml;
    let source = Source { file, text: &padded, files: Files::Beside };
    let root = DeTable::parse(&padded).map_err(|e| source.error(e.span().unwrap_or(0..0), e.message().replace('\n', ", ")))?;
    let t = Table::new(source, root.get_ref(), 0..0, "the header of the model");
    let name = identifier(&t, "name")?;
    let _ = (t.text("title")?, t.text("citation")?);
    let given = t.required_text("weight_unit")?;
    let Some(weight_unit) = WeightUnit::ALL.into_iter().find(|unit| unit.key() == given) else {
        return Err(t.error_at("weight_unit", "`weight_unit` must be \"mv\", \"pa\" or \"ns\""));
    };
    let mut taken: Vec<String> = ["dt_ms", "substeps"].map(str::to_owned).to_vec();
    let mut new_name = |t: &Table<'_>| {
        let name = identifier(t, "name")?;
        if taken.contains(&name) {
            return Err(t.error_at("name", format!("`{name}` is taken already; choose another name")));
        }
        taken.push(name.clone());
        Ok(name)
    };
    let mut variables = Vec::new();
    for v in t.tables("variable", "[[variable]]")? {
        let initial = v.number("initial", Allowed::Any)?.unwrap_or(0.0);
        variables.push((new_name(&v)?, initial));
        v.finish()?;
    }
    let mut parameters = Vec::new();
    for p in t.tables("parameter", "[[parameter]]")? {
        let name = new_name(&p)?;
        let range = match p.text("range")?.unwrap_or("any") {
            "any" => ParameterRange::Any,
            "positive" => ParameterRange::Positive,
            "not_negative" => ParameterRange::NotNegative,
            _ => return Err(p.error_at("range", "`range` must be \"any\", \"positive\" or \"not_negative\"")),
        };
        let default = p.number("default", Allowed::Any)?;
        if default.is_some_and(|x| !range.holds(x)) {
            return Err(p.error_at("default", "the default lies outside of the parameter's range"));
        }
        p.finish()?;
        parameters.push((name, range, default));
    }
    t.finish()?;
    if variables.is_empty() {
        return Err(t.error("a model needs at least one [[variable]]; the first one is the membrane potential in mV"));
    }
    if variables.len().max(parameters.len()) > MOST {
        return Err(t.error(format!("a model has at most {MOST} variables and {MOST} parameters")));
    }
    Ok(Description { name, weight_unit, variables, parameters })
}

/// A name that can stand in WGSL.
fn identifier(t: &Table<'_>, key: &str) -> Result<String> {
    let name = t.required_text(key)?;
    let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.contains("__");
    if !well_formed {
        return Err(t.error_at(key, format!("\"{name}\" must be small letters, digits and single `_`, with a letter first")));
    }
    Ok(name.to_owned())
}
