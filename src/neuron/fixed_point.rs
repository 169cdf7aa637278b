//! Fixed-point arithmetic shared by the exact neuron models; twin of `shaders/shared/fixed_point.wgsl`.

use pulp::Simd;

/// The membrane potential saturates at minus this many units, and values above it encode a refractory neuron: `REFRACTORY + r`
/// stands for "held at reset for r more steps".
pub const REFRACTORY: i32 = 1 << 30;
/// A single step changes the membrane potential by at most this many units.
pub const MAX_INCREMENT: i32 = 1 << 29;

/// `x * factor / 2^32`, rounded to nearest (ties upwards). `factor` is an even unsigned Q32 number below 1.
#[inline(always)]
pub fn scale(x: i32, factor: u32) -> i32 {
    // The factor is even, so half of it fits a signed 32-bit multiplier, which vector units have.
    ((i64::from(x) * i64::from((factor >> 1) as i32) + (1 << 30)) >> 31) as i32
}

/// [`scale`] in all lanes of a vector: the high word of a 64-bit product, rounded by its low word.
#[inline(always)]
pub fn scale_wide<S: Simd>(simd: S, x: S::u32s, factor: S::u32s) -> S::u32s {
    let (low, high) = simd.widening_mul_u32s(x, factor);
    // The product of unsigned words is too large by factor x 2^32 where x is negative.
    let negative = simd.greater_than_i32s(simd.splat_i32s(0), simd.transmute_i32s_u32s(x));
    let high = simd.select_u32s(negative, simd.sub_u32s(high, factor), high);
    simd.add_u32s(high, simd.wrapping_dyn_shr_u32s(low, simd.splat_u32s(31)))
}

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

/// `x * mantissa / 2^shift`, rounded to nearest (ties upwards), for a shift of 1 to 62; the result must fit 32 bits.
#[inline(always)]
pub fn multiply(x: i32, mantissa: i32, shift: u32) -> i32 {
    ((i64::from(x) * i64::from(mantissa) + (1 << (shift - 1))) >> shift) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both {
        x: i32,
        factor: u32,
    }

    impl pulp::WithSimd for Both {
        type Output = i32;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> i32 {
            let scaled = scale_wide(simd, simd.splat_u32s(self.x as u32), simd.splat_u32s(self.factor));
            bytemuck::cast_slice::<S::u32s, i32>(&[scaled])[S::U32_LANES - 1]
        }
    }

    #[test]
    fn vectors_scale_as_single_words() {
        for x in [0, 1, -1, 7, -1001, 1 << 29, -(1 << 30), REFRACTORY + 20, i32::MAX, i32::MIN] {
            for factor in [0, 2, 1 << 31, q32(0.00995), q32(0.181), 0xFFFF_FFFE] {
                assert_eq!(pulp::Arch::new().dispatch(Both { x, factor }), scale(x, factor), "{x} x {factor}");
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
            [multiply(3, f.mantissa, f.shift), multiply(-3, f.mantissa, f.shift), multiply(5, f.mantissa, f.shift)],
            [-4, 5, -7]
        );
    }

    #[test]
    fn scaling_rounds_to_nearest() {
        for (x, f) in [(1000, 0.5), (-1001, 0.25), (1 << 30, 0.990049833749168), (-(1 << 30), 0.00995), (7, 0.1)] {
            let exact = f64::from(x) * f64::from(q32(f)) / 4294967296.0;
            assert!((f64::from(scale(x, q32(f))) - exact).abs() <= 0.5);
        }
    }
}
