// The device's counter of synaptic events. Needs the binding `spikes`.

// A 64-bit sum from 32-bit atomics: whoever makes the low word wrap carries.
fn count_events(n: u32) {
    let before = atomicAdd(&spikes.events_low, n);
    if (before + n < before) {
        atomicAdd(&spikes.events_high, 1u);
    }
}
