// State of four neurons that are stepped at once, between memory and registers.

fn load_neurons(thread: u32, stride: u32) -> Neurons {
    var n: Neurons;
    n.v = state[thread];
    if (currents > 0u) {
        n.syn0 = state[stride + thread];
    }
    if (currents > 1u) {
        n.syn1 = state[2u * stride + thread];
    }
    return n;
}

// What four neurons at once need of their population, they take from it.
fn load_constants(n: ptr<function, Neurons>, p: Population, thread: u32, stride: u32) {
}

fn store_neurons(thread: u32, stride: u32, n: Neurons) {
    state[thread] = n.v;
    if (currents > 0u) {
        state[stride + thread] = n.syn0;
    }
    if (currents > 1u) {
        state[2u * stride + thread] = n.syn1;
    }
}

// Whether all words of four neurons are 0.
fn are_zero(n: Neurons) -> bool {
    return all((n.v | n.syn0 | n.syn1) == vec4<i32>(0));
}
