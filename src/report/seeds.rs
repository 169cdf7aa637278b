//! What seeds make of a workload, and whether it may stand beside what is published of it.

#![allow(clippy::cast_possible_wrap, reason = "counts that are shown are below 2^63")]

use super::figures::signs;
use super::format::{digits, grouped, rtf, si};
use super::page::Section;
use super::rows::Rows;
use super::tables::signed;
use crate::result::{Admission, RunResult, Spread, Workload};

/// The part of a page about seeds and recipes; empty where neither was asked for.
pub(super) fn section(result: &RunResult) -> Section {
    result.workloads.iter().fold(Section::new("seeds", "Seeds, and the recipe"), |mut section, w| {
        if let Some(a) = &w.admission {
            section = section.text(signs(&admission(w, a))).list(a.why_not.iter().map(|why| signs(why)).collect());
        }
        for rows in [trials(w), realisations(w), spreads(w), accuracy(w)].into_iter().flatten() {
            section = section.table(signed(rows));
        }
        section
    })
}

/// Whether a workload may stand beside what is published, in a sentence.
pub fn admission(w: &Workload, a: &Admission) -> String {
    let words = if a.admissible { "is admissible for the race" } else { "is not admissible for the race" };
    format!("{} {words}, by the recipe of the {}{}", w.scenario, a.recipe, if a.admissible { "." } else { ", because" })
}

/// Every trial of a workload; none where there is one as everywhere.
pub fn trials(w: &Workload) -> Option<Rows> {
    let n = w.trials.len();
    if n == 0 {
        return None;
    }
    let each = rtf(w.realtime_factor / n as f64);
    let caption = format!("Trials of {} at once, RTF {} for all and {each} per trial", w.scenario, rtf(w.realtime_factor));
    let mut rows = Rows::new(caption, &["trial", "spikes", "checksum"]);
    for t in &w.trials {
        rows.push([t.number.to_string(), grouped(t.spikes as i64), t.spike_checksum.clone()]);
    }
    Some(rows)
}

/// Every seed of a workload; none for one seed.
pub fn realisations(w: &Workload) -> Option<Rows> {
    if w.realisations.is_empty() {
        return None;
    }
    let head = ["seed", "RTF", "repetitions", "spikes", "syn. events", "J/syn. event", "+- 95 %", "checksum"];
    let mut rows = Rows::new(format!("Seeds of {}", w.scenario), &head);
    for r in &w.realisations {
        let joules = &r.gross_j_per_synaptic_event;
        let relative = joules.value.zip(joules.ci95).map(|(v, [low, high])| 0.5 * (high - low) / v);
        rows.push([
            r.seed.to_string(),
            rtf(r.realtime_factor),
            r.wall_s.len().to_string(),
            grouped(r.spikes as i64),
            grouped(r.synaptic_events as i64),
            joules.value.map_or_else(|| "not measured".into(), |j| si(j, "J")),
            relative.map_or_else(|| "-".into(), |u| format!("{} %", digits(100.0 * u))),
            r.spike_checksum.clone(),
        ]);
    }
    Some(rows)
}

/// What seeds make of it and what measuring does; none for one seed.
pub fn spreads(w: &Workload) -> Option<Rows> {
    let s = w.spreads.as_ref()?;
    let head = ["quantity", "mean", "least", "most", "sd between seeds", "sd of measuring"];
    let mut rows = Rows::new(format!("{}: what seeds make of it, and what measuring does", w.scenario), &head);
    let mut say = |what: &str, s: &Spread, words: &dyn Fn(f64) -> String| {
        let part = |x: f64| format!("{} %", digits(if s.mean > 0.0 { 100.0 * x / s.mean } else { 0.0 }));
        let within = s.within_seed.map_or_else(|| "-".to_owned(), part);
        let [least, most] = s.range.map(words);
        rows.push([what.to_owned(), words(s.mean), least, most, part(s.between_seeds), within]);
    };
    say("real-time factor", &s.realtime_factor, &digits);
    say("synaptic events", &s.synaptic_events, &|x| si(x, ""));
    if let Some(joules) = &s.gross_j_per_synaptic_event {
        say("J per synaptic event", joules, &|x| si(x, "J"));
    }
    Some(rows)
}

/// Statistics beside a reference's; none if no recorded run was held against one.
pub fn accuracy(w: &Workload) -> Option<Rows> {
    let a = w.admission.as_ref()?.accuracy.as_ref()?;
    let caption = format!(
        "{} beside {}: means, and Kolmogorov-Smirnov distances of the distributions (two seeds of the reference are as far apart as the last but one column says; up to the last one they agree)",
        w.scenario, a.reference
    );
    let mut rows =
        Rows::new(caption, &["population", "statistic", "here", "reference", "KS distance", "between seeds", "agrees up to"]);
    for s in &a.statistics {
        rows.push([
            s.population.clone(),
            s.statistic.clone(),
            digits(s.mean),
            digits(s.reference_mean),
            format!("{:.4}{}", s.ks, if s.agrees { "" } else { " (!)" }),
            format!("{:.4}", s.ks_between_seeds),
            format!("{:.4}", s.ks_limit),
        ]);
    }
    Some(rows)
}
