// Synapses of edge lists, one list after the other: target, and delay and weight level in the high and low halves of a word.
// import shared/layout

@group(0) @binding(14) var<storage, read> listed: array<vec2<u32>>;

fn listed_synapse(at: u32) -> Synapse {
    let words = listed[at];
    return Synapse(words.x, words.y >> 16u, words.y & 0xFFFFu);
}
