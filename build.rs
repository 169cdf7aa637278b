//! Passes the git commit to the program.

use std::process::Command;

fn main() {
    let git = |args: &[&str]| {
        let out = Command::new("git").args(args).output().ok()?;
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).map(|commit| {
        // Without the option git may rewrite its index, which would make the next build start over.
        let clean = git(&["--no-optional-locks", "status", "--porcelain", "--untracked-files=no"]).is_some_and(|s| s.is_empty());
        if clean { commit } else { format!("{commit}-modified") }
    });
    println!("cargo::rustc-env=SPIKEWATT_GIT_COMMIT={}", commit.unwrap_or_else(|| "unknown".to_owned()));
    if let Some(folder) = git(&["rev-parse", "--git-dir"]) {
        println!("cargo::rerun-if-changed={folder}/HEAD");
        println!("cargo::rerun-if-changed={folder}/index");
    }
    println!("cargo::rerun-if-changed=src");
}
