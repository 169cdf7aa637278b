//! Sweeping out what runs that were killed have left beside a file that is about to be written.

use std::path::Path;

use crate::files::temporaries_beside;

/// Removes temporary files of processes that are gone. What cannot be read or removed stays.
pub(super) fn sweep_beside(path: &Path) {
    let left = temporaries_beside(path);
    if left.is_empty() {
        return;
    }
    let Ok(mut system) = sysinfo::System::new() else { return };
    let pid = |number: u32| sysinfo::Pid::from_u32(number);
    // Asked for twice, a process counts as gone.
    let numbers: std::collections::BTreeSet<u32> = left.iter().map(|(_, number)| *number).collect();
    let pids: Vec<sysinfo::Pid> = numbers.into_iter().map(pid).collect();
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&pids), true);
    for (path, number) in left {
        if system.process(pid(number)).is_none() {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_killed_processes_are_swept_and_those_of_living_ones_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        // Process numbers end far below this one.
        let own = |name: &str| format!(".spikewatt-{}-{name}.tmp", std::process::id());
        let names = [".spikewatt-3999999999-x.tmp".to_owned(), own("x"), own("y")];
        let [gone, living, too] = names.map(|name| folder.path().join(name));
        let foreign = folder.path().join(".spikewatt-notes.tmp.txt");
        for path in [&gone, &living, &too, &foreign] {
            std::fs::write(path, "half").expect("written");
        }
        sweep_beside(&folder.path().join("r.json"));
        assert!(!gone.exists() && living.exists() && too.exists() && foreign.exists());
    }
}
