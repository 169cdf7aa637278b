// The step of four neurons of a block, LANES apart, by a batch of steps: takes their input from the ring buffers, draws their external
// arrivals, advances them and lists their spikes. `Neurons`, `advance` and what loads and stores them belong to the model; `see` and `clear` come from ring_plain.wgsl or ring_atomic.wgsl.
// import shared/tables, shared/random, shared/ranges, shared/stimuli

override kernel: u32 = 0u;
// Whether it steps all populations: then nothing stands between the first accesses, which need not wait for each other.
override only_kernel: bool = false;
override has_ring: bool = true;
override has_drive: bool = true;

// written: open ranges

// The same while spikes are being listed.
struct OpenBatchSpikes {
    start: u32,
    listed: atomic<u32>,
}
// end

@group(0) @binding(0) var<uniform> batch: Batch;
// [variable][place in the shard], four at a time
@group(0) @binding(4) var<storage, read_write> state: array<vec4<i32>>;
@group(0) @binding(6) var<storage, read_write> spikes: Spikes;
// External arrivals per thread.
@group(0) @binding(7) var<storage, read_write> tallies: array<u32>;
@group(0) @binding(12) var<storage, read_write> ranges: array<OpenBatchSpikes>;

// Where the spikes of this batch begin: behind those of the batch before, which are complete.
fn list_start() -> u32 {
    let before = (batch.index + RANGES - 1u) % RANGES;
    return in_list(ranges[before].start + atomicLoad(&ranges[before].listed));
}

// One thread of a dispatch tells the next ones where this batch's spikes begin, and empties the next range.
fn open_ranges() {
    ranges[batch.index].start = list_start();
    atomicStore(&ranges[(batch.index + 1u) % RANGES].listed, 0u);
}

// 1 where a word reaches a threshold.
fn reaches(words: vec4<u32>, threshold: u32, counts: bool) -> vec4<u32> {
    return select(vec4<u32>(0u), vec4<u32>(1u), words >= vec4<u32>(threshold) & vec4<bool>(counts));
}

// External arrivals of four neurons of a block, LANES apart, in a step.
fn arrivals_at(p: Population, neuron: u32, step: u32) -> vec4<u32> {
    // Four thresholds at a time: a round of a loop costs a software adapter more than a comparison. They are asked for a round before they are
    // needed.
    let first = p.poisson_first / 4u;
    let last = first + (p.poisson_count - 1u) / 4u;
    var thresholds = four_constants(first);
    var next = four_constants(min(first + 1u, last));
    let key = vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_DRIVE, p.id);
    let words = threefry(key, vec4<u32>((neuron / BLOCK) * LANES + neuron % LANES, step, 0u, 0u));
    var arrivals = vec4<u32>(0u);
    for (var q = first; q <= last; q++) {
        let left = p.poisson_count - 4u * (q - first);
        arrivals += reaches(words, thresholds.x, true) + reaches(words, thresholds.y, left > 1u) + reaches(words, thresholds.z, left > 2u);
        let fourth = reaches(words, thresholds.w, left > 3u);
        arrivals += fourth;
        if (all(fourth == vec4<u32>(0u))) {
            break;
        }
        thresholds = next;
        next = four_constants(min(q + 2u, last));
    }
    return arrivals;
}

// Notes the first neuron whose state is not right any more: the first of four, LANES apart, if none was noted before.
fn note_faults(faults: vec4<u32>, slot: u32, step: u32) {
    if (any(faults != vec4<u32>(0u)) && atomicAdd(&spikes.faults, 1u) == 0u) {
        let k = select(select(select(3u, 2u, faults.z != 0u), 1u, faults.y != 0u), 0u, faults.x != 0u);
        spikes.fault_slot = slot + k * LANES;
        spikes.fault_step = step;
        spikes.fault_kind = faults[k];
    }
}

// What arrives from neurons at a step of the batch, by channel.
struct Arriving {
    input0: vec4<i32>,
    input1: vec4<i32>,
}

// Where the input of a step of the batch stands: of channel 0, and of channel 1.
fn arriving_at(thread: u32, offset: u32) -> vec2<u32> {
    var row = batch.ring_row + offset;
    row = select(row, row - shard.ring_steps, row >= shard.ring_steps);
    return vec2<u32>(row * shard.channels, row * shard.channels + 1u) * (shard.stride / 4u) + vec2<u32>(thread);
}

// Nothing is read where nothing is expected.
fn see_arriving(thread: u32, offset: u32, expected: bool) -> Arriving {
    var arriving: Arriving;
    if (has_ring && expected) {
        let at = arriving_at(thread, offset);
        arriving.input0 = see(at.x);
        if (shard.channels > 1u) {
            arriving.input1 = see(at.y);
        }
    }
    return arriving;
}

fn clear_arriving(thread: u32, offset: u32, seen: Arriving, expected: bool) {
    if (has_ring && expected) {
        let at = arriving_at(thread, offset);
        clear(at.x, seen.input0);
        if (shard.channels > 1u) {
            clear(at.y, seen.input1);
        }
    }
}

// What the place of a thread alone tells: none of it needs to wait for anything, not even for whether there is something to do.
struct Place {
    population: u32,
    n: Neurons,
    arriving: Arriving,
    tally: u32,
    // Whether anything may arrive in the batch.
    expected: bool,
}

fn at_place(thread: u32) -> Place {
    return place_expecting(thread, true);
}

fn place_expecting(thread: u32, expected: bool) -> Place {
    var place: Place;
    place.expected = expected;
    place.population = population_of_block(shard.first_block + thread / LANES);
    place.n = load_neurons(thread, shard.stride / 4u);
    place.arriving = see_arriving(thread, 0u, expected);
    if (has_drive) {
        place.tally = tallies[thread];
    }
    return place;
}

// What has become of a thread's neurons: another kernel steps them; or whether all their words are 0.
const PASSED_OVER: u32 = 0u;
const AWAKE: u32 = 1u;
const AT_REST: u32 = 2u;

fn update_thread(thread: u32, place: Place) -> u32 {
    let block = thread / LANES;
    let lane = thread % LANES;
    let slot = shard.first_slot + block * BLOCK + lane;
    let stride = shard.stride / 4u;
    let id = place.population;
    if (!only_kernel && population_member(id, KERNEL) != kernel) {
        return PASSED_OVER;
    }
    var n = place.n;
    var arriving = place.arriving;
    let p = population(id);
    clear_arriving(thread, 0u, arriving, place.expected);
    load_constants(&n, p, thread, stride);
    let neuron = slot - p.first_slot;
    let exists = vec4<u32>(neuron, neuron + LANES, neuron + 2u * LANES, neuron + 3u * LANES) < vec4<u32>(p.size);

    var drawn = 0u;
    var fired = vec4<u32>(0u);
    for (var offset = 0u; offset < batch.length; offset++) {
        let step = batch.step + offset;
        if (has_stimuli) {
            drawn += stimulate(&n, &arriving, p, shard.first_block + block, neuron, step);
        }
        if (has_drive && p.poisson_count > 0u) {
            let arrivals = arrivals_at(p, neuron, step);
            let push = vec4<i32>(arrivals) * p.poisson_weight;
            if (p.poisson_channel == 0u) {
                arriving.input0 += push;
            } else {
                arriving.input1 += push;
            }
            let counted = select(vec4<u32>(0u), arrivals, exists & vec4<bool>(p.source == 0u));
            drawn += counted.x + counted.y + counted.z + counted.w;
        }
        fired |= select(vec4<u32>(0u), vec4<u32>(1u << offset), advance(&n, p, arriving.input0, arriving.input1, step, neuron) & exists);
        if (offset + 1u < batch.length) {
            arriving = see_arriving(thread, offset + 1u, place.expected);
            clear_arriving(thread, offset + 1u, arriving, place.expected);
        }
    }
    store_neurons(thread, stride, n);
    if (has_drive) {
        tallies[thread] = place.tally + drawn;
    }
    let faults = select(vec4<u32>(0u), faults_of(n, p, fired), exists);
    note_faults(faults, slot, batch.step + batch.length - 1u);
    list_spikes(slot, fired, p, exists);
    return select(AWAKE, AT_REST, are_zero(n));
}
