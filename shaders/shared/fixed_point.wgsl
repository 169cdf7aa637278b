// Fixed-point arithmetic on four neurons at once; twin of src/neuron/fixed_point.rs.

// x * factor / 2^32, rounded down after an offset of rounding / 2^31 has been added. The product is taken from 16-bit halves, each partial
// product and its carry fits 32 bits.
fn scale(x: vec4<i32>, factor: u32, rounding: u32) -> vec4<i32> {
    let kl = factor & 0xFFFFu;
    let kh = factor >> 16u;
    let xl = vec4<u32>(x) & vec4<u32>(0xFFFFu);
    let xh = x >> vec4<u32>(16u);
    let low = xl * kl;
    let sum = low + 2u * rounding;
    let mid = xl * kh + (sum >> vec4<u32>(16u));
    let cross = xh * i32(kl) + vec4<i32>(mid & vec4<u32>(0xFFFFu));
    let carry = select(vec4<i32>(0), vec4<i32>(1), sum < low);
    return xh * i32(kh) + vec4<i32>(mid >> vec4<u32>(16u)) + (cross >> vec4<u32>(16u)) + carry;
}
