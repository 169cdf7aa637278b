//! The command line's words for what a caller can give.

use crate::message::Term;

/// The flag, or the command, that a term stands for.
pub(super) fn flag(term: Term) -> String {
    match term {
        Term::Adapter => "--adapter",
        Term::Adapters => "spikewatt adapters",
        Term::CpuEngine => "--engine cpu",
        Term::Neurons => "--neurons",
        Term::Data => "--data",
        Term::Scale => "--scale",
        Term::Outdegree => "--outdegree",
        Term::ProceduralSynapses => "--synapses procedural",
        Term::Record => "--record",
        Term::Weights => "--weights",
        Term::FromMs => "--from-ms",
        Term::UntilMs => "--until-ms",
        Term::Meter => "--meter",
        Term::Meters => "spikewatt meters",
        Term::MeterCommand => "--meter-command",
        Term::MeterCsv => "--meter-csv",
        Term::Watts => "--watts",
        Term::StandardProfile => "spikewatt bench --profile standard",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Every word names a flag or a command that there is, with a value that it takes.
    #[test]
    fn every_term_is_a_flag_or_a_command_that_there_is() {
        let program = super::super::Cli::command();
        for term in Term::ALL {
            let text = flag(term);
            let mut words = text.split(' ').peekable();
            let named = match words.peek() {
                Some(&"spikewatt") => {
                    words.next();
                    let name = words.next().expect("a command");
                    vec![program.find_subcommand(name).unwrap_or_else(|| panic!("there is no command {name}"))]
                }
                _ => program.get_subcommands().collect(),
            };
            let Some(long) = words.next() else { continue };
            let long = long.strip_prefix("--").expect("a flag");
            let arguments: Vec<&clap::Arg> =
                named.iter().flat_map(|c| c.get_arguments()).filter(|a| a.get_long() == Some(long)).collect();
            assert!(!arguments.is_empty(), "no command has --{long}");
            if let Some(value) = words.next() {
                let takes = |a: &&clap::Arg| a.get_possible_values().iter().any(|v| v.get_name() == value);
                assert!(arguments.iter().all(takes), "--{long} does not take {value}");
            }
        }
    }

    /// Below the command line nobody speaks of flags.
    #[test]
    fn the_library_never_speaks_of_flags() {
        fn look(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() && !path.ends_with("cli") {
                    look(&path, found);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).expect("a text");
                    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                    for line in code.lines().filter(|l| !l.trim_start().starts_with("//")) {
                        let flags = line.split("--").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
                        if flags.count() > 0 {
                            found.push(format!("{}: {}", path.display(), line.trim()));
                        }
                    }
                }
            }
        }
        let mut found = Vec::new();
        look(std::path::Path::new("src"), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
}
