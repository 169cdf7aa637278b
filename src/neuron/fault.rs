//! What can go wrong in a neuron's step, found while it runs.

/// The outcome of a step has this bit if the neuron spiked; above it stand faults.
pub const SPIKE: u32 = 1;

/// Why the state of a neuron is not right any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Fault {
    /// The potential is infinite or no number (tolerant class).
    NotANumber = 2,
    /// A synaptic current or conductance has left the range of its fixed-point scale.
    Input = 4,
    /// The potential has left its range.
    Potential = 8,
    /// The potential has risen to the end of its range, beyond which its threshold lies.
    Threshold = 16,
    /// Another state variable has left its range.
    Recovery = 32,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 5] = [Fault::NotANumber, Fault::Input, Fault::Potential, Fault::Threshold, Fault::Recovery];

    /// The first fault of an outcome.
    pub fn of(outcome: u32) -> Option<Fault> {
        Self::ALL.into_iter().find(|fault| outcome & *fault as u32 != 0)
    }

    /// Its bit where a condition holds.
    #[inline(always)]
    pub(super) fn unless(self, fine: bool) -> u32 {
        if fine { 0 } else { self as u32 }
    }
}
