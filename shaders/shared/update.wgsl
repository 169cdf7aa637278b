// The step of four neurons of a block, LANES apart, by a batch of steps: takes their input from the ring buffers, draws their external
// arrivals, advances them, lists their spikes and keeps a thread's own tallies. `take` comes from ring_plain.wgsl or ring_atomic.wgsl.

override model: u32 = 0u;
override has_ring: bool = true;
override has_list: bool = true;
override has_limit: bool = false;
override one_list: bool = false;
override record: bool = false;

// Spikes in a list, and the rest of the grid of an indirect dispatch with one workgroup per spike; then the same for the spikes beyond
// those a pull delivers.
struct List {
    listed: atomic<u32>,
    y: u32,
    z: u32,
    over: atomic<u32>,
    over_y: u32,
    over_z: u32,
}

@group(0) @binding(0) var<uniform> batch: Batch;
// [variable][slot of the shard]
@group(0) @binding(4) var<storage, read_write> state: array<i32>;
@group(0) @binding(6) var<storage, read_write> spikes: Spikes;
// Per thread: spikes, external arrivals, two halves of the checksum.
@group(0) @binding(7) var<storage, read_write> tallies: array<vec4<u32>>;
// (step, slot)
@group(0) @binding(8) var<storage, read_write> records: array<vec2<u32>>;
@group(0) @binding(12) var<storage, read_write> lists: array<List>;

fn load_state(at: u32) -> vec4<i32> {
    return vec4<i32>(state[at], state[at + LANES], state[at + 2u * LANES], state[at + 3u * LANES]);
}

fn store_state(at: u32, x: vec4<i32>) {
    state[at] = x.x;
    state[at + LANES] = x.y;
    state[at + 2u * LANES] = x.z;
    state[at + 3u * LANES] = x.w;
}

fn take_input(at: u32) -> vec4<i32> {
    return vec4<i32>(take(at), take(at + LANES), take(at + 2u * LANES), take(at + 3u * LANES));
}

fn update_thread(thread: u32) {
    let block = thread / LANES;
    let p = population(population_of_block(shard.first_block + block));
    if (p.model != model) {
        return;
    }
    let lane = thread % LANES;
    let at = block * BLOCK + lane;
    let slot = shard.first_slot + at;
    let neuron = slot - p.first_slot;
    let exists = vec4<u32>(neuron, neuron + LANES, neuron + 2u * LANES, neuron + 3u * LANES) < vec4<u32>(p.size);

    var n: Neurons;
    n.v = load_state(at);
    if (currents > 0u) {
        n.syn0 = load_state(shard.stride + at);
    }
    if (currents > 1u) {
        n.syn1 = load_state(2u * shard.stride + at);
    }
    var tally = tallies[thread];
    for (var offset = 0u; offset < batch.length; offset++) {
        let step = batch.step + offset;
        var input0 = vec4<i32>(0);
        var input1 = vec4<i32>(0);
        if (has_ring) {
            var row = batch.ring_row + offset;
            row = select(row, row - shard.ring_steps, row >= shard.ring_steps);
            input0 = take_input(row * shard.channels * shard.stride + at);
            if (shard.channels > 1u) {
                input1 = take_input((row * shard.channels + 1u) * shard.stride + at);
            }
        }
        if (p.poisson_count > 0u) {
            let key = vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_DRIVE, p.id);
            let words = threefry(key, vec4<u32>((neuron / BLOCK) * LANES + lane, step, 0u, 0u));
            var arrivals = vec4<u32>(0u);
            for (var k = 0u; k < p.poisson_count; k++) {
                let reached = words >= vec4<u32>(constant(p.poisson_first + k));
                arrivals += select(vec4<u32>(0u), vec4<u32>(1u), reached);
                if (!any(reached)) {
                    break;
                }
            }
            let push = vec4<i32>(arrivals) * p.poisson_weight;
            if (p.poisson_channel == 0u) {
                input0 += push;
            } else {
                input1 += push;
            }
            let counted = select(vec4<u32>(0u), arrivals, exists);
            tally.y += counted.x + counted.y + counted.z + counted.w;
        }
        let fired = advance(&n, p, input0, input1) & exists;
        let flags = select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u), fired);
        var pending = flags.x + flags.y + flags.z + flags.w;
        while (pending != 0u) {
            let k = firstTrailingBit(pending);
            pending &= pending - 1u;
            let sender = slot + k * LANES;
            tally.x += 1u;
            let term = threefry(vec4<u32>(0u, 0u, PURPOSE_CHECKSUM, p.id), vec4<u32>(sender - p.first_slot, step, 0u, 0u));
            tally.z += term.x;
            tally.w += term.y;
            if (has_list) {
                // All synapses of a sender lie in one shard, and every shard has a list of its own.
                var home = 0u;
                var start = batch.entries;
                if (!one_list) {
                    home = tables[shard.home_first + sender];
                    start += tables[shard.list_first + home];
                }
                let place = atomicAdd(&lists[batch.first_list + home].listed, 1u);
                if (has_limit && place >= shard.list_limit) {
                    atomicAdd(&lists[batch.first_list + home].over, 1u);
                }
                spikes.entries[start + place] = sender | (offset << 28u);
            }
            if (record) {
                let place = atomicAdd(&spikes.recorded, 1u);
                records[place] = vec2<u32>(step, sender);
            }
        }
    }
    store_state(at, n.v);
    if (currents > 0u) {
        store_state(shard.stride + at, n.syn0);
    }
    if (currents > 1u) {
        store_state(2u * shard.stride + at, n.syn1);
    }
    tallies[thread] = tally;
}
