// x * mantissa / 2^shift, rounded to nearest (ties upwards), for a shift of 1 to 62 and a result of 32 bits; twin of `multiply` in
// src/neuron/fixed_point.rs. The 64-bit product is made of 16-bit halves of the magnitudes.
fn multiply(x: i32, mantissa: i32, shift: u32) -> i32 {
    let a = u32(abs(x));
    let b = u32(abs(mantissa));
    let low_low = (a & 0xFFFFu) * (b & 0xFFFFu);
    let low_high = (a & 0xFFFFu) * (b >> 16u);
    let high_low = (a >> 16u) * (b & 0xFFFFu);
    let middle = (low_low >> 16u) + (low_high & 0xFFFFu) + (high_low & 0xFFFFu);
    var low = (low_low & 0xFFFFu) | (middle << 16u);
    var high = (a >> 16u) * (b >> 16u) + (low_high >> 16u) + (high_low >> 16u) + (middle >> 16u);
    if ((x ^ mantissa) < 0) {
        high = ~high + select(0u, 1u, low == 0u);
        low = ~low + 1u;
    }
    // Half of the last digit kept.
    let bit = 1u << ((shift - 1u) & 31u);
    let rounded = low + select(0u, bit, shift <= 32u);
    high += select(select(0u, 1u, rounded < low), bit, shift > 32u);
    if (shift < 32u) {
        return i32((rounded >> shift) | (high << (32u - shift)));
    }
    return i32(high) >> (shift - 32u);
}
