// x * mantissa / 2^shift, rounded down after an offset of rounding / 2^31 has been added, for a shift of 1 to 62; twins in
// src/neuron/fixed_point.rs. The 64-bit product is made of 16-bit halves of the magnitudes: (low, high).
fn product(x: i32, mantissa: i32, shift: u32, rounding: u32) -> vec2<u32> {
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
    // The offset in the same digits: an offset of 31 bits, shifted by shift - 31.
    let up = select(0u, shift - 31u, shift > 31u);
    let down = select(0u, 31u - shift, shift < 31u);
    let offset = (rounding >> down) << up;
    let sum = low + offset;
    high += select(0u, 1u, sum < low) + select(0u, rounding >> ((32u - up) & 31u), up > 0u);
    return vec2<u32>(sum, high);
}

// The result must fit 32 bits. No branches: drivers copy this into every place that calls it.
fn multiply(x: i32, mantissa: i32, shift: u32, rounding: u32) -> i32 {
    let p = product(x, mantissa, shift, rounding);
    let near = i32((p.x >> (shift & 31u)) | (p.y << ((32u - shift) & 31u)));
    return select(i32(p.y) >> ((shift - 32u) & 31u), near, shift < 32u);
}

// A result of any size, held within plus and minus 2^30.
fn multiply_held(x: i32, mantissa: i32, shift: u32, rounding: u32) -> i32 {
    let limit = 1 << 30u;
    let p = product(x, mantissa, shift, rounding);
    let near = i32((p.x >> (shift & 31u)) | (p.y << ((32u - shift) & 31u)));
    // What lies above the result must be copies of its sign.
    let fits = (i32(p.y) >> (shift & 31u)) == (near >> 31u);
    let beyond = select(limit, -limit, i32(p.y) < 0);
    return clamp(select(i32(p.y) >> ((shift - 32u) & 31u), select(beyond, near, fits), shift < 32u), -limit, limit);
}

fn multiply_nearest(x: i32, mantissa: i32, shift: u32) -> i32 {
    return multiply(x, mantissa, shift, 0x40000000u);
}
