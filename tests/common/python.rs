//! A Python for the documented examples.

use std::process::Command;

/// A Python with the packages the examples need: `./test` makes one in the target folder unless the system's has them.
pub(crate) fn python() -> String {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/target/python/bin/python");
    let candidates = [std::env::var("SPIKEWATT_PYTHON").unwrap_or_default(), own.to_owned(), "python3".to_owned()];
    let works = |python: &String| {
        let tried = Command::new(python).args(["-c", "import numpy, pyarrow, duckdb"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    candidates.into_iter().find(works).unwrap_or_else(|| {
        panic!("the documented examples need Python 3 with numpy, pyarrow and duckdb: ./test installs them, or set SPIKEWATT_PYTHON to a Python that has them")
    })
}
