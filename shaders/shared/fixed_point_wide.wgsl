// Fixed-point arithmetic on four neurons at once with 64-bit integers, where the adapter has them and they are faster; the same results
// as fixed_point.wgsl.

const REFRACTORY: i32 = 0x40000000;
const MAX_INCREMENT: i32 = 0x20000000;

fn scale_one(x: i32, factor: u32) -> i32 {
    return i32((i64(x) * i64(factor >> 1u) + 0x40000000li) >> 31u);
}

// x * factor / 2^32, rounded to nearest; the factor is even.
fn scale(x: vec4<i32>, factor: u32) -> vec4<i32> {
    return vec4<i32>(scale_one(x.x, factor), scale_one(x.y, factor), scale_one(x.z, factor), scale_one(x.w, factor));
}
