//! Edge lists of the built-in scenarios, embedded in the binary.

use super::edge_list::{EdgeList, Expected, from_bytes};
use crate::error::{Error, Result};

/// Edge lists that built-in scenarios name.
const EDGE_LISTS: [(&str, &[u8]); 1] = [("celegans.csv", include_bytes!("../../assets/connectomes/celegans.csv"))];

/// Reads an edge list that a built-in scenario names.
pub(super) fn edge_list(name: &str, expected: Expected<'_>) -> Result<EdgeList> {
    let (_, bytes) =
        EDGE_LISTS.iter().find(|(n, _)| *n == name).ok_or_else(|| Error::Internal(format!("no edge list {name}")))?;
    from_bytes(name, bytes, expected)
}
