// Counts per population.
// import shared/layout

// written: totals

// Counts of a population: halves of 64 bits, and sums of both halves of the checksum.
struct Total {
    spikes_low: atomic<u32>,
    spikes_high: atomic<u32>,
    external_low: atomic<u32>,
    external_high: atomic<u32>,
    checksum_high: atomic<u32>,
    checksum_low: atomic<u32>,
    unused0: u32,
    unused1: u32,
}
// end

@group(0) @binding(11) var<storage, read_write> totals: array<Total>;
