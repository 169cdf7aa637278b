// Parts of stored rows: rows are sorted by tile, and begin with where each tile's part ends. Needs stored.wgsl.
// import shared/stored

@group(0) @binding(10) var<storage, read> synapses: array<u32>;

// The part of a sender's row that goes to a tile.
struct Part {
    first: u32,
    length: u32,
}

fn part_of(p: Projection, slot: u32, o: u32, tile: u32) -> Part {
    let head = sender_head(slot);
    let row = head + synapses[head + o];
    // The part of tile 0 begins at 0, that of any other where its predecessor ends.
    let begin = select(synapses[row + max(tile, 1u) - 1u], 0u, tile == 0u);
    return Part(row + p.tiles + begin, synapses[row + tile] - begin);
}
