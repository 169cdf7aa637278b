// Fixed-point arithmetic on four neurons at once with 64-bit integers, where the adapter has them and they are faster; the same results
// as fixed_point.wgsl.

fn scale_one(x: i32, factor: u32, rounding: u32) -> i32 {
    return i32((i64(x) * i64(factor >> 1u) + i64(rounding)) >> 31u);
}

// x * factor / 2^32, rounded down after an offset of rounding / 2^31 has been added; the factor is even.
fn scale(x: vec4<i32>, factor: u32, rounding: u32) -> vec4<i32> {
    return vec4<i32>(
        scale_one(x.x, factor, rounding),
        scale_one(x.y, factor, rounding),
        scale_one(x.z, factor, rounding),
        scale_one(x.w, factor, rounding),
    );
}
