//! Progress on standard error: a bar with the time left on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::bench::Progress;

/// Whether there are no bars, even on a terminal.
static PLAIN: AtomicBool = AtomicBool::new(false);

/// Asks for lines instead of bars.
pub(super) fn plainly(plain: bool) {
    PLAIN.store(plain, Ordering::Relaxed);
}

/// Whether standard error can draw bars: a terminal, and not one that only knows how to print.
fn draws() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    !PLAIN.load(Ordering::Relaxed) && !dumb && std::io::stderr().is_terminal()
}

/// Progress of one workload.
pub(super) struct Display {
    workload: String,
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Display {
    pub(super) fn new(workload: &str, position: (usize, usize), quiet: bool) -> Self {
        let bar = (!quiet && draws()).then(|| {
            let bar = ProgressBar::new(1);
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {msg}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar.set_prefix(format!("{}/{} {workload}", position.0, position.1));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { workload: workload.to_owned(), quiet, bar }
    }

    /// Something the user should know, which stays on the screen.
    pub(super) fn remark(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{}: {text}", self.workload)),
            None if !self.quiet => eprintln!("{}: {text}", self.workload),
            None => {}
        }
    }

    /// A stage of unknown length.
    pub(super) fn note(&mut self, text: &str) {
        self.stage(text, 0);
    }
}

impl Progress for Display {
    fn stage(&mut self, text: &str, steps: u64) {
        match &self.bar {
            Some(bar) => {
                bar.reset();
                bar.set_length(steps.max(1));
                bar.set_message(text.to_owned());
            }
            None if !self.quiet => eprintln!("{}: {text}", self.workload),
            None => {}
        }
    }

    fn message(&mut self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    fn steps(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            // Short repetitions are repeated to fill a window: the stage may hold more steps than planned.
            if bar.length().is_some_and(|length| done > length) {
                bar.set_length(done);
            }
            bar.set_position(done);
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
