//! A buffer of a plan, and the sizes that plans and engines share.

/// What a buffer is bound as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BufferKind {
    /// A storage buffer, as a whole.
    Storage,
    /// A uniform buffer, of which a dispatch sees at most 64 KiB.
    Uniform,
    /// A texture.
    Texture,
    /// Not bound, only copied.
    Copied,
}

/// When a buffer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BufferPhase {
    /// While synapses are built.
    Build,
    /// Always.
    Run,
    /// From the first [`crate::engine::Engine::save`] on.
    Save,
}

/// A buffer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlannedBuffer {
    /// Its name, which several of one kind share.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// What it is bound as.
    pub kind: BufferKind,
    /// When it is there.
    pub phase: BufferPhase,
}

/// Words of a population and of a projection in the tables; `src/engine/gpu/tables.rs` holds them against the structures.
pub(crate) const POPULATION_WORDS: u64 = 36;
pub(crate) const PROJECTION_WORDS: u64 = 32;
/// Words of a uniform buffer of constants.
pub(crate) const UNIFORM_WORDS: u64 = 16_384;
/// Submissions in flight.
pub(crate) const IN_FLIGHT: usize = 3;
/// Batches whose spikes can be told apart: a power of two.
pub(crate) const RANGES: u32 = 32_768;
/// Words before those of threads where it is told who is awake.
pub(crate) const AWAKE_COUNTS: u32 = 4;
/// Words of the spike buffer before its entries.
pub(crate) const SPIKES_HEADER_WORDS: u32 = 10;
/// Bytes of the counts of a population.
pub(crate) const TOTAL_BYTES: u64 = 32;
/// Dynamic uniform offsets are multiples of this on every device.
pub(crate) const UNIFORM_STRIDE: u64 = 256;
/// Words of what is remembered of a neuron's spikes.
pub(crate) const MEMORY_WORDS: u64 = 3;
/// Words of a stimulus.
pub(crate) const STIMULUS_WORDS: u64 = 12;
/// Bytes of the count in front of what comes back.
pub(crate) const SEAL_BYTES: u64 = 16;
/// Buffers of recorded spikes with which submissions take turns: one is read back while the other is filled.
pub(crate) const RECORD_BUFFERS: usize = 2;
