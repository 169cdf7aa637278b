// Who has to be stepped: threads of four neurons that are not at rest, or for whom something is due. Each has a word with the last step in which
// anything may be due, 0 while it is left alone, and AT_ALL_TIMES where it is never at rest; those with another word stand in a list for the
// next batch, once, in no order. Counts of the lists of four batches in turn: one is read, the next one grows, and the one after it is emptied.
// import shared/tables

// written: awake
const AT_ALL_TIMES: u32 = 0xFFFFFFFFu;
const AWAKE_COUNTS: u32 = 4u;
// end
// Words tell steps but for their last bits, so that few of them need to be written.
const ROUGHLY: u32 = 15u;

@group(0) @binding(45) var<storage, read_write> awake: array<atomic<u32>>;

fn awake_word(thread: u32) -> u32 {
    return AWAKE_COUNTS + thread;
}

// Where the list of a batch, told by its place among the ranges, begins.
fn awake_list(index: u32) -> u32 {
    return AWAKE_COUNTS + (1u + (index & 1u)) * (shard.stride / 4u);
}

fn awake_count(index: u32) -> u32 {
    return index % AWAKE_COUNTS;
}

// Adds a thread to the list of a batch.
fn list_awake(index: u32, thread: u32) {
    let at = atomicAdd(&awake[awake_count(index)], 1u);
    if (at < shard.stride / 4u) {
        atomicStore(&awake[awake_list(index) + at], thread);
    }
}

// Notes that something will arrive at one of a thread's neurons in a step behind this batch.
fn wake(thread: u32, step: u32) {
    let due = step | ROUGHLY;
    if (atomicLoad(&awake[awake_word(thread)]) < due && atomicMax(&awake[awake_word(thread)], due) == 0u) {
        list_awake(batch.index + 1u, thread);
    }
}
