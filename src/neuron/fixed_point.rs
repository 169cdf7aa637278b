//! Fixed-point arithmetic shared by the exact neuron models; twin of `shaders/shared/fixed_point.wgsl`.
//!
//! Products are rounded down after an offset has been added that runs through its whole range with the step, the same for all neurons and
//! on every engine: on average nothing is lost, no remainder is too small to decay, and zero stays zero. See `docs/numerics.md`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use pulp::Simd;

/// The membrane potential stays above minus this many units, and values above it encode a refractory neuron: `REFRACTORY + r`
/// stands for "held at reset for r more steps". A threshold that no potential can reach stands here.
pub const REFRACTORY: i32 = 1 << 30;
/// A single step changes the membrane potential by at most this many units.
pub const MAX_INCREMENT: i32 = (1 << 30) - 1;
/// A synaptic current stays below this many units, and so does what arrives in a step.
pub const MAX_CURRENT: i32 = 1 << 30;
/// What scales are chosen for: less than that, because every weight is rounded and all of them may be rounded up.
pub(super) const ROOM: f64 = 0.98 * (1 << 30) as f64;

/// The offset of a step's roundings, of 31 bits: multiples of the golden ratio, whose fractions fill any interval evenly.
#[inline(always)]
pub fn rounding(step: u32) -> u32 {
    step.wrapping_mul(0x9E37_79B9) >> 1
}

/// A second offset of the same step, for a product of what has been rounded with the first: with the same, a small number that is rounded up
/// by a large offset would be rounded down again by it.
#[inline(always)]
pub fn another(rounding: u32) -> u32 {
    rounding.wrapping_mul(0x5851_F42D) & 0x7FFF_FFFF
}

/// The offset that rounds to nearest, ties upwards.
pub const NEAREST: u32 = 1 << 30;

/// `x * factor / 2^32`, rounded down after an offset of `rounding / 2^31` has been added. `factor` is an even unsigned Q32 number below 1.
#[inline(always)]
pub fn scale(x: i32, factor: u32, rounding: u32) -> i32 {
    // The factor is even, so half of it fits a signed 32-bit multiplier, which vector units have.
    ((i64::from(x) * i64::from((factor >> 1) as i32) + i64::from(rounding)) >> 31) as i32
}

/// The offset of a step's roundings in vectors.
#[derive(Clone, Copy)]
pub struct WideRounding<S: Simd> {
    /// In every word of 64 bits.
    offset: S::u64s,
    /// The low word of a product from which on it carries into the high one: half of the word, which is even, and the offset together pass 31
    /// bits.
    carries: S::u32s,
}

impl<S: Simd> WideRounding<S> {
    /// The offset of a step.
    #[inline(always)]
    pub fn of(simd: S, rounding: u32) -> Self {
        let carries = if rounding == 0 { u32::MAX } else { (rounding << 1).wrapping_neg() };
        Self { offset: simd.splat_u64s(rounding.into()), carries: simd.splat_u32s(carries) }
    }
}

impl<S: Simd> std::fmt::Debug for WideRounding<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WideRounding").finish_non_exhaustive()
    }
}

/// [`scale`] in all lanes of a vector.
#[inline(always)]
pub fn scale_wide<S: Simd>(simd: S, x: S::u32s, factor: u32, rounding: &WideRounding<S>) -> S::u32s {
    #[cfg(target_arch = "x86_64")]
    if let Some(scaled) = super::signed_product::scale(simd, x, factor, rounding.offset) {
        return scaled;
    }
    // The high word of a 64-bit product, rounded by its low word.
    let factor = simd.splat_u32s(factor);
    let (low, high) = simd.widening_mul_u32s(x, factor);
    // The product of unsigned words is too large by factor x 2^32 where x is negative.
    let negative = simd.greater_than_i32s(simd.splat_i32s(0), simd.transmute_i32s_u32s(x));
    let high = simd.select_u32s(negative, simd.sub_u32s(high, factor), high);
    let carries = simd.greater_than_or_equal_u32s(low, rounding.carries);
    simd.select_u32s(carries, simd.add_u32s(high, simd.splat_u32s(1)), high)
}

/// The same where it is known whether the factor is at least a half.
#[inline(always)]
pub fn scale_wide_on_one_side<S: Simd, const FROM_HALF: bool>(
    simd: S,
    x: S::u32s,
    factor: u32,
    rounding: &WideRounding<S>,
) -> S::u32s {
    debug_assert_eq!(factor >= HALF, FROM_HALF);
    #[cfg(target_arch = "x86_64")]
    if let Some(scaled) = super::signed_product::scale_on_one_side::<S, FROM_HALF>(simd, x, factor, rounding.offset) {
        return scaled;
    }
    scale_wide(simd, x, factor, rounding)
}

/// A half as a Q32 number.
pub const HALF: u32 = 1 << 31;

/// A real factor in [0, 1) as an even Q32 number.
pub fn q32(factor: f64) -> u32 {
    let half = libm::round(factor * 2147483648.0).clamp(0.0, 2147483647.0);
    (half as u32) << 1
}

/// A real factor as a mantissa and a number of binary digits: `multiply(x, m, s)` is x times it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// Mantissa, of at most 31 bits.
    pub mantissa: i32,
    /// Digits after the point, 1 to 62.
    pub shift: u32,
}

impl Factor {
    /// The nearest factor to a real one; as fine as 31 bits allow. Factors of 2^30 or more become that, those that vanish 0.
    pub fn of(x: f64) -> Self {
        if x == 0.0 || !x.is_finite() {
            return Self { mantissa: 0, shift: 1 };
        }
        let shift = (30 - libm::ilogb(x) - 1).clamp(1, 62);
        let mantissa = libm::round(x * libm::exp2(f64::from(shift))).clamp(-1073741824.0, 1073741824.0) as i32;
        Self { mantissa, shift: shift as u32 }
    }
}

/// `x * mantissa / 2^shift`, rounded down after an offset of `rounding / 2^31` has been added, for a shift of 1 to 62; the result must fit
/// 32 bits.
#[inline(always)]
pub fn multiply(x: i32, mantissa: i32, shift: u32, rounding: u32) -> i32 {
    (product(x, mantissa, shift, rounding) >> shift) as i32
}

/// [`multiply`] with a result of any size, held within plus and minus 2^30.
#[inline(always)]
pub fn multiply_held(x: i32, mantissa: i32, shift: u32, rounding: u32) -> i32 {
    (product(x, mantissa, shift, rounding) >> shift).clamp(-(1 << 30), 1 << 30) as i32
}

#[inline(always)]
fn product(x: i32, mantissa: i32, shift: u32, rounding: u32) -> i64 {
    let offset = if shift <= 31 { i64::from(rounding >> (31 - shift)) } else { i64::from(rounding) << (shift - 31) };
    i64::from(x) * i64::from(mantissa) + offset
}

/// What is left of something after a step in which it decays with a time constant: an even Q32 factor for [`scale`].
pub fn kept(dt_ms: f64, tau_ms: f64) -> u32 {
    // From 1 downwards, so that slow decays keep their digits.
    let lost = libm::round(-libm::expm1(-dt_ms / tau_ms) * 2147483648.0).clamp(1.0, 2147483648.0);
    ((2147483648.0 - lost) as u32) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both {
        x: i32,
        factor: u32,
        rounding: u32,
    }

    impl pulp::WithSimd for Both {
        type Output = i32;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> i32 {
            let rounding = WideRounding::of(simd, self.rounding);
            let scaled = scale_wide(simd, simd.splat_u32s(self.x as u32), self.factor, &rounding);
            bytemuck::cast_slice::<S::u32s, i32>(&[scaled])[S::U32_LANES - 1]
        }
    }

    #[test]
    fn vectors_scale_as_single_words() {
        for x in [0, 1, -1, 7, -1001, 1 << 29, -(1 << 30), REFRACTORY + 20, i32::MAX, i32::MIN] {
            for factor in [0, 2, 1 << 31, q32(0.00995), q32(0.181), 0xFFFF_FFFE] {
                for rounding in [0, 1, NEAREST, rounding(77), (1 << 31) - 1] {
                    let wide = pulp::Arch::new().dispatch(Both { x, factor, rounding });
                    assert_eq!(wide, scale(x, factor, rounding), "{x} x {factor}, {rounding}");
                }
            }
        }
    }

    #[test]
    fn factors_are_as_fine_as_their_bits() {
        for x in [1e-9, 3.3e-5, 0.1, 0.5, 1.0, 1.5, 777.7, 1e6, -0.04, -1e3] {
            let f = Factor::of(x);
            let got = f64::from(f.mantissa) / libm::exp2(f64::from(f.shift));
            assert!((got / x - 1.0).abs() < 2e-9, "{x}: {got}");
        }
        let f = Factor::of(-1.5);
        assert_eq!(
            [
                multiply(3, f.mantissa, f.shift, NEAREST),
                multiply(-3, f.mantissa, f.shift, NEAREST),
                multiply(5, f.mantissa, f.shift, NEAREST)
            ],
            [-4, 5, -7]
        );
    }

    #[test]
    fn scaling_rounds_up_as_often_as_the_fraction_says() {
        for (x, f) in
            [(1000, 0.5), (-1001, 0.25), (1 << 30, 0.990049833749168), (-(1 << 30), 0.00995), (7, 0.1), (1, 1e-3), (-1, 1e-3)]
        {
            let exact = f64::from(x) * f64::from(q32(f)) / 4294967296.0;
            let steps = 100_000u32;
            let sum: i64 = (0..steps).map(|step| i64::from(scale(x, q32(f), rounding(step)))).sum();
            assert!((sum as f64 - exact * f64::from(steps)).abs() < 20.0, "{x} x {f}: {sum}");
            assert!((f64::from(scale(x, q32(f), NEAREST)) - exact).abs() <= 0.5);
            assert_eq!(scale(0, q32(f), rounding(x as u32)), 0);
        }
    }

    #[test]
    fn whatever_is_left_decays_to_nothing() {
        for (dt_ms, tau_ms) in [(0.01, 1000.0), (0.1, 100.0), (1.0, 0.5)] {
            for start in [1, -1, 30, -30, 100_000, -(1 << 29)] {
                let (mut x, mut step) = (start, 7u32);
                let limit = (40.0 * tau_ms / dt_ms) as u32 + 100;
                while x != 0 && step < limit {
                    x = scale(x, kept(dt_ms, tau_ms), rounding(step));
                    step += 1;
                }
                assert_eq!(x, 0, "{start} with {tau_ms} ms in steps of {dt_ms} ms");
            }
        }
    }

    /// The figures of docs/numerics.md: how far a decaying value is from double precision at worst, with this and with other offsets.
    #[test]
    fn roundings_move_a_decaying_value_by_at_most_16_units() {
        let pseudo_random = |step: u32| {
            let x = (step ^ step >> 16).wrapping_mul(0x7feb_352d);
            let x = (x ^ x >> 15).wrapping_mul(0x846c_a68b);
            (x ^ x >> 16) >> 1
        };
        let offsets: [(&str, &dyn Fn(u32) -> u32); 3] =
            [("golden ratio", &rounding), ("pseudo-random", &pseudo_random), ("nearest", &|_| NEAREST)];
        let mut worst = [0f64; 3];
        for (o, (_, offset)) in offsets.iter().enumerate() {
            for tau_ms in [0.5, 2.0, 10.0, 100.0, 1000.0] {
                for dt_ms in [0.01, 0.1, 1.0] {
                    for trial in 0..6u32 {
                        let factor = kept(dt_ms, tau_ms);
                        let (mut x, mut exact) = ((5000 + pseudo_random(trial) % 100_000) as i32, 0f64);
                        exact += f64::from(x);
                        for step in 0..(12.0 * tau_ms / dt_ms) as u32 {
                            x = scale(x, factor, offset(step.wrapping_add(pseudo_random(77 * trial))));
                            exact *= f64::from(factor) / 4294967296.0;
                            worst[o] = worst[o].max((f64::from(x) - exact).abs());
                        }
                    }
                }
            }
            println!("{}: {:.1} units", offsets[o].0, worst[o]);
        }
        assert!(worst[0] < 16.0 && worst[1] > 50.0 && worst[2] > 10_000.0, "{worst:?}");
    }

    #[test]
    fn products_are_held_where_they_pass_the_range() {
        assert_eq!(multiply_held(1 << 30, 1 << 30, 20, NEAREST), 1 << 30);
        assert_eq!(multiply_held(-(1 << 30), 1 << 30, 20, NEAREST), -(1 << 30));
        assert_eq!(multiply_held(1000, 1 << 20, 20, NEAREST), 1000);
    }
}
