// Fixed-point arithmetic on four neurons at once; twin of src/neuron/fixed_point.rs.

const REFRACTORY: i32 = 0x40000000;
const MAX_INCREMENT: i32 = 0x20000000;

// x * factor / 2^32, rounded to nearest. With |x| at most 2^31 - 2^15 no part overflows: the product is taken from 16-bit halves,
// each partial product and its carry fits 32 bits.
fn scale(x: vec4<i32>, factor: u32) -> vec4<i32> {
    let kl = factor & 0xFFFFu;
    let kh = factor >> 16u;
    let xl = vec4<u32>(x) & vec4<u32>(0xFFFFu);
    let xh = x >> vec4<u32>(16u);
    let low = (xl * kl) >> vec4<u32>(16u);
    let mid = xl * kh + low;
    let cross = xh * i32(kl) + vec4<i32>(mid & vec4<u32>(0xFFFFu));
    // Half a unit is added in two steps, so that the sum cannot pass 2^31.
    let carry = (cross >> vec4<u32>(1u)) + vec4<i32>(0x4000);
    return xh * i32(kh) + vec4<i32>(mid >> vec4<u32>(16u)) + (carry >> vec4<u32>(15u));
}
