// The spikes that a delivery takes: those of some batches, or a part of them.
// import shared/list_read, shared/burst

// The k-th of `parts` parts of n: where it begins and how many it has.
fn part_of_many(n: u32, k: u32, parts: u32) -> vec2<u32> {
    let each = (n + parts - 1u) / parts;
    let begin = min(k * each, n);
    return vec2<u32>(begin, min(each, n - begin));
}

// Number of the first spike to deliver, and how many there are.
fn listed(thread: bool) -> vec2<u32> {
    if (batch.first == NO_BATCH) {
        return vec2<u32>(0u);
    }
    let list = spikes_between(batch.first, batch.last);
    if (is_burst(list.y, thread)) {
        return vec2<u32>(0u);
    }
    let part = part_of_many(list.y, batch.part, batch.parts);
    return vec2<u32>(in_list(list.x + part.x), part.y);
}
