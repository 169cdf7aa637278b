//! `spikewatt generate`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::print;
use crate::error::{Error, Result};

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
    /// A manual page for the program and one for each subcommand
    Man,
}

/// Write completions for a shell, or manual pages.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// A shell, whose completions go to standard output, or man
    #[arg(value_enum)]
    what: What,
    /// The folder that manual pages go to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Writes it.
///
/// # Errors
/// [`Error::File`] for a folder that cannot be written to.
pub(super) fn run(args: &GenerateArgs, mut program: clap::Command) -> Result<()> {
    let shell = match args.what {
        What::Bash => Shell::Bash,
        What::Elvish => Shell::Elvish,
        What::Fish => Shell::Fish,
        What::PowerShell => Shell::PowerShell,
        What::Zsh => Shell::Zsh,
        What::Man => {
            let failed = |e: std::io::Error| Error::File {
                path: args.out.clone(),
                reason: format!("manual pages cannot be written here ({e}); give another folder with --out"),
            };
            std::fs::create_dir_all(&args.out).map_err(failed)?;
            return clap_mangen::generate_to(program, &args.out).map_err(failed);
        }
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "spikewatt", &mut script);
    print(String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
