//! Files that are written as a whole, where they may be; and whether two names are one file.

use std::io::{Result, Write};
use std::path::Path;
#[cfg(feature = "cli")]
use std::path::PathBuf;

use super::temporary_beside;

/// Writes a text to a file that is there as a whole or not at all. A link keeps pointing where it does; devices and pipes are written to and
/// never replaced.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if is_stream(&target) {
        return std::fs::OpenOptions::new().write(true).open(&target)?.write_all(bytes);
    }
    let mut file = temporary_beside(&target)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map(drop).map_err(|e| e.error)
}

/// Whether something is there that is neither a file nor a folder.
pub(crate) fn is_stream(path: &Path) -> bool {
    path.exists() && !path.is_file() && !path.is_dir()
}

/// Where a name leads, also where nothing is yet.
#[cfg(feature = "cli")]
fn place(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = std::fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
        path.file_name().map_or_else(|| path.to_owned(), |name| parent.join(name))
    })
}

/// Whether two names lead to one file. Devices may be named twice.
#[cfg(feature = "cli")]
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    let (a, b) = (place(a), place(b));
    a == b && !is_stream(&a)
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "1").expect("written");
        assert!(is_same(&at("a"), &at("./a")) && is_same(&at("b"), &at("./b")) && !is_same(&at("a"), &at("b")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("a"), at("link")).expect("a link");
            assert!(is_same(&at("a"), &at("link")));
            write_whole(&at("link"), b"2").expect("written");
            assert!(at("link").is_symlink() && std::fs::read_to_string(at("a")).expect("a text") == "2");
        }
        write_whole(&at("b"), b"3").expect("written");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), if cfg!(unix) { 3 } else { 2 });
    }
}
