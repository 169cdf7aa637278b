// The spikes listed since the last census.
// import shared/list_read

// Whether a batch whose spikes are a burst has been advanced itself.
override bursts_after_updates: bool = true;

// The spikes to count: number of the first, and how many. After a burst, those of the batches before, which are all there are.
fn counted() -> vec2<u32> {
    if (batch.first == NO_BATCH) {
        return vec2<u32>(0u);
    }
    var last = batch.last;
    let burst = atomicLoad(&spikes.burst);
    if (burst != 0u) {
        // Numbers of 31 bits wrap, but are never far apart.
        let done = (i32((burst - batch.number) << 1u) >> 1u) + select(0, 1, bursts_after_updates);
        if (done <= 0) {
            return vec2<u32>(0u);
        }
        let batches = (batch.last + RANGES - batch.first) % RANGES + 1u;
        last = (batch.first + min(u32(done), batches) - 1u) % RANGES;
    }
    return spikes_between(batch.first, last);
}
