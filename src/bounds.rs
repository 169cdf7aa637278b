//! How large things may be, each bound with its reason. Whatever checks one of them takes it from here, before anything is built or
//! allocated.

/// Steps of a run: a step's number is a 32-bit word in spikes, checksums and random counters.
pub const MAX_STEPS: u64 = u32::MAX as u64;

/// Neurons of a network, and slots once every population has been filled up to whole blocks: an entry of the CPU engine's spike list
/// keeps 28 bits for the slot and 4 for the step within a batch.
pub const MAX_SLOTS: u64 = 1 << 28;

/// Populations and projections of a scenario: their numbers and tables must fit the constants of a shader.
pub const MAX_PARTS: usize = 4096;

/// Most trials: their numbers fit the high halves of ids in random-number keys.
pub const MAX_TRIALS: u32 = 1 << 16;

/// Longest delay, steps: ring buffers hold a row of input for each. Drawn delays may reach it too.
pub const LONGEST_DELAY: u32 = 4096;

/// Longest refractory time that is counted, steps: a state word above 2^30 holds it. Longer ones never end within a run of that many
/// steps, and longer runs are refused.
pub const LONGEST_REFRACTORY: u32 = (1 << 30) - 1;

/// The same of models in single precision, which count whole numbers up to 2^24.
pub const LONGEST_REFRACTORY_TOLERANT: u32 = (1 << 24) - 1;

/// Longest time constant, steps: what a step leaves of a current or a potential is a factor of 31 bits, and then still right within a
/// hundredth of the time constant.
pub const SLOWEST: f64 = (1u32 << 25) as f64;

/// Longest time that any key may give, ms (about 30 years): beyond it double precision cannot tell steps apart.
pub const LONGEST_MS: f64 = 1e12;

/// Largest size of any other number in a scenario (potentials, weights, rates): squares and sums over all synapses of a neuron stay
/// well within double precision.
pub const LARGEST: f64 = 1e15;

/// Arrivals of a Poisson drive or source per step, on average: the table of its distribution has a threshold for each count.
pub const MAX_POISSON_PER_STEP: f64 = 256.0;

/// Steps of a current that changes.
pub const MAX_CURRENT_STEPS: usize = 1 << 20;

/// Synapses of a projection: they are numbered in 32 bits.
pub const MAX_SYNAPSES: u64 = u32::MAX as u64;

/// Synapses of a projection that are spelled out from a rule: a list of them is kept beside what an engine stores.
pub const MOST_SPELLED_OUT: u32 = 1 << 29;

/// Highest number of a neuron in a recording that is analysed: rates, windows and correlations keep a few words for each up to it.
pub const MAX_RECORDED_NEURON: u32 = (1 << 28) - 1;

/// Rows of a recording or an edge list: they are numbered in 32 bits.
pub const MAX_ROWS: u64 = u32::MAX as u64;

/// Longest stretch of a recording that is analysed at once, ms (about a day): its counts are kept for every millisecond.
pub const LONGEST_ANALYSIS_MS: f64 = 1e8;

/// Longest side of a lattice: places and products of radii and cosines stay within 31 bits.
pub const MAX_SIDE: u32 = 8192;
