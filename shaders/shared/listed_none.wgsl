// Where synapses are evaluated anew there are no edge lists: they are always stored.
// import shared/layout

fn listed_synapse(at: u32) -> Synapse {
    return Synapse(0u, 1u, 0u);
}
