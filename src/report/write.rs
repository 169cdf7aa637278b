//! Writing the result: to a temporary file beside its place, renamed when complete.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::result::RunResult;

/// Where the result goes.
#[derive(Debug, Clone)]
pub enum ResultFile {
    /// A file, replaced as a whole.
    Path(PathBuf),
    /// A device or a pipe, which takes one document at the end.
    Stream(PathBuf),
    /// Standard output.
    Stdout,
}

impl ResultFile {
    /// Whether the result may be renewed after every workload; what is not a file takes one document, at the end.
    pub fn is_renewable(&self) -> bool {
        matches!(self, ResultFile::Path(_))
    }

    /// Checks that the result can be written, before anything has run.
    ///
    /// # Errors
    /// [`Error::File`] with the reason.
    pub fn open(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        let file = Self::Path(path.to_owned());
        if path.is_dir() {
            return Err(Error::File {
                path: path.to_owned(),
                reason: "the result cannot be written here: this is a folder; give a file name".into(),
            });
        }
        // A device or a pipe must be written to, never replaced.
        if crate::files::is_stream(path) {
            std::fs::OpenOptions::new().write(true).open(path).map_err(|e| cannot_write(path, &e))?;
            return Ok(Self::Stream(path.to_owned()));
        }
        temporary(path)?;
        Ok(file)
    }

    /// Writes a result as a whole.
    ///
    /// # Errors
    /// [`Error::File`]; an earlier result under the same name is then untouched.
    pub fn write(&self, result: &RunResult) -> Result<()> {
        let mut text = serde_json::to_string_pretty(result)
            .map_err(|e| Error::Internal(format!("the result cannot be put into JSON: {e}")))?;
        text.push('\n');
        match self {
            ResultFile::Stdout => std::io::stdout().write_all(text.as_bytes()).map_err(|e| Error::File {
                path: "standard output".into(),
                reason: format!("the result cannot be written ({e})"),
            }),
            ResultFile::Stream(path) | ResultFile::Path(path) => {
                crate::files::write_whole(path, text.as_bytes()).map_err(|e| cannot_write(path, &e))
            }
        }
    }
}

/// A temporary file in the folder of a path, removed unless it is renamed.
fn temporary(path: &Path) -> Result<tempfile::NamedTempFile> {
    crate::files::temporary_beside(path).map_err(|e| cannot_write(path, &e))
}

fn cannot_write(path: &Path, e: &std::io::Error) -> Error {
    let reason = format!("the result cannot be written here ({e}); give another path");
    Error::File { path: path.to_owned(), reason }
}
