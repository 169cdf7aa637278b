//! An external meter that a command reads: one figure a line, in watts or in joules.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::MeterKind;
use crate::energy::{Clock, Meter, MeterError, MeterInfo, Reading, Sample, Scope, Tier};

/// What the rest of the house knows of it.
pub(super) const KIND: MeterKind = MeterKind {
    word: "command",
    name: "external meter, by a command",
    rank: 20,
    why: "the external meter you gave",
    missed_by: &[],
    find: None,
};

/// How long a command may take to print its first line.
const FIRST_LINE: Duration = Duration::from_secs(10);

/// A running command whose lines are readings.
#[derive(Debug)]
pub struct CommandMeter {
    info: MeterInfo,
    child: Child,
    lines: Receiver<(Instant, String)>,
    started: Option<(Instant, f64)>,
    /// The first line, not yet handed out.
    waiting: Vec<(Instant, String)>,
}

impl CommandMeter {
    /// Starts a command in a shell and waits for its first line; `scope` is the user's word for what it sees.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the command or its first line.
    pub fn start(command: &str, scope: Scope) -> Result<Self, String> {
        let mut shell = shell(command);
        let mut child = shell
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("it cannot be started ({e})"))?;
        let Some(stdout) = child.stdout.take() else { return Err("it has no output".into()) };
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        let mut meter = Self {
            info: MeterInfo::new(KIND.word, command, Tier::WallMeter, scope),
            child,
            lines,
            started: None,
            waiting: Vec::new(),
        };
        let first = match meter.lines.recv_timeout(FIRST_LINE) {
            Ok(first) => first,
            // Its output is closed a moment before it has ended.
            Err(RecvTimeoutError::Disconnected) => {
                let asked = Instant::now();
                while asked.elapsed() < Duration::from_secs(2) {
                    if let Ok(Some(status)) = meter.child.try_wait() {
                        return Err(format!("it ended ({status}) before it printed a figure"));
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
                return Err("it closed its output before it printed a figure".into());
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!(
                    "it printed nothing for {} s; it must print watts or joules, one figure a line",
                    FIRST_LINE.as_secs()
                ));
            }
        };
        let reading = parse(&first.1)?;
        meter.info.pushes = true;
        meter.info.tier = match (scope, reading) {
            (Scope::Wall, _) => Tier::WallMeter,
            (_, Reading::EnergyJ(_)) => Tier::EnergyCounter,
            (_, Reading::PowerW(_)) => Tier::SampledPower,
        };
        meter.waiting.push(first);
        Ok(meter)
    }
}

fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(program);
    shell.args([flag, command]);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // A group of its own, so that what the shell starts ends with it.
        shell.process_group(0);
    }
    shell
}

/// A line: a number, with `W` (or nothing) for a power and `J` for joules counted since some time; `m` and `k` before either.
pub(super) fn parse(line: &str) -> Result<Reading, String> {
    let text = line.trim();
    let at = text.find(|c: char| c.is_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let bad = || format!("\"{text}\" is no figure; print watts (\"12.5\", \"12.5 W\") or joules (\"340 J\"), one a line");
    let value: f64 = number.trim().parse().map_err(|_| bad())?;
    match unit.trim() {
        "" | "W" => Ok(Reading::PowerW(value)),
        "mW" => Ok(Reading::PowerW(value * 1e-3)),
        "kW" => Ok(Reading::PowerW(value * 1e3)),
        "J" => Ok(Reading::EnergyJ(value)),
        "mJ" => Ok(Reading::EnergyJ(value * 1e-3)),
        "kJ" => Ok(Reading::EnergyJ(value * 1e3)),
        "Wh" => Ok(Reading::EnergyJ(value * 3600.0)),
        "kWh" => Ok(Reading::EnergyJ(value * 3.6e6)),
        _ => Err(bad()),
    }
}

impl Meter for CommandMeter {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self, clock: &dyn Clock) -> Result<Vec<Sample>, MeterError> {
        let (origin, origin_s) = *self.started.get_or_insert((Instant::now(), clock.now_s()));
        // Lines are dated when they came, which may be before anybody asked.
        let date = |at: Instant| match at.checked_duration_since(origin) {
            Some(later) => origin_s + later.as_secs_f64(),
            None => origin_s - origin.duration_since(at).as_secs_f64(),
        };
        let mut samples = Vec::new();
        loop {
            let (at, line) = match self.waiting.pop() {
                Some(first) => first,
                None => match self.lines.try_recv() {
                    Ok(line) => line,
                    Err(TryRecvError::Empty) => return Ok(samples),
                    // What came before the end is still told; the end is noticed at the next reading.
                    Err(TryRecvError::Disconnected) if !samples.is_empty() => return Ok(samples),
                    Err(TryRecvError::Disconnected) => return Err(MeterError::gone("the meter's command ended")),
                },
            };
            match parse(&line) {
                Ok(reading) => samples.push(Sample { t_s: date(at), reading }),
                Err(why) if samples.is_empty() => return Err(MeterError::passing(why)),
                Err(_) => return Ok(samples),
            }
        }
    }
}

impl Drop for CommandMeter {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            // The whole group: without this the shell's children would play on.
            let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", self.child.id())]).stderr(Stdio::null()).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_watts_or_joules() {
        assert_eq!(parse("12.5"), Ok(Reading::PowerW(12.5)));
        assert_eq!(parse(" 1.25e1 W "), Ok(Reading::PowerW(12.5)));
        assert_eq!(parse("500mW"), Ok(Reading::PowerW(0.5)));
        assert_eq!(parse("2 kJ"), Ok(Reading::EnergyJ(2000.0)));
        assert_eq!(parse("0.5 Wh"), Ok(Reading::EnergyJ(1800.0)));
        for bad in ["", "watts", "12 V", "12,5", "1 2"] {
            assert!(parse(bad).expect_err(bad).contains("is no figure"), "{bad}");
        }
    }
}
