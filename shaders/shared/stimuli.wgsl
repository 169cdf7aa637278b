// Stimuli of some neurons: what reaches them before a step. `jump` belongs to the model. Twin of src/network/stimulus.rs.
// import shared/tables, shared/random

override has_stimuli: bool = false;

// written: stimuli
const TO_POTENTIAL: u32 = 2u;
const STIMULUS_WORDS: u32 = 12u;

// A stimulus: where its arrivals go (channel 0 or 1, or TO_POTENTIAL), what one adds, places of the thresholds of their number and of
// their steps, when it is on, and whether its neurons may be refractory.
struct Stimulus {
    id: u32,
    reaches: u32,
    by: i32,
    threshold_first: u32,
    threshold_count: u32,
    step_first: u32,
    step_count: u32,
    from_step: u32,
    until_step: u32,
    refractory: u32,
    unused0: u32,
    unused1: u32,
}

fn stimulus(i: u32) -> Stimulus {
    let at = (shard.stimuli_first + i * STIMULUS_WORDS) / 4u;
    var p: Stimulus;
    let q0 = four_words(at + 0u);
    let q1 = four_words(at + 1u);
    let q2 = four_words(at + 2u);
    p.id = q0.x;
    p.reaches = q0.y;
    p.by = bitcast<i32>(q0.z);
    p.threshold_first = q0.w;
    p.threshold_count = q1.x;
    p.step_first = q1.y;
    p.step_count = q1.z;
    p.from_step = q1.w;
    p.until_step = q2.x;
    p.refractory = q2.y;
    return p;
}
// end

// Arrivals of a stimulus at a neuron in a step. Four steps share a call of the generator.
fn stimulus_count(s: Stimulus, neuron: u32, step: u32) -> u32 {
    if (step < s.from_step || step >= s.until_step) {
        return 0u;
    }
    var count = 0u;
    if (s.threshold_count > 0u) {
        let key = vec4<u32>(shard.seed_low, shard.seed_high, PURPOSE_STIMULUS, s.id);
        let word = threefry(key, vec4<u32>(neuron, step / 4u, 0u, 0u))[step % 4u];
        while (count < s.threshold_count && word >= tables[s.threshold_first + count]) {
            count++;
        }
        return count;
    }
    // The first of its steps that is not before this one, by bisection.
    var at = 0u;
    for (var left = s.step_count; left > 0u;) {
        let half = left / 2u;
        if (tables[s.step_first + at + half] < step) {
            at += half + 1u;
            left -= half + 1u;
        } else {
            left = half;
        }
    }
    while (at + count < s.step_count && tables[s.step_first + at + count] == step) {
        count++;
    }
    return count;
}

// Applies the stimuli of four neurons of a block, LANES apart, in a step; the number of arrivals.
fn stimulate(n: ptr<function, Neurons>, arriving: ptr<function, Arriving>, p: Population, block: u32, neuron: u32, step: u32) -> u32 {
    let starts = tables[shard.stimulated_first + block];
    if (starts == 0u) {
        return 0u;
    }
    let lane = neuron % LANES;
    var arrivals = 0u;
    // What moves the potentials of the four, and who of them is never refractory.
    var moved = vec4<i32>(0);
    var freed = vec4<bool>(false);
    for (var i = tables[starts + lane]; i < tables[starts + lane + 1u]; i++) {
        // Which of the four, and of which stimulus.
        let column = tables[i] & 3u;
        let s = stimulus(tables[i] >> 2u);
        let count = stimulus_count(s, neuron + column * LANES, step);
        let here = vec4<u32>(column) == vec4<u32>(0u, 1u, 2u, 3u);
        let push = select(vec4<i32>(0), vec4<i32>(i32(count) * s.by), here);
        freed |= here & vec4<bool>(s.refractory == 0u);
        if (s.reaches == TO_POTENTIAL) {
            moved += push;
        } else if (s.reaches == 0u) {
            (*arriving).input0 += push;
        } else {
            (*arriving).input1 += push;
        }
        arrivals += count;
    }
    jump(n, p, freed, moved);
    return arrivals;
}
