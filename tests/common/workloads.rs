//! Networks of all kinds, small, with the spikes that every engine gives.

use serde::Deserialize;
use spikewatt::network::Network;
use spikewatt::scenario::{Scale, load};

/// Where they are written down.
pub(crate) const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/checksums.toml");

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Workload {
    pub(crate) scenario: String,
    pub(crate) version: u32,
    pub(crate) factor: f64,
    pub(crate) bio_ms: f64,
    pub(crate) spikes: u64,
    pub(crate) checksum: String,
}

#[derive(Debug, Deserialize)]
struct Known {
    workload: Vec<Workload>,
}

pub(crate) fn known() -> Vec<Workload> {
    let text = std::fs::read_to_string(FILE).expect("tests/data/checksums.toml is there");
    toml::from_str::<Known>(&text).expect("tests/data/checksums.toml can be read").workload
}

pub(crate) fn network(workload: &Workload) -> Network {
    let scenario = load(&workload.scenario).expect("built in");
    let scenario =
        if workload.factor == 1.0 { scenario } else { scenario.scaled(Scale::Factor(workload.factor)).expect("scales") };
    Network::build(&scenario).expect("a network")
}
