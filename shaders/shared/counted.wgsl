// The spikes listed since the last census.
// import shared/list_read

// Whether a batch whose spikes are a burst has been advanced itself.
override bursts_after_updates: bool = true;

// How many batches from `batch.number` on have been advanced, if there are so many: after a burst, those before it.
fn batches_advanced() -> u32 {
    let burst = atomicLoad(&spikes.burst);
    if (burst == 0u) {
        return RANGES;
    }
    // Numbers of 31 bits wrap, but are never far apart.
    return u32(max((i32((burst - batch.number) << 1u) >> 1u) + select(0, 1, bursts_after_updates), 0));
}

// The spikes to count: number of the first, and how many.
fn counted() -> vec2<u32> {
    let advanced = batches_advanced();
    if (batch.first == NO_BATCH || advanced == 0u) {
        return vec2<u32>(0u);
    }
    let batches = (batch.last + RANGES - batch.first) % RANGES + 1u;
    return spikes_between(batch.first, (batch.first + min(advanced, batches) - 1u) % RANGES);
}
