//! Files that appear when they are complete.

use std::path::Path;

/// How the names of temporary files begin and end; between stands the number of the process that writes.
const PREFIX: &str = ".spikewatt-";
const SUFFIX: &str = ".tmp";

/// The folder a path stands in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file beside a path, readable like any other file once renamed, and removed unless it is.
pub(crate) fn temporary_beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = folder_of(path);
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(folder)
}

/// Temporary files in the folder of a path, with the numbers of the processes that write them, or wrote them before they were killed.
#[cfg(feature = "cli")]
pub(crate) fn temporaries_beside(path: &Path) -> Vec<(std::path::PathBuf, u32)> {
    let Ok(entries) = std::fs::read_dir(folder_of(path)) else { return Vec::new() };
    entries.flatten().filter_map(|entry| Some((entry.path(), writer(entry.file_name().to_str()?)?))).collect()
}

/// The process that a temporary file's name tells.
#[cfg(feature = "cli")]
fn writer(name: &str) -> Option<u32> {
    let (pid, _) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    pid.parse().ok()
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn temporary_files_tell_who_writes_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.json");
        std::fs::write(folder.path().join(".spikewatt-notes.tmp.txt"), "another's").expect("written");
        let file = temporary_beside(&path).expect("a file");
        assert_eq!(temporaries_beside(&path), [(file.path().to_owned(), std::process::id())]);
        drop(file);
        assert!(temporaries_beside(&path).is_empty());
    }
}
