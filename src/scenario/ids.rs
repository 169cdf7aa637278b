//! Neurons that have names of their own in data: whole numbers of up to 64 bits, one row of a list for each.

#![allow(clippy::cast_possible_truncation, reason = "rows were counted within bounds (src/bounds.rs)")]

use std::collections::HashMap;

use super::data_file::DataFile;
use crate::bounds;
use crate::error::{Error, Result};

/// The names of a population's neurons, in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuronIds {
    ids: Vec<u64>,
    numbers: HashMap<u64, u32>,
}

impl NeuronIds {
    /// All names, neuron by neuron.
    pub fn all(&self) -> &[u64] {
        &self.ids
    }

    /// The number of the neuron that has a name.
    pub fn number(&self, id: u64) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// From names in the order of the neurons.
    ///
    /// # Errors
    /// The row of a name that stands in it twice, counted from 1, and the row where it stood before.
    pub fn new(ids: Vec<u64>) -> std::result::Result<Self, (usize, usize)> {
        let mut numbers = HashMap::with_capacity(ids.len());
        for (number, id) in (0u32..).zip(&ids) {
            if let Some(before) = numbers.insert(*id, number) {
                return Err((number as usize + 1, before as usize + 1));
            }
        }
        Ok(Self { ids, numbers })
    }
}

/// What a list of neurons is called in messages.
pub(super) const WHAT: &str = "list of neurons";

/// Reads a list of neurons: a column of a table, the first one unless it is named.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Scenario`] with its line for a row that is no name, [`Error::Input`] for a name
/// that stands in it twice, and for a list that is empty or too long.
pub(super) fn read(mut rows: DataFile, column: Option<&str>) -> Result<NeuronIds> {
    let mut ids: Vec<u64> = Vec::new();
    let name = rows.name().to_owned();
    let which = match column {
        Some(wanted) => rows.column(wanted)?,
        None => 0,
    };
    rows.each_row(&[which], &[], &mut |place, row| {
        let id = row[0].id().ok_or_else(|| {
            let message = format!("\"{}\" is no neuron's name; names are whole numbers from 0 to 2^64 - 1", row[0]);
            Error::Scenario { file: name.clone(), line: place, message }
        })?;
        if ids.len() as u64 >= bounds::MAX_SLOTS {
            return Err(Error::Input(format!("{name}: a population has at most {} neurons", bounds::MAX_SLOTS)));
        }
        ids.push(id);
        Ok(())
    })?;
    if ids.is_empty() {
        return Err(Error::Input(format!("{name}: this list of neurons is empty")));
    }
    NeuronIds::new(ids).map_err(|(row, before)| {
        Error::Input(format!("{name}: row {row} names the neuron of row {before} again; each stands in the list once"))
    })
}
