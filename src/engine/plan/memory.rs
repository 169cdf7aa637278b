//! What a network's parts need, and whether it fits.

#![allow(
    clippy::cast_possible_truncation,
    reason = "sizes of what a plan counts are bounded by the network's (src/bounds.rs) and the adapter's limits"
)]

use super::{Delivery, Options};
use crate::error::{Error, Remedy, Result, TooBig, human_bytes};
use crate::message;
use crate::message::Term;
use crate::network::Network;

/// Memory of a network's parts, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Membrane potentials and currents, saved copy included.
    pub state: u64,
    /// Ring buffers of input to come, or spikes that wait until they are due; saved copy included.
    pub ring: u64,
    /// Stored synapses, with what tells where the parts of their rows lie.
    pub synapses: u64,
    /// Synapses whose weights change, and what they remember; saved copy included.
    pub plastic: u64,
    /// Row starts, tables, counters, a spike list that holds no input to come.
    pub tables: u64,
}

impl Memory {
    /// All parts.
    pub fn total(&self) -> u64 {
        self.state + self.ring + self.synapses + self.plastic + self.tables
    }
}

/// Whose memory a plan fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Adapter,
    Machine,
}

impl Whose {
    /// The CPU engine as one more way out, for those who are not there already.
    fn or_elsewhere(self, too_big: TooBig) -> TooBig {
        if self == Whose::Adapter { too_big.or(Remedy::CpuEngine) } else { too_big }
    }
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Whose::Adapter { "the adapter's memory" } else { "this machine's memory" })
    }
}

/// Stored synapses where they are possible and fit, unless the caller has chosen. `impossible` tells why this plan cannot store them.
pub(super) fn choose_delivery(
    network: &Network,
    options: &Options,
    memory: &mut Memory,
    available: u64,
    whose: Whose,
    impossible: Option<String>,
) -> Result<(Delivery, Option<String>)> {
    let impossible = if network.projections.iter().any(|p| p.synapses() > u64::from(u32::MAX)) {
        Some("a projection has more than 2^32 synapses".to_owned())
    } else {
        impossible
    };
    if network.has_lists() {
        // Data cannot be evaluated anew.
        let name = &network.scenario.name;
        check_lists(network, options)?;
        if let Some(why) = impossible {
            return Err(whose
                .or_elsewhere(TooBig::new(format!("the edge lists of {name} cannot be stored here ({why})")))
                .into());
        }
        if memory.total() > available {
            let what = format!(
                "{name} needs {} for {} neurons and {} synapses, but {whose} has {} free; its edge lists must be stored, so use a machine with more",
                human_bytes(memory.total()),
                network.neurons(),
                network.synapses(),
                human_bytes(available)
            );
            return Err(TooBig::new(what).bytes(memory.total(), available).into());
        }
        return Ok((Delivery::Stored, None));
    }
    let without = memory.total() - memory.synapses;
    let (delivery, note) = match options.delivery {
        Some(Delivery::Procedural) => (Delivery::Procedural, None),
        _ if impossible.is_some() => (Delivery::Procedural, impossible.map(|why| format!("{why}, so synapses are procedural"))),
        Some(Delivery::Stored) => (Delivery::Stored, None),
        None if memory.total() > available => (
            Delivery::Procedural,
            Some(format!(
                "{} of stored synapses do not fit {whose} ({} free), so synapses are procedural",
                human_bytes(memory.synapses),
                human_bytes(available)
            )),
        ),
        None => (Delivery::Stored, None),
    };
    if delivery == Delivery::Procedural {
        memory.synapses = 0;
    }
    if memory.total() > available {
        let need = format!(
            "{} needs {} for {} neurons and {} synapses, but {whose} has {} free",
            network.scenario.name,
            human_bytes(memory.total()),
            network.neurons(),
            network.synapses(),
            human_bytes(available)
        );
        let too_big = TooBig::new(need).bytes(memory.total(), available);
        let too_big = if without <= available {
            too_big.or(Remedy::ProceduralSynapses(without))
        } else {
            let fits = (network.neurons() as f64 * available as f64 / without as f64) as u64;
            whose.or_elsewhere(too_big.or(Remedy::Neurons(fits)))
        };
        return Err(too_big.into());
    }
    Ok((delivery, note))
}

/// Why the synapses of a projection cannot be stored by themselves, if any cannot.
pub(super) fn words_too_long(network: &Network) -> Option<String> {
    let any = network.projections.iter().any(|p| p.word_layout().is_none());
    any.then(|| "a synapse needs more than 32 bits".to_owned())
}

/// Bytes of all plastic projections.
pub(super) fn plastic_bytes(network: &Network) -> u64 {
    network.plastic.iter().map(crate::network::PlasticProjection::bytes).sum()
}

/// Refuses to evaluate synapses anew that are data.
pub(super) fn check_lists(network: &Network, options: &Options) -> Result<()> {
    if network.has_lists() && options.delivery == Some(Delivery::Procedural) {
        return Err(Error::Asked(message!(
            Term::ProceduralSynapses,
            format!(": {} has an edge list, whose synapses are data and must be stored; leave it out", network.scenario.name)
        )));
    }
    Ok(())
}

/// Memory of this machine that a plan may fill, bytes: what the caller says, else what Linux tells, less a reserve of an eighth.
pub(super) fn machine_memory(options: &Options) -> u64 {
    let told = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
    };
    options.machine_memory_bytes.or_else(told).map_or(u64::MAX, |free| free / 8 * 7)
}
