//! A machine's joules beside the brain's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Counterpart, Derived, Energy, Scope};
use crate::brain::Brain;

/// A machine beside the brain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Gross joules beside the whole brain, or, of a whole machine, beside the body.
    pub gross: Beside,
    /// Net joules beside the brain's signalling; null without an idle baseline, or where the work takes no more than idleness.
    pub net: Option<Beside>,
    /// How many brains the machine's power would feed.
    pub brains: f64,
    /// How many bodies with a brain.
    pub bodies: f64,
    /// How many LED bulbs.
    pub led_bulbs: f64,
    /// How many incandescent bulbs.
    pub incandescent_bulbs: f64,
}

/// A machine's joules beside those of a counterpart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// What they are compared with.
    pub counterpart: Counterpart,
    /// Its energy per spike, J.
    pub j_per_spike: Derived,
    /// Its energy per synaptic event, J.
    pub j_per_synaptic_event: Derived,
    /// The machine's energy per spike as a multiple of that; null without spikes.
    pub spike_multiple: Option<Derived>,
    /// The machine's energy per synaptic event as a multiple of that; null without synapses.
    pub synaptic_event_multiple: Option<Derived>,
}

impl Beside {
    fn new(brain: &Brain, counterpart: Counterpart, per_spike: Option<f64>, per_event: Option<f64>) -> Self {
        let (spike, event) = (brain.j_per_spike(counterpart), brain.j_per_synaptic_event(counterpart));
        Self {
            counterpart,
            j_per_spike: spike,
            j_per_synaptic_event: event,
            spike_multiple: per_spike.map(|v| spike.multiples(v)),
            synaptic_event_multiple: per_event.map(|v| event.multiples(v)),
        }
    }
}

impl Comparison {
    /// A workload's joules, seen with a scope, beside a brain; `None` without a power.
    pub fn new(energy: &Energy, scope: Scope, brain: &Brain) -> Option<Self> {
        let power = energy.power_w.value?;
        let whole = match scope {
            Scope::Wall | Scope::Battery => Counterpart::Body,
            Scope::GpuBoard | Scope::CpuPackage | Scope::Chip | Scope::Module => Counterpart::Brain,
        };
        // Work that takes no more than idleness has no counterpart.
        let net = energy.net_j_per_spike.value.or(energy.net_j_per_synaptic_event.value).filter(|j| *j > 0.0);
        Some(Self {
            gross: Beside::new(brain, whole, energy.gross_j_per_spike.value, energy.gross_j_per_synaptic_event.value),
            net: net.map(|_| {
                let (spike, event) = (energy.net_j_per_spike.value, energy.net_j_per_synaptic_event.value);
                Beside::new(brain, Counterpart::Signalling, spike, event)
            }),
            brains: power / brain.power_w.value,
            bodies: power / brain.power(Counterpart::Body).default,
            led_bulbs: power / brain.led_bulb_w.value,
            incandescent_bulbs: power / brain.incandescent_bulb_w.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Quantity;

    /// 60 W gross and 40 W net over a billion events and a million spikes in a second.
    fn energy(net_w: f64) -> Energy {
        Energy {
            power_w: Quantity::exact(60.0),
            gross_j_per_spike: Quantity::exact(60e-6),
            gross_j_per_synaptic_event: Quantity::exact(60e-9),
            net_j_per_spike: Quantity::exact(net_w * 1e-6),
            net_j_per_synaptic_event: Quantity::exact(net_w * 1e-9),
            ..Energy::missing("a test")
        }
    }

    #[test]
    fn joules_stand_beside_what_pays_for_the_same() {
        let brain = Brain::embedded();
        let default = |m: Option<Derived>| m.expect("a multiple").default;
        for (scope, counterpart, watts) in [
            (Scope::GpuBoard, Counterpart::Brain, 15.0),
            (Scope::Module, Counterpart::Brain, 15.0),
            (Scope::Wall, Counterpart::Body, 75.0),
            (Scope::Battery, Counterpart::Body, 75.0),
        ] {
            let c = Comparison::new(&energy(40.0), scope, &brain).expect("a comparison");
            assert_eq!(c.gross.counterpart, counterpart);
            assert!((default(c.gross.synaptic_event_multiple) / (60e-9 / (watts / 2e14)) - 1.0).abs() < 1e-12);
            assert!((default(c.gross.spike_multiple) / (60e-6 / (watts / 86.1e9)) - 1.0).abs() < 1e-12);
            let net = c.net.expect("an idle baseline");
            assert_eq!(net.counterpart, Counterpart::Signalling);
            assert!((default(net.synaptic_event_multiple) / (40e-9 / (15.0 * 0.7 / 2e14)) - 1.0).abs() < 1e-12);
            assert!((c.brains - 4.0).abs() < 1e-12 && (c.bodies - 0.8).abs() < 1e-12);
        }
        // A meter that shows no more under load than idle.
        assert!(Comparison::new(&energy(-1.0), Scope::GpuBoard, &brain).expect("a comparison").net.is_none());
    }
}
