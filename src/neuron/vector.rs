//! Neurons in vector registers, for the models that are stepped many at a time.

use pulp::Simd;

use super::fixed_point::{self, REFRACTORY};
use super::lif::Constants;

/// Vectors of neurons that are stepped together: as many as the words of one call of the generator.
pub const VECTORS: usize = 4;
/// One value for each of their neurons. Words are signed or unsigned as it suits the operation.
pub type Wide<S> = [<S as Simd>::u32s; VECTORS];

/// The state of some neurons while they are stepped.
#[derive(Clone, Copy)]
pub struct WideState<S: Simd> {
    /// Membrane potential or refractory code.
    pub v: Wide<S>,
    /// Synaptic currents of both channels; the second is used where excitation and inhibition decay differently.
    pub syn: [Wide<S>; 2],
}

impl<S: Simd> std::fmt::Debug for WideState<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WideState").finish_non_exhaustive()
    }
}

/// A mask that is false everywhere.
#[inline(always)]
pub fn nowhere<S: Simd>(simd: S) -> S::m32s {
    simd.equal_u32s(simd.splat_u32s(0), simd.splat_u32s(1))
}

/// Where one signed word is greater than another.
#[inline(always)]
fn greater<S: Simd>(simd: S, a: S::u32s, b: S::u32s) -> S::m32s {
    simd.greater_than_i32s(simd.transmute_i32s_u32s(a), simd.transmute_i32s_u32s(b))
}

/// Signed words held within limits.
#[inline(always)]
pub(super) fn clamp<S: Simd>(simd: S, x: S::u32s, low: i32, high: i32) -> S::u32s {
    let (low, high) = (simd.splat_u32s(low as u32), simd.splat_u32s(high as u32));
    let x = simd.select_u32s(greater(simd, x, high), high, x);
    simd.select_u32s(greater(simd, low, x), low, x)
}

/// Leak, saturation, refractoriness and threshold, common to the leaky integrate-and-fire models: where a neuron spiked. Twin:
/// `shaders/shared/integrate.wgsl`.
#[inline(always)]
pub(super) fn integrate<S: Simd>(simd: S, c: &Constants, old: &mut S::u32s, increment: S::u32s) -> S::m32s {
    let after_spike = if c.refractory_steps > 0 { REFRACTORY + c.refractory_steps as i32 } else { c.reset };
    let leak = fixed_point::scale_wide(simd, *old, simd.splat_u32s(c.leak));
    let integrated = simd.add_u32s(simd.sub_u32s(*old, leak), increment);
    let floor = simd.splat_u32s(-REFRACTORY as u32);
    let integrated = simd.select_u32s(greater(simd, floor, integrated), floor, integrated);
    let refractory = greater(simd, *old, simd.splat_u32s(REFRACTORY as u32));
    let released = simd.equal_u32s(*old, simd.splat_u32s((REFRACTORY + 1) as u32));
    let held = simd.select_u32s(released, simd.splat_u32s(c.reset as u32), simd.sub_u32s(*old, simd.splat_u32s(1)));
    let below = greater(simd, simd.splat_u32s(c.threshold as u32), integrated);
    let spike = simd.not_m32s(simd.or_m32s(refractory, below));
    let free = simd.select_u32s(below, integrated, simd.splat_u32s(after_spike as u32));
    *old = simd.select_u32s(refractory, held, free);
    spike
}
