//! `spikewatt compare --interleave`: two programs, adapters or engines of this machine in turns.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::{STOP, print};
use crate::error::{Error, Result};
use crate::report::compare::{Compared, Entry, Ratio, compare, paired};
use crate::report::format::digits;
use crate::result::from_json;

/// Fewest rounds that give an interval worth its name.
const FEWEST_ROUNDS: u32 = 5;

/// Runs two commands in turns until the ratio of their times is known well enough, or for so many rounds.
pub(super) fn run(commands: [&str; 2], most_rounds: u32, precision: f64, allowed: [Option<f64>; 2]) -> Result<()> {
    super::catch_interrupts();
    // Logarithms of the ratios, round by round: times, joules.
    let (mut times, mut joules): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut seconds = [0.0; 2];
    let mut results = None;
    for round in 0..most_rounds {
        let mut runs: [Option<Run>; 2] = [None, None];
        // A B, B A, A B: what drifts hits both alike.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let run = once(commands[which])?;
            // What was interrupted took as long as nobody knows.
            if STOP.load(Ordering::Relaxed) {
                break;
            }
            runs[which] = Some(run);
        }
        let [Some(a), Some(b)] = runs else { break };
        seconds[0] += a.seconds;
        seconds[1] += b.seconds;
        let both = match (&a.result, &b.result) {
            (Some(a), Some(b)) => Some([a.clone(), b.clone()]),
            _ => None,
        };
        match &both {
            Some(entries) => {
                let all = compare(entries, 0)?;
                let refused = all.refused.iter().find(|r| r.contains("WRONG SPIKES"));
                if let Some(wrong) = refused {
                    return Err(Error::Mismatch(format!("round {}: {wrong}", round + 1)));
                }
                times.extend(mean_log(&all, |p| Some(p.time)));
                joules.extend(mean_log(&all, |p| p.energy.as_ref().ok().copied()));
            }
            None => times.push((b.seconds / a.seconds).ln()),
        }
        results = both;
        let ratio = paired(&times);
        eprintln!("round {:>3} of at most {most_rounds}: B takes {} times as long as A", round + 1, ratio.words());
        let known = ratio.ci95.is_some_and(|[low, high]| 0.5 * (high - low) <= precision * ratio.value);
        if round + 1 >= FEWEST_ROUNDS && known {
            break;
        }
    }
    if times.is_empty() {
        return Err(Error::Stopped("stopped before a round was complete; nothing is known".into()));
    }
    let what = if results.is_some() { "real-time factors of the results they print" } else { "wall times of the whole commands" };
    print(&format!(
        "A  {}\nB  {}\n{} rounds in turns, {what}; mean {} and {} s a run",
        commands[0],
        commands[1],
        times.len(),
        digits(seconds[0] / times.len() as f64),
        digits(seconds[1] / times.len() as f64)
    ));
    print(&format!("Time: {}", sentence(&paired(&times), "as long")));
    if !joules.is_empty() {
        print(&format!("Joules per event: {}", sentence(&paired(&joules), "as much")));
    }
    let over = |logs: &[f64], allowed: Option<f64>, what: &str| {
        let ratio = paired(logs);
        let more = allowed.filter(|than| !logs.is_empty() && ratio.value > 1.0 + than && !ratio.spans_one());
        more.map(|than| format!("B takes more {what} than A: {} (allowed {})", ratio.words(), digits(1.0 + than)))
    };
    let lines: Vec<String> =
        [over(&times, allowed[0], "time"), over(&joules, allowed[1], "joules")].into_iter().flatten().collect();
    if lines.is_empty() { Ok(()) } else { Err(Error::Regression(lines.join("\n"))) }
}

fn sentence(r: &Ratio, word: &str) -> String {
    match r.spans_one() {
        true if r.ci95.is_none() => format!("B takes {} times {word} as A", r.words()),
        true => format!("no difference seen; B takes {} times {word} as A", r.words()),
        false => format!("B takes {} times {word} as A (95 % interval of a paired bootstrap)", r.words()),
    }
}

/// The mean logarithm over the workloads that compare.
fn mean_log(all: &Compared<'_>, ratio: impl Fn(&crate::report::compare::Pair<'_>) -> Option<Ratio>) -> Option<f64> {
    let others = all.pairs.iter().filter(|p| !std::ptr::eq(p.entry, all.reference()));
    let logs: Option<Vec<f64>> = others.map(|p| ratio(p).map(|r| r.value.ln())).collect();
    logs.and_then(|logs| crate::math::mean(&logs))
}

/// A run of a command: how long it took, and its result if it printed one.
struct Run {
    seconds: f64,
    result: Option<Entry>,
}

fn once(command: &str) -> Result<Run> {
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.args([if cfg!(windows) { "/C" } else { "-c" }, command]);
    let begin = Instant::now();
    let output = shell.output().map_err(|e| Error::Input(format!("{command}: it cannot be run ({e})")))?;
    let seconds = begin.elapsed().as_secs_f64();
    if !output.status.success() && !STOP.load(Ordering::Relaxed) {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|l| !l.trim().is_empty()).unwrap_or("it said nothing");
        let code = output.status.code().map_or_else(|| "a signal".to_owned(), |c| format!("exit code {c}"));
        return Err(Error::Input(format!("{command}: it ended with {code}: {last}")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let result = text.trim_start().starts_with('{').then(|| from_json(&text).ok()).flatten();
    let entry = |result| Entry { name: command.to_owned(), path: command.into(), result };
    Ok(Run { seconds, result: result.map(entry) })
}
