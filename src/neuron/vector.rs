//! Neurons in vector registers, for the models that are stepped many at a time.

use std::ops::{Index, IndexMut};

use pulp::Simd;

use super::fixed_point::{self, MAX_CURRENT, REFRACTORY, WideRounding};
use super::lif::Constants;

/// Vectors of neurons that are stepped together: as many as the words of one call of the generator.
pub const VECTORS: usize = 4;
/// One value for each of their neurons. Words are signed or unsigned as it suits the operation. Vectors stand on cache lines wherever they
/// are kept: across two of them, what was just written takes several times as long to be read.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Wide<S: Simd>(pub [S::u32s; VECTORS]);

impl<S: Simd> Wide<S> {
    /// The same value for all.
    #[inline(always)]
    pub fn splat(value: S::u32s) -> Self {
        Self([value; VECTORS])
    }
}

impl<S: Simd> Index<usize> for Wide<S> {
    type Output = S::u32s;

    #[inline(always)]
    fn index(&self, i: usize) -> &S::u32s {
        &self.0[i]
    }
}

impl<S: Simd> IndexMut<usize> for Wide<S> {
    #[inline(always)]
    fn index_mut(&mut self, i: usize) -> &mut S::u32s {
        &mut self.0[i]
    }
}

impl<S: Simd> std::fmt::Debug for Wide<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wide").finish_non_exhaustive()
    }
}

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
pub fn greater<S: Simd>(simd: S, a: S::u32s, b: S::u32s) -> S::m32s {
    simd.greater_than_i32s(simd.transmute_i32s_u32s(a), simd.transmute_i32s_u32s(b))
}

/// The larger of two signed words.
#[inline(always)]
pub fn larger<S: Simd>(simd: S, a: S::u32s, b: S::u32s) -> S::u32s {
    simd.select_u32s(greater(simd, a, b), a, b)
}

/// The smaller of two signed words.
#[inline(always)]
pub fn smaller<S: Simd>(simd: S, a: S::u32s, b: S::u32s) -> S::u32s {
    simd.select_u32s(greater(simd, b, a), a, b)
}

/// Signed words held within limits.
#[inline(always)]
pub fn clamp<S: Simd>(simd: S, x: S::u32s, low: i32, high: i32) -> S::u32s {
    let (low, high) = (simd.splat_u32s(low as u32), simd.splat_u32s(high as u32));
    let x = simd.select_u32s(greater(simd, x, high), high, x);
    simd.select_u32s(greater(simd, low, x), low, x)
}

/// What a step of some neurons tells: where they spiked, and what has left its range so far.
#[derive(Clone, Copy)]
pub struct Watch<S: Simd> {
    /// The highest bit is set where a synaptic current has left its range.
    pub current: S::u32s,
    /// Where a potential has left its range.
    pub potential: S::m32s,
}

impl<S: Simd> Watch<S> {
    /// Nothing yet.
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        Self { current: simd.splat_u32s(0), potential: nowhere(simd) }
    }

    /// Whether a synaptic current has left its range.
    #[inline(always)]
    pub fn has_current(&self, simd: S) -> bool {
        let outside = simd.greater_than_i32s(simd.splat_i32s(0), simd.transmute_i32s_u32s(self.current));
        simd.first_true_m32s(outside) < S::U32_LANES
    }

    /// Whether anything has left its range.
    #[inline(always)]
    pub fn is_raised(&self, simd: S) -> bool {
        self.has_current(simd) || simd.first_true_m32s(self.potential) < S::U32_LANES
    }

    /// Notes where a synaptic current lies outside of plus and minus [`MAX_CURRENT`].
    #[inline(always)]
    pub(super) fn current(&mut self, simd: S, current: S::u32s) {
        let above = simd.add_u32s(current, simd.splat_u32s(MAX_CURRENT as u32));
        self.current = simd.or_u32s(self.current, above);
    }
}

impl<S: Simd> std::fmt::Debug for Watch<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// Leak, refractoriness and threshold, common to the leaky integrate-and-fire models: where a neuron spiked. Twin:
/// `shaders/shared/integrate.wgsl`. `beyond` is where more arrives than the
/// increment says.
#[inline(always)]
pub(super) fn integrate<S: Simd>(
    simd: S,
    c: &Constants,
    watch: &mut Watch<S>,
    rounding: &WideRounding<S>,
    old: &mut S::u32s,
    increment: S::u32s,
    beyond: S::m32s,
) -> S::m32s {
    let left = fixed_point::scale_wide(simd, *old, c.kept, rounding);
    let integrated = simd.add_u32s(left, increment);
    let floor = simd.splat_u32s(-REFRACTORY as u32);
    let refractory = greater(simd, *old, simd.splat_u32s(REFRACTORY as u32));
    let released = simd.equal_u32s(*old, simd.splat_u32s((REFRACTORY + 1) as u32));
    let held = simd.select_u32s(released, simd.splat_u32s(c.reset as u32), simd.sub_u32s(*old, simd.splat_u32s(1)));
    let below = greater(simd, simd.splat_u32s(c.threshold as u32), integrated);
    let free = simd.and_m32s(below, simd.not_m32s(refractory));
    let outside = simd.and_m32s(free, simd.or_m32s(greater(simd, floor, integrated), beyond));
    watch.potential = simd.or_m32s(watch.potential, outside);
    let spike = simd.not_m32s(simd.or_m32s(refractory, below));
    let next = simd.select_u32s(below, integrated, simd.splat_u32s(c.after_spike() as u32));
    *old = simd.select_u32s(refractory, held, next);
    spike
}
