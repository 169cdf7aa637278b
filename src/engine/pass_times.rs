//! Where the time of a run goes: the passes of an engine, timed one by one.

use std::borrow::Cow;

/// What one pass took over a number of steps.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassTime {
    /// Name.
    pub name: Cow<'static, str>,
    /// Dispatches (or calls, on the CPU engine).
    pub dispatches: u64,
    /// Time on the device, s.
    pub seconds: f64,
    /// Bytes it had to move at least: state and ring buffers of updates; synapses and ring buffers of deliveries. `None` where no
    /// such number makes sense.
    pub bytes: Option<u64>,
}

impl PassTime {
    /// Bytes per second, if it moved any.
    pub fn bytes_per_second(&self) -> Option<f64> {
        self.bytes.filter(|b| *b > 0 && self.seconds > 0.0).map(|b| b as f64 / self.seconds)
    }
}

/// Bytes the updates of a number of steps move at least: every state variable is loaded and stored `moves` times, every input word
/// read and cleared once per step.
pub(super) fn update_bytes(network: &crate::network::Network, steps: u64, moves: u64) -> u64 {
    let neurons = network.neurons();
    let input = if network.synapses() > 0 { u64::from(network.channels) * 8 * steps } else { 0 };
    neurons * (u64::from(network.state_variables()) * 8 * moves + input)
}

/// Bytes the delivery of a number of events moves at least: a stored synapse is read, a word of a ring buffer read and written.
pub(super) fn delivery_bytes(events: u64, stored: bool) -> u64 {
    events * if stored { 12 } else { 8 }
}
