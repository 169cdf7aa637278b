// Counter-based random numbers: Threefry-4x32 with 12 rounds (Salmon et al. 2011, doi:10.1145/2063384.2063405) and permutations.
// Twin of src/network/random.rs.

// written: purposes
const PURPOSE_DRIVE: u32 = 1u;
const PURPOSE_SYNAPSE: u32 = 2u;
const PURPOSE_INITIAL_STATE: u32 = 4u;
const PURPOSE_CHECKSUM: u32 = 6u;
const PURPOSE_NOISE: u32 = 8u;
const PURPOSE_STIMULUS: u32 = 9u;
// end

fn rotate(x: u32, bits: u32) -> u32 {
    return (x << bits) | (x >> (32u - bits));
}

// Two rounds: one mixes words (0,1) and (2,3), the next (0,3) and (2,1).
fn two_rounds(v: vec4<u32>, a: u32, b: u32, c: u32, d: u32) -> vec4<u32> {
    var x = v;
    x.x += x.y;
    x.y = rotate(x.y, a) ^ x.x;
    x.z += x.w;
    x.w = rotate(x.w, b) ^ x.z;
    x.x += x.w;
    x.w = rotate(x.w, c) ^ x.x;
    x.z += x.y;
    x.y = rotate(x.y, d) ^ x.z;
    return x;
}

fn threefry(key: vec4<u32>, counter: vec4<u32>) -> vec4<u32> {
    let parity = 0x1BD11BDAu ^ key.x ^ key.y ^ key.z ^ key.w;
    var x = counter + key;
    x = two_rounds(x, 10u, 26u, 11u, 21u);
    x = two_rounds(x, 13u, 27u, 23u, 5u);
    x += vec4<u32>(key.y, key.z, key.w, parity + 1u);
    x = two_rounds(x, 6u, 20u, 17u, 11u);
    x = two_rounds(x, 25u, 10u, 18u, 20u);
    x += vec4<u32>(key.z, key.w, parity, key.x + 2u);
    x = two_rounds(x, 10u, 26u, 11u, 21u);
    x = two_rounds(x, 13u, 27u, 23u, 5u);
    x += vec4<u32>(key.w, parity, key.x, key.y + 3u);
    return x;
}

// High word of a 32 x 32 bit product.
fn multiply_high(a: u32, b: u32) -> u32 {
    let al = a & 0xFFFFu;
    let ah = a >> 16u;
    let bl = b & 0xFFFFu;
    let bh = b >> 16u;
    let low = al * bl;
    let mid = ah * bl + (low >> 16u);
    let mid2 = al * bh + (mid & 0xFFFFu);
    return ah * bh + (mid >> 16u) + (mid2 >> 16u);
}

// Maps a uniform word to 0..n.
fn below(word: u32, n: u32) -> u32 {
    return multiply_high(word, n);
}

fn mix(word: u32) -> u32 {
    var x = word;
    x ^= x >> 16u;
    x *= 0x7FEB352Du;
    x ^= x >> 15u;
    x *= 0x846CA68Bu;
    return x ^ (x >> 16u);
}

// One double round of the Feistel network; x holds (low, high).
fn feistel(x: vec2<u32>, low_mask: u32, high_mask: u32, even: u32, odd: u32) -> vec2<u32> {
    let high = x.y ^ (mix(x.x ^ even) & high_mask);
    let low = x.x ^ (mix(high ^ odd) & low_mask);
    return vec2<u32>(low, high);
}

// Where x goes under a pseudo-random permutation of 0..n; low_bits + high_bits cover n.
fn permute(start: u32, n: u32, low_bits: u32, high_bits: u32, key: vec4<u32>) -> u32 {
    let low_mask = (1u << low_bits) - 1u;
    let high_mask = (1u << high_bits) - 1u;
    var x = start;
    loop {
        // Four double rounds, unrolled; round r adds r times the golden ratio to its keys.
        var halves = vec2<u32>(x & low_mask, x >> low_bits);
        halves = feistel(halves, low_mask, high_mask, key.x, key.y);
        halves = feistel(halves, low_mask, high_mask, key.z + 0x9E3779B9u, key.w + 0x9E3779B9u);
        halves = feistel(halves, low_mask, high_mask, key.x + 0x3C6EF372u, key.y + 0x3C6EF372u);
        halves = feistel(halves, low_mask, high_mask, key.z + 0xDAA66D2Bu, key.w + 0xDAA66D2Bu);
        x = (halves.y << low_bits) | halves.x;
        if (x < n) {
            break;
        }
    }
    return x;
}
