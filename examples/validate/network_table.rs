//! The table of networks.

use spikewatt::analysis::Analysis;

use crate::networks::{NETWORKS, Values, compare, list, references, regimes};

/// The table, and what in it is not as it must be.
pub(crate) fn section() -> (String, Vec<String>) {
    let references = references();
    let mut text = String::from(
        "| network | simulator | quantity | spikewatt, mean +- sd over seeds | reference | may differ by |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let (mut failures, mut fano) = (Vec::new(), Vec::new());
    for w in &NETWORKS {
        eprintln!("{}: {} seeds of {} s", w.reference, w.seeds, w.bio_ms / 1000.0);
        let runs: Vec<Analysis> = (1..=w.seeds).filter_map(|seed| w.analysis(seed)).collect();
        let died = w.seeds - runs.len() as u64;
        if runs.is_empty() {
            failures.push(format!("{}: activity died out in every seed", w.reference));
            continue;
        }
        let simulator = references[w.reference]["simulator"].as_str().unwrap_or("").split(',').next().unwrap_or("").to_owned();
        if died > 0 {
            let theirs = references[w.reference]["seeds"].as_array().map_or(0, Vec::len);
            text += &format!(
                "| `{}` | {simulator} | seeds whose activity died out | {died} of {}; the others below | 0 of {theirs} | is reported |\n",
                w.reference, w.seeds
            );
        }
        for c in compare(w, &runs) {
            let [quantity, own, theirs, within] = c.cells();
            if !c.holds() {
                failures.push(format!("{}: {quantity} {own} differs from {theirs} by more than {within}", w.reference));
            }
            text += &format!("| `{}` | {simulator} | {quantity} | {own} | {theirs} | {within} |\n", w.reference);
        }
        if w.reference.starts_with("brunel") {
            let own = Values(runs.iter().filter_map(|r| r.all.fano_1ms).collect());
            let theirs = Values(list(&references[w.reference]["population_fano_1ms"], false));
            text += &format!(
                "| `{}` | {simulator} | Fano factor of the network, 1 ms | {} | {} | tells regimes apart |\n",
                w.reference,
                own.text(0),
                theirs.text(0)
            );
            fano.push((w.reference, own.mean()));
        }
    }
    failures.extend(regimes(&fano));
    (text, failures)
}
