// Procedural synapses: evaluated anew for every spike.
// import shared/connectivity, shared/listed_none

fn open_row(p: Projection, slot: u32, o: u32) -> Row {
    return row_of(p, slot - p.source_first_slot);
}

fn fetch(p: Projection, row: Row, k: u32) -> Synapse {
    return synapse(p, row, k);
}
