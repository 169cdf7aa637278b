// How weights change; twin of src/network/plasticity.rs. Needs multiply.wgsl and tables.wgsl.
// import shared/list_read, shared/multiply

// Synapses: target's slot and, above it, delay; weight.
@group(0) @binding(16) var<storage, read_write> plastic: array<vec2<u32>>;
// What is remembered of senders and targets: trace or resources, utilisation, step of the last spike.
@group(0) @binding(18) var<storage, read_write> memories: array<u32>;

// written: plasticity
const ONE: i32 = 1073741824;
const NEVER: u32 = 0xFFFFFFFFu;
const PLASTIC_WORDS: u32 = 32u;
const MEMORY_WORDS: u32 = 3u;

// What is remembered of a neuron's spikes.
struct SpikeMemory {
    x: i32,
    u: i32,
    last: u32,
}

fn plastic_projection(i: u32) -> PlasticProjection {
    let at = (shard.plastic_first + i * PLASTIC_WORDS) / 4u;
    var p: PlasticProjection;
    let q0 = four_words(at + 0u);
    let q1 = four_words(at + 1u);
    let q2 = four_words(at + 2u);
    let q3 = four_words(at + 3u);
    let q4 = four_words(at + 4u);
    let q5 = four_words(at + 5u);
    let q6 = four_words(at + 6u);
    p.stdp = q0.x;
    p.source_first_slot = q0.y;
    p.source_size = q0.z;
    p.target_first_slot = q0.w;
    p.target_size = q1.x;
    p.rows_first = q1.y;
    p.columns_first = q1.z;
    p.senders_first = q1.w;
    p.targets_first = q2.x;
    p.channel = q2.y;
    p.delay = q2.z;
    p.slot_bits = q2.w;
    p.nearest = q3.x;
    p.trace_bits = q3.y;
    p.plus = bitcast<i32>(q3.z);
    p.plus_shift = q3.w;
    p.plus_limit = bitcast<i32>(q4.x);
    p.minus = bitcast<i32>(q4.y);
    p.minus_shift = q4.z;
    p.minus_limit = bitcast<i32>(q4.w);
    p.mu_plus = q5.x;
    p.mu_minus = q5.y;
    p.scale = bitcast<i32>(q5.z);
    p.decay_plus = q5.w;
    p.decay_minus = q6.x;
    return p;
}
// end

fn memory_of(first: u32, neuron: u32) -> SpikeMemory {
    let at = first + neuron * MEMORY_WORDS;
    return SpikeMemory(bitcast<i32>(memories[at]), bitcast<i32>(memories[at + 1u]), memories[at + 2u]);
}

fn keep(first: u32, neuron: u32, memory: SpikeMemory) {
    let at = first + neuron * MEMORY_WORDS;
    memories[at] = bitcast<u32>(memory.x);
    memories[at + 1u] = bitcast<u32>(memory.u);
    memories[at + 2u] = memory.last;
}

// A value after some steps of decay, by powers of two.
fn decayed(value: i32, steps: u32, table: u32) -> i32 {
    var x = value;
    for (var left = steps; left != 0u && x != 0; left &= left - 1u) {
        x = multiply_nearest(x, bitcast<i32>(tables[table + firstTrailingBit(left)]), 31u);
    }
    return x;
}

fn trace_at(memory: SpikeMemory, step: u32, table: u32) -> i32 {
    if (memory.last == NEVER) {
        return 0;
    }
    return decayed(memory.x, step - memory.last, table);
}

fn potentiated(p: PlasticProjection, w: i32, seen: i32) -> i32 {
    var change = multiply_nearest(min(seen, p.plus_limit), p.plus, p.plus_shift);
    if (p.mu_plus != 0u) {
        change = multiply_nearest(change, ONE - w, 30u);
    }
    return w + min(change, ONE - w);
}

fn depressed(p: PlasticProjection, w: i32, seen: i32) -> i32 {
    var change = multiply_nearest(min(seen, p.minus_limit), p.minus, p.minus_shift);
    if (p.mu_minus != 0u) {
        change = multiply_nearest(change, w, 30u);
    }
    return max(w - change, 0);
}

fn remember(p: PlasticProjection, memory: SpikeMemory, step: u32, table: u32) -> SpikeMemory {
    var before = 0;
    if (p.nearest == 0u) {
        before = trace_at(memory, step, table);
    }
    return SpikeMemory(before + (1 << p.trace_bits), 0, step);
}

// Resources and utilisation at a spike; `scale` is the utilisation of a first one.
fn at_spike(p: PlasticProjection, memory: SpikeMemory, step: u32) -> SpikeMemory {
    if (memory.last == NEVER) {
        return SpikeMemory(ONE, p.scale, step);
    }
    let elapsed = step - memory.last;
    let used = memory.x - multiply_nearest(memory.x, memory.u, 30u) - ONE;
    let kept = multiply_nearest(memory.u, ONE - p.scale, 30u);
    let x = ONE + multiply_nearest(used, decayed(ONE, elapsed, p.decay_plus), 30u);
    let u = p.scale + multiply_nearest(kept, decayed(ONE, elapsed, p.decay_minus), 30u);
    return SpikeMemory(x, u, step);
}

// The spikes of this step, or of one some steps before: number of the first one in the list, and how many.
fn fired(steps_ago: u32) -> vec2<u32> {
    if (atomicLoad(&spikes.burst) != 0u) {
        return vec2<u32>(0u);
    }
    let range = ranges[(batch.first + RANGES - steps_ago) % RANGES];
    return vec2<u32>(range.start, range.listed);
}

// Dispatches of a pass, and the part of a list that one takes: its begin and its end.
override plastic_parts: u32 = 1u;

fn own_part(count: u32) -> vec2<u32> {
    let each = (count + plastic_parts - 1u) / plastic_parts;
    return min(vec2<u32>(batch.part, batch.part + 1u) * each, vec2<u32>(count));
}

// The number of a spike's neuron in a population that begins at a slot; large if it is not of that population.
fn neuron_of(list: vec2<u32>, i: u32, first_slot: u32) -> u32 {
    return spikes.entries[in_list(list.x + i)].x - first_slot;
}

// How often the neuron of a spike fired in this step, told by the first of its spikes, which stand side by side; 0 for the others. Weights and
// traces change once.
fn times_fired(list: vec2<u32>, i: u32) -> i32 {
    let own = spikes.entries[in_list(list.x + i)].x;
    if (i > 0u && spikes.entries[in_list(list.x + i - 1u)].x == own) {
        return 0;
    }
    var end = i + 1u;
    while (end < list.y && spikes.entries[in_list(list.x + end)].x == own) {
        end++;
    }
    return i32(end - i);
}
