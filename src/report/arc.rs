//! A search through programs, in tables.

#![allow(clippy::cast_possible_wrap, reason = "counts that are shown are below 2^63")]

use super::format::{digits, grouped, si};
use super::rows::Rows;
use crate::result::arc::{ArcDepth, ArcRun, ArcTask};

fn percent(part: usize, of: usize) -> String {
    if of == 0 { "-".into() } else { format!("{part} ({} %)", digits(100.0 * part as f64 / of as f64)) }
}

/// Depth by depth, and people.
pub fn depths(run: &ArcRun) -> Rows {
    let head = [
        "who",
        "tasks",
        "solved",
        "in three guesses",
        "programs",
        "distinct",
        "programs/s",
        "J/program",
        "J/task",
        "J/solved task",
    ];
    let caption = match (&run.meter, run.provenance) {
        (Some(meter), Some(p)) => format!("Joules: gross, by {meter} ({}).", p.word()),
        _ => "No joules: no meter sees this machine.".to_owned(),
    };
    let mut rows = Rows::new(caption, &head);
    let joules = |d: &ArcDepth, n: f64| d.gross_j.filter(|_| n > 0.0).map_or_else(|| "-".into(), |j| si(j / n, "J"));
    for d in &run.depths {
        rows.push([
            format!("depth {}{}", d.depth, if d.cut > 0 { " (cut)" } else { "" }),
            d.tasks.to_string(),
            percent(d.solved, d.known),
            percent(d.solved_in_three, d.known),
            grouped(d.tried as i64),
            grouped(d.distinct as i64),
            si(d.tried as f64 / d.wall_s, ""),
            joules(d, d.tried as f64),
            joules(d, d.tasks as f64),
            joules(d, d.solved as f64),
        ]);
    }
    let p = &run.people;
    let dash = || "-".to_owned();
    for (who, part) in [("people", 1.0), ("people, what thinking adds", p.extra)] {
        let mut row = vec![who.to_owned(), dash(), dash(), format!("{} %", digits(100.0 * p.solved_share))];
        row.extend([dash(), dash(), dash(), dash(), si(part * p.j_per_task(), "J"), si(part * p.j_per_solved(), "J")]);
        rows.push(row);
    }
    rows
}

/// The program of every task that has one.
pub fn programs(tasks: &[ArcTask]) -> Rows {
    let mut rows = Rows::new("", &["task", "first guess", "program"]);
    for t in tasks {
        let Some(program) = &t.program else { continue };
        let mut words = if program.is_empty() { "as it is".to_owned() } else { program.join(", then ") };
        if t.recolours {
            words += ", then exchange colours";
        }
        let mark = match t.is_right {
            Some(true) => "right",
            Some(false) => "wrong",
            None => "answer not known",
        };
        rows.push([t.name.clone(), mark.to_owned(), words]);
    }
    rows
}

/// What must be read with it.
pub fn caveat(run: &ArcRun) -> String {
    let p = &run.people;
    format!(
        "People: {} s for a task, {} s for one they solve, {} W (LeGris et al. 2025, doi:10.1038/s41597-025-05687-1; training tasks). A machine that is cheap where it solves the easy part solves no more than that part: read joules beside what is solved.",
        digits(p.all_s),
        digits(p.solved_s),
        digits(p.power_w)
    )
}
