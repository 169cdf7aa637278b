//! The weights of plastic synapses as they are, as edge lists that a scenario can begin with.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{Written, file_error};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::files::temporary_beside;
use crate::message;
use crate::message::Term;
use crate::network::plasticity::ONE;
use crate::network::{Network, PlasticProjection};

/// Where the weights of each projection with `stdp` go: to `path`, or to `NAME-SOURCE-TARGET.csv` beside it if there are several; with
/// their places in [`Network::plastic`].
///
/// # Errors
/// [`Error::Input`] for a network without such a projection, or another ending than `.csv`.
pub fn weight_files(path: &Path, network: &Network) -> Result<Vec<(usize, PathBuf)>> {
    let refuse = |why: &str| Err(Error::Asked(message!(Term::Weights, format!(" {}: {why}", path.display()))));
    if path.extension().is_none_or(|e| e != "csv") {
        return refuse("weights are written as CSV; give a name that ends in .csv");
    }
    let learning: Vec<usize> = (0..network.plastic.len()).filter(|i| network.plastic[*i].stdp().is_some()).collect();
    let name = |p: &PlasticProjection| {
        let (source, target) = (&network.populations[p.projection.source].name, &network.populations[p.projection.target].name);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!("{stem}-{source}-{target}.csv"))
    };
    let files: Vec<(usize, PathBuf)> = match learning[..] {
        [] => return refuse("the scenario has no projection with `stdp`, so no weight changes"),
        [only] => vec![(only, path.to_owned())],
        _ => learning.iter().map(|i| (*i, name(&network.plastic[*i]))).collect(),
    };
    let same = |i: usize| files[..i].iter().any(|(_, other)| *other == files[i].1);
    if (0..files.len()).any(same) {
        return refuse("two projections with `stdp` join the same populations; write them as one, or split a population");
    }
    Ok(files)
}

/// Writes the present weights of a projection: columns source, target, weight (in the unit of the target's weights) and delay (ms).
///
/// # Errors
/// The engine's, and [`Error::File`].
pub fn write_weights(path: &Path, engine: &mut dyn Engine, index: usize) -> Result<Written> {
    let words = engine.plastic_words(index)?;
    let network = engine.network();
    let p = &network.plastic[index];
    let unit = p.stdp().map_or(1.0, |stdp| stdp.w_max_unit) / f64::from(ONE);
    let failed = |e: &std::io::Error| file_error(path, e);
    let file = temporary_beside(path).map_err(|e| failed(&e))?;
    let mut out = BufWriter::new(file);
    let mut rows = 0;
    let mut write = || {
        writeln!(out, "source,target,weight,delay")?;
        for i in 0..p.projection.source_size {
            let row = p.projection.row(i);
            for k in 0..p.projection.row_length(i) {
                let s = row.synapse(k);
                let delay_ms = f64::from(s.delay) * network.scenario.dt_ms;
                writeln!(out, "{i},{},{},{}", s.target, f64::from(words[rows]) * unit, (delay_ms * 1e6).round() / 1e6)?;
                rows += 1;
            }
        }
        out.flush()
    };
    write().map_err(|e| failed(&e))?;
    let file = out.into_inner().map_err(|e| failed(e.error()))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(Written { path: path.to_owned(), what: "weight", rows: rows as u64 })
}
