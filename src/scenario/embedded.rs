//! Tables of the built-in scenarios, embedded in the binary.

use super::data_file::DataFile;
use crate::error::{Error, Result};

/// Tables that built-in scenarios name.
const TABLES: [(&str, &[u8]); 3] = [
    ("celegans.csv", include_bytes!("../../assets/connectomes/celegans.csv")),
    ("larva.csv", include_bytes!("../../assets/connectomes/larva.csv")),
    ("larva_neurons.csv", include_bytes!("../../assets/connectomes/larva_neurons.csv")),
];

/// A table that a built-in scenario names.
pub(super) fn table(name: &str, what: &'static str) -> Result<DataFile> {
    let (_, bytes) = TABLES.iter().find(|(n, _)| *n == name).ok_or_else(|| Error::Internal(format!("no table {name}")))?;
    DataFile::embedded(name, what, bytes)
}
