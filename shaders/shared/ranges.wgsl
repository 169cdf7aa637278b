// Ranges of fixed-point words, the offset of roundings, and faults; twins of src/neuron/fixed_point.rs and src/neuron/fault.rs.

// written: ranges
const REFRACTORY: i32 = 1073741824;
const MAX_INCREMENT: i32 = 1073741823;
const MAX_CURRENT: i32 = 1073741824;
// Bits of an outcome: whether the neuron spiked, and what went wrong.
const SPIKE: u32 = 1u;
const NOT_A_NUMBER: u32 = 2u;
const FAULT_INPUT: u32 = 4u;
const FAULT_POTENTIAL: u32 = 8u;
const FAULT_THRESHOLD: u32 = 16u;
const FAULT_RECOVERY: u32 = 32u;
// end

// The offset of a step's roundings, of 31 bits: multiples of the golden ratio.
fn rounding_of(step: u32) -> u32 {
    return (step * 0x9E3779B9u) >> 1u;
}

// A second offset of the same step, for a product of what has been rounded with the first.
fn another(rounding: u32) -> u32 {
    return (rounding * 0x5851F42Du) & 0x7FFFFFFFu;
}
