// Stored synapses: one word each, read from the shard this dispatch is for.
// import shared/stored

@group(0) @binding(10) var<storage, read> synapses: array<u32>;

// A row of words; `first` is the place of the first one.
struct Row {
    first: u32,
    length: u32,
}

fn open_row(p: Projection, slot: u32, o: u32) -> Row {
    let head = sender_head(slot % shard.trial_slots) + o;
    let start = synapses[head];
    return Row(head - o + start + p.tiles, synapses[head + 1u] - start - p.tiles);
}

fn fetch(p: Projection, row: Row, k: u32) -> Synapse {
    return unpack(p, synapses[row.first + k]);
}
