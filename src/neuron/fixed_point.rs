//! Fixed-point arithmetic shared by the exact neuron models; twin of `shaders/shared/fixed_point.wgsl`.

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

/// A real factor in [0, 1) as an even Q32 number.
pub fn q32(factor: f64) -> u32 {
    let half = libm::round(factor * 2147483648.0).clamp(0.0, 2147483647.0);
    (half as u32) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_rounds_to_nearest() {
        for (x, f) in [(1000, 0.5), (-1001, 0.25), (1 << 30, 0.990049833749168), (-(1 << 30), 0.00995), (7, 0.1)] {
            let exact = f64::from(x) * f64::from(q32(f)) / 4294967296.0;
            assert!((f64::from(scale(x, q32(f))) - exact).abs() <= 0.5);
        }
    }
}
