//! Whether neurons that are stepped one by one can be at rest.

use super::form::{Input, Scalar, ScalarType, Word};
use super::{Model, Visitor};

/// Roundings that are tried: products of 0 are 0 with any of them, so that two would do.
const ROUNDINGS: [u32; 4] = [0, 1, 0x4000_0000, 0x7FFF_FFFF];

/// Steps a neuron whose words are all 0, once with each rounding.
struct FromZero<'a> {
    constants: &'a [u32],
    stays: &'a mut bool,
}

impl Visitor for FromZero<'_> {
    fn visit<M: Scalar>(self) {
        let constants: M::Constants = bytemuck::pod_read_unaligned(bytemuck::cast_slice(self.constants));
        *self.stays = ROUNDINGS.into_iter().all(|rounding| {
            let mut n: M::State = bytemuck::Zeroable::zeroed();
            let nothing = || M::Word::from_input(0, 1.0);
            let input = Input { excitatory: nothing(), inhibitory: nothing(), current: M::Word::sum(0, 0), rounding };
            let outcome = M::step(&mut n, &constants, input);
            outcome == 0 && bytemuck::bytes_of(&n).iter().all(|byte| *byte == 0)
        });
    }
}

impl Model {
    /// Whether a neuron with some constants, whose words are all 0, stays as it is while nothing reaches it, whatever a step's rounding:
    /// exact models only. Nobody can tell of a user's model.
    pub fn stays_at_zero(&self, constants: &[u32]) -> bool {
        let mut stays = false;
        self.form().word != ScalarType::F32 && self.visit(FromZero { constants, stays: &mut stays }) && stays
    }
}
