// Bursts: where there are more spikes than a delivery may take, it takes none, and nothing that follows does anything, until the host has had
// them delivered in parts.
// import shared/layout

// Whether there is a burst, here or before; `thread` tells the one thread of the dispatch that notes a new one.
fn is_burst(spikes_in_list: u32, thread: bool) -> bool {
    if (atomicLoad(&spikes.burst) != 0u) {
        return true;
    }
    if (spikes_in_list <= batch.most_spikes) {
        return false;
    }
    if (thread) {
        atomicStore(&spikes.burst, batch.number);
    }
    return true;
}
