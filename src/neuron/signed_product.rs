//! Products of signed words with the vector units of x86, which `pulp` offers for unsigned ones only: what [`super::fixed_point::scale`] gives, in
//! fewer instructions and without masks.

use std::any::Any;
use std::arch::x86_64::{__m256i, __m512i};

use pulp::x86::{V3, V4};
use pulp::{Simd, u32x8, u32x16, u64x4, u64x8};

/// A vector unit or a vector as the type that it is, if it is: known when this is compiled.
#[inline(always)]
fn known<A: 'static, B: Copy + 'static>(value: &A) -> Option<B> {
    (value as &dyn Any).downcast_ref::<B>().copied()
}

/// Every lane times half of an even factor, plus an offset, over 2^31; `None` on other vector units. `offset` stands in every word of 64 bits.
#[inline(always)]
pub(super) fn scale<S: Simd>(simd: S, x: S::u32s, factor: u32, offset: S::u64s) -> Option<S::u32s> {
    // A product and its offset are whole words of 64 bits, of which bits 31 to 62 are wanted: of even lanes they are moved down, of odd ones up.
    if let (Some(v), Some(x), Some(offset)) = (known::<S, V4>(&simd), known::<_, u32x16>(&x), known::<_, u64x8>(&offset)) {
        let v = v.avx512f;
        let (x, offset): (__m512i, __m512i) = (pulp::cast(x), pulp::cast(offset));
        let half = v._mm512_set1_epi32((factor >> 1) as i32);
        let even = v._mm512_add_epi64(v._mm512_mul_epi32(x, half), offset);
        let odd = v._mm512_add_epi64(v._mm512_mul_epi32(v._mm512_srli_epi64::<32>(x), half), offset);
        let (even, odd) = (v._mm512_srli_epi64::<31>(even), v._mm512_add_epi64(odd, odd));
        let scaled: u32x16 = pulp::cast(v._mm512_mask_blend_epi32(0xAAAA, even, odd));
        return known(&scaled);
    }
    if let (Some(v), Some(x), Some(offset)) = (known::<S, V3>(&simd), known::<_, u32x8>(&x), known::<_, u64x4>(&offset)) {
        let (x, offset): (__m256i, __m256i) = (pulp::cast(x), pulp::cast(offset));
        let half = v.avx._mm256_set1_epi32((factor >> 1) as i32);
        let v = v.avx2;
        let even = v._mm256_add_epi64(v._mm256_mul_epi32(x, half), offset);
        let odd = v._mm256_add_epi64(v._mm256_mul_epi32(v._mm256_srli_epi64::<32>(x), half), offset);
        let (even, odd) = (v._mm256_srli_epi64::<31>(even), v._mm256_add_epi64(odd, odd));
        let scaled: u32x8 = pulp::cast(v._mm256_blend_epi32::<0xAA>(even, odd));
        return known(&scaled);
    }
    None
}

/// The same in fewer instructions, which only the widest units need: the upper half of every product of a lane and the whole factor. As a signed
/// word a factor from a half on is 1 less than meant, for which the lane itself is added; `FROM_HALF` tells whether it is.
#[inline(always)]
pub(super) fn scale_on_one_side<S: Simd, const FROM_HALF: bool>(
    simd: S,
    x: S::u32s,
    factor: u32,
    offset: S::u64s,
) -> Option<S::u32s> {
    let (v, x, offset) = (known::<S, V4>(&simd)?.avx512f, known::<_, u32x16>(&x)?, known::<_, u64x8>(&offset)?);
    let (x, offset): (__m512i, __m512i) = (pulp::cast(x), pulp::cast(offset));
    let (factor, offset) = (v._mm512_set1_epi32(factor as i32), v._mm512_add_epi64(offset, offset));
    let even = v._mm512_add_epi64(v._mm512_mul_epi32(x, factor), offset);
    let odd = v._mm512_add_epi64(v._mm512_mul_epi32(v._mm512_srli_epi64::<32>(x), factor), offset);
    let upper = v._mm512_mask_shuffle_epi32::<0b11_11_01_01>(odd, 0x5555, even);
    let scaled: u32x16 = pulp::cast(if FROM_HALF { v._mm512_add_epi32(upper, x) } else { upper });
    known(&scaled)
}
