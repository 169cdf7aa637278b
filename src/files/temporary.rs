//! Files that appear when they are complete.

use std::path::Path;

/// How the names of temporary files begin and end; between stands the number of the process that writes.
const PREFIX: &str = ".spikewatt-";
const SUFFIX: &str = ".tmp";

/// The folder a path stands in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file beside a path, readable like any other file once renamed, and removed unless it is. What processes that were killed have
/// left in the folder is swept out first.
pub(crate) fn temporary_beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = folder_of(path);
    sweep(folder);
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

/// Removes temporary files of processes that are gone. What cannot be read or removed stays.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let left: Vec<(std::path::PathBuf, sysinfo::Pid)> =
        entries.flatten().filter_map(|entry| Some((entry.path(), writer(entry.file_name().to_str()?)?))).collect();
    if left.is_empty() {
        return;
    }
    let Ok(mut system) = sysinfo::System::new() else { return };
    let pids: Vec<sysinfo::Pid> = left.iter().map(|(_, pid)| *pid).collect();
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&pids), true);
    for (path, pid) in left {
        if system.process(pid).is_none() {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The process that a temporary file's name tells.
fn writer(name: &str) -> Option<sysinfo::Pid> {
    let (pid, _) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
    pid.parse::<usize>().ok().map(sysinfo::Pid::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_killed_processes_are_swept_and_those_of_living_ones_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        // Process numbers end far below this one.
        let gone = folder.path().join(format!("{PREFIX}3999999999-x{SUFFIX}"));
        let living = folder.path().join(format!("{PREFIX}{}-x{SUFFIX}", std::process::id()));
        let foreign = folder.path().join(".spikewatt-notes.tmp.txt");
        for path in [&gone, &living, &foreign] {
            std::fs::write(path, "half").expect("written");
        }
        drop(temporary_beside(&folder.path().join("r.json")).expect("a file"));
        assert!(!gone.exists() && living.exists() && foreign.exists());
    }
}
