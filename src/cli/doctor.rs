//! `spikewatt doctor`

use super::machine;
use super::print;
use crate::energy::find_meters;
use crate::engine::plan::human_bytes;
use crate::error::Result;
use crate::result::Machine;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Keeps something from working.
    Bad,
}

/// What was looked at, what was found, and what to do.
#[derive(Debug)]
struct Finding {
    state: State,
    what: &'static str,
    found: String,
    todo: Option<String>,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { state: State::Good, what, found: found.into(), todo: None }
    }

    fn note(what: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { state: State::Note, what, found: found.into(), todo: Some(todo.into()) }
    }

    fn bad(what: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { state: State::Bad, what, found: found.into(), todo: Some(todo.into()) }
    }
}

pub(super) fn run() -> Result<()> {
    let this = machine::machine();
    let mut all = adapters();
    all.extend(meters());
    all.extend(surroundings(&this, load(), machine::available_memory()));
    all.push(window());
    all.push(folder());
    for f in &all {
        let sign = match f.state {
            State::Good => "ok",
            State::Note => "note",
            State::Bad => "NO",
        };
        print(&format!("{sign:<5} {:<10} {}", f.what, f.found));
        if let Some(todo) = &f.todo {
            print(&format!("{:<16} {todo}", ""));
        }
    }
    let of = |state| all.iter().filter(|f| f.state == state).count();
    print(&format!(
        "\n{} fine, {} to know, {} that do not work here. The CPU engine always runs.",
        of(State::Good),
        of(State::Note),
        of(State::Bad)
    ));
    Ok(())
}

#[cfg(feature = "gpu")]
fn adapters() -> Vec<Finding> {
    use crate::engine::{AdapterKind, gpu};
    let found = gpu::adapters();
    let mut all: Vec<Finding> = found
        .iter()
        .map(|a| {
            let d = &a.description;
            let name = format!("{} ({}, {}), driver {}", d.name, d.backend, d.kind.words(), d.driver);
            match a.open() {
                Err(e) => {
                    Finding::bad("adapter", format!("{name}: {e}"), "update its driver, or choose another one with --adapter")
                }
                Ok(_) if d.kind == AdapterKind::Software => {
                    Finding::note("adapter", name, "this is the processor; its figures are no GPU's")
                }
                Ok(_) => match a.barred() {
                    Some(barred) => Finding::note("adapter", name, barred),
                    None => Finding::good("adapter", format!("{name}; self-check passed")),
                },
            }
        })
        .collect();
    for (d, why) in gpu::unusable_adapters() {
        all.push(Finding::bad("adapter", format!("{} ({}): {why}", d.name, d.backend), "update its driver"));
    }
    if found.iter().all(|a| a.description.kind == AdapterKind::Software) {
        let todo = "install the vendor's driver with Vulkan; in a container, pass the GPU through (docs/measurement.md)";
        all.push(Finding::note("gpu", "no GPU is seen", todo));
    }
    if found.is_empty() {
        let todo = "Debian and Ubuntu: apt-get install mesa-vulkan-drivers brings a software one";
        all.push(Finding::bad("adapter", "none", todo));
    }
    all
}

#[cfg(feature = "window")]
fn window() -> Finding {
    match crate::view::window::display() {
        Some(display) => Finding::good("display", display),
        None => Finding::note("display", "none, so no window opens", "pictures and clips need none: spikewatt render"),
    }
}

#[cfg(not(feature = "window"))]
fn window() -> Finding {
    Finding::note("display", "this program was built without windows", "build it with the feature window")
}

#[cfg(not(feature = "gpu"))]
fn adapters() -> Vec<Finding> {
    vec![Finding::note("adapter", "this program was built without adapters", "build it with the feature gpu")]
}

fn meters() -> Vec<Finding> {
    let (mut all, mut measured) = (Vec::new(), false);
    for candidate in find_meters(None) {
        match candidate.meter {
            Ok(meter) => {
                let i = meter.info();
                measured |= i.measures();
                all.push(Finding::good("meter", format!("{} ({}, {})", i.name, i.tier.words(), i.scope.words())));
            }
            Err(reason) => all.push(Finding {
                state: State::Note,
                what: "meter",
                found: format!("no {}: {reason}", candidate.kind.name),
                todo: None,
            }),
        }
    }
    if !measured {
        let todo = "a smart plug or wall meter with --meter-command, or the device's power in your word with --watts";
        all.push(Finding::bad("joules", "nothing here measures them", todo));
    }
    all
}

/// Load of the machine over the last minute, in processors.
fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn surroundings(this: &Machine, load: Option<f64>, free: Option<u64>) -> Vec<Finding> {
    let mut all = vec![match cfg!(debug_assertions) {
        true => Finding::note("program", "this is a debug build, which is slower", "cargo build --release"),
        false => Finding::good("program", "release build"),
    }];
    match this.governor.as_deref() {
        Some("performance") => all.push(Finding::good("clock", "governor performance")),
        Some(other) => all.push(Finding::note(
            "clock",
            format!("governor {other}: clocks follow the load"),
            "for even figures: cpupower frequency-set -g performance",
        )),
        None => all.push(Finding::note(
            "clock",
            "the system does not tell what decides the clock",
            "nothing to do in most virtual machines",
        )),
    }
    if let Some(kind) = &this.container {
        all.push(Finding::note("container", kind.clone(), "meters and GPUs must be passed through"));
    }
    if let Some(kind) = &this.virtual_machine {
        all.push(Finding::note("virtual", kind.clone(), "other guests share the processor; power is the host's to know"));
    }
    if let Some(load) = load {
        let share = load / this.logical_cpus as f64;
        all.push(match share > 0.25 {
            true => Finding::note(
                "load",
                format!("{load:.1} of {} processors are busy", this.logical_cpus),
                "close other programs before measuring",
            ),
            false => Finding::good("load", format!("{load:.1} of {} processors are busy", this.logical_cpus)),
        });
    }
    // The microcircuit with stored synapses.
    const WANTED: u64 = 2 << 30;
    all.push(match free {
        Some(bytes) if bytes < WANTED => Finding::note(
            "memory",
            format!("{} are free", human_bytes(bytes)),
            "the microcircuit wants 2 GiB; smaller with --scale",
        ),
        Some(bytes) => Finding::good("memory", format!("{} are free", human_bytes(bytes))),
        None => Finding::note("memory", "the system does not tell what is free", "plan shows what a scenario takes"),
    });
    all
}

/// Whether results can be written here.
fn folder() -> Finding {
    match crate::files::temporary_beside(std::path::Path::new("spikewatt-result.json")) {
        Ok(_) => Finding::good("folder", "results can be written here"),
        Err(e) => Finding::bad("folder", format!("results cannot be written here ({e})"), "give another place with --json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_the_ordinary_is_said_with_what_to_do() {
        let quiet = Machine { logical_cpus: 4, governor: Some("performance".into()), ..Machine::default() };
        let of = |m: &Machine, load, free| surroundings(m, Some(load), Some(free));
        let all = of(&quiet, 0.1, 8 << 30);
        assert!(all.iter().filter(|f| f.what != "program").all(|f| f.state == State::Good), "{all:?}");
        let busy = Machine {
            container: Some("docker".into()),
            virtual_machine: Some("QEMU".into()),
            governor: Some("powersave".into()),
            ..quiet
        };
        let all = of(&busy, 3.0, 1 << 30);
        for what in ["clock", "container", "virtual", "load", "memory"] {
            assert!(all.iter().any(|f| f.what == what && f.state == State::Note && f.todo.is_some()), "{what}: {all:?}");
        }
    }
}
