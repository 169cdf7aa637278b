//! Results of several machines, engines or programs against one of them.

mod page;
mod ratio;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use page::{compared, long_rows, short};
pub use ratio::{Ratio, paired};

use crate::error::{Error, Result};
use crate::result::{Class, RunResult, Workload};

/// A result among others. What takes much memory and is in no comparison has been left out of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name: its file's, and with it its folder's where others have the same.
    pub name: String,
    /// Where it comes from.
    pub path: PathBuf,
    /// The result.
    pub result: RunResult,
}

/// A workload of a machine against the same of the reference.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    /// The machine.
    pub entry: &'a Entry,
    /// Its workload.
    pub workload: &'a Workload,
    /// The reference's.
    pub base: &'a Workload,
    /// Wall time over the reference's, for the same biological time.
    pub time: Ratio,
    /// Joules per event over the reference's; or why they do not compare.
    pub energy: std::result::Result<Ratio, String>,
}

/// Results beside each other.
#[derive(Debug)]
pub struct Compared<'a> {
    /// All results; the reference's place among them.
    pub entries: &'a [Entry],
    /// Which one is the reference.
    pub base: usize,
    /// What compares, workload by workload.
    pub pairs: Vec<Pair<'a>>,
    /// What does not, and why.
    pub refused: Vec<String>,
    /// Whether anything does not because its spikes are wrong: the same work of the exact class with another checksum.
    pub wrong: bool,
}

/// A workload's name, and how often it ran before in the same result.
type Run<'a> = (&'a str, usize);

/// How a refusal begins that accuses.
const WRONG: &str = "WRONG SPIKES";

fn runs(result: &RunResult) -> Vec<(Run<'_>, &Workload)> {
    let mut before: HashMap<&str, usize> = HashMap::new();
    result
        .workloads
        .iter()
        .map(|w| {
            let n = before.entry(w.scenario.as_str()).or_default();
            let run = (w.scenario.as_str(), *n);
            *n += 1;
            (run, w)
        })
        .collect()
}

/// Reads results, on all processors. Folders stand for the `.json` files in them.
///
/// # Errors
/// [`Error::File`] for the first file that is no result, [`Error::Input`] if there are none.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Entry>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let failed =
                |e: std::io::Error| Error::File { path: path.clone(), reason: format!("this folder cannot be read ({e})") };
            let mut own: Vec<PathBuf> = std::fs::read_dir(path)
                .map_err(failed)?
                .filter_map(|entry| entry.ok().map(|e| e.path()))
                .filter(|p| p.extension().is_some_and(|e| e == "json"))
                .collect();
            own.sort();
            if own.is_empty() {
                return Err(Error::File { path: path.clone(), reason: "no result files (.json) are in this folder".into() });
            }
            files.extend(own);
        } else {
            files.push(path.clone());
        }
    }
    let read = |path: &PathBuf| {
        let result = lightened(crate::result::read(path)?);
        Ok(Entry { name: stem(path), path: path.clone(), result })
    };
    let mut entries = files.par_iter().map(read).collect::<Result<Vec<Entry>>>()?;
    name_apart(&mut entries);
    Ok(entries)
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| path.display().to_string(), |s| s.to_string_lossy().into_owned())
}

/// Names results anew: files of one name are told apart by their folders, or by their number.
pub fn name_apart(entries: &mut [Entry]) {
    entries.iter_mut().filter(|e| !e.path.as_os_str().is_empty()).for_each(|e| e.name = stem(&e.path));
    let mut seen: HashMap<String, usize> = HashMap::new();
    entries.iter().for_each(|e| *seen.entry(e.name.clone()).or_default() += 1);
    for entry in entries.iter_mut().filter(|e| seen[&e.name] > 1) {
        if let Some(folder) = entry.path.parent().and_then(Path::file_name) {
            entry.name = format!("{}/{}", folder.to_string_lossy(), entry.name);
        }
    }
    let mut taken: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let n = taken.entry(entry.name.clone()).or_default();
        *n += 1;
        if *n > 1 {
            entry.name = format!("{} ({n})", entry.name);
        }
    }
}

/// Without what takes much memory and is in no comparison.
fn lightened(mut result: RunResult) -> RunResult {
    result.phases = Vec::new();
    std::iter::once(&mut result.meter).chain(&mut result.other_meters).for_each(|m| m.power = None);
    for w in &mut result.workloads {
        (w.activity, w.passes, w.populations) = (None, Vec::new(), Vec::new());
        std::iter::once(&mut w.energy).chain(&mut w.other_meters).for_each(|e| e.by_window = Vec::new());
    }
    result
}

/// Puts results beside the one at `base`.
///
/// # Errors
/// [`Error::Input`] if nothing compares, with the reasons.
pub fn compare(entries: &[Entry], base: usize) -> Result<Compared<'_>> {
    let (mut pairs, mut refused, mut wrong) = (Vec::new(), Vec::new(), false);
    // What ran several times is compared in the order in which it ran.
    let listed: Vec<Vec<(Run<'_>, &Workload)>> = entries.iter().map(|e| runs(&e.result)).collect();
    let of_base = &listed[base];
    let of_all: Vec<HashMap<Run<'_>, &Workload>> = listed.iter().map(|own| own.iter().copied().collect()).collect();
    for (run, b) in of_base {
        for (i, (entry, own)) in entries.iter().zip(&of_all).enumerate() {
            let Some(w) = own.get(run) else {
                refused.push(format!("{} of {}: {} has not run it", b.scenario, entries[base].name, entry.name));
                continue;
            };
            match differs(w, b) {
                Some(why) => {
                    wrong |= why.starts_with(WRONG);
                    refused.push(format!("{} of {}: {why}", w.scenario, entry.name));
                }
                None if i == base => {
                    pairs.push(Pair { entry, workload: w, base: b, time: Ratio::one(), energy: Ok(Ratio::one()) });
                }
                None => pairs.push(Pair { entry, workload: w, base: b, time: ratio::time(w, b), energy: ratio::energy(w, b) }),
            }
        }
    }
    let known: HashSet<Run<'_>> = of_base.iter().map(|(run, _)| *run).collect();
    for (entry, own) in entries.iter().zip(&listed) {
        for (run, w) in own.iter().filter(|(run, _)| !known.contains(run)) {
            let again = if run.1 > 0 { " so often" } else { "" };
            refused.push(format!("{} of {}: the reference {} has not run it{again}", w.scenario, entry.name, entries[base].name));
        }
    }
    if !pairs.iter().any(|p| !std::ptr::eq(p.entry, &entries[base])) {
        let why: Vec<&str> = refused.iter().take(3).map(String::as_str).collect();
        let why = if why.is_empty() { "it has no workloads".to_owned() } else { why.join("; ") };
        return Err(Error::Input(format!("nothing here compares with {}: {why}", entries[base].name)));
    }
    Ok(Compared { entries, base, pairs, refused, wrong })
}

/// Why two workloads of one name are not the same work.
fn differs(w: &Workload, b: &Workload) -> Option<String> {
    let unlike = |what: &str, own: String, other: String| (own != other).then(|| format!("{what} {own} and not {other}"));
    unlike("its version is", w.scenario_version.to_string(), b.scenario_version.to_string())
        .or_else(|| unlike("its background is", w.drive.words().into(), b.drive.words().into()))
        .or_else(|| unlike("it has", format!("{} neurons", w.neurons), format!("{} neurons", b.neurons)))
        .or_else(|| unlike("it has", format!("{} synapses", w.synapses), format!("{} synapses", b.synapses)))
        .or_else(|| unlike("its text has the hash", w.scenario_hash.clone(), b.scenario_hash.clone()))
        .or_else(|| unlike("its seed is", w.seed.to_string(), b.seed.to_string()))
        .or_else(|| unlike("its counted time is", format!("{} ms", w.bio_ms), format!("{} ms", b.bio_ms)))
        .or_else(|| unlike("its uncounted time is", format!("{} ms", w.transient_ms), format!("{} ms", b.transient_ms)))
        .or_else(|| {
            let exact = w.class == Class::Exact && b.class == Class::Exact;
            exact
                .then(|| unlike(&format!("{WRONG}: its checksum is"), w.spike_checksum.clone(), b.spike_checksum.clone()))
                .flatten()
        })
}

impl Compared<'_> {
    /// The reference.
    pub fn reference(&self) -> &Entry {
        &self.entries[self.base]
    }

    /// Workloads of which nobody can say whether they take more, for want of an interval.
    pub fn unjudged(&self) -> Vec<String> {
        let others = self.pairs.iter().filter(|p| !std::ptr::eq(p.entry, self.reference()) && p.time.ci95.is_none());
        others.map(|p| format!("{} of {}", p.workload.scenario, p.entry.name)).collect()
    }

    /// A line for every workload that is slower than the reference by more than a share, beyond what its interval leaves open.
    pub fn slower(&self, than: f64) -> Vec<String> {
        self.regressions("slower", than, |p| Some(p.time))
    }

    /// The same for joules per event.
    pub fn hungrier(&self, than: f64) -> Vec<String> {
        self.regressions("more joules", than, |p| p.energy.as_ref().ok().copied())
    }

    fn regressions(&self, what: &str, than: f64, ratio: impl Fn(&Pair<'_>) -> Option<Ratio>) -> Vec<String> {
        let mut lines = Vec::new();
        for p in &self.pairs {
            let Some(r) = ratio(p).filter(|r| r.value > 1.0 + than && !r.spans_one()) else { continue };
            let (scenario, base) = (&p.workload.scenario, &self.reference().name);
            lines.push(format!(
                "{scenario} of {}: {what}, {} of {base} (allowed {})",
                p.entry.name,
                r.words(),
                crate::report::format::digits(1.0 + than)
            ));
        }
        lines
    }
}
