//! Passes to the program from what and how it was built.

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
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let compiler = Command::new(told("RUSTC")).arg("--version").output().ok();
    let compiler = compiler.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).filter(|text| !text.is_empty());
    println!("cargo::rustc-env=SPIKEWATT_COMPILER={}", compiler.unwrap_or_else(|| "unknown".to_owned()));
    println!("cargo::rustc-env=SPIKEWATT_PROFILE={}", told("PROFILE"));
    println!("cargo::rustc-env=SPIKEWATT_TARGET={}", told("TARGET"));
    println!("cargo::rustc-env=SPIKEWATT_WGPU={}", locked_version("wgpu").unwrap_or_default());
    println!("cargo::rerun-if-changed=Cargo.lock");
}

/// The version of a package in Cargo.lock, which is not there where this one is a dependency.
fn locked_version(package: &str) -> Option<String> {
    let lock = std::fs::read_to_string("Cargo.lock").ok()?;
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}
