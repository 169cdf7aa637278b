// Procedural synapses: evaluated anew for every spike.

fn fetch(p: Projection, source: u32, first: u32, k: u32) -> Synapse {
    return synapse(p, source, first, k);
}
