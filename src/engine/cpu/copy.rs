//! How fast the processor copies memory with all of its threads: the roof under which passes that move data stand.

use std::time::Instant;

use rayon::prelude::*;

/// Words of each array: 128 MiB, more than caches hold.
const WORDS: usize = 32 << 20;
/// Timed copies; the first one only touches the memory.
const ROUNDS: usize = 5;

/// Bytes per second that a copy moves, read and written bytes together: the most of several copies.
pub fn copy_bytes_per_s() -> f64 {
    let source = vec![1u32; WORDS];
    let mut target = vec![0u32; WORDS];
    let chunk = WORDS.div_ceil(rayon::current_num_threads());
    let mut most = 0.0f64;
    for round in 0..ROUNDS {
        let begin = Instant::now();
        target.par_chunks_mut(chunk).zip(source.par_chunks(chunk)).for_each(|(t, s)| t.copy_from_slice(s));
        std::hint::black_box(&mut target);
        if round > 0 {
            most = most.max((8 * WORDS) as f64 / begin.elapsed().as_secs_f64());
        }
    }
    most
}
