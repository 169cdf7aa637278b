// Fixed-point arithmetic on four neurons at once; twin of src/neuron/fixed_point.rs.

// x * factor / 2^32, rounded down after an offset of rounding / 2^31 has been added; the factor is even, so half of its lowest partial
// product and the offset fit 32 bits, and so does every other partial product with what is carried into it.
fn scale(x: vec4<i32>, factor: u32, rounding: u32) -> vec4<i32> {
    let kl = factor & 0xFFFFu;
    let kh = factor >> 16u;
    let xl = vec4<u32>(x) & vec4<u32>(0xFFFFu);
    let xh = x >> vec4<u32>(16u);
    let low = xl * (kl >> 1u) + rounding;
    let mid = xl * kh + (low >> vec4<u32>(15u));
    let cross = xh * i32(kl) + vec4<i32>(mid & vec4<u32>(0xFFFFu));
    return xh * i32(kh) + vec4<i32>(mid >> vec4<u32>(16u)) + (cross >> vec4<u32>(16u));
}
