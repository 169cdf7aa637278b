//! Reading a result file.

use std::path::Path;

use serde_json::Value;

use super::{Comparison, RunResult, SCHEMA_VERSION, versions};
use crate::error::{Error, Result};

/// Reads a result file of any version since the third.
///
/// # Errors
/// [`Error::File`] if it cannot be read or is no result.
pub fn read(path: &Path) -> Result<RunResult> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    let text = crate::files::read_text(path).map_err(|e| failed(format!("the result cannot be read ({e})")))?;
    from_json(&text).map_err(failed)
}

/// The same from a text.
///
/// # Errors
/// What is wrong with it, as a sentence without a place.
pub fn from_json(text: &str) -> std::result::Result<RunResult, String> {
    // The version first, without building everything that stands beside it: files of today's version are read in one go.
    let head = serde_json::from_str::<Head>(text).ok().and_then(|h| h.schema_version);
    if head == Some(u64::from(SCHEMA_VERSION)) {
        let result = serde_json::from_str(text).map_err(|e| not_as_it_should_be(u64::from(SCHEMA_VERSION), &e))?;
        return super::sound::sound(&result).map(|()| result);
    }
    let value: Value =
        serde_json::from_str(text).map_err(|e| format!("this is no JSON ({e}); give a result file of spikewatt"))?;
    let Some(version) = value.get("schema_version").and_then(Value::as_u64) else {
        return Err("this is no result of spikewatt: it has no `schema_version`".into());
    };
    let oldest = versions::OLDEST;
    if !(oldest..=u64::from(SCHEMA_VERSION)).contains(&version) {
        return Err(format!(
            "its schema has version {version}, and this program reads {oldest} to {SCHEMA_VERSION}; {}",
            if version < oldest { "measure again" } else { "take the program that wrote it, or a newer one" }
        ));
    }
    let (value, compare_anew) = versions::renewed(value, version);
    let mut result: RunResult = serde_json::from_value(value).map_err(|e| not_as_it_should_be(version, &e))?;
    if compare_anew {
        for w in &mut result.workloads {
            w.brain = w.energy.scope.and_then(|scope| Comparison::new(&w.energy, scope, &result.brain));
        }
    }
    super::sound::sound(&result).map(|()| result)
}

/// What tells the version of a file.
#[derive(serde::Deserialize)]
struct Head {
    schema_version: Option<u64>,
}

fn not_as_it_should_be(version: u64, e: &serde_json::Error) -> String {
    format!("this result of schema version {version} is not as it should be: {e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_result_is_refused_in_words() {
        let refused = |text: &str| from_json(text).expect_err(text);
        assert!(refused("no JSON").contains("no JSON"));
        assert!(refused("{}").contains("schema_version"));
        assert!(refused(r#"{"schema_version": 2}"#).contains("measure again"));
        assert!(refused(r#"{"schema_version": 999}"#).contains("newer"));
        assert!(refused(r#"{"schema_version": 5}"#).contains("missing field"));
    }
}
