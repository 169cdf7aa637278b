//! Counter-based random numbers: Threefry-4x32 with 12 rounds.
//!
//! Every random quantity in a network is a pure function of a key and a counter, so that any engine, thread or shard can
//! evaluate it independently and get the same bits. Threefry uses only 32-bit additions, rotations and exclusive ors, which
//! WGSL defines exactly (Salmon et al. 2011, doi:10.1145/2063384.2063405; its default is 20 rounds). At 12 rounds the tests below
//! check uniformity, bits and neighbours, and a battery has judged the words as engines draw them (`docs/numerics.md`). Its twin is
//! `shaders/shared/random.wgsl`.

#![allow(
    clippy::cast_possible_truncation,
    reason = "slots, steps within a batch and numbers of a network's parts fit 32 bits (src/bounds.rs); drawn words are cut on purpose"
)]

use glam::UVec4;
use pulp::Simd;

/// What a stream of random numbers is used for; the third word of every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// External Poisson arrivals: counter = (lane of 64 in 256-neuron block, step).
    Drive = 1,
    /// Target, weight and delay of a synapse: counter = (source, synapse index in its row).
    Synapse = 2,
    /// Keys of a pseudo-random permutation: counter = (row, 0).
    Permutation = 3,
    /// Initial state: counter = (neuron, variable), the potential being variable 0.
    InitialState = 4,
    /// Row lengths, drawn on the host: counter = (source).
    RowLength = 5,
    /// The spike checksum: counter = (neuron, step).
    Checksum = 6,
    /// A parameter of a neuron, drawn on the host: counter = (neuron, parameter).
    Parameter = 7,
    /// Noise currents: counter = (lane of 64 in 256-neuron block, interval).
    Noise = 8,
    /// Arrivals of a stimulus: counter = (neuron, quarter of the step), a word for each of four steps.
    Stimulus = 9,
    /// How many a neuron reaches and how often it is reached, drawn on the host: counter = (neuron, which).
    Degrees = 10,
}

const PARITY: u32 = 0x1BD1_1BDA;
const ROTATIONS: [[u32; 2]; 8] = [[10, 26], [11, 21], [13, 27], [23, 5], [6, 20], [17, 11], [25, 10], [18, 20]];
/// Rounds used throughout.
pub const ROUNDS: usize = 12;
/// Double rounds of a permutation. Three fail the chi-square test below on ten elements; four pass it.
pub const PERMUTATION_ROUNDS: u32 = 4;

/// The key of a stream: seed (low and high word), purpose, and the id of the population or projection.
pub fn key(seed: u64, purpose: Purpose, id: u32) -> UVec4 {
    UVec4::new(seed as u32, (seed >> 32) as u32, purpose as u32, id)
}

/// Four uniformly distributed words for a counter under a key.
pub fn threefry(key: UVec4, counter: UVec4) -> UVec4 {
    UVec4::from_array(threefry_rounds::<ROUNDS>(key.to_array(), counter.to_array()))
}

/// Threefry-4x32 with up to 20 rounds (the known-answer tests use 13 and 20).
///
/// Written out round by round: LLVM keeps a loop over the rounds as one, with a branch and a table in each, which is much slower
/// (docs/performance.md).
#[inline(always)]
pub fn threefry_rounds<const R: usize>(key: [u32; 4], counter: [u32; 4]) -> [u32; 4] {
    const { assert!(R <= 20, "rounds are written out up to 20") };
    let ks = [key[0], key[1], key[2], key[3], PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3]];
    let mut x: [u32; 4] = std::array::from_fn(|i| counter[i].wrapping_add(ks[i]));
    macro_rules! rounds {
        ($($number:literal)*) => { $(if $number < R { round::<$number>(&mut x, &ks); })* };
    }
    rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    x
}

/// One round of [`threefry_rounds`], and what of the key is added after every fourth.
#[inline(always)]
fn round<const NUMBER: usize>(x: &mut [u32; 4], ks: &[u32; 5]) {
    let r = ROTATIONS[NUMBER % 8];
    let (a, b) = if NUMBER.is_multiple_of(2) { (1, 3) } else { (3, 1) };
    x[0] = x[0].wrapping_add(x[a]);
    x[a] = x[a].rotate_left(r[0]) ^ x[0];
    x[2] = x[2].wrapping_add(x[b]);
    x[b] = x[b].rotate_left(r[1]) ^ x[2];
    if NUMBER % 4 == 3 {
        let s = NUMBER / 4 + 1;
        for (i, word) in x.iter_mut().enumerate() {
            *word = word.wrapping_add(ks[(s + i) % 5]);
        }
        x[3] = x[3].wrapping_add(s as u32);
    }
}

/// [`threefry`] for the counters `(first + lane, second, 0, 0)` of all lanes of a vector at once: word k of each lane is in vector k.
/// (No closure may hide vector operations: it would not be compiled for the vector units that its caller is compiled for.)
#[inline(always)]
pub fn threefry_wide<S: Simd>(simd: S, key: UVec4, first: u32, second: u32) -> [S::u32s; 4] {
    let [k0, k1, k2, k3] = key.to_array();
    let k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
    let counter = simd.add_u32s(lanes(simd), simd.splat_u32s(first.wrapping_add(k0)));
    let mut x = [counter, simd.splat_u32s(second.wrapping_add(k1)), simd.splat_u32s(k2), simd.splat_u32s(k3)];
    two_rounds::<S, 10, 26, 11, 21>(simd, &mut x);
    two_rounds::<S, 13, 27, 23, 5>(simd, &mut x);
    inject(simd, &mut x, [k1, k2, k3, k4.wrapping_add(1)]);
    two_rounds::<S, 6, 20, 17, 11>(simd, &mut x);
    two_rounds::<S, 25, 10, 18, 20>(simd, &mut x);
    inject(simd, &mut x, [k2, k3, k4, k0.wrapping_add(2)]);
    two_rounds::<S, 10, 26, 11, 21>(simd, &mut x);
    two_rounds::<S, 13, 27, 23, 5>(simd, &mut x);
    inject(simd, &mut x, [k3, k4, k0, k1.wrapping_add(3)]);
    x
}

/// The number of each lane of a vector.
#[inline(always)]
pub fn lanes<S: Simd>(simd: S) -> S::u32s {
    const LANES: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    simd.partial_load_u32s(&LANES[..S::U32_LANES])
}

/// Two rounds on all lanes; one mixes words (0,1) and (2,3), the next (0,3) and (2,1).
#[inline(always)]
fn two_rounds<S: Simd, const A: u32, const B: u32, const C: u32, const D: u32>(simd: S, x: &mut [S::u32s; 4]) {
    (x[0], x[1]) = mix_words::<S, A>(simd, x[0], x[1]);
    (x[2], x[3]) = mix_words::<S, B>(simd, x[2], x[3]);
    (x[0], x[3]) = mix_words::<S, C>(simd, x[0], x[3]);
    (x[2], x[1]) = mix_words::<S, D>(simd, x[2], x[1]);
}

#[inline(always)]
fn mix_words<S: Simd, const ROTATION: u32>(simd: S, a: S::u32s, b: S::u32s) -> (S::u32s, S::u32s) {
    let a = simd.add_u32s(a, b);
    let left = simd.wrapping_dyn_shl_u32s(b, simd.splat_u32s(ROTATION));
    let right = simd.wrapping_dyn_shr_u32s(b, simd.splat_u32s(32 - ROTATION));
    (a, simd.xor_u32s(simd.or_u32s(left, right), a))
}

#[inline(always)]
fn inject<S: Simd>(simd: S, x: &mut [S::u32s; 4], key: [u32; 4]) {
    for k in 0..4 {
        x[k] = simd.add_u32s(x[k], simd.splat_u32s(key[k]));
    }
}

/// Maps a uniform word to `0..n` by its high product (Lemire 2019, doi:10.1145/3230636, without the rejection step: the
/// largest relative bias is n / 2^32).
#[inline(always)]
pub fn below(word: u32, n: u32) -> u32 {
    ((u64::from(word) * u64::from(n)) >> 32) as u32
}

/// A pseudo-random permutation of `0..n`: an unbalanced Feistel network over the next power of two, walked along its cycle
/// until it lands inside (Black & Rogaway 2002, doi:10.1007/3-540-45760-7_9).
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    n: u32,
    low_bits: u32,
    high_bits: u32,
    key: UVec4,
}

impl Permutation {
    /// A permutation of `0..n` for a key; `n` must be at least 1.
    pub fn new(n: u32, key: UVec4) -> Self {
        let bits = permutation_bits(n);
        Self { n, low_bits: bits / 2, high_bits: bits - bits / 2, key }
    }

    /// Where `x` goes; `x` must be below `n`.
    #[inline]
    pub fn apply(&self, x: u32) -> u32 {
        let mut y = x;
        loop {
            y = self.round_trip(y);
            if y < self.n {
                return y;
            }
        }
    }

    fn round_trip(&self, x: u32) -> u32 {
        let low_mask = (1u32 << self.low_bits) - 1;
        let high_mask = (1u32 << self.high_bits) - 1;
        let (mut low, mut high) = (x & low_mask, x >> self.low_bits);
        let k = self.key.to_array();
        for round in 0..PERMUTATION_ROUNDS {
            let word = (2 * round % 4) as usize;
            let tweak = round.wrapping_mul(0x9E37_79B9);
            high ^= mix(low ^ k[word].wrapping_add(tweak)) & high_mask;
            low ^= mix(high ^ k[word + 1].wrapping_add(tweak)) & low_mask;
        }
        (high << self.low_bits) | low
    }
}

/// Bits of the Feistel network that permutes `0..n`: at least 2, so that both halves exist.
pub fn permutation_bits(n: u32) -> u32 {
    (32 - n.saturating_sub(1).leading_zeros()).max(2)
}

/// A 32-bit integer hash with low bias (constants by C. Wellons, "Prospecting for hash functions", public domain).
#[inline(always)]
pub fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the authors' own test vectors (Random123, threefry4x32).
    #[test]
    fn threefry_gives_its_published_answers() {
        let ones = [u32::MAX; 4];
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let pi_key = [0xa409_3822, 0x299f_31d0, 0x082e_fa98, 0xec4e_6c89];
        assert_eq!(threefry_rounds::<13>([0; 4], [0; 4]), [0x531c_7e4f, 0x3949_1ee5, 0x2c85_5a92, 0x3d6a_bf9a]);
        assert_eq!(threefry_rounds::<13>(ones, ones), [0xc418_9358, 0x1c9c_c83a, 0xd588_1c67, 0x6a0a_89e0]);
        assert_eq!(threefry_rounds::<20>([0; 4], [0; 4]), [0x9c6c_a96a, 0xe17e_ae66, 0xfc10_ecd4, 0x5256_a7d8]);
        assert_eq!(threefry_rounds::<20>(ones, ones), [0x2a88_1696, 0x5701_2287, 0xf6c7_446e, 0xa16a_6732]);
        assert_eq!(threefry_rounds::<13>(pi_key, pi), [0x4aa7_1d8f, 0x7347_38c2, 0x431f_c6a8, 0xae6d_ebf1]);
    }

    struct Words(UVec4);

    impl pulp::WithSimd for Words {
        type Output = Vec<[u32; 4]>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<[u32; 4]> {
            let words = threefry_wide(simd, self.0, 64, 17);
            let lanes: [&[u32]; 4] = std::array::from_fn(|k| bytemuck::cast_slice(&words[k..=k]));
            (0..S::U32_LANES).map(|lane| lanes.map(|word| word[lane])).collect()
        }
    }

    #[test]
    fn lanes_are_the_same_function() {
        let k = key(0x1234_5678_9abc, Purpose::Drive, 3);
        for (lane, words) in pulp::Arch::new().dispatch(Words(k)).into_iter().enumerate() {
            assert_eq!(threefry(k, UVec4::new(64 + lane as u32, 17, 0, 0)).to_array(), words);
        }
    }

    #[test]
    fn permutations_are_permutations() {
        for n in [1, 2, 3, 5, 64, 100, 1000, 4097] {
            let p = Permutation::new(n, key(7, Purpose::Permutation, n));
            let mut seen: Vec<u32> = (0..n).map(|x| p.apply(x)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_small_permutation_sends_every_element_everywhere_equally_often() {
        // 10 elements, 20,000 keys: chi-square over the 100 cells has 81 degrees of freedom, mean 81, sd 12.7.
        let (n, keys) = (10u32, 20_000u32);
        let mut hits = vec![0f64; (n * n) as usize];
        for k in 0..keys {
            let p = Permutation::new(n, threefry(key(3, Purpose::Permutation, 0), UVec4::new(k, 0, 0, 0)));
            for x in 0..n {
                hits[(x * n + p.apply(x)) as usize] += 1.0;
            }
        }
        let expected = f64::from(keys) / f64::from(n);
        let chi2: f64 = hits.iter().map(|h| (h - expected).powi(2) / expected).sum();
        assert!(chi2 < 81.0 + 6.0 * 12.7, "chi-square {chi2}");
    }

    #[test]
    fn words_are_uniform_and_independent_between_neighbours() {
        let k = key(1, Purpose::Drive, 0);
        let (mut sum, mut lag, mut bits, mut previous) = (0.0, 0.0, [0u32; 32], 0.5);
        let n = 200_000u32;
        for i in 0..n {
            let w = threefry(k, UVec4::new(i, 0, 0, 0)).x;
            let u = f64::from(w) / 4294967296.0;
            sum += u;
            lag += (u - 0.5) * (previous - 0.5);
            previous = u;
            for (b, count) in bits.iter_mut().enumerate() {
                *count += (w >> b) & 1;
            }
        }
        let nf = f64::from(n);
        assert!((sum / nf - 0.5).abs() < 5.0 * (1.0 / 12.0 / nf).sqrt());
        assert!((lag / nf).abs() < 5.0 / 12.0 / nf.sqrt());
        for count in bits {
            assert!((f64::from(count) - nf / 2.0).abs() < 5.0 * nf.sqrt() / 2.0);
        }
    }
}
