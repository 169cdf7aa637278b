// Windows: counts of every population how many neurons fire at least once in windows of several lengths. A dispatch reads the spikes of one
// batch, because it must know when a neuron fired before.
// import shared/counted

override workgroup_size: u32 = 64u;

// The head (the step in which everything begins, lengths, first word of the slots, first counter, counters of a population); of every length its
// steps, its first counter, its whole windows; of every slot the last step in which it fired, plus 1; the counters. Twin: src/engine/windows.rs.
@group(0) @binding(46) var<storage, read_write> windows: array<atomic<u32>>;

const HEAD: u32 = 5u;
const LENGTH: u32 = 3u;

fn word(at: u32) -> u32 {
    return atomicLoad(&windows[at]);
}

// Notes a spike of a neuron whose last one was at `last` (plus 1, 0 if there was none), both in steps since the begin.
fn note(counters: u32, last: u32, now: u32) {
    for (var l = 0u; l < word(1u); l++) {
        let at = HEAD + l * LENGTH;
        let steps = word(at);
        let number = now / steps;
        if (number < word(at + 2u) && (last == 0u || (last - 1u) / steps != number)) {
            atomicAdd(&windows[counters + word(at + 1u) + number], 1u);
        }
    }
}

fn entry_of(batch_spikes: BatchSpikes, i: u32) -> vec2<u32> {
    return spikes.entries[in_list(batch_spikes.start + i)];
}

// Whether a thread of an update lists the spikes of both slots: those of a batch stand side by side.
fn are_listed_together(a: u32, b: u32) -> bool {
    return a / BLOCK == b / BLOCK && a % LANES == b % LANES;
}

// Whether a spike is the first of its neuron in a batch.
fn is_first(batch_spikes: BatchSpikes, number: u32, slot: u32) -> bool {
    for (var i = number; i > 0u; i--) {
        let before = entry_of(batch_spikes, i - 1u).x;
        if (before == slot) {
            return false;
        }
        if (!are_listed_together(before, slot)) {
            break;
        }
    }
    return true;
}

@compute @workgroup_size(workgroup_size)
fn count_windows(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    if (batches_advanced() == 0u) {
        return;
    }
    let own = ranges[batch.index];
    let begin = word(0u);
    for (var i = group.x * workgroup_size + local; i < own.listed; i += groups.x * workgroup_size) {
        let slot = entry_of(own, i).x;
        let id = population_of_block(slot / BLOCK);
        if (population_member(id, SOURCE) == 1u || !is_first(own, i, slot)) {
            continue;
        }
        // Who finds the first spike of a neuron sees to all of them.
        let place = word(2u) + slot;
        let counters = word(3u) + id * word(4u);
        var last = word(place);
        for (var k = i; k < own.listed; k++) {
            let entry = entry_of(own, k);
            if (!are_listed_together(entry.x, slot)) {
                break;
            }
            if (entry.x == slot) {
                note(counters, last, entry.y - begin);
                last = entry.y - begin + 1u;
            }
        }
        atomicStore(&windows[place], last);
    }
}
